"""`affidavit doctor` finds what is wrong and says how to mend it."""

from __future__ import annotations

import pytest

from affidavit.plugin import VERSION, kernel_form
from command_line import Terminal


def _wrong(terminal: Terminal) -> dict[str, str]:
    said = terminal("doctor", "--output", "json")
    wrong = {check["what"]: check["fix"] for check in said.data if not check["ok"]}
    assert (1 if wrong else 0) == said.code
    assert all(fix for fix in wrong.values())
    return wrong


def test_a_fresh_folder_is_fine(terminal: Terminal) -> None:
    """Nothing is configured, and nothing has to be. Looking makes no file."""
    assert {} == _wrong(terminal)
    assert [] == list(terminal.folder.iterdir())


def test_a_ledger_with_records_is_counted(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As chains."""
    terminal.invoke()
    monkeypatch.setenv("AFFIDAVIT_LEDGER", terminal.ledger)
    assert {} == _wrong(terminal)
    assert "1 chain(s)" in terminal("doctor").out


def test_the_kernel_is_named(terminal: Terminal) -> None:
    """Which version it is, and in which of its two forms it runs."""
    said = {check["what"]: check["found"] for check in terminal("doctor", "--output", "json").data}

    assert f"affidavit {VERSION}, {kernel_form()}" == said["kernel"]


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("AFFIDAVIT_POLICY", "nonsense", "policy"),
        ("AFFIDAVIT_LEDGER", "nonsense://x", "ledger"),
        ("AFFIDAVIT_ENVIRONMENT", "No name!", "settings"),
        ("AFFIDAVIT_PLUGINS", "nonsense", "plugins"),
        ("AFFIDAVIT_SOURCE_PRICES", "nonsense://x", "sources"),
        ("AFFIDAVIT_NOTIFY", "ses://nobody", "mail and events"),
    ],
)
def test_each_wrong_setting_is_named(
    name: str, value: str, what: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing else is."""
    monkeypatch.setenv(name, value)
    assert {what} == _wrong(terminal).keys()


def test_a_damaged_ledger_is_not_an_empty_one(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has records that nobody can read."""
    (terminal.folder / "ledger.db").write_bytes(b"no database" * 100)
    monkeypatch.setenv("AFFIDAVIT_LEDGER", terminal.ledger)
    assert {"ledger"} == _wrong(terminal).keys()


def test_an_api_that_nothing_answers_at_is_to_be_mended(terminal: Terminal) -> None:
    """Asked alone, without a function and without boto3."""
    said = terminal("doctor", "--url", "http://nowhere.invalid/health", "--output", "json")
    assert 1 == said.code
    assert ["host"] == [check["kind"] for check in said.data]
