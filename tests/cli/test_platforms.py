"""What docs/platforms.md promises: where POSIX ends, and in surroundings that few have at home."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import repository as repo
from affidavit import AffidavitError, SettingsError
from affidavit.plugin import load_plugins
from affidavit_cli.foreign_errors import explain, with_remedy
from affidavit_cli.main import build
from affidavit_sqlite import ledger as sqlite_ledger

POSIX = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty")
"""What CPython has on Windows for none of these (Python, library reference, "Availability")."""

NAMES = {
    "os": "chown fchmod fchown fork forkpty getegid geteuid getgid getpgid getuid killpg mkfifo "
    "openpty posix_spawn pread pwrite readv register_at_fork setsid sysconf uname wait waitid",
    "signal": "SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGSTOP SIGUSR1 alarm getitimer pause "
    "pthread_kill setitimer siginterrupt sigwait",
    "socket": "AF_UNIX socketpair",
    "select": "epoll poll",
}
"""Names of modules that are there, likewise. `make platforms` asks typeshed for all of them."""

HIDDEN = f"""
import asyncio, concurrent.futures, importlib, multiprocessing, selectors, shutil, socketserver
import subprocess, sys, tempfile, uuid
sys.modules.update(dict.fromkeys({POSIX!r}))
for module, names in {NAMES!r}.items():
    held = vars(importlib.import_module(module))
    for name in names.split():
        held.pop(name, None)
"""
"""A Python as on Windows, as far as it goes: the standard library has found out before."""

ROW = re.compile(r"^\| (.+) \| (\w+) \| (\w+) \| (\w+) \| (\w+) \|$", re.MULTILINE)
TABLE = ROW.findall((repo.DOCS / "platforms.md").read_text())
GROUP = build(load_plugins())


def _run(
    program: str, cwd: Path, hidden: str = HIDDEN, **environ: str | None
) -> subprocess.CompletedProcess[str]:
    told = {**os.environ, **environ}
    return subprocess.run(
        [sys.executable, "-c", hidden + program],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={name: value for name, value in told.items() if value is not None},
    )


def _command(command: str) -> str:
    argv = ["affidavit", *command.split()]
    return f"\nimport sys\nfrom affidavit_cli.__main__ import main\nsys.argv = {argv!r}\nmain()"


def _named(column: int, *words: str) -> set[str]:
    rows = [row for row in TABLE if row[column] in words]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row[0])}


def test_the_table_names_every_command_once() -> None:
    """And promises on Linux whatever it promises elsewhere."""
    named = [name for row in TABLE for name in re.findall(r"`(\w+)`", row[0])]

    assert sorted(named) == sorted(GROUP.list_commands(None))  # type: ignore[arg-type]
    assert {row[1] for row in TABLE} == {"tested"}
    assert {word for row in TABLE for word in row[2:]} == {"tested", "yes", "no"}


@pytest.mark.parametrize(
    "command",
    ["plugins list", "policy clauses hipaa", "lint .", "who --help", "verify --help", "demo"],
)
def test_commands_run_without_posix(command: str, tmp_path: Path) -> None:
    """Kernel, policy, lint, who, verify and the SQLite ledger are promised everywhere."""
    (tmp_path / "handler.py").write_text("def handler(event, context):\n    return {}\n")
    done = _run(_command(command), tmp_path)

    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 1}, done.stderr
    assert "fcntl" not in done.stdout + done.stderr


def test_every_command_of_the_last_column_can_be_imported_without_posix(tmp_path: Path) -> None:
    """Those with a `no` say so when they are used; see below."""
    names = sorted(_named(4, "tested", "yes"))
    program = (
        "\nfrom affidavit.plugin import load_plugins; from affidavit_cli.main import build\n"
        f"group = build(load_plugins())\nfor name in {names!r}:\n"
        "    assert group.get_command(None, name), name\nprint('all')"
    )

    assert "all\n" == _run(program, tmp_path).stdout


def test_the_compliance_suite_runs_without_posix(tmp_path: Path) -> None:
    """On every developer's machine."""
    program = (
        "\nfrom affidavit import audited; from affidavit_testing import assert_promise; "
        "handler = audited(action='READ')(lambda event, context: {'statusCode': 200}); "
        "assert_promise(handler, 'nothing_raw_gets_out'); print('kept')"
    )
    done = _run(program, tmp_path)

    assert "kept\n" == done.stdout, done.stderr


