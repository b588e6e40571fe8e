"""Let an exception leave with its name and without its text.

Step Functions catches by name, Lambda reports it as `errorType`, and a caller in
the same process catches by class. So what leaves is an instance of a class that
has the same name and the same ancestors, that was never given the arguments of
the one that was raised, and that is chained to nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from affidavit.errors import AffidavitError, HandlerError

PLATFORM_MESSAGES: Final = {
    "apigw.authorizer": "Unauthorized",
}
"""Texts that AWS itself waits for, by event source; each is a constant and says no value.

API Gateway answers 401 if its Lambda authorizer fails with exactly this message, and
500 for any other. Source: API Gateway developer guide, "Use API Gateway Lambda
authorizers", response of a Lambda authorizer.
"""

_ENDS_THE_PROCESS: Final = (SystemExit, KeyboardInterrupt, GeneratorExit, BaseExceptionGroup)


def is_control_flow(error: BaseException) -> bool:
    """Tell whether `error` is another library's signal and no failure.

    Durable execution suspends a function so, for instance. Python reserves this place
    in the tree for what `except Exception` must not catch.
    """
    if isinstance(error, (Exception, *_ENDS_THE_PROCESS)):
        return False
    return type(error).__module__ != "asyncio.exceptions"


def platform_message(error: BaseException, via: str) -> str:
    """Return the text that AWS waits for, if `error` says exactly that; else nothing."""
    wanted = PLATFORM_MESSAGES.get(via)
    try:
        return wanted if wanted and str(error) == wanted else ""
    except Exception:  # noqa: BLE001 - __str__ is foreign code
        return ""


def named_error(name: str, told: AffidavitError) -> HandlerError:
    """Return an exception named `name` that says what `told` says."""
    return _instance(_named(name, ()), told)


def redacted_error(cause: BaseException, name: str, told: AffidavitError) -> Exception:
    """Return an exception named `name` that says what `told` says.

    It is an instance of the class of `cause`, unless that class cannot be
    extended, is no `Exception`, or has a name that gives something away.
    """
    kind: Any = type(cause)
    if kind.__name__ != name or not isinstance(cause, Exception):
        return named_error(name, told)
    made: Any = kind.__init__
    if isinstance(cause, AffidavitError) and made is AffidavitError.__init__:
        refusal: Exception = kind(told.what, why=told.why, fix=told.fix)
        return refusal
    try:
        return _instance(_named(name, (kind,)), told)
    except Exception:  # noqa: BLE001 - a class may do anything when it is extended or made
        return named_error(name, told)


def platform_error(kind: type[BaseException], text: str) -> Exception:
    """Return an exception of the name of `kind` that says `text` and nothing else."""
    error = _named(kind.__name__, ())("", why="", fix="")
    error.args = (text,)
    error.what = text
    return error


@lru_cache(maxsize=64)
def _named(name: str, kinds: tuple[type[Exception], ...]) -> type[HandlerError]:
    members: dict[str, Any] = {"__str__": _text, "__repr__": _shown, "__reduce__": _reduced}
    for kind in kinds:
        members |= {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    made: type[HandlerError] = type(name, (HandlerError, *kinds), members)
    return made


def _instance(kind: type[HandlerError], told: AffidavitError) -> HandlerError:
    # The nearest class of Python's own makes it: no code of the raised class runs.
    maker: Any = next(one for one in kind.__mro__ if one.__module__ == "builtins")
    error: HandlerError = maker.__new__(kind)
    error.args = (str(told),)
    error.what, error.why, error.fix = told.what, told.why, told.fix
    return error


def _text(error: HandlerError) -> str:
    return str(error.args[0])


def _shown(error: HandlerError) -> str:
    return f"{type(error).__name__}({_text(error)!r})"


def _reduced(error: HandlerError) -> Any:
    # Classes made here cannot be found by name; what arrives elsewhere is a HandlerError.
    return _arrived, (error.what, error.why, error.fix)


def _arrived(what: str, why: str, fix: str) -> HandlerError:
    return HandlerError(what, why=why, fix=fix)
