"""What the author of a handler declared about it, once, at import."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from affidavit._event.validate import Shape


class HandlerSpec(NamedTuple):
    """One audited handler.

    `actor` and `subject` are dotted paths into the request: into the model's
    attributes if there is a model, into the JSON fields otherwise. `words` are
    the constants that every record repeats, under the record's own keys. `each`
    runs the handler once per record of a batch, and `final` once at the end of a
    window. `partial_response` says whether the mapping takes a list of failures,
    where that is not as usual.

    >>> spec_of(audited(action="PING")(lambda event, context: "pong")).each
    False
    """

    handler: Callable[[Any, Any], Any]
    action: str
    words: Mapping[str, str]
    request: Shape | None
    response: Shape | None
    actor: str
    subject: str
    each: bool = False
    partial_response: bool | None = None
    final: Callable[[Any, Any], Any] | None = None


def called_with(
    spec: HandlerSpec, given: tuple[Any, ...], named: dict[str, Any]
) -> tuple[HandlerSpec, Any, Any]:
    """Return what a decorator above has called: the handler with all that it got, event, context.

    Lambda hands over an event and a context. Decorators may name them, leave out what
    has a default, or add arguments of their own.

    Raises:
        TypeError: The handler does not take these; as without the wrap.

    """
    bound = inspect.signature(spec.handler).bind(*given, **named)
    bound.apply_defaults()
    event, context, *more = (*bound.args, None, None)[: max(2, len(bound.args))]
    others = bound.kwargs
    if not more and not others:
        return spec, event, context
    handler = spec.handler
    whole = spec._replace(handler=lambda one, two: handler(one, two, *more, **others))
    return whole, event, context
