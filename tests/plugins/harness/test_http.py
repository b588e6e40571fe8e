"""What `http.request` sends and tells, as another library reads and writes it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.wrappers import Response

from affidavit.plugin import ActionError, ScenarioRun
from affidavit_harness.actions.builtin import BUILTIN
from affidavit_harness.actions.http_actions import HttpRequest
from affidavit_harness.engine.undo import undo_all
from affidavit_harness.errors import RefusedActionError
from affidavit_harness.files.environments_file import EnvironmentSettings
from affidavit_harness.files.expressions import LATER, render, render_url
from affidavit_harness.protocol import UndoEntry
from affidavit_harness.registry import registry_of
from affidavit_harness.reports.summary import troubles
from harness_parts import Stage
from harness_site import Site


@pytest.fixture(scope="module")
def open_site() -> Iterator[Site]:
    found = Site()
    yield found
    found.close()


@pytest.fixture
def site(open_site: Site) -> Site:
    open_site.seen.clear()
    open_site.answer = lambda _: Response("ok")
    return open_site


def test_a_query_says_true_repeats_lists_and_leaves_null_out(site: Site) -> None:
    """`True` is Python's word and nobody else's."""
    flags = {"on": True, "off": False, "none": None}
    site.ask(query={**flags, "n": 1.5, "ids": [1, 2], "a b": "c&d+é"})

    told = site.seen[0].args
    assert ("true", "false", "1.5") == (told["on"], told["off"], told["n"])
    assert "c&d+é" == told["a b"]
    assert ["1", "2"] == told.getlist("ids")
    assert "none" not in told


@given(text=st.text(min_size=1).filter(lambda text: text not in {".", ".."}))
def test_a_value_in_a_path_or_a_query_stays_one_part(text: str) -> None:
    """Whatever is in it: a #, a slash, a percent sign, another script."""
    text = text.encode("utf-8", "replace").decode()
    scope = {"case": {"id": text}, "inputs": {"base": "https://a.example.com"}}
    told = urlsplit(render_url("${{ inputs.base }}/p/${{ case.id }}/q?k=${{ case.id }}&l=1", scope))

    assert ["", "p", text, "q"] == [unquote(one) for one in told.path.split("/")]
    assert {"k": [text], "l": ["1"]} == parse_qs(told.query, keep_blank_values=True)
    assert "" == told.fragment
    last = urlsplit(render_url("${{ inputs.base }}/${{ case.id }}", scope))
    assert ["", text] == [unquote(one) for one in last.path.split("/")]


def test_the_name_of_a_run_can_stand_in_a_path() -> None:
    """It has nothing in it that a URL would have to encode."""
    run = ScenarioRun("0" * 26, "s", "c", "local", 0, 0)

    assert re.fullmatch("[a-z0-9-]+", run.prefix)
    assert f"https://h/{run.prefix}a" == render_url(
        "https://h/${{ run.prefix }}a", {"run": {"prefix": run.prefix}}
    )


def test_a_path_of_another_script_is_encoded_and_a_dot_segment_is_kept(site: Site) -> None:
    """Percent-encoded as UTF-8, as every browser does."""
    site.ask("/naïve/日本")

    assert "/naïve/日本" == site.seen[0].path


def test_each_cookie_comes_by_itself(site: Site) -> None:
    """Two headers of one name are two; a comma in a date does not part them."""
    answer = Response("ok")
    answer.set_cookie("a", "1", max_age=60)
    answer.set_cookie("b", "x=y", httponly=True)
    site.answer = lambda _: answer
    told = site.ask()

    assert {"a": "1", "b": "x=y"} == {k: v.strip('"') for k, v in told["cookies"].items()}
    assert 2 == len(told["set_cookie"])
    assert any("HttpOnly" in one for one in told["set_cookie"])


def test_other_headers_of_one_name_are_joined(site: Site) -> None:
    """As RFC 9110 joins them."""
    site.answer = lambda _: Response("ok", headers=[("Vary", "a"), ("Vary", "b")])

    assert "a, b" == site.ask()["headers"]["vary"]


