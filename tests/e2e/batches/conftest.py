"""The stack of these tests, deployed once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from e2e.framework.bundles import bundle
from e2e.framework.clouds import Cloud
from e2e.framework.stacks import Stack, deployed

HERE = Path(__file__).parent


class Outputs(NamedTuple):
    """What main.tf puts out."""

    table: str
    queue_url: str
    function: str
    dead_url: str


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Iterator[Stack[Outputs]]:
    """A queue and the function behind it."""
    made = bundle("orders=orders:handler", source=HERE / "handlers", plugins=("dynamodb",))
    with deployed(HERE, cloud, Outputs, made) as ours:
        yield ours
