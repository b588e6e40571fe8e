"""What is built once per process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from affidavit import (
    LedgerUnavailableError,
    PluginError,
    PolicyError,
    SettingsError,
    __version__,
    audited,
)
from affidavit._records.ledger import Ledger
from affidavit._runtime import runtime
from affidavit._runtime.plugins import Plugins, load_plugins
from affidavit._runtime.runtime import default_runtime, open_ledger, open_sources, write_line
from affidavit._runtime.settings import read_settings
from affidavit.plugin import About, TokenKey, build_runtime, hookimpl, kernel_form
from affidavit.testing import FakeClock, FakeContext, MemoryStore, make_runtime

NONE = Plugins({})


@pytest.fixture
def _no_default() -> Iterator[None]:
    """Forget the runtime of this process, before and after."""
    runtime._default = None
    yield
    runtime._default = None


def test_a_ledger_in_memory_needs_no_plugin() -> None:
    """For trying things out."""
    built = build_runtime({"AFFIDAVIT_LEDGER": "memory:"}, plugins=NONE)

    assert "memory" == built.ledger.store.name


def test_a_function_cannot_keep_its_ledger_in_memory() -> None:
    """The evidence would be gone with the process."""
    environ = {
        "AWS_LAMBDA_FUNCTION_NAME": "prices",
        "AFFIDAVIT_POLICY": "baseline",
        "AFFIDAVIT_ENVIRONMENT": "prod",
        "AFFIDAVIT_LEDGER": "memory:",
    }
    with pytest.raises(SettingsError, match="cannot keep its ledger in memory"):
        build_runtime(environ, plugins=NONE)


def test_a_scheme_that_nobody_opens_is_refused() -> None:
    """With the schemes that somebody does."""
    with pytest.raises(SettingsError, match=r"AFFIDAVIT_LEDGER.*available: memory, sqlite"):
        build_runtime({"AFFIDAVIT_LEDGER": "nosuch://x"}, plugins=load_plugins(["sqlite"]))
    with pytest.raises(SettingsError, match=r"AFFIDAVIT_SOURCE_PRICES.*available: none"):
        build_runtime(
            {"AFFIDAVIT_LEDGER": "memory:", "AFFIDAVIT_SOURCE_PRICES": "nosuch://x"}, plugins=NONE
        )


def test_a_scheme_of_a_plugin_that_is_not_complete_says_how_to_install_it() -> None:
    """Rather than that the scheme does not exist."""

    class Needy:
        @hookimpl
        def affidavit_about(self) -> About:
            return About(summary="s", extra="cloud", needs=("no_such_module",))

    with pytest.raises(SettingsError, match=r"installed completely: needy.*affidavit\[cloud\]"):
        build_runtime({"AFFIDAVIT_LEDGER": "dynamodb://t"}, plugins=Plugins({"needy": Needy()}))


@pytest.mark.parametrize(
    ("environ", "error"),
    [
        pytest.param({"AFFIDAVIT_POLICY": "nosuch"}, PolicyError, id="policy"),
        pytest.param({"AFFIDAVIT_PLUGINS": "ghost"}, PluginError, id="plugin"),
        pytest.param({"AFFIDAVIT_NOSUCH": "x"}, SettingsError, id="setting"),
    ],
)
def test_what_is_wrong_shows_at_start(environ: dict[str, str], error: type[Exception]) -> None:
    """Not on the first request."""
    with pytest.raises(error):
        build_runtime(environ)


def test_everything_that_was_set_is_there(tmp_path: Path) -> None:
    """From the environment into the runtime, and into the first record."""
    lines: list[str] = []
    built = build_runtime(
        {
            "AFFIDAVIT_POLICY": "hipaa",
            "AFFIDAVIT_LEDGER": f"sqlite:///{tmp_path / 'ledger.db'}",
            "AFFIDAVIT_SOURCE_PRICES": f"sqlite:///{tmp_path / 'prices.db'}",
            "AFFIDAVIT_ENVIRONMENT": "qa",
            "AFFIDAVIT_TENANT": "acme",
            "AFFIDAVIT_NAMESPACE": "prices",
            "AFFIDAVIT_LOG_LEVEL": "warning",
            "AFFIDAVIT_PLUGINS": "sqlite",
            "AWS_REGION": "eu-west-1",
        },
        clock=FakeClock().clock(),
        emit=lines.append,
    )
    built.log.info("unheard")

    assert ["prices"] == list(built.sources)
    assert ("qa", "acme", "prices", "eu-west-1") == (
        built.environment,
        built.tenant,
        built.namespace,
        built.region,
    )
    assert "hipaa" == built.policy.name
    assert [] == lines
    assert [] == list(tmp_path.iterdir()), "nothing connects before the first invocation"
    about = built.attestor.chain._about
    assert {
        "env": "qa",
        "krn": kernel_form(),
        "lib": f"affidavit {__version__}",
        "pd": built.policy.digest,
        "plg": [f"sqlite@{__version__}"],
        "pol": built.policy.label,
    } == about


def test_the_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a function nobody passes settings."""
    monkeypatch.setenv("AFFIDAVIT_LEDGER", "memory:")
    monkeypatch.setenv("AFFIDAVIT_POLICY", "gdpr")

    assert "gdpr" == build_runtime().policy.name


