"""Request models as people write them, and what their authors would have to add for the suite."""

from __future__ import annotations

import datetime as dt
import ipaddress
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

import pydantic as p
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel, to_pascal
from pydantic.dataclasses import dataclass as checked_dataclass
from typing_extensions import TypedDict

from affidavit_testing.persons import luhn


class Shape(NamedTuple):
    """One model, and what `subject_of` has to be told beside it."""

    model: Any
    how: dict[str, Any]


SHAPES: dict[str, Shape] = {}


def shape(model: Any, name: str = "", **how: Any) -> Any:
    """Put a model on the list."""
    SHAPES[name or model.__name__] = Shape(model, how)
    return model


def told(**how: Any) -> Callable[[Any], Any]:
    """Put a model on the list that needs a hint."""
    return lambda model: shape(model, **how)


def one(name: str, kind: Any, **how: Any) -> None:
    """Put a model with one field of a type on the list."""
    shape(p.create_model(name, value=(kind, ...)), **how)


class Ward(Enum):
    NORTH = "north"
    SOUTH = "south"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


# -- single fields ------------------------------------------------------------
one("PlainText", str)
one("BoundedText", Annotated[str, Field(min_length=3, max_length=6)])
one("StrippedText", Annotated[str, p.StringConstraints(strip_whitespace=True, to_lower=True)])
one("AnchoredPattern", Annotated[str, Field(pattern=r"^[A-Z]{2}-[0-9]{4,8}$")])
one("LoosePattern", Annotated[str, Field(pattern=r"[0-9]{6}")])
one("DigitPattern", Annotated[str, Field(pattern=r"^97[89]\d{10}$")])
one("PatternAndLength", Annotated[str, Field(pattern=r"^[a-z]+$", min_length=5, max_length=9)])
one("OptionalPattern", Annotated[str, Field(pattern=r"^\+[1-9][0-9]{7,14}$")] | None)
one("WholeNumber", int)
one("BoundedNumber", Annotated[int, Field(gt=10**9, lt=10**9 + 50)])
one("NegativeNumber", p.NegativeInt)
one("EvenNumber", Annotated[int, Field(multiple_of=4, ge=100)])
one("StrictNumber", p.StrictInt)
one("Share", Annotated[float, Field(ge=0, le=1)])
one("NarrowFloat", Annotated[float, Field(gt=0.001, lt=0.002)])
one("FarFloat", Annotated[float, Field(ge=1e6, le=1e6 + 1)])
one("Money", Annotated[Decimal, Field(max_digits=8, decimal_places=2, gt=0)])
one("MoneyInSteps", Annotated[Decimal, Field(multiple_of=Decimal("0.05"), ge=0, le=5)])
one("WholeDecimal", Annotated[Decimal, Field(decimal_places=0, ge=1, le=3)])
one("Flag", bool)
one("StrictFlag", p.StrictBool)
one("Day", dt.date)
one("DayInSpring", Annotated[dt.date, Field(ge=dt.date(2026, 3, 20), le=dt.date(2026, 6, 20))])
one("DayAfter", Annotated[dt.date, Field(gt=dt.date(2049, 12, 31))])
one("PastDay", p.PastDate)
one("FutureDay", p.FutureDate)
one("Moment", dt.datetime)
NOON = dt.datetime(2026, 1, 23, 12, tzinfo=dt.UTC)
one("MomentInHour", Annotated[dt.datetime, Field(ge=NOON, lt=NOON + dt.timedelta(hours=1))])
one("AwareMoment", p.AwareDatetime)
one("NaiveMoment", p.NaiveDatetime)
one("PastMoment", p.PastDatetime)
one("OfficeHours", Annotated[dt.time, Field(ge=dt.time(9), le=dt.time(17))])
one(
    "ShortWait",
    Annotated[dt.timedelta, Field(ge=dt.timedelta(minutes=1), lt=dt.timedelta(hours=1))],
)
one("AnyUuid", uuid.UUID)
one("UuidOne", p.UUID1)
one("UuidFive", p.UUID5)
one("WebAddress", p.HttpUrl)
one("AnyAddress", p.AnyUrl)
one("IpFour", ipaddress.IPv4Address)
one("IpAny", p.IPvAnyAddress)
one("IpNetwork", ipaddress.IPv4Network)
one("IpInterface", ipaddress.IPv6Interface)
one("SecretText", p.SecretStr)
one("Bytes", bytes)
one("InBase64", p.Base64Bytes)
one("InBase64Url", p.Base64UrlStr)
one("JsonText", p.Json[dict[str, int]])
one("JsonOfList", p.Json[list[Annotated[int, Field(ge=5, le=9)]]])
one("Choice", Ward)
one("NumberedChoice", Level)
one("LiteralChoice", Literal["read", "write", 3])
one("FilePath", Path)

