"""Holding data against a model: where and what kind, and never the text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    computed_field,
    field_serializer,
    field_validator,
)
from pydantic_core import PydanticCustomError

import strategies as my
from affidavit._event.validate import (
    KINDS,
    MAX_INDEX,
    FieldError,
    InvalidDataError,
    Shape,
    parse_json,
    write_json,
)


class Part(BaseModel):
    """A part of an order."""

    model_config = ConfigDict(extra="forbid")

    card: str = Field(max_length=4)
    size: int = 1


class Order(BaseModel):
    """An order with parts of every form."""

    model_config = ConfigDict(extra="forbid")

    parts: list[Part] = []
    by_name: dict[str, Part] = {}
    counts: dict[int, int] = {}
    choice: Annotated[Part | int, Field(union_mode="left_to_right")] = 1
    kind: Literal["a", "b"] = "a"
    patient_id: str = Field(default="", alias="patientId", max_length=3)


class Judged(BaseModel):
    """A model with an author's own checks."""

    word: str = ""

    @field_validator("word")
    @classmethod
    def _judge(cls, word: str) -> str:
        if word == "value":
            raise ValueError(word)
        if word == "custom":
            raise PydanticCustomError("s3cr3t_type", "{word}", {"word": word})
        if word == "key":
            raise KeyError(word)
        if word == "type":
            raise TypeError(word)
        return word


ORDER, JUDGED = Shape(Order), Shape(Judged)


def _findings(shape: Shape, document: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDataError) as caught:
        shape.from_json(json.dumps(document).encode())
    assert f"{len(caught.value.findings)} finding(s)" == str(caught.value)
    return sorted((finding.path, finding.kind) for finding in caught.value.findings)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(
            {"parts": [{"card": "1"}, {"card": "12345"}]},
            [("parts.1.card", "string_too_long")],
            id="a place in a list",
        ),
        pytest.param(
            {"by_name": {"jane@example.com": {"card": 1}}},
            [("by_name.*.card", "string_type")],
            id="a key of a dictionary",
        ),
        pytest.param(
            {"counts": {"4111111111111111": "x"}},
            [("counts.*", "int_parsing")],
            id="a number as a key",
        ),
        pytest.param(
            {"counts": {"jane": 1}}, [("counts.*.*", "int_parsing")], id="a key that is no number"
        ),
        pytest.param({"s3cr3t": 1}, [("*", "extra_forbidden")], id="a field that was not declared"),
        pytest.param(
            {"parts": [{"card": "1", "s3cr3t": 1}]},
            [("parts.0.*", "extra_forbidden")],
            id="deep inside",
        ),
        pytest.param({"parts": [{}]}, [("parts.0.card", "missing")], id="what is missing"),
        pytest.param(
            {"choice": {"card": 7}},
            [("choice.*.card", "string_type"), ("choice.*", "int_type")],
            id="a union names its branches with words of its own",
        ),
        pytest.param({"kind": "c"}, [("kind", "literal_error")], id="another word"),
        pytest.param({"patientId": "1234"}, [("patientId", "string_too_long")], id="by its alias"),
    ],
)
def test_a_path_has_the_models_words_only(document: Any, expected: list[tuple[str, str]]) -> None:
    """What the caller wrote becomes a star; places in lists stay numbers."""
    assert sorted(expected) == _findings(ORDER, document)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        pytest.param("value", "value_error", id="ValueError"),
        pytest.param("custom", "custom_error", id="an error type of one's own"),
        pytest.param("key", "validator_failed", id="KeyError"),
        pytest.param("type", "validator_failed", id="TypeError"),
    ],
)
def test_an_authors_check_is_named_by_kind(word: str, kind: str) -> None:
    """A type that was made up may hold the value; an exception may quote it."""
    path = "" if kind == "validator_failed" else "word"

    assert [(path, kind)] == _findings(JUDGED, {"word": word})


@given(document=my.jsons())
def test_no_finding_holds_a_word_of_the_document(document: Any) -> None:
    """Kinds are pydantic's, paths are the model's."""
    try:
        ORDER.from_json(json.dumps({"parts": document, "by_name": document}).encode())
    except InvalidDataError as error:
        allowed = {"parts", "by_name", "card", "size", "*"}
        for finding in error.findings:
            assert finding.kind in KINDS
            assert {part for part in finding.path.split(".") if not part.isdigit()} <= allowed


class Strict(BaseModel):
    """Numbers are numbers."""

    model_config = ConfigDict(strict=True)

    count: int = 0
    at: date | None = None
    who: UUID | None = None


class Lax(BaseModel):
    """Numbers may be text."""

    count: int = 0


@pytest.mark.parametrize(
    ("model", "fits"),
    [pytest.param(Strict, False, id="strict"), pytest.param(Lax, True, id="lax")],
)
def test_json_has_types_of_its_own(model: type[BaseModel], fits: bool) -> None:
    """A strict model wants a number where JSON has numbers."""
    shape = Shape(model)
    if fits:
        assert 42 == shape.from_json(b'{"count":"42"}').count
    else:
        with pytest.raises(InvalidDataError):
            shape.from_json(b'{"count":"42"}')
    assert 42 == shape.from_json(b'{"count":42}').count
    assert 42 == shape.from_strings({"count": "42"}).count


