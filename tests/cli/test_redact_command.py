"""`affidavit redact`: as many lines out as in, and nothing personal in them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import Said, Terminal

Redact = Callable[..., Said]

TEXT = "call jane.doe@example.org about 4111 1111 1111 1111"


@pytest.fixture
def redact(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Redact:
    """Run the command on some bytes."""

    def act(data: bytes, *arguments: str) -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        return Terminal(capsys, tmp_path)("redact", *arguments)

    return act


def test_text_stays_text(redact: Redact) -> None:
    """Line by line."""
    said = redact(f"{TEXT}\nfine\n".encode())
    assert (0, 2) == (said.code, said.out.count("\n"))
    assert "jane" not in said.out
    assert "4111 1111" not in said.out
    assert said.out.endswith("fine\n")


def test_json_lines_stay_json_lines(redact: Redact) -> None:
    """One object in, one object out."""
    said = redact(json.dumps({"note": TEXT, "n": 1}).encode() + b"\n[]\n", "--json")
    first, second = map(json.loads, said.out.splitlines())
    assert (0, 1, []) == (said.code, first["n"], second)
    assert "jane" not in said.out


def test_a_line_that_is_not_json_is_redacted_text_and_1(redact: Redact) -> None:
    """Nothing is lost and nothing gets out."""
    said = redact(f"{TEXT}\n{{}}\n".encode(), "--json")
    first, second = map(json.loads, said.out.splitlines())
    assert (1, {}) == (said.code, second)
    assert isinstance(first, str)
    assert "jane" not in first
    assert "not JSON" in said.err


@pytest.mark.parametrize("more", [[], ["--json"]], ids=["text", "json lines"])
def test_for_programs_the_lines_are_one_list(redact: Redact, more: list[str]) -> None:
    """With the same redacted lines, in the same order, and the same exit code."""
    data = b'{"note": "%s"}\n[1]\nno JSON "\n' % TEXT.encode()
    lines, listed = redact(data, *more), redact(data, *more, "--output", "json")
    single = lines.out.splitlines()

    assert (list(map(json.loads, single)) if more else single) == listed.data
    assert lines.code == listed.code == (1 if more else 0)
    assert lines.err == listed.err
    assert "jane" not in listed.out
    assert [] == redact(b"", *more, "--output", "json").data


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\n", b"\x00\n", b"{" * 5000 + b"\n"])
def test_no_bytes_are_too_strange(data: bytes, redact: Redact) -> None:
    """Each line comes out as a line."""
    assert data.count(b"\n") == redact(data).out.count("\n")
    assert data.count(b"\n") == redact(data, "--json").out.count("\n")
