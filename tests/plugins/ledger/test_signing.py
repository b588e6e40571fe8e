"""Keys that sign checkpoints: lost ones are not replaced, weak ones prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from affidavit import LedgerKeyError
from affidavit_ledger.signing import _PRIME, _SMALL, is_weak, open_signer

_D = (-121_665 * pow(121_666, -1, _PRIME)) % _PRIME


def _add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    """Add two points of edwards25519 (RFC 8032, section 5.1.4, in plain coordinates)."""
    (x1, y1), (x2, y2) = one, two
    part = _D * x1 * x2 * y1 * y2 % _PRIME
    x = (x1 * y2 + x2 * y1) * pow(1 + part, -1, _PRIME) % _PRIME
    y = (y1 * y2 + x1 * x2) * pow(1 - part, -1, _PRIME) % _PRIME
    return x, y


def _x_of(y: int) -> int:
    """Return an x to a y on the curve: RFC 8032, section 5.1.3."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _PRIME) % _PRIME
    x = pow(square, (_PRIME + 3) // 8, _PRIME)
    if (x * x - square) % _PRIME:
        x = x * pow(2, (_PRIME - 1) // 4, _PRIME) % _PRIME
    assert (x * x - square) % _PRIME == 0
    return x


@pytest.mark.parametrize("y", sorted(_SMALL))
def test_eight_times_a_weak_key_is_nothing(y: int) -> None:
    """Computed here: so every such key holds for signatures of anybody."""
    point = (_x_of(y), y)
    for _ in range(3):
        point = _add(point, point)

    assert (0, 1) == point
    for sign in (0, 1 << 255):
        assert is_weak((y | sign).to_bytes(32, "little"))


def test_a_key_that_is_not_written_in_its_one_form_is_weak() -> None:
    """Two keys of two names would be the same."""
    assert is_weak(_PRIME.to_bytes(32, "little"))
    assert is_weak((_PRIME + 5).to_bytes(32, "little"))


def test_a_lost_key_is_not_replaced(tmp_path: Path) -> None:
    """With a new one, no key would verify the log any more."""
    key = tmp_path / "sealer.key"
    made = open_signer(key, "example.org/log").public_pem()
    key.unlink()
    with pytest.raises(LedgerKeyError, match="it is lost"):
        open_signer(key, "example.org/log")

    assert made == (tmp_path / "sealer.pub").read_bytes()
    assert not key.exists()