def test_a_strict_model_reads_what_json_cannot_say_from_text() -> None:
    """Dates and UUIDs are text everywhere."""
    said = {"at": "2026-01-23", "who": "550e8400-e29b-41d4-a716-446655440000"}

    for held in (
        Shape(Strict).from_json(json.dumps(said).encode()),
        Shape(Strict).from_strings(said),
    ):
        assert (date(2026, 1, 23), UUID(said["who"])) == (held.at, held.who)


@pytest.mark.parametrize("value", [5, None, ["1", "2"], {"a": 1}, True, 1.5])
def test_strings_that_are_none_are_findings(value: Any) -> None:
    """A repeated name is a list; a crafted event may hold anything."""
    with pytest.raises(InvalidDataError) as caught:
        Shape(Strict).from_strings({"count": value})
    assert all(finding.kind in KINDS for finding in caught.value.findings)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"[" * 100_000, id="brackets without end"),
        pytest.param(b'{"a":' * 50_000, id="objects without end"),
        pytest.param(b"\xff", id="no UTF-8"),
        pytest.param(b"NaN", id="not a number"),
        pytest.param(b"-Infinity", id="infinity"),
        pytest.param(b'{"a":NaN}', id="not a number, inside"),
        pytest.param(b'"\\ud800"', id="half a surrogate pair"),
        pytest.param(b"{'a': 1}", id="quotes of another language"),
        pytest.param(b'{"a":1,}', id="a comma too many"),
        pytest.param(b"01", id="a leading zero"),
        pytest.param(b"1 2", id="two values"),
    ],
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    """Without a guess and without an echo."""
    with pytest.raises(InvalidDataError) as caught:
        parse_json(text)
    assert (FieldError("", "json_invalid"),) == caught.value.findings
    with pytest.raises(InvalidDataError):
        ORDER.from_json(text)


@given(value=my.jsons())
def test_json_comes_back_as_it_went_in(value: Any) -> None:
    """Reading and writing are each other's inverse, wherever text is Unicode."""
    try:
        text = write_json(value)
    except InvalidDataError as error:
        assert (FieldError("", "serialization_error"),) == error.findings
        assert any("\ud800" <= c <= "\udfff" for c in str(value))
        return
    assert value == parse_json(text)


def test_a_large_document_is_read() -> None:
    """A million numbers, and a number of four thousand digits."""
    assert 1_000_000 == len(parse_json(b"[" + b"1," * 999_999 + b"1]"))
    assert 10**3999 == parse_json(b"1" + b"0" * 3999)


@dataclass
class Plain:
    """Something that JSON has no word for, and the writer has."""

    when: date
    price: Decimal


def test_what_has_a_usual_form_is_written() -> None:
    """Dates, decimals, UUIDs, bytes, sets, models, data classes."""
    value = {
        "plain": Plain(date(2026, 1, 23), Decimal("99.99")),
        "model": Lax(count=1),
        "uuid": UUID(int=0),
        "bytes": b"text",
        "set": {1},
    }
    assert {
        "plain": {"when": "2026-01-23", "price": "99.99"},
        "model": {"count": 1},
        "uuid": "00000000-0000-0000-0000-000000000000",
        "bytes": "text",
        "set": [1],
    } == parse_json(write_json(value))


class Property:
    """An object whose very iteration fails."""

    def __iter__(self) -> Any:
        raise KeyError("s3cr3t")


def _endless() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


def _deep() -> Any:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(object(), id="an object"),
        pytest.param(b"\xff", id="bytes that are no text"),
        pytest.param("\ud800", id="half a surrogate pair"),
        pytest.param((1 // zero for zero in [0]), id="a generator that fails"),
        pytest.param(Property(), id="an object that fails"),
        pytest.param(_endless(), id="what contains itself"),
        pytest.param(_deep(), id="what nests without end"),
        pytest.param({(1, 2): object()}, id="an object under an odd key"),
    ],
)
def test_what_has_no_form_is_refused(value: Any) -> None:
    """It is found out before the record says that all was well."""
    with pytest.raises(InvalidDataError) as caught:
        write_json(value)
    assert (FieldError("", "serialization_error"),) == caught.value.findings


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_not_a_number_is_not_turned_into_nothing(value: float) -> None:
    """`null` would be another answer; written as it is, the reader refuses it."""
    with pytest.raises(InvalidDataError):
        parse_json(write_json({"price": value}))


class Price(BaseModel):
    """An answer with an alias, a decimal, and something that stays inside."""

    price: Decimal
    product_id: str = Field(serialization_alias="productId")
    internal: str = Field(default="", exclude=True)


PRICE = Shape(Price)


class Row:
    """What a repository may return: attributes, more of them than the model has."""

    price = "99.99"
    product_id = "P1"
    social_security = "536-90-4399"


