"""Foreign objects, one level deep."""

import collections
import datetime as dt
import decimal
import enum
import pathlib
import types
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pydantic
import pytest

from affidavit._redact.normalise.plain_objects import OpaqueObject, SecretObject, plain


@dataclass
class Seat:
    """A data class."""

    row: int
    note: str = field(default="x")
    kind: ClassVar[str] = "seat"


class Colour(enum.Enum):
    """An enumeration."""

    RED = {"a": 1}  # noqa: RUF012 - the value is the point


class Model(pydantic.BaseModel):
    """A model that takes what it does not know."""

    model_config = pydantic.ConfigDict(extra="allow")

    a: int


Pair = collections.namedtuple("Pair", "left right")  # noqa: PYI024 - as handlers write them


class Text(str):
    """A text that lies about itself."""

    __slots__ = ()

    def __str__(self) -> str:
        return "lie"


class Price(float):
    """A number that lies about itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "lie"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Text("truth"), "truth"),
        (Price(1.5), 1.5),
        (Colour.RED, {"a": 1}),
        (b"abc", "abc"),
        *(("J\u00f6 e".encode(name), "J\u00f6 e") for name in ("utf-8", "utf-16")),
        *(("Jo e".encode(name), "Jo e") for name in ("utf-16-le", "utf-16-be")),
        (memoryview(b"abc"), "abc"),
        (decimal.Decimal(12), 12),
        (decimal.Decimal("12.50"), "12.50"),
        (decimal.Decimal("NaN"), "NaN"),
        (decimal.Decimal("1E+100"), "1E+100"),
        (Seat(1), {"row": 1, "note": "x", "kind": "seat"}),
        (Model(a=1, b=2), {"a": 1, "b": 2}),
        (Pair(1, 2), {"left": 1, "right": 2}),
        (collections.OrderedDict(a=1), {"a": 1}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        (collections.deque([1, 2]), [1, 2]),
        ({"b", "a"}, ["a", "b"]),
        (range(3), [0, 1, 2]),
        ({"a": 1}.values(), [1]),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (dt.date(2026, 1, 23), "2026-01-23"),
        (pathlib.PurePosixPath("/a"), "/a"),
        (types.SimpleNamespace(a=1), "namespace(a=1)"),
    ],
)
def test_objects_become_plain(value: object, expected: object) -> None:
    """Known kinds by what they hold, all others by their text."""
    assert expected == plain(value, 10)


def test_bytes_that_are_no_text_are_opaque() -> None:
    """Nobody knows what they hold."""
    assert isinstance(plain(b"\x80\x81\xff", 10), OpaqueObject)


def test_what_hides_its_value_is_a_secret() -> None:
    """Known by its method, not by its type."""
    assert isinstance(plain(pydantic.SecretStr("x"), 10), SecretObject)


def test_exceptions_tell_their_arguments_and_causes() -> None:
    """No stack, no local variables, no text of their own."""
    cause = KeyError("k")
    error = ValueError("bad", 1)
    error.__cause__ = cause
    error.add_note("n")

    assert {"type": "ValueError", "args": ["bad", 1], "cause": cause, "notes": ["n"]} == plain(
        error, 10
    )


def test_groups_tell_their_members() -> None:
    """An exception group holds others."""
    inner = ValueError("x")
    told: Any = plain(ExceptionGroup("several", [inner]), 10)

    assert [inner] == told["exceptions"]


def test_no_more_is_taken_than_may_be_looked_at() -> None:
    """One more, so that whoever counts notices."""
    assert [0, 1, 2, 3] == plain(range(10**12), 3)


def test_a_generator_is_not_consumed() -> None:
    """Whoever made it still needs it."""
    numbers = (one for one in (1, 2))

    assert "generator" in str(plain(numbers, 10))
    assert [1, 2] == list(numbers)


class _Hiding(dict[str, str]):
    """A dictionary that shows none of its keys."""

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __getitem__(self, key: str) -> str:
        raise KeyError(key)


def test_a_dictionary_is_read_as_one_whatever_it_says() -> None:
    """Whoever writes it as JSON reads it so."""
    assert {"a": "b"} == plain(_Hiding(a="b"), 9)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (decimal.Decimal("7.0"), 7), (decimal.Decimal("7.50"), "7.50"),
        (decimal.Decimal("1e39"), 10**39),
        (decimal.Decimal("1e40"), "1E+40"), (decimal.Decimal("NaN"), "NaN"),
        (decimal.Decimal("-Infinity"), "-Infinity"), (memoryview(b"ab"), "ab"),
        (bytearray(b"ab"), "ab"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        ({3, 1, 2}, [1, 2, 3]), (frozenset("ba"), ["a", "b"]), (range(3), [0, 1, 2]),
        (collections.deque([1]), [1]), (types.MappingProxyType({"a": 1}), {"a": 1}),
    ],
)  # fmt: skip
def test_what_the_library_makes_of_values(value: object, expected: object) -> None:
    """Numbers keep their cents, and up to forty digits; sets have an order."""
    assert expected == plain(value, 9)
    assert type(expected) is type(plain(value, 9))


@pytest.mark.parametrize("value", [[1, 2, 3], {1, 2, 3}, {1: 1, 2: 2, 3: 3}, range(3)])
def test_one_more_than_the_most_is_taken(value: Any) -> None:
    """So that who counts notices."""
    given: Any = collections.UserList(value) if type(value) is list else value
    taken = []
    for most in (1, 2, 3):
        found: Any = plain(given, most)
        taken.append(len(found))

    assert [2, 3, 3] == taken


def test_an_exception_says_what_it_is_made_of() -> None:
    """Its type, arguments, notes, its cause or what it came up in, and those in it."""
    cause, group = KeyError("k"), ExceptionGroup("g", [ValueError("v")])
    error = RuntimeError("r", 7)
    error.add_note("n")
    error.__cause__ = cause
    assert {"type": "RuntimeError", "args": ["r", 7], "cause": cause, "notes": ["n"]} == plain(
        error, 9
    )
    error.__cause__, error.__context__, error.__suppress_context__ = None, cause, False
    assert {"type": "RuntimeError", "args": ["r", 7], "cause": cause, "notes": ["n"]} == plain(
        error, 9
    )
    error.__suppress_context__ = True
    assert {"type": "RuntimeError", "args": ["r", 7], "notes": ["n"]} == plain(error, 9)
    found: Any = plain(group, 9)
    assert [ValueError] == [type(one) for one in found["exceptions"]]
