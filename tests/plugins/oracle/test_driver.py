"""The real driver: its pool, its parameters, its errors, and listeners that misbehave."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import oracledb
import pytest

from affidavit import Query, SourceError, SourceTimeoutError, SourceUnavailableError
from affidavit.plugin import Permit
from affidavit_oracle import sessions
from affidavit_oracle.database_login import Credentials
from affidavit_oracle.deadline import Deadline
from affidavit_oracle.location import OracleLocation, locate
from affidavit_oracle.sessions import Lease, Sessions, pool_arguments
from affidavit_oracle.source import OracleSource, open_source
from oracle_stand_in import no_credentials
from tns_listener import (
    Act,
    Listener,
    close_midway,
    hang,
    hang_up,
    listening,
    refuse,
    reset,
    talk_nonsense,
)

# The driver leaves the sockets of failed connects to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

CREDENTIALS = Credentials("scott", "tiger", "s3cr3t")
FIND = Query(name="find", sql="select 1 as one from dual where :id = 1", binds=frozenset({"id"}))


def _location(rest: str) -> OracleLocation:
    return locate(urlsplit(f"oracle://{rest}"))


@pytest.fixture
def open_at(secret: Path) -> Iterator[Callable[..., OracleSource]]:
    """Open a source whose listener is on a port of this machine."""
    made: list[OracleSource] = []

    def open_at(port: int, more: str = "") -> OracleSource:
        url = f"oracle://127.0.0.1:{port}/notes?secret_file={quote(str(secret))}{more}"
        made.append(open_source("notes", urlsplit(url)))
        return made[-1]

    yield open_at
    for source in made:
        source.close()


@pytest.fixture
def listener(request: pytest.FixtureRequest) -> Iterator[Listener]:
    """A listener that does what the test's parameter says."""
    with listening(request.param) as made:
        yield made


def _fails(source: OracleSource, deadline_s: float = 5.0) -> tuple[SourceError, float]:
    permit = Permit(deadline_s=deadline_s, request_id="r", function="f", actor=None)
    started = time.monotonic()
    with pytest.raises(SourceError) as caught:
        source.run(permit, FIND, {"id": 1}, max_rows=1)
    assert no_credentials(str(caught.value))
    assert caught.value.__cause__ is None
    return caught.value, time.monotonic() - started


# -- parameters ----------------------------------------------------------------


def test_the_driver_takes_our_parameters() -> None:
    """The real pool, made and closed; without a minimum it connects to nothing."""
    said = pool_arguments(_location("db.example/notes?secret=x&pool_max=3"), CREDENTIALS)
    pool = oracledb.create_pool(**said)
    try:
        assert (0, 3, 0) == (pool.min, pool.max, pool.opened)
        assert (5, 20) == (pool.ping_interval, pool.stmtcachesize)
        assert oracledb.POOL_GETMODE_TIMEDWAIT == pool.getmode
        assert pool.wait_timeout in {5000, 5}, "version 2.4 takes milliseconds and tells seconds"
        assert "scott" == pool.username
        assert pool.thin
    finally:
        pool.close(force=True)


def test_a_url_becomes_the_descriptor_that_the_driver_sends() -> None:
    """Asked of the driver itself."""
    said = pool_arguments(_location("db.example:1599/notes?secret=x"), CREDENTIALS)
    params = oracledb.PoolParams(**said)

    assert ("db.example", 1599, "notes", "tcp") == (
        params.host,
        params.port,
        params.service_name,
        params.protocol,
    )
    text = params.get_connect_string()
    assert "(CONNECT_DATA=(SERVICE_NAME=notes))" in text
    assert "(ADDRESS=(PROTOCOL=tcp)(HOST=db.example)(PORT=1599))" in text
    assert no_credentials(text)


def test_tls_checks_the_servers_name_and_cannot_be_told_not_to() -> None:
    """Encryption towards somebody unknown protects nobody."""
    location = _location("db.example/notes?secret=x&tls=yes&server_dn=CN=db.example&wallet=w")
    params = oracledb.PoolParams(**pool_arguments(location, CREDENTIALS))

    assert ("tcps", 2484, True, "CN=db.example", "w") == (
        params.protocol,
        params.port,
        params.ssl_server_dn_match,
        params.ssl_server_cert_dn,
        params.wallet_location,
    )


