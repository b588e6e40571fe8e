"""Tokens of subjects, which can be forgotten: erasure without touching a record.

With a salt per subject, a subject's token cannot be computed from its name
alone. Destroying the salt leaves every record as it is, and nobody, not even
who holds the token key, can tell any more whom it is about.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from affidavit._records.ledger import LedgerSubjects, guarded
from affidavit._records.tokens import Tokens
from affidavit._types import Token

REMEMBER_S: Final = 300.0
"""How long a process goes by a salt that it has read: what was shredded elsewhere
is forgotten here within five minutes."""

REMEMBER_MAX: Final = 1024


class Subject(NamedTuple):
    """A subject as records know it, and the salt that its changes are tokened with."""

    token: Token
    salt: str


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
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._subjects = subjects
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: OrderedDict[Token, tuple[float, str]] = OrderedDict()

    def of(self, name: str) -> Subject:
        """Return the token of a subject, making its salt if it has none yet.

        Raises:
            LedgerError: The salt cannot be had.

        """
        tokens = self._tokens()
        if self._subjects is None:
            return Subject(tokens.token("subject", name), "")
        lookup = tokens.token("subject lookup", name)
        salt = self._remembered(lookup)
        if salt is None:
            salt = self._salt(lookup)
            self._remember(lookup, salt)
        return Subject(tokens.token("subject", f"{salt}\x00{name}"), salt)

    def known(self, name: str) -> Subject | None:
        """Return the token of a subject; None if nobody knows it, or it was forgotten.

        Raises:
            LedgerError: The salt cannot be had.

        """
        tokens = self._tokens()
        if self._subjects is None:
            return Subject(tokens.token("subject", name), "")
        salt = self._subjects.read(tokens.token("subject lookup", name))
        return None if salt is None else Subject(tokens.token("subject", f"{salt}\x00{name}"), salt)

    def forget(self, name: str) -> bool:
        """Destroy a subject's salt. Returns whether there was one.

        Raises:
            LedgerError: It cannot be done.

        """
        if self._subjects is None:
            return False
        lookup = self._tokens().token("subject lookup", name)
        with self._lock:
            self._held.pop(lookup, None)
        return self._subjects.destroy(lookup)

    def _salt(self, lookup: Token) -> str:
        subjects = self._subjects
        assert subjects is not None  # noqa: S101 - for mypy; the caller has looked
        return guarded("asking for a subject's salt", lambda: subjects.read_or_make(lookup))

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
