"""DynamoDB's typed values, as JSON and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from affidavit_harness.protocol import Values


def typed(item: Values) -> dict[str, Any]:
    """Return JSON as DynamoDB wants it."""
    from boto3.dynamodb.types import TypeSerializer  # noqa: PLC0415 - heavy

    serializer = TypeSerializer()
    return {name: serializer.serialize(_number(value)) for name, value in item.items()}


def plain(item: Values) -> dict[str, Any]:
    """Return DynamoDB's values as JSON."""
    from boto3.dynamodb.types import TypeDeserializer  # noqa: PLC0415 - heavy

    deserializer = TypeDeserializer()
    return {name: _json(deserializer.deserialize(value)) for name, value in item.items()}


def _number(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, dict):
        return {name: _number(inner) for name, inner in value.items()}
    return [_number(inner) for inner in value] if isinstance(value, list) else value


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _json(inner) for name, inner in value.items()}
    if isinstance(value, list | set):
        return [_json(inner) for inner in value]
    if isinstance(value, bytes) or hasattr(value, "value"):
        return bytes(getattr(value, "value", value)).hex()
    return value
