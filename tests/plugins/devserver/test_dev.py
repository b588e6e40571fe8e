"""The dev server answers as the gateway would, with the code as it is now."""

from __future__ import annotations

import base64
import http.client
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from affidavit import AffidavitError
from affidavit_cli.main import run as command_line
from affidavit_devserver.caller import read_claims
from affidavit_devserver.http_front import listen
from affidavit_devserver.terminal_view import WIDTH, lines_of
from devserver_parts import Served, make_project, serve
from localcloud_parts import eventually

ITEM = "/items/I-100001"


def test_a_request_is_answered_and_shown_with_its_evidence(served: Served) -> None:
    """Request, answer, records, metrics and log are of one call."""
    status, headers, body = served.ask("GET", ITEM)
    (told,) = served.happenings

    assert (200, "application/json") == (status, headers["content-type"])
    assert {"id": "I-100001", "state": "open"} == json.loads(body)
    assert ["I", "O"] == [one["ph"] for one in told.call.records]
    assert {"ITEM_READ"} == {one["act"] for one in told.call.records}
    assert "authorizer" == told.call.records[0]["actor"]["auth"]
    assert 1 == sum("_aws" in one for one in told.call.metrics)
    assert any("invocation.completed" in line for line in told.call.log)
    lines = list(lines_of(told))
    assert 2 == sum("  record  ph=" in line for line in lines)
    assert max(map(len, lines)) <= WIDTH


def test_an_edit_is_in_the_next_answer(served: Served) -> None:
    """However soon it comes: each call looks first; a broken file is told, and mended again."""
    assert "open" in served.ask("GET", ITEM)[2]
    served.edit("find_item(context, request.id)", 'Item(id=request.id, state="edited")')
    assert {"id": "I-100001", "state": "edited"} == json.loads(served.ask("GET", ITEM)[2])
    served.edit("def read(", "def read((")
    status, _, body = served.ask("GET", ITEM)
    assert (500, "Internal Server Error") == (status, json.loads(body)["message"])
    assert (
        "SyntaxError" in "".join(served.happenings[-1].call.log) + served.happenings[-1].call.error
    )
    served.edit("def read((", "def read(")
    assert 200 == served.ask("GET", ITEM)[0]
    assert "reloaded" in served.notes


def test_two_edits_of_one_size_in_one_second_are_two(served: Served) -> None:
    """Cached bytecode tells stale from fresh by second and size; a function leaves none."""
    code = served.folder / "src/shop/handler.py"
    second = int(code.stat().st_mtime) * 10**9
    was = "find_item(context, request.id)"
    for number in range(3):
        state = f'Item(id=request.id, state="edit-{number}")'
        served.edit(was, state)
        os.utime(code, ns=(second, second + number))
        assert f"edit-{number}" in served.ask("GET", ITEM)[2]
        was = state


def test_a_definition_that_is_wrong_is_told_and_the_last_one_serves_on(served: Served) -> None:
    """Until it is right again."""
    served.edit("[defaults]", "[dfaults]", "functions.toml")
    assert 200 == served.ask("GET", ITEM)[0]
    assert any("dfaults" in note for note in served.notes)
    served.edit("[dfaults]", "[defaults]", "functions.toml")
    served.edit("GET /items/{id}", "GET /things/{id}", "functions.toml")
    assert 404 == served.ask("GET", ITEM)[0]
    assert 200 == served.ask("GET", "/things/I-100001")[0]


def test_who_calls_is_whom_the_request_names(served: Served) -> None:
    """A header before a token, a token before the file; nobody is refused as a gateway does."""
    tokens = []
    payload = base64.urlsafe_b64encode(b'{"sub": "token"}').decode().rstrip("=")
    for headers in (
        {},
        {"x_affidavit_claims": '{"sub": "header"}'},
        {"authorization": f"Bearer e30.{payload}.x"},
        {"x_affidavit_claims": '{"sub": "header"}', "authorization": f"Bearer e30.{payload}.x"},
    ):
        served.ask("GET", ITEM, **headers)
        context = served.happenings[-1].event["requestContext"]
        tokens.append(context["authorizer"]["jwt"]["claims"]["sub"])

    assert ["ada", "header", "token", "header"] == tokens
    served.server._claims = None  # as without claims.json
    assert 401 == served.ask("GET", ITEM)[0]
    assert 4 == len(served.happenings)


def test_a_public_route_asks_nobody(served: Served) -> None:
    """As the gateway that Terraform makes."""
    served.server._claims = None
    served.edit(
        'route = "GET /items/{id}"', 'route = "GET /items/{id}", public = true', "functions.toml"
    )

    assert 200 == served.ask("GET", ITEM)[0]
    assert "authorizer" not in served.happenings[-1].event["requestContext"]


def test_a_page_of_another_origin_reads_nothing(served: Served) -> None:
    """Except from this machine, or from an origin that was named; a foreign name is refused."""
    own, named = "http://localhost:5173", "https://app.example.org"
    for origin, allowed in ((own, own), (named, named), ("https://evil.example", None)):
        status, headers, _ = served.ask("OPTIONS", ITEM, Origin=origin)
        assert (204, allowed) == (status, headers.get("access-control-allow-origin"))
        _, headers, _ = served.ask("GET", ITEM, Origin=origin)
        assert allowed == headers.get("access-control-allow-origin")
    for path in ("/_affidavit", "/_affidavit/events", "/_affidavit/send"):
        assert 403 == served.ask("POST", path, {}, Origin="http://localhost:5173")[0]
        assert 421 == served.ask("GET", path, Host=f"evil.example:{served.port}")[0]


