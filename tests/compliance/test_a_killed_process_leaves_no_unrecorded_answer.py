"""Promise: a process killed at any moment leaves a record, or has given no answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from affidavit._records.record import Record
from affidavit._runtime.plugins import load_plugins
from affidavit._runtime.runtime import open_ledger
from affidavit._runtime.settings import read_settings
from affidavit.plugin import kernel_form
from affidavit_ledger.findings import FindingKind
from affidavit_ledger.verify import verify_ledger

HERE = Path(__file__).parent
STRIDE = int(os.environ.get("AFFIDAVIT_TEST_KILL_STRIDE", "197"))
"""Every 197th line; AFFIDAVIT_TEST_KILL_STRIDE=1 kills at each one."""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork; run on Linux or macOS")


@pytest.mark.skipif(kernel_form() == "compiled", reason="compiled code has no lines to stop at")
@pytest.mark.parametrize("mode", ["before", "overlap", "none"])
def test_kill_at_any_line(mode: str, tmp_path: Path) -> None:
    """No answer without a record, and no chain that does not verify."""
    offset = time.time_ns() % STRIDE + 1
    address = f"sqlite:///{tmp_path / 'ledger.db'}"
    done = subprocess.run(
        [sys.executable, HERE / "kill_sweep.py", address, mode, str(STRIDE), str(offset)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    swept = json.loads(done.stdout)
    assert swept["killed"] > 20

    ledger = open_ledger(
        read_settings({"AFFIDAVIT_LEDGER": address}),
        load_plugins(["sqlite"]),
    )
    closed: dict[str, str] = {}
    opened: set[str] = set()
    for writer in ledger.reader.writers():
        for entry in ledger.reader.entries(writer):
            record = Record.parse(entry.body)
            request = record.document.get("req", "")
            if record.phase in {"O", "D"}:
                closed[request] = str(record.code)
            elif record.phase == "I":
                opened.add(request)
    assert "200" in swept["answers"].values(), "nobody was ever answered"
    for request, answer in swept["answers"].items():
        if answer:
            assert answer == closed.get(request), f"{request} was answered without a record"
    if mode != "none":
        assert closed.keys() <= opened
        assert len(opened) > len(closed), "no kill fell between the opening and the closing record"

    later = time.time_ns() // 1_000_000 + 3_600_000
    verdict = verify_ledger(ledger.reader, ledger.keys, now_ms=later)
    assert {FindingKind.UNCLOSED} >= {finding.kind for finding in verdict.findings}
    assert len(opened - closed.keys()) == len(verdict.findings)
