"""The stack of these tests, deployed once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from affidavit_release.demo.shop import pack
from e2e.framework.clouds import Cloud
from e2e.framework.stacks import Stack, deployed

HERE = Path(__file__).parent
FIRST = 'def handler(event, context):\n    return ["first", context.function_version]\n'


class Outputs(NamedTuple):
    """What main.tf puts out."""

    function: str


@pytest.fixture(scope="module")
def stack(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack[Outputs]]:
    """A function that says which of its codes has answered."""
    path = tmp_path_factory.mktemp("shifts") / "teller.zip"
    path.write_bytes(pack(FIRST))
    with deployed(HERE, cloud, Outputs, {"teller": path}) as ours:
        yield ours
