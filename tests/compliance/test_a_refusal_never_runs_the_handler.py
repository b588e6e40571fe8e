"""Promise: a refused request reaches no handler and no source."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import strategies as my
from affidavit import AffidavitError, RefusedError
from affidavit._policy.model import ActorRules, RequestLimits
from affidavit._policy.words import Trust
from affidavit.testing import MemorySource, api_gateway_v1, make_runtime, run


def _refused(event: Any, **changes: Any) -> tuple[int, list[Any], MemorySource]:
    source, calls = my.sources(), list[Any]()
    bench = make_runtime(sources=[source], **changes)
    try:
        run(my.handler_of(my.BEHAVIOURS[3], calls), event, bench)
    except AffidavitError:
        pass
    return bench.records[-1].code, calls, source


@given(extra=my.texts(), value=my.jsons())
def test_unknown_fields(extra: str, value: Any) -> None:
    """The model forbids what it does not declare."""
    assume(extra not in {"id", "who", "count"})
    code, calls, source = _refused({"id": "A1", "who": "w", extra: value})

    assert 400 == code
    assert ([], []) == (calls, source.asked)


@given(value=my.jsons().filter(lambda v: not isinstance(v, str)))
def test_wrong_types(value: Any) -> None:
    """A number is not a name."""
    code, calls, source = _refused({"id": value, "who": "w"})

    assert 400 == code
    assert ([], []) == (calls, source.asked)


@pytest.mark.parametrize(
    ("policy", "shape", "code"),
    [
        pytest.param("hipaa", "direct", 403, id="hipaa does not take a field's word"),
        pytest.param("hipaa", "alb", 403, id="a load balancer's headers are not evidence"),
        pytest.param("hipaa", "rest", 200, id="an authorizer is"),
        pytest.param("hipaa", "state machine", 200, id="a state machine is a service"),
        pytest.param("gdpr", "direct", 200, id="gdpr takes a field's word"),
    ],
)
def test_the_policy_says_who_is_believed(policy: str, shape: str, code: int) -> None:
    """An actor who is not known well enough is refused, and named all the same."""
    source, calls = my.sources(), list[Any]()
    bench = make_runtime(policy=policy, sources=[source])
    try:
        run(
            my.handler_of(my.BEHAVIOURS[3], calls),
            my.SHAPES[shape]({"id": "A1", "who": "w"}),
            bench,
        )
    except RefusedError:
        pass

    assert code == bench.records[-1].code
    assert (code == 200) == bool(calls) == bool(source.asked)
    assert "id" in bench.records[-1].document["actor"]


@pytest.mark.parametrize("policy", ["hipaa", "gdpr", "pci", "part11"])
def test_nobody_is_nobody(policy: str) -> None:
    """Without any name the regulated policies refuse with 401, before the shape counts."""
    code, calls, _ = _refused(api_gateway_v1(query={"id": "A1"}), policy=policy)

    assert (401, []) == (code, calls)


def test_a_handler_that_names_its_actor_field_wants_an_actor() -> None:
    """`actor=` says that somebody must be named, even where anonymous callers may pass."""
    code, calls, _ = _refused(api_gateway_v1(query={"id": "A1", "who": ""}))

    assert (401, []) == (code, calls)


@given(size=st.integers(1, 400))
def test_size(size: int) -> None:
    """One byte over the limit is 413."""
    body = {"id": "A" * size, "who": "w"}
    limit = len(b'{"id": "", "who": "w"}') + size
    fits = api_gateway_v1(method="POST", body=body)

    assert 200 == _refused(fits, limits=RequestLimits(request_bytes=limit, depth=8))[0]
    code, calls, source = _refused(fits, limits=RequestLimits(request_bytes=limit - 1, depth=8))
    assert 413 == code
    assert ([], []) == (calls, source.asked)


@given(depth=st.integers(1, 300), encoded=st.booleans())
def test_depth(depth: int, encoded: bool) -> None:
    """Nesting over the limit is 413, whatever hides in it; brackets in text are text."""
    body = f'{{"id":"[[[[[[[[[[[[","who":"w","x":{"[" * depth}{"]" * depth}}}'
    event = api_gateway_v1(method="POST", body=body, encoded=encoded)
    code, calls, _ = _refused(event, limits=RequestLimits(request_bytes=10_000, depth=10))

    assert (413 if 9 < depth < 199 else 400) == code or depth >= 199
    assert [] == calls


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(
            api_gateway_v1(query={"id": "A1"}, parameters={"id": "A2"}), id="path and query"
        ),
        pytest.param(
            api_gateway_v1(method="POST", query={"id": "A1"}, body={"id": "A2", "who": "w"}),
            id="query and body",
        ),
        pytest.param(api_gateway_v1(query={"id": ["A1", "A2"], "who": "w"}), id="twice"),
    ],
)
def test_a_name_that_is_said_twice(event: Any) -> None:
    """Which one counts is a question that two components answer differently: refuse."""
    code, calls, _ = _refused(event)

    assert (400, []) == (code, calls)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\xff\xfe{", id="invalid UTF-8"),
        pytest.param("{", id="cut off"),
        pytest.param("[1]", id="not an object"),
        pytest.param('{"id":NaN,"who":"w"}', id="not a number"),
        pytest.param('{"id":"\\ud800","who":"w"}', id="half a surrogate"),
        pytest.param("[" * 100_000, id="brackets without end"),
    ],
)
def test_bodies_that_are_none(body: Any) -> None:
    """What cannot be read is refused, not guessed at."""
    code, calls, _ = _refused(api_gateway_v1(method="POST", body=body))

    assert code in {400, 413}
    assert [] == calls


def test_base64_that_is_none() -> None:
    """An event that says it is encoded and is not."""
    event = api_gateway_v1(method="POST", body={"id": "A1", "who": "w"})
    code, calls, _ = _refused({**event, "isBase64Encoded": True})

    assert (400, []) == (code, calls)


def test_ten_megabytes() -> None:
    """A body over the limit is refused before it is decoded or parsed."""
    event = api_gateway_v1(method="POST", body="x" * 10_000_000)
    code, calls, _ = _refused(event)

    assert (413, []) == (code, calls)
    code, calls, _ = _refused({**event, "isBase64Encoded": True})
    assert (413, []) == (code, calls)


def test_who_asks_counts_before_what_they_ask() -> None:
    """An unauthenticated caller learns nothing about the shape of a request."""
    event = api_gateway_v1(query={"nonsense": "x"})
    code, _, _ = _refused(event, actor=ActorRules(frozenset({Trust.IAM})))

    assert 401 == code
