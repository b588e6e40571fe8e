"""Where a value stands."""

from affidavit._redact.types.position import NOWHERE, Position


def test_a_path_is_followed_step_by_step() -> None:
    """An exempt path ends where its steps end."""
    start = Position(exempt=(("a", "b"), ("a", "*", "c")))

    assert start.below("x") is NOWHERE
    assert (("b",), ("*", "c")) == start.below("a").exempt
    assert start.below("a").below("b").lifted
    assert not start.below("a").below("x").lifted
    assert start.below("a").below("x").below("c").lifted


def test_what_is_lifted_stays_lifted() -> None:
    """An exemption holds for all that is below its path."""
    assert Position(exempt=((),)).below("x").below("y").lifted


def test_nowhere_is_not_lifted() -> None:
    """Without an exemption nothing is."""
    assert not NOWHERE.lifted
