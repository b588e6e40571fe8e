"""A model that pydantic 2 cannot use is an error of the deployment, not of each request."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar

import pytest
from pydantic import BaseModel

from affidavit import SetupError, audited

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pydantic.v1 import BaseModel as OldModel
    from pydantic.v1.dataclasses import dataclass as old_dataclass

T = TypeVar("T")


class Old(OldModel):
    """A model of pydantic 1."""

    name: str


@old_dataclass
class OldRow:
    name: str


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydantic warns, and goes on

    class Holds(BaseModel):
        inner: list[Old] | None = None


class Wraps(BaseModel, Generic[T]):
    inner: T


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    WRAPPED = Wraps[Old]


@dataclass
class Row:
    inner: Old


class Told(TypedDict):
    inner: Old


class Later(BaseModel):
    inner: NotThere  # type: ignore[name-defined] # noqa: F821


class Itself(BaseModel):
    inner: Itself | None = None


class Plain:
    """No type that pydantic knows."""


@pytest.mark.parametrize("side", ["request", "response"])
@pytest.mark.parametrize(
    ("model", "word"),
    [
        (Old, "Old is a model of another pydantic"),
        (OldRow, "OldRow is a model of another pydantic"),
        (list[Old], "Old is a model of another pydantic"),
        (Holds, "Old is a model of another pydantic"),
        (WRAPPED, "Old is a model of another pydantic"),
        (Row, "Old is a model of another pydantic"),
        (Told, "Old is a model of another pydantic"),
        (Later, "not defined yet"),
        (Plain, "PydanticSchemaGenerationError"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused_when_the_handler_is_decorated(
    model: Any, word: str, side: str
) -> None:
    """At the decorator; later, each valid request would have been answered 400."""
    with pytest.raises(SetupError, match="cannot use the model") as caught:
        audited(action="read", **{side: model})(lambda event, context: None)
    assert word in caught.value.why
    assert caught.value.fix


@pytest.mark.parametrize("model", [Itself, Wraps[int], dict[str, int], list[Itself], Any])
def test_a_model_that_can_be_used_is_used(model: Any) -> None:
    """Also one that holds itself, and one that takes a type."""
    assert callable(audited(request=model, action="read")(lambda event, context: None))
