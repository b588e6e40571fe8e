"""The decorator that a handler author meets."""

from __future__ import annotations

import functools
import inspect
import os
import re
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, overload

from affidavit._event.validate import Shape
from affidavit._invocation.batch import invoke_each
from affidavit._invocation.handler_spec import HandlerSpec
from affidavit._invocation.steps import invoke
from affidavit._runtime.runtime import Runtime, default_runtime
from affidavit._runtime.snapstart import prepare
from affidavit._telemetry.capture import capture
from affidavit._types import Json, LambdaContext
from affidavit.errors import SetupError

P = ParamSpec("P")
R = TypeVar("R")
HandlerT = TypeVar("HandlerT", bound=Callable[..., Any])

EntryPoint = Callable[[Any, Any], Any]
"""What Lambda calls: an event and its context in, JSON out."""

_ACTION = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,63}")


@overload
def audited(handler: HandlerT, /) -> HandlerT: ...


@overload
def audited(
    *,
    each: bool = False,
    action: str = "",
    actor: str = "",
    subject: str = "",
    resource: str = "",
    data_class: str = "",
    purpose: str = "",
    recipient: str = "",
    runtime: Runtime | None = None,
) -> Callable[[HandlerT], HandlerT]: ...


@overload
def audited(
    *,
    request: type[Any] | None = None,
    response: Any = None,
    each: bool = False,
    action: str = "",
    actor: str = "",
    subject: str = "",
    resource: str = "",
    data_class: str = "",
    purpose: str = "",
    recipient: str = "",
    runtime: Runtime | None = None,
) -> Callable[[Callable[[Any, Any], Any]], EntryPoint]: ...


def audited(
    handler: Callable[..., Any] | None = None,
    /,
    *,
    request: Any = None,
    response: Any = None,
    each: bool = False,
    runtime: Runtime | None = None,
    **words: str,
) -> Any:
    """Make a Lambda handler leave sworn evidence of every invocation.

    Bare, or with words only, it wraps any `def handler(event, context)` and
    keeps its type. With a `request` or `response` model the wrapped function
    becomes an entry point: it gets the validated model and an `AuditContext`,
    and what it returns is sent as the response model allows.

    Args:
        handler: The function, when the decorator stands bare.
        request: The model (pydantic) of what a request says in path, query and body.
        response: The model of the answer. None from the handler means 404.
        each: Run the handler once per record of a batch, each with its evidence. What it
            returns goes nowhere; what it raises makes that record come again.
        runtime: For tests: a runtime of your own instead of the environment's.
        **words: `action`, what is done (default: the function's name), at most 64 of
            `A-Za-z0-9_.:-`; `actor` and `subject`, dotted paths to who acts and who is
            acted on; `resource`, `data_class`, `purpose` and `recipient`, constants for
            the record.

    Raises:
        SetupError: The handler is not a plain function, or a word is not usable.

    """
    if handler is not None:
        return _entry_point(_plan(handler, {}, request, response, each=each), runtime)

    def decorate(wrapped: Callable[..., Any]) -> Any:
        return _entry_point(_plan(wrapped, words, request, response, each=each), runtime)

    return decorate


def spec_of(entry_point: object) -> HandlerSpec:
    """Return the plan behind an audited handler.

    Raises:
        SetupError: It is not audited.

    """
    spec = getattr(entry_point, "__affidavit__", None)
    if not isinstance(spec, HandlerSpec):
        raise SetupError(
            "the handler is not audited",
            why="it was not decorated with @audited",
            fix="Decorate it, or pass the decorated function",
        )
    return spec


def _entry_point(spec: HandlerSpec, runtime: Runtime | None) -> EntryPoint:
    if runtime is None and os.environ.get("AWS_LAMBDA_FUNCTION_NAME"):
        # In a deployed function a wrong setting shows at start, and the work of
        # starting is done before the first event. The chain is still opened
        # later: a SnapStart image must not hold a writer's key.
        ready = default_runtime()
        prepare(os.environ)
        capture(ready.redactor, ready.policy.redaction.capture)

    act = invoke_each if spec.each else invoke

    @functools.wraps(spec.handler)
    def entry_point(event: Any, context: LambdaContext | None) -> Json:
        return act(spec, event, context, runtime or default_runtime())

    entry_point.__affidavit__ = spec  # type: ignore[attr-defined]
    return entry_point


def _plan(
    handler: Callable[..., Any], words: dict[str, str], request: Any, response: Any, *, each: bool
) -> HandlerSpec:
    _check_handler(handler)
    if each and response is not None:
        raise SetupError(
            "@audited cannot use what it was given",
            why="with each=True nothing is answered, so a response model has no use",
            fix="Leave `response` out",
        )
    action = words.get("action", "") or getattr(handler, "__name__", "")
    unknown = sorted(words.keys() - _WORDS - {"action"})
    if unknown or not _ACTION.fullmatch(action):
        raise SetupError(
            "@audited cannot use what it was given",
            why=f"unknown words {unknown}"
            if unknown
            else "`action` is not 1 to 64 of A-Za-z0-9_.:-",
            fix=f"Known words: action, {', '.join(sorted(_WORDS))}",
        )
    return HandlerSpec(
        handler=handler,
        action=action,
        request=Shape(request) if request is not None else None,
        response=Shape(response) if response is not None else None,
        actor=words.get("actor", ""),
        subject=words.get("subject", ""),
        each=each,
        words={_KEYS[name]: _plain(name, words[name]) for name in sorted(words.keys() & _KEYS)},
    )


_KEYS = {"resource": "obj", "data_class": "cls", "purpose": "why", "recipient": "rcpt"}
"""Words for the record, and the keys that they have there."""

_WORDS = frozenset({"actor", "subject", *_KEYS})


def _plain(name: str, value: str) -> str:
    if value.isascii() and value.isprintable() and len(value) <= 256:  # noqa: PLR2004
        return value
    raise SetupError(
        f"@audited cannot use `{name}`",
        why="it is not up to 256 characters of plain ASCII text",
        fix="It goes into every record; shorten it",
    )


_NOT_PLAIN = (
    inspect.iscoroutinefunction,
    inspect.isgeneratorfunction,
    inspect.isasyncgenfunction,
)


def _check_handler(handler: Any) -> None:
    # An object may be called too; what it is then is said by its class.
    calls = (handler, inspect.getattr_static(handler, "__call__", None))
    if any(kind(invocation) for kind in _NOT_PLAIN for invocation in calls):
        why = "Lambda's Python runtime calls plain functions only"
    elif not callable(handler) or isinstance(handler, type):
        why = "it is not a function"
    elif hasattr(handler, "__affidavit__"):
        why = "it is audited already; two wraps would leave two sets of records"
    else:
        return
    raise SetupError("@audited cannot wrap this", why=why, fix="Decorate one plain function, once")
