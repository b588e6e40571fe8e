"""Say what an answer covers, and refuse a question that cannot match anything.

"0 access(es)" is an answer that somebody will act on. It must not come of a
window that the table has let go of, of a tenant that nobody has, of another token
key, or of salts that were not at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from affidavit import SettingsError
from affidavit.plugin import Ledger, Record, iso_utc
from affidavit_ledger.ledger_profile import WHOLE, Facts
from affidavit_ledger.token_keys import token_keys
from affidavit_ledger.who import END

LOOKED_AT: Final = 1_000
"""How many records are looked at before an empty answer is given, without a profile."""


class WhoQuestion(NamedTuple):
    """What was asked: in whose name, about which time, and whether about a subject."""

    tenant: str
    since: str
    until: str
    about_subject: bool


def covered(
    ledger: Ledger, asked: WhoQuestion, *, profile: Facts, now_ms: int, hot_days: int
) -> Iterator[str]:
    """Return what an answer from a table covers, and what it does not, for people."""
    own = [key.kid for key in token_keys(ledger)]
    last = "now" if asked.until == END else asked.until
    window = f"from {asked.since or 'the beginning'} to {last}"
    whose = f"tenant {asked.tenant}" if asked.tenant else "no tenant"
    salts = "with salts of subjects" if ledger.subjects is not None else "without salts"
    yield (
        f"Asked: the table {ledger.store.name}, {window}, {whose}, token key {' and '.join(own)}, "
        f"{salts}."
    )
    if asked.since < _hot_since(now_ms, hot_days):
        yield (
            f"What is older than {hot_days} days has expired there, and is in the archive: "
            "affidavit report."
        )
    for kid, at in sorted(profile.get("token key", {}).items()):
        if kid not in own:
            yield f"Not covered: what was written under token key {kid}, since {at}."
    salted = profile.get("salts", {}).get("1")
    if asked.about_subject and salted and ledger.subjects is None:
        yield f"Not covered: what was written with salts of subjects, since {salted}."


def refuse_what_cannot_match(
    ledger: Ledger, asked: WhoQuestion, *, profile: Facts, now_ms: int, hot_days: int
) -> None:
    """Raise if an empty answer would be one to a question that nothing could match.

    Raises:
        SettingsError: The window has expired, no record is of this tenant, none was
            written under these keys, or none without salts.

    """
    if asked.until < _hot_since(now_ms, hot_days):
        raise SettingsError(
            "this question cannot be answered from the table",
            why=f"it is about a time that the table has let go of, after {hot_days} days",
            fix="Ask the archive: affidavit report; or set AFFIDAVIT_POLICY to the ledger's own",
        )
    if asked.tenant not in _tenants(ledger, profile, asked.tenant):
        raise _unmatched(
            "no record of this ledger is of the tenant that it is about",
            "Compare --tenant or AFFIDAVIT_TENANT with the deployment's",
        )
    if WHOLE not in profile:
        return
    if not {key.kid for key in token_keys(ledger)} & profile.get("token key", {}).keys():
        raise _unmatched(
            "no record of this ledger was written under the token keys that it is asked with",
            "Name the token keys of earlier times too; see docs/dynamodb.md",
        )
    if asked.about_subject and ledger.subjects is None and {"1"} == profile["salts"].keys():
        raise _unmatched(
            "each record was written with a salt of its subject, and no salts are at hand",
            "Add subjects= to the ledger's URL, as its writers have it",
        )


def _tenants(ledger: Ledger, profile: Facts, asked: str) -> set[str]:
    """Return the tenants that records name; the one that was asked for if that is not known."""
    if WHOLE in profile:
        return set(profile.get("tenant", {})) or {asked}
    found = list(islice(_tenants_of_table(ledger), LOOKED_AT))
    return set(found) if found and len(found) < LOOKED_AT else {asked}


def _tenants_of_table(ledger: Ledger) -> Iterator[str]:
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


def _hot_since(now_ms: int, hot_days: int) -> str:
    """Return since when records have not expired."""
    since = datetime.fromisoformat(iso_utc(now_ms)) - timedelta(days=hot_days)
    return f"{since:%Y-%m-%dT%H:%M:%S}.000Z"


def _unmatched(why: str, fix: str) -> SettingsError:
    return SettingsError("this question cannot match any record", why=why, fix=fix)
