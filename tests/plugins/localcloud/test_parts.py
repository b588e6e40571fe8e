"""The parts of the local cloud that need no cloud."""

from __future__ import annotations

import io
import os
import stat
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit_localcloud.functions.interpreters import Interpreters, own_runtime
from affidavit_localcloud.functions.output import Output
from affidavit_localcloud.functions.unpack_package import BadPackageError, unpack
from affidavit_localcloud.triggers.event_batches import failed_items
from affidavit_localcloud.triggers.schedules import next_time
from affidavit_service.gateway.routes import find_route, match_path
from localcloud_parts import packed

PARTS = st.text(alphabet="abc-_.", min_size=1, max_size=4).filter(lambda part: part not in "..")


def test_first_calls_at_the_same_time_find_the_same_python(tmp_path: Path) -> None:
    """They link what the runtime provides; each link once."""
    for turn in range(20):
        interpreters = Interpreters(tmp_path / str(turn), {})
        together = threading.Barrier(8)

        def find(known: Interpreters = interpreters, at: threading.Barrier = together) -> object:
            at.wait()
            return known.find(own_runtime())

        with ThreadPoolExecutor(8) as pool:
            found = [future.result() for future in [pool.submit(find) for _ in range(8)]]
        assert 1 == len(set(found))


@pytest.mark.parametrize("name", ["../out.py", "/out.py", "a/../../out.py", "a\\..\\out.py"])
def test_a_package_cannot_write_elsewhere(tmp_path: Path, name: str) -> None:
    """Nothing at all is written, also not what comes before the bad name."""
    with pytest.raises(BadPackageError):
        unpack(packed({"good.py": "", name: "boom"}), tmp_path / "code")

    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_package_cannot_have_links(tmp_path: Path) -> None:
    """A link could lead out, and what comes after it would follow."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        link = zipfile.ZipInfo("etc")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc")

    with pytest.raises(BadPackageError):
        unpack(data.getvalue(), tmp_path / "code")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """250 MB is Lambda's limit."""
    with pytest.raises(BadPackageError, match="250 MB"):
        unpack(packed({"a": "x" * (100 << 20), "b": "x" * (151 << 20)}), tmp_path / "code")

    with pytest.raises(BadPackageError, match="no zip"):
        unpack(b"no zip", tmp_path / "code")


def test_what_is_unpacked_keeps_its_mode_and_is_there_at_once(tmp_path: Path) -> None:
    """Executable stays executable; a second time does nothing."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        program = zipfile.ZipInfo("bin/run")
        program.external_attr = 0o755 << 16
        archive.writestr(program, "#!/bin/sh\n")
    first = unpack(data.getvalue(), tmp_path / "code")

    assert os.access(first / "bin/run", os.X_OK)
    (first / "mark").touch()
    assert (unpack(b"not looked at", tmp_path / "code") / "mark").exists()


@given(parts=st.lists(PARTS, min_size=1, max_size=4))
def test_a_path_matches_itself_and_a_greedy_variable(parts: list[str]) -> None:
    """And a template of other length does not match."""
    path = "/" + "/".join(parts)

    assert {} == match_path(path, path)
    assert {"all": "/".join(parts)} == match_path("/{all+}", path)
    assert dict(zip(map(str, range(len(parts))), parts, strict=True)) == match_path(
        "/" + "/".join(f"{{{n}}}" for n in range(len(parts))), path
    )
    assert match_path(path + "/x", path) is None
    assert match_path(path, path + "/x") is None


def test_an_exact_verb_is_better_than_any() -> None:
    """At the same path only: a better path wins over a better verb."""
    keys = ["$default", "ANY /a", "GET /a", "GET /{x}", "ANY /a/b"]

    assert "GET /a" == getattr(find_route(keys, "GET", "/a"), "key", None)
    assert "ANY /a" == getattr(find_route(keys, "PUT", "/a"), "key", None)
    assert "$default" == getattr(find_route(keys, "PUT", "/q"), "key", None)
    assert find_route(["GET /a"], "PUT", "/a") is None


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"null", set()),
        (b"{}", set()),
        (b'{"batchItemFailures": []}', set()),
        (b'{"batchItemFailures": [{"itemIdentifier": "a"}]}', {"a"}),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', None),
        (b'{"batchItemFailures": [{"other": "a"}]}', None),
        (b'{"batchItemFailures": "a"}', None),
        (b"no json", None),
    ],
)
def test_reported_failures_are_read_as_lambda_reads_them(
    payload: bytes, expected: set[str] | None
) -> None:
    """What makes no sense means that all has failed."""
    assert expected == failed_items(payload)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", "2026-01-15T10:01:30"),
        ("rate(2 hours)", "2026-01-15T12:00:30"),
        ("at(2026-01-15T10:00:31)", "2026-01-15T10:00:31"),
        ("at(2026-01-15T10:00:30)", None),
        ("cron(* * * * ? *)", "2026-01-15T10:01:00"),
        ("cron(0/15 * * * ? *)", "2026-01-15T10:15:00"),
        ("cron(0 9 1 * ? *)", "2026-02-01T09:00:00"),
        ("cron(30 8 ? * 2-6 *)", "2026-01-16T08:30:00"),
        ("cron(30 8 ? * MON-FRI *)", "2026-01-16T08:30:00"),
        ("cron(0 0 1 JUN ? *)", "2026-06-01T00:00:00"),
        ("cron(0 0 ? * 1 *)", "2026-01-18T00:00:00"),
    ],
)
def test_a_schedule_is_due_when_aws_says(expression: str, expected: str | None) -> None:
    """After a Thursday, 10:00:30 UTC; Sunday is day 1."""
    import calendar

    after = calendar.timegm(time.strptime("2026-01-15T10:00:30", "%Y-%m-%dT%H:%M:%S"))
    found = next_time(expression, after)

    assert expected == (
        None if found is None else time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(found))
    )


@pytest.mark.parametrize("expression", ["cron(0 9 L * ? *)", "every day", "rate(1 week)"])
def test_a_schedule_that_is_not_understood_is_not_guessed(expression: str) -> None:
    """The log says so, and nothing is sent."""
    with pytest.raises(ValueError, match=r"."):
        next_time(expression, 0)


@given(lines=st.lists(st.text(alphabet="xé\t ", min_size=1, max_size=9), max_size=6))
def test_lines_and_frames_come_out_as_they_went_in(lines: list[str]) -> None:
    """Whole lines only until the last time; a frame may hold several lines."""
    output = Output()
    for line in lines:
        os.write(output.text_out, line.encode() + b"\n")
        body = f"{line}\n{line}".encode()
        os.write(
            output.frames_out,
            b"\xa5\x5a\x00\x03" + len(body).to_bytes(4, "big") + (0).to_bytes(8, "big") + body,
        )
    os.write(output.text_out, b"unfinished")
    first = [line.text for line in output.drain()]
    last = [line.text for line in output.drain(last=True)]
    output.started()
    output.close()

    wanted = [line for line in lines if line.strip()]
    assert sorted([*wanted, *(f"{line}\n{line}" for line in lines)]) == sorted(first)
    assert ["unfinished"] == last
