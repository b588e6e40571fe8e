"""The decorator that a handler author meets."""

from __future__ import annotations

import functools
import inspect
import os
import re
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, overload

from affidavit._event.validate import Shape
from affidavit._invocation.batch import invoke_each
from affidavit._invocation.declaration import check_path
from affidavit._invocation.handler_spec import HandlerSpec, called_with
from affidavit._invocation.steps import invoke
from affidavit._offrecord.install import look
from affidavit._runtime.runtime import Runtime, default_runtime
from affidavit._runtime.snapstart import prepare
from affidavit._telemetry.capture import capture
from affidavit.errors import AffidavitError, SetupError

P = ParamSpec("P")
R = TypeVar("R")
HandlerT = TypeVar("HandlerT", bound=Callable[..., Any])
ModelT = TypeVar("ModelT")

EntryPoint = Callable[[Any, Any], Any]
"""What Lambda calls: an event and its context in, JSON out."""

_ACTION = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,63}")


@overload
def audited(handler: HandlerT, /) -> HandlerT: ...


@overload
def audited(
    *,
    each: bool = False,
    partial_response: bool | None = None,
    final: Callable[[Any, Any], Any] | None = None,
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
    request: type[ModelT],
    response: Any = None,
    each: bool = False,
    partial_response: bool | None = None,
    final: Callable[[Any, Any], Any] | None = None,
    action: str = "",
    actor: str = "",
    subject: str = "",
    resource: str = "",
    data_class: str = "",
    purpose: str = "",
    recipient: str = "",
    runtime: Runtime | None = None,
) -> Callable[[Callable[[ModelT, Any], Any]], EntryPoint]: ...