def test_what_needs_posix_says_so(tmp_path: Path) -> None:
    """And what to do; not that a module is missing, or an extra."""
    program = (
        "\nfrom pathlib import Path; from affidavit_sqlite.spill import _alone\n"
        "try:\n    _alone(Path('spill'), 0, 1.0).__enter__()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = _run(program, tmp_path)

    assert "LedgerUnavailableError" in done.stdout, done.stderr
    assert "Linux or macOS" in done.stdout
    told = explain(ModuleNotFoundError("No module named 'fcntl'", name="fcntl"))
    assert "Linux or macOS" in told.fix


def test_what_runs_functions_says_where_it_does(tmp_path: Path) -> None:
    """Elsewhere no package could be installed that would help."""
    program = (
        "\nimport sys; sys.modules['awslambdaric'] = None; sys.platform = 'darwin'\n"
        "from affidavit.plugin import load_plugins; plugins = load_plugins()\n"
        "print([plugins.install_hint(name) for name in ('localcloud', 'bundle', 'devserver')])"
    )
    done = _run(
        program,
        tmp_path,
        hidden="import asyncio, click, subprocess, sysconfig, uuid; sysconfig.get_config_vars()",
    )

    assert 3 == done.stdout.count("It runs on Linux"), done.stderr


def test_a_locale_without_letters_breaks_no_command(tmp_path: Path) -> None:
    """`demo` has arrows and dots; a pipe in the locale C has ASCII."""
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = _run(_command("demo"), tmp_path, hidden="", **plain, PYTHONIOENCODING="ascii")

    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.isascii()
    assert "CLEAN" in done.stdout


@pytest.mark.parametrize("home", [None, "/nonexistent/home"])
def test_nobody_needs_a_home(home: str | None, tmp_path: Path) -> None:
    """A container's user may have none, and no entry that would name one."""
    nobody = "import os, pwd\npwd.getpwuid = lambda _: {}[_]\n" if os.name == "posix" else ""
    for command in ("doctor", "policy list", "lint ."):
        done = _run(_command(command), tmp_path, hidden=nobody, HOME=home, USERPROFILE=home)
        assert "Traceback" not in done.stderr
        assert done.returncode in {0, 1}, done.stderr


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("known", [None, "corp.example"])
def test_no_proxy_stands_between_us_and_this_machine(
    name: str, known: str | None, tmp_path: Path
) -> None:
    """Of urllib and botocore, that is the local cloud. What is further away goes through it."""
    program = (
        "\nfrom affidavit_cli.__main__ import _reach_this_machine_directly as direct; direct()\n"
        "from urllib.request import proxy_bypass\n"
        "from botocore.utils import get_environ_proxies\n"
        "hosts = ('127.0.0.1:1', 'localhost', 'corp.example', 'a.b')\n"
        "print([bool(proxy_bypass(one)) for one in hosts],"
        " get_environ_proxies('http://127.0.0.1:4566'), bool(get_environ_proxies('https://a.b')))"
    )
    given = {name: "http://127.0.0.1:9", "NO_PROXY": known, "no_proxy": None}
    done = _run(program, tmp_path, hidden="", **given)

    assert f"[True, True, {known is not None}, False] {{}} True\n" == done.stdout, done.stderr


@pytest.mark.parametrize(
    ("answered", "helps"),
    [
        ("NoCredentialsError", "aws configure"),
        ("SSOTokenLoadError", "aws sso login"),
        ("UnauthorizedSSOTokenError", "aws sso login"),
        ("ExpiredTokenException", "aws sso login"),
        ("NoRegionError", "AWS_REGION"),
        ("ProfileNotFound", "AWS_PROFILE"),
    ],
)
def test_missing_and_expired_credentials_have_a_remedy_of_their_own(
    answered: str, helps: str
) -> None:
    """Whatever plugin asked: trying again does not help."""
    told = AffidavitError("it cannot be read", why=f"it answered {answered}", fix="Retry")

    assert helps in with_remedy(told).fix
    assert (
        "Retry" == with_remedy(AffidavitError("x", why="it answered Throttling", fix="Retry")).fix
    )


@pytest.mark.parametrize(("profile", "helps"), [(None, "Give credentials"), ("corp", "sso login")])
def test_botocore_itself_is_understood(profile: str | None, helps: str, tmp_path: Path) -> None:
    """Its exceptions, of a laptop without credentials, and of one whose session has expired."""
    pytest.importorskip("boto3", reason="pip install 'affidavit[dynamodb]'")
    (tmp_path / "config").write_text(
        "[profile corp]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n"
        "[sso-session corp]\nsso_region = eu-west-1\n"
        "sso_start_url = https://corp.awsapps.com/start\n"
    )
    nothing = {name: None for name in os.environ if name.startswith("AWS_")}
    aws = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_EC2_METADATA_DISABLED": "true"}
    aws |= {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"), "HOME": str(tmp_path)}
    url = "dynamodb://table?region=eu-west-1&key=alias/x&tokens=alias/y"
    given = {**nothing, **aws, "AWS_PROFILE": profile, "AWS_MAX_ATTEMPTS": "1"}
    done = _run(_command(f"verify --ledger {url}"), tmp_path, hidden="", **given)

    assert 3 == done.returncode
    assert helps in done.stderr


WITHOUT = "import sys\nsys.modules.update(sqlite3=None, _sqlite3=None)\n"


def test_a_python_without_sqlite_has_every_other_command(tmp_path: Path) -> None:
    """As some systems build it. What needs it says so."""
    for command in ("policy list", "lint .", "plugins list", "who --help"):
        done = _run(_command(command), tmp_path, hidden=WITHOUT)
        assert done.returncode in {0, 1}, done.stderr
    for command in ("demo", "verify --ledger sqlite:///x.db"):
        done = _run(_command(command), tmp_path, hidden=WITHOUT)
        assert 3 == done.returncode
        assert "sqlite" in done.stderr
        assert "Traceback" not in done.stderr


def test_an_old_sqlite_is_refused_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And not with a syntax error in the middle of a transaction."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 22, 0))
    with pytest.raises(SettingsError, match="too old"):
        sqlite_ledger.open_ledger(urlsplit("sqlite:///ledger.db"))
