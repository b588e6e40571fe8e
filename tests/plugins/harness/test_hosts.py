"""What a test may call: listed hosts, at addresses that are public and do not change."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from affidavit.plugin import ActionContext, ActionError, ScenarioRun
from affidavit_harness import handler
from affidavit_harness.actions import http_client
from affidavit_harness.actions.guard import HttpTarget, check_url
from affidavit_harness.actions.http_actions import HttpRequest, _next, effects, request
from affidavit_harness.actions.http_client import LARGEST
from affidavit_harness.errors import RefusedActionError

LISTED = ["api.example.com", "evil.example.com", "evil.example.com:8080"]
PUBLIC = "93.184.216.34"

ADDRESSES = (
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",  # noqa: S104 - a target
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",  # instance metadata
    "169.254.170.2",  # credentials of containers
    "169.254.100.1",  # Lambda's runtime API
    "169.254.76.1",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",  # instance metadata
    "fd00:ec2::23",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2002:7f00:1::",
    "2001:0:a9fe:a9fe::1",  # Teredo
    "2001:db8::1",
    "fec0::1",
    "100::1",
    "no address at all",
)

URLS = (
    "http://169.254.169.254/latest/meta-data/",
    "http://localhost:2773/secretsmanager/get",
    "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
    "http://[::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://127.1/",
    "http://0/",
    "https://user:pass@api.example.com/",
    "https://user@api.example.com/",
    "https://api.example.com@127.0.0.1/",
    "https://api.example.com%2eevil.com/",
    "https://api.example.com.evil.com/",
    "https://evilapi.example.com/",
    "https://api.example.com./",
    "https://api.example.com:22/",
    "https://api.example.com:99999/",
    "https://api.example.com:/\\@127.0.0.1/",
    "https://api.example.com\\.evil.com/",
    "https://api.example.com/ \r\nHost: other",
    "https://api.example.com/\x00",
    "https://api.example.com/a#b",
    "https://аpi.example.com/",  # noqa: RUF001 - the first letter is Cyrillic
    "file:///etc/passwd",
    "ftp://api.example.com/",
    "gopher://api.example.com/",
    "javascript:alert(1)",
    "//api.example.com/",
    "https:///path",
    "https://",
    "",
    "https://" + "a" * 3000,
)


def test_there_are_enough_hostile_targets() -> None:
    """At least forty, each of its own kind."""
    assert 40 <= len(set(ADDRESSES)) + len(set(URLS))


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_listed_host_that_leads_inside_is_refused(address: str) -> None:
    """Whatever its name server says; and one bad address of several is enough."""
    for answers in ([address], [PUBLIC, address]):
        with pytest.raises(RefusedActionError, match="not public"):
            check_url("https://evil.example.com/", LISTED, lambda *_, a=answers: a)  # type: ignore[misc]


@pytest.mark.parametrize("url", URLS)
def test_a_hostile_url_is_refused_before_anything_is_looked_up(url: str) -> None:
    """The message does not repeat it."""
    asked: list[str] = []

    def look_up(host: str, _: int) -> list[str]:
        asked.append(host)
        return [PUBLIC]

    with pytest.raises(RefusedActionError) as caught:
        check_url(url, LISTED, look_up, loopback=True)
    assert [] == asked
    assert not url or url not in str(caught.value)


def test_a_listed_host_at_a_public_address_is_called_there() -> None:
    """Name, port and path stay; the address is the one that was checked."""
    target = check_url("https://API.example.com/a?b=1", LISTED, lambda *_: [PUBLIC])

    assert ("https", "api.example.com", 443, "/a?b=1", PUBLIC) == target


def test_loopback_needs_to_be_listed_with_its_port_and_an_environment_that_says_so() -> None:
    """One is not enough."""
    url, listed = "http://127.0.0.1:8000/x", ["127.0.0.1:8000"]

    assert "127.0.0.1" == check_url(url, listed, lambda h, _: [h], loopback=True).address
    with pytest.raises(RefusedActionError):
        check_url(url, listed, lambda h, _: [h], loopback=False)
    with pytest.raises(RefusedActionError):
        check_url("http://127.0.0.1:8001/x", listed, lambda h, _: [h], loopback=True)
    with pytest.raises(RefusedActionError):  # near, but not loopback
        check_url("http://near:80/", ["near:80"], lambda *_: ["169.254.169.254"], loopback=True)


def test_where_lambda_itself_listens_is_nobodys_target(monkeypatch: pytest.MonkeyPatch) -> None:
    """Listed or not, and whatever the environment allows."""
    said = {"hosts": ["127.0.0.1:9001", "localhost:9001", "127.0.0.1:8000", "a.example.com"]}
    told = {"env": "dev", "read_only": False, "local_targets": True, "outputs": {}, "bucket": "b"}
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("HARNESS", json.dumps({**said, **told, "undo_table": "u", "namespace": "n"}))

    assert ("127.0.0.1:8000", "a.example.com") == handler.deployed.__wrapped__().context.hosts


class _Handler(BaseHTTPRequestHandler):
    seen: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        if self.path == "/large":
            self.wfile.write(b"x" * (LARGEST + 10))
        elif self.path == "/drip":
            for _ in range(100):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)
        else:
            self.wfile.write(b'{"price": 12.5}')

    def log_message(self, *_: object) -> None: ...


@contextmanager
def _server(base: type[_Handler] | None = None, **traits: Any) -> Iterator[tuple[int, list[Any]]]:
    seen: list[Any] = []
    handler = type("Handler", (base or _Handler,), {"seen": seen, **traits})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, seen
    finally:
        server.shutdown()
        server.server_close()


def _context(
    *hosts: str, resolve: Any = lambda *_: ["127.0.0.1"], left_s: float = 5
) -> ActionContext:
    return ActionContext(
        run=ScenarioRun("0" * 26, "s", "c", "local", 0, 0),
        read_only=False,
        hosts=hosts,
        loopback=True,
        client=lambda _: None,
        function=lambda _: None,
        runtime=lambda: None,
        resolve=resolve,
        left_s=lambda: left_s,
        now_ms=lambda: 0,
    )


def test_a_request_is_sent_and_its_answer_is_told() -> None:
    """With the run's id, and without echoing what was sent."""
    with _server() as (port, seen):
        told = request(
            HttpRequest(url=f"http://here.test:{port}/x", headers={"Authorization": "Bearer s"}),
            _context(f"here.test:{port}"),
        )

    assert (200, {"price": 12.5}) == (told["status"], told["body"])
    assert "Bearer" not in str(told)
    assert (f"here.test:{port}", "0" * 26) == (seen[0][1]["host"], seen[0][1]["x-correlation-id"])


