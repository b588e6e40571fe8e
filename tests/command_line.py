"""The command line as a person runs it, in this process."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import strategies as my
from affidavit._clock import Clock
from affidavit._runtime.plugins import load_plugins
from affidavit._runtime.runtime import build_runtime
from affidavit.testing import Bench, api_gateway_v1
from affidavit.testing import run as run_bench
from affidavit_cli.main import run

HANDLER = my.handler_of(my.BEHAVIOURS[3])


@dataclass(frozen=True, slots=True)
class Said:
    """What a command has said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The result, with `--output json`."""
        return json.loads(self.out)


class Terminal:
    """Runs commands, and handlers that leave something to look at."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self.folder = folder
        self.ledger = f"sqlite:///{folder / 'ledger.db'}"
        self.archive = f"file://{folder / 'archive'}"
        self.signer = f"file://{folder / 'sealer.key'}?name=example.org/ledger"

    def __call__(self, *arguments: str) -> Said:
        """Run one command."""
        self._capsys.readouterr()
        code = run(arguments)
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        return Said(code, out, err)

    def invoke(self, number: int = 1, *, ahead_ms: int = 0, **changes: str) -> list[str]:
        """Let a handler answer so many requests, by a clock that may be ahead; return their ids."""
        environ = {"AFFIDAVIT_LEDGER": self.ledger, **changes}
        now_ms, tick_ns = (lambda: time.time_ns() // 1_000_000 + ahead_ms), (lambda: 0)
        clock = Clock(now_ms=now_ms, tick_ns=tick_ns)
        runtime = build_runtime(environ, plugins=load_plugins(), emit=lambda _: None, clock=clock)
        runtime = runtime._replace(sources={"memory": my.sources()})
        ids = [f"request-{n}" for n in range(number)]
        for name in ids:
            event = api_gateway_v1(query={"id": "A1", "who": "w"}, request_id=name)
            answer = run_bench(HANDLER, event, Bench(runtime=runtime, store=None))
            assert 200 == answer["statusCode"]
        return ids
