"""What locks protect, in every order in which two threads can come."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from affidavit._records import attest, chain, subjects
from affidavit._records.attest import Attestor
from affidavit._records.chain import Chain
from affidavit._records.memory import MemorySubjects
from affidavit._records.subjects import SubjectTokens
from affidavit._records.tokens import Tokens
from affidavit._runtime import runtime
from affidavit.plugin import kernel_form
from affidavit.testing import FakeClock, MemoryStore, memory_ledger
from drafts import draft
from interleavings import force_each

with_lines = pytest.mark.skipif(
    kernel_form() == "compiled", reason="compiled code has no lines to stop at"
)


class Writer:
    """A chain, and its store."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.chain = Chain(
            memory_ledger(self.store), FakeClock().clock(), {"pol": "x@1"}, hot_days=1
        )

    def append(self, event: str) -> None:
        self.chain.append(draft(attempt=event), timeout_s=5)


@with_lines
def test_two_appends_to_one_chain() -> None:
    """One follows on the other, whenever it comes."""

    def check(writer: Writer) -> None:
        (name,) = writer.store.writers()
        told = [entry.seq for entry in writer.store.entries(name)]
        assert told == list(range(len(told)))
        assert 0 == writer.chain.forks
        assert len(told) >= 2

    lines = force_each(chain, Writer, lambda w: w.append("a"), lambda w: w.append("b"), check)

    assert lines > 20


@with_lines
def test_one_thread_keeps_records_in_the_background() -> None:
    """Two that ask for it at once get the same."""
    found: list[object] = []

    def made() -> Attestor:
        found.clear()
        return Attestor(Writer().chain, remote=True, tick_ns=lambda: 0)

    def ask(attestor: Attestor) -> None:
        found.append(attestor._background())

    assert force_each(attest, made, ask, ask, lambda _: _same(found)) > 2


@with_lines
def test_salts_of_two_subjects_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is room for one, either has it."""
    monkeypatch.setattr(subjects, "REMEMBER_MAX", 1)
    key = memory_ledger(MemoryStore()).keys.token_key()

    def made() -> SubjectTokens:
        return SubjectTokens(lambda: Tokens(key), MemorySubjects())

    def check(tokens: SubjectTokens) -> None:
        assert 1 == len(tokens._held)
        assert (tokens.of("A", timeout_s=5),) == tokens.known("A")

    def of(name: str) -> Callable[[SubjectTokens], object]:
        return lambda tokens: tokens.of(name, timeout_s=5)

    assert force_each(subjects, made, of("A"), of("B"), check) > 10


def test_a_process_has_one_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that come first get the same."""
    monkeypatch.setattr(runtime, "build_runtime", object)
    before = runtime.set_default_runtime(None)
    found: list[object] = []

    def made() -> None:
        runtime.set_default_runtime(None)
        found.clear()

    def ask(_: None) -> None:
        found.append(runtime.default_runtime())

    try:
        assert force_each(runtime, made, ask, ask, lambda _: _same(found)) > 2
    finally:
        runtime.set_default_runtime(before)


def _same(found: list[object]) -> None:
    assert len(set(map(id, found))) == 1
