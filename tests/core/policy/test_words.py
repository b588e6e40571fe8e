"""The words of a policy."""

from affidavit._policy import words
from affidavit._policy.words import Word

KINDS = [kind for kind in vars(words).values() if isinstance(kind, type) and issubclass(kind, Word)]


def test_each_word_is_its_name_and_says_what_it_means() -> None:
    """Policies, records and the schema for editors are read by them."""
    found = [word for kind in KINDS for word in kind]
    assert all(word.value == word.name.lower() for word in found)
    assert all(word.says for word in found)
    assert len(found) > 50