@pytest.mark.usefixtures("_no_default")
def test_a_process_has_one_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """And so one writer."""
    monkeypatch.setenv("AFFIDAVIT_LEDGER", "memory:")

    assert default_runtime() is default_runtime()


@pytest.mark.usefixtures("_no_default")
def test_a_start_that_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda repeats a failed initialisation in the same process."""
    monkeypatch.setenv("AFFIDAVIT_LEDGER", "nosuch://x")
    with pytest.raises(SettingsError):
        default_runtime()
    monkeypatch.setenv("AFFIDAVIT_LEDGER", "memory:")

    assert "memory" == default_runtime().ledger.store.name


@pytest.mark.usefixtures("_no_default")
def test_a_handler_uses_the_runtime_of_its_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Called as Lambda calls it: event and context, nothing else; lines go to stdout."""
    monkeypatch.setenv("AFFIDAVIT_LEDGER", "memory:")

    @audited
    def handler(event: Any, context: Any) -> Any:
        return {"said": event["say"], "by": context.function_name}

    answer = handler({"say": "hello"}, FakeContext())
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert {"said": "hello", "by": "function-under-test"} == answer
    assert 2 == len(told)
    assert 1 == len(list(default_runtime().ledger.reader.writers()))


def test_a_line_ends(capsys: pytest.CaptureFixture[str]) -> None:
    """CloudWatch splits what it reads into lines."""
    write_line("one")
    write_line("two")

    assert "one\ntwo\n" == capsys.readouterr().out


def test_sources_are_opened_by_scheme(tmp_path: Path) -> None:
    """Each under its own name; two may have one scheme."""
    settings = read_settings(
        {
            "AFFIDAVIT_SOURCE_A": f"sqlite:///{tmp_path / 'a.db'}",
            "AFFIDAVIT_SOURCE_B": f"sqlite:///{tmp_path / 'b.db'}",
        }
    )
    sources = open_sources(settings, load_plugins(["sqlite"]))

    assert {"a": "a", "b": "b"} == {name: source.name for name, source in sources.items()}
    assert "sqlite" == open_ledger(settings, load_plugins(["sqlite"])).store.name


class _Keys:
    """Keys that fail as often as they are told to."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    def token_key(self) -> TokenKey:
        if self.failures:
            self.failures -= 1
            raise TimeoutError("hunter2")
        return TokenKey("k", b"k" * 32)

    def new_chain_key(self, _: Any) -> Any:
        raise AssertionError

    def open_chain_key(self, _: Any, __: str) -> bytes:
        raise AssertionError


def test_the_token_key_is_asked_for_until_it_is_there() -> None:
    """Once it is, it is kept; what a key service raises is not repeated."""
    store, keys = MemoryStore(), _Keys(1)
    bench = make_runtime(ledger=Ledger(store=store, keys=keys, reader=store))
    with pytest.raises(LedgerUnavailableError, match="token key failed.*TimeoutError") as caught:
        bench.runtime.tokens()
    first = bench.runtime.tokens()
    keys.failures = 1

    assert "hunter2" not in str(caught.value)
    assert bench.runtime.tokens() is first
