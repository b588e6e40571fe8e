"""Loading and asking plugins; `compliance/test_order_of_plugins_does_not_matter.py` has more."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from affidavit import PluginError, __version__
from affidavit._runtime.plugins import Plugins, by_name, load_plugins
from affidavit._runtime.runtime import build_runtime
from affidavit.plugin import About, LedgerFactory, hookimpl
from affidavit.testing import memory_ledger


class Offers:
    """A plugin that returns what a test wants it to."""

    def __init__(self, ledgers: Any = (), about: Any = None) -> None:
        self._ledgers = ledgers
        self._about = about or About(summary="a plugin")

    @hookimpl
    def affidavit_about(self) -> Any:
        return self._about

    @hookimpl
    def affidavit_ledgers(self) -> Any:
        if isinstance(self._ledgers, Exception):
            raise self._ledgers
        return self._ledgers


def _factory(scheme: str) -> LedgerFactory:
    return LedgerFactory(scheme=scheme, open=lambda _: memory_ledger())


def test_what_is_installed_is_found() -> None:
    """Through the entry points of the distribution, each under its name."""
    found = {item.name: item for item in load_plugins().listing()}

    assert {"ledger", "policy", "sqlite"} <= found.keys()
    assert __version__ == found["sqlite"].version
    assert ("affidavit_about", "affidavit_ledgers", "affidavit_sources") == found["sqlite"].hooks
    assert () == found["sqlite"].missing
    assert "SQLite" in found["sqlite"].summary


def test_offers_come_in_the_order_of_names() -> None:
    """Whatever order the plugins were given in."""
    plugins = Plugins({"b": Offers([_factory("x")]), "a": Offers([_factory("z"), _factory("y")])})

    found = [(name, factory.scheme) for name, factory in plugins.collect("affidavit_ledgers")]
    assert [("a", "z"), ("a", "y"), ("b", "x")] == found


def test_a_plugin_that_offers_nothing_is_fine() -> None:
    """An empty list, nothing at all, or no such hook."""

    class Silent:
        pass

    plugins = Plugins({"a": Offers([]), "b": Offers(None), "c": Silent()})

    assert [] == plugins.collect("affidavit_ledgers")
    assert {"a": "a plugin", "b": "a plugin", "c": ""} == {
        item.name: item.summary for item in plugins.listing()
    }


@pytest.mark.parametrize(
    ("returned", "kind"),
    [
        pytest.param(7, "int", id="a number"),
        pytest.param({"sqlite": 1}, "dict", id="a dictionary"),
        pytest.param(object(), "object", id="something"),
    ],
)
def test_a_plugin_that_returns_no_list_is_named(returned: object, kind: str) -> None:
    """At start, before anything is opened."""
    with pytest.raises(PluginError, match=f"plugin odd returns something else.*a {kind}"):
        Plugins({"odd": Offers(returned)}).collect("affidavit_ledgers")


@pytest.mark.parametrize("offer", [7, "sqlite", None, _factory("x").open])
def test_a_plugin_that_offers_no_factory_is_named(offer: object) -> None:
    """A factory has a scheme; what has none cannot be chosen."""
    offers = Plugins({"odd": Offers([offer])}).collect("affidavit_ledgers")
    with pytest.raises(PluginError, match="plugin odd returns something else"):
        by_name("ledger scheme", offers, "scheme")


def test_a_factory_without_its_list_is_named() -> None:
    """An easy slip: one factory where a list of factories is asked for."""
    offers = Plugins({"odd": Offers(_factory("x"))}).collect("affidavit_ledgers")
    with pytest.raises(PluginError, match="plugin odd returns something else"):
        by_name("ledger scheme", offers, "scheme")


def test_a_plugin_that_says_something_else_of_itself_is_named() -> None:
    """Without knowing what it needs nobody can say whether it is available."""
    with pytest.raises(PluginError, match="plugin odd returns something else than affidavit_about"):
        Plugins({"odd": Offers(about="a plugin")})


def test_a_plugin_that_fails_is_named_and_not_quoted() -> None:
    """Its text may hold a password from a URL."""
    plugins = Plugins({"odd": Offers(OSError("hunter2"))})
    with pytest.raises(PluginError, match=r"plugin odd failed in.*OSError") as caught:
        plugins.collect("affidavit_ledgers")

    assert "hunter2" not in str(caught.value)


def test_one_object_under_two_names_is_refused() -> None:
    """Its hooks would be called twice."""
    plugin = Offers()
    with pytest.raises(PluginError, match="plugin b cannot be registered"):
        Plugins({"a": plugin, "b": plugin})


def test_two_offers_under_one_name_are_refused() -> None:
    """Whoever comes first must not depend on the order of installation."""
    with pytest.raises(PluginError, match="two plugins offer the ledger scheme x.*a and b"):
        by_name("ledger scheme", [("a", _factory("x")), ("b", _factory("x"))], "scheme")
    assert ["x", "y"] == list(
        by_name("ledger scheme", [("a", _factory("y")), ("b", _factory("x"))], "scheme")
    )


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        pytest.param("cloud", "pip install 'affidavit[cloud]'", id="the extra"),
        pytest.param("", "pip install 'affidavit[needy]'", id="the plugin's own name"),
    ],
)
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_the_hint_installs_the_extra(
    extra: str, expected: str, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command to copy, on every system unless the plugin says that it runs on one alone."""
    monkeypatch.setattr(sys, "platform", system)
    about = About(summary="s", extra=extra, needs=("no_such.module",))
    plugins = Plugins({"needy": Offers(about=about)})

    assert expected == plugins.install_hint("needy")
    assert {"needy": ("no_such.module",)} == plugins.unavailable()
    assert () == plugins.observers("affidavit_ledgers")


