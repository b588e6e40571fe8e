"""The operating system counts: under default settings nothing tries to leave the process.

strace sees every system call of the run and of whatever it starts, and `unshare` gives the run a
network that leads nowhere. A run that may reach the network shows that both would notice.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = """
import contextlib, pathlib, socket, subprocess, urllib.request
import boto3, requests
from pydantic import BaseModel
from affidavit import audited
from affidavit_testing import compliance_suite

KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "eu-west-1"}
# Made at import, as handlers do; the addresses are of a network for documentation (RFC 5737).
TABLE = boto3.resource("dynamodb", endpoint_url="http://192.0.2.1", **KEYS).Table("notes")
SESSION = requests.Session()

WAYS = [
    lambda: TABLE.delete_item(Key={"id": 1}),
    lambda: SESSION.get("http://192.0.2.1/x", timeout=0.2),
    lambda: urllib.request.urlopen("http://api.example.com/x", timeout=0.2),
    lambda: socket.create_connection(("192.0.2.1", 80), timeout=0.2),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
    lambda: subprocess.run(["true"]),
    lambda: (pathlib.Path(__file__).parent / "left.txt").write_text("x"),
]

class Asked(BaseModel):
    way: int = 0

@audited(action="REACH", request=Asked, response=dict[str, int])
def handler(asked, context):
    for way in WAYS:
        with contextlib.suppress(Exception):
            way()
    return {"way": asked.way}

TestReach = compliance_suite(handler, policy="baseline", allow=ALLOW)
"""

LEAVES = re.compile(r"(?:connect|sendto|sendmsg|sendmmsg)\(.*AF_INET|execve\(\"[^\"]*/true\"")


def _needs(*programs: str) -> list[str]:
    found = [shutil.which(program) for program in programs]
    if not all(found):
        pytest.skip(f"needs {' and '.join(programs)} of Linux: apt-get install strace util-linux")
    return [str(one) for one in found]


def _run(folder: Path, allow: str) -> list[str]:
    """Run a project's suite in a network of its own, and return the calls that try to leave."""
    strace, unshare = _needs("strace", "unshare")
    (folder / "test_reach.py").write_text(PROJECT.replace("ALLOW", allow))
    (folder / "pytest.ini").write_text("[pytest]\n")
    temporary = folder / "temporary"
    temporary.mkdir()
    calls = ["-e", "trace=connect,sendto,sendmsg,sendmmsg,execve"]
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [unshare, "-rn", strace, "-f", "-qq", "-o", "calls", *calls, *program, "-k", "named"],
        cwd=folder,
        # The project lies outside of the temporary folder, as projects do. A refused call is not
        # repeated: older versions of botocore would wait longer than a delivery may take.
        env={
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(temporary),
            "AWS_MAX_ATTEMPTS": "1",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if not (folder / "calls").exists() or "Operation not permitted" in done.stderr:
        pytest.skip("this machine lets nobody trace or make a network: run it outside a sandbox")
    assert "each_read_is_named" in done.stdout or "passed" in done.stdout, done.stderr
    return [line for line in (folder / "calls").read_text().splitlines() if LEAVES.search(line)]


def test_nothing_leaves_by_default(tmp_path: Path) -> None:
    """Of seven ways that are each tried hundreds of times."""
    left = _run(tmp_path, "()")

    assert [] == left
    assert not (tmp_path / "left.txt").exists()


def test_what_is_allowed_does(tmp_path: Path) -> None:
    """Or nobody would have counted anything."""
    left = _run(tmp_path, "('net', 'aws', 'process', 'file')")

    assert any("execve" in line for line in left)
    assert any("AF_INET" in line for line in left)
    assert (tmp_path / "left.txt").exists()
