"""Keeping records in the foreground, and side by side with a read."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from affidavit import AttestationError, LedgerUnavailableError
from affidavit._policy.words import Declare
from affidavit._records.attest import Attestor, Declaration
from affidavit._records.chain import Chain
from affidavit._records.record import Phase
from affidavit.plugin import Entry
from affidavit.testing import FakeClock, MemoryStore, memory_ledger
from drafts import draft

TIMEOUT_S = 5.0


def _refuse(_: Sequence[Entry]) -> None:
    raise LedgerUnavailableError("down", why="planted", fix="none")


def _attestor(store: MemoryStore) -> Attestor:
    clock = FakeClock().clock()
    chain = Chain(memory_ledger(store), clock, {}, hot_days=1)
    return Attestor(chain, remote=store.remote, tick_ns=clock.tick_ns)


@pytest.mark.parametrize("remote", [False, True])
def test_without_declaring_nothing_is_written(remote: bool) -> None:
    """The policy wants one record per invocation, and that is the closing one."""
    store = MemoryStore(remote=remote)
    declaration = _attestor(store).declare(draft(), Declare.NONE, timeout_s=TIMEOUT_S)
    declaration.settle()

    assert {} == store.items
    assert 0 == declaration.spent_ns


@pytest.mark.parametrize(
    ("mode", "remote"),
    [
        pytest.param(Declare.BEFORE, False, id="before, local"),
        pytest.param(Declare.BEFORE, True, id="before, remote"),
        pytest.param(Declare.OVERLAP, False, id="overlap, local"),
    ],
)
def test_the_opening_record_is_waited_for(mode: Declare, remote: bool) -> None:
    """Also where the policy allows overlap and the store does not wait for a network."""
    store = MemoryStore(remote=remote)
    declaration = _attestor(store).declare(draft(), mode, timeout_s=TIMEOUT_S)

    assert 2 == len(store.items)
    assert declaration.spent_ns > 0
    declaration.settle()


def test_the_opening_record_is_written_while_others_work() -> None:
    """`declare` returns at once; `settle` waits, and knows how long the write took."""
    gate = threading.Event()
    store = MemoryStore(remote=True, before=lambda _: _wait(gate))
    declaration = _attestor(store).declare(draft(), Declare.OVERLAP, timeout_s=TIMEOUT_S)
    before = dict(store.items)
    gate.set()
    declaration.settle()

    assert {} == before
    assert 2 == len(store.items)
    assert declaration.spent_ns > 0


def _wait(gate: threading.Event) -> None:
    assert gate.wait(5)


@pytest.mark.parametrize(
    ("mode", "remote"),
    [
        pytest.param(Declare.BEFORE, True, id="before"),
        pytest.param(Declare.OVERLAP, False, id="overlap, local"),
    ],
)
def test_a_record_that_was_waited_for_stops_the_invocation(mode: Declare, remote: bool) -> None:
    """Nothing has run yet, and the error says so."""
    attestor = _attestor(MemoryStore(remote=remote, before=_refuse))
    with pytest.raises(AttestationError, match="intent record.*handler has not answered"):
        attestor.declare(draft(), mode, timeout_s=TIMEOUT_S)


def test_a_failed_declaration_says_so_each_time() -> None:
    """A handler that catches the first error meets the second one."""
    attestor = _attestor(MemoryStore(remote=True, before=_refuse))
    declaration = attestor.declare(draft(), Declare.OVERLAP, timeout_s=TIMEOUT_S)

    texts = set()
    for _ in range(3):
        with pytest.raises(AttestationError, match="down") as caught:
            declaration.settle()
        texts.add(str(caught.value))
    assert 1 == len(texts)


def test_nothing_to_settle_is_settled() -> None:
    """A refusal was never declared."""
    Declaration().settle()


@pytest.mark.parametrize(
    ("phase", "fix"),
    [
        pytest.param(Phase.OUTCOME, "The handler HAS run", id="declared"),
        pytest.param(Phase.DISCLOSURE, "The handler may have run", id="not declared"),
    ],
)
def test_a_closing_record_that_was_not_kept(phase: Phase, fix: str) -> None:
    """Whoever wants to retry has to know whether something may have happened."""
    attestor = _attestor(MemoryStore(before=_refuse))
    with pytest.raises(AttestationError, match=f"{phase.name.lower()} record.*{fix}"):
        attestor.attest(draft(phase), timeout_s=TIMEOUT_S)


def test_what_was_kept_comes_back() -> None:
    """The entry as it was stored, and the time that it took."""
    store = MemoryStore()
    entry, spent_ns = _attestor(store).attest(draft(Phase.OUTCOME), timeout_s=TIMEOUT_S)

    assert entry in store.items.values()
    assert spent_ns > 0


def test_one_thread_serves_every_invocation() -> None:
    """Starting a thread costs as much as a local write."""
    names: list[str] = []
    store = MemoryStore(remote=True, before=lambda _: names.append(threading.current_thread().name))
    attestor = _attestor(store)
    for _ in range(5):
        attestor.declare(draft(), Declare.OVERLAP, timeout_s=TIMEOUT_S).settle()

    assert 5 == len(names)
    assert 1 == len(set(names))
    assert names[0].startswith("affidavit-declare")


_FORKING: Any = """
import os
from drafts import draft
from affidavit._records.attest import Attestor
from affidavit._records.chain import Chain
from affidavit._clock import Clock
from affidavit._policy.words import Declare
from affidavit.testing import MemoryStore, memory_ledger

store = MemoryStore(remote=True)
attestor = Attestor(
    Chain(memory_ledger(store), Clock(), {}, hot_days=1), remote=True, tick_ns=Clock().tick_ns
)
attestor.declare(draft(), Declare.OVERLAP, timeout_s=5).settle()
pid = os.fork()
attestor.declare(draft(), Declare.OVERLAP, timeout_s=5).settle()
if pid == 0:
    os._exit(len(store.items))
print(os.waitstatus_to_exitcode(os.wait()[1]), len(store.items))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork; run on Linux or macOS")
def test_a_forked_process_has_a_thread_of_its_own() -> None:
    """It inherits the pool and not the thread, and would wait for ever."""
    done = subprocess.run(
        [sys.executable, "-c", _FORKING],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert "4 3" == done.stdout.strip()
