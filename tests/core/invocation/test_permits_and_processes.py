"""A permit belongs to its process: what a forked child reads is on no record, so it does not."""

from __future__ import annotations

import os
from typing import Any

import pytest

import strategies as my
from affidavit import UnauditedAccessError
from affidavit.testing import api_gateway_v1, make_runtime, run


def _in_a_child(act: Any) -> str:
    """Run `act` in a forked child; return what it raised, or what it read."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            told = f"read {act()}"
        except BaseException as error:  # noqa: BLE001 - the child must not outlive this
            told = type(error).__name__
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(pid, 0)
    with os.fdopen(reading) as file:
        return file.read()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork; run on Linux or macOS")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_reads_nothing() -> None:
    """Through a source that it got before the fork, or after."""
    found: list[str] = []

    def behave(asked: Any, context: Any) -> Any:
        source = context.source("memory")
        found.append(_in_a_child(lambda: source.fetch_one(my.FIND, {"id": asked.id})))
        found.append(
            _in_a_child(lambda: context.source("memory").fetch_one(my.FIND, {"id": asked.id}))
        )
        source.fetch_one(my.FIND, {"id": asked.id})
        return my.Told(note="fine")

    bench = make_runtime(sources=[my.sources()])
    handler = my.handler_of(my.Behaviour("forks", behave, "ok", 200))
    run(handler, api_gateway_v1(query={"id": "A1", "who": "w"}), bench)

    assert [UnauditedAccessError.__name__] * 2 == found
    assert [1] == [len(record.document.get("q", [])) for record in bench.records][-1:]
