"""Walk a value and return a new one, redacted."""

from __future__ import annotations

from typing import Any, Final

from affidavit._policy.words import RedactionAction
from affidavit._redact.classify.key_classifier import UNREAD, KeyClass, KeyClassifier, is_plain
from affidavit._redact.classify.key_words import split
from affidavit._redact.classify.policy_rules import PolicyRules
from affidavit._redact.classify.siblings import has_value, pair_verdict, person_verdict
from affidavit._redact.classify.tables import verdicts
from affidavit._redact.normalise.embedded_json import Repeated
from affidavit._redact.normalise.plain_objects import OpaqueObject, SecretObject, plain
from affidavit._redact.replace.by_key import KeyReplacer
from affidavit._redact.traverse.cells import Cells
from affidavit._redact.traverse.holders import BELIEVED, doubted, is_doubted
from affidavit._redact.traverse.keys import KeyWriter, is_bare
from affidavit._redact.traverse.large_numbers import SMALL, LargeNumbers
from affidavit._redact.traverse.scanner import Scanner
from affidavit._redact.traverse.sequences import Elements, holds
from affidavit._redact.traverse.text import Texts, limit
from affidavit._redact.types.budget import Budget
from affidavit._redact.types.clean import Clean
from affidavit._redact.types.entities import label
from affidavit._redact.types.match import Classification
from affidavit._redact.types.position import BELOW_VERSION, NOWHERE, Container, Position
from affidavit._types import Json

_NUMBERS: Final = frozenset({int, float})
_SIZED: Final = frozenset({str, list, tuple, dict})

_DYNAMODB: Final = frozenset({"B", "BOOL", "BS", "L", "M", "N", "NS", "NULL", "S", "SS"})
"""Names of DynamoDB's attribute types: what is below them is below the attribute."""

_TABLES: Final = frozenset({"rows", "binds", "expression"})

_LATER: Final = object()

_SECRET: Final = Classification("SECRET", RedactionAction.DROP)
_UNKNOWN: Final = Classification("UNKNOWN", RedactionAction.REPLACE)