def test_a_packed_body_is_unpacked_and_a_bomb_is_too_large(site: Site) -> None:
    """What counts is what it grows to."""
    packed = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    site.answer = lambda _: Response(gzip.compress(b'{"price": 12.5}'), headers=packed)
    assert {"price": 12.5} == site.ask()["body"]
    site.answer = lambda _: Response(gzip.compress(b"0" * 50_000_000), headers=packed)
    with pytest.raises(ActionError, match="too large"):
        site.ask()
    site.answer = lambda _: Response(b"no gzip", headers=packed)
    with pytest.raises(ActionError, match="cannot be read"):
        site.ask()


@pytest.mark.parametrize(
    ("kind", "data", "body"),
    [
        ("text/plain; charset=iso-8859-1", b"caf\xe9", "café"),
        ("text/plain", "café".encode(), "café"),
        ('application/json; charset="utf-16"', '{"a": "é"}'.encode("utf-16"), {"a": "é"}),
        ("application/problem+json", b'{"a": 1}', {"a": 1}),
        ("application/json", b"no json", "no json"),
        ("image/png", b"\x89PNG\r\n\xff", None),
        ("text/plain; charset=no-such", b"a", None),
    ],
)
def test_a_body_is_read_in_its_charset(site: Site, kind: str, data: bytes, body: Any) -> None:
    """What is no text comes in base64, and never with letters that nobody sent."""
    site.answer = lambda _: Response(data, headers={"Content-Type": kind})
    told = site.ask()

    assert body == told["body"]
    assert len(data) == told["size"]
    assert ("base64" in told) == (body is None)


def test_a_form_a_file_and_graphql_arrive_as_they_were_written(site: Site) -> None:
    """Read by another library."""
    site.ask(method="POST", form={"a": [1, 2], "b": "ü&"})
    site.ask(
        method="POST",
        multipart=[
            {"name": "note", "value": "grüße"},
            {"name": "doc", "filename": "ü.csv", "type": "text/csv", "base64": "YSxiCg=="},
        ],
    )
    site.ask(graphql={"query": "query A($i: ID) { p(i: $i) }", "variables": {"i": 1}})
    form, parts, graphql = site.seen

    assert (["1", "2"], "ü&") == (form.form.getlist("a"), form.form["b"])
    assert "grüße" == parts.form["note"]
    held = parts.files["doc"]
    assert (b"a,b\n", "text/csv", "ü.csv") == (held.read(), held.content_type, held.filename)
    parts.close()
    assert "POST" == graphql.method
    assert {"i": 1} == (graphql.get_json() or {})["variables"]


def test_a_header_may_hold_any_letter_and_no_line_break(site: Site) -> None:
    """UTF-8 there and back; framing is the client's."""
    site.answer = lambda asked: Response("ok", headers={"X-Back": asked.headers["X-Name"]})
    told = site.ask(headers={"X-Name": "Zoë 日本"})

    assert "Zoë 日本".encode() == site.seen[0].headers["X-Name"].encode("latin-1")
    assert "Zoë 日本" == told["headers"]["x-back"]
    for wrong in ({"X-A": "a\r\nX-B: b"}, {"Content-Length": "3"}, {"transfer-encoding": "x"}):
        with pytest.raises(ValueError, match="one line"):
            HttpRequest(url="https://a.example.com/", headers=wrong)


def test_a_host_header_names_a_listed_host(site: Site) -> None:
    """A virtual host can be tested; another one cannot be reached through it."""
    site.ask(headers={"Host": "virtual.test"})
    assert "virtual.test" == site.seen[0].host
    with pytest.raises(RefusedActionError, match="Host header"):
        site.ask(headers={"host": "elsewhere.test"})
    assert 1 == len(site.seen)


