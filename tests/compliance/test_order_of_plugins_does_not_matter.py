"""Promise: no plugin can change a verdict, a record or an answer, and order means nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pluggy
import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies as my
from affidavit import PluginError
from affidavit._clock import Clock
from affidavit._invocation.decorator import spec_of
from affidavit._invocation.steps import invoke
from affidavit._records.memory import memory_ledger
from affidavit._runtime.plugins import Plugins, load_plugins
from affidavit._runtime.runtime import build_runtime
from affidavit.plugin import About, LedgerFactory, Record, SourceFactory, hookimpl
from affidavit.testing import FakeClock, FakeContext, MemorySource


class _Offers:
    """A plugin that offers a source scheme, and watches."""

    def __init__(self, scheme: str, seen: list[str]) -> None:
        self._scheme = scheme
        self._seen = seen

    @hookimpl
    def affidavit_about(self) -> About:
        return About(summary=self._scheme)

    @hookimpl
    def affidavit_ledgers(self) -> Sequence[LedgerFactory]:
        return [LedgerFactory(scheme=f"{self._scheme}-ledger", open=lambda _: memory_ledger())]

    @hookimpl
    def affidavit_sources(self) -> Sequence[SourceFactory]:
        def build(name: str, _: Any) -> Any:
            return MemorySource(name, {"find": [{"note": self._scheme}]})

        return [SourceFactory(scheme=self._scheme, open=build)]

    @hookimpl
    def affidavit_finished(self, record: Record) -> None:
        self._seen.append(f"{self._scheme} saw {record.phase}")
        record.document["act"] = "forged"  # type: ignore[index]
        raise RuntimeError("a watcher that fails")


NAMES = ("alpha", "beta", "gamma")


def _play(order: Sequence[str]) -> tuple[Any, list[str], list[Any], list[str]]:
    seen: list[str] = []
    lines: list[str] = []
    runtime = build_runtime(
        {"AFFIDAVIT_LEDGER": "alpha-ledger:x", "AFFIDAVIT_SOURCE_MEMORY": "beta:x"},
        plugins=Plugins({name: _Offers(name, seen) for name in order}),
        clock=FakeClock().clock(),
        emit=lines.append,
    )
    event = {"id": "A1", "who": "w"}
    answer = invoke(spec_of(my.handler_of(my.BEHAVIOURS[3])), event, FakeContext(), runtime)
    reader = runtime.ledger.reader
    records = [
        json.loads(entry.body) for writer in reader.writers() for entry in reader.entries(writer)
    ]
    for record in records:  # what differs from run to run: keys and what derives from them
        for key in ("prev", "ck", "ek", "tk", "actor", "subj"):
            record.pop(key, None)
    return answer, lines, records, seen


@given(order=st.permutations(NAMES))
def test_every_order_gives_the_same_evidence(order: list[str]) -> None:
    """Answer, records, lines and the order of watchers do not depend on installation."""
    assert _play(NAMES) == _play(order)


def test_a_watcher_changes_nothing() -> None:
    """It is shown a copy, last; what it does to that, or raises, goes no further."""
    answer, lines, records, seen = _play(NAMES)

    assert {"note": "beta"} == answer
    assert ["alpha saw O", "beta saw O", "gamma saw O"] == seen
    assert {"TEST"} == {record["act"] for record in records if record["ph"] != "G"}
    assert 3 == sum("observer.failed" in line for line in lines)
    assert not any("a watcher that fails" in line for line in lines)


def test_plugins_are_named_in_the_first_record() -> None:
    """Which code was there is part of the evidence."""
    genesis = _play(NAMES)[2][0]

    assert ["alpha@", "beta@", "gamma@"] == genesis["plg"]


def test_two_plugins_cannot_offer_the_same() -> None:
    """A record could not say which one was used."""

    class Twice(_Offers):
        pass

    plugins = Plugins({"one": _Offers("alpha", []), "two": Twice("alpha", [])})
    with pytest.raises(PluginError, match="two plugins offer the ledger scheme alpha-ledger"):
        build_runtime({"AFFIDAVIT_LEDGER": "memory:"}, plugins=plugins, clock=Clock())


class _Wraps:
    @pluggy.HookimplMarker("affidavit")(wrapper=True)
    def affidavit_ledgers(self) -> Any:
        return (yield)


class _Misspells:
    @hookimpl
    def affidavit_ledgres(self) -> Any:
        return []


class _Explodes:
    @hookimpl
    def affidavit_about(self) -> Any:
        raise OSError("password=hunter2")


class _BadArguments:
    @hookimpl
    def affidavit_finished(self, record: Any, event: Any) -> None: ...


@pytest.mark.parametrize(
    ("plugin", "message"),
    [
        pytest.param(_Wraps(), "plugin p wraps affidavit_ledgers", id="wraps"),
        pytest.param(_Misspells(), "a hook that affidavit does not have", id="misspells"),
        pytest.param(_Explodes(), "plugin p failed in affidavit_about", id="explodes"),
        pytest.param(_BadArguments(), "plugin p cannot be registered", id="bad arguments"),
    ],
)
def test_plugins_that_are_refused(plugin: object, message: str) -> None:
    """At start, with the plugin's name, and without its text."""
    with pytest.raises(PluginError, match=message) as caught:
        Plugins({"p": plugin})
    assert "hunter2" not in str(caught.value)


def test_an_unavailable_plugin_is_listed_and_offers_nothing() -> None:
    """What is not installed completely says so, with the command that mends it."""

    class Needs:
        @hookimpl
        def affidavit_about(self) -> About:
            return About(summary="needs", extra="needs", needs=("no_such_module",))

        @hookimpl
        def affidavit_ledgers(self) -> Sequence[LedgerFactory]:
            raise AssertionError("must not be asked")

    plugins = Plugins({"needs": Needs()})
    (listing,) = plugins.listing()

    assert ("no_such_module",) == listing.missing
    assert [] == plugins.collect("affidavit_ledgers")
    assert "pip install 'affidavit[needs]'" == plugins.install_hint("needs")


def test_a_plugin_that_cannot_be_imported() -> None:
    """Named at start; the traceback's text is not repeated."""
    with pytest.raises(PluginError, match="plugin ghost cannot be imported"):
        load_plugins(["ghost"])


def test_only_named_plugins_are_loaded() -> None:
    """AFFIDAVIT_PLUGINS says which; a module of one's own is named by its path."""
    plugins = load_plugins(["sqlite", "mine=affidavit_ledger"])

    assert ["mine", "sqlite"] == [item.name for item in plugins.listing()]
    assert SimpleNamespace is not None
