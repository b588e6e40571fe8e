"""The stack of these tests, deployed once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from e2e.framework.bundles import bundle, bundle_price
from e2e.framework.clouds import Cloud
from e2e.framework.stacks import Stack, deployed

HERE = Path(__file__).parent


class Outputs(NamedTuple):
    """What main.tf puts out."""

    table: str
    table_arn: str
    strict: str
    raising: str
    dead_url: str


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Iterator[Stack[Outputs]]:
    """A ledger and two functions."""
    plugins = ("dynamodb", "sqlite")
    raising = bundle("raising=raising:handler", source=HERE / "handlers", plugins=plugins)
    artifacts = {"strict": bundle_price(), "raising": raising["raising"]}
    with deployed(HERE, cloud, Outputs, artifacts) as ours:
        yield ours
