"""Nothing leaves the process unless the suite allows it, and what was tried is named."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from affidavit import UnauditedAccessError, audited
from affidavit.testing import OutsideAccess, accounted_for
from affidavit_policy.suite_promises import BY_NAME
from affidavit_testing.side_effects import SideEffectDeniedError, allows
from affidavit_testing.sinks import captured
from affidavit_testing.suite import verdict_on
from affidavit_testing.under_test import subject_of

HERE = Path(__file__)
OUTSIDE = HERE.with_name("must-not-be-written.txt")


@pytest.fixture(autouse=True)
def _temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this repository be no temporary file, also where its copy lies among them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    OUTSIDE.unlink(missing_ok=True)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is no temporary one."""
    elsewhere, here = tmp_path / "elsewhere", tmp_path / "outside"
    elsewhere.mkdir()
    here.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    return here


def _connects() -> None:
    with socket.socket() as one:
        one.settimeout(0.1)
        one.connect(("127.0.0.1", 9))


def _deletes_an_item() -> None:
    boto3 = pytest.importorskip("boto3")
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "eu-west-1"}
    boto3.client("dynamodb", **keys).delete_item(TableName="t", Key={"id": {"S": "1"}})


def _posts() -> None:
    requests = pytest.importorskip("requests")
    requests.post("https://api.example.com/x", data="x", timeout=1)


WAYS: list[tuple[str, Callable[[], object]]] = [
    ("socket.connect 127.0.0.1:9", _connects),
    ("socket.getaddrinfo api.example.com:443", lambda: socket.getaddrinfo("api.example.com", 443)),
    ("socket.gethostbyname", lambda: socket.gethostbyname("api.example.com")),
    ("socket.getaddrinfo api.example.com", _posts),
    ("dynamodb.DeleteItem https://dynamodb.eu-west-1.amazonaws.com", _deletes_an_item),
    ("subprocess true", lambda: subprocess.run(["true"], check=False, timeout=9)),  # noqa: S607
    ("os.system os.system", lambda: os.system("true")),  # noqa: S605, S607
    (f"open {OUTSIDE}", lambda: OUTSIDE.write_text("x")),
    (f"os.mkdir {OUTSIDE}", OUTSIDE.mkdir),
    (f"os.remove {OUTSIDE}", OUTSIDE.unlink),
    (f"os.rename {OUTSIDE}", lambda: OUTSIDE.rename(HERE.with_suffix(".old"))),
    ("sqlite3", lambda: sqlite3.connect(OUTSIDE)),
]


@pytest.mark.parametrize(("named", "act"), WAYS, ids=[name.split(" ")[0] for name, _ in WAYS])
def test_what_leaves_is_denied_and_named(named: str, act: Callable[[], object]) -> None:
    """Before it happens, with the operation, where it goes, and who called."""
    with captured(frozenset()) as sinks, pytest.raises(SideEffectDeniedError) as caught:
        act()

    assert named in str(caught.value)
    assert "(testing/test_side_effects.py:" in str(caught.value)
    assert "allow=[" in str(caught.value)
    assert [True] == [one.denied for one in sinks.effects]
    assert not OUTSIDE.exists()


def test_a_refusal_that_is_swallowed_is_noted() -> None:
    """Careless handlers catch everything."""
    with captured(frozenset()) as sinks, contextlib.suppress(Exception):
        _connects()

    assert ["socket.connect"] == [one.name for one in sinks.effects]
    assert issubclass(SideEffectDeniedError, UnauditedAccessError)


def test_other_threads_are_denied_too() -> None:
    """A handler's own, and a pool's: they outlive the call."""
    raised: list[BaseException] = []

    def work() -> None:
        try:
            _connects()
        except SideEffectDeniedError as error:
            raised.append(error)

    with captured(frozenset()) as sinks:
        other = threading.Thread(target=work)
        other.start()
        other.join(10)

    assert 1 == len(raised) == len(sinks.effects)


def test_what_stays_inside_is_not_denied(tmp_path: Path) -> None:
    """Temporary files, a loop of asyncio, a database in memory, and what a source opens."""
    with captured(frozenset()) as sinks:
        (tmp_path / "note.txt").write_text("inside")
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "one").touch()
        asyncio.run(asyncio.sleep(0))
        sqlite3.connect(":memory:").close()
        with accounted_for(), contextlib.suppress(OSError):
            _connects()

    assert [] == [one for one in sinks.effects if one.denied]
    assert ["sqlite3 :memory:"] == [f"{one.name} {one.where}" for one in sinks.effects]


