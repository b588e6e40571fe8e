"""The proof type."""

import dataclasses

import pytest

from affidavit.redact import Clean


def test_a_proof_cannot_be_changed() -> None:
    """What went through the engine stays as it came out."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Clean("x").value = "y"  # type: ignore[misc]


def test_nothing_is_found_unless_it_is_said() -> None:
    """The counts are empty by default."""
    assert () == Clean({}).found
