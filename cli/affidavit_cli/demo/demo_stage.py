"""Set the stage: a folder with a price database and a ledger, and a runtime over both."""

from __future__ import annotations

import importlib
import json
import sqlite3
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from affidavit import Runtime, SetupError
from affidavit.plugin import HandlerSpec, Json, Record, build_runtime, invoke, load_plugins, spec_of
from affidavit.testing import FakeContext

USER = "550e8400-e29b-41d4-a716-446655440000"
SPOILT = "ask jane.roe@example.com"
"""A price that is none: the handler fails on it, and its exception quotes it."""

_PRICES = (
    ("PROD-101", "99.99", "USD"),
    ("PROD-102", "12.50", "EUR"),
    ("PROD-500", SPOILT, "USD"),
)


@dataclass(slots=True)
class DemoStage:
    """Where the demonstration plays."""

    folder: Path
    plan: HandlerSpec
    runtime: Runtime
    lines: list[str] = field(default_factory=list)
    told: int = 0

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.folder / "ledger.db"

    def play(self, event: Mapping[str, Any]) -> tuple[Json, list[str], list[Record]]:
        """Run the handler once; return its answer, its lines, and its new records."""
        self.lines.clear()
        answer = invoke(self.plan, dict(event), FakeContext(), self.runtime)
        return answer, list(self.lines), self._new_records()

    def _new_records(self) -> list[Record]:
        reader = self.runtime.ledger.reader
        found = [
            Record.parse(entry.body)
            for writer in reader.writers()
            for entry in reader.entries(writer)
        ]
        new, self.told = found[self.told :], len(found)
        return new


def set_stage(folder: Path) -> DemoStage:
    """Seed the price database and build the runtime, as a laptop would.

    Raises:
        SetupError: The example is not installed.

    """
    _seed(folder / "prices.db")
    lines: list[str] = []
    runtime = build_runtime(
        {
            "AFFIDAVIT_POLICY": "baseline",
            "AFFIDAVIT_LEDGER": f"sqlite://{_path(folder / 'ledger.db')}?timeout_ms=200",
            "AFFIDAVIT_SOURCE_PRICES": f"sqlite://{_path(folder / 'prices.db')}",
        },
        plugins=load_plugins(["sqlite"]),
        emit=lines.append,
    )
    return DemoStage(folder=folder, plan=spec_of(_example()), runtime=runtime, lines=lines)


def pretty(line: str) -> str:
    """Return a line of JSON with spaces, and without the event that was logged."""
    value = json.loads(line)
    if "received" in value:
        value["received"] = "…"
    return json.dumps(value, ensure_ascii=False)


def _path(file: Path) -> str:
    return "/" + quote(str(file.resolve()))


def _seed(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "create table product_prices (product_id text primary key, price text, currency text)"
        )
        connection.executemany("insert into product_prices values (?, ?, ?)", _PRICES)


def _example() -> Callable[..., Any]:
    """Import the example from where the distribution or the repository keeps it."""
    here = Path(__file__).resolve()
    for place in (here.parents[1] / "examples", here.parents[3] / "examples"):
        if (place / "price_fetcher").is_dir() and str(place) not in sys.path:
            sys.path.insert(0, str(place))
    try:
        found: Callable[..., Any] = importlib.import_module("price_fetcher.handler").handler
    except ModuleNotFoundError:
        raise SetupError(
            "the example cannot be found",
            why="price_fetcher is neither installed nor in examples/",
            fix="Run the demonstration from a clone, or install affidavit[cli]",
        ) from None
    return found
