"""What affidavit promises, and where each promise is held."""

from __future__ import annotations

from pathlib import Path

import pytest

from affidavit_policy.promises import PROMISES

COMPLIANCE = Path(__file__).parents[2] / "compliance"


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_has_a_test_of_its_name(promise: str) -> None:
    """An auditor goes from a clause to the file that would fail."""
    assert (COMPLIANCE / f"test_{promise}.py").is_file()
    assert PROMISES[promise].endswith(".")


def test_a_test_has_a_promise_of_its_name() -> None:
    """And back."""
    assert {path.stem.removeprefix("test_") for path in COMPLIANCE.glob("test_*.py")} == set(
        PROMISES
    )
