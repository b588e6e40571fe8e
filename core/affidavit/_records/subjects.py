"""Tokens of subjects, which can be forgotten: erasure without touching a record.

With a salt per subject, a subject's token cannot be computed from its name
alone. Destroying the salt leaves every record as it is, and nobody, not even
who holds the token key, can tell any more whom it is about.

While the store of salts is away, the ledger's spill takes a salt that is made
for the occasion. Replayed, it stands behind those that the subject has already:
a subject has one salt, and one more for each time that none could be had.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from affidavit._clock import Clock, iso_utc
from affidavit._records.ledger import LedgerSpill, LedgerSubjects, SubjectSalt, guarded
from affidavit._records.tokens import Tokens
from affidavit._types import Token
from affidavit.errors import LedgerUnavailableError

REMEMBER_S: Final = 300.0
"""How long a process goes by a salt that it has read: what was shredded elsewhere
is forgotten here within five minutes."""

REMEMBER_MAX: Final = 1024

PATIENCE_S: Final = 1.0
"""How long the store of salts may take before the spill is asked. Longer than an
append gets: a salt from the spill stays, and costs every search one read more."""

REPLAY_S: Final = 5.0


class Subject(NamedTuple):
    """A subject as records know it, and the salt that its changes are tokened with."""

    token: Token
    salt: str


def salts_of(subjects: LedgerSubjects, lookup: Token, places: int = 0) -> dict[Token, str]:
    """Return a subject's salts by their places, the first one first.

    Looks at so many `places` at least, and on from there to the first free one.

    Raises:
        LedgerError: A salt cannot be had.

    >>> salts_of(MemorySubjects(), Token("a" * 32))
    {}
    """
    found: dict[Token, str] = {}
    for number in itertools.count():
        place = _place(lookup, number)
        salt = subjects.read(place)
        if salt is not None:
            found[place] = salt
        elif number >= places:
            break
    return found


def add_salt(subjects: LedgerSubjects, lookup: Token, salt: str) -> None:
    """Keep a salt behind those that a subject has; one of them already is kept once.

    Raises:
        LedgerError: It cannot be kept now.

    >>> add_salt(salts := MemorySubjects(), Token("a" * 32), "a secret")
    >>> list(salts_of(salts, Token("a" * 32)).values())
    ['a secret']
    """
    for number in itertools.count():
        place = _place(lookup, number)
        if subjects.keep(place, salt, timeout_s=REPLAY_S) == salt:
            break


def _place(lookup: Token, number: int) -> Token:
    """Return where a salt is kept: the first one under the lookup token itself."""
    if not number:
        return lookup
    return Token(hashlib.sha256(f"{lookup} {number}".encode()).hexdigest()[: len(lookup)])


class SubjectTokens:
    """Names subjects for one ledger.

    >>> SubjectTokens(lambda: Tokens(TokenKey("k", bytes(32))), None) is not None
    True
    """

    def __init__(
        self,
        tokens: Callable[[], Tokens],
        subjects: LedgerSubjects | None,
        *,
        spill: LedgerSpill | None = None,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._subjects = subjects
        self._spill = spill
        self._clock = clock or Clock()
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: OrderedDict[Token, tuple[float, str]] = OrderedDict()
        self.spilled = 0
        """How many salts the spill has taken."""

    def of(self, name: str, *, timeout_s: float) -> Subject:
        """Return the token of a subject, making a salt if none is there or can be had.

        Raises:
            LedgerError: Neither the store of salts nor the spill takes one.

        """
        tokens = self._tokens()
        if self._subjects is None:
            return Subject(tokens.token("subject", name), "")
        lookup = tokens.token("subject lookup", name)
        salt = self._remembered(lookup)
        if salt is None:
            salt = self._salt(lookup, timeout_s)
            self._remember(lookup, salt)
        return _subject(tokens, salt, name)

    def known(self, name: str, places: int = 0) -> tuple[Subject, ...]:
        """Return a subject's tokens, one for each salt: none of somebody unknown or forgotten.

        `places` is how many at least are looked at; see `salts_of`.

        Raises:
            LedgerError: A salt cannot be had.

        """
        tokens = self._tokens()
        if self._subjects is None:
            return (Subject(tokens.token("subject", name), ""),)
        found = salts_of(self._subjects, tokens.token("subject lookup", name), places)
        return tuple(_subject(tokens, salt, name) for salt in found.values())

    def _salt(self, lookup: Token, timeout_s: float) -> str:
        subjects, spill = self._subjects, self._spill
        assert subjects is not None  # noqa: S101 - for mypy; the caller has looked
        salt = self._clock.new_id()
        # What is left when the store has had its time must be enough to spill.
        first_s = min(PATIENCE_S, timeout_s / 2)
        try:
            return guarded(
                "asking for a subject's salt",
                lambda: subjects.keep(lookup, salt, timeout_s=first_s),
            )
        except LedgerUnavailableError:
            if spill is None:
                raise
        # The same salt: should the store have kept it after all, it is one salt and not two.
        spilled = SubjectSalt(lookup, salt, iso_utc(self._clock.now_ms()))
        guarded(f"the {spill.name} spill", lambda: spill.keep([spilled], timeout_s=first_s))
        with self._lock:
            self.spilled += 1
        return salt

    def _remembered(self, lookup: Token) -> str | None:
        with self._lock:
            since, salt = self._held.get(lookup, (0.0, None))
            return salt if salt is not None and self._monotonic() - since < REMEMBER_S else None

    def _remember(self, lookup: Token, salt: str) -> None:
        with self._lock:
            self._held[lookup] = (self._monotonic(), salt)
            self._held.move_to_end(lookup)
            while len(self._held) > REMEMBER_MAX:
                self._held.popitem(last=False)


def _subject(tokens: Tokens, salt: str, name: str) -> Subject:
    return Subject(tokens.token("subject", f"{salt}\x00{name}"), salt)
