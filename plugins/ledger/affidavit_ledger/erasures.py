"""Erasures: each is on record, so that it can be shown, and that a salt that is back is noticed.

A record of an erasure names the subject by its lookup token, under which its salt
was kept, and the salt by a digest. Neither leads to the records about the subject;
both together tell whether the very salt that was destroyed is there again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Final, NamedTuple

from affidavit import LedgerUnavailableError
from affidavit.plugin import Entry, Ledger, LedgerReader, LedgerSubjects, Record, Token, Tokens
from affidavit_ledger.token_keys import (
    actor_tokens,
    subject_tokens,
    token_keys,
    unsalted_tokens,
)
from affidavit_ledger.who import BEGINNING, END

ACTION: Final = "SUBJECT_SHRED"
_MARK: Final = b'"act":"SUBJECT_SHRED"'
_SALT: Final = re.compile("salt [0-9a-f]{32}")


class Erasure(NamedTuple):
    """One erasure as it stands on record: when, where, whose salt, and which."""

    at: str
    place: str
    lookup: Token
    salt: str

    def is_back(self, subjects: LedgerSubjects) -> bool:
        """Tell whether the salt that was destroyed is there again; another one is a new subject.

        Raises:
            LedgerUnavailableError: It cannot be read.

        """
        salt = subjects.read(self.lookup)
        return salt is not None and digest_of(salt) == self.salt


class ErasureReport(NamedTuple):
    """What can be said to somebody about themselves: what is known, and what was erased when."""

    known: bool
    about: int
    unsalted: int
    acted: int
    erased: tuple[str, ...]


def digest_of(salt: str) -> str:
    """Return what an erasure's record says of a salt: nothing that leads back to it."""
    return f"salt {sha256(salt.encode()).hexdigest()[:32]}"


def salts_of(ledger: Ledger, tenant: str, subject: str) -> dict[Token, str]:
    """Return a subject's salts by their lookup tokens: one for each token key that has one."""
    if ledger.subjects is None:
        return {}
    lookups = (Tokens(key, tenant).token("subject lookup", subject) for key in token_keys(ledger))
    found = {lookup: ledger.subjects.read(lookup) for lookup in lookups}
    return {lookup: salt for lookup, salt in found.items() if salt is not None}


def erasures_in(entries: Iterable[Entry]) -> Iterator[Erasure]:
    """Yield the erasures among records."""
    for entry in entries:
        if _MARK not in entry.body or entry.subject is None:
            continue
        try:
            said = Record.parse(entry.body).document
        except ValueError:
            continue  # affidavit verify names it
        salt = str(said.get("obj", ""))
        if said.get("act") == ACTION and _SALT.fullmatch(salt):
            yield Erasure(entry.at, f"{entry.writer}/{entry.seq}", entry.subject, salt)


def erasures_of(reader: LedgerReader) -> Iterator[Erasure]:
    """Yield every erasure that a table has on record. Reads each row."""
    for writer in reader.writers():
        yield from erasures_in(reader.entries(writer))


def restored(erasures: Iterable[Erasure], ledger: Ledger) -> list[Erasure]:
    """Return the erasures whose salts are back; none if salts may not be read here."""
    subjects = ledger.subjects
    if subjects is None:
        return []
    try:
        return [one for one in erasures if one.is_back(subjects)]
    except LedgerUnavailableError:
        return []


def report_on_subject(ledger: Ledger, tenant: str, subject: str) -> ErasureReport:
    """Tell what the table has of somebody, who may be a subject and an actor.

    Raises:
        LedgerError: The table or its keys cannot be read.

    """
    reader, plain = ledger.reader, unsalted_tokens(ledger, tenant, subject)
    salted = [token for token in subject_tokens(ledger, tenant, subject) if token not in plain]
    lookups = [Tokens(key, tenant).token("subject lookup", subject) for key in token_keys(ledger)]
    found = [entry for token in lookups for entry in reader.by_subject(token, BEGINNING, END)]
    return ErasureReport(
        bool(salts_of(ledger, tenant, subject)),
        _count(reader.by_subject, salted),
        _count(reader.by_subject, plain),
        _count(reader.by_actor, actor_tokens(ledger, tenant, subject)),
        tuple(sorted(erasure.at for erasure in erasures_in(found))),
    )


def _count(find: Callable[[Token, str, str], Iterable[Entry]], tokens: Iterable[Token]) -> int:
    """Count attempts, each once: an index may have its opening record alone, or both."""
    found = set()
    for entry in (entry for token in tokens for entry in find(token, BEGINNING, END)):
        with suppress(ValueError):
            found.add(Record.parse(entry.body).attempt)
    return len(found)