def test_an_answer_says_what_was_asked_and_where_it_was_led(site: Site) -> None:
    """A redirect that drops its body is a GET, and a fragment is for browsers."""
    site.answer = lambda asked: (
        Response("", 302, headers={"Location": "/y?b=1#part"})
        if asked.path == "/x"
        else Response(asked.method)
    )
    told = site.ask(method="POST", body={"a": 1}, follow=1)

    assert "GET" == told["body"]
    assert "content-type" not in {name.lower() for name, _ in site.seen[1].headers if _}
    assert [f"http://site.test:{site.port}/y?b=1"] == told["redirects"]
    assert "POST" == told["request"]["method"]
    assert told["request"]["url"].endswith("/x")


def test_a_failure_names_the_request_and_hides_its_secrets(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that fails and a host that is down, in the sentence that everybody reads."""
    stage = Stage(tmp_path)
    stage.registry = registry_of([("harness", one) for one in BUILTIN])
    settings = EnvironmentSettings(hosts=[f"127.0.0.1:{site.port}", "127.0.0.1:9"])
    context = stage.context()._replace(
        hosts=tuple(settings.hosts), loopback=True, resolve=lambda host, _: [host]
    )
    monkeypatch.setattr(stage, "context", lambda: context)
    text = """\
inputs: {{key: {{from: secretsmanager, name: k, secret: true}}}}
actions:
  - id: ask
    uses: http.request
    with: {{url: "http://127.0.0.1:{port}/a?key=${{{{ inputs.key }}}}"}}
    check: [{{select: status, eq: 201}}]
"""
    wrong = list(troubles(stage.run(text.format(port=site.port))))
    down = list(troubles(stage.run(text.format(port=9))))

    asked = f"[GET http://127.0.0.1:{site.port}/a?key=*** answered 200]"
    assert [f"ask: status: expected eq 201, actual 200 {asked}"] == wrong
    assert 1 == len(down)
    assert "ConnectionRefusedError" in down[0]
    assert down[0].endswith("[GET http://127.0.0.1:9/a?key=***]")


def test_local_targets_are_what_the_environment_says(tmp_path: Path) -> None:
    """Not what it is called."""
    assert not EnvironmentSettings().local_targets
    assert not Stage(tmp_path, env="local").context().loopback
    assert json.loads(EnvironmentSettings(local_targets=True).model_dump_json())["local_targets"]


@pytest.mark.parametrize(
    ("status", "ok"), [(204, True), (404, True), (410, True), (401, False), (500, False)]
)
def test_an_undo_is_done_if_its_request_was_not_refused(
    site: Site, tmp_path: Path, status: int, *, ok: bool
) -> None:
    """What is not there any more was taken back; whoever may not delete has left something."""
    site.answer = lambda _: Response("", status)
    where = f"site.test:{site.port}"
    context = Stage(tmp_path).context()
    context = context._replace(hosts=(where,), loopback=True, resolve=lambda *_: ["127.0.0.1"])
    params = {"url": f"http://{where}/thing", "method": "DELETE"}
    entry = UndoEntry(
        run="0" * 26, number=1, action="a", uses="http.request", params=params, env="local",
        expires_s=0, secrets={},
    )  # fmt: skip
    (done,) = undo_all([entry], context, pause=lambda _: None)

    assert ok is done.ok


def test_a_reference_that_is_looked_up_later_is_left_as_it_stands() -> None:
    """In a text, in a URL, in a call; a value that looks like one is a value."""
    scope = {"vars": {"token": LATER, "odd": "${{ vars.token }}"}, "inputs": {"url": "https://a"}}
    bearer, pair = "Bearer ${{ vars.token }}", "${{ base64(vars.token) }}"
    url = "${{ inputs.url }}/${{ vars.token }}?q=${{ vars.odd }}"

    assert {"a": bearer, "b": pair} == render({"a": bearer, "b": pair}, scope)
    assert "https://a/${{ vars.token }}?q=%24%7B%7B%20vars.token%20%7D%7D" == render_url(url, scope)
