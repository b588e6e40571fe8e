"""Where POSIX ends: commands start without its modules, and what needs one says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

POSIX = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty")
"""What CPython has on Windows for none of these (Python, library reference, "Availability")."""

HIDDEN = f"import sys; sys.modules.update(dict.fromkeys({POSIX!r})); "


def _python(program: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", HIDDEN + program],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "command",
    ["plugins list", "policy clauses hipaa", "lint .", "who --help", "verify --help"],
)
def test_commands_run_without_posix(command: str, tmp_path: Path) -> None:
    """Kernel, policy, lint, who and verify are promised everywhere."""
    (tmp_path / "handler.py").write_text("def handler(event, context):\n    return {}\n")
    argv = ["affidavit", *command.split()]
    program = f"from affidavit_cli.__main__ import main; sys.argv = {argv!r}; main()"
    done = _python(program, tmp_path)

    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 1}, done.stderr
    assert "fcntl" not in done.stdout + done.stderr


def test_the_compliance_suite_runs_without_posix(tmp_path: Path) -> None:
    """On every developer's machine."""
    program = (
        "from affidavit import audited; from affidavit_testing import assert_promise; "
        "handler = audited(action='READ')(lambda event, context: {'statusCode': 200}); "
        "assert_promise(handler, 'a_valid_request_is_answered'); print('kept')"
    )
    done = _python(program, tmp_path)

    assert "kept\n" == done.stdout, done.stderr


def test_what_needs_posix_says_so(tmp_path: Path) -> None:
    """And what to do; not that a module is missing."""
    program = (
        "from pathlib import Path; from affidavit_sqlite.spill import _alone\n"
        "try:\n    _alone(Path('spill'), 0, 1.0).__enter__()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = _python(program, tmp_path)

    assert "LedgerUnavailableError" in done.stdout, done.stderr
    assert "Linux or macOS" in done.stdout
