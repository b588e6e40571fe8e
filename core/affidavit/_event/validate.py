"""Hold data against a pydantic model; keep where and what kind, drop the text.

The only module that imports pydantic. Its messages, inputs and contexts may
quote the value, and `hide_input_in_errors` hides it in one of four places.
So a finding is a path and an error type from pydantic's own list; path parts
that the model does not declare are the caller's words and become `*`.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import PydanticSerializationError, from_json, to_json
from pydantic_core.core_schema import ErrorType

from affidavit._event.model_fields import holds_many, model_fields
from affidavit.errors import SetupError

KINDS: Final = frozenset(get_args(ErrorType))
"""Every error type of pydantic's own. A custom one may be built from the value."""

MAX_INDEX: Final = 9_999
"""The largest number in a path that is taken for a place in a list."""

T = TypeVar("T")


class FieldError(NamedTuple):
    """One thing that is wrong: where (`customer.ssn`), and of which kind."""

    path: str
    kind: str


class InvalidDataError(Exception):
    """Data does not fit its model. Holds findings, never a value.

    >>> parse_json(b"{")
    Traceback (most recent call last):
    InvalidDataError: ...
    """

    def __init__(self, findings: tuple[FieldError, ...]) -> None:
        super().__init__(f"{len(findings)} finding(s)")
        self.findings = findings


class Shape:
    """A model that data must fit: a pydantic model, or any type it can handle.

    Raises:
        SetupError: It is a model of another pydantic, or pydantic cannot use it. Else each
            valid request would be refused.

    """

    def __init__(self, model: Any) -> None:
        self.name = getattr(model, "__name__", "model")
        self._adapter: TypeAdapter[Any] = _adapter(model, self.name)
        # The adapter's own methods pass a dozen options on, each time.
        self._reader, self._writer = self._adapter.validator, self._adapter.serializer
        self._model = model if isinstance(model, type) and issubclass(model, BaseModel) else None
        self._names: frozenset[str] | None = None
        self._sent: tuple[frozenset[str], frozenset[str]] | None = None
        self._declares = model

    @property
    def sent_names(self) -> frozenset[str]:
        """The names under which fields are sent; none if the model takes any name."""
        return self._sent_fields()[0]

    @property
    def sent_lists(self) -> frozenset[str]:
        """Those of them that take a list: one text for them is a list of one."""
        return self._sent_fields()[1]

    def _sent_fields(self) -> tuple[frozenset[str], frozenset[str]]:
        if self._sent is None:
            fields = (model_fields(self._declares) or {}).values()
            names = {name: one for one in fields for name in (one.name, one.alias)}
            many = (name for name, one in names.items() if holds_many(one.annotation))
            self._sent = frozenset(names), frozenset(many)
        return self._sent

    def sent_as(self, path: str) -> list[str]:
        """Return the names under which the fields of a dotted path are sent.

        A field without an alias is sent under its own name.
        """
        model, names = self._model, list[str]()
        for name in path.split("."):
            field = model.model_fields.get(name) if model is not None else None
            alias = field.validation_alias if field is not None else None
            names.append(alias if isinstance(alias, str) else name)
            model = _model_in(field.annotation) if field is not None else None
        return names

    def from_strings(self, fields: dict[str, Any]) -> Any:
        """Read what a path or a query string says, where everything is text, or lists of it.

        Raises:
            InvalidDataError: It does not fit.

        """
        if not any(isinstance(value, list) for value in fields.values()):
            return self._held(lambda: self._reader.validate_strings(fields))
        # pydantic's reader of strings knows no lists. JSON is read as leniently here.
        text = write_json(fields)
        return self._held(lambda: self._reader.validate_json(text, strict=False))

    def from_json(self, text: bytes) -> Any:
        """Read JSON text.

        Raises:
            InvalidDataError: It is not JSON, or does not fit.

        """
        return self._held(lambda: self._reader.validate_json(text))

    def to_json(self, value: Any) -> bytes:
        """Write an answer as JSON with what the model declares and nothing else.

        An instance of the model is taken as it is; anything else is validated
        first.

        Raises:
            InvalidDataError: It does not fit.

        """

        def write() -> bytes:
            held = value
            if self._model is None or type(held) is not self._model:
                held = self._reader.validate_python(held, from_attributes=True)
            return self._writer.to_json(held, by_alias=True, warnings="error")

        return self._held(write)

    def _held(self, act: Callable[[], T]) -> T:
        """Return what `act` returns; turn what it raises into findings."""
        try:
            return act()
        except ValidationError as error:
            findings = self._findings(error)
        except PydanticSerializationError:
            findings = (FieldError("", "serialization_error"),)
        except Exception:  # noqa: BLE001 - validators and properties are the author's code
            # `KeyError(value)`, say: neither its text nor its trace may get out.
            findings = (FieldError("", "validator_failed"),)
        raise InvalidDataError(findings)

    def _findings(self, error: ValidationError) -> tuple[FieldError, ...]:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        return tuple(
            FieldError(
                path=".".join(self._part(part) for part in item["loc"]),
                kind=item["type"] if item["type"] in KINDS else "custom_error",
            )
            for item in details
        )

    def _part(self, part: int | str) -> str:
        if isinstance(part, int):
            # In an answer's dictionary a number may be a key, and so a value.
            return str(part) if 0 <= part <= MAX_INDEX else "*"
        # The model's own names are computed on the first refusal, not at cold start.
        if self._names is None:
            try:
                schema = self._adapter.json_schema()
            except PydanticUserError:
                schema = {}  # a type without a JSON schema: no name is known to be ours
            self._names = frozenset(_declared(schema))
        return part if part in self._names else "*"


