"""A service behind HTTP as a data source, against real servers and sockets."""

from __future__ import annotations

import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from affidavit import (
    Query,
    RequestTemplate,
    SettingsError,
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
    UnauditedAccessError,
    audited,
)
from affidavit._policy.words import Literals, OffRecord
from affidavit.plugin import Permit, SourceRules
from affidavit.testing import check_source, make_runtime, run
from affidavit_http.source import HttpSource, open_source
from affidavit_http.timed_socket import TimedSocket
from cloud import CREDENTIALS, FaultyFront
from http_clinic import Serving, answering, head_of
from off_record_parts import holding

FIND = RequestTemplate(name="find_chart", line="GET /charts/{id}")
FILE = RequestTemplate(
    name="file_note", line="POST /notes/{id}", fields=frozenset({"text", "dose"}), write=True
)
OK = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok"


def _get(line: str, **more: Any) -> RequestTemplate:
    return RequestTemplate(name="q", line=f"GET {line}", **more)


def _ask(source: HttpSource, template: RequestTemplate, **more: Any) -> Any:
    told: list[str] = more.pop("told", [])
    permit = Permit(more.pop("deadline_s", 10), "req-1", "f", None, refer=told.append)
    return source.run_request(permit, template, more.pop("binds", {}), max_rows=1000)


OPENED: list[HttpSource] = []


def _source(url: str) -> HttpSource:
    OPENED.append(open_source("charts", urlsplit(url)))
    return OPENED[-1]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


@pytest.fixture
def source(clinic: Serving) -> HttpSource:
    """A source at the clinic."""
    return _source(clinic.url())


@pytest.mark.parametrize("server", ["clinic", "asgi"])
def test_it_keeps_the_contract_of_sources(server: str, request: pytest.FixtureRequest) -> None:
    """The promises that the kernel relies on, at two servers that read for themselves."""
    check_source(
        _RowsOnly(_source(request.getfixturevalue(server).url())),
        query=FIND,
        binds={"id": "A1"},
        rows=[{"body": {"id": "A1", "note": "first"}, "status": 200}],
        hostile_bind="id",
    )


class _RowsOnly:
    """The columns that do not depend on the server."""

    def __init__(self, inner: HttpSource) -> None:
        self.name, self._inner = inner.name, inner

    def run_request(self, *args: Any, **named: Any) -> Any:
        rows = self._inner.run_request(*args, **named)
        return [{"body": row["body"], "status": row["status"]} for row in rows]


def test_the_service_is_told_who_asks(source: HttpSource, clinic: Serving) -> None:
    """So that its log joins our record, and its id of the request comes back."""
    told: list[str] = []
    _ask(source, FIND, binds={"id": "A1"}, told=told)

    assert ["srv-0123456789"] == told
    _, path, headers, _ = clinic.heard[0]
    assert ("/charts/A1", "req-1") == (path, headers["x-request-id"])
    assert f"127.0.0.1:{clinic.port}" == headers["host"]
    assert "identity" == headers["accept-encoding"]


def test_a_read_and_its_reference_stand_in_the_record(clinic: Serving) -> None:
    """Also if the service refused; nothing of it is off the record."""

    @audited(action="READ", actor="who")
    def handler(event: Any, context: Any) -> Any:
        context.source("charts").fetch_one(FIND, {"id": "A1"})
        try:
            context.source("charts").fetch_all(_get("/status/403"))
        except SourceForbiddenError:
            return {}

    bench = make_runtime(
        policy=holding(OffRecord.REFUSE)._replace(sources=SourceRules(Literals.ALLOW)),
        sources=[_source(clinic.url())],
    )
    run(handler, {"who": "jane"}, bench)

    said = {"i": "srv-0123456789", "s": "charts"}
    assert [
        {"b": ["id"], "n": "find_chart", "r": 1, **said},
        {"b": [], "n": "q", "r": -1, **said},
    ] == bench.records[-1].document["q"]
    assert "off" not in bench.records[-1].document


