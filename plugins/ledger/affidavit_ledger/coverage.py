"""Say what an answer covers, and refuse a question that cannot match anything.

"0 access(es)" is an answer that somebody will act on. It must not come of a
window that the table has let go of, or of a tenant that nobody has.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from affidavit import SettingsError
from affidavit.plugin import Ledger, Record, iso_utc
from affidavit_ledger.who import END

LOOKED_AT: Final = 1_000
"""How many records are looked at before an empty answer is given."""


def covered(ledger: Ledger, *, tenant: str, since: str, until: str) -> str:
    """Return what an answer from a table covers, for people."""
    key = ledger.keys.token_key()
    last = "now" if until == END else until
    window = f"from {since or 'the beginning'} to {last}"
    whose = f"tenant {tenant}" if tenant else "no tenant"
    salts = "with salts of subjects" if ledger.subjects is not None else "without salts"
    return (
        f"Asked: the table {ledger.store.name}, {window}, {whose}, token key {key.kid}, {salts}. "
        "What has expired there is in the archive: affidavit report."
    )


def refuse_what_cannot_match(
    ledger: Ledger, *, tenant: str, until: str, now_ms: int, hot_days: int
) -> None:
    """Raise if an empty answer would be one to a question that nothing could match.

    Raises:
        SettingsError: The window has expired, or no record is of this tenant.

    """
    expired = datetime.fromisoformat(iso_utc(now_ms)) - timedelta(days=hot_days)
    if until < f"{expired:%Y-%m-%dT%H:%M:%S}.000Z":
        raise SettingsError(
            "this question cannot be answered from the table",
            why=f"it is about a time that the table has let go of, after {hot_days} days",
            fix="Ask the archive: affidavit report; or set AFFIDAVIT_POLICY to the ledger's own",
        )
    found = list(islice(_tenants(ledger), LOOKED_AT))
    if found and len(found) < LOOKED_AT and tenant not in found:
        raise SettingsError(
            "this question cannot match any record",
            why="no record of this ledger is of the tenant that it is about",
            fix="Compare --tenant or AFFIDAVIT_TENANT with the deployment's",
        )


def _tenants(ledger: Ledger) -> Iterator[str]:
    """Yield each record's tenant, those of commands and of first records left out."""
    for writer in ledger.reader.writers():
        for entry in ledger.reader.entries(writer):
            try:
                record = Record.parse(entry.body)
            except ValueError:
                continue
            source = record.document.get("src", {})
            if record.attempt and source.get("via") != "cli":
                yield str(record.document.get("ten", ""))
