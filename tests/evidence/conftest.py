"""How many archives the fuzzer tries."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def fuzz_rounds() -> int:
    """A thousand, unless `make fuzz` says more."""
    return int(os.environ.get("AFFIDAVIT_FUZZ_ROUNDS", "1000"))
