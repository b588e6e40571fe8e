"""What goes wrong in handlers: each fault is an act, or what stands around a handler."""

from __future__ import annotations

import contextlib
import functools
import http.client
import logging
import os
import smtplib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
import uuid
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from affidavit import AffidavitError, Query
from kit_faults.shapes import FIND, Act, Told


class Mistake(NamedTuple):
    """One fault: the promise it breaks, the act, what stands around it, and what it needs.

    `needs` is `value` where the fault shows a value of the request, `reads` where nothing but a
    row shows it. `library` is what must be installed.
    """

    promise: str
    act: Act
    around: Callable[[Any, Any, Any], Any] | None = None
    needs: str = ""
    library: str = ""


MISTAKES: dict[str, Mistake] = {}


def answer(asked: Any, context: Any) -> Any:
    """Do as a good handler does: one read, and what the model declares of its row."""
    row = context.source("notes").fetch_one(FIND, {"id": str(len(str(asked)))})
    return None if row is None else Told(note=str(row["note"]), ward="north")


def mistake(promise: str, *, needs: str = "", library: str = "") -> Callable[[Act], Act]:
    """Put something that is done before the answer on the list."""

    def note(do: Act) -> Act:
        def act(asked: Any, context: Any) -> Any:
            do(asked, context)
            return answer(asked, context)

        MISTAKES[do.__name__] = Mistake(promise, act, None, needs, library)
        return do

    return note


def instead(promise: str, *, needs: str = "", library: str = "") -> Callable[[Act], Act]:
    """Put something that is done in the place of the answer on the list."""

    def note(act: Act) -> Act:
        MISTAKES[act.__name__] = Mistake(promise, act, None, needs, library)
        return act

    return note


def around(promise: str) -> Callable[[Any], Any]:
    """Put something that stands around a good handler on the list."""

    def note(wrap: Any) -> Any:
        MISTAKES[wrap.__name__] = Mistake(promise, answer, wrap)
        return wrap

    return note


def planted(fault: Mistake, make: Callable[[Act, Any], Any], model: Any) -> Any:
    """Return a handler of a shape with a fault in it."""
    good = make(fault.act, model)
    wrap = fault.around
    if wrap is None:
        return good

    @functools.wraps(good)
    def handler(event: Any, context: Any) -> Any:
        return wrap(good, event, context)

    return handler


def first_text(asked: Any) -> str:
    """Return everything that was asked, as a careless person would print it."""
    return str(asked)


LOG = logging.getLogger("notes")
RAW = "nothing_raw_gets_out"
NAMED = "each_read_is_named"


# -- exits ---------------------------------------------------------------------
@mistake(RAW, needs="value")
def prints(asked: Any, _: Any) -> None:
    print(first_text(asked))


@mistake(RAW, needs="value")
def writes_to_stderr(asked: Any, _: Any) -> None:
    sys.stderr.write(first_text(asked))


@mistake(RAW, needs="value")
def logs_at_debug(asked: Any, _: Any) -> None:
    LOG.debug("asked %s", first_text(asked))


@mistake(RAW, needs="value")
def logs_in_extra(asked: Any, _: Any) -> None:
    LOG.warning("asked", extra={"what": first_text(asked)})


@mistake(RAW, needs="value")
def warns(asked: Any, _: Any) -> None:
    warnings.warn(first_text(asked), stacklevel=2)


@mistake(RAW, needs="value")
def writes_a_file(asked: Any, _: Any) -> None:
    Path(tempfile.gettempdir(), "affidavit-kit-note.txt").write_text(first_text(asked))


@mistake(RAW, needs="value")
def writes_to_the_descriptor(asked: Any, _: Any) -> None:
    os.write(2, first_text(asked).encode())


@instead(RAW, needs="reads")
def prints_the_row(asked: Any, context: Any) -> Any:
    print(context.source("notes").fetch_one(FIND, {"id": "1"}))
    return answer(asked, context)


@instead(RAW, needs="reads")
def logs_the_row(asked: Any, context: Any) -> Any:
    LOG.info("found %r", context.source("notes").fetch_one(FIND, {"id": "1"}))
    return answer(asked, context)


@instead(RAW, needs="reads")
def prints_the_traceback(asked: Any, context: Any) -> Any:
    try:
        return answer(asked, context)
    except AffidavitError:
        raise
    except Exception:  # noqa: BLE001 - that is the fault
        traceback.print_exc()
        return Told()


@around(RAW)
def prints_the_event(good: Any, event: Any, context: Any) -> Any:
    print(event)
    return good(event, context)


