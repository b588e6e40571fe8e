"""The site that the scenarios of the conformance folder call."""

from __future__ import annotations

import base64
import gzip
import json
import socket
from collections import Counter
from typing import Any

from werkzeug.wrappers import Request, Response

SEEN: Counter[str] = Counter()
PRICES: dict[str, int] = {}
TOKEN = "t0ken-of-the-conformance-site"  # noqa: S105 - of a stand-in
THING = {
    "num": 1,
    "name": "widget",
    "tags": ["a", "b"],
    "none": None,
    "parts": [{"id": 1, "kind": "nut"}, {"id": 2, "kind": "bolt"}],
}


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")


def _echo(asked: Request) -> Response:
    told = {
        "method": asked.method,
        "path": asked.path,
        "raw": asked.environ.get("REQUEST_URI", "").partition("?")[0],
        "query": asked.query_string.decode(),
        "headers": {
            name.lower(): text.encode("latin-1").decode() for name, text in asked.headers.items()
        },
        "form": {name: asked.form.getlist(name) for name in asked.form},
        "files": {
            name: {"name": one.filename, "type": one.content_type, "text": one.read().decode()}
            for name, one in asked.files.items()
        },
        "json": asked.get_json(silent=True),
    }
    asked.close()
    return _json(told)


def _token(asked: Request) -> Response:
    """Grant one, as RFC 6749 says in section 4.4; to whoever knows the secret."""
    given = asked.authorization
    good = (
        given is not None
        and (given.username, given.password) == ("ada", "conformance-key-123")
        and asked.form.get("grant_type") == "client_credentials"
    )
    if not good:
        return _json({"error": "invalid_client"}, 401)
    return _json({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 60})


def _cookies(_: Request) -> Response:
    answer = Response("ok")
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2", max_age=60)
    return answer


def _guarded(asked: Request) -> Response:
    return _json({}, 200 if asked.headers.get("Authorization") == f"Bearer {TOKEN}" else 401)


def _login(body: Any) -> Response:
    good = body == {"user": "ada", "password": "conformance-key-123"}
    answered = _json({"access": TOKEN, "kind": "bearer"} if good else {}, 200 if good else 401)
    answered.set_cookie("session", TOKEN if good else "")
    return answered


def _gone(asked: Request, rest: str) -> Response:
    """Take a price back; in one part of the shop for who has logged in, and knows the word."""
    pair = base64.b64encode(b"conformance-key-123").decode()
    said = asked.headers.get("Authorization"), asked.headers.get("X-Pair")
    if rest.startswith("guarded/") and said != (f"Bearer {TOKEN}", pair):
        return _json({}, 401)
    return _json({"gone": PRICES.pop(rest.rpartition("/")[2], None) is not None})


def _shop(asked: Request, rest: str) -> Response:
    """Prices by name, for whoever has logged in; taken back without."""
    body = asked.get_json(silent=True) or {}
    if rest == "login":
        return _login(body)
    if asked.method == "DELETE":
        return _gone(asked, rest)
    if TOKEN not in {asked.headers.get("Authorization", "")[7:], asked.cookies.get("session")}:
        return _json({}, 401)
    name = body.get("name") or asked.args.get("name", "")
    if asked.method == "POST" and rest == "prices":
        PRICES[name] = body["price"]
        return _json({}, 201)
    if name not in PRICES:
        return _json({"error": "unknown name"}, 404)
    PRICES[name] *= 2 if rest == "double" else 1
    return _json({"price": PRICES[name]})


def _graphql(asked: Request) -> Response:
    told = (asked.get_json(silent=True) or {}).get("variables", {})
    return _json({"data": {"createUser": {"id": 1, **told}}})


def _form(asked: Request) -> Response:
    """A page with a token; whoever sends it back is led to an order, whose answer is XML."""
    if asked.method == "POST":
        good = asked.form.get("_csrf") == "csrf-0451"
        return Response("", 303 if good else 403, headers={"Location": "/form/orders/77"})
    if asked.path.startswith("/form/orders/"):
        number = asked.path.rpartition("/")[2]
        body = f"<o:order xmlns:o='urn:orders'><o:number>{number}</o:number></o:order>"
        return Response(body, content_type="text/xml; charset=utf-8")
    page = '<form method="post"><input name="_csrf" value="csrf-0451"></form>'
    return Response(page, content_type="text/html; charset=utf-8")


def answer(asked: Request) -> Response:
    """Answer a request of a scenario."""
    first, _, rest = asked.path.strip("/").partition("/")
    SEEN[asked.path] += 1
    if first == "drops-once" and SEEN[asked.path] == 1:
        asked.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    simple = {
        "thing": lambda: _json(THING),
        "echo": lambda: _echo(asked),
        "cookies": lambda: _cookies(asked),
        "to": lambda: Response("", 302, headers={"Location": f"/{rest}"}),
        "gzip": lambda: Response(
            gzip.compress(json.dumps(THING).encode()),
            headers={"Content-Encoding": "gzip", "Content-Type": "application/json"},
        ),
        "binary": lambda: Response(b"\xff\x00", content_type="application/octet-stream"),
        "login": lambda: _json({"session": "session-" + "s3cret" * 4}),
        "large": lambda: Response("x" * 200_000, content_type="text/plain"),
        "measure": lambda: _json({"size": len(asked.get_data())}),
        "later": lambda: _json({"ready": SEEN[asked.path] > 2}),
        "drops-once": lambda: Response("ok"),
        "token": lambda: _token(asked),
        "guarded": lambda: _guarded(asked),
        "shop": lambda: _shop(asked, rest),
        "graphql": lambda: _graphql(asked),
        "form": lambda: _form(asked),
    }
    return simple[first]() if first in simple else _json({}, 404)
