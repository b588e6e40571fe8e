"""Reports are read by compliance-trestle, the reference implementation of OSCAL: `make oscal`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import repository as repo

HERE = Path(__file__).parent
VERSIONS = ("1.1.3", "1.2.1")

SUITE = """
from pydantic import BaseModel
from affidavit import audited
from affidavit_testing import compliance_suite

class Asked(BaseModel):
    id: int

@audited(action="READ", request=Asked, subject="id")
def handler(asked, context):
    SAY
    return {"id": asked.id}

TestPart11 = compliance_suite(handler, policy="part11")
TestSoc2 = compliance_suite(handler, policy="soc2")
"""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("say", ["pass", "print(asked.id)"], ids=["kept", "broken"])
def test_the_reference_implementation_reads_a_report(
    version: str, say: str, tmp_path: Path
) -> None:
    """Of kept and of broken promises, two policies in one."""
    python = repo.ROOT / "build" / "oscal" / version / "bin" / "python"
    if not python.exists():
        pytest.skip("compliance-trestle is not installed: make oscal")
    (tmp_path / "test_it.py").write_text(SUITE.replace("SAY", say))
    report = tmp_path / "report.oscal.json"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "raw or binds"]
    told = subprocess.run(
        [*command, f"--affidavit-report={report}", f"--affidavit-oscal={version}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert told.returncode in {0, 1}, told.stdout + told.stderr
    read = subprocess.run(
        [str(python), str(HERE / "read.py"), str(report)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert 0 == read.returncode, read.stderr[-3000:]
    assert [version, "2"] == read.stdout.split()[1:]
