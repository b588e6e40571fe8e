"""Calling a ledger plugin's code."""

from __future__ import annotations

import pytest

from affidavit import LedgerConflictError, LedgerUnavailableError
from affidavit._records.ledger import guarded
from affidavit.plugin import ChainKey


def test_what_a_plugin_returns_comes_back() -> None:
    """The guard adds nothing while all is well."""
    assert 7 == guarded("asking", lambda: 7)


def test_a_ledger_error_passes_with_its_text() -> None:
    """A plugin's author promised that such a text holds no value."""

    def conflict() -> None:
        raise LedgerConflictError("the place is taken", why="planted", fix="none")

    with pytest.raises(LedgerConflictError, match="the place is taken"):
        guarded("asking", conflict)


def test_any_other_error_passes_as_a_type() -> None:
    """A client library's message may quote what was sent."""

    def reset() -> None:
        raise ConnectionResetError("while sending hunter2")

    with pytest.raises(LedgerUnavailableError, match="asking failed.*ConnectionReset") as caught:
        guarded("asking", reset)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_process_is_not_held_up(stop: type[BaseException]) -> None:
    """Lambda's own runtime may be stopping us."""

    def end() -> None:
        raise stop

    with pytest.raises(stop):
        guarded("asking", end)


def test_a_chain_key_says_nothing_about_itself() -> None:
    """Neither the key nor its wrapped form is in a traceback."""
    assert "ChainKey(...)" == repr(ChainKey(b"secret", "wrapped"))
