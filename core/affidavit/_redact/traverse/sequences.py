"""Redact the elements of a list or a tuple."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from affidavit._lazy import lazy
from affidavit._policy.words import RedactionAction
from affidavit._redact.classify.key_classifier import KeyClassifier
from affidavit._redact.classify.siblings import (
    OPTION,
    alternate,
    are_couples,
    couple_verdict,
    formatted,
    split_number,
)
from affidavit._redact.replace.by_key import KeyReplacer
from affidavit._redact.types.budget import Budget
from affidavit._redact.types.entities import SECRETS
from affidavit._redact.types.match import Classification
from affidavit._redact.types.position import NOWHERE, Container, Position
from affidavit._types import Json

Walk = Callable[[object, Budget, int, str, Position], Json]
"""Redacts one value: value, tally, depth, key above, place."""

_COUPLE: Final = 2
_BEGIN: Final = lazy(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_JCARD: Final = {
    "fn": "full_name", "n": "full_name", "adr": "address_line", "tel": "phone",
    "bday": "birth_date",
}  # fmt: skip
_PARTS_OF_JCARD: Final = ("name", "parameters", "type", "value")
"""Properties of a card in JSON (RFC 7095, 3.3), as registries of domains answer."""

_KEY: Final = Classification("PRIVATE_KEY", RedactionAction.DROP)


class Elements:
    """Redacts lists. `walk` redacts one element."""

    __slots__ = ("_judge", "_names", "_walk")

    def __init__(self, names: KeyClassifier, judge: KeyReplacer, walk: Walk) -> None:
        self._names = names
        self._judge = judge
        self._walk = walk

    def redact(  # noqa: PLR0911 - one kind of list after another
        self,
        value: Sequence[object],
        budget: Budget,
        depth: int,
        parent: str,
        place: Position,
    ) -> Json:
        """Return a redacted copy of `value`, whose elements stand below the key `parent`."""
        if len(value) == _COUPLE:
            message = formatted(value) if type(value) is tuple else None
            if message is not None:
                return self._walk(message, budget, depth + 1, parent, place)
            verdict = couple_verdict(value, self._names, sure=type(value) is tuple)
            if verdict is not None and holds(verdict, place):
                return self._couple(verdict, value, budget, depth, parent)
        first = value[0] if value else None
        if type(first) is str:
            if first[:1].isdigit() and not place.lifted and (entity := split_number(value)):
                whole = Classification(entity, RedactionAction.REPLACE)
                return [self._judge.act(whole, one, budget) for one in value]
            if first in _JCARD and (verdict := self._on_card(value)) and holds(verdict, place):
                return [first, {}, "text", self._judge.act(verdict, value[3], budget)]
            where = Container(depth + 1, parent, place)
            if flat := alternate(value, parent):
                return [one for couple in flat for one in self._both(couple, budget, where)]
            if any(type(one) is str and one[:1] == "-" for one in value):
                return self._arguments(value, budget, where)
        couples = type(first) in {list, tuple} and are_couples(value)
        if not couples and not place.exempt:
            return [self._walk(item, budget, depth + 1, parent, place) for item in value]
        return [
            self._element(
                item,
                budget,
                Container(depth + 1, parent, place.below(str(at)) if place.exempt else place),
                couples=couples,
            )
            for at, item in enumerate(value)
        ]

    def _on_card(self, value: Sequence[object]) -> Classification | None:
        """Return what a property of a card in JSON says of its value, if it is one."""
        full = len(value) >= len(_PARTS_OF_JCARD) and type(value[1]) is dict
        return self._names.look(_JCARD[str(value[0])]) if full else None

    def _element(self, item: object, budget: Budget, where: Container, *, couples: bool) -> Json:
        """Redact an element of couples, or of a list on the way to an exempt path."""
        depth, parent, place = where
        if couples and isinstance(item, (list, tuple)):
            verdict = couple_verdict(item, self._names, sure=True)
            if verdict is not None and holds(verdict, place):
                return self._couple(verdict, item, budget, depth, parent)
        return self._walk(item, budget, depth, parent, place)

    def _arguments(self, value: Sequence[object], budget: Budget, where: Container) -> list[Json]:
        """Redact a command's arguments: what stands behind an option that names it.

        The lines of a private key (RFC 7468) begin with dashes, too: all of them are the key.
        """
        depth, parent, place = where
        done: list[Json] = []
        verdict: Classification | None = None
        key = False
        for at, one in enumerate(value):
            inside = place.below(str(at)) if place.exempt else place
            if type(one) is str and (key or _BEGIN.match(one)):
                done.append(self._judge.act(_KEY, one, budget))
                key = "-----END" not in one
                continue
            if verdict is not None and holds(verdict, inside):
                done.append(self._judge.act(verdict, one, budget))
            else:
                done.append(self._walk(one, budget, depth, parent, inside))
            option = one if type(one) is str and OPTION.fullmatch(one) else ""
            verdict = self._names.look(option.lstrip("-")) if option and not verdict else None
        return done

    def _both(self, couple: tuple[object, object], budget: Budget, where: Container) -> list[Json]:
        """Redact a name and the value after it, in a list that has no couples."""
        depth, parent, place = where
        verdict = couple_verdict(couple, self._names, sure=True)
        if verdict is not None and holds(verdict, place):
            return self._couple(verdict, couple, budget, depth, parent)
        return [self._walk(one, budget, depth, parent, place) for one in couple]

    def _couple(
        self,
        verdict: Classification,
        couple: Sequence[object],
        budget: Budget,
        depth: int,
        parent: str,
    ) -> list[Json]:
        """Redact a name with its value, e.g. of a list of headers."""
        first, second = couple
        return [
            self._walk(first, budget, depth + 1, parent, NOWHERE),
            self._judge.act(verdict, second, budget),
        ]


def holds(verdict: Classification, place: Position) -> bool:
    """Tell whether a verdict is acted on at `place`."""
    if verdict.entity in SECRETS:
        return True
    return verdict.action is not RedactionAction.KEEP and not place.lifted
