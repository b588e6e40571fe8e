"""A bundle has the compiled kernel whole, passes its checks, and answers under Lambda's client."""

from __future__ import annotations

import contextlib
import json
import queue
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

import repository as repo
from affidavit.plugin import Record, kernel_form, load_plugins, open_ledger, read_settings
from affidavit_bundle.manifest import MANIFEST
from affidavit_bundle.runtime_start import places_of
from affidavit_service.runtime_api import Event, Posted, RuntimeApi
from bundle_parts import bundle

pytestmark = pytest.mark.skipif(
    kernel_form() == "pure", reason="the kernel here is pure; make test-compiled has the other one"
)
HANDLER = "price_fetcher.handler.handler"
PROGRAM = """
import sys
sys.path[:0] = [sys.argv[1]]
sys.path.append(sys.argv[2])
sys.dont_write_bytecode = True
import awslambdaric.__main__ as client
client.main(["bootstrap", sys.argv[3]])
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundle the example with the wheel that `make test-compiled` has built."""
    to = tmp_path_factory.mktemp("bundle")
    (wheel,) = (repo.ROOT / "build" / "wheels").glob("*-manylinux*.whl")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    bundle(
        *("make", "price=price_fetcher.handler:handler", "--plugin", "sqlite"),
        *("--from", "examples", "--lock", "constraints.txt", "--python", python),
        *("--affidavit", str(wheel), "--to", str(to)),
        offline=False,
        cwd=repo.ROOT,
    )
    return next(to.glob("*.zip"))


def test_its_manifest_says_so_and_its_checks_pass(made: Path) -> None:
    """The library is there once, and is for the processor and the C library of the target."""
    with zipfile.ZipFile(made) as archive:
        manifest = json.loads(archive.read(MANIFEST))
        libraries = [name for name in archive.namelist() if name.startswith("affidavit__mypyc")]

    assert "compiled" == manifest["kernel"]
    assert 1 == len(libraries)
    bundle("verify", str(made))


def test_it_answers_under_the_runtime_client(made: Path, tmp_path: Path) -> None:
    """The bundle alone, and nothing of this environment but the client; its ledger tells."""
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path / "task")
    with contextlib.closing(sqlite3.connect(tmp_path / "prices.db")) as prices, prices:
        prices.execute("create table product_prices (product_id, price, currency)")
        prices.execute("insert into product_prices values ('PROD-101', '9.90', 'EUR')")
    ledger = {"AFFIDAVIT_LEDGER": f"sqlite:///{tmp_path}/ledger.db"}
    environ = {
        **ledger,
        "AFFIDAVIT_SOURCE_PRICES": f"sqlite:///{tmp_path}/prices.db",
        "AWS_REGION": "eu-west-1",
        "LAMBDA_TASK_ROOT": str(tmp_path / "task"),
        "_HANDLER": HANDLER,
    }
    posted: queue.SimpleQueue[Posted] = queue.SimpleQueue()
    event = {"id": "PROD-101", "userId": "550e8400-e29b-41d4-a716-446655440000"}
    heads = {
        "Lambda-Runtime-Aws-Request-Id": "r-1",
        "Lambda-Runtime-Deadline-Ms": str(int(time.time() + 60) * 1000),
        "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:x",
    }
    with contextlib.closing(RuntimeApi(lambda: None, posted.put)) as api:
        api.give(Event(json.dumps(event).encode(), heads))
        client = places_of(["awslambdaric"])["awslambdaric"]
        words = [sys.executable, "-I", "-S", "-c", PROGRAM, str(tmp_path / "task"), client, HANDLER]
        with subprocess.Popen(
            words, env={**environ, "AWS_LAMBDA_RUNTIME_API": api.address}, cwd=tmp_path
        ) as function:
            try:
                answer = posted.get(timeout=60)
            finally:
                function.kill()

    assert "response" == answer.kind, answer.body
    assert "9.90" in answer.body.decode()
    store = open_ledger(read_settings(ledger), load_plugins(("sqlite",))).reader
    (writer,) = store.writers()
    records = [Record.parse(entry.body).document for entry in store.entries(writer)]
    assert ["compiled"] == [one["krn"] for one in records if one["ph"] == "G"]
    assert ["G", "I", "O"] == [one["ph"] for one in records]
