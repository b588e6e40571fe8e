"""The table of key phrases."""

from affidavit._redact.types.entities import ENTITIES
from affidavit._redact.types.lexicon import ENDINGS, LAST_WORDS, WHOLE


def test_every_phrase_belongs_to_an_entity() -> None:
    """A misspelt entity would never be acted on."""
    assert {*ENDINGS.values(), *WHOLE.values()} <= set(ENTITIES)


def test_phrases_are_lower_case_words() -> None:
    """Names are split into lower-case words before they are looked up."""
    assert all(word.isalnum() and word.islower() for p in {*ENDINGS, *WHOLE} for word in p.split())


def test_no_phrase_stands_in_both_tables() -> None:
    """A phrase that may end a name may be one too."""
    assert ENDINGS.keys().isdisjoint(WHOLE)


def test_last_words_are_those_of_the_phrases() -> None:
    """Without one of them a name need not be looked up."""
    assert {"password", "number", "name"} <= LAST_WORDS
