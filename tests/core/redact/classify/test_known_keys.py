"""Names that are known from the start."""

from affidavit._redact.classify.key_words import VERSION, entity_of, split
from affidavit._redact.classify.known_keys import ENVELOPE, PERSONAL, VERSIONED
from affidavit._redact.types.lexicon import OPEN


def test_known_names_mean_what_reading_them_says() -> None:
    """The list saves time and changes nothing."""
    assert [] == [name for name in ENVELOPE if entity_of(split(name))]
    assert [] == [name for name in ENVELOPE if not VERSION.isdisjoint(split(name))]
    assert ENVELOPE.isdisjoint(OPEN)


def test_versions_are_versions() -> None:
    """Each has a version word and announces nothing else."""
    assert all(not VERSION.isdisjoint(split(name)) for name in VERSIONED)
    assert [] == [name for name in VERSIONED if entity_of(split(name))]


def test_personal_names_are_personal() -> None:
    """Each announces an entity."""
    assert [] == [name for name in PERSONAL if not entity_of(split(name))]
