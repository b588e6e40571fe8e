"""Run several queries of one source as one change, and put each on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from affidavit._offrecord.observation import CURRENT, Nobody
from affidavit._policy.words import Literals
from affidavit._records.accesses import Read
from affidavit._sources.source import AnySource, Query, Scalar
from affidavit.errors import StatementError

if TYPE_CHECKING:
    from affidavit._invocation.handler_state import HandlerState

NOT_ANSWERED: Final = -1
"""The row count on record of a statement that failed: it was tried all the same."""

Steps = Sequence[tuple[Query, Mapping[str, Scalar]]]


def change_together(state: HandlerState, name: str, source: AnySource, steps: Steps) -> bool:
    """Run the steps once the opening record is kept; their row count is 1, or 0 if none held.

    Raises:
        StatementError: The source has no transactions, there is no step, or one does not write.

    """
    together = getattr(source, "run_together", None)
    if together is None or not steps or not all(query.write for query, _ in steps):
        raise StatementError(
            "queries cannot be run together",
            why="the source has no transactions, there is no query, or one of them does not write",
            fix="Use a source that has them, and queries with write=True",
        )
    for query, binds in steps:
        query.check_binds(binds)
        if state.runtime.policy.sources.literals is Literals.REFUSE:
            query.check_literals()
    told: list[str] = []
    permit = state.permit(told)
    state.declaration.settle()
    found, before = NOT_ANSWERED, CURRENT.set(Nobody.KERNEL)
    invocation = state.invocation
    invocation.span.enter(f"{name}.together")
    try:
        found = int(bool(together(permit, steps)))
    finally:
        invocation.span.leave(failed=found == NOT_ANSWERED)
        CURRENT.reset(before)
        reference = state.reference(told)
        for query, _ in steps:
            names = tuple(sorted(query.binds))
            invocation.reads.append(Read(name, query.name, names, found, reference))
    return bool(found)
