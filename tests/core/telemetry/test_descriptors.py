"""Everything that a deployed function writes to descriptors 1 and 2 is read once before."""

from __future__ import annotations

import subprocess
import sys

import pytest
from benchmarks.sinks import BEFORE, POLICIES, VALUE, WAYS, is_guarded, run

PLAIN = sorted(name for name, way in WAYS.items() if not way.needs and name != "asyncio, debug")

GUARD = """
import os, sys
from affidavit._policy.load import load_policy
from affidavit._redact import Redactor
from affidavit._telemetry.descriptors import DescriptorGuard
guard = DescriptorGuard(1, Redactor(load_policy("baseline").redaction))
"""


def _guarded(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", GUARD + script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("name", PLAIN)
def test_no_way_out_leaks_under_a_strict_policy(name: str) -> None:
    """`hipaa` guards them all; `make sinks` tries every policy, and the libraries too."""
    assert VALUE not in run(WAYS[name], "hipaa", sys.executable)


@pytest.mark.parametrize(
    "name",
    [name for name in PLAIN if name.startswith("logging") and is_guarded(WAYS[name], "baseline")],
)
def test_the_finished_line_of_logging_is_read_where_no_descriptor_is_guarded(name: str) -> None:
    """`baseline` captures `logging` alone: what filters and formatters add is seen there."""
    assert not is_guarded(WAYS["print"], "baseline")
    assert VALUE not in run(WAYS[name], "baseline", sys.executable)


def test_the_ways_write_what_they_are_given() -> None:
    """Else the test above would say nothing."""
    assert VALUE in run(WAYS["child process"], "baseline", sys.executable)
    assert VALUE in run(WAYS["logging, root"], "hipaa", sys.executable, deployed=False)
    assert {is_guarded(WAYS["print"], name) for name in POLICIES} == {True, False}
    assert "audited" in BEFORE


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("os.write(1, b'a\\nb\\n')", "a\nb\n"),
        ("os.write(1, b'a'); os.write(1, b'b\\n')", "ab\n"),
        ("os.write(1, b'for jane.roe@'); os.write(1, b'example.com x\\n')",
         "for [EMAIL] x\n"),
        ("print('x', flush=True); guard.write(b'own\\n'); print('y')", "x\nown\ny\n"),
        ("print('{\"password\": \"x\"}'); print('{\"n\": 1}')",
         '{"password": "[dropped]"}\n{"n": 1}\n'),
        ("for one in ('BEGIN', 'x', 'END'): print(f'-----{one} PRIVATE KEY-----', flush=True)",
         "[dropped]\n"),
        ("sys.stdout.write('no end')", "no end\n"),
        ("print()", "\n"),
        ("print('caf\\u00e9')", "caf\u00e9\n"),
    ],
)  # fmt: skip
def test_lines_arrive_redacted_whole_and_in_order(script: str, expected: str) -> None:
    """What has no end yet waits for it; what is left at the end goes out then."""
    assert expected == _guarded(script)


def test_more_than_the_pipe_holds_passes_without_loss() -> None:
    """The writer waits."""
    count = 20_000
    seen = _guarded(f"for n in range({count}): os.write(1, b'line %d\\n' % n)")

    assert [f"line {n}" for n in range(count)] == seen.splitlines()


def test_what_a_crash_leaves_behind_is_not_raw() -> None:
    """A process that dies takes what was not read along; nothing goes out unread."""
    script = GUARD + "os.write(1, b'for jane.roe@example.com\\n'); os._exit(3)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert 3 == done.returncode
    assert "jane" not in done.stdout + done.stderr
