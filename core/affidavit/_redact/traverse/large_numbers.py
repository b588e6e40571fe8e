"""Numbers without quotes that are long enough to be somebody's: of a card, of a state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from affidavit._policy.words import RedactionAction
from affidavit._redact.detect.cards import LONGEST, Likely, card
from affidavit._redact.traverse.text import Texts, limit
from affidavit._redact.types.match import Classification

if TYPE_CHECKING:
    from affidavit._redact.classify.policy_rules import PolicyRules
    from affidavit._redact.replace.by_key import KeyReplacer
    from affidavit._redact.types.budget import Budget
    from affidavit._redact.types.position import Position
    from affidavit._types import Json

SMALL: Final = 2 * 10**12
"""Numbers below are no card's: those have thirteen digits or more and do not begin with 1."""

_HUGE: Final = 10**400
"""Numbers from here on are not written out: Python itself refuses at 4,300 digits."""


class LargeNumbers:
    """Reads numbers; safe to use from several threads."""

    __slots__ = ("_judge", "_rules", "_texts")

    def __init__(self, rules: PolicyRules, judge: KeyReplacer, texts: Texts) -> None:
        self._rules = rules
        self._judge = judge
        self._texts = texts

    def redact(self, value: Any, budget: Budget, place: Position) -> Json:
        """Return a number as it is, or what stands for one of a card or of a policy's packs."""
        as_it_is: Json = value  # `value: float` would make a float of 200, once it is compiled
        if -SMALL < value < SMALL:
            return as_it_is
        if type(value) is float and not value.is_integer():
            return as_it_is if math.isfinite(value) else str(value)
        if abs(value) >= _HUGE:
            return limit(budget)
        digits = str(abs(int(value)))
        done = digits if place.lifted else self._read(digits, budget, place)
        return as_it_is if done == digits else done

    def _read(self, digits: str, budget: Budget, place: Position) -> Json:
        """Return what stands for the digits of a number; the digits, if it is nobody's."""
        if len(digits) <= LONGEST and card(digits.encode()) is Likely.YES:
            verdict = Classification("CREDIT_CARD", self._rules.action("CREDIT_CARD"))
            keep = verdict.action is RedactionAction.KEEP
            return digits if keep else self._judge.act(verdict, digits, budget)
        if place.versioned or len(digits) not in self._texts.scanner.packs().sizes:
            return digits
        return self._texts.clean(digits, budget, 1, place=place)
