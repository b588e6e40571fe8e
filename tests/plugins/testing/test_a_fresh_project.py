"""Somebody else's project: the wheel, the handler of the front page, one line of suite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

import repository as repo

SUITE = """
from decimal import Decimal

from affidavit_testing import compliance_suite
from service import handler

ROW = {"price": Decimal("99.99"), "currency": "USD"}

TestService = compliance_suite(handler, policy="hipaa", sources={"prices": {"find_price": ROW}})
"""

NOT_AUDITED = """
import json

from affidavit_testing import compliance_suite


def handler(event, context):
    print("received", json.dumps(event))
    return {"statusCode": 200, "body": json.dumps({"ok": True})}


TestToday = compliance_suite(handler, policy="hipaa")
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder with the handler, and the Python of an environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("project")
    dist, home = folder / "dist", folder / "venv"
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist)], repo.ROOT)
    (wheel,) = dist.glob("*.whl")
    venv.create(home, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    # What the wheel needs is installed here already: only the wheel itself is new.
    _run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"),
            *("--disable-pip-version-check", "--target", str(site), str(wheel)),
        ],
        folder,
    )
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (block,) = repo.blocks((repo.ROOT / "README.md").read_text(), "python")
    (folder / "service.py").write_text(block)
    return folder, python


def _run(command: list[str], folder: Path) -> str:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV", "PYTEST"))}
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert 0 == done.returncode, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_wheel_is_what_is_tested(project: tuple[Path, Path]) -> None:
    """Not the checkout, although what the wheel needs comes from its environment."""
    folder, python = project
    told = _run([str(python), "-c", "import affidavit, sys; print(affidavit.__file__)"], folder)

    assert str(folder) in told


def test_the_handler_of_the_front_page_passes_with_one_line(project: tuple[Path, Path]) -> None:
    """And its report names clauses, promises and tests."""
    folder, python = project
    (folder / "test_service.py").write_text(SUITE)
    report = folder / "compliance.json"
    told = _run(
        [str(python), "-m", "pytest", "-q", f"--affidavit-report={report}", "test_service.py"],
        folder,
    )
    written = json.loads(report.read_text())

    assert "promises 15 kept" in told
    assert {"kept", "does not apply"} == {one["result"] for one in written["results"]}
    (policy,) = written["policies"]
    assert "45 CFR 164.312(b)" in {rule["clause"] for rule in policy["rules"]}


def test_a_handler_that_is_not_audited_hears_what_would_fail(project: tuple[Path, Path]) -> None:
    """The way in: which promises it breaks today, and which it keeps already."""
    folder, python = project
    (folder / "test_today.py").write_text(NOT_AUDITED)
    report = folder / "today.json"
    command = [str(python), "-m", "pytest", "-q", f"--affidavit-report={report}", "test_today.py"]
    with pytest.raises(AssertionError, match="always_on_record"):
        _run(command, folder)
    results = {one["promise"]: one["result"] for one in json.loads(report.read_text())["results"]}

    assert "broken" == results["always_on_record"]
    assert "broken" == results["no_answer_without_evidence"]
    assert "broken" == results["nothing_raw_gets_out"]
    assert "kept" == results["each_read_is_named"]
