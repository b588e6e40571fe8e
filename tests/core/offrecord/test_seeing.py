"""What a handler reaches past its sources stands in its closing record."""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import mmap
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from affidavit import AuditContext, Query, audited
from affidavit._offrecord.drivers import DRIVERS, Driver, Seen, host_of
from affidavit._offrecord.listeners import OutsideAccess, accounted_for, hear_driver, heard_by
from affidavit._offrecord.observation import MAX_NAMED
from affidavit._offrecord.observers import attach, attach_when_imported, observed
from affidavit._policy.load import load_policy
from affidavit.testing import MemorySource, begin_to_listen, make_runtime, run
from off_record_parts import holding, off, reached

OUTSIDE = "/etc/passwd"
"""A file that is neither the function's nor the platform's."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:  # type: ignore[override]
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Return the port of a server on this machine."""
    server = HTTPServer(("127.0.0.1", 0), _Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def _opened() -> None:
    Path(OUTSIDE).read_bytes()


def test_a_handler_that_reaches_nothing_has_nothing_in_its_record() -> None:
    """Neither has one that works in its temporary folder, with its own files, or in memory."""

    def act(folder: str = tempfile.gettempdir()) -> None:
        Path(folder, f"affidavit-{os.getpid()}").write_text("x")
        Path(folder, f"affidavit-{os.getpid()}").unlink()
        Path(__file__).read_text()
        with contextlib.closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("select 1")
        print(end="")

    assert [] == reached(act)


@pytest.mark.parametrize(
    ("act", "kind", "name"),
    [
        pytest.param(_opened, "file", "open", id="open"),
        pytest.param(lambda: os.close(os.open(OUTSIDE, os.O_RDONLY)), "file", "open", id="os.open"),
        pytest.param(lambda: os.listdir("/etc"), "file", "list", id="listdir"),  # noqa: PTH208
        pytest.param(lambda: subprocess.run(["/bin/true"], check=True), "process", "subprocess"),
        pytest.param(lambda: os.system("true"), "process", "os.system"),  # noqa: S605, S607
        pytest.param(lambda: os.popen("true").close(), "process", "subprocess"),  # noqa: S605, S607
        pytest.param(lambda: ctypes.CDLL(None).socket, "native", "ctypes.socket"),
    ],
)
def test_each_way_has_its_kind_and_its_name(act: Callable[[], Any], kind: str, name: str) -> None:
    """As the code has it; what it was about is a token."""
    assert (kind, name, "recorded") in reached(act)


def test_a_host_is_named_as_the_code_has_named_it(port: int) -> None:
    """The connection itself knows an address only."""

    def act() -> None:
        client = http.client.HTTPConnection("localhost", port)
        client.request("GET", "/")
        client.getresponse().read()
        client.close()

    assert [("net", "localhost", "allowed")] == reached(act, holding(hosts=("localhost",)))


def test_a_host_that_no_list_names_is_a_token(port: int) -> None:
    """A host may be somebody's: no name is in the record that the policy does not say."""
    ((kind, name, decision),) = reached(
        lambda: socket.create_connection(("localhost", port)).close()
    )

    assert ("net", "recorded") == (kind, decision)
    assert len(name) == 32
    assert "localhost" not in name


def test_a_connection_that_was_kept_shows_at_its_next_use(port: int) -> None:
    """It was opened before the handler ran."""
    client = http.client.HTTPConnection("localhost", port)
    client.connect()

    def act() -> None:
        client.request("GET", "/")
        client.getresponse().read()

    assert [("net", "localhost", "allowed")] == reached(act, holding(hosts=("localhost",)))
    client.close()


def test_a_sqlite_connection_that_was_kept_shows_at_its_next_use(tmp_path: Path) -> None:
    """Opened in an earlier invocation, or when the module was imported."""
    kept: list[sqlite3.Connection] = []

    assert ("db", "sqlite3", "recorded") in reached(
        lambda: kept.append(sqlite3.connect(tmp_path / "a.db"))
    )
    assert [("db", "sqlite3", "recorded")] == reached(lambda: kept[0].execute("select 1"))
    assert [] == reached(lambda: None)
    kept[0].close()


def test_a_file_that_was_open_already_shows_when_it_is_mapped() -> None:
    """Reading it in the ordinary way would not show; see docs/evidence.md."""
    with Path(OUTSIDE).open("rb") as file:
        seen = reached(lambda: mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        assert [("file", "mmap", "recorded")] == seen
        assert [] == reached(file.read)


def test_threads_and_pools_act_for_the_handler_that_uses_them() -> None:
    """Also a pool whose threads were started for an earlier one."""
    pool = ThreadPoolExecutor(1)

    def in_thread() -> None:
        thread = threading.Thread(target=_opened)
        thread.start()
        thread.join()

    seen = [("file", "open", "recorded")]
    assert seen == reached(in_thread)
    assert seen == reached(lambda: pool.submit(_opened).result())
    assert seen == reached(lambda: pool.submit(_opened).result())
    assert [] == reached(lambda: pool.submit(int).result())
    pool.shutdown()


def test_a_worker_that_was_there_before_acts_for_the_only_handler_that_runs() -> None:
    """Nobody can say for whom a job in a queue is done; one that runs alone is asked."""
    begin, done = threading.Event(), threading.Event()

    def work() -> None:
        begin.wait(10)
        _opened()
        done.set()

    outside = threading.Thread(target=work)
    # As a thread that was started before there was any invocation.
    import contextvars

    contextvars.Context().run(outside.start)
    assert [("file", "open", "recorded")] == reached(lambda: (begin.set(), done.wait(10)))
    outside.join()


def test_a_thread_that_nobody_knows_acts_for_none_of_several_handlers() -> None:
    """It cannot be said for whom; docs/evidence.md says so."""
    import contextvars

    both, go, done = threading.Barrier(3), threading.Event(), threading.Event()

    def work() -> None:
        go.wait(10)
        _opened()
        done.set()

    def act() -> None:
        both.wait(10)
        done.wait(10)

    outside = threading.Thread(target=work)
    contextvars.Context().run(outside.start)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(reached, act) for _ in range(2)]
        both.wait(10)
        go.set()
        assert [[], []] == [one.result() for one in asked]
    outside.join()


def test_a_thread_acts_for_the_handler_that_has_started_it() -> None:
    """Not for another one that runs beside it, nor for both."""
    both, done = threading.Barrier(2), threading.Event()

    def starts() -> None:
        both.wait(10)
        thread = threading.Thread(target=_opened)
        thread.start()
        thread.join()
        done.set()

    def waits() -> None:
        both.wait(10)
        done.wait(10)

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(reached, act) for act in (starts, waits)]
        assert [[("file", "open", "recorded")], []] == [one.result() for one in asked]