@pytest.mark.parametrize(
    ("theirs", "kept"),
    [
        ("3f0c8a1e-98a1-4c50-8f2e-0b3a7f2f9d11", True),
        ("RZQ0X4Q2R2V3J5N8", True),
        ("jane roe", False),
        ("jane.roe@example.com", False),
        ("JaneRoeOfBoston", False),
        ("4111111111111111", False),
        ("j-roe-1", False),
        ("a1" * 200, False),
    ],
)
def test_a_reference_that_may_be_somebodys_data_is_a_token(theirs: str, kept: bool) -> None:
    """Whatever the other side says: the record holds no value."""

    class Says:
        name = "charts"

        def run_request(self, permit: Permit, *_: Any, **__: Any) -> Any:
            permit.refer(theirs)
            return []

    @audited(action="READ", actor="who")
    def handler(event: Any, context: Any) -> Any:
        context.source("charts").fetch_one(FIND, {"id": "A1"})
        return {}

    bench = make_runtime(sources=[Says()])
    run(handler, {"who": "jane"}, bench)
    (said,) = bench.records[-1].document["q"]

    assert kept == (theirs == said["i"])
    assert kept or (len(said["i"]) == 32 and theirs not in str(bench.records[-1].document))


def test_a_service_that_says_no_id_leaves_none(clinic: Serving) -> None:
    """No token of nothing."""

    @audited(action="READ", actor="who")
    def handler(event: Any, context: Any) -> Any:
        context.source("charts").fetch_one(FIND, {"id": "A1"})
        return {}

    bench = make_runtime(sources=[_source(clinic.url(request_id="x-nobody-says-this"))])
    run(handler, {"who": "jane"}, bench)

    (said,) = bench.records[-1].document["q"]
    assert {"b": ["id"], "n": "find_chart", "r": 1, "s": "charts"} == said


def test_a_database_takes_no_request_and_a_service_no_statement(source: HttpSource) -> None:
    """Before anything leaves."""
    query = Query(name="q", sql="select 1")

    @audited(action="READ", actor="who")
    def handler(event: Any, context: Any) -> Any:
        context.source("charts").fetch_one(query)

    with pytest.raises(StatementError):
        run(handler, {"who": "jane"}, make_runtime(sources=[source]))


def test_a_policy_that_wants_binds_only_sends_no_value_of_a_template(
    source: HttpSource, clinic: Serving
) -> None:
    """As for statements."""

    @audited(action="READ", actor="who")
    def handler(event: Any, context: Any) -> Any:
        context.source("charts").fetch_all(_get("/charts?status=active"))

    rules = SourceRules(Literals.REFUSE)
    policy = holding(OffRecord.RECORD)._replace(sources=rules)
    with pytest.raises(StatementError):
        run(handler, {"who": "jane"}, make_runtime(policy=policy, sources=[source]))
    assert [] == clinic.heard


def test_a_list_is_a_row_each_and_what_is_missing_is_none(source: HttpSource) -> None:
    """The record counts them."""
    assert ["A1", "A1"] == [row["body"]["id"] for row in _ask(source, _get("/charts"))]
    for line in ("/charts/B2", "/status/404", "/status/410", "/status/204", "/bytes/0"):
        assert [] == _ask(source, _get(line))


def test_a_row_says_what_the_answer_was(source: HttpSource) -> None:
    """Numbers are exact, other kinds are bytes."""
    (row,) = _ask(source, _get("/anything"))
    assert (200, "application/json", '"7"') == (row["status"], row["type"], row["etag"])
    raw = _get("/raw?type=application/fhir%2Bjson&body={body}")
    assert Decimal("9.90") == _ask(source, raw, binds={"body": "[9.90]"})[0]["body"]
    assert b"xxx" == _ask(source, _get("/bytes/3"))[0]["body"]


