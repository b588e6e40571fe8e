"""The JSON Schema of scenarios, put together from the model and the installed actions."""

from __future__ import annotations

from typing import Any, Final

from affidavit_harness.files.scenario_model import Scenario
from affidavit_harness.protocol import Values
from affidavit_harness.registry import Registry

_TEMPLATE: Final = {"type": "string", "pattern": r"\$\{\{.*\}\}"}
_TABLE: Final = {
    "type": "object",
    "properties": {"csv": {"type": "string", "description": "A table beside this file."}},
    "required": ["csv"],
    "additionalProperties": False,
}


def scenario_schema(registry: Registry) -> dict[str, Any]:
    """Return a JSON Schema (2020-12) for editors and other tools.

    It knows every action's parameters. What a schema cannot say, such as the
    order of captures, `affidavit scenario validate` does.
    """
    schema: dict[str, Any] = Scenario.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    conditions = []
    for name, action in sorted(registry.actions.items()):
        own = action.params.model_json_schema(by_alias=True)
        key = f"with.{name}"
        for inner, told in own.pop("$defs", {}).items():
            definitions[f"{key}.{inner}"] = _filled_in(_renamed(told, key))
        definitions[key] = _filled_in(_renamed(own, key))
        conditions.append(
            {
                "if": {"properties": {"uses": {"const": name}}, "required": ["uses"]},
                "then": {"properties": {"with": {"$ref": f"#/$defs/{key}"}}},
            }
        )
    for holder, name in ((schema, "cases"), (definitions["Action"], "for_each")):
        held = holder["properties"][name]
        holder["properties"][name] = {"anyOf": [*held.pop("anyOf", [held]), _TABLE]}
    for call in ("Call", "Action"):
        uses = definitions[call]["properties"]["uses"]
        uses.pop("pattern", None)
        uses["enum"] = list(registry.names())
        definitions[call]["allOf"] = conditions
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:affidavit:scenario:v1",
        **schema,
        "title": "affidavit scenario, version 1",
    }


def _renamed(value: Any, key: str) -> Any:
    """Point references at where the action's own definitions are now."""
    if isinstance(value, dict):
        return {
            name: inner.replace("#/$defs/", f"#/$defs/{key}.")
            if name == "$ref" and isinstance(inner, str)
            else _renamed(inner, key)
            for name, inner in value.items()
        }
    return [_renamed(inner, key) for inner in value] if isinstance(value, list) else value


def _filled_in(schema: Values) -> dict[str, Any]:
    """Let a reference stand wherever a value that is no text is wanted."""
    told = dict(schema)
    if "properties" in told:
        told["properties"] = {
            name: _or_template(_filled_in(inner)) for name, inner in told["properties"].items()
        }
    if isinstance(told.get("items"), dict):
        told["items"] = _or_template(_filled_in(told["items"]))
    if isinstance(told.get("additionalProperties"), dict):
        told["additionalProperties"] = _or_template(_filled_in(told["additionalProperties"]))
    return told


def _or_template(schema: dict[str, Any]) -> dict[str, Any]:
    plain_text = schema.get("type") == "string" and not {"enum", "const", "pattern"} & schema.keys()
    if not schema or plain_text:
        return schema
    return {"anyOf": [schema, _TEMPLATE]}