def test_of_a_forked_child_only_the_fork_is_on_record() -> None:
    """What it reads is lost with its memory; docs/evidence.md says so."""

    def act() -> None:
        child = os.fork()
        if child == 0:
            _opened()
            os._exit(0)
        os.waitpid(child, 0)

    assert [("process", "os.fork", "recorded")] == reached(act)
    assert [("process", "os.fork", "allowed")] == reached(act, holding(paths=("os.fork",)))


def test_what_the_kernel_and_its_sources_do_is_not_listed() -> None:
    """A read that is on record already is not off the record."""

    class Reading(MemorySource):
        def run(self, *args: Any, **named: Any) -> Any:
            _opened()
            return super().run(*args, **named)

    find = Query(name="find", sql="select name from people")

    @audited(action="READ", actor="who")
    def handler(event: Any, context: AuditContext) -> Any:
        context.source("shop").fetch_all(find)
        return {}

    bench = make_runtime(sources=[Reading("shop", {"find": []})])
    run(handler, {"who": "jane"}, bench)

    assert [[], []] == [off(record) for record in bench.records]
    assert "q" in bench.records[-1].document


def test_the_list_is_bounded() -> None:
    """What finds no room of its own is counted together."""
    names = [f"/etc/none-{number}" for number in range(3 * MAX_NAMED)]

    def act() -> None:
        for name in names:
            with contextlib.suppress(OSError):
                Path(name).read_bytes()

    seen = reached(act)
    assert MAX_NAMED + 1 == len(seen)
    assert "more" == seen[-1][0]


