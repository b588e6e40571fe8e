"""Erasures: each is on record, so that it can be shown, and that a salt that is back is noticed.

A record of an erasure names the subject by its lookup token, under which its salt
was kept, and the salt by a digest. Neither leads to the records about the subject;
both together tell whether the very salt that was destroyed is there again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Final, NamedTuple

from affidavit import LedgerUnavailableError
from affidavit.plugin import (
    Entry,
    Ledger,
    LedgerReader,
    LedgerSubjects,
    Record,
    Token,
    Tokens,
    salts_of,
)
from affidavit_ledger.token_keys import (
    actor_tokens,
    places_used,
    salted_tokens,
    token_keys,
    unsalted_tokens,
)
from affidavit_ledger.who import BEGINNING, END

ACTION: Final = "SUBJECT_SHRED"
_MARK: Final = b'"act":"SUBJECT_SHRED"'
NO_SALT: Final = "no salt"
"""What the record of an erasure says where no salt was found: one may be in the spill."""

_SALT: Final = re.compile(f"salt [0-9a-f]{{32}}|{NO_SALT}")


class Erasure(NamedTuple):
    """One erasure as it stands on record: when, where, whose salt, and which."""

    at: str
    place: str
    lookup: Token
    salt: str


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


def forget_subject(
    ledger: Ledger, tenant: str, subject: str, on_record: Callable[[Token, str], None]
) -> int:
    """Destroy a subject's salts under each token key; return how many there were.

    `on_record` is called with a lookup token and what the erasure's record says.
    On record first: what is on record and not done is noticed, and a salt that is
    on its way is held against it. Looks until nothing is left, for one may have
    arrived meanwhile.

    Raises:
        LedgerError: One cannot be read, put on record or destroyed.

    """
    subjects, forgotten = ledger.subjects, 0
    if subjects is None:
        return forgotten
    for key in token_keys(ledger):
        lookup = Tokens(key, tenant).token("subject lookup", subject)
        told = ledger.spill is None
        while (there := salts_of(subjects, lookup, places_used(ledger.reader, lookup))) or not told:
            if not there:
                on_record(lookup, NO_SALT)
            told = True
            # The last one first: a run that is cut off leaves none behind a free place.
            for place, salt in reversed(there.items()):
                on_record(lookup, digest_of(salt))
                forgotten += subjects.destroy(place)
    return forgotten


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


def find_restored(
    erasures: Sequence[Erasure], subjects: LedgerSubjects
) -> list[tuple[Erasure, Token]]:
    """Return the erasures whose very salts are back, and where; another salt is a new subject's.

    Raises:
        LedgerUnavailableError: Salts cannot be read.

    """
    places = Counter(one.lookup for one in erasures)
    there = {lookup: salts_of(subjects, lookup, count) for lookup, count in places.items()}
    return [
        (one, place)
        for one in erasures
        for place, salt in there[one.lookup].items()
        if digest_of(salt) == one.salt
    ]


def count_restored(erasures: Sequence[Erasure], ledger: Ledger) -> int:
    """Return how many salts are back; none if salts may not be read here."""
    try:
        return len(find_restored(erasures, ledger.subjects)) if ledger.subjects is not None else 0
    except LedgerUnavailableError:
        return 0


def report_on_subject(ledger: Ledger, tenant: str, subject: str) -> ErasureReport:
    """Tell what the table has of somebody, who may be a subject and an actor.

    Raises:
        LedgerError: The table or its keys cannot be read.

    """
    reader, plain = ledger.reader, unsalted_tokens(ledger, tenant, subject)
    salted = salted_tokens(ledger, tenant, subject)
    lookups = [Tokens(key, tenant).token("subject lookup", subject) for key in token_keys(ledger)]
    found = [entry for token in lookups for entry in reader.by_subject(token, BEGINNING, END)]
    return ErasureReport(
        bool(salted),
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