@around(RAW)
def prints_the_answer(good: Any, event: Any, context: Any) -> Any:
    found = good(event, context)
    print("answered", found)
    return found


# -- errors --------------------------------------------------------------------
@instead("errors_quote_nothing", needs="reads")
def answers_with_the_error(asked: Any, context: Any) -> Any:
    try:
        return answer(asked, context)
    except Exception as error:  # noqa: BLE001 - that is the fault
        return Told(note=repr(error))


@around("errors_quote_nothing")
def raises_with_the_event(good: Any, event: Any, context: Any) -> Any:
    try:
        found = good(event, context)
    except AffidavitError as error:
        raise RuntimeError(f"could not handle {event}") from error
    if isinstance(found, dict) and found.get("statusCode", 200) >= 400:
        raise RuntimeError(f"could not handle {event}")
    return found


# -- reads ---------------------------------------------------------------------
KEPT = sqlite3.connect(":memory:", check_same_thread=False)
KEPT.execute("create table notes (id text, note text)")


@mistake(NAMED)
def asks_a_kept_connection(asked: Any, _: Any) -> None:
    KEPT.execute("select note from notes where id = ?", (str(asked),)).fetchall()


@mistake("binds_only", needs="value")
def formats_for_a_kept_connection(asked: Any, _: Any) -> None:
    text = first_text(asked).replace("'", "''")
    KEPT.execute("select note from notes where id = '%s'" % text).fetchall()  # noqa: S608, UP031


@instead("binds_only", needs="value")
def formats_a_statement(asked: Any, context: Any) -> Any:
    text = first_text(asked).replace("'", "''")
    query = Query(name="find_note", sql=f"select note from notes where id = '{text}'")  # noqa: S608
    row = context.source("notes").fetch_one(query)
    return None if row is None else Told()


@mistake(NAMED)
def opens_a_database(_: Any, __: Any) -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as one:
        one.execute("select 1").fetchone()


@mistake(NAMED)
def opens_a_database_file(_: Any, __: Any) -> None:
    path = Path(tempfile.gettempdir(), "affidavit-kit.db")
    with contextlib.closing(sqlite3.connect(path)) as one:
        one.execute("select 1").fetchone()


@mistake(NAMED)
def starts_a_process(_: Any, __: Any) -> None:
    subprocess.run(["true"], check=False, timeout=9)  # noqa: S607


@mistake(NAMED)
def asks_by_socket(_: Any, __: Any) -> None:
    with contextlib.suppress(OSError), socket.socket() as one:
        one.settimeout(0.1)
        one.connect(("127.0.0.1", 9))


@mistake(NAMED)
def looks_a_name_up(_: Any, __: Any) -> None:
    with contextlib.suppress(OSError):
        socket.getaddrinfo("api.example.com", 443)


@mistake(NAMED)
def asks_by_urllib(_: Any, __: Any) -> None:
    with (
        contextlib.suppress(OSError),
        urllib.request.urlopen("http://api.example.com/x", timeout=1),
    ):
        pass


@mistake(NAMED)
def asks_by_http_client(_: Any, __: Any) -> None:
    with contextlib.suppress(OSError):
        http.client.HTTPConnection("api.example.com", timeout=1).request("GET", "/")


@mistake(NAMED)
def sends_mail(_: Any, __: Any) -> None:
    with contextlib.suppress(OSError):
        smtplib.SMTP("mail.example.com", timeout=1)


@mistake(NAMED)
def swallows_that_it_was_denied(_: Any, __: Any) -> None:
    with contextlib.suppress(Exception):
        urllib.request.urlopen("http://api.example.com/x", timeout=1)


@mistake(NAMED)
def reads_a_file_elsewhere(_: Any, __: Any) -> None:
    with contextlib.suppress(OSError):
        Path("/var/data/patients.csv").read_text()


@mistake(NAMED)
def writes_beside_its_code(_: Any, __: Any) -> None:
    with contextlib.suppress(OSError):
        Path("/var/data/patients.csv").write_text("x")


CLIENT: dict[str, Any] = {}


@mistake(NAMED, library="boto3")
def deletes_with_a_kept_client(_: Any, __: Any) -> None:
    if not CLIENT:
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
        CLIENT["db"] = import_module("boto3").client("dynamodb", region_name="eu-west-1", **keys)
    CLIENT["db"].delete_item(TableName="notes", Key={"id": {"S": "1"}})


@mistake(NAMED, library="boto3")
def reads_from_a_bucket(_: Any, __: Any) -> None:
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "eu-west-1"}
    import_module("boto3").resource("s3", **keys).Object("notes", "one").get()