def test_each_record_of_a_batch_has_its_own() -> None:
    """What one of them reaches stands in its record alone."""

    @audited(action="READ", actor="who", each=True)
    def handler(event: Any, context: AuditContext) -> None:
        if "b" in event["body"]:
            _opened()

    records = [
        {"messageId": f"m{n}", "body": f'{{"who":"{n}"}}', "eventSource": "aws:sqs"} for n in "abc"
    ]
    bench = make_runtime()
    run(handler, {"Records": records}, bench)

    closing = [record for record in bench.records if record.phase == "O"]
    assert [0, 1, 0] == [len(off(record)) for record in closing]


def test_one_metric_counts_what_no_list_names() -> None:
    """So that an alarm can be on it."""

    @audited(action="READ", actor="who")
    def handler(event: Any, context: AuditContext) -> Any:
        _opened()
        return {}

    for policy, count in (("hipaa", 1), (holding(paths=("/etc",)), None)):
        held = load_policy(policy) if isinstance(policy, str) else policy
        held = held._replace(actor=load_policy("baseline").actor)
        bench = make_runtime(policy=held)
        run(handler, {"who": "jane"}, bench)
        assert count == bench.metrics[-1].get("OffRecord")


def test_a_handler_may_call_another_one() -> None:
    """What each of them reaches is its own."""

    @audited(action="INNER", actor="who")
    def inner(event: Any, context: AuditContext) -> Any:
        return {}

    bench = make_runtime()

    @audited(action="OUTER", actor="who")
    def outer(event: Any, context: AuditContext) -> Any:
        run(inner, event, bench)
        _opened()
        return {}

    run(outer, {"who": "jane"}, bench)
    seen = {r.document["act"]: off(r) for r in bench.records if r.phase == "O"}
    assert {"INNER": [], "OUTER": [("file", "open", "recorded")]} == seen


