"""The drill of an outage: ten thousand refused invocations, and then the ledger is back.

However long it took, what an environment owes is paid in portions, behind
answers whose own evidence was kept, and never in their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import strategies as my
from affidavit import LedgerUnavailableError
from affidavit.plugin import Entry
from affidavit.testing import MemoryStore, api_gateway_v1, make_runtime, run
from affidavit_ledger.verify import verify_ledger

ENVIRONMENTS, FINE = 3, 200
PATIENCE = 10
HANDLER = my.handler_of(my.BEHAVIOURS[3])


class Outage:
    """Stores of three environments that can be away, or lose their acknowledgements."""

    def __init__(self, *, lose: bool) -> None:
        self.away, self.lose = False, lose
        self.stores = [self._store() for _ in range(ENVIRONMENTS)]
        self.benches = [make_runtime(store=store, sources=[my.sources()]) for store in self.stores]

    def _store(self) -> MemoryStore:
        def before(_: Sequence[Entry]) -> None:
            if self.away and not self.lose:
                raise LedgerUnavailableError("away", why="planted", fix="none")

        def after(_: Sequence[Entry]) -> None:
            if self.away and self.lose:
                raise LedgerUnavailableError("no acknowledgement", why="planted", fix="none")

        return MemoryStore(before=before, after=after)

    def ask(self, number: int, request: str) -> bool:
        """Invoke one environment, and tell whether it answers."""
        event = api_gateway_v1(query={"id": "A1", "who": "w"}, request_id=request)
        told: Any = run(HANDLER, event, self.benches[number])
        return bool(told["statusCode"] == FINE)


@pytest.mark.parametrize(
    ("lose", "refused"),
    [(False, 10_000), (True, 1_000)],
    ids=["refused", "acknowledgements lost"],
)
def test_an_outage_of_ten_thousand_invocations(lose: bool, refused: int) -> None:
    """Each environment answers again at once, and every correction is on record."""
    outage = Outage(lose=lose)
    assert all(outage.ask(number, "before") for number in range(ENVIRONMENTS))
    outage.away = True
    for call in range(refused):
        assert not outage.ask(call % ENVIRONMENTS, f"r{call}")
    outage.away = False

    for number, bench in enumerate(outage.benches):
        assert any(outage.ask(number, f"after{again}") for again in range(PATIENCE))
        while bench.runtime.attestor.chain.owed:
            assert outage.ask(number, "later")

    withheld = [r for b in outage.benches for r in b.records if r.phase == "W"]
    assert {f"r{call}" for call in range(refused)} == {r.document["req"] for r in withheld}
    for bench, store in zip(outage.benches, outage.stores, strict=True):
        verdict = verify_ledger(store, bench.runtime.ledger.keys, now_ms=10**15)
        assert verdict.clean, verdict.findings[:3]
        assert not verdict.findings