@pytest.mark.parametrize("prefixed", [False, True], ids=["beside", "prefix"])
def test_the_first_import_of_a_module_is_no_access(
    outside: Path, monkeypatch: pytest.MonkeyPatch, prefixed: bool
) -> None:
    """Python makes a folder for what it compiles, writes a file and renames it."""
    (outside / "imported_late.py").write_text("ONE = 1\n")
    prefix = str(outside / "compiled") if prefixed else None
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", prefix)
    monkeypatch.syspath_prepend(str(outside))

    with captured(frozenset()) as sinks:
        importlib.import_module("imported_late")

    sys.modules.pop("imported_late")
    assert [] == sinks.effects
    assert list(outside.rglob("imported_late.*.pyc")), "it was not compiled, which shows nothing"


@pytest.mark.parametrize(
    "name", ["__pycache__/notes.txt", "__pycache__x/one.pyc", "__pycache__.txt"]
)
def test_only_bytecode_is_taken_for_bytecode(outside: Path, name: str) -> None:
    """A folder's name hides no file of the handler's own."""
    file = outside / name
    file.parent.mkdir(parents=True, exist_ok=True)

    with captured(frozenset()) as sinks, pytest.raises(SideEffectDeniedError):
        file.write_text("x")

    assert ["open"] == [one.name for one in sinks.effects]


def test_without_a_suite_nothing_is_denied() -> None:
    """`affidavit_sinks` of one's own tests watches."""
    with captured() as sinks, contextlib.suppress(OSError):
        _connects()

    assert [("socket.connect", False)] == [(one.name, one.denied) for one in sinks.effects]


AWS = OutsideAccess("aws", "dynamodb.GetItem", "https://dynamodb.eu-west-1.amazonaws.com")
NET = OutsideAccess("net", "socket.connect", "api.example.com:443")
FILE = OutsideAccess("file", "open", f"{os.sep}data{os.sep}notes", writes=True)


@pytest.mark.parametrize(
    ("allow", "access", "allowed"),
    [
        ("dynamodb.GetItem", AWS, True),
        ("dynamodb.*", AWS, True),
        ("dynamodb.DeleteItem", AWS, False),
        ("s3.*", AWS, False),
        ("aws", AWS, True),
        ("dynamodb.eu-west-1.amazonaws.com", AWS, True),
        ("api.example.com", NET, True),
        ("*.example.com", NET, True),
        ("*.example.org", NET, False),
        ("example.com", NET, False),
        ("net", NET, True),
        (f"{os.sep}data", FILE, True),
        (f"{os.sep}dat", FILE, False),
        ("open", FILE, True),
    ],
)
def test_what_is_allowed_is_named(allow: str, access: OutsideAccess, allowed: bool) -> None:
    """By kind, operation, service, host or folder; nothing by a part of a name."""
    assert allowed == allows([allow], access)


class Asked(BaseModel):
    """What the handlers below are asked."""

    id: int = 1


def _handler(act: Callable[[], object]) -> Any:
    def handler(asked: Asked, _: Any) -> dict[str, int]:
        act()
        return {"id": asked.id}

    return audited(action="REACH", request=Asked, response=dict[str, int])(handler)


def test_the_suite_says_what_was_denied() -> None:
    """Where it could not get an answer, too: it is the reason."""
    subject = subject_of(_handler(_connects))
    first = verdict_on(subject, BY_NAME["a_valid_request_is_answered"])
    named = verdict_on(subject, BY_NAME["each_read_is_named"])

    assert ("broken", "broken") == (first.result, named.result)
    assert "socket.connect 127.0.0.1:9 from _connects" in first.message
    assert "socket.connect 127.0.0.1:9 from _connects" in named.message


def test_what_the_suite_allows_is_no_fault() -> None:
    """It was asked for by whoever wrote the test."""
    program = ["true"]
    handler = _handler(lambda: subprocess.run(program, check=False, timeout=9))
    subject = subject_of(handler, allow=["true"])
    verdict = verdict_on(subject, BY_NAME["each_read_is_named"])

    assert "kept" == verdict.result


NOTES = sqlite3.connect(":memory:", check_same_thread=False)
NOTES.execute("create table notes (id text, note text)")


def _formats(asked: Any, _: Any) -> dict[str, int]:
    NOTES.execute("select note from notes where id = '%s'" % asked.id).fetchall()  # noqa: S608, UP031
    return {"id": 1}


def _binds(asked: Any, _: Any) -> dict[str, int]:
    NOTES.execute("select note from notes where id = ?", (asked.id,)).fetchall()
    return {"id": 1}


class Named(BaseModel):
    """A value that can be looked for."""

    id: str


@pytest.mark.parametrize(("act", "bound"), [(_formats, False), (_binds, True)])
def test_the_use_of_a_connection_that_is_kept_is_seen(act: Any, bound: bool) -> None:
    """It was opened at import, so that no delivery opens anything."""
    subject = subject_of(audited(action="READ", request=Named, response=dict[str, int])(act))
    named = verdict_on(subject, BY_NAME["each_read_is_named"])
    binds = verdict_on(subject, BY_NAME["binds_only"])

    assert "broken" == named.result
    assert "sqlite3 :memory: from" in named.message
    assert ("kept" if bound else "broken") == binds.result