# -- containers ---------------------------------------------------------------
one("ListOfNumbers", Annotated[list[int], Field(min_length=2, max_length=3)])
one("SetOfWords", Annotated[set[str], Field(min_length=1)])
one("Pair", tuple[int, str])
one("ManyOfOne", tuple[int, ...])
one("Mapping", dict[str, int])
one("MappingOfCodes", dict[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], Decimal])
one("FilledMapping", Annotated[dict[str, int], Field(min_length=1)])
one("MappingByDay", Annotated[dict[dt.date, int], Field(min_length=1)])
one("NestedLists", list[list[int]])
one("AnyJson", p.JsonValue)
one("UnionOfTypes", int | list[str] | None)


# -- models -------------------------------------------------------------------
@shape
class Empty(BaseModel):
    """Nothing is asked."""


@shape
class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    patient_id: Annotated[str, Field(pattern=r"^P-[0-9]{6}$")]
    asked_by: uuid.UUID


@shape
class ByEitherName(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=True)

    patient_id: int


@shape
class ReadFromPath(BaseModel):
    city: str = Field(validation_alias=p.AliasPath("address", "city"))
    phone: str = Field(validation_alias=p.AliasPath("contacts", 1, "phone"))
    street: str = Field(validation_alias=p.AliasPath("address", "street"))


@shape
class ReadFromChoices(BaseModel):
    patient: int = Field(validation_alias=p.AliasChoices("patient", p.AliasPath("ids", 0)))


@shape
class ReadFromPaths(BaseModel):
    patient: int = Field(
        validation_alias=p.AliasChoices(p.AliasPath("a", "b", "c"), p.AliasPath("ids", 0))
    )


class Line(BaseModel):
    sku: Annotated[str, Field(pattern=r"^[A-Z]{3}[0-9]{3}$")]
    amount: Annotated[Decimal, Field(gt=0, le=1000, decimal_places=2)]


@shape
class Nested(BaseModel):
    lines: Annotated[list[Line], Field(min_length=1, max_length=3)]
    note: str | None = None


@shape
class Tree(BaseModel):
    name: str
    children: list[Tree] = []


@shape
class Numbers(p.RootModel[Annotated[list[int], Field(min_length=1)]]):
    """A list is the whole request."""


@shape
class Lines(p.RootModel[Annotated[list[Line], Field(min_length=1)]]):
    """A list of models is the whole request."""


@shape
class ByName(p.RootModel[dict[str, int]]):
    """Any names."""


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: Annotated[int, Field(ge=1, le=9)]


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: list[str]


@shape
class Owner(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]


@shape
class EitherPet(p.RootModel[Annotated[Cat | Dog, Field(discriminator="kind")]]):
    """One of two models is the whole request."""


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]
    size: Annotated[int, Field(ge=1, le=100)] = 10


shape(Page[Line], "PageOfLines")


class Filters(TypedDict, total=False):
    ward: Ward
    since: dt.date


@shape
class WithTypedDict(BaseModel):
    filters: Filters


shape(Filters, "AloneTypedDict")


@shape
@checked_dataclass
class Checked:
    patient: Annotated[int, Field(ge=1)]
    ward: Ward = Ward.NORTH


@shape
@dataclass
class Standard:
    patient: int
    day: dt.date


