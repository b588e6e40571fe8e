"""Say what an Oracle error means, without repeating its text: it may quote data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from affidavit import (
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
)

CREDENTIALS_REFUSED: Final = frozenset({"ORA-01017", "ORA-28001"})
"""Wrong password, and expired password: the secret may have been rotated."""

CALL_TIMEOUT: Final = "DPY-4024"
NO_CONNECTION: Final = "DPY-4005"

_DEAD: Final = frozenset(
    {"DPY-1001", "DPY-4011", "DPY-4033", "DPY-5001", "DPY-5004", "DPY-5006"}
    | {"ORA-00028", "ORA-00600", "ORA-01012", "ORA-01089", "ORA-01092", "ORA-02396"}
    | {"ORA-03113", "ORA-03114", "ORA-03135", "ORA-12537", "ORA-12547", "ORA-12571"}
)
"""The connection is gone or can no longer be trusted. Newer drivers turn most of
Oracle's codes for that into DPY-4011; 2.4 does not."""

_DETAILS: Final = frozenset({"DPY-6005"})
"""`cannot connect`: what was raised before it says why."""


class OracleFault(NamedTuple):
    """One error, understood. `dead`: the connection must not be used again."""

    code: str
    kind: type[SourceError]
    why: str
    fix: str
    dead: bool


_Meaning = tuple[type[SourceError], str, str]
_LOOK_UP: Final = "Look the code up in Oracle's manual and correct the query"
_RETRY: Final = "Retry; look at the database if this goes on"
_LOGIN: Final = "Compare the secret with the account in the database"

_MEANINGS: Final[dict[str, _Meaning]] = {
    "DPY-1001": (SourceUnavailableError, "the connection was closed", _RETRY),
    "DPY-4000": (
        SourceUnavailableError,
        "tnsnames.ora has no such alias",
        "Correct the URL or the wallet folder",
    ),
    "DPY-4005": (
        SourceTimeoutError,
        "no connection became free in time",
        "Retry, or raise pool_max",
    ),
    "DPY-4011": (SourceUnavailableError, "the connection was closed", _RETRY),
    "DPY-4024": (SourceTimeoutError, "it did not answer in time", "Narrow the query"),
    "DPY-4026": (SourceUnavailableError, "the wallet folder lacks a file", "Correct wallet="),
    "DPY-4033": (SourceUnavailableError, "the connection was idle for too long", _RETRY),
    "DPY-6000": (SourceUnavailableError, "the listener refused the connection", _RETRY),
    "DPY-6001": (SourceUnavailableError, "the listener knows no such service", "Correct the URL"),
    "DPY-6002": (
        SourceForbiddenError,
        "the server's certificate has another name",
        "Correct server_dn=, or find out who answers there",
    ),
    "DPY-6006": (
        SourceForbiddenError,
        "the server's certificate is for another host",
        "Correct the URL, or find out who answers there",
    ),
    "DPY-3010": (
        SourceUnavailableError,
        "the database is older than 12.1, and the thin driver cannot talk to it",
        "Upgrade it",
    ),
    "DPY-3015": (
        SourceForbiddenError,
        "the account has a password verifier that is too old",
        "Set the password anew",
    ),
    "ORA-00942": (
        StatementError,
        "there is no such table, or no right to read it",
        "Correct the statement, or grant the right",
    ),
    "ORA-01013": (SourceTimeoutError, "it was stopped", "Narrow the query"),
    "ORA-00040": (SourceTimeoutError, "a limit of the database stopped it", "Narrow the query"),
    "ORA-02049": (SourceTimeoutError, "it waited too long for a lock", _RETRY),
    "ORA-01017": (SourceForbiddenError, "user or password is wrong", _LOGIN),
    "ORA-28000": (SourceForbiddenError, "the account is locked", "Unlock it, and find out why"),
    "ORA-28001": (SourceForbiddenError, "the password has expired", "Rotate the secret"),
    "ORA-28040": (SourceForbiddenError, "the database wants another authentication", _LOGIN),
    "ORA-01045": (SourceForbiddenError, "the account may not connect", "Grant create session"),
    "ORA-01031": (SourceForbiddenError, "the account has no such right", "Grant the right"),
    "ORA-41900": (SourceForbiddenError, "the account has no such right", "Grant the right"),
    "ORA-01456": (
        StatementError,
        "it writes, and a read runs in a read-only transaction",
        "Declare it with write=True, or change it",
    ),
    "ORA-00001": (StatementError, "a unique key stands against it", "Read again, then decide"),
    "ORA-01555": (SourceUnavailableError, "it ran longer than undo is kept", "Narrow the query"),
}

_STATEMENT: Final = (
    range(900, 1000),  # grammar, names
    range(1400, 1500),  # values that do not fit, division by zero
    range(1700, 1900),  # numbers, dates, grammar again
    range(2290, 2294),  # constraints
    range(6500, 6600),  # PL/SQL
    range(12899, 12900),  # too long for a column
    range(20000, 21000),  # what triggers and functions raise on purpose
    range(22800, 23000),  # objects
    range(30000, 30100),  # grammar of functions
    range(40400, 40700),  # JSON
)
"""Numbers of ORA errors that say that the statement or its values are wrong."""

_BUSY: Final = frozenset({18, 20, 54, 60, 2391, 4020, 4021, 8177, 12516, 12518, 12519, 12520})
"""Sessions, processes and locks that somebody else holds."""


def fault_of(error: BaseException) -> OracleFault:
    """Return what an exception of the driver means. Its text is not looked at."""
    codes = list(_codes(error))
    code = next((c for c in codes if c not in _DETAILS and c in _MEANINGS), "")
    code = code or next((c for c in reversed(codes) if c not in _DETAILS), "")
    code = code or next(iter(codes), type(error).__name__)
    kind, why, fix = _MEANINGS.get(code) or _by_number(code)
    return OracleFault(code, kind, why, fix, bool(_DEAD.intersection(codes)))


def error_of(what: str, fault: OracleFault, *, uncertain: bool = False) -> SourceError:
    """Return `fault` as an error of affidavit; `uncertain`: it may have been done."""
    fix = fault.fix
    if uncertain:
        fix = "It may have been done all the same: read again before you repeat it"
    return fault.kind(what, why=f"{fault.why} ({fault.code})", fix=fix)


def _by_number(code: str) -> _Meaning:
    prefix, _, digits = code.partition("-")
    number = int(digits) if digits.isdigit() else 0
    if prefix == "DPY" and number // 1000 in {2, 3}:
        return StatementError, "the driver does not take the statement or its values", _LOOK_UP
    if prefix == "ORA" and any(number in numbers for numbers in _STATEMENT):
        return StatementError, "the statement or one of its values is wrong", _LOOK_UP
    if prefix == "ORA" and number in _BUSY:
        return SourceUnavailableError, "the database is busy", _RETRY
    return SourceUnavailableError, "the database or the way to it fails", _RETRY


def _codes(error: BaseException | None) -> Iterator[str]:
    """Yield the codes of an exception and of those that led to it."""
    for _ in range(8):  # a chain may be a circle
        if error is None:
            return
        details = error.args[0] if error.args else None
        code = str(getattr(details, "full_code", "") or "")
        yield code if _is_code(code) else type(error).__name__
        error = error.__cause__ or error.__context__


def _is_code(text: str) -> bool:
    prefix, _, digits = text.partition("-")
    return prefix in {"ORA", "DPY", "DPI"} and digits.isascii() and digits.isdigit()
