"""The release policy is strict: what is not said, or said wrongly, is refused."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from affidavit_release.demo.demo_targets import ORDER
from affidavit_release.errors import ReleaseError
from affidavit_release.programs import run_program
from affidavit_release.rules import read_rules
from affidavit_release.smoke import SmokeRequest, run_smoke
from affidavit_release.vault import Stored
from affidavit_release.versions import Version
from release_world import World

CHANGES = [
    ('pipeline = "shop"', 'pipeline = "Shop!"'),
    ('pipeline = "shop"', 'pipeline = "shop"\nfrist = "v1.0.0"'),
    ('pipeline = "shop"', 'pipeline = "shop"\nfirst = "1.0"'),
    ("retain_days = 2192", "retain_days = 0"),
    ("retain_days = 2192", 'retain_days = "2192"'),
    ('approvals = "asserted"', 'approvals = "no"'),
    ('approvals = "asserted"', ""),
    ('role = "manager"\n', ""),
    ('mirrors = "prod"', 'mirrors = "uat"'),
    ('mirrors = "prod"', 'mirrors = "prod"\nrole = "manager"'),
    ('label = "qa"', 'mirrors = "prod"'),
    ('label = "qa"', 'label = "QA!"'),
    ('role = "manager"', 'role = "nobody"'),
    ("[environments.dr]\n", "[environments.dx]\n"),
    ('"dr"]', "]"),
    ("writes = false\n", ""),
    ('command = ["{python}", "smoke.py"]', "command = []"),
    ("timeout_s = 60", "timeout_s = 0"),
    ('[people.quinn]\nroles = ["qa-lead"]', '[people.quinn]\nroles = ["qa-lead"]\nrole = "x"'),
    ("[people.quinn]\n", '[people.quinn]\nidentities = ["DANA@example.org"]\n'),
    ('vault = "file:vault"', 'vault = "vault"'),
    ('vault = "file:vault"', 'vault = "file:vault"\nvault = "file:vault"'),
]


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_rules_that_say_something_else_are_refused(world: World, old: str, new: str) -> None:
    """Unknown, missing, weaker, doubled, or of another type."""
    world.write_rules(**{old: new})
    with pytest.raises(ReleaseError) as error:
        world.rules()
    assert "example.org" not in str(error.value).casefold()


@pytest.mark.parametrize("data", [None, b"", b"\xff", b"a = [" + b"[" * 10_000])
def test_a_file_that_is_none_is_refused(tmp_path: Path, data: bytes | None) -> None:
    """Without its bytes in the message."""
    path = tmp_path / "release.toml"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(ReleaseError, match="release policy cannot be used"):
        read_rules(path)


def test_records_say_which_rules_were_in_force(world: World) -> None:
    """Whoever changes the rules changes what records say from then on."""
    world.release("v1.0.0", upto="dev")
    first = {record.document["rules"] for record in world.records()}
    world.write_rules(**{"retain_days = 2192": "retain_days = 3000"})
    world.deploy("v1.0.0", "qa")

    assert {world.rules().digest} == {world.records()[-1].document["rules"]}
    assert 1 == len(first)
    assert first != {world.rules().digest}


def told(environment: str) -> SmokeRequest:
    stored: Any = Stored(Version(1, 2, 3), "d" * 64, {}, None)  # type: ignore[arg-type]
    nothing: Any = None
    return SmokeRequest(
        environment, stored, "v1.2.3-rc.1", target=nothing, plugins=nothing, may_write=False
    )


def test_a_smoke_test_learns_what_it_tests(world: World) -> None:
    """From its environment."""
    wanted = {
        "RELEASE_ENVIRONMENT": "prod",
        "RELEASE_VERSION": "v1.2.3",
        "RELEASE_LABEL": "v1.2.3-rc.1",
        "RELEASE_DIGEST": "d" * 64,
        "RELEASE_READ_ONLY": "1",
    }
    lines = [
        "import os",
        "found = {k: v for k, v in os.environ.items() if k.startswith('RELEASE_')}",
        "assert found.pop('RELEASE_TARGET').startswith('folder:/')",
        f"assert found == {wanted!r}, found",
    ]
    (world.folder / "smoke.py").write_text("\n".join(lines))

    assert None is run_smoke(world.rules(), told("prod"))


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "import os; os.kill(os.getpid(), 9)", "("])
def test_a_smoke_test_that_does_not_succeed_has_failed(world: World, code: str) -> None:
    """However it ends."""
    (world.folder / "smoke.py").write_text(code)

    for name in ORDER:
        failed = run_smoke(world.rules(), told(name))
        assert failed is not None
        assert "reads" == failed[0]


def test_a_program_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    """A smoke test must not stop the line for ever."""
    code = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('pid', 'w').write(str(p.pid))\n"
        "time.sleep(60)\n"
    )
    began = time.monotonic()
    ended = run_program([sys.executable, "-c", code], folder=tmp_path, timeout_s=3)

    assert None is ended.code
    assert 20 > time.monotonic() - began
    child = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _lives(child):
        time.sleep(0.05)
    assert not _lives(child)


def test_a_program_that_is_not_there_has_failed(tmp_path: Path) -> None:
    """It is no crash."""
    assert None is run_program(["no-such-program"], folder=tmp_path, timeout_s=1).code


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