class MorePrice(Price):
    """A subclass that knows more than may leave."""

    margin: int = 7


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(Price(price=Decimal("99.99"), product_id="P1", internal="x"), id="instance"),
        pytest.param({"price": "99.99", "product_id": "P1", "margin": 7}, id="dictionary"),
        pytest.param(Row(), id="attributes"),
        pytest.param(MorePrice(price=Decimal("99.99"), product_id="P1"), id="subclass"),
    ],
)
def test_an_answer_holds_what_the_model_declares(value: Any) -> None:
    """And nothing else, under the names that the model gives it."""
    assert {"price": "99.99", "productId": "P1"} == json.loads(PRICE.to_json(value))


class Computed(BaseModel):
    """A model that computes, and cannot."""

    word: str = ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def half(self) -> int:
        return 1 // 0


class Serialized(BaseModel):
    """A model that writes itself, and cannot."""

    word: str = "s3cr3t"

    @field_serializer("word")
    def _write(self, word: str) -> str:
        raise KeyError(word)


class Loud:
    """Something whose attribute cannot be read."""

    product_id = "P1"

    @property
    def price(self) -> str:
        raise LookupError("s3cr3t")


@pytest.mark.parametrize(
    ("shape", "value", "finding"),
    [
        pytest.param(PRICE, {"price": "x"}, ("price", "decimal_parsing"), id="no decimal"),
        pytest.param(PRICE, None, ("", "model_attributes_type"), id="nothing"),
        pytest.param(PRICE, 7, ("", "model_attributes_type"), id="a number"),
        pytest.param(Shape(Computed), Computed(), ("", "serialization_error"), id="computed"),
        pytest.param(Shape(Serialized), Serialized(), ("", "serialization_error"), id="written"),
        pytest.param(PRICE, Loud(), ("price", "get_attribute_error"), id="a property that fails"),
        pytest.param(
            Shape(dict[int, int]), {4111111111111111: "x"}, ("*", "int_parsing"), id="a number key"
        ),
        pytest.param(Shape(Judged), {"word": "key"}, ("", "validator_failed"), id="a check"),
        pytest.param(
            PRICE,
            Price.model_construct(price="x", product_id=7),  # type: ignore[arg-type]
            ("", "serialization_error"),
            id="an instance that was never checked",
        ),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(
    shape: Shape, value: Any, finding: tuple[str, str]
) -> None:
    """Whatever the author's code does while it is written."""
    with pytest.raises(InvalidDataError) as caught:
        shape.to_json(value)
    assert finding == (caught.value.findings[0].path, caught.value.findings[0].kind)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("key", "part"),
    [(0, "0"), (MAX_INDEX, str(MAX_INDEX)), (MAX_INDEX + 1, "*"), (-1, "*"), (536904399, "*")],
)
def test_a_small_number_is_a_place_and_a_large_one_may_be_a_value(key: int, part: str) -> None:
    """A path cannot tell a list from a dictionary of numbers."""
    with pytest.raises(InvalidDataError) as caught:
        Shape(dict[int, int]).to_json({key: "x"})
    assert part == caught.value.findings[0].path


class Deep(BaseModel):
    """Models in lists, unions and dictionaries."""

    person: Part | None = None
    order: Annotated[Order | None, Field(alias="theOrder")] = None
    many: list[Order] = []
    either: str = Field(default="", validation_alias=AliasChoices("a", "b"))


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        pytest.param("person", ["person"], id="no alias"),
        pytest.param("order", ["theOrder"], id="an alias"),
        pytest.param("order.patient_id", ["theOrder", "patientId"], id="an alias in an alias"),
        pytest.param("many.patient_id", ["many", "patientId"], id="in a list"),
        pytest.param("either", ["either"], id="a choice of aliases"),
        pytest.param("nosuch.card", ["nosuch", "card"], id="unknown"),
        pytest.param("person.card.x", ["person", "card", "x"], id="beyond the model"),
    ],
)
def test_a_field_is_sent_under_its_alias(path: str, sent: list[str]) -> None:
    """A request that did not validate has the names that were sent."""
    assert sent == Shape(Deep).sent_as(path)
    assert path.split(".") == Shape(dict[str, int]).sent_as(path)


def test_a_shape_has_a_name() -> None:
    """For messages."""
    assert "Order" == ORDER.name
    assert "list" == Shape(list[int]).name


def test_a_type_without_a_schema_has_no_words_of_its_own() -> None:
    """No name is known to be ours, so none is told."""

    class Odd(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)

        thing: Row

    with pytest.raises(InvalidDataError) as caught:
        Shape(Odd).from_json(b'{"thing":1}')
    assert ["*"] == [finding.path for finding in caught.value.findings]


@given(text=st.binary(max_size=40))
def test_bytes_are_json_or_refused(text: bytes) -> None:
    """Nothing else is raised."""
    try:
        value = parse_json(text)
    except InvalidDataError:
        return
    assert value == json.loads(text)
