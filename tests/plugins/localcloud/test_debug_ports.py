"""Which functions wait for a debugger, and what is counted of calls; without a cloud."""

from __future__ import annotations

from pathlib import Path

import pytest

from affidavit import SettingsError
from affidavit_localcloud.functions.call_counts import CallCount, CallCounts
from affidavit_localcloud.functions.debug_ports import DebugPorts
from affidavit_localcloud.local_options import read_debugged


def test_ports_follow_each_other_unless_said() -> None:
    """And a word that is no port is refused before anything starts."""
    assert {"read": 5678, "write": 5679, "other": 6000} == read_debugged(
        ["read", "write", "other=6000"]
    )
    assert {} == read_debugged(["read", "off"])
    with pytest.raises(SettingsError, match="cannot be used"):
        read_debugged(["read=80"])


def test_a_function_is_meant_by_its_name_or_the_end_of_it(tmp_path: Path) -> None:
    """And no other one."""
    ports = DebugPorts(tmp_path, {"read": 5678})

    assert [5678, 5678, 0, 0] == [
        ports.port_of(one) for one in ("read", "shop-local-read", "shop-local-spread", "reader")
    ]
    ports.replace({})
    assert 0 == ports.port_of("read")


def test_who_looks_in_stands_in_every_record_and_has_one_path(tmp_path: Path) -> None:
    """The link follows the version; a function that nobody looks into is as it was."""
    ports = DebugPorts(tmp_path / "debug", {"read": 5678})
    for version in ("one", "two"):
        code = tmp_path / version
        code.mkdir()
        start = ports.start("shop-local-read", code)
        assert tmp_path / "debug" / "shop-local-read" == start.code
        assert code == start.code.resolve()
    assert "1" == start.variables["AFFIDAVIT_UNSAFE_DEBUG"]
    assert ("5678",) == start.arguments
    assert (tmp_path / "debug/library/debugpy/__init__.py").is_file()

    other = ports.start("shop-local-other", code)
    assert (code, (), {}) == (other.code, other.arguments, other.variables)


def test_an_error_is_counted_by_its_type_and_never_by_its_text() -> None:
    """The text may be personal; what is no error of Lambda's form is unknown."""
    counts = CallCounts()
    counts.add("read", 128, None)
    counts.add("read", 128, b'{"errorType": "KeyError", "errorMessage": "219-09-9999"}')
    assert {"read": CallCount(128, 2, 1, "KeyError")} == counts.all()
    counts.add("read", 128, None)
    assert "KeyError" == counts.all()["read"].last_error
    for answer in (b"219-09-9999", b"[1]", b'"219"'):
        counts.add("read", 128, answer)
        assert "Unknown" == counts.all()["read"].last_error
    counts.clear()
    assert {} == counts.all()
