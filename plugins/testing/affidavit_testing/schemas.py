"""Draw what a JSON Schema allows, as pydantic writes it for a model.

It reads the part of JSON Schema (draft 2020-12) that pydantic emits: types,
formats, patterns, bounds, enumerations, unions, references, objects and lists.
Constraints that JSON Schema cannot say (a validator of the model's own) are not
known here; whoever draws holds the result against the model as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, Final

from hypothesis import strategies as st

DEPTH: Final = 8
"""How deep a schema that refers to itself is followed."""

SHALLOW: Final = 4
"""From here on only what must be there is drawn."""

_WORDS: Final = "abcdefghijklmnopqrstuvwxyz"

_FORMATS: Final[Mapping[str, Callable[[], st.SearchStrategy[Any]]]] = {
    "uuid": lambda: st.uuids(version=4).map(str),
    "date": lambda: st.dates(date(1950, 1, 1), date(2049, 12, 31)).map(str),
    "time": lambda: st.times().map(time.isoformat),
    "date-time": lambda: st.datetimes(
        datetime(1950, 1, 1),  # noqa: DTZ001 - the zone follows
        datetime(2049, 12, 31),  # noqa: DTZ001
    ).map(lambda at: at.isoformat() + "Z"),
    "duration": lambda: st.integers(0, 86_400).map(lambda seconds: f"PT{seconds}S"),
    "email": lambda: _text(4, 10).map(lambda name: f"{name}@example.org"),
    "uri": lambda: _text(4, 10).map(lambda name: f"https://{name}.example.org/"),
    "ipv4": lambda: st.ip_addresses(v=4).map(str),
    "ipv6": lambda: st.ip_addresses(v=6).map(str),
    "binary": lambda: _text(1, 12),
    "password": lambda: _text(8, 16),
}


class Schema:
    """One JSON Schema, with its definitions at hand."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._definitions = document.get("$defs", {})
        self._values: st.SearchStrategy[Any] | None = None

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """The fields of an object, by the names under which they are sent."""
        found: Mapping[str, Mapping[str, Any]] = self.resolved(self.document).get("properties", {})
        return found

    @property
    def required(self) -> frozenset[str]:
        """Names of fields that must be there."""
        return frozenset(self.resolved(self.document).get("required", ()))

    def resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow a reference to its definition."""
        if "$ref" in part:
            found = self._definitions.get(str(part["$ref"]).rpartition("/")[2], {})
            return self.resolved(found)
        return part

    def values(self) -> st.SearchStrategy[Any]:
        """Draw a document that fits."""
        # Made once: putting strategies together takes longer than drawing from them.
        if self._values is None:
            self._values = self.of(self.document, DEPTH)
        return self._values

    def of(self, part: Any, depth: int) -> st.SearchStrategy[Any]:
        """Draw what fits one part of the schema."""
        if not isinstance(part, Mapping) or depth < 0:
            return st.none()
        part = self.resolved(part)
        for word in ("anyOf", "oneOf"):
            if word in part:
                return st.one_of([self.of(one, depth - 1) for one in self._told(part[word], depth)])
        if "allOf" in part:
            return self.of({**part, **_merged(map(self.resolved, part["allOf"]))}, depth)
        if "const" in part:
            return st.just(part["const"])
        if "enum" in part:
            return st.sampled_from(part["enum"])
        return self._typed(part, depth)

    def is_flat(self) -> bool:
        """Tell whether a query string could carry every required field."""
        return all(
            self._is_scalar(part) for name, part in self.properties.items() if name in self.required
        )

    def _is_scalar(self, part: Mapping[str, Any]) -> bool:
        part = self.resolved(part)
        if "enum" in part or "const" in part:
            return True
        unions = part.get("anyOf", part.get("oneOf"))
        if unions:
            return any(self._is_scalar(one) for one in unions)
        return part.get("type") in {"string", "integer", "number", "boolean"}

    def _told(self, union: list[Any], depth: int) -> list[Any]:
        """Leave out what would not end, and free text beside a number: a decimal is digits."""
        parts = [self.resolved(one) for one in union]
        kinds = {one.get("type") for one in parts}
        if kinds & {"number", "integer"}:
            parts = [one for one in parts if one.get("type") != "string"]
        flat = [one for one in parts if one.get("type") not in {"object", "array"}]
        return flat if flat and depth <= SHALLOW else parts

    def _typed(self, part: Mapping[str, Any], depth: int) -> st.SearchStrategy[Any]:
        kind = part.get("type")
        if kind == "object" or "properties" in part:
            return self._objects(part, depth)
        if kind == "array":
            return self._lists(part, depth)
        if kind == "string":
            return texts(part)
        if kind in {"integer", "number"}:
            return _numbers(part, whole=kind == "integer")
        # No type: anything goes.
        anything = _text(1, 8) | st.integers(0, 99)
        return {"boolean": st.booleans(), "null": st.none()}.get(str(kind), anything)

    def _objects(self, part: Mapping[str, Any], depth: int) -> st.SearchStrategy[Any]:
        fields = part.get("properties", {})
        needed = {name: self.of(fields[name], depth - 1) for name in part.get("required", ())}
        rest = {name: self.of(one, depth - 1) for name, one in fields.items() if name not in needed}
        if depth <= SHALLOW:
            rest = {}
        more = part.get("additionalProperties", False)
        if not fields and more is not False:
            inner = self.of(more, depth - 1) if isinstance(more, Mapping) else _text(1, 8)
            return st.dictionaries(_text(1, 8), inner, max_size=2)
        return st.fixed_dictionaries(needed, optional=rest)

    def _lists(self, part: Mapping[str, Any], depth: int) -> st.SearchStrategy[Any]:
        if "prefixItems" in part:
            return st.tuples(*(self.of(one, depth - 1) for one in part["prefixItems"])).map(list)
        least = part.get("minItems", 0)
        most = min(part.get("maxItems", least + 2), least + 2)
        if depth <= SHALLOW:
            most = least
        inner = self.of(part.get("items", {}), depth - 1)
        if part.get("uniqueItems"):
            return st.lists(inner, min_size=least, max_size=most, unique_by=repr)
        return st.lists(inner, min_size=least, max_size=most)


def texts(part: Mapping[str, Any]) -> st.SearchStrategy[str]:
    """Draw text that fits `pattern`, `format`, `minLength` and `maxLength`."""
    least, most = part.get("minLength", 0), part.get("maxLength")
    if "pattern" in part:
        found = st.from_regex(part["pattern"], fullmatch=_is_anchored(part["pattern"]))
        return found.filter(
            lambda text: (
                len(text) >= least and (most is None or len(text) <= most) and text.isprintable()
            )
        )
    if part.get("format") in _FORMATS:
        return _FORMATS[part["format"]]()
    least = max(least, 1)
    return _text(least, max(least, min(most or least + 12, least + 12)))


def is_free_text(part: Mapping[str, Any]) -> bool:
    """Tell whether any text of ordinary length fits: there a canary can be planted."""
    limits = {"pattern", "format", "enum", "const"} & part.keys()
    return part.get("type") == "string" and not limits and part.get("maxLength", 99) > 40  # noqa: PLR2004 - longer than any canary


def _numbers(part: Mapping[str, Any], *, whole: bool) -> st.SearchStrategy[Any]:
    least = part.get("minimum", part.get("exclusiveMinimum"))
    most = part.get("maximum", part.get("exclusiveMaximum"))
    if whole:
        return _integers(part, least, most)
    low = 0.0 if least is None else float(least)
    high = max(low, 0.0) + 1000.0 if most is None else float(most)
    cents = st.integers(int(low * 100), int(high * 100)).map(lambda number: number / 100)
    return cents.filter(lambda number: bool(low <= number <= high))


def _integers(part: Mapping[str, Any], least: Any, most: Any) -> st.SearchStrategy[int]:
    step = int(part.get("multipleOf", 1))
    high = None if most is None else int(most) - ("exclusiveMaximum" in part)
    low = min(0, high or 0) if least is None else int(least) + ("exclusiveMinimum" in part)
    top = low + 1000 if high is None else high
    return st.integers(-(-low // step), top // step).map(lambda number: number * step)


def _text(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(_WORDS, min_size=least, max_size=most)


def _is_anchored(pattern: str) -> bool:
    return pattern.startswith("^") and pattern.endswith("$")


def _merged(parts: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in parts:
        found.update(part)
    found.pop("allOf", None)
    return found