def test_a_name_that_changes_its_address_does_not_lead_inside() -> None:
    """DNS rebinding: the name is looked up once, and the address that was checked is used."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    asked: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return next(answers)

    with _server() as (port, seen):
        context = _context(f"rebind.test:{port}", resolve=resolve)
        assert 200 == request(HttpRequest(url=f"http://rebind.test:{port}/x"), context)["status"]
        assert 1 == len(asked)
        with pytest.raises(RefusedActionError, match="not public"):
            request(HttpRequest(url=f"http://rebind.test:{port}/x"), context)
    assert 1 == len(seen)


def test_a_redirect_is_not_followed_unless_asked() -> None:
    """It is an answer like any other."""
    with _server() as (port, seen):
        told = request(HttpRequest(url=f"http://h.test:{port}/to//x"), _context(f"h.test:{port}"))

    assert (302, 1) == (told["status"], len(seen))


@pytest.mark.parametrize(
    "where",
    ["http://169.254.169.254/", "http://localhost:2773/", "file:///etc/passwd", "//10.0.0.1/x"],
)
def test_a_redirect_to_somewhere_else_is_refused(where: str) -> None:
    """Each hop is checked like the first one."""
    with _server() as (port, seen):
        asked = HttpRequest(url=f"http://h.test:{port}/to/{where}", follow=3)
        with pytest.raises(RefusedActionError):
            request(asked, _context(f"h.test:{port}"))
    assert 1 == len(seen)


@pytest.mark.parametrize(
    "where", ["http://h.test/x", "HTTP://h.test/x", "hTtP://h.test:443/x", "\thttp://h.test/x"]
)
def test_an_encrypted_request_is_not_led_on_to_a_plain_one(where: str) -> None:
    """However the scheme is written: a URL's is read without regard to case (RFC 3986, 3.1)."""
    target = HttpTarget("https", "h.test", 443, "/", "203.0.113.9")

    with pytest.raises(RefusedActionError, match="to plain http"):
        _next(target, "https://h.test/", where)
    assert "https://h.test/y" == _next(target, "https://h.test/", "/y#z")
    assert "http://h.test/y" == _next(target._replace(scheme="http"), "http://h.test/", "y")