class Walker:
    """The recursive part of the engine; safe to use from several threads."""

    __slots__ = (
        "_cells",
        "_depth",
        "_elements",
        "_judge",
        "_known",
        "_names",
        "_numbers",
        "_rules",
        "_speller",
        "texts",
    )

    def __init__(
        self, rules: PolicyRules, names: KeyClassifier, judge: KeyReplacer, scanner: Scanner
    ) -> None:
        self._rules = rules
        self._depth = rules.depth
        self._names = names
        self._known = names.kept
        self._judge = judge
        self._elements = Elements(names, judge, self.walk)
        self._cells = Cells(judge, self.walk, rules.depth)
        # Texts and objects hold one another: JSON stands in texts.
        self.texts = Texts(scanner, self.walk, rules.string_bytes)
        self._numbers = LargeNumbers(rules, judge, self.texts)
        self._speller = KeyWriter(names, self.texts)

    def walk(  # noqa: PLR0911 - a dispatch by type
        self,
        value: object,
        budget: Budget,
        depth: int,
        parent: str,
        place: Position = NOWHERE,
    ) -> Json:
        """Return a redacted copy of `value`, which stands below the key `parent`."""
        if (
            budget.allow is not None
            and not parent
            and not isinstance(value, (dict, list, tuple, Clean))
        ):
            return self._judge.act(_UNKNOWN, value, budget)
        if type(value) is str:
            return self.texts.clean(value, budget, depth, parent, place)
        if value is None or type(value) is bool:
            return value
        if type(value) is int or type(value) is float:
            return self._numbers.redact(value, budget, place)
        if type(value) is dict:
            return self._object(value, budget, depth, parent, place)
        if type(value) is list or type(value) is tuple:
            return self._list(value, budget, depth, parent, place)
        return self._foreign(value, budget, depth, parent, place)

    def _foreign(
        self, value: object, budget: Budget, depth: int, parent: str, place: Position
    ) -> Json:
        """Redact an object that JSON does not know."""
        if type(value) is Clean:
            # It has been through the engine; an allow-list may ask for more.
            done = value.value
            return done if budget.allow is None else self.walk(done, budget, depth, parent, place)
        if not _enter(value, 0, budget, depth, self._depth):
            return limit(budget)
        try:
            shallow = plain(value, budget.nodes)
            if isinstance(value, Repeated):
                budget.repeated += 1
            if isinstance(shallow, (SecretObject, OpaqueObject)):
                verdict = _SECRET if isinstance(shallow, SecretObject) else _UNKNOWN
                return self._judge.act(verdict, "?", budget)
            return self.walk(shallow, budget, depth + 1, parent, place)
        except RecursionError:
            return limit(budget)
        except (Exception, SystemExit, GeneratorExit):  # noqa: BLE001 - foreign code: anything
            return self._judge.act(_UNKNOWN, "?", budget)
        finally:
            budget.above.pop()

    def _list(
        self,
        value: list[object] | tuple[object, ...],
        budget: Budget,
        depth: int,
        parent: str,
        place: Position,
    ) -> Json:
        if not _enter(value, len(value), budget, depth, self._depth):
            return limit(budget)
        try:
            return self._elements.redact(value, budget, depth, parent, place)
        finally:
            budget.above.pop()

    def _object(
        self,
        value: dict[object, object],
        budget: Budget,
        depth: int,
        parent: str,
        place: Position,
    ) -> Json:
        if not _enter(value, len(value), budget, depth, self._depth):
            return limit(budget)
        try:
            if budget.allow is not None or place.exempt:
                return self._strict_items(value, budget, depth, parent, place)
            return self._items(value, budget, depth, parent, place)
        finally:
            budget.above.pop()

    def _items(  # noqa: C901 - the hottest loop: more calls would cost more
        self, value: dict[Any, Any], budget: Budget, depth: int, parent: str, place: Position
    ) -> Json:
        # Names that mean nothing, texts that are known to be clean, small numbers and
        # constants pass without a call.
        known, texts, below = self._known, self.texts, depth + 1
        clean, found = texts.kept, budget.found
        out: dict[str, Json] = {}
        for key, item in value.items():
            if type(key) is not str:
                self._entry(key, value, out, budget, Container(depth, parent, place))
                continue
            name = known.get(key, UNREAD)
            if name is UNREAD:
                name = self._names.learn(key)
            kind = type(item)
            if name is not None and item is not None and kind is not bool:
                if name.constant and (kind not in _SIZED or (item and kind is str)):
                    found[name.entity] = found.get(name.entity, 0) + 1
                    out[key] = name.constant
                elif (done := self._acted(name, key, item, budget, below)) is not _LATER:
                    out[key] = done
                else:
                    self._entry(key, value, out, budget, Container(depth, parent, place))
            elif kind is str:
                out[key] = item if item in clean else texts.clean(item, budget, below, key)
            elif item is None or kind is bool or (kind in _NUMBERS and -SMALL < item < SMALL):
                out[key] = item
            elif kind is dict:
                out[key] = self._object(
                    item, budget, below, parent if key in _DYNAMODB else key, NOWHERE
                )
            elif kind is list and len(item) == 1 and type(item[0]) is str:
                # The values of a header: one, mostly.
                lone = item[0]
                out[key] = [lone if lone in clean else texts.clean(lone, budget, below + 1, key)]
            else:
                out[key] = self.walk(item, budget, below, parent if key in _DYNAMODB else key)
        return out

    def _at_once(
        self, name: KeyClass | None, key: str, item: object, budget: Budget, where: Container
    ) -> Any:
        """Return what becomes of an item by a name that has just been read, else `_LATER`."""
        if name is None or where.place is not NOWHERE or budget.allow is not None:
            return _LATER
        return self._acted(name, key, item, budget, where.depth + 1)

    def _acted(self, name: KeyClass, key: str, item: object, budget: Budget, depth: int) -> Any:
        """Return an item whose name says by itself what becomes of it, else `_LATER`."""
        if name.acts:
            if name.doubt or type(item) is not str:
                held = doubted(name, key, item, self._names.look, budget)
                if held is not BELIEVED:
                    return self.walk(held, budget, depth, key)
            return self._judge.act(name.acts, item, budget)
        if type(item) is str:
            if name.passes:
                return self.texts.clean(item, budget, depth, key, BELOW_VERSION)
            if name.identifies and not item.isdigit():
                return self.texts.clean(item, budget, depth, key)
        elif type(item) is list and len(item) == 1 and type(item[0]) is str:
            done = self._acted(name, key, item[0], budget, depth + 1)
            return done if done is _LATER else [done]
        return _LATER

    def _entry(
        self,
        key: object,
        source: dict[object, object],
        out: dict[str, Json],
        budget: Budget,
        where: Container,
    ) -> None:
        """Add one item whose name means something, or has not been read yet."""
        depth, parent, place = where
        item = source[key]
        name = self._known.get(key, UNREAD) if type(key) is str else UNREAD
        written = str(key) if name is not UNREAD else ""
        if name is UNREAD:
            written, name = self._speller.read(key, out, budget)
            if (done := self._at_once(name, written, item, budget, where)) is not _LATER:
                out[written] = done
                return
        verdict = None if name is None else self._verdict(name, source, parent, item)
        if verdict is not None and holds(verdict, place):
            out[written] = self._judge.act(verdict, item, budget)
            return
        if (
            name is not None
            and name.role in _TABLES
            and (columns := verdicts(name, source, self._names))
        ):
            out[written] = self._cells.redact(
                columns, item, budget, Container(depth + 1, written, place)
            )
            return
        if name is not None and name.identifies and is_bare(item):
            out[written] = item
            return
        if name is not None and name.versioned:
            place = BELOW_VERSION if place is NOWHERE else place._replace(versioned=True)
        above = parent if written in _DYNAMODB else written
        out[written] = self.walk(item, budget, depth + 1, above, place)

    def _verdict(
        self, name: KeyClass, source: dict[object, object], parent: str, item: object
    ) -> Classification | None:
        """Return what `name` makes of its item, with what stands beside and above it."""
        if entity := name.entity_below(item):
            return self._rules.verdicts[entity]
        verdict = name.verdict or self._beside(name, source, parent)
        return None if verdict and is_doubted(name, verdict, parent, item) else verdict

    def _beside(
        self, name: KeyClass, value: dict[object, object], parent: str
    ) -> Classification | None:
        """Return what the names beside or above `name` make of it."""
        if name.role == "input" and "loc" in value:
            # A pydantic error quotes what it was given, which may be the whole parent.
            return _UNKNOWN
        if name.role in {"input", "value"}:
            return pair_verdict(value, parent, self._names)
        if (verdict := person_verdict(value, name, self._names)) is not None:
            return verdict
        if name.open and parent and not has_value(value):
            return self._names.below(parent, name)
        return None

    def _strict_items(
        self,
        value: dict[object, object],
        budget: Budget,
        depth: int,
        parent: str,
        place: Position,
    ) -> Json:
        """Redact an object where an allow-list rules or a path is exempt."""
        out: dict[str, Json] = {}
        for key, item in value.items():
            inside = place.below(key if type(key) is str else "")
            if budget.allow is None or (type(key) is str and "".join(split(key)) in budget.allow):
                self._entry(key, value, out, budget, Container(depth, parent, inside))
                continue
            written, name = self._speller.read(key, out, budget)
            if not is_plain(written):
                written, _ = self._speller.read(label("UNKNOWN"), out, budget)
            verdict = name.verdict if name and name.verdict else _UNKNOWN
            out[written] = self._judge.hide(verdict, item, budget)
        return out


def _enter(value: object, size: int, budget: Budget, depth: int, deepest: int) -> bool:
    """Tell whether `value` may be looked into; if so, its caller must leave it again."""
    if depth >= deepest or budget.nodes < size:
        return False
    # Not by `id`: each call of it is an audit event, which takes longer than this.
    for one in budget.above:
        if one is value:
            return False
    budget.nodes -= size
    budget.above.append(value)
    return True
