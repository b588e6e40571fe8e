"""A debugger looks into a function on this machine, and each record says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from affidavit import SettingsError
from affidavit_devserver.debugging import Debugger, read_debugger
from devserver_parts import DebugClient, free_port, make_project, serve

ITEM = "/items/I-100001"


def test_a_debugger_stops_sees_and_goes_on(tmp_path: Path) -> None:
    """A real debugpy client: breakpoint, variables, continue; the record says `debug`."""
    definition = make_project(tmp_path / "shop")
    # The definition's timeout would end a function that somebody looks at.
    definition.write_text(
        definition.read_text().replace("[defaults]\n", "[defaults]\ntimeout_s = 1\n")
    )
    port = free_port()
    with serve(definition, claims={"sub": "ada"}, debugger=Debugger(port)) as served:
        answers: list[Any] = []
        seen = DebugClient(port).stop_at(
            served.folder / "src/shop/handler.py",
            "    return find_item(context, request.id)",
            "request.id",
            lambda: answers.append(served.ask("GET", ITEM)),
        )

        assert "'I-100001'" == seen
        assert 200 == answers[0][0]
        assert [["debug"], ["debug"]] == [
            one["unsafe"] for one in served.happenings[-1].call.records
        ]


def test_without_a_debugger_no_record_is_unsafe(tmp_path: Path) -> None:
    """The word stands where it is true."""
    with serve(make_project(tmp_path / "shop"), claims={"sub": "ada"}) as served:
        served.ask("GET", ITEM)

        assert not any("unsafe" in one for one in served.happenings[-1].call.records)


def test_a_breakpoint_in_the_terminal_needs_no_editor(tmp_path: Path) -> None:
    """`--debug terminal`: pdb speaks with the terminal, not with the function's output."""
    debugger = read_debugger("terminal")
    assert Debugger(0) == debugger
    with serve(make_project(tmp_path / "shop"), claims={"sub": "ada"}, debugger=debugger) as served:
        served.edit(
            "    return find_item",
            "    import sys; print(sys.breakpointhook)\n    return find_item",
        )
        served.ask("GET", ITEM)

        assert any("_hook" in line for line in served.happenings[-1].call.log)


@pytest.mark.parametrize("given", ["80", "70000", "yes", "-1", ""])
def test_another_word_is_refused(given: str) -> None:
    """With what can be written."""
    with pytest.raises(SettingsError, match="cannot be used"):
        read_debugger(given)


def test_functions_have_ports_one_after_another(tmp_path: Path) -> None:
    """So that an editor can look into each."""
    assert None is read_debugger(None)
    assert Debugger(5678) == read_debugger("5678")
