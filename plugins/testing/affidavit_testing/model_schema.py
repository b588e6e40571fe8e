"""Write a model's JSON Schema with what JSON Schema cannot say and pydantic knows.

Bounds of dates, time zones, where a field with an `AliasPath` is read, and types that have
no JSON form at all. They stand under names that begin with `x-`, which validators ignore.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

BOUNDS: Final = ("ge", "gt", "le", "lt", "now_op", "tz_constraint")
UNDRAWABLE: Final = "x-undrawable"
PATHS: Final = "x-paths"

Part = dict[str, Any]


def schema_of(adapter: TypeAdapter[Any]) -> Part:
    """Return what a model takes, in as many words as there are."""
    return adapter.json_schema(schema_generator=_ModelSchema)


class _ModelSchema(GenerateJsonSchema):
    """Keeps what the JSON Schema of the base class leaves out."""

    def date_schema(self, schema: Any) -> Part:
        return {**super().date_schema(schema), **_bounds(schema)}

    def datetime_schema(self, schema: Any) -> Part:
        return {**super().datetime_schema(schema), **_bounds(schema)}

    def time_schema(self, schema: Any) -> Part:
        return {**super().time_schema(schema), **_bounds(schema)}

    def timedelta_schema(self, schema: Any) -> Part:
        return {**super().timedelta_schema(schema), **_bounds(schema)}

    def decimal_schema(self, schema: Any) -> Part:
        found = super().decimal_schema(schema)
        return {
            **found,
            "x-places": schema.get("decimal_places"),
            "x-digits": schema.get("max_digits"),
        }

    def model_fields_schema(self, schema: Any) -> Part:
        fields, paths = _without_paths(schema["fields"])
        plain: Any = {**schema, "fields": fields}
        found = super().model_fields_schema(plain)
        return {**found, PATHS: paths} if paths else found

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> Part:
        del schema
        return {UNDRAWABLE: error_info}


def _bounds(schema: Mapping[str, Any]) -> Part:
    return {f"x-{name}": schema[name] for name in BOUNDS if schema.get(name) is not None}


def _without_paths(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Return the fields under their own names where a path leads to them, and the paths."""
    plain: dict[str, Any] = {}
    paths: dict[str, list[Any]] = {}
    for name, field in fields.items():
        alias = field.get("validation_alias")
        if isinstance(alias, list) and alias:
            choices = alias if isinstance(alias[0], list) else [alias]
            paths[name] = min(choices, key=len)
            plain[name] = {key: value for key, value in field.items() if key != "validation_alias"}
        else:
            plain[name] = field
    return plain, paths


def placed(fields: Mapping[str, Any], paths: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Move fields to where their paths lead.

    >>> placed({"city": "Bonn", "id": 1}, {"city": ["address", 0, "city"]})
    {'id': 1, 'address': [{'city': 'Bonn'}]}
    """
    found = {name: value for name, value in fields.items() if name not in paths}
    for name, path in paths.items():
        if name in fields:
            _put(found, path, fields[name])
    return found


def _put(into: Any, path: list[Any], value: Any) -> None:
    step, *rest = path
    if isinstance(step, int):
        while len(into) <= step:
            into.append([] if rest and isinstance(rest[0], int) else {} if rest else None)
    if not rest:
        into[step] = value
        return
    if isinstance(into, dict) and step not in into:
        into[step] = [] if isinstance(rest[0], int) else {}
    _put(into[step], rest, value)
