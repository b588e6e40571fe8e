"""Answers are Lambda's own; the runtime's marshaller is the referee."""

from __future__ import annotations

import math
import sys
from collections import namedtuple
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from awslambdaric import lambda_runtime_marshaller
from hypothesis import example, given, settings
from hypothesis import strategies as st

from affidavit import audited
from affidavit._event.validate import InvalidDataError
from affidavit._invocation import lambda_json as ours
from affidavit._invocation.lambda_json import is_plain, lambda_json
from affidavit.plugin import kernel_form
from affidavit.testing import api_gateway_v1, make_runtime, run

Pair = namedtuple("Pair", "left right")  # noqa: PYI024 - as older code has them


class Lazy(NamedTuple):
    """A tuple with names, and something inside that may not be writable."""

    inside: Any


class Odd:
    """Something that says it is a tuple with names, and fails when it is asked."""

    def _asdict(self) -> Any:
        raise KeyError("s3cr3t")


class Listed:
    """Something whose members are no dictionary."""

    def _asdict(self) -> Any:
        return [1]


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.decimals(allow_nan=False)
    | st.binary(max_size=6)
    | st.sampled_from([object(), 1j, Decimal("NaN"), Decimal("sNaN"), Odd(), Listed(), {1}])
)
NAMES = (
    st.text()
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
    | st.binary(max_size=4)
    | st.tuples(st.integers())
    | st.decimals(allow_nan=False)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.builds(Pair, inner, inner)
        | st.builds(Lazy, inner)
        | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=12,
)


def _nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def _sent(value: Any) -> Any:
    """Return what Lambda sends, or that it does not."""
    try:
        return lambda_runtime_marshaller.LambdaMarshaller().marshal_response(value)
    except lambda_runtime_marshaller.FaultException as error:
        return error.exception_type


@settings(max_examples=500)
@given(VALUES)
@example({"price": Decimal("99.90"), "none": math.nan})
@example(b"\x89PNG")
@example({"text": "\ud800", "depth": _nested(300)})
@example({"bytes": b"\xff"})
def test_the_bytes_with_and_without_a_bare_wrap_are_equal(value: Any) -> None:
    """For any value: the same text, the same bytes, or the same refusal by name."""
    wrapped = audited(action="X", runtime=make_runtime().runtime)(lambda _, __: value)
    wanted = _sent(value)
    try:
        found = _sent(wrapped({}, None))
    except Exception as error:  # noqa: BLE001 - by name, as Lambda reports it
        found = type(error).__name__

    assert wanted == found


@settings(max_examples=500)
@given(VALUES)
@example(_nested(300))
@example([math.nan, math.inf, -math.inf, {math.nan: 1}, {math.inf: 1}, {-math.inf: 1}])
def test_without_the_runtime_the_text_is_the_same(value: Any) -> None:
    """Where the runtime is not loaded: in tests, on a laptop."""
    loaded = sys.modules.pop(ours.RUNTIME)
    try:
        found = lambda_json(value)
    except InvalidDataError:
        found = "Runtime.MarshalError"
    finally:
        sys.modules[ours.RUNTIME] = loaded
    wanted = _sent(value)

    assert found == (wanted if isinstance(wanted, str) else wanted[0])


@settings(max_examples=500)
@given(VALUES)
@example(_nested(300))
@example(10**5000)
@example({"n": [-(10**5000)]})
@example({(1,): 1})
@example({"a": (1, {"b": {2}})})
@example([True, {"a": [{}]}])
def test_what_is_plain_can_be_written(value: Any) -> None:
    """So it need not be written to find out."""
    if is_plain(value):
        assert isinstance(_sent(value), tuple)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(PLAIN)
@example([{"a": [i, str(i), None]} for i in range(500)])
def test_what_most_handlers_answer_is_plain(value: Any) -> None:
    """They do not pay for a second writing."""
    assert is_plain(value)


@pytest.mark.skipif(kernel_form() == "compiled", reason="a compiled constant is not replaced")
def test_what_is_too_much_or_refers_to_itself_is_not_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is written, and that decides."""
    ring: list[Any] = []
    ring.append(ring)

    assert not is_plain(ring)
    monkeypatch.setattr(ours, "_ENTRIES", 5)
    assert not is_plain([list(range(6))])


@pytest.mark.parametrize("loaded", [True, False])
def test_what_refers_to_itself_is_refused(loaded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """By either encoder."""
    value: list[Any] = []
    value.append(value)
    if not loaded:
        monkeypatch.delitem(sys.modules, ours.RUNTIME)
    with pytest.raises(InvalidDataError):
        lambda_json(value)


def test_an_http_answer_that_cannot_be_written_is_a_failure_with_a_status() -> None:
    """Its caller waits for a status."""
    answer: Any = run(audited(action="X")(lambda _, __: {1, 2}), api_gateway_v1(), make_runtime())

    assert 500 == answer["statusCode"]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        pytest.param(Decimal(201), 201, id="a whole decimal"),
        pytest.param(Decimal("201.5"), 502, id="a decimal that is not whole"),
        pytest.param(Decimal("1E+999999"), 502, id="a huge one"),
        pytest.param(Decimal("NaN"), 502, id="none at all"),
    ],
)
def test_a_decimal_status_is_read_as_the_gateway_reads_it(code: Decimal, shown: int) -> None:
    """It is a number in the text."""
    bench = make_runtime()
    run(audited(action="X")(lambda _, __: {"statusCode": code}), api_gateway_v1(), bench)

    assert shown == bench.records[-1].code


def test_an_answer_with_names_shows_its_status_too() -> None:
    """A tuple with names is an object to the gateway."""
    answer = namedtuple("answer", "statusCode body")(403, "")  # noqa: PYI024
    bench = make_runtime()

    assert answer is run(audited(action="X")(lambda _, __: answer), api_gateway_v1(), bench)
    assert (403, "deny") == (bench.records[-1].code, bench.records[-1].status)
