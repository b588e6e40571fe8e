"""Hold a value against a JSON Schema (2020-12, or the draft that it names)."""

from __future__ import annotations

from typing import Any, Final

from affidavit.plugin import ActionError

_MOST: Final = 5


def schema_problem(schema: Any) -> str:
    """Return what is wrong with a schema itself; empty if nothing is."""
    from jsonschema import SchemaError  # noqa: PLC0415 - heavy
    from jsonschema.validators import Draft202012Validator, validator_for  # noqa: PLC0415

    kind = validator_for(schema, Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        return f"{error.json_path} breaks {error.validator}"
    return ""


def violations(value: Any, schema: Any) -> list[str]:
    """Return where a value breaks a schema, and which keyword; never the value.

    A schema that refers to another document is refused: nothing is fetched.
    """
    from jsonschema.validators import Draft202012Validator, validator_for  # noqa: PLC0415 - heavy
    from referencing import Registry  # noqa: PLC0415
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    kind = validator_for(schema, Draft202012Validator)
    try:
        found = list(kind(schema, registry=Registry()).iter_errors(value))
    except Unresolvable:
        raise ActionError(
            "Harness.Schema",
            "the schema cannot be used",
            why="it refers to something that is not in it",
            fix="Put what it refers to under $defs",
        ) from None
    told = sorted(f"{error.json_path}: {error.validator}" for error in found)
    return [*told[:_MOST], *([f"… {len(told)} in all"] if len(told) > _MOST else [])]