@mistake(NAMED, library="requests")
def asks_by_requests(_: Any, __: Any) -> None:
    with contextlib.suppress(OSError):
        import_module("requests").get("https://api.example.com/x", timeout=1)


@mistake(NAMED, library="httpx")
def asks_by_httpx(_: Any, __: Any) -> None:
    import_module("httpx").get("https://api.example.com/x", timeout=1)


@mistake(NAMED, library="psycopg")
def asks_postgres(_: Any, __: Any) -> None:
    import_module("psycopg").connect("host=db.example.com connect_timeout=1")


@mistake(NAMED, library="pymysql")
def asks_mysql(_: Any, __: Any) -> None:
    import_module("pymysql").connect(host="db.example.com", user="x")


@mistake(NAMED, library="redis")
def asks_redis(_: Any, __: Any) -> None:
    import_module("redis").Redis(host="cache.example.com").get("note")


# -- records --------------------------------------------------------------------
@around("always_on_record")
def answers_health_checks_itself(good: Any, event: Any, context: Any) -> Any:
    if isinstance(event, dict) and len(str(event)) % 2:
        return {"statusCode": 200, "body": "{}"}
    return good(event, context)


@around("always_on_record")
def tries_again_by_itself(good: Any, event: Any, context: Any) -> Any:
    good(event, context)
    return good(event, context)


@around("the_record_tells_the_truth")
def hides_failures(good: Any, event: Any, context: Any) -> Any:
    try:
        found = good(event, context)
    except AffidavitError:
        return None
    if isinstance(found, dict) and found.get("statusCode", 200) >= 400:
        return {"statusCode": 200, "body": "{}"}
    return found


@around("no_answer_without_evidence")
def answers_without_a_ledger(good: Any, event: Any, context: Any) -> Any:
    try:
        found = good(event, context)
    except AffidavitError:
        return {"note": "from the cache"}
    if isinstance(found, dict) and found.get("statusCode") == 503:
        return {"statusCode": 200, "body": "from the cache"}
    return found


@around("a_refusal_reaches_nothing")
def mends_refusals(good: Any, event: Any, context: Any) -> Any:
    try:
        found = good(event, context)
    except AffidavitError:
        return {"note": "never mind"}
    if isinstance(found, dict) and found.get("statusCode") in {400, 401, 403, 413}:
        return {"statusCode": 200, "body": "{}"}
    return found


@around("a_refusal_reaches_nothing")
def looks_first(good: Any, event: Any, context: Any) -> Any:
    with contextlib.closing(sqlite3.connect(":memory:")) as one:
        one.execute("select 1")
    return good(event, context)


# -- state and redelivery ----------------------------------------------------------
SEEN: list[Any] = []


@mistake("nothing_is_remembered", needs="value")
def keeps_what_was_asked(asked: Any, _: Any) -> None:
    SEEN.append(first_text(asked))


@instead("nothing_is_remembered", needs="reads")
def keeps_the_row(asked: Any, context: Any) -> Any:
    SEEN.append(context.source("notes").fetch_one(FIND, {"id": "1"}))
    return answer(asked, context)


@around("nothing_is_remembered")
def keeps_the_last_event(good: Any, event: Any, context: Any) -> Any:
    SEEN.append(event)
    return good(event, context)


@mistake("nothing_is_remembered", needs="value")
def puts_it_into_the_environment(asked: Any, _: Any) -> None:
    os.environ["LAST_NOTE"] = first_text(asked).replace("\0", "")


@instead("idempotent_under_redelivery")
def answers_with_the_time(asked: Any, context: Any) -> Any:
    answer(asked, context)
    return Told(note=str(time.perf_counter_ns()))


SAVE = Query(
    name="save_note", sql="insert into notes values (:id)", binds=frozenset({"id"}), write=True
)


@mistake("idempotent_under_redelivery")
def writes_a_new_id(_: Any, context: Any) -> None:
    context.source("notes").execute(SAVE, {"id": uuid.uuid1().hex})


# -- answers ---------------------------------------------------------------------
@around("the_answer_fits_its_model")
def adds_a_header_of_a_date(good: Any, event: Any, context: Any) -> Any:
    found = good(event, context)
    return {**found, "at": Path()} if isinstance(found, dict) else found


@around("the_answer_fits_its_model")
def forgets_to_wait(good: Any, event: Any, context: Any) -> Any:
    async def later() -> Any:
        return good(event, context)

    waiting = later()
    waiting.close()
    return waiting


@mistake("metrics_are_valid")
def measures_by_value(asked: Any, context: Any) -> None:
    context.metrics.add("Asked", 1, "Count", status=uuid.uuid1().hex)
