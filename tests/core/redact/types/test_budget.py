"""What one call has found and spent."""

from affidavit._records.tokens import TokenKey, Tokens
from affidavit._redact.types.budget import Tally


def test_findings_are_counted_by_entity() -> None:
    """Counting and forgetting keep the same dictionary: others hold it."""
    tally = Tally(10, None, None)
    held = tally.found
    tally.count("EMAIL")
    earlier = dict(held)
    tally.count("EMAIL")
    tally.forget(earlier)

    assert {"EMAIL": 1} == held


def test_the_token_key_is_asked_for_once() -> None:
    """It may cost a call to a key service."""
    asked: list[int] = []

    def make() -> Tokens:
        asked.append(1)
        return Tokens(TokenKey(kid="k1", key=b"k" * 32))

    tally = Tally(10, make, None)

    assert tally.tokens() is tally.tokens() is not None
    assert [1] == asked


def test_a_missing_key_is_no_error() -> None:
    """Without a key there are no tokens, and values are replaced."""

    def fail() -> Tokens:
        raise OSError

    assert Tally(10, fail, None).tokens() is None
    assert Tally(10, None, None).tokens() is None