def test_the_hint_of_what_runs_on_linux_alone_is_a_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """No command would help."""
    about = About(summary="s", needs=("no_such.module",), linux_only=True)
    monkeypatch.setattr(sys, "platform", "darwin")

    hint = Plugins({"needy": Offers(about=about)}).install_hint("needy")
    assert "It runs on Linux: use a container, a virtual machine or WSL" == hint


def test_what_would_be_offered_can_be_named() -> None:
    """Of those plugins alone that lack something, and if they can tell it without that."""
    lacks = About(summary="s", needs=("no_such.module",))
    first, second = _factory("x"), _factory("y")
    plugins = Plugins(
        {
            "broken": Offers(ValueError("it lacks something"), lacks),
            "needy": Offers([first, second], lacks),
            "whole": Offers([_factory("z")]),
        }
    )

    assert [("needy", first), ("needy", second)] == list(plugins.withheld("affidavit_ledgers"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("ghost", "module affidavit_ghost raised ModuleNotFoundError", id="none"),
        pytest.param("x=no.such", "plugin x cannot be imported", id="no such module"),
        pytest.param("", "plugin  cannot be imported", id="no name"),
        pytest.param(" sqlite", "cannot be imported", id="a space"),
    ],
)
def test_what_cannot_be_imported_is_named(name: str, message: str) -> None:
    """With the module that was looked for."""
    with pytest.raises(PluginError, match=message):
        load_plugins([name])


def test_a_module_that_fails_while_it_is_imported_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not quoted."""
    (tmp_path / "affidavit_broken.py").write_text("raise ValueError('hunter2')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError, match="plugin broken.*raised ValueError") as caught:
        load_plugins(["broken"])

    assert "hunter2" not in str(caught.value)


def _distribution(folder: Path, name: str, value: str, *, plugin: str = "sqlite") -> None:
    info = folder / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[affidavit]\n{plugin} = {value}\n")


RAISES = [
    pytest.param("raise ValueError('hunter2')", "ValueError", id="an exception"),
    pytest.param("raise SystemExit('hunter2')", "SystemExit", id="an exit"),
    pytest.param("import hunter2", "ModuleNotFoundError", id="a module that is gone"),
    pytest.param("def hunter2(:", "SyntaxError", id="no Python"),
    pytest.param(
        "raise type('LicenceError', (Exception,), {})('hunter2')", "LicenceError", id="own"
    ),
]


@pytest.mark.parametrize(("text", "raised"), RAISES)
def test_an_installed_plugin_that_cannot_be_imported_breaks_nobody_else(
    text: str, raised: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is listed with the type of what it raised; the others are there as ever."""
    (tmp_path / "broken_audit.py").write_text(text + "\n")
    _distribution(tmp_path, "broken_audit", "broken_audit", plugin="broken")
    before = {item.name: item for item in load_plugins().listing()}
    monkeypatch.syspath_prepend(tmp_path)

    plugins = load_plugins()
    found = {item.name: item for item in plugins.listing()}
    broken = found.pop("broken")

    assert before == found
    assert sorted([*before, "broken"]) == [item.name for item in plugins.listing()]
    assert (raised, (), ()) == (broken.failed, broken.missing, broken.hooks)
    assert () == plugins.unavailable()["broken"]
    assert f"uninstall plugin broken: its import raised {raised}" in plugins.install_hint("broken")
    assert not any(label.startswith("broken@") for label in plugins.labels())
    assert "hunter2" not in str([broken, plugins.install_hint("broken")])


