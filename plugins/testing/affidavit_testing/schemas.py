"""Draw what a JSON Schema allows, as pydantic writes it for a model.

It reads the part of JSON Schema (draft 2020-12) that pydantic emits: types,
formats, patterns, bounds, enumerations, unions, references, objects and lists.
Constraints that JSON Schema cannot say (a validator of the model's own) are not
known here; whoever draws holds the result against the model as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from affidavit_testing.model_schema import PATHS, UNDRAWABLE, placed
from affidavit_testing.scalars import CannotDrawError, numbers, texts, words

if TYPE_CHECKING:
    from affidavit_testing.drawable import Drawable

DEPTH: Final = 8
"""How deep a schema that refers to itself is followed."""

SHALLOW: Final = 4
"""From here on only what must be there is drawn."""

OFTEN: Final = 0.5
"""Where so many of the drawn documents are valid, nobody has to choose among known ones."""

Hints = Mapping[str, st.SearchStrategy[Any]]
"""What to draw for a field, by its dotted path; elements of a list have the list's path."""


class Schema:
    """One JSON Schema, with its definitions at hand, and hints of whoever wrote the model."""

    def __init__(self, document: Mapping[str, Any], hints: Hints | None = None) -> None:
        self.document = document
        self.hints = hints or {}
        self.text = str(document)
        """Every word of the model's own stands in it."""
        self.used: set[str] = set()
        """Hints that a field was found for."""
        self._definitions = document.get("$defs", {})
        self._values: st.SearchStrategy[Any] | None = None
        self.good: Drawable | None = None
        """What came of drawing for the model, once somebody has tried."""

    def mostly_valid(self) -> st.SearchStrategy[Any]:
        """Draw a document that fits, of those that the model accepts where few of them are."""
        good = self.good
        if good is None or good.share > OFTEN or not good.values:
            return self.values()
        return st.one_of(st.sampled_from(good.values), st.sampled_from(good.values), self.values())

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

    def of(self, part: Any, depth: int, path: str = "") -> st.SearchStrategy[Any]:
        """Draw what fits one part of the schema; `path` says where it stands."""
        if path in self.hints:
            self.used.add(path)
            return self.hints[path]
        if not isinstance(part, Mapping) or depth < 0:
            return st.none()
        part = self.resolved(part)
        for word in ("anyOf", "oneOf"):
            if word in part:
                return st.one_of(
                    [
                        self.of(self._with(one, part), depth - 1, path)
                        for one in self._told(part[word], depth)
                    ]
                )
        if "allOf" in part:
            return self.of({**part, **_merged(map(self.resolved, part["allOf"]))}, depth, path)
        if "const" in part or "enum" in part:
            return st.sampled_from(part.get("enum", [part.get("const")]))
        return self._typed(part, depth, path)

    def _with(self, one: Any, union: Mapping[str, Any]) -> Any:
        """Return a member of a union with what pydantic says of all of them."""
        told = {name: value for name, value in union.items() if name.startswith("x-")}
        return {**self.resolved(one), **told} if told and isinstance(one, Mapping) else one

    def _told(self, union: list[Any], depth: int) -> list[Any]:
        """Leave out what would not end, and free text beside a number: a decimal is digits."""
        parts = [self.resolved(one) for one in union]
        kinds = {one.get("type") for one in parts}
        if kinds & {"number", "integer"}:
            parts = [one for one in parts if one.get("type") != "string"]
        flat = [one for one in parts if one.get("type") not in {"object", "array"}]
        return flat if flat and depth <= SHALLOW else parts

    def _typed(self, part: Mapping[str, Any], depth: int, path: str) -> st.SearchStrategy[Any]:
        kind = part.get("type")
        if UNDRAWABLE in part:
            raise CannotDrawError(
                f"nothing can be drawn for {path or 'the model'}",
                why="its type has no JSON form that pydantic knows",
                fix=f"Give valid values with samples={{{path!r}: […]}} or strategy={{{path!r}: …}}",
            )
        if kind == "object" or "properties" in part:
            return self._objects(part, depth, path)
        if kind == "array":
            return self._lists(part, depth, path)
        if kind == "string":
            held = part.get("contentSchema")
            return texts(part) if held is None else self.of(held, depth, path).map(json.dumps)
        if kind in {"integer", "number"}:
            return numbers(part, whole=kind == "integer")
        # No type: anything goes.
        anything = words(1, 8) | st.integers(0, 99)
        return {"boolean": st.booleans(), "null": st.none()}.get(str(kind), anything)

    def _objects(self, part: Mapping[str, Any], depth: int, path: str) -> st.SearchStrategy[Any]:
        fields = part.get("properties", {})
        free = part.get("additionalProperties", False) is not False
        if not fields and (free or "patternProperties" in part):
            return self._mappings(part, depth, path)

        def inner(name: str) -> st.SearchStrategy[Any]:
            return self.of(fields[name], depth - 1, f"{path}.{name}".lstrip("."))

        needed = {name: inner(name) for name in part.get("required", ())}
        rest = [name for name in fields if name not in needed and depth > SHALLOW]
        found = st.fixed_dictionaries(needed, optional={name: inner(name) for name in rest})
        paths = part.get(PATHS)
        return found.map(lambda held: placed(held, paths)) if paths else found

    def _mappings(self, part: Mapping[str, Any], depth: int, path: str) -> st.SearchStrategy[Any]:
        """Draw a mapping whose keys no model declares."""
        keys, more = (
            texts({"maxLength": 8, **part.get("propertyNames", {})}),
            part.get("additionalProperties"),
        )
        for pattern, held in part.get("patternProperties", {}).items():
            keys, more = texts({"pattern": pattern}), held
        inner = self.of(more, depth - 1, path) if isinstance(more, Mapping) else words(1, 8)
        least = part.get("minProperties", 0)
        return st.dictionaries(keys, inner, min_size=least, max_size=max(least, 2))

    def _lists(self, part: Mapping[str, Any], depth: int, path: str) -> st.SearchStrategy[Any]:
        if "prefixItems" in part:
            first = [self.of(one, depth - 1, path) for one in part["prefixItems"]]
            return st.tuples(*first).map(list)
        least = part.get("minItems", 0)
        most = min(part.get("maxItems", least + 2), least + 2)
        if depth <= SHALLOW:
            most = least
        inner = self.of(part.get("items", {}), depth - 1, path)
        if part.get("uniqueItems"):
            return st.lists(inner, min_size=least, max_size=most, unique_by=repr)
        return st.lists(inner, min_size=least, max_size=most)


def is_free_text(part: Mapping[str, Any]) -> bool:
    """Tell whether any text of ordinary length fits: there a canary can be planted."""
    limits = {"pattern", "format", "enum", "const", "contentSchema"} & part.keys()
    return part.get("type") == "string" and not limits and part.get("maxLength", 99) > 40  # noqa: PLR2004 - longer than any canary


def _merged(parts: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in parts:
        found.update(part)
    found.pop("allOf", None)
    return found
