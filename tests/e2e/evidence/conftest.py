"""The stack of these tests, deployed once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from e2e.framework.bundles import bundle, bundle_price, bundle_sealer
from e2e.framework.clouds import Cloud
from e2e.framework.stacks import Stack, deployed

HERE = Path(__file__).parent


class Outputs(NamedTuple):
    """What main.tf puts out."""

    url: str
    access_log: str
    table: str
    subjects: str
    ledger_url: str
    spill_url: str
    bucket: str
    archive_url: str
    signer_url: str
    price: str
    slow: str
    stream: str
    checkpoint: str
    replay: str


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Iterator[Stack[Outputs]]:
    """A ledger, its archive, the example and a function that never ends."""
    slow = bundle("slow=slow:handler", source=HERE / "handlers", plugins=("dynamodb", "sqlite"))
    artifacts = {
        "price": bundle_price(),
        "slow": slow["slow"],
        "sealer": bundle_sealer(),
    }
    with deployed(HERE, cloud, Outputs, artifacts) as ours:
        yield ours