@pytest.mark.parametrize(("text", "raised"), RAISES)
@pytest.mark.parametrize(
    "load",
    [
        pytest.param(lambda: load_plugins(["sqlite", "broken=broken_audit"]), id="named"),
        pytest.param(lambda: load_plugins(strict=True), id="strict"),
    ],
)
def test_where_it_was_asked_for_it_is_a_refusal(
    load: Any, text: str, raised: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its name, or by everything that is installed."""
    (tmp_path / "broken_audit.py").write_text(text + "\n")
    _distribution(tmp_path, "broken_audit", "broken_audit", plugin="broken")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError, match=f"plugin broken cannot.*raised {raised}") as caught:
        load()

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "refused"),
    [
        pytest.param({}, False, id="on a laptop"),
        pytest.param({"AFFIDAVIT_PLUGINS": "sqlite"}, False, id="others named"),
        pytest.param({"AFFIDAVIT_PLUGINS": "sqlite,broken=broken_audit"}, True, id="named"),
        pytest.param({"AFFIDAVIT_ENVIRONMENT": "prod"}, True, id="deployed, nothing named"),
        pytest.param(
            {"AFFIDAVIT_ENVIRONMENT": "prod", "AFFIDAVIT_PLUGINS": "sqlite"},
            False,
            id="deployed, others named",
        ),
    ],
)
def test_a_function_starts_with_all_of_its_plugins_or_not_at_all(
    environ: dict[str, str], refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A watcher that is silently gone would be a control that is silently gone."""
    (tmp_path / "broken_audit.py").write_text("raise ValueError('hunter2')\n")
    _distribution(tmp_path, "broken_audit", "broken_audit", plugin="broken")
    monkeypatch.syspath_prepend(tmp_path)
    said = {"AFFIDAVIT_LEDGER": f"sqlite:///{tmp_path / 'ledger.db'}", **environ}
    if refused:
        with pytest.raises(PluginError, match="plugin broken cannot be imported"):
            build_runtime(said)
    else:
        assert "sqlite" == build_runtime(said).ledger.store.name


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        pytest.param("affidavit_sqlite", False, id="the same module twice"),
        pytest.param("another_module", True, id="two modules"),
    ],
)
def test_two_distributions_with_one_plugin_name(
    value: str, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editable install beside a wheel is one plugin; two modules are two."""
    _distribution(tmp_path, "other", value)
    monkeypatch.syspath_prepend(tmp_path)
    if refused:
        with pytest.raises(PluginError, match="have a plugin named sqlite"):
            load_plugins()
    else:
        assert "sqlite" in {item.name for item in load_plugins().listing()}


def test_a_module_of_ones_own_is_a_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """`name=module` in AFFIDAVIT_PLUGINS."""
    module = ModuleType("acme_audit")

    @hookimpl
    def affidavit_ledgers() -> Sequence[LedgerFactory]:
        return [_factory("acme")]

    module.affidavit_ledgers = affidavit_ledgers  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "acme_audit", module)
    plugins = load_plugins(["acme=acme_audit"])

    assert ["acme"] == [name for name, _ in plugins.collect("affidavit_ledgers")]
