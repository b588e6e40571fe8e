"""A service of `affidavit new`, served on a free port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from affidavit_scaffold.additions import add_function
from devserver_parts import Served, make_project, serve


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    definition = make_project(tmp_path / "shop")
    add_function(definition, "orders")
    origins = ("https://app.example.org",)
    with serve(definition, claims={"sub": "ada"}, origins=origins) as found:
        yield found