def test_observers_are_attached_when_a_module_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before, and only once; loading stays with whoever loads."""
    (tmp_path / "toydriver.py").write_text(
        "class Connection:\n"
        "    @classmethod\n"
        "    def connect(cls, host): return cls()\n"
        "    async def ask(self): return 7\n"
    )
    toy = Driver(
        ("Connection.connect", "Connection.ask", "Connection.missing", "Nobody.at_home"),
        DRIVERS["pymysql.connections"].asked,
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(DRIVERS, "toydriver", toy)  # type: ignore[arg-type]
    attach_when_imported()
    import toydriver  # type: ignore[import-not-found]

    def act() -> None:
        import asyncio

        assert 7 == asyncio.run(toydriver.Connection.connect(host="db.example.com").ask())

    assert [("db", "pymysql", "recorded"), ("db", "pymysql", "allowed")] == reached(
        act, holding(hosts=("db.example.com",))
    )
    before = toydriver.Connection.ask
    attach("toydriver", toydriver)
    assert before is toydriver.Connection.ask
    del sys.modules["toydriver"]


def test_a_call_that_cannot_be_read_goes_on() -> None:
    """A library of another version than we know must not break."""

    def fail(args: Any, named: Any) -> Any:
        raise KeyError("x")

    assert [] == reached(observed(lambda: 7, asked=fail))


@pytest.mark.parametrize("seen", [None, Seen("", "x", "y")])
def test_a_call_that_reaches_nothing_is_not_listed(seen: Seen | None) -> None:
    """Nor is one that has been listed already when its connection was made."""
    assert [] == reached(observed(lambda: 7, asked=lambda _, __: seen))
    with heard_by(lambda access: pytest.fail(repr(access))):
        observed(lambda: 7, asked=lambda _, __: seen)()


@pytest.mark.parametrize("endpoint", ["https://sqs.example.com", "", None])
@pytest.mark.parametrize("said", ["select 1", b"select 1"])
def test_listeners_hear_where_a_client_goes(endpoint: str | None, said: str | bytes) -> None:
    """To its own endpoint if it has one."""
    heard: list[OutsideAccess] = []
    client = SimpleNamespace(meta=SimpleNamespace(endpoint_url=endpoint))
    with heard_by(heard.append):
        hear_driver(Seen("aws", "sqs:SendMessage", "there"), (client, said))
    assert [OutsideAccess("aws", "sqs:SendMessage", endpoint or "there", "select 1")] == heard


@pytest.mark.parametrize("host", ["localhost", b"localhost"])
def test_who_listens_later_hears_no_name_that_was_looked_up_before(host: str | bytes) -> None:
    """It may have been another host of the same port."""
    begin_to_listen()
    heard: list[OutsideAccess] = []
    with heard_by(heard.append):
        socket.getaddrinfo(host, 9)
        _connects()
    with heard_by(heard.append):
        _connects()

    looked_up = OutsideAccess("net", "socket.getaddrinfo", "localhost:9")
    named = [OutsideAccess("net", "socket.connect", f"{n}:9") for n in ("localhost", "127.0.0.1")]
    assert [looked_up, *named] == heard


def test_nobody_hears_of_what_a_source_accounts_for() -> None:
    """As long as it says so."""
    begin_to_listen()
    heard: list[OutsideAccess] = []
    with heard_by(heard.append):
        with accounted_for():
            _connects()
        assert [] == heard
        _connects()

    assert [OutsideAccess("net", "socket.connect", "127.0.0.1:9")] == heard


def _connects() -> None:
    with contextlib.closing(socket.socket()) as one, contextlib.suppress(OSError):
        one.settimeout(0.01)
        one.connect(("127.0.0.1", 9))


def test_an_address_that_nobody_has_looked_up_is_the_host() -> None:
    """Its port stands for nothing."""
    assert [("127.0.0.1", "net", "allowed")] == [
        (name, kind, said) for kind, name, said in reached(_connects, holding(hosts=("127.0.0.1",)))
    ]


@pytest.mark.parametrize(
    ("args", "named", "host"),
    [
        (("postgresql://u:p@db.example.com:5432/x",), {}, "db.example.com"),
        (("host=db.example.com dbname=x",), {}, "db.example.com"),
        ((), {"host": "db.example.com"}, "db.example.com"),
        ((), {"dsn": "redis://db.example.com"}, "db.example.com"),
        (("select 1",), {}, ""),
        ((), {}, ""),
    ],
)
def test_the_host_of_a_driver_is_found_where_it_stands(
    args: tuple[Any, ...], named: dict[str, Any], host: str
) -> None:
    """In a URL, a connection string, or an argument."""
    assert host == host_of(args, named)


@pytest.mark.parametrize(
    "path",
    [
        *("host", "connection.host", "_connection.host", "_conn.host", "conn.host", "info.host"),
        *("connection.info.host", "server_host", "_host", "_addr", "address", "server.host"),
        *("connection_pool.connection_kwargs", "_socket_hostname", "hostname"),
    ],
)
@pytest.mark.parametrize("said", ["db.example.com", ("db.example.com", 5432)])
def test_the_host_of_an_object_is_found_wherever_a_library_keeps_it(path: str, said: Any) -> None:
    """As text, as an address, or among the arguments that it connects with."""
    owner: Any = {"host": said} if path.endswith("kwargs") else said
    for name in reversed(path.split(".")):
        owner = SimpleNamespace(**{name: owner})
    assert "db.example.com" == host_of((owner,), {})


def test_a_driver_is_named_as_its_library_is() -> None:
    """Records and policies know it by that."""
    named = 0
    for module, driver in DRIVERS.items():
        with contextlib.suppress(IndexError):  # it looks at whose method is called
            seen = driver.asked((), {})
            if seen is not None and seen.kind == "db":
                named += 1
                assert f"{module}.".startswith(f"{seen.name}."), module
    assert named > 20


def test_nothing_is_imported_for_it() -> None:
    """The drivers are named, and none is loaded."""
    code = "import sys, affidavit\n@affidavit.audited\ndef h(e, c): ...\nprint(sorted(sys.modules))"
    # What measures coverage in children would be found instead.
    environ = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )

    loaded = set(done.stdout.replace("'", "").strip("[]\n").split(", "))
    assert set() == {name for name in DRIVERS if name in loaded}
    assert not loaded & {"asyncio", "sqlite3", "subprocess", "http.client"}