@overload
def audited(
    *,
    request: None = None,
    response: Any = None,
    each: bool = False,
    partial_response: bool | None = None,
    final: Callable[[Any, Any], Any] | None = None,
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
    **words: Any,
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
            raises makes that record come again. `partial_response` says if the mapping takes
            a list of failures, `final` is called at the end of a tumbling window.
        runtime: For tests: a runtime of your own instead of the environment's.
        **words: `action`, what is done (default: the function's name), at most 64 of
            `A-Za-z0-9_.:-`; `actor` and `subject`, dotted paths to who acts and who is
            acted on (`context:authorizer.id` is attested); `resource`, `data_class`,
            `purpose` and `recipient`, constants for the record.

    Raises:
        SetupError: The handler cannot be called, or a word or a path is not usable.

    >>> handler = audited(action="NOTE_READ")(lambda event, context: {"statusCode": 200})
    >>> bench = make_runtime()
    >>> run(handler, {}, bench)
    {'statusCode': 200}
    >>> [record.phase for record in bench.records]
    ['I', 'O']
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

    >>> spec_of(audited(action="PING")(lambda event, context: "pong")).action
    'PING'
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

    look(os.environ)
    act = invoke_each if spec.each else invoke

    # An object's attributes are its own; a function may carry what a framework put there.
    updated = functools.WRAPPER_UPDATES if inspect.isfunction(spec.handler) else ()

    @functools.wraps(spec.handler, updated=updated)
    def entry_point(*given: Any, **named: Any) -> Any:
        usual = len(given) == 2 and not named  # noqa: PLR2004 - as Lambda calls it
        called, event, context = (spec, *given) if usual else called_with(spec, given, named)
        try:
            return act(called, event, context, runtime or default_runtime())
        except AffidavitError as error:
            failure = error.with_traceback(None)
        # Error trackers print the locals of frames: the traceback begins here, without data.
        del given, named, called, event, context
        raise failure

    entry_point.__affidavit__ = spec  # type: ignore[attr-defined]
    return entry_point


_BATCH = frozenset({"final", "partial_response"})


def _batch(words: Mapping[str, Any], response: Any, *, each: bool) -> dict[str, Any]:
    """Return what is said of batches, checked."""
    partial_response, final = words.get("partial_response"), words.get("final")
    if not each:
        if not words.keys() & _BATCH:
            return {}
        why, fix = "`final` and `partial_response` are about batches", "Add each=True"
    elif response is not None:
        why = "with each=True nothing is answered, so a response model has no use"
        fix = "Leave `response` out"
    elif not isinstance(partial_response, bool | None):
        why, fix = "`partial_response` is not True, False or None", "Say how the mapping is set"
    elif final is not None and (not callable(final) or isinstance(final, type)):
        why, fix = "`final` is not a function", "Give it one of the window's state and the context"
    else:
        plain = None if final is None else _plain_function(final)
        return {"each": True, "partial_response": partial_response, "final": plain}
    raise SetupError("@audited cannot use what it was given", why=why, fix=fix)


def _plan(
    handler: Callable[..., Any], words: dict[str, Any], request: Any, response: Any, *, each: bool
) -> HandlerSpec:
    _check_handler(handler)
    batch = _batch(words, response, each=each)
    unknown = sorted(words.keys() - _WORDS - _BATCH - {"action"})
    if unknown:
        raise SetupError(
            "@audited cannot use what it was given",
            why=f"unknown words {unknown}",
            fix=f"{_meant(unknown[0])}Known words: action, {', '.join(sorted(_WORDS))}",
        )
    action = words.get("action", "") or _name_of(handler)
    if not isinstance(action, str) or not _ACTION.fullmatch(action):
        raise SetupError(
            "@audited cannot use what it was given",
            why="`action` is not 1 to 64 of A-Za-z0-9_.:-"
            if words.get("action")
            else "the handler has no name that can be its action",
            fix="Give it one: @audited(action='PRICE_READ')",
        )
    for word in ("actor", "subject"):
        check_path(word, words.get(word, ""), request)
    return HandlerSpec(
        handler=_plain_function(handler),
        action=action,
        request=Shape(request) if request is not None else None,
        response=Shape(response) if response is not None else None,
        actor=words.get("actor", ""),
        subject=words.get("subject", ""),
        **batch,
        words={_KEYS[name]: _plain(name, words[name]) for name in sorted(words.keys() & _KEYS)},
    )


_KEYS = {"resource": "obj", "data_class": "cls", "purpose": "why", "recipient": "rcpt"}
"""Words for the record, and the keys that they have there."""

_WORDS = frozenset({"actor", "subject", *_KEYS})

_KNOWN = (*_WORDS, *_BATCH, "action", "request", "response", "each")
"""Every word that an author may have meant."""


def _plain(name: str, value: Any) -> str:
    if isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= 256:  # noqa: PLR2004
        return value
    raise SetupError(
        f"@audited cannot use `{name}`",
        why="it is not up to 256 characters of plain ASCII text",
        fix="It goes into every record; shorten it",
    )


def _meant(word: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - for whoever has misspelt it

    near = get_close_matches(word, _KNOWN)
    return f"Did you mean `{near[0]}`? " if near else ""


def _name_of(handler: Any) -> str:
    """Return the name of a function, of what a partial one calls, or of an object's class."""
    while isinstance(handler, functools.partial):
        handler = handler.func
    return str(getattr(handler, "__name__", "") or type(handler).__name__)


_YIELDS = (inspect.isgeneratorfunction, inspect.isasyncgenfunction)


def _calls(handler: Any) -> tuple[Any, Any]:
    # An object may be called too; what it is then is said by its class.
    return handler, inspect.getattr_static(handler, "__call__", None)


def _plain_function(handler: Callable[..., Any]) -> Callable[..., Any]:
    if not any(map(inspect.iscoroutinefunction, _calls(handler))):
        return handler
    # Imported here: asyncio is a third of a cold start, and most handlers need none of it.
    from affidavit._invocation.event_loop import synchronous  # noqa: PLC0415

    return synchronous(handler)


def _check_handler(handler: Any) -> None:
    if any(kind(one) for kind in _YIELDS for one in _calls(handler)):
        why = "it yields, and Lambda's Python runtime takes one answer"
    elif not callable(handler) or isinstance(handler, type):
        why = "it is not a function, nor an object that can be called"
    elif hasattr(handler, "__affidavit__"):
        why = "it is audited already; two wraps would leave two sets of records"
    else:
        return
    raise SetupError(
        "@audited cannot wrap this", why=why, fix="Decorate what Lambda shall call, once"
    )
