"""Act on a value that its key has already judged."""

from __future__ import annotations

from typing import Final

from affidavit._policy.words import RedactionAction
from affidavit._redact.normalise.confusables import fold
from affidavit._redact.normalise.plain_objects import plain
from affidavit._redact.replace.operators import Operators
from affidavit._redact.types.budget import Budget
from affidavit._redact.types.entities import DROPPED, SECRETS, label
from affidavit._redact.types.match import Classification
from affidavit._types import Json

_DROP, _REPLACE = RedactionAction.DROP, RedactionAction.REPLACE

_LONGEST: Final = 512
"""Characters of a value that is masked or tokenised; a longer one is replaced whole."""

_MOST: Final = 64
"""Elements of a list that are acted on one by one, e.g. of a header's values."""

_TYPED: Final = frozenset({"S", "N"})
"""The types of a DynamoDB attribute that hold a text or a number."""


class KeyReplacer:
    """Replaces what stands under a sensitive key: all of it, whatever it is."""

    __slots__ = ("_actions",)

    def __init__(self, actions: Operators) -> None:
        self._actions = actions

    def act(self, verdict: Classification, value: object, budget: Budget) -> Json:
        """Return what stands for `value`; nothing, yes and no stay as they are."""
        entity, action = verdict
        if type(value) is str:
            if not value:
                return ""
            budget.count(entity)
            if len(value) > _LONGEST:
                return DROPPED if action is _DROP else label(entity)
            text = value if value.isascii() else fold(value)
            return self._actions.act(entity, action, text, budget.tokens)
        if value is None or value is True or value is False:
            return value
        if action is _DROP or action is _REPLACE:
            budget.count(entity)
            return DROPPED if action is _DROP else label(entity)
        return self._part_of(verdict, value, budget)

    def hide(self, verdict: Classification, value: object, budget: Budget) -> Json:
        """Return what stands for a `value` that no list allows: never a part of it."""
        if value is None:
            return None
        budget.count(verdict.entity)
        return DROPPED if verdict.entity in SECRETS else label(verdict.entity)

    def _part_of(self, verdict: Classification, value: object, budget: Budget) -> Json:
        """Mask, tokenise or truncate a value, or each of a short list."""
        if isinstance(value, (list, tuple)) and len(value) <= _MOST:
            if all(isinstance(one, (str, int)) for one in value):
                return [self.act(verdict, one, budget) for one in value]
        elif isinstance(value, dict) and len(value) == 1 and not _TYPED.isdisjoint(value):
            return {str(kind): self.act(verdict, one, budget) for kind, one in value.items()}
        budget.count(verdict.entity)
        text = _text(value)
        if not text:
            return label(verdict.entity)
        return self._actions.act(*verdict, text, budget.tokens)


def _text(value: object) -> str:
    """Return a text or a number as text; empty for everything else."""
    try:
        if not isinstance(value, (str, int, float, list, tuple, dict)):
            value = plain(value, _MOST)
        if not isinstance(value, (str, int, float)) or (
            isinstance(value, str) and len(value) > _LONGEST
        ):
            return ""
        text = str(value)
    except (Exception, SystemExit, GeneratorExit):  # noqa: BLE001 - foreign code: anything
        return ""
    return text if text.isascii() else fold(text)
