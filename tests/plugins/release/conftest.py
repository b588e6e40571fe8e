"""A small world to release into: a repository, a vault, a ledger and five environments on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from release_world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A fresh world with nothing built."""
    return World(tmp_path)
