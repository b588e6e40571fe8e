"""What X-Ray gets of an invocation, over a real socket; and what nobody imports before."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit_xray import is_sampled

HERE = Path(__file__).parent
PARENT = "53995c3f42cd8ad8"
TRACE = f"Root=1-69736c40-5759e988bd862e3fe1be46a9;Parent={PARENT}"
SAMPLED, UNSAMPLED = f"{TRACE};Sampled=1", f"{TRACE};Sampled=0"


class Daemon:
    """A stand-in for the X-Ray daemon: it takes datagrams and keeps what they say."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.told: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while data := self._socket.recv(65536):
            _, _, document = data.decode().partition("\n")
            self.told.append(json.loads(document))

    def close(self) -> list[dict[str, Any]]:
        """Stop listening; return the invocations, each with its `parts`.

        Below Lambda's segment the SDK sends every subsegment by itself.
        """
        if self._thread.is_alive():
            self._socket.sendto(b"", self._socket.getsockname())
            self._thread.join(5)
            self._socket.close()
        whole = [one for one in self.told if one["parent_id"] == PARENT]
        for one in whole:
            one["parts"] = [part for part in self.told if part["parent_id"] == one["id"]]
        assert len(self.told) == len(whole) + sum(len(one["parts"]) for one in whole)
        return whole


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    made = Daemon()
    yield made
    made.close()


