"""What one call has found and spent."""

from affidavit._records.tokens import TokenKey, Tokens
from affidavit._redact.types.budget import Budget


def test_findings_are_counted_by_entity() -> None:
    """Counting and forgetting keep the same dictionary: others hold it."""
    budget = Budget(10, None, None)
    held = budget.found
    budget.count("EMAIL")
    earlier = dict(held)
    budget.count("EMAIL")
    budget.forget(earlier)

    assert {"EMAIL": 1} == held


def test_the_token_key_is_asked_for_once() -> None:
    """It may cost a call to a key service."""
    asked: list[int] = []

    def make() -> Tokens:
        asked.append(1)
        return Tokens(TokenKey(kid="k1", key=b"k" * 32))

    budget = Budget(10, make, None)

    assert budget.tokens() is budget.tokens() is not None
    assert [1] == asked


def test_a_missing_key_is_no_error() -> None:
    """Without a key there are no tokens, and values are replaced."""

    def fail() -> Tokens:
        raise OSError

    assert Budget(10, fail, None).tokens() is None
    assert Budget(10, None, None).tokens() is None