@pytest.mark.parametrize("body", ["{", "[NaN]", "[" * 100_000, '"\udcff"'])
def test_what_is_called_json_and_is_none_is_an_error(clinic: Serving, body: str) -> None:
    """And no traceback."""
    told = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    def act(connection: socket.socket, _: int) -> None:
        head_of(connection)
        connection.sendall(told.encode() + body.encode("utf-8", "surrogateescape"))

    with answering(act) as port, pytest.raises(SourceUnavailableError) as caught:
        _ask(_source(f"http://127.0.0.1:{port}"), _get("/"))
    assert body[:50] not in str(caught.value) or body == "{"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, StatementError),
        (401, SourceForbiddenError),
        (403, SourceForbiddenError),
        (408, SourceTimeoutError),
        (409, StatementError),
        (412, StatementError),
        (418, StatementError),
        (422, StatementError),
        (429, SourceUnavailableError),
        (500, SourceUnavailableError),
        (502, SourceUnavailableError),
        (503, SourceUnavailableError),
        (504, SourceTimeoutError),
        (304, SourceUnavailableError),
    ],
)
def test_a_refusal_says_what_to_do_and_nothing_of_the_answer(
    source: HttpSource, status: int, kind: type[SourceError]
) -> None:
    """A service quotes what it was asked."""
    template = RequestTemplate(name="q", line="GET /status/{n}")
    with pytest.raises(kind) as caught:
        _ask(source, template, binds={"n": status})
    assert str(status) in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_a_write_sends_its_fields(source: HttpSource, clinic: Serving) -> None:
    """As one JSON object; dates and decimals are texts."""
    binds = {"id": "A1", "text": "Ä", "dose": Decimal("2.50")}
    (row,) = _ask(source, FILE, binds=binds)

    method, path, headers, body = clinic.heard[0]
    assert ("POST", "/notes/A1", "application/json") == (method, path, headers["content-type"])
    assert {"text": "Ä", "dose": "2.50"} == json.loads(body)
    assert 200 == row["status"]


@pytest.mark.parametrize("value", [b"x", float("nan"), {1, 2}])
def test_a_field_that_json_does_not_have_is_refused(source: HttpSource, value: Any) -> None:
    """Before anything is sent."""
    with pytest.raises(StatementError):
        _ask(source, FILE, binds={"id": "A1", "text": value, "dose": None})


@pytest.mark.parametrize("status", [404, 410])
def test_a_write_to_nothing_is_an_error(source: HttpSource, status: int) -> None:
    """No row would read as done."""
    with pytest.raises(StatementError):
        _ask(source, RequestTemplate(name="q", line=f"DELETE /status/{status}", write=True))


def test_an_answer_over_the_limit_is_an_error(clinic: Serving) -> None:
    """Never cut; the limit itself fits."""
    source = _source(clinic.url(limit=1000))

    assert 1000 == len(_ask(source, _get("/bytes/1000"))[0]["body"])
    with pytest.raises(StatementError, match="more than 1000"):
        _ask(source, _get("/bytes/1001"))


def test_an_answer_without_a_length_is_counted() -> None:
    """It may be endless: it is read no further than the limit."""
    sent = []

    def act(connection: socket.socket, _: int) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            sent.append(connection.send(b"x" * 65_536))

    with answering(act) as port, pytest.raises(StatementError):
        _ask(_source(f"http://127.0.0.1:{port}?limit=100000"), _get("/"))
    assert sum(sent) < 50_000_000


CUT = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
    "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    "head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "nothing": b"",
    "no HTTP": b"SSH-2.0-x\r\n\r\n",
    "compressed": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
    "a line without an end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
    "headers without an end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000,
}


@pytest.mark.parametrize("answer", CUT.values(), ids=list(CUT))
def test_what_is_cut_off_or_no_answer_is_an_error(answer: bytes) -> None:
    """Half an answer is a wrong answer."""

    def act(connection: socket.socket, _: int) -> None:
        head_of(connection)
        connection.sendall(answer)

    with answering(act) as port, pytest.raises(SourceUnavailableError):
        _ask(_source(f"http://127.0.0.1:{port}"), _get("/"))


@pytest.mark.parametrize("part", ["head", "body", "silence"])
def test_a_server_that_drips_holds_nobody_past_the_deadline(part: str) -> None:
    """Each byte comes in time, the whole does not."""
    over = threading.Event()

    def act(connection: socket.socket, _: int) -> None:
        head_of(connection)
        if part == "body":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        if part == "head":
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(100):
            if over.wait(0.05):
                break
            if part != "silence":
                connection.sendall(b"x")

    with answering(act) as port:
        began = time.monotonic()
        try:
            with pytest.raises(SourceTimeoutError):
                _ask(_source(f"http://127.0.0.1:{port}"), _get("/"), deadline_s=0.4)
            assert time.monotonic() - began < 4  # the server drips for five
        finally:
            over.set()


