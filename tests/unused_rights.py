"""Rights that `make local` grants and does not use, each with why it is granted all the same.

By the statement's name; statements of the harness have none, so those stand by action.
A right that is neither used nor here is one too many, or one that nothing tries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

BAD_DAYS: Final = "nothing fails in the round; tests/e2e makes it fail"
OUTAGE: Final = "the table takes everything in the round; e2e/evidence takes the right away"
DAEMON: Final = "traces go through Lambda's daemon, which the local cloud does not weigh"
SCENARIOS: Final = "no scenario of the round needs it; tests/plugins/harness plays each action"
LOOK: Final = "the doctor looks once a day, and not in the round; tests/plugins/dynamodb lets it"
RARE: Final = "in the round the newest state is at hand; a cold start reads it"

JUSTIFIED: Final[Mapping[str, str]] = {
    "AddLockedEvidence": RARE,
    "AppendRecords": OUTAGE,
    "CheckSignatures": LOOK,
    "DecryptThroughS3": LOOK,
    "DeliverLogsAndTraces": "execution logs and segments of machines are not made locally",
    "EncryptThroughS3": RARE,
    "EncryptWhatIsSetAside": BAD_DAYS,
    "FetchWhatTheStreamLost": BAD_DAYS,
    "FindTheStreams": "shared by both of the sealer's functions; the stream's uses it",
    "FollowTheStream": "shared by both of the sealer's functions; the stream's uses it",
    "KeepLargeCaptures": SCENARIOS,
    "KeepNotes": RARE,
    "KeepTheWayBack": "a run that breaks is swept; tests/plugins/harness/gates breaks one",
    "List": RARE,
    "LookAtTheTable": LOOK,
    "LookForErasures": OUTAGE,
    "ReadEvidence": LOOK,
    "ReadItems": "both examples read by key; a handler may query",
    "ReadNotes": LOOK,
    "ReadScenarios": "only long scenarios are uploaded",
    "SetEventsAside": BAD_DAYS,
    "SpillOnABadDay": OUTAGE,
    "TakeFromTheSpill": OUTAGE,
    "Trace": DAEMON,
    "UseTheKey": "the sweeper has nothing to sweep in the round",
    "UseTheStoresKeyThroughTheStore": OUTAGE,
    "WriteItems": "the example only updates; a handler may put and delete",
    "WriteItsOwnLog": "functions that are not called in the round write no log",
    "WriteReports": "the sweeper has nothing to sweep in the round",
}
SPARE: Final[Mapping[str, str]] = {
    "DecryptThroughTheTable": "the ledger's writer may use the same key; a table with a key of its "
    "own has nobody else's right",
}
"""Statements that nobody would miss in the round, because another one there allows the same."""

OF_SCENARIOS: Final = frozenset({"dynamodb", "events", "kms", "lambda", "s3", "sqs"})


def unjustified(report: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the unused rights that nothing here explains."""
    return [
        f"{one['caller']} {row['statement']} {row['action']}"
        for one in report
        for row in one["unused"]
        if row["statement"] not in JUSTIFIED
        and not of_scenarios(one["caller"], row["statement"], row["action"])
    ]


def of_scenarios(caller: str, statement: str, action: str = "") -> bool:
    """Tell whether it is one of the harness's own statements, made from what actions declare."""
    known = not action or action.partition(":")[0] in OF_SCENARIOS
    return "-harness-" in caller and statement.isdecimal() and known