def test_what_is_sent_starts_a_function(served: Served) -> None:
    """The form's way: a function, and an event or what it carries; mistakes are told."""
    event = {"requestContext": {}, "id": "A-100001"}
    told = [
        served.ask("POST", "/_affidavit/send", asked)
        for asked in (
            {"function": "orders", "source": "apigw.v2", "body": {"id": "A-100001"}},
            {"function": "orders", "event": event},
            {"function": "nobody"},
            {"function": "orders", "source": "SQS"},
            [],
        )
    ]

    assert [200, 200, 400, 400, 400] == [status for status, _, _ in told]
    assert 200 == json.loads(told[0][2])["answer"]["statusCode"]
    assert "no event source" in json.loads(told[3][2])["message"]


def test_a_queue_is_started_by_what_its_messages_carry(tmp_path: Path) -> None:
    """The trigger says which event; the row is changed and on record."""
    definition = make_project(tmp_path / "shop", "queue")
    with serve(definition) as served:
        asked = {"function": "take", "body": {"id": "I-100002", "state": "open"}}
        status, _, body = served.ask("POST", "/_affidavit/send", asked)
        with closing(sqlite3.connect(definition.parent / "items.db")) as database:
            rows = dict(database.execute("select id, state from items"))

        assert (200, {"batchItemFailures": []}) == (status, json.loads(body)["answer"])
        assert "open" == rows["I-100002"]
        assert "ITEM_CHANGE" == json.loads(body)["records"][-1]["act"]


def test_watchers_see_what_happens_and_what_happened(served: Served) -> None:
    """Server-sent events: one that comes late sees the last calls, then the next."""
    served.ask("GET", ITEM)
    stream = _events(served)
    first = next(stream)
    threading.Thread(target=served.ask, args=("GET", "/items/I-100009")).start()
    second = next(stream)

    assert ("call", 200) == (first[0], first[1]["status"])
    assert ("call", 404) == (second[0], second[1]["status"])


def _events(served: Served) -> Iterator[tuple[str, dict[str, object]]]:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    with closing(connection):
        connection.request("GET", "/_affidavit/events")
        answer = connection.getresponse()
        assert "text/event-stream" == answer.getheader("Content-Type")
        kind = ""
        for raw in answer:
            line = raw.decode().rstrip("\n")
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            if line.startswith("data: "):
                yield kind, json.loads(line.removeprefix("data: "))


def test_the_page_runs_its_own_script_and_no_other(served: Served) -> None:
    """Its content security policy says so; nothing of a call is put into it as markup."""
    for path, kind in (
        ("", "text/html"),
        ("/live.js", "text/javascript"),
        ("/live.css", "text/css"),
    ):
        status, headers, body = served.ask("GET", f"/_affidavit{path}")
        assert (200, True) == (status, headers["content-type"].startswith(kind))
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert "innerHTML" not in body
        assert "<script>" not in body
    told = json.loads(served.ask("GET", "/_affidavit/service")[2])
    assert {"read": ["route GET /items/{id}"]}.items() <= told["functions"].items()


def test_a_function_that_takes_too_long_or_dies_is_told(served: Served) -> None:
    """503, why, and the next call has a new process."""
    served.edit("[defaults]\n", "[defaults]\ntimeout_s = 1\n", "functions.toml")
    served.edit("    return find_item(", "    import os\n    os._exit(7)\n    return find_item(")
    assert 503 == served.ask("GET", ITEM)[0]
    assert "ended with 7" in served.happenings[-1].call.error
    served.edit("    os._exit(7)\n", "    import time\n    time.sleep(30)\n")
    assert 503 == served.ask("GET", ITEM)[0]
    assert "longer than 1 s" in served.happenings[-1].call.error
    assert ["I"] == [one["ph"] for one in served.happenings[-1].call.records]
    served.edit("    time.sleep(30)\n", "")
    assert 200 == served.ask("GET", ITEM)[0]


def test_a_port_that_is_taken_is_told(served: Served) -> None:
    """In place of a traceback."""
    with pytest.raises(AffidavitError, match="cannot be used"):
        listen(served.server, served.port)


def test_claims_that_are_none_are_told(tmp_path: Path) -> None:
    """Before anything is started."""
    for text in ("[]", "{"):
        (tmp_path / "claims.json").write_text(text)
        with pytest.raises(AffidavitError, match="cannot be used"):
            read_claims(tmp_path / "claims.json")


def test_a_command_starts_a_function_of_the_running_server(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    """`event send`: the answer, how many records, and 1 if it raised; mistakes are told."""
    port = ["--port", str(served.port), "--output", "json"]
    body = ["--source", "apigw.v2", "--body", '{"id": "A-100001"}']

    assert 0 == command_line(["event", "send", "orders", *body, *port])
    assert 2 == len(json.loads(capsys.readouterr().out)["records"])
    assert 1 == command_line(["event", "send", "orders", "--event", '{"x": 1}', *port])
    assert 3 == command_line(["event", "send", "nobody", *port])
    assert "name a function" in capsys.readouterr().err
    assert 3 == command_line(["event", "send", "orders", "--port", "1"])


def test_after_an_edit_only_the_functions_own_code_is_read(served: Served) -> None:
    """A process that has imported the rest waits for that; another definition needs another one."""
    functions = served.server.functions
    served.ask("GET", ITEM)
    (spare,) = eventually(lambda: list(functions._spares.values()))
    served.edit("find_item(context, request.id)", 'Item(id=request.id, state="edited")')
    assert "edited" in served.ask("GET", ITEM)[2]
    assert spare is functions._processes["read"]

    (other,) = eventually(lambda: list(functions._spares.values()))
    served.edit("[defaults]\n", "[defaults]\nmemory_mb = 1024\n", "functions.toml")
    assert "edited" in served.ask("GET", ITEM)[2]
    assert other is not functions._processes["read"]
    assert not other.alive