def test_an_alias_is_looked_up_in_the_wallet_folder(tmp_path: Path) -> None:
    """In the tnsnames.ora that comes with it."""
    (tmp_path / "tnsnames.ora").write_text(
        "prices_high = (DESCRIPTION=(ADDRESS=(PROTOCOL=tcps)(HOST=adb.example)(PORT=1522))"
        "(CONNECT_DATA=(SERVICE_NAME=prices_high.adb)))"
    )
    location = _location(f"/prices_high?secret=x&wallet={quote(str(tmp_path))}")
    said = pool_arguments(location, CREDENTIALS)
    params = oracledb.PoolParams(config_dir=said["config_dir"])
    params.parse_connect_string(said["dsn"])

    assert ("adb.example", 1522, "prices_high.adb", "tcps") == (
        params.host,
        params.port,
        params.service_name,
        params.protocol,
    )
    pool = oracledb.create_pool(**said)
    pool.close(force=True)


def test_an_alias_that_is_not_there_is_said(tmp_path: Path, secret: Path) -> None:
    """At the first query, with the next step."""
    (tmp_path / "tnsnames.ora").write_text("")
    url = f"oracle:///nobody?secret_file={quote(str(secret))}&wallet={quote(str(tmp_path))}"
    error, _ = _fails(open_source("x", urlsplit(url)))

    assert "tnsnames.ora has no such alias" in str(error)


def test_a_wallet_folder_without_its_files_is_said(tmp_path: Path, secret: Path) -> None:
    """Likewise."""
    url = f"oracle:///nobody?secret_file={quote(str(secret))}&wallet={quote(str(tmp_path))}"
    error, _ = _fails(open_source("x", urlsplit(url)))

    assert isinstance(error, SourceUnavailableError)
    assert "the wallet folder lacks a file" in str(error)


def test_credentials_do_not_show() -> None:
    """Not in a traceback, not in a debugger's line."""
    assert no_credentials(repr(CREDENTIALS) + str(CREDENTIALS))
    assert "Credentials(...)" == f"{CREDENTIALS}"


# -- listeners -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("listener", "why"),
    [
        pytest.param(hang_up, "DPY-4011", id="hangs up"),
        pytest.param(reset, "DPY-4011", id="resets"),
        pytest.param(close_midway, "DPY-4011", id="closes midway"),
        pytest.param(refuse(12514), "knows no such service", id="knows no service"),
        pytest.param(refuse(12516), "the listener refused", id="has no handler"),
        pytest.param(talk_nonsense, "Oracle cannot be reached", id="is no listener"),
    ],
    indirect=["listener"],
)
def test_a_listener_that_fails_is_unavailable_at_once(
    listener: Listener, why: str, open_at: Callable[..., OracleSource]
) -> None:
    """Within a moment, and said without what it sent."""
    error, took = _fails(open_at(listener.port))

    assert isinstance(error, SourceUnavailableError)
    assert why in str(error)
    assert took < 3


def test_a_port_that_nobody_listens_on_is_unavailable(
    open_at: Callable[..., OracleSource],
) -> None:
    """The machine says so at once."""
    with listening(hang) as gone:
        port = gone.port
    error, took = _fails(open_at(port))

    assert isinstance(error, SourceUnavailableError)
    assert "ConnectionRefusedError" in str(error)
    assert took < 3


@pytest.mark.parametrize("listener", [hang], ids=["hangs"], indirect=True)
def test_a_listener_that_hangs_costs_the_time_that_is_left_and_no_more(
    listener: Listener, open_at: Callable[..., OracleSource]
) -> None:
    """The driver itself would wait for ever."""
    error, took = _fails(open_at(listener.port), deadline_s=1.0)

    assert isinstance(error, SourceTimeoutError)
    assert "it took the connection and said nothing" in str(error)
    assert 0.5 < took < 2


