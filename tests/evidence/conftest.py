"""How many archives the fuzzer tries."""

from __future__ import annotations

import os

import pytest

# Read now: when a test runs, no variable of affidavit is left.
ROUNDS = int(os.environ.get("AFFIDAVIT_FUZZ_ROUNDS", "1000"))


@pytest.fixture
def fuzz_rounds() -> int:
    """A thousand, unless `make fuzz` says more."""
    return ROUNDS
