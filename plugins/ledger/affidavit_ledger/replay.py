"""Put what was spilled where it belongs: entries into the table, salts to those that a subject has.

However often, the same results. A salt whose subject was forgotten after it was
made is let go: nobody could have destroyed it while it was on its way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from affidavit import SettingsError
from affidavit.plugin import Entry, Ledger, Spilled, SubjectSalt, add_salt
from affidavit_ledger.erasures import erasures_in
from affidavit_ledger.who import END


class Replayed(NamedTuple):
    """How many records and salts were put where they belong, and how many salts were let go."""

    records: int
    salts: int
    forgotten: int


def replay_spilled(ledger: Ledger, items: Iterable[Spilled], *, timeout_s: float) -> Replayed:
    """Replay items one by one; `timeout_s` is for each.

    Raises:
        LedgerError: One cannot be kept now. Those before it are.
        SettingsError: There is a salt, and the ledger's URL names no store for it.

    """
    records = salts = forgotten = 0
    for item in items:
        if isinstance(item, Entry):
            ledger.store.append([item], timeout_s=timeout_s)
            records += 1
        elif _keep(ledger, item):
            salts += 1
        else:
            forgotten += 1
    return Replayed(records, salts, forgotten)


def _keep(ledger: Ledger, salt: SubjectSalt) -> bool:
    if ledger.subjects is None:
        raise SettingsError(
            "a spilled salt cannot be replayed",
            why="the ledger's URL names no store of salts",
            fix="Add subjects= to AFFIDAVIT_LEDGER, as its writers have it",
        )
    # The lookup token is the subject of nothing but erasures, so this reads few rows.
    if any(erasures_in(ledger.reader.by_subject(salt.lookup, salt.at, END))):
        return False
    add_salt(ledger.subjects, salt.lookup, salt.salt)
    return True
