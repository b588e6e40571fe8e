"""The form of a policy file: what may be said, and in which words.

The models are made from the kernel's declaration of settings. They check a
file, and they make the JSON Schema that editors use.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import EnumMeta
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic.config import JsonDict

from affidavit.plugin import DEFAULT_ENVIRONMENT, Form, Policy, PolicyRule
from affidavit_policy.declared import DECLARED, GROUPS, REQUIRED, SETTINGS, bare, is_group
from affidavit_policy.promises import PROMISES


class Part(BaseModel):
    """A part of a policy: no unknown keys, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _Related(Part):
    """A part whose values have to fit each other."""

    @model_validator(mode="after")
    def _fit(self) -> _Related:
        problem = problem_of(_DECLARED_BY[type(self).__name__], self.model_dump())
        if problem:
            raise ValueError(problem)
        return self


_DECLARED_BY: Final[dict[str, Any]] = {}


def problem_of(kind: Any, values: Mapping[str, Any]) -> str:
    """Say what is wrong between values that are well-formed; empty if nothing is."""
    if not hasattr(kind, "problem") or any(values.get(name) is None for name in kind._fields):
        return ""
    read = {
        name: bare(of)[0](values[name]) if isinstance(bare(of)[0], EnumMeta) else values[name]
        for name, of in kind.__annotations__.items()
    }
    return str(kind(**read).problem())


def _type(kind: Any) -> Any:
    """Return what pydantic checks for a type of the declaration."""
    inner, form, setting = bare(kind)
    told: dict[str, Any] = {"description": setting.says} if setting else {}
    if isinstance(inner, EnumMeta):
        words: tuple[str, ...] = tuple(one.value for one in list[Any](inner))
        return Annotated[Literal[words], Field(**told)]
    if hasattr(inner, "_fields"):
        return _model(inner)
    if get_origin(inner) is Mapping:
        key, item = get_args(inner)
        return Annotated[dict[_type(key), _type(item)], Field(**told)]  # type: ignore[misc]
    if get_args(inner):
        item = get_args(inner)[0]
        return Annotated[list[_type(item)], Field(**told, **_sized(form))]  # type: ignore[misc]
    limits = _bounded(form) if inner is int else _sized(form)
    return Annotated[inner, Field(**told, **limits)]


def _bounded(form: Form) -> dict[str, Any]:
    return {"ge": form.within[0], "le": form.within[1]} if form.within else {}


def _sized(form: Form) -> dict[str, Any]:
    size = {"min_length": form.within[0], "max_length": form.within[1]} if form.within else {}
    return {**size, **({"pattern": form.like} if form.like else {})}


def _model(kind: Any, **special: Any) -> type[Part]:
    """Return the model of a class. A group of settings may leave out what its parents say."""
    fields: dict[str, Any] = {}
    for name, of in kind.__annotations__.items():
        told = special.get(name) or _type(of)
        if is_group(kind):
            fields[name] = _optional(told)
        else:
            default = kind._field_defaults.get(name, ...)
            fields[name] = (told, [] if default == () else default)
    _DECLARED_BY[kind.__name__] = kind
    related = hasattr(kind, "problem") and not is_group(kind)
    told = (kind.__doc__ or "").partition(">>>")[0].rstrip()  # its example is for Python
    model: type[Part] = create_model(
        kind.__name__, __base__=_Related if related else Part, __doc__=told or None, **fields
    )
    return model


def _without_default(schema: JsonDict) -> None:
    del schema["default"]


def _optional(told: Any) -> tuple[Any, None]:
    """Return a field that may be left out; an empty one is no way to say so."""
    return Annotated[told, Field(json_schema_extra=_without_default)], None


def _shown(words: list[JsonValue]) -> Any:
    """A word that the compiler looks up, to say which one was meant; editors get the list."""
    return Annotated[
        str, Field(pattern=r"^[a-z_]+(?:\.[a-z_]+){0,3}$", json_schema_extra={"enum": words})
    ]


_Name: Any = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,31}$")]
_RULE: Any = _model(
    PolicyRule,
    governs=list[_shown([*SETTINGS, *GROUPS])],  # type: ignore[misc]
    promises=list[Literal[tuple(PROMISES)]],  # type: ignore[misc]
)
_RULES: Any = Annotated[list[_RULE], Field(min_length=1)]
_HEAD: Final[dict[str, Any]] = {
    "policy": (_Name, ...),
    "version": (Annotated[int, Field(ge=1)], ...),
    "title": (_type(PolicyRule.__annotations__["clause"]), ...),
    "extends": (list[_Name], []),
}
_BODY: Final[dict[str, Any]] = {
    name: _optional(_type(of))
    for name, of in Policy.__annotations__.items()
    if name not in {*_HEAD, "name", "rules", "digest"}
}
PolicyFile: type[Part] = create_model(
    "PolicyFile",
    __base__=Part,
    __doc__="A policy file. With `extends`, what is left out comes from the parents.",
    **_HEAD,
    **_BODY,
    rules=(_RULES, ...),
)

WORDS: Final = frozenset(
    {*PolicyFile.model_fields}.union(*(kind._fields for kind in _DECLARED_BY.values()))
)
"""Every key that a policy file can have somewhere."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a policy file, for editors."""
    schema = PolicyFile.model_json_schema()
    for found in schema["properties"].values():
        if "patternProperties" in found:  # or every other name would pass
            found["additionalProperties"] = False
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "affidavit policy",
        "if": {"properties": {"extends": {"maxItems": 0}}},
        "then": _complete(),
    }


def _complete() -> dict[str, Any]:
    """Return what a file without parents has to say."""
    schema: dict[str, Any] = {}
    for one in DECLARED:
        if one.default is not REQUIRED:
            continue
        here = schema
        *above, name = one.path.split(".")
        for part in above:
            if part == "*":
                here["required"] = [DEFAULT_ENVIRONMENT]
                here = here.setdefault("additionalProperties", {})
            else:
                _need(here, part)
                here = here.setdefault("properties", {}).setdefault(part, {})
        _need(here, name)
    return schema


def _need(schema: dict[str, Any], name: str) -> None:
    needed = schema.setdefault("required", [])
    if name not in needed:
        needed.append(name)


def check_form(value: Any) -> dict[str, Any] | list[tuple[tuple[str | int, ...], str]]:
    """Return what the file says, complete in form, or what is wrong as (path, sentence) pairs."""
    try:
        return PolicyFile.model_validate(value).model_dump(exclude_none=True, warnings=False)
    except ValidationError as error:
        return [(tuple(item["loc"]), sentence_of(item)) for item in error.errors(include_url=False)]


def sentence_of(item: Mapping[str, Any]) -> str:
    """Say what is wrong, with the allowed words but not with the one that was there."""
    kind = item["type"]
    name = str(item["loc"][-1]) if item["loc"] else "the file"
    if name == "[key]":
        name = f"a key of {item['loc'][-3]}"
    if kind == "extra_forbidden":
        return f"unknown key {name}"
    if kind == "missing":
        return f"{name} is missing"
    if kind == "literal_error":
        return f"{name} must be one of {item['ctx']['expected']}"
    if kind == "value_error":
        return str(item["ctx"]["error"])
    if kind == "string_pattern_mismatch":
        return f"{name} must look like {item['ctx']['pattern']}"
    return f"{name}: {item['msg'][:1].lower()}{item['msg'][1:]}"
