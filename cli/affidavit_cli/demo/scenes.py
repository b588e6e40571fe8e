"""Six requests, each with what a reader should look for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affidavit.testing import api_gateway_v1
from affidavit_cli.demo.demo_stage import USER


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoScene:
    """One request: a title, the event, what to look for, and what is wrong meanwhile."""

    title: str
    event: Mapping[str, Any]
    look: str
    meanwhile: Callable[[Path], AbstractContextManager[object]] = lambda _: nullcontext()


def _ask(product: str, number: int) -> dict[str, Any]:
    return api_gateway_v1(
        query={"id": product, "userId": USER},
        request_id=f"00000000-0000-4000-8000-{number:012d}",
    )


@contextmanager
def _locked(ledger: Path) -> Iterator[None]:
    """Hold the ledger's file, as a backup that went wrong might."""
    with closing(sqlite3.connect(ledger, isolation_level=None)) as other:
        other.execute("begin immediate")
        try:
            yield
        finally:
            other.execute("rollback")


SCENES = (
    DemoScene(
        title="A known product",
        event=_ask("PROD-101", 1),
        look="Two records: it is about to be read (I), it was read (O). Names are tokens.",
    ),
    DemoScene(
        title="A product that nobody sells",
        event=_ask("PROD-999", 2),
        look="404, and on record all the same: looking is what is audited.",
    ),
    DemoScene(
        title="An invalid request that carries a social security number",
        event=_ask("123-45-6789", 3),
        look="400 with a path and a kind. The number is in no answer, record, metric or log.",
    ),
    DemoScene(
        title="A handler that fails, and whose exception quotes an e-mail address",
        event=_ask("PROD-500", 4),
        look="500 with a type. The log has the place and a redacted message.",
    ),
    DemoScene(
        title="A ledger that cannot be written",
        event=_ask("PROD-101", 5),
        look="503: no evidence, no answer. The next record will say that it was withheld.",
        meanwhile=_locked,
    ),
    DemoScene(
        title="The ledger is back",
        event=_ask("PROD-102", 6),
        look="First the correction (W) of what was withheld, then the new records.",
    ),
)
