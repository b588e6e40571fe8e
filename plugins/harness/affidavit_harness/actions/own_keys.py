"""Test data carries the run's name at the front of its key, or is not written."""

from __future__ import annotations

from affidavit.plugin import ActionContext
from affidavit_harness.errors import RefusedActionError


def must_be_ours(key: object, context: ActionContext) -> None:
    """Refuse a key that is not the run's own.

    Raises:
        RefusedActionError: A scenario must not be able to touch real data.

    """
    if not isinstance(key, str) or not key.startswith(context.run.prefix):
        raise RefusedActionError(
            "Harness.Key",
            "the key is not one of test data",
            why="it does not start with itest-, the run's id and a hyphen",
            fix="Start it with ${{ run.prefix }}",
        )