@shape
class Computed(BaseModel):
    width: Annotated[int, Field(ge=1, le=9)]

    @p.computed_field
    def area(self) -> int:
        return self.width**2


@shape
class Forbidding(BaseModel):
    model_config = ConfigDict(extra="forbid", str_min_length=1, frozen=True)

    id: int
    who: str


@shape
class Allowing(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: int


# -- what a schema cannot say ---------------------------------------------------
@shape
class Period(BaseModel):
    """Half of what is drawn is the wrong way round."""

    first: dt.date
    last: dt.date

    @p.model_validator(mode="after")
    def _ordered(self) -> Period:
        if self.first > self.last:
            raise ValueError("wrong way round")
        return self


@shape
class ShortPeriod(BaseModel):
    """Few are within a year."""

    first: dt.date
    days: Annotated[int, Field(ge=0, le=400)]

    @p.model_validator(mode="after")
    def _short(self) -> ShortPeriod:
        if self.days > 20:
            raise ValueError("too long")
        return self


@shape
class OneOfTwo(BaseModel):
    ssn: str | None = None
    mrn: str | None = None

    @p.model_validator(mode="after")
    def _one(self) -> OneOfTwo:
        if (self.ssn is None) == (self.mrn is None):
            raise ValueError("name one")
        return self


def _isbn(text: str) -> str:
    if sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(text)) % 10:
        raise ValueError("wrong check digit")
    return text


@shape
class Isbn(BaseModel):
    """One in ten is right by chance."""

    isbn: Annotated[str, Field(pattern=r"^97[89][0-9]{10}$"), p.AfterValidator(_isbn)]
    printed: Annotated[dt.date, Field(ge=dt.date(2026, 1, 1), le=dt.date(2026, 1, 31))]


def _card(text: str) -> str:
    if luhn(text[:-1]) != text[-1:]:
        raise ValueError("wrong check digit")
    return text


CARDS = st.text("123456789", min_size=15, max_size=15).map(lambda text: text + luhn(text))


@told(strategy={"card": CARDS})
class Card(BaseModel):
    card: Annotated[str, Field(min_length=16, max_length=16), p.AfterValidator(_card)]


KNOWN = ["K-100200300", "K-400500600", "K-700800900"]


def _known(text: str) -> str:
    if text not in KNOWN:
        raise ValueError("unknown")
    return text


class Position(BaseModel):
    key: Annotated[str, p.AfterValidator(_known)]


@told(samples={"positions.key": KNOWN})
class KnownKeys(BaseModel):
    positions: Annotated[list[Position], Field(min_length=1, max_length=2)]


@told(samples=[{"id": 1, "sum": 1}, {"id": 7, "sum": 7}])
class WholeSamples(BaseModel):
    id: int
    sum: int

    @p.model_validator(mode="after")
    def _equal(self) -> WholeSamples:
        if self.id != self.sum:
            raise ValueError("different")
        return self


class Odd:
    """A type that pydantic knows nothing of."""

    def __init__(self, text: str) -> None:
        self.text = text


@told(samples={"odd": ["one-2345678", "two-2345678"]})
class PlainValidated(BaseModel):
    odd: Annotated[Any, p.PlainValidator(Odd)]


@told(samples={"code": ["ab1", "cd2"]})
class LookAround(BaseModel):
    """A pattern of another engine, which no generator reads."""

    model_config = ConfigDict(regex_engine="python-re")

    code: Annotated[str, Field(pattern=r"^(?=.*[0-9])(?!.*x)[a-z0-9]{3}$")]


# -- what cannot be drawn without a hint ------------------------------------------
HOPELESS: dict[str, tuple[Any, str]] = {
    "unknown keys": (Position, "samples={'key': ['…', '…']}"),
    "a type of its own": (
        p.create_model("Calls", call=(Callable[[], None], ...)),
        "samples={'call'",
    ),
    "never": (
        p.create_model("Never", id=(Annotated[int, p.AfterValidator(lambda _: 1 / 0)], ...)),
        "events=[…]",
    ),
}