def _play(daemon: Daemon, tmp_path: Path, *asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Serve requests in a process that takes itself for a Lambda function."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "AWS_XRAY_DAEMON_ADDRESS": daemon.address,
        "AWS_REGION": "eu-west-1",
    }
    done = subprocess.run(
        [sys.executable, str(HERE / "traced.py")],
        input="".join(json.dumps(one) + "\n" for one in asked),
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _event(**said: Any) -> dict[str, Any]:
    return {"header": said.pop("header", SAMPLED), "event": said}


def test_a_sampled_invocation_is_a_subsegment_with_its_reads(
    daemon: Daemon, tmp_path: Path
) -> None:
    """Below the segment that Lambda makes; named after the action, the source and the query."""
    _play(daemon, tmp_path, _event())
    (told,) = daemon.close()

    assert ("PRICE_FETCH", "1-69736c40-5759e988bd862e3fe1be46a9", PARENT) == (
        told["name"],
        told["trace_id"],
        told["parent_id"],
    )
    assert ["prices.find_price"] == [part["name"] for part in told["parts"]]
    said = told["annotations"]
    assert {"outcome", "code", "via", "cold", "attempt", "policy"} == said.keys()
    assert ("ok", 200, "direct", True) == tuple(said[k] for k in ("outcome", "code", "via", "cold"))
    assert "fault" not in told
    assert told["start_time"] <= told["parts"][0]["start_time"] <= told["end_time"]


@pytest.mark.parametrize(
    ("event", "error", "parts"),
    [
        pytest.param({"fails": True}, "ValueError", [False], id="the handler raises"),
        pytest.param({"lost": True}, "SourceUnavailableError", [False, True], id="a read fails"),
    ],
)
def test_a_failure_is_a_fault_and_a_type(
    daemon: Daemon, tmp_path: Path, event: dict[str, Any], error: str, parts: list[bool]
) -> None:
    """No text, no stack, no value: they may hold anything."""
    _play(daemon, tmp_path, _event(**event))
    (told,) = daemon.close()

    assert (True, error) == (told["fault"], told["annotations"]["error"])
    assert parts == [part.get("fault", False) for part in told["parts"]]
    assert "cause" not in told
    assert "secret" not in json.dumps(told)


def test_reads_in_threads_of_the_handler_are_told_too(daemon: Daemon, tmp_path: Path) -> None:
    """The SDK hangs them below Lambda's segment, beside ours: it has a context per thread."""
    heard = _play(daemon, tmp_path, _event(threads=True), _event())
    told = daemon.close()

    assert {"faults": [], "records": 4} == heard[-1]
    names = sorted(one["name"] for one in told)
    assert ["PRICE_FETCH", "PRICE_FETCH", "prices.find_price", "prices.find_price"] == names
    assert [1, 1] == [len(one["parts"]) for one in told if one["name"] == "PRICE_FETCH"]


def test_a_batch_has_one_span(daemon: Daemon, tmp_path: Path) -> None:
    """Ten thousand records would be ten thousand datagrams."""
    _play(daemon, tmp_path, {"header": SAMPLED, "batch": True})
    (told,) = daemon.close()

    assert "ORDER" == told["name"]
    assert ("sqs", 2, 0, 0) == tuple(
        told["annotations"][key] for key in ("via", "records", "failed", "returned")
    )


def test_each_sampled_invocation_of_a_process_has_its_own_trace(
    daemon: Daemon, tmp_path: Path
) -> None:
    """A warm function goes from one to the next; the one between is not sampled."""
    other = SAMPLED.replace("69736c40", "69736c41")
    heard = _play(
        daemon, tmp_path, _event(), _event(header=UNSAMPLED), _event(header=other), _event(fails=1)
    )
    roots = [one["trace_id"][:10] for one in daemon.close()]

    assert ["1-69736c40", "1-69736c41", "1-69736c40"] == roots
    assert {"faults": [], "records": 8} == heard[-1]


@pytest.mark.parametrize("header", ["", UNSAMPLED, TRACE, f"{TRACE};Sampled=?"])
def test_an_invocation_that_is_not_sampled_imports_nothing(
    daemon: Daemon, tmp_path: Path, header: str
) -> None:
    """The SDK alone takes as long to import as the rest of a cold start."""
    first, second, _ = _play(daemon, tmp_path, _event(header=header), _event())

    assert [] == first["imported"]
    assert "aws_xray_sdk" in second["imported"]
    assert 1 == len(daemon.close())


def test_a_daemon_that_is_not_there_changes_nothing(daemon: Daemon, tmp_path: Path) -> None:
    """Datagrams that nobody takes; the answer and its records stand."""
    daemon.close()
    first, last = _play(daemon, tmp_path, _event())

    assert ("", {"faults": [], "records": 2}) == (first["failed"], last)


def test_a_header_without_a_parent_is_traced_nowhere(daemon: Daemon, tmp_path: Path) -> None:
    """There is no segment to hang a span on; the invocation goes on."""
    first, last = _play(daemon, tmp_path, _event(header="Sampled=1"))

    assert "" == first["failed"]
    assert 2 == last["records"]
    assert [] == daemon.close()


@given(st.text(max_size=60))
def test_a_header_is_only_believed_if_it_says_so(header: str) -> None:
    """Whatever stands there."""
    assert ("sampled=1" in [part.strip().lower() for part in header.split(";")]) == is_sampled(
        header
    )
    assert is_sampled(f"{header};Sampled=1")


COLD = """
import json, sys
from affidavit import audited
from affidavit._runtime.runtime import default_runtime
@audited(action="COLD")
def handler(event, context):
    return {}
default_runtime()
at_start = [name for name in %r if name in sys.modules]
try:
    handler({"a": 1}, None)
except Exception as error:
    failed = type(error).__name__
print(json.dumps([at_start, [name for name in %r if name in sys.modules], failed]))
"""


def test_a_cold_start_imports_no_sdk_that_it_does_not_use(tmp_path: Path) -> None:
    """The DynamoDB ledger, mail, Oracle and X-Ray are configured; nothing of them is used yet.

    There is no AWS here, so the one invocation ends without an answer, in time.
    """
    heavy = ("aws_xray_sdk", "jinja2", "oracledb")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "AWS_LAMBDA_FUNCTION_NAME": "cold",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "_X_AMZN_TRACE_ID": UNSAMPLED,
        "AFFIDAVIT_POLICY": "baseline",
        "AFFIDAVIT_ENVIRONMENT": "prod",
        "AFFIDAVIT_PLUGINS": "dynamodb,notify,oracle,xray",
        "AFFIDAVIT_LEDGER": "dynamodb://records?key=alias/records&tokens=alias/tokens",
        "AFFIDAVIT_NOTIFY": "ses://noreply@example.org?templates=s3://bucket/mail&version=v1",
        "AFFIDAVIT_SOURCE_PRICES": "oracle://db.example.org:1521/prices?secret=prices",
    }
    done = subprocess.run(
        [sys.executable, "-c", COLD % (heavy, heavy)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    at_start, after, failed = json.loads(done.stdout.splitlines()[-1])

    assert ([], [], "AttestationError") == (at_start, after, failed)
