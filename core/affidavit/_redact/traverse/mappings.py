"""Walk a value and return a new one, redacted."""

from __future__ import annotations

import math
from typing import Any, Final, TypeGuard

from affidavit._policy.model import Action
from affidavit._redact.classify.key_classifier import UNREAD, Name, Names, is_plain
from affidavit._redact.classify.key_words import split
from affidavit._redact.classify.policy_rules import Rules
from affidavit._redact.classify.siblings import has_value, pair_verdict
from affidavit._redact.detect.cards import LONGEST, Likely, card
from affidavit._redact.normalise.embedded_json import Repeated
from affidavit._redact.normalise.plain_objects import Opaque, Secret, plain
from affidavit._redact.replace.by_key import Judge
from affidavit._redact.traverse.keys import Speller
from affidavit._redact.traverse.scanner import Scanner
from affidavit._redact.traverse.sequences import Elements
from affidavit._redact.traverse.text import Texts, limit
from affidavit._redact.types.budget import Tally
from affidavit._redact.types.clean import Clean
from affidavit._redact.types.entities import SECRETS, label
from affidavit._redact.types.match import Verdict
from affidavit._redact.types.position import BELOW_VERSION, NOWHERE, Place, Where
from affidavit._types import Json

_SMALL: Final = 2 * 10**12
"""Numbers below are no card's: those have thirteen digits or more and do not begin with 1."""

_LONGEST_ID: Final = 64

_NUMBERS: Final = frozenset({int, float})

_HUGE: Final = 10**400
"""Numbers from here on are not written out: Python itself refuses at 4,300 digits."""

_DYNAMODB: Final = frozenset({"B", "BOOL", "BS", "L", "M", "N", "NS", "NULL", "S", "SS"})
"""Names of DynamoDB's attribute types: what is below them is below the attribute."""

_LATER: Final = object()

_SECRET: Final = Verdict("SECRET", Action.DROP)
_UNKNOWN: Final = Verdict("UNKNOWN", Action.REPLACE)


class Walker:
    """The recursive part of the engine; safe to use from several threads."""

    __slots__ = ("_depth", "_elements", "_judge", "_known", "_names", "_rules", "_speller", "texts")

    def __init__(self, rules: Rules, names: Names, judge: Judge, scanner: Scanner) -> None:
        self._rules = rules
        self._depth = rules.depth
        self._names = names
        self._known = names.kept
        self._judge = judge
        self._elements = Elements(names, judge, self.walk)
        # Texts and objects hold one another: JSON stands in texts.
        self.texts = Texts(scanner, self.walk, rules.string_bytes)
        self._speller = Speller(names, self.texts)

    def walk(  # noqa: PLR0911 - a dispatch by type
        self, value: object, tally: Tally, depth: int, parent: str, place: Place = NOWHERE
    ) -> Json:
        """Return a redacted copy of `value`, which stands below the key `parent`."""
        if (
            tally.allow is not None
            and not parent
            and not isinstance(value, (dict, list, tuple, Clean))
        ):
            return self._judge.act(_UNKNOWN, value, tally)
        if type(value) is str:
            return self.texts.clean(value, tally, depth, parent, place)
        if value is None or type(value) is bool:
            return value
        if type(value) is int or type(value) is float:
            return self._number(value, tally, place)
        if type(value) is dict:
            return self._object(value, tally, depth, parent, place)
        if type(value) is list or type(value) is tuple:
            return self._list(value, tally, depth, parent, place)
        return self._foreign(value, tally, depth, parent, place)

    def _number(self, value: float, tally: Tally, place: Place) -> Json:
        """Look at a number: a card number needs no quotes."""
        if -_SMALL < value < _SMALL:
            return value
        if type(value) is float and not value.is_integer():
            return value if math.isfinite(value) else str(value)
        if abs(value) >= _HUGE:
            return limit(tally)
        digits = str(abs(int(value)))
        if len(digits) > LONGEST or card(digits.encode()) is not Likely.YES or place.lifted:
            return value
        verdict = Verdict("CREDIT_CARD", self._rules.action("CREDIT_CARD"))
        return value if verdict.action is Action.KEEP else self._judge.act(verdict, digits, tally)

    def _foreign(self, value: object, tally: Tally, depth: int, parent: str, place: Place) -> Json:
        """Redact an object that JSON does not know."""
        if type(value) is Clean:
            # It has been through the engine; an allow-list may ask for more.
            done = value.value
            return done if tally.allow is None else self.walk(done, tally, depth, parent, place)
        if not _enter(value, 0, tally, depth, self._depth):
            return limit(tally)
        try:
            shallow = plain(value, tally.nodes)
            if isinstance(value, Repeated):
                tally.repeated += 1
            if isinstance(shallow, (Secret, Opaque)):
                verdict = _SECRET if isinstance(shallow, Secret) else _UNKNOWN
                return self._judge.act(verdict, "?", tally)
            return self.walk(shallow, tally, depth + 1, parent, place)
        except RecursionError:
            return limit(tally)
        except (Exception, SystemExit, GeneratorExit):  # noqa: BLE001 - foreign code: anything
            return self._judge.act(_UNKNOWN, "?", tally)
        finally:
            tally.above.discard(id(value))

    def _list(
        self,
        value: list[object] | tuple[object, ...],
        tally: Tally,
        depth: int,
        parent: str,
        place: Place,
    ) -> Json:
        if not _enter(value, len(value), tally, depth, self._depth):
            return limit(tally)
        try:
            return self._elements.redact(value, tally, depth, parent, place)
        finally:
            tally.above.discard(id(value))

    def _object(
        self, value: dict[object, object], tally: Tally, depth: int, parent: str, place: Place
    ) -> Json:
        # As `_enter` does, without the call: most of an event is objects.
        mark, size, above = id(value), len(value), tally.above
        if depth >= self._depth or mark in above or tally.nodes < size:
            return limit(tally)
        tally.nodes -= size
        above.add(mark)
        try:
            if tally.allow is not None or place.exempt:
                return self._strict_items(value, tally, depth, parent, place)
            return self._items(value, tally, depth, parent, place)
        finally:
            above.discard(mark)

    def _items(  # noqa: C901 - the hottest loop: a call for each kind of value would cost more
        self, value: dict[Any, Any], tally: Tally, depth: int, parent: str, place: Place
    ) -> Json:
        # The hottest loop of the engine: names that mean nothing, texts that are known
        # to be clean, small numbers and constants pass without a call.
        known, texts, below = self._known, self.texts, depth + 1
        clean, found = texts.kept, tally.found
        out: dict[str, Json] = {}
        for key, item in value.items():
            if type(key) is not str:
                self._entry(key, value, out, tally, Where(depth, parent, place))
                continue
            name = known.get(key, UNREAD)
            if name is UNREAD:
                name = self._names.learn(key)
            kind = type(item)
            if name is not None and item is not None and kind is not bool:
                if name.constant and (kind is not str or item):
                    found[name.entity] = found.get(name.entity, 0) + 1
                    out[key] = name.constant
                elif (done := self._acted(name, key, item, tally, below)) is not _LATER:
                    out[key] = done
                else:
                    self._entry(key, value, out, tally, Where(depth, parent, place))
            elif kind is str:
                out[key] = item if item in clean else texts.clean(item, tally, below, key)
            elif item is None or kind is bool or (kind in _NUMBERS and -_SMALL < item < _SMALL):
                out[key] = item
            elif kind is dict:
                out[key] = self._object(
                    item, tally, below, parent if key in _DYNAMODB else key, NOWHERE
                )
            elif kind is list and len(item) == 1 and type(item[0]) is str:
                # The values of a header: one, mostly.
                lone = item[0]
                out[key] = [lone if lone in clean else texts.clean(lone, tally, below + 1, key)]
            else:
                out[key] = self.walk(item, tally, below, parent if key in _DYNAMODB else key)
        return out

    def _acted(self, name: Name, key: str, item: object, tally: Tally, depth: int) -> Any:
        """Return an item whose name says by itself what becomes of it, else `_LATER`."""
        if name.acts:
            return self._judge.act(name.acts, item, tally)
        if type(item) is str:
            if name.passes:
                return self.texts.clean(item, tally, depth, key, BELOW_VERSION)
            if name.identifies and not item.isdigit():
                return self.texts.clean(item, tally, depth, key)
        elif type(item) is list and len(item) == 1 and type(item[0]) is str:
            done = self._acted(name, key, item[0], tally, depth + 1)
            return done if done is _LATER else [done]
        return _LATER

    def _entry(
        self,
        key: object,
        source: dict[object, object],
        out: dict[str, Json],
        tally: Tally,
        where: Where,
    ) -> None:
        """Add one item whose name means something, or has not been read yet."""
        depth, parent, place = where
        item = source[key]
        name = self._known.get(key, UNREAD) if type(key) is str else UNREAD
        written = str(key) if name is not UNREAD else ""
        if name is UNREAD:
            written, name = self._speller.read(key, out, tally)
        verdict = None if name is None else name.verdict or self._beside(name, source, parent)
        if verdict is not None and self._holds(verdict, place):
            out[written] = self._judge.act(verdict, item, tally)
            return
        if name is not None and name.identifies and _is_bare(item):
            out[written] = item
            return
        if name is not None and name.versioned:
            place = BELOW_VERSION if place is NOWHERE else place._replace(versioned=True)
        above = parent if written in _DYNAMODB else written
        out[written] = self.walk(item, tally, depth + 1, above, place)

    def _beside(self, name: Name, value: dict[object, object], parent: str) -> Verdict | None:
        """Return what the names beside or above `name` make of it."""
        if name.role == "value":
            return pair_verdict(value, parent, self._names)
        if name.role == "input" and "loc" in value:
            # A pydantic error quotes what it was given, which may be the whole parent.
            return _UNKNOWN
        if name.open and parent and not has_value(value):
            return self._names.below(parent, name)
        return None

    def _holds(self, verdict: Verdict, place: Place) -> bool:
        if verdict.entity in SECRETS:
            return True
        return verdict.action is not Action.KEEP and not place.lifted

    def _strict_items(
        self, value: dict[object, object], tally: Tally, depth: int, parent: str, place: Place
    ) -> Json:
        """Redact an object where an allow-list rules or a path is exempt."""
        out: dict[str, Json] = {}
        for key, item in value.items():
            inside = place.below(key if type(key) is str else "")
            if tally.allow is None or (type(key) is str and "".join(split(key)) in tally.allow):
                self._entry(key, value, out, tally, Where(depth, parent, inside))
                continue
            written, name = self._speller.read(key, out, tally)
            if not is_plain(written):
                written, _ = self._speller.read(label("UNKNOWN"), out, tally)
            verdict = name.verdict if name and name.verdict else _UNKNOWN
            out[written] = self._judge.hide(verdict, item, tally)
        return out


def _is_bare(item: object) -> TypeGuard[str | int]:
    """Tell whether `item` is digits and nothing else, few enough to be an identifier."""
    if type(item) is str:
        return len(item) <= _LONGEST_ID and item.isascii() and item.isdigit()
    return type(item) is int and 0 <= item < 10**_LONGEST_ID


def _enter(value: object, size: int, tally: Tally, depth: int, deepest: int) -> bool:
    """Tell whether `value` may be looked into; if so, its caller must leave it again."""
    mark = id(value)
    if depth >= deepest or mark in tally.above or tally.nodes < size:
        return False
    tally.nodes -= size
    tally.above.add(mark)
    return True