def test_a_redirect_to_another_listed_host_gets_no_credentials() -> None:
    """They were for the first one."""
    with _server() as (port, seen), _server() as (other, there):
        where = f"http://b.test:{other}/x"
        asked = HttpRequest(
            url=f"http://a.test:{port}/to/{where}",
            headers={"Authorization": "Bearer s", "Cookie": "c", "X-Own-Token": "t", "Accept": "x"},
            follow=2,
        )
        told = request(asked, _context(f"a.test:{port}", f"b.test:{other}"))

    assert 200 == told["status"]
    assert {"authorization", "cookie"} <= seen[0][1].keys()
    assert not {"authorization", "cookie", "x-own-token"} & there[0][1].keys()
    assert "x" == there[0][1]["accept"]


def test_a_circle_of_redirects_ends() -> None:
    """After as many as were asked for."""
    with _server() as (port, _):
        path = "/to//to//to//to//x"
        with pytest.raises(RefusedActionError, match="too often"):
            request(
                HttpRequest(url=f"http://h.test:{port}{path}", follow=2), _context(f"h.test:{port}")
            )


class _Keeping(_Handler):
    """Keeps connections open, as HTTP/1.1 does, and remembers who came over which."""

    protocol_version = "HTTP/1.1"
    lives = 100

    def do_GET(self) -> None:
        self.seen.append((self.client_address[1], self.command))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
        # Ended without a word, as a host does that was idle for too long.
        self.close_connection = sum(one[0] == self.client_address[1] for one in self.seen) >= (
            self.lives
        )

    do_POST = do_GET  # noqa: N815 - the name that is called


@pytest.mark.parametrize(("lives", "connections"), [(100, 1), (1, 3), (2, 2)])
def test_reads_share_a_connection_whoever_ends_it(lives: int, connections: int) -> None:
    """Three requests, each answered once."""
    with _server(_Keeping, lives=lives) as (port, seen):
        context = _context(f"keep{lives}.test:{port}")
        told = [
            request(HttpRequest(url=f"http://keep{lives}.test:{port}/x"), context) for _ in range(3)
        ]

    assert [200] * 3 == [one["status"] for one in told]
    assert 3 == len(seen)
    assert connections == len({port for port, _ in seen})


def test_a_write_takes_an_open_connection_only_while_it_is_fresh(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On one that has ended nobody knows whether it was done."""
    with _server(_Keeping) as (port, seen):
        context = _context(f"writes.test:{port}")
        told = HttpRequest(url=f"http://writes.test:{port}/x", method="POST")
        request(HttpRequest(url=f"http://writes.test:{port}/x"), context)
        request(told, context)
        assert 1 == len({port for port, _ in seen})
        monkeypatch.setattr(http_client, "FRESH_S", -1.0)
        request(told, context)

    assert 2 == len({port for port, _ in seen})


def test_an_open_connection_is_for_the_address_that_was_checked() -> None:
    """Another address of the same name is connected to anew, and checked before."""
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    with _server(_Keeping) as (port, seen):
        context = _context(f"moves.test:{port}", resolve=lambda *_: next(answers))
        request(HttpRequest(url=f"http://moves.test:{port}/x"), context)
        with pytest.raises(ActionError):  # nobody listens there
            request(HttpRequest(url=f"http://moves.test:{port}/x"), context)

    assert 1 == len(seen)


def test_too_much_and_too_slow_are_errors() -> None:
    """A host that drips bytes does not hold a run."""
    with _server() as (port, _):
        context = _context(f"h.test:{port}", left_s=1)
        with pytest.raises(ActionError, match="too large"):
            request(HttpRequest(url=f"http://h.test:{port}/large"), context)
        began = time.monotonic()
        with pytest.raises(ActionError, match="does not answer"):
            request(HttpRequest(url=f"http://h.test:{port}/drip"), context)
        assert 3 > time.monotonic() - began


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look the name up again, elsewhere."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with _server() as (port, _):
        told = request(HttpRequest(url=f"http://h.test:{port}/x"), _context(f"h.test:{port}"))

    assert 200 == told["status"]


@pytest.mark.parametrize(
    ("params", "effect"),
    [
        ({}, "read"),
        ({"method": "HEAD"}, "read"),
        ({"method": "POST"}, "write"),
        ({"method": "${{ case.method }}"}, "write"),
        ({"method": "POST", "effects": "read"}, "write"),
        ({"effects": "write"}, "write"),
        ({"graphql": {"query": "{ a }"}}, "write"),
    ],
)
def test_a_method_says_what_a_request_does(params: dict[str, Any], effect: str) -> None:
    """What is not known is a write, and nobody can talk a POST down."""
    assert effect == effects(params)