def test_a_write_that_may_have_arrived_says_so() -> None:
    """And is not sent again."""
    seen: list[bytes] = []

    def act(connection: socket.socket, _: int) -> None:
        seen.append(head_of(connection))

    binds = {"id": "A1", "text": "t", "dose": 1}
    uncertain = pytest.raises(SourceUnavailableError, match="may have been done")
    with answering(act) as port, uncertain:
        _ask(_source(f"http://127.0.0.1:{port}"), FILE, binds=binds)
    assert 1 == len(seen)


def test_a_connection_is_used_again() -> None:
    """One for two requests; and one that died meanwhile is replaced, for a read."""
    numbers: list[int] = []

    def act(connection: socket.socket, number: int) -> None:
        for _ in range(2):
            head_of(connection)
            numbers.append(number)
            connection.sendall(OK)

    with answering(act) as port:
        source = _source(f"http://127.0.0.1:{port}")
        for _ in range(3):
            assert b"ok" == _ask(source, _get("/"))[0]["body"]
            time.sleep(0.05)
    assert [0, 0, 1] == numbers


def test_a_read_is_sent_again_if_a_kept_connection_breaks_on_it() -> None:
    """Once: the second connection is a new one."""

    def act(connection: socket.socket, number: int) -> None:
        head_of(connection)
        connection.sendall(OK)
        if number == 0:
            head_of(connection)  # the second request: no answer

    with answering(act) as port:
        source = _source(f"http://127.0.0.1:{port}")
        assert b"ok" == _ask(source, _get("/"))[0]["body"]
        assert b"ok" == _ask(source, _get("/"))[0]["body"]


def test_a_write_is_never_sent_on_a_kept_connection() -> None:
    """Should that break, nobody could tell whether the write has arrived; a second one might."""
    writes: list[int] = []

    def act(connection: socket.socket, number: int) -> None:
        if number == 0:
            head_of(connection)
            connection.sendall(OK)
            connection.settimeout(0.5)
        with suppress(TimeoutError):
            if head_of(connection):
                writes.append(number)
        if number:
            connection.sendall(OK)

    with answering(act) as port:
        source = _source(f"http://127.0.0.1:{port}")
        _ask(source, _get("/"))
        _ask(source, FILE, binds={"id": "A1", "text": "t", "dose": 1})
    assert [1] == writes


@pytest.mark.parametrize("later", [False, True])
def test_an_answer_that_nobody_asked_for_is_nobodys(*, later: bool) -> None:
    """Bytes left on a connection would be the next request's answer, or a part of it."""
    heard: list[int] = []
    sent = threading.Event()

    def act(connection: socket.socket, number: int) -> None:
        while head_of(connection):
            heard.append(number)
            stray = OK.replace(b"ok", b"no") if number == 0 else b""
            connection.sendall(OK + (b"" if later else stray))
            if later and stray:
                time.sleep(0.2)
                connection.sendall(stray)
            sent.set()

    with answering(act) as port:
        source = _source(f"http://127.0.0.1:{port}")
        assert b"ok" == _ask(source, _get("/"))[0]["body"]
        assert sent.wait(10)
        time.sleep(0.05)
        assert b"ok" == _ask(source, _get("/"))[0]["body"]
    assert [0, 1] == heard


def test_a_fork_asks_on_a_connection_of_its_own(source: HttpSource, clinic: Serving) -> None:
    """Two processes on one would read each other's answers."""
    _ask(source, FIND, binds={"id": "A1"})
    child = os.fork()
    if child == 0:
        os._exit(0 if _ask(source, FIND, binds={"id": "A1"}) else 1)
    assert 0 == os.waitpid(child, 0)[1]
    assert _ask(source, FIND, binds={"id": "A1"})


