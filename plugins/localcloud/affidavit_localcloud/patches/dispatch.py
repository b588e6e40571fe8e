"""How moto finds the service that a request is for."""

from __future__ import annotations


def list_modules_once() -> None:
    """List moto's services once, and not at every request.

    moto looks through its folder for each, under a lock, two hundred files at a
    time. Threads that compute take the interpreter away at each of them: with a
    hundred executions at once that alone took nearly all the time.
    """
    from moto import backends  # noqa: PLC0415 - heavy

    modules = frozenset(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules
