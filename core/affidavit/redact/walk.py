"""Walk a value and return a new one, redacted."""

from __future__ import annotations

import math
from typing import Final

from affidavit.policy import Action
from affidavit.redact.beside import has_value, pair_verdict
from affidavit.redact.cards import LONGEST, Likely, card
from affidavit.redact.documents import Repeated
from affidavit.redact.elements import Elements
from affidavit.redact.entities import SECRETS, label
from affidavit.redact.hits import Verdict
from affidavit.redact.judge import Judge
from affidavit.redact.keys import split
from affidavit.redact.names import UNREAD, Name, Names, is_plain
from affidavit.redact.objects import Opaque, Secret, plain
from affidavit.redact.place import BELOW_VERSION, NOWHERE, Place, Where
from affidavit.redact.rules import Rules
from affidavit.redact.scan import Scanner
from affidavit.redact.spell import Speller
from affidavit.redact.tally import Tally
from affidavit.redact.text import Texts, limit
from affidavit.types import Json

_SMALL: Final = 2 * 10**12
"""Numbers below are no card's: those have thirteen digits or more and do not begin with 1."""

_HUGE: Final = 10**400
"""Numbers from here on are not written out: Python itself refuses at 4,300 digits."""

_DYNAMODB: Final = frozenset({"B", "BOOL", "BS", "L", "M", "N", "NS", "NULL", "S", "SS"})
"""Names of DynamoDB's attribute types: what is below them is below the attribute."""

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
        if tally.allow is not None and not parent and not isinstance(value, (dict, list, tuple)):
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
        if not _enter(value, len(value), tally, depth, self._depth):
            return limit(tally)
        try:
            if tally.allow is not None or place.exempt:
                return self._strict_items(value, tally, depth, parent, place)
            return self._items(value, tally, depth, parent, place)
        finally:
            tally.above.discard(id(value))

    def _items(
        self, value: dict[object, object], tally: Tally, depth: int, parent: str, place: Place
    ) -> Json:
        # The hottest loop of the engine: names that mean nothing, texts that are known
        # to be clean, small numbers and constants pass without a call.
        known, clean, texts, below = self._known, self.texts.kept, self.texts, depth + 1
        found = tally.found
        out: dict[str, Json] = {}
        for key, item in value.items():
            if type(key) is not str:
                self._entry(key, value, out, tally, Where(depth, parent, place))
                continue
            name = known.get(key, UNREAD)
            if name is UNREAD:
                name = self._names.learn(key)
            if item is None or item is True or item is False:
                out[key] = item
            elif name is not None:
                if name.constant and not (type(item) is str and not item):
                    found[name.entity] = found.get(name.entity, 0) + 1
                    out[key] = name.constant
                elif name.acts:
                    out[key] = self._judge.act(name.acts, item, tally)
                else:
                    self._entry(key, value, out, tally, Where(depth, parent, place))
            elif type(item) is str:
                out[key] = item if item in clean else texts.clean(item, tally, below, key)
            elif (type(item) is int or type(item) is float) and -_SMALL < item < _SMALL:
                out[key] = item
            else:
                out[key] = self.walk(item, tally, below, parent if key in _DYNAMODB else key)
        return out

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


def _enter(value: object, size: int, tally: Tally, depth: int, deepest: int) -> bool:
    """Tell whether `value` may be looked into; if so, its caller must leave it again."""
    mark = id(value)
    if depth >= deepest or mark in tally.above or tally.nodes < size:
        return False
    tally.nodes -= size
    tally.above.add(mark)
    return True