def _adapter(model: Any, name: str) -> TypeAdapter[Any]:
    """Return what validates `model`, complete and ready."""
    foreign = _foreign(model, set())
    if foreign:
        raise SetupError(
            f"@audited cannot use the model {name}",
            why=f"{foreign} is a model of another pydantic than the one that validates here "
            f"(pydantic 1, or pydantic.v1)",
            fix="Derive it from pydantic.BaseModel of pydantic 2",
        )
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(model)
        complete = adapter.pydantic_complete
        failed = "it names a type that is not defined yet"
    except Exception as error:  # noqa: BLE001 - whatever it is, the author must hear of it here
        complete, failed = False, f"pydantic raised {type(error).__name__}"
    if complete:
        return adapter
    raise SetupError(
        f"@audited cannot use the model {name}",
        why=failed,
        fix="Define every type that it names above the handler; "
        "TypeAdapter of pydantic must take it",
    )


def _foreign(model: Any, seen: set[Any]) -> str:
    """Return the name of a model of another pydantic, in `model` or below it."""
    if isinstance(model, type):
        if model in seen:
            return ""
        seen.add(model)
        if not issubclass(model, BaseModel) and _of_pydantic(model):
            return model.__name__
        inner: Any = ()
        if issubclass(model, BaseModel):
            inner = [field.annotation for field in model.model_fields.values()]
        elif "__annotations__" in vars(model):
            inner = list(_hints(model).values())
        if not get_args(model):
            return next(filter(None, (_foreign(part, seen) for part in inner)), "")
    return next(filter(None, (_foreign(part, seen) for part in get_args(model))), "")


def _of_pydantic(model: type) -> bool:
    """Whether it is a model of some pydantic: by what its classes are, not by their names."""
    old = hasattr(model, "__get_validators__") and hasattr(model, "__fields__")
    return old or hasattr(model, "__pydantic_model__")


def _hints(model: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(model)
    except Exception:  # noqa: BLE001 - a name that is not defined is found by pydantic
        return {}


def parse_json(text: bytes) -> Any:
    """Read JSON text of any shape.

    Raises:
        InvalidDataError: It is not JSON, is nested beyond what the parser takes, or
            holds NaN or Infinity.

    >>> parse_json(b'{"a": [1]}')
    {'a': [1]}
    """
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        pass
    raise InvalidDataError((FieldError("", "json_invalid"),))


def write_json(value: Any) -> bytes:
    """Write a value as JSON: what `json` takes, and dates, decimals, UUIDs, models.

    Raises:
        InvalidDataError: It holds something else, refers to itself, or is nested beyond
            what the writer takes. NaN and Infinity become `null` never: they
            are refused where the text is read.

    >>> from decimal import Decimal
    >>> write_json({"price": Decimal("9.50")})
    b'{"price":"9.50"}'
    """
    try:
        return to_json(value, inf_nan_mode="constants")
    except Exception:  # noqa: BLE001, S110 - iterators and properties are foreign code
        pass
    raise InvalidDataError((FieldError("", "serialization_error"),))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a field holds, also one that may be absent."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _declared(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for part in schema.values():
            yield from _declared(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _declared(part)
