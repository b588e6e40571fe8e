"""How many runs the function of the harness has room for."""

from __future__ import annotations

import sys
from typing import Any, Final

from affidavit import SettingsError
from affidavit_harness.engine.call import error_name

PER_PLACE: Final = 2
"""Runs for each place in the function."""


def places(client: Any, function: str) -> int | None:
    """Return how many calls of the function go on at once; None if nobody limits or says it.

    Raises:
        SettingsError: None does, so every run would wait until it has no time left.

    """
    try:
        told = client.get_function_concurrency(FunctionName=function)
    except Exception as error:  # noqa: BLE001 - boto3's; it is of use, and no condition
        sys.stderr.write(f"nobody says how many runs {function} takes: {error_name(error)}\n")
        return None
    reserved: int | None = told.get("ReservedConcurrentExecutions")
    if reserved == 0:
        raise SettingsError(
            f"{function} takes no run at all",
            why="its reserved concurrency is 0",
            fix="Raise it; Terraform's compute.reserved_concurrency says it",
        )
    return reserved


def at_once(client: Any, function: str, wanted: int) -> int:
    """Return how many of the wanted runs to play at once: no more than it has room for.

    A run does not occupy it all the time, so twice as many go on. More would be
    turned away again and again, and each of them then waits longer each time.

    Raises:
        SettingsError: It has room for none.

    """
    free = places(client, function)
    if free is None or wanted <= PER_PLACE * free:
        return wanted
    going = PER_PLACE * free
    sys.stderr.write(
        f"{function} runs {free} times at once: {going} of {wanted} runs go on at a time\n"
    )
    return going
