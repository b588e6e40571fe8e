"""Redact values that another field names: cells of rows, binds of a statement."""

from __future__ import annotations

from affidavit._redact.classify.tables import Verdicts
from affidavit._redact.replace.by_key import KeyReplacer
from affidavit._redact.traverse.sequences import Walk, holds
from affidavit._redact.types.budget import Budget
from affidavit._redact.types.clean import Clean
from affidavit._redact.types.match import Classification
from affidavit._redact.types.position import Container
from affidavit._types import Json


class Cells:
    """Redacts by place or name. `walk` redacts one value, `depth` is the deepest."""

    __slots__ = ("_depth", "_judge", "_walk")

    def __init__(self, judge: KeyReplacer, walk: Walk, depth: int) -> None:
        self._judge = judge
        self._walk = walk
        self._depth = depth

    def redact(self, columns: Verdicts, item: object, budget: Budget, where: Container) -> Json:
        """Return a redacted copy of a list, rows of lists, or an object, by `columns`."""
        depth, parent, place = where
        if isinstance(item, (list, tuple)) and len(item) <= budget.nodes and depth < self._depth:
            budget.nodes -= len(item)
            below = Container(depth + 1, parent, place)
            return [
                self.redact(columns, one, budget, below)
                if isinstance(one, (list, tuple, dict))
                else self._cell(columns.get(str(at)), one, budget, where)
                for at, one in enumerate(item)
            ]
        if isinstance(item, dict) and not columns.keys().isdisjoint(item):
            item = {
                key: Clean(self._cell(columns[key], one, budget, where)) if key in columns else one
                for key, one in item.items()
            }
        return self._walk(item, budget, depth, parent, place)

    def _cell(
        self, verdict: Classification | None, item: object, budget: Budget, where: Container
    ) -> Json:
        if verdict is not None and holds(verdict, where.place):
            return self._judge.act(verdict, item, budget)
        return self._walk(item, budget, *where)