@pytest.mark.parametrize("listener", [hang], ids=["hangs"], indirect=True)
def test_connecting_has_a_limit_of_its_own(
    listener: Listener, open_at: Callable[..., OracleSource]
) -> None:
    """However long the function may run."""
    _, took = _fails(open_at(listener.port, "&connect_s=1"), deadline_s=60.0)

    assert 0.9 < took < 5


@pytest.mark.parametrize("listener", [hang], ids=["hangs"], indirect=True)
def test_connects_that_hang_do_not_pile_up(
    listener: Listener, open_at: Callable[..., OracleSource]
) -> None:
    """The driver cannot give one up, so there is a limit; then it is said at once."""
    source = open_at(listener.port)
    for _ in range(sessions.STUCK):
        _fails(source, deadline_s=0.4)
    error, took = _fails(source)

    assert "several connects hang" in str(error)
    assert took < 1
    assert sessions.STUCK == listener.accepted


def test_after_a_hanging_connect_the_next_query_starts_anew(
    open_at: Callable[..., OracleSource],
) -> None:
    """A pool whose only worker hangs is of no use any more."""
    acts: list[Act] = [hang, refuse(12514), refuse(12514)]
    with listening(lambda connection: acts.pop(0)(connection) if acts else None) as listener:
        source = open_at(listener.port)
        first, _ = _fails(source, deadline_s=0.6)
        second, _ = _fails(source)

    assert "said nothing" in str(first)
    assert "knows no such service" in str(second)


@pytest.mark.parametrize("listener", [hang], ids=["hangs"], indirect=True)
def test_a_tls_handshake_that_hangs_is_bounded_too(
    listener: Listener, open_at: Callable[..., OracleSource]
) -> None:
    """The same thread, the same limit."""
    _, took = _fails(open_at(listener.port, "&tls=yes"), deadline_s=1.0)

    assert took < 2


def test_a_listener_without_tls_is_not_talked_to_in_clear(
    open_at: Callable[..., OracleSource],
) -> None:
    """What was asked to be encrypted is not sent otherwise."""
    heard: list[bytes] = []
    with listening(lambda c: (heard.append(c.recv(4096)), c.sendall(b"no"), c.close())[0]) as tls:
        error, _ = _fails(open_at(tls.port, "&tls=yes"))

    assert isinstance(error, SourceUnavailableError)
    assert heard
    assert all(data[:1] == b"\x16" for data in heard), "a TLS record, and nothing else"


def test_no_thread_is_left_when_a_connect_fails(open_at: Callable[..., OracleSource]) -> None:
    """One pool keeps one worker, however often it fails."""
    with listening(refuse(12514)) as listener:
        source = open_at(listener.port)
        _fails(source)
        before = threading.active_count()
        for _ in range(5):
            _fails(source)

        assert threading.active_count() <= before


def test_a_secret_file_is_read_when_it_is_needed(tmp_path: Path) -> None:
    """Opening touches nothing; a file that is wrong is said without what it holds."""
    path = tmp_path / "secret.json"
    source = open_source("x", urlsplit(f"oracle://127.0.0.1:1/x?secret_file={quote(str(path))}"))
    assert "x" == source.name
    for content, why in [
        (None, "FileNotFoundError"),
        ("tiger", "not JSON"),
        (json.dumps({"username": "scott"}), "not JSON"),
        (json.dumps({"username": "scott", "password": ["tiger"]}), "not JSON"),
    ]:
        if content is not None:
            path.write_text(content)
        error, _ = _fails(source)
        assert why in str(error)


def test_a_connection_is_taken_back_within_a_second() -> None:
    """Or sooner, if less is left: whoever waits for it has an answer already."""
    heard: list[tuple[str, int]] = []

    class Connection:
        call_timeout = 0

        def rollback(self) -> None:
            heard.append(("rollback", self.call_timeout))

        def close(self) -> None:
            heard.append(("close", self.call_timeout))

    held = Sessions.__new__(Sessions)
    held._wall = lambda: 7.0
    for left_s in (60.0, 0.5):
        held.release(Lease(Connection(), None), Deadline(left_s, lambda: 0.0))
    assert [("rollback", 1000), ("close", 1000), ("rollback", 250), ("close", 250)] == heard
    assert 7.0 == held._used_at
