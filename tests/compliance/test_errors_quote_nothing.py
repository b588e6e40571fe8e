"""Promise: no error text repeats a value.

Lambda publishes `str(error)` three times: in the log, in the answer and in the
trace. Each error that affidavit raises is provoked with a secret in whatever
caused it, and its whole traceback is searched.
"""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import strategies as my
from affidavit import AffidavitError, LedgerUnavailableError, Query, errors
from affidavit._policy.load import load_policy, policy_from
from affidavit._records.local_keys import LocalKeys
from affidavit._runtime.plugins import Plugins
from affidavit._runtime.settings import read_settings
from affidavit.plugin import Permit, build_runtime
from affidavit.testing import MemorySource, MemoryStore, api_gateway_v1, make_runtime, run
from affidavit_ledger.heads import load_heads
from affidavit_sqlite.ledger import open_ledger
from affidavit_sqlite.source import open_source

SECRET = "s3cr3t-Canary-9281"  # noqa: S105 - a canary
PERMIT = Permit(deadline_s=1, request_id="r", function="f", actor=None)
FIND = Query(name="find", sql="select * from t where id = :id", binds=frozenset({"id"}))
LOST = Query(name="lost", sql="select * from u where id = :id", binds=frozenset({"id"}))


def _store_that_says(text: str) -> MemoryStore:
    def fail(_: Any) -> None:
        raise ConnectionError(text)

    return MemoryStore(before=fail)


def _handler(behaviour: Callable[[Any, Any], Any]) -> Any:
    return my.handler_of(my.Behaviour("x", behaviour, "", 0))


def _raise(error: BaseException) -> Callable[[Any, Any], Any]:
    def act(_: Any, __: Any) -> Any:
        raise error

    return act


SAID = {"id": "A1", "who": "w"}

PROVOCATIONS: dict[str, Callable[[Path], Any]] = {
    "policy name": lambda _: load_policy(SECRET),
    "policy path": lambda _: load_policy(f"{SECRET}.json"),
    "policy document": lambda _: policy_from({"format": 1, "digest": SECRET}),
    "policy file": lambda p: load_policy(str(_write(p / "x.json", SECRET))),
    "setting": lambda _: read_settings({"AFFIDAVIT_LOG_LEVEL": SECRET}),
    "ledger URL": lambda _: read_settings({"AFFIDAVIT_LEDGER": SECRET}),
    "ledger scheme": lambda _: build_runtime(
        {"AFFIDAVIT_LEDGER": f"nosuch://u:{SECRET}@h"}, plugins=Plugins({})
    ),
    "sqlite URL": lambda _: open_ledger(urlsplit(f"sqlite://{SECRET}")),
    "sqlite parameter": lambda _: open_ledger(urlsplit(f"sqlite:///x.db?timeout_ms={SECRET}")),
    "bind value": lambda p: _sqlite(p).run(PERMIT, FIND, {"id": "\ud800" + SECRET}, max_rows=1),
    "bind name": lambda p: _sqlite(p).run(PERMIT, FIND, {"id": "x", SECRET: "x"}, max_rows=1),
    "missing table": lambda p: _sqlite(p).run(PERMIT, LOST, {"id": SECRET}, max_rows=1),
    "wrapped key": lambda _: LocalKeys(bytes(32)).open_chain_key(my_writer(), SECRET),
    "key length": lambda _: LocalKeys(SECRET.encode()),
    "saved heads": lambda p: load_heads(_write(p / "h.json", f'{{"format":"{SECRET}"}}')),
    "invalid field": lambda _: run(
        _handler(_raise(ValueError())), {"id": "A1", "who": "w", "count": SECRET}, make_runtime()
    ),
    "unknown field": lambda _: run(
        _handler(_raise(ValueError())), {**SAID, SECRET: SECRET}, make_runtime()
    ),
    "handler's exception": lambda _: run(
        _handler(_raise(ValueError(SECRET))), SAID, make_runtime()
    ),
    "handler's exit": lambda _: run(_handler(_raise(SystemExit(SECRET))), SAID, make_runtime()),
    "handler's refusal": lambda _: run(
        _handler(_raise(errors.ConflictError(SECRET, why=SECRET, fix=SECRET))), SAID, make_runtime()
    ),
    "handler's answer": lambda _: run(
        _handler(lambda _, __: {"note": {SECRET: SECRET}}), SAID, make_runtime()
    ),
    "source's exception": lambda _: run(
        my.handler_of(my.BEHAVIOURS[3]),
        SAID,
        make_runtime(sources=[MemorySource("memory", {"find": OSError(SECRET)})]),
    ),
    "store's exception": lambda _: run(
        my.handler_of(my.BEHAVIOURS[0]), SAID, make_runtime(store=_store_that_says(SECRET))
    ),
    "source's name": lambda _: run(_handler(lambda _, c: c.source(SECRET)), SAID, make_runtime()),
}


def my_writer() -> Any:
    return "w" * 22


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def _sqlite(folder: Path) -> Any:
    with closing(sqlite3.connect(folder / "x.db")) as connection:
        connection.execute("create table t (id text)")
    return open_source("x", urlsplit(f"sqlite:///{folder / 'x.db'}"))


@pytest.mark.parametrize("name", PROVOCATIONS)
def test_no_text_repeats_the_secret(name: str, tmp_path: Path) -> None:
    """Neither the message nor what a traceback prints, causes included."""
    with pytest.raises(AffidavitError) as caught:
        PROVOCATIONS[name](tmp_path)
    error = caught.value
    frames = [line for line in _without_source_lines(error) if SECRET in line]

    assert SECRET not in str(error)
    assert SECRET not in repr(error)
    assert [] == frames
    assert error.what
    assert error.why
    assert error.fix


def _without_source_lines(error: BaseException) -> list[str]:
    """Return a traceback's lines without the source text of this very file."""
    told = traceback.TracebackException.from_exception(error, lookup_lines=False)
    return [line for line in told.format() if not line.startswith("  File")]


def test_an_http_answer_quotes_nothing_either() -> None:
    """The body of a refusal holds paths, kinds and ids."""
    event = api_gateway_v1(query={"id": "A1", "who": "w", SECRET: SECRET})
    answer: Any = run(my.handler_of(my.BEHAVIOURS[0]), event, make_runtime())

    assert 400 == answer["statusCode"]
    assert SECRET not in answer["body"]
    assert '"path":"*"' in answer["body"]


def test_a_ledger_error_of_a_store_is_repeated_as_it_wrote_it() -> None:
    """A store's own LedgerError is trusted to hold no value: its author promised."""
    store = MemoryStore(
        before=lambda _: (_ for _ in ()).throw(
            LedgerUnavailableError("the table is throttled", why="x", fix="y")
        )
    )
    with pytest.raises(errors.AttestationError, match="the table is throttled"):
        run(my.handler_of(my.BEHAVIOURS[0]), SAID, make_runtime(store=store))
