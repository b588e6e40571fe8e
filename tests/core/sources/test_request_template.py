"""Named requests: what a template may hold, and what a value cannot do in its place."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from affidavit import RequestTemplate, StatementError
from affidavit.testing.contracts import HOSTILE


def _template(line: str, **more: Any) -> RequestTemplate:
    return RequestTemplate(name="find", line=line, **more)


NOTES = _template("GET /patients/{id}/notes?since={since}&kind=all")


def test_its_binds_are_its_places() -> None:
    """In the path, in parameters, in headers, and the fields of a body."""
    template = _template(
        "PUT /a/{b}-{c}?d={d}", headers={"If-Match": "{e}"}, fields=frozenset("f"), write=True
    )

    assert frozenset("bcdef") == template.binds


_NO_LINE = "its line is not a method"
_ELSEWHERE = "its path has a segment that leads elsewhere"
_NO_PATH = "its path holds what a path cannot"
_NO_PARAMETER = "a parameter is not name=value"
_NO_HEADER = "a header is not a template's to set"


@pytest.mark.parametrize(
    ("line", "more", "why"),
    [
        ("/patients", {}, _NO_LINE),
        ("get /patients", {}, _NO_LINE),
        ("GET patients", {}, _NO_LINE),
        ("GET //evil.example.com/x", {}, _NO_LINE),
        ("GET /a//b", {}, _NO_LINE),
        ("GET /a b", {}, _NO_LINE),
        ("GET /a\tb", {}, _NO_LINE),
        ("GET /a#b", {}, _NO_LINE),
        ("GET /a\r\nHost: x", {}, _NO_LINE),
        ("GET /a/../b", {}, _ELSEWHERE),
        ("GET /a/%2E%2e/b", {}, _ELSEWHERE),
        ("GET /a/./b", {}, _ELSEWHERE),
        ("GET /ä", {}, _NO_PATH),
        ("GET /%zz", {}, _NO_PATH),
        ("GET /{+id}", {}, _NO_PATH),
        ("GET /{1}", {}, _NO_PATH),
        ("GET /{id", {}, _NO_PATH),
        ("GET /a\\b", {}, _NO_PATH),
        ("GET /a?b", {"name": "not a name"}, "an ASCII identifier"),
        ("GET /a?b", {"name": "größe"}, "an ASCII identifier"),
        ("GET /a?{b}=c", {}, _NO_PARAMETER),
        ("GET /a?b=c{d}", {}, _NO_PARAMETER),
        ("GET /a?=c", {}, _NO_PARAMETER),
        ("GET /a?b=c&=d", {}, _NO_PARAMETER),
        ("GET /a?b=c=d", {}, _NO_PARAMETER),
        ("GET /a?b=c&&d=e", {}, _NO_PARAMETER),
        ("GET /a", {"write": True}, "one of DELETE, PATCH, POST, PUT"),
        ("CONNECT /a", {"write": True}, "one of DELETE, PATCH, POST, PUT"),
        ("HEAD /a", {}, "it must say GET"),
        ("POST /a", {}, "it must say GET"),
        ("DELETE /a", {"write": True, "fields": frozenset("b")}, "it has a body"),
        ("GET /a", {"fields": frozenset("b")}, "it has a body"),
        ("POST /a", {"write": True, "fields": frozenset({"b c"})}, "a field of the body"),
        ("POST /a", {"write": True, "fields": frozenset({"ä"})}, "a field of the body"),
        ("GET /a", {"headers": {"X Y": "a"}}, _NO_HEADER),
        ("GET /a", {"headers": {"7": "a"}}, _NO_HEADER),
        ("GET /a", {"headers": {"": "a"}}, _NO_HEADER),
        ("GET /a", {"headers": {"X" * 65: "a"}}, _NO_HEADER),
        ("GET /a", {"headers": {"X": "a\r\nb"}}, "a header holds what a header cannot"),
        ("GET /a", {"headers": {"X": "{"}}, "a header holds what a header cannot"),
        ("GET /a", {"headers": {"X": "{a} }"}}, "a header holds what a header cannot"),
    ],
)
def test_it_refuses_what_is_not_a_plain_request(line: str, more: dict[str, Any], why: str) -> None:
    """When it is made, which is when the module is imported; and it says what is wrong."""
    with pytest.raises(StatementError) as caught:
        RequestTemplate(**{"name": "find", "line": line, **more})
    assert caught.value.why.startswith(why) or caught.value.why.endswith(why)


@pytest.mark.parametrize(
    "name",
    [
        *("Accept-Encoding", "Authorization", "Connection", "Content-Length", "Cookie", "Expect"),
        *("Host", "Keep-Alive", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding"),
        "Upgrade",
    ],
)
@pytest.mark.parametrize("spell", [str, str.lower, str.upper])
def test_a_header_that_is_the_sources_is_refused(name: str, spell: Any) -> None:
    """What frames a message, or says who asks; capitals are the same."""
    with pytest.raises(StatementError, match=_NO_HEADER):
        _template("GET /a", headers={spell(name): "x"})


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "POST", "PUT"])
def test_a_request_that_writes_has_a_method_that_does(method: str) -> None:
    """Only DELETE has no body among them."""
    fields = frozenset[str]() if method == "DELETE" else frozenset({"b"})
    template = _template(f"{method} /a/{{id}}", write=True, fields=fields)

    assert (method, {"id", *fields}) == (template.method, template.binds)


def test_a_line_takes_what_an_address_may_have() -> None:
    """Every sign of a path and of a query, percent signs, one slash alone, a long header."""
    path, query = "/A0-._~!$&'()*+,;=:@/%C3%A4/", "b.c~d=!$'()*,;:@/-%20"
    assert f"{path}?{query}" == _template(f"GET {path}?{query}").target({})
    assert "/" == _template("GET /", headers={"X" * 64: "a"}).target({})


def test_values_fill_their_places() -> None:
    """Percent-encoded, so that nothing in them is a sign of an address."""
    told = NOTES.target({"id": "Ä&b?c#d e", "since": date(2026, 1, 2)})

    assert "/patients/%C3%84%26b%3Fc%23d%20e/notes?since=2026-01-02&kind=all" == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, "true"),
        (7, "7"),
        (1.5, "1.5"),
        (Decimal("9.90"), "9.90"),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03%3A00%3A00%2B00%3A00"),
        ("", ""),
        ("\ud800", "%ED%A0%80"),
        ("\x00", "%00"),
    ],
)
def test_a_parameter_takes_texts_numbers_and_dates(value: Any, told: str) -> None:
    """As their usual text."""
    assert f"/a?b={told}" == _template("GET /a?b={b}").target({"b": value})


def test_a_parameter_without_a_value_is_left_out() -> None:
    """None is no empty text."""
    assert "/patients/A1/notes?kind=all" == NOTES.target({"id": "A1", "since": None})
    assert "/a" == _template("GET /a?b={b}").target({"b": None})


@pytest.mark.parametrize("value", [b"x", [1], {"a": 1}])
def test_a_parameter_takes_nothing_else(value: Any) -> None:
    """A list has no one form in an address."""
    with pytest.raises(StatementError):
        _template("GET /a?b={b}").target({"b": value})


@pytest.mark.parametrize(
    "value", ["", ".", "..", "a/b", "../x", "a\\b", "a\nb", "\ud800", None, b"x"]
)
def test_a_value_leads_to_no_other_place(value: Any) -> None:
    """Encoded or not: some servers decode before they take a path apart."""
    template = _template("GET /a/{b}/c")

    for act in (template.target, template.key):
        with pytest.raises(StatementError) as caught:
            act({"b": value})
        assert str(value) in {"", ".", "None"} or str(value) not in str(caught.value)


def test_two_values_make_no_dots_together() -> None:
    """Each of them alone is harmless."""
    with pytest.raises(StatementError):
        _template("GET /a/{b}{c}/d").target({"b": ".", "c": "."})


@pytest.mark.parametrize("value", ["a\r\nb: c", "ä", "\x00", ""])
def test_a_value_adds_no_header(value: str) -> None:
    """A header holds printable ASCII."""
    with pytest.raises(StatementError):
        _template("GET /a", headers={"If-Match": "{tag}"}).header_values({"tag": value})


def test_a_header_takes_a_value() -> None:
    """Slashes are no matter there."""
    template = _template("GET /a", headers={"If-Match": "{tag}", "Accept": "text/csv"})

    assert {"If-Match": 'W/"1"', "Accept": "text/csv"} == template.header_values({"tag": 'W/"1"'})


def test_an_address_has_an_end() -> None:
    """Longer ones are cut or refused, and by whom nobody knows."""
    template = _template("GET /a?b={b}")
    assert 8_000 == len(template.target({"b": "x" * 7_995}))
    with pytest.raises(StatementError, match="longer than 8000 bytes"):
        template.target({"b": "x" * 7_996})


@given(st.text(min_size=1, max_size=30) | st.sampled_from(HOSTILE), st.text(max_size=30))
def test_whatever_the_values_the_request_is_the_same(one: str, other: str) -> None:
    """Two other readers of addresses find the same path, the same parameters and these values."""
    try:
        told = NOTES.target({"id": one, "since": other})
    except StatementError:
        assert not one.isprintable() or set(one) & set("/\\") or one in {".", ".."}
        return

    for path, query in (urlsplit(told)[2:4], (parse_url(told).path, parse_url(told).query)):
        assert ["", "patients", one, "notes"] == [unquote(s) for s in str(path).split("/")]
        pairs = dict(parse_qsl(str(query), keep_blank_values=True, errors="surrogatepass"))
        assert {"since": other, "kind": "all"} == pairs
    assert re.fullmatch(r"[!-~]+", told)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("GET /v2.1/patients/{id}", 0),
        ("GET /patients/N-100001", 1),
        ("GET /a/{b}-2026.csv", 1),
        ("GET /a?b={b}&c=&d=0&e=1", 0),
        ("GET /a?status=active&n=7", 2),
    ],
)
def test_literals_are_counted(line: str, count: int) -> None:
    """What a policy that wants binds only refuses; versions are structure."""
    template = _template(line)

    assert count == template.literals
    if count:
        with pytest.raises(StatementError):
            template.check_literals()
    else:
        template.check_literals()


def test_other_binds_are_refused() -> None:
    """As those of a query, and without a value."""
    with pytest.raises(StatementError) as caught:
        NOTES.check_binds({"id": "Jane", "until": "x"})
    assert "Jane" not in str(caught.value)