def test_threads_get_their_own_answers(source: HttpSource) -> None:
    """Many at once over a few connections."""
    template = _get("/raw?type=text/plain&body={n}")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: _ask(source, template, binds={"n": n}), range(200)))

    assert [str(n).encode() for n in range(200)] == [rows[0]["body"] for rows in found]


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """A secret in a file."""
    path = tmp_path / "secret.json"
    path.write_text(json.dumps({"Authorization": "Bearer s3cr3t"}))
    return path


def _redirected(source: HttpSource, to: str, status: int = 302) -> Any:
    template = RequestTemplate(name="q", line="GET /status/{n}?to={to}")
    return _ask(source, template, binds={"n": status, "to": to})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_goes_on_the_same_host(source: HttpSource, status: int) -> None:
    """As the service says."""
    assert "A1" == _redirected(source, "/charts/A1", status)[0]["body"]["id"]


def test_a_redirect_goes_to_listed_hosts_and_without_the_secret(
    clinic: Serving, secret_file: Path
) -> None:
    """The service's own host gets it, nobody else does."""
    listed = f"localhost:{clinic.port}"
    source = _source(clinic.url(redirects=listed, secret_file=secret_file))

    assert _redirected(source, f"http://{listed}/anything")
    first, second = (headers for _, _, headers, _ in clinic.heard)
    assert "Bearer s3cr3t" == first["authorization"]
    assert (listed, None) == (second["host"], second.get("authorization"))


@pytest.mark.parametrize(
    "to",
    [
        "http://localhost:{port}/anything",
        "http://127.0.0.1:1/anything",
        "https://127.0.0.1:{port}/anything",
        "http://a:b@127.0.0.1:{port}/anything",
        "//localhost:{port}/anything",
        "http://127.0.0.1:x/",
        "file:///etc/passwd",
        "/status/302?to=/status/302",
        "/a%20b c",
        "",
    ],
)
def test_a_redirect_goes_nowhere_else(clinic: Serving, to: str) -> None:
    """Nor round and round."""
    with pytest.raises(SourceError):
        _redirected(_source(clinic.url()), to.format(port=clinic.port))
    assert {f"127.0.0.1:{clinic.port}"} == {headers["host"] for _, _, headers, _ in clinic.heard}


@pytest.mark.parametrize(
    "to",
    [
        pytest.param("/a b", id="a blank"),
        pytest.param("/\u00e4", id="a letter with dots"),
        pytest.param("/a?b=\u00e4", id="one in the query"),
        pytest.param("/a\x7f", id="a control character"),
        pytest.param("/a\x01b", id="another one"),
    ],
)
def test_a_redirect_that_is_no_address_is_not_followed(clinic: Serving, to: str) -> None:
    """Whatever is sent for it would be something that nobody has said."""
    with pytest.raises(SourceUnavailableError, match="sent on to a host") as caught:
        _redirected(_source(clinic.url()), to)
    assert to not in str(caught.value)
    assert 1 == len(clinic.heard)


def test_a_write_follows_nothing(source: HttpSource, clinic: Serving) -> None:
    """It would be done twice, or elsewhere."""
    template = RequestTemplate(name="q", line="POST /status/307?to={to}", write=True)
    with pytest.raises(SourceUnavailableError):
        _ask(source, template, binds={"to": "/anything"})
    assert 1 == len(clinic.heard)


def test_a_secret_is_read_again_when_it_is_refused(clinic: Serving, secret_file: Path) -> None:
    """Once, and only another one is tried."""
    source = _source(clinic.url(secret_file=secret_file))
    for told in ("Bearer s3cr3t", "Bearer other"):
        secret_file.write_text(json.dumps({"authorization": told}))
        with pytest.raises(SourceForbiddenError) as caught:
            _ask(source, _get("/status/401"))
        assert "other" not in str(caught.value)

    heard = [headers["authorization"] for _, _, headers, _ in clinic.heard]
    assert ["Bearer s3cr3t", "Bearer s3cr3t", "Bearer other"] == heard


def test_an_answer_that_is_closed_twice_is_closed() -> None:
    """Its reader, and Python when it lets it go."""
    near, far = socket.socketpair()
    with near, far:
        held = TimedSocket(near, time.monotonic() + 5)
        far.sendall(b"ok")
        answer = held.makefile("rb")
        assert b"ok" == answer.read(2)
        answer.close()
        answer.close()
        held.rest()
        assert held.is_usable


