"""A memory image holds no key, and an invocation leaves nothing behind in a warm process."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from affidavit import AuditContext, UnauditedAccessError, audited
from affidavit.testing import api_gateway_v1, make_runtime, run, sqs

PLUGIN = """
from affidavit.plugin import LedgerFactory, hookimpl
from affidavit._records.memory import MemoryStore, memory_ledger

store = MemoryStore()
ledger = memory_ledger(store)

@hookimpl
def affidavit_ledgers():
    return [LedgerFactory(scheme="kept", open=lambda url: ledger)]
"""

FUNCTION = """
import gc, json, sys
import snapshot_restore_py as hooks
import kept_ledger
from affidavit import audited
from affidavit._runtime.runtime import default_runtime

@audited(action="WARM", subject="id")
def handler(event, context):
    return {}

@audited(action="OTHER")
def other(event, context):
    return {}

def keys():
    gc.collect()
    names = [type(one).__name__ for one in gc.get_objects()]
    return names.count("_Head"), names.count("Tokens")

def chains():
    return len({writer for writer, _ in kept_ledger.store.items})

handler({"id": "a"}, None)
logger = default_runtime().redactor  # as somebody's logger may hold it
warm = keys()
before, after = hooks.get_before_snapshot(), hooks.get_after_restore()
for function, arguments, named in list(before):
    function(*arguments, **named)
image = keys()
for function, arguments, named in list(after):
    function(*arguments, **named)
handler({"id": "a"}, None)
restored, cold = keys(), chains()
print(json.dumps({"hooks": [len(before), len(after)], "warm": warm, "image": image,
                  "restored": restored, "chains": cold}))
"""


def _play(tmp_path: Path, **environ: str) -> Any:
    (tmp_path / "kept_ledger.py").write_text(PLUGIN)
    (tmp_path / "function.py").write_text(FUNCTION)
    done = subprocess.run(
        [sys.executable, "function.py"],
        cwd=tmp_path,
        env={
            **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
            "AWS_LAMBDA_FUNCTION_NAME": "function",
            "AWS_REGION": "eu-west-1",
            "AFFIDAVIT_POLICY": "baseline",
            "AFFIDAVIT_ENVIRONMENT": "dev",
            "AFFIDAVIT_PLUGINS": "kept=kept_ledger",
            "AFFIDAVIT_LEDGER": "kept:",
            **environ,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_snapshot_of_a_function_that_was_warmed_up_holds_no_key(tmp_path: Path) -> None:
    """And what is restored from it starts a chain of its own."""
    told = _play(tmp_path, AWS_LAMBDA_INITIALIZATION_TYPE="snap-start")

    assert {
        "hooks": [1, 1],
        "warm": [1, 1],
        "image": [0, 0],
        "restored": [1, 1],
        "chains": 2,
    } == told


@pytest.mark.parametrize("kind", ["on-demand", "provisioned-concurrency", ""])
def test_without_snapstart_no_hook_is_registered(tmp_path: Path, kind: str) -> None:
    """One process, one chain."""
    told = _play(tmp_path, AWS_LAMBDA_INITIALIZATION_TYPE=kind)

    assert ([0, 0], 1) == (told["hooks"], told["chains"])


class Asked(BaseModel):
    """A request that can be watched."""

    id: str


@pytest.mark.parametrize("each", [False, True], ids=["one", "batch"])
@pytest.mark.parametrize("fails", [False, True], ids=["answers", "fails"])
def test_nothing_of_an_invocation_outlives_it(each: bool, fails: bool) -> None:
    """A warm process serves somebody else next."""
    watched: list[weakref.ref[Any]] = []
    kept: list[AuditContext] = []

    @audited(action="LOOK", request=Asked, each=each, subject="id")
    def handler(asked: Asked, context: AuditContext) -> None:
        watched.append(weakref.ref(asked))
        kept.append(context)
        if fails:
            raise ValueError(asked.id)

    bench = make_runtime()
    event = sqs([{"id": "a"}, {"id": "b"}]) if each else api_gateway_v1(query={"id": "a"})
    run(handler, event, bench)
    gc.collect()

    assert (2 if each else 1) == len(watched)
    assert [None] * len(watched) == [ref() for ref in watched]
    for context in kept:
        with pytest.raises(UnauditedAccessError):
            context.source("memory")
