"""A real rsyslog takes what is pushed, over TLS, and a foreign parser reads it: `make siem`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import repository as repo
from affidavit_ledger.push import BATCH
from archive_world import ArchiveWorld, drawn, make_world
from syslog_receiver import Certificates, make_certificates

SITE = repo.ROOT / "build/siem"

if not (SITE / ".ready").exists():
    pytest.skip("there is no rsyslog here; to fetch it: make siem", allow_module_level=True)
sys.path.append(str(SITE / "python"))

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of its own grammar's library
    import syslog_rfc5424_parser as foreign  # type: ignore[import-not-found]

EVENTS, SEALED = 1500, 2899
LIBRARIES = SITE / "root/usr/lib/x86_64-linux-gnu"


@contextmanager
def rsyslog(folder: Path, files: Certificates, driver: str, port: int) -> Iterator[Path]:
    """Run rsyslog; yield the file into which it writes what arrives, as it arrives."""
    out, settings = folder / "out", folder / "rsyslog.conf"
    settings.write_text(
        f"""
global(workDirectory="{folder}" maxMessageSize="64k"
       defaultNetstreamDriver="{driver}"
       defaultNetstreamDriverCAFile="{files.authority}"
       defaultNetstreamDriverCertFile="{files.certificate}"
       defaultNetstreamDriverKeyFile="{files.key}")
module(load="imtcp" streamDriver.name="{driver}" streamDriver.mode="1"
       streamDriver.authMode="anon")
input(type="imtcp" port="{port}" address="127.0.0.1")
template(name="raw" type="string" string="%rawmsg%\\n")
action(type="omfile" file="{out}" template="raw")
"""
    )
    program = SITE / "root/usr/sbin/rsyslogd"
    line = [program, "-n", "-f", settings, "-i", folder / "pid", "-M", LIBRARIES / "rsyslog"]
    environ = {**os.environ, "LD_LIBRARY_PATH": str(LIBRARIES)}
    with subprocess.Popen(line, env=environ, stderr=subprocess.PIPE) as running:
        try:
            time.sleep(1)
            assert running.poll() is None, running.stderr and running.stderr.read()
            yield out
        finally:
            running.terminate()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ArchiveWorld:
    """Refusals leave one record, other accesses two; of five chains."""
    history = drawn(EVENTS, subjects=30, actors=9, years=1, seed=2)
    return make_world(tmp_path_factory.mktemp("world"), history, segment=40)


@pytest.mark.parametrize(("driver", "port"), [("ossl", 16514), ("gtls", 16515)])
def test_rsyslog_has_everything_in_order(
    driver: str, port: int, world: ArchiveWorld, tmp_path: Path
) -> None:
    """With OpenSSL and with GnuTLS; killed and stopped on the way."""
    files = make_certificates(tmp_path)
    push: list[str | Path] = [
        *(sys.executable, "-m", "affidavit_cli", "push", "--archive", world.url),
        *("--public-key", world.key_file, "--mark", tmp_path / "mark", "--output", "json"),
        *("--to", f"syslog://127.0.0.1:{port}?ca={files.authority}"),
    ]
    refused = subprocess.run(push, capture_output=True, text=True, check=False)
    assert (3, True) == (refused.returncode, "ConnectionRefusedError" in refused.stderr)
    with rsyslog(tmp_path, files, driver, port) as out:
        with subprocess.Popen(push, stdout=subprocess.PIPE) as running:
            while not out.exists() and running.poll() is None:
                time.sleep(0.01)
            running.kill()
        subprocess.run(push, check=True, timeout=120)
        events = _arrived(out)
    places = [(e["unmapped"]["chain_uid"], e["metadata"]["sequence"]) for e in events]
    assert SEALED <= len(places) <= SEALED + BATCH
    for order in (dict.fromkeys(places), list(dict.fromkeys(reversed(places)))[::-1]):
        chains: dict[str, list[int]] = {}
        for writer, seq in order:
            chains.setdefault(writer, []).append(seq)
        assert SEALED == sum(map(len, chains.values()))
        assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in chains.values())


def _arrived(out: Path) -> list[Any]:
    """Read what rsyslog has written, once it has written all of it."""
    size, deadline = -1, time.monotonic() + 30
    while size != out.stat().st_size and time.monotonic() < deadline:
        size = out.stat().st_size
        time.sleep(0.5)
    found = []
    for line in out.read_text().split("\n")[:-1]:
        message = foreign.SyslogMessage.parse(line)
        assert ("audit", "affidavit") == (message.facility.name, message.appname)
        assert "affidavit" == message.sd["origin"]["software"]
        found.append(json.loads(message.msg))
        assert message.timestamp == found[-1]["metadata"]["original_time"]
    return found