@pytest.mark.parametrize(
    "text", ["", "[]", '"x"', '{"a b": "c"}', '{"a": "b\\r\\nc: d"}', '{"a": 1}']
)
def test_a_secret_of_another_form_is_an_error(
    clinic: Serving, secret_file: Path, text: str
) -> None:
    """Without a word of it."""
    secret_file.write_text(text)
    with pytest.raises(SourceUnavailableError):
        _ask(_source(clinic.url(secret_file=secret_file)), FIND, binds={"id": "A1"})
    assert [] == clinic.heard


def test_a_secret_comes_from_secrets_manager(
    clinic: Serving, moto: str, front: FaultyFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name; one that is not there is an error."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": front.endpoint}.items():
        monkeypatch.setenv(name, value)
    boto3.client("secretsmanager").create_secret(
        Name="clinic-http", SecretString=json.dumps({"x-api-key": "s3cr3t"})
    )
    _ask(_source(clinic.url(secret="clinic-http")), FIND, binds={"id": "A1"})  # noqa: S106 - a name

    assert "s3cr3t" == clinic.heard[0][2]["x-api-key"]
    with pytest.raises(SourceUnavailableError, match="ResourceNotFound"):
        _ask(_source(clinic.url(secret="nobody")), FIND, binds={"id": "A1"})  # noqa: S106


def test_nobody_there_is_an_error() -> None:
    """With the exception's type."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(SourceUnavailableError, match="ConnectionRefusedError"):
        _ask(_source(f"http://127.0.0.1:{port}"), _get("/"))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "https:///x",
        "https://a b/",
        "https://user@example.com/",
        "https://example.com:x/",
        "https://example.com/a/../b",
        "https://example.com/a//b",
        "https://example.com/#x",
        "https://example.com/?limit=0",
        "https://example.com/?limit=x",
        "https://example.com/?limit=",
        "https://example.com/?limit=1&limit=2",
        "https://example.com/?nope=s3cr3t",
        "https://example.com/?secret=a&secret_file=b",
        "https://example.com/?redirects=a,,b",
        "https://example.com/?request_id=X Y",
        "https://example.com/?region=nowhere",
    ],
)
def test_a_url_that_cannot_be_used_says_why(url: str) -> None:
    """Without repeating it: a secret may stand in the wrong place."""
    with pytest.raises(SettingsError) as caught:
        _source(url)
    assert "s3cr3t" not in str(caught.value)


def test_opening_touches_nothing() -> None:
    """No connection, no secret."""
    _source("https://nobody.invalid/x?secret=y")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "pair.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """The server's side."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _in_tls(connection: Any, _: int) -> None:
    head_of(connection)
    connection.sendall(OK)


def test_it_speaks_tls_and_checks_the_name(tls: ssl.SSLContext, certificate: Path) -> None:
    """A certificate for another host, or of a signer that nobody named, is refused."""
    with answering(_in_tls, tls) as port:
        ca = f"?ca_file={certificate}"
        assert b"ok" == _ask(_source(f"https://localhost:{port}{ca}"), _get("/"))[0]["body"]
        for place in (f"127.0.0.1:{port}{ca}", f"localhost:{port}"):
            with pytest.raises(SourceUnavailableError, match="certificate"):
                _ask(_source(f"https://{place}"), _get("/"))


def test_an_end_that_tls_did_not_announce_is_no_end(tls: ssl.SSLContext, certificate: Path) -> None:
    """Somebody between may have cut the answer."""

    def act(connection: Any, _: int) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf")
        connection.shutdown(socket.SHUT_RDWR)

    with answering(act, tls) as port, pytest.raises(SourceUnavailableError):
        _ask(_source(f"https://localhost:{port}?ca_file={certificate}"), _get("/"))


def test_it_does_nothing_without_a_permit(source: HttpSource, clinic: Serving) -> None:
    """Nor in another process than the permit's."""
    stale = Permit(10, "r", "f", None, pid=os.getpid() + 1)
    with pytest.raises(UnauditedAccessError):
        source.run_request(stale, FIND, {"id": "A1"}, max_rows=1)
    assert [] == clinic.heard
