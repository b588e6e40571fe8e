"""Run `async def` handlers: one event loop per environment, kept from call to call."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import functools
import threading
from collections.abc import Callable, Coroutine
from typing import Any

_own = threading.local()


def synchronous(handler: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Return a plain function that runs `handler` to its end.

    Connections that belong to the loop live as long as the environment, which is
    why the loop is not made anew for each call. The handler sees the context
    variables of its caller.
    """

    @functools.wraps(handler, updated=())
    def run(*given: Any, **named: Any) -> Any:
        return _runner().run(handler(*given, **named), context=contextvars.copy_context())

    return run


def _runner() -> asyncio.Runner:
    found: asyncio.Runner | None = getattr(_own, "runner", None)
    if found is None:
        found = _own.runner = asyncio.Runner()
        atexit.register(found.close)
    return found
