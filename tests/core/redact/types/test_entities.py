"""The entities and what stands for them."""

import redact_strategies as my
from affidavit._redact.types.entities import DROPPED, ENTITIES, LABEL, SECRETS, label


def test_every_entity_has_a_sentence() -> None:
    """What an entity is stands beside its name."""
    assert all(text.endswith(".") and text[0].isupper() for text in ENTITIES.values())


def test_every_secret_is_an_entity() -> None:
    """Secrets are entities like the others, only stricter."""
    assert SECRETS <= set(ENTITIES)


def test_what_is_drawn_is_an_entity() -> None:
    """And all that can be drawn: what is known by a key alone, or to the engine, is the rest."""
    assert set(ENTITIES) - set(my.CANARIES) == {
        *("ADDRESS", "BANK_ACCOUNT", "BIRTH_DATE", "CARD_CODE", "CONTACT", "DEVICE_ID", "GOV_ID"),
        *("HEALTH_ID", "LIMIT", "LOCATION", "NAME", "PASSPORT", "SECRET", "SPECIAL", "UNKNOWN"),
        "US_NPI",
    }
    assert set(my.CANARIES) <= set(ENTITIES)


def test_labels_are_recognised_as_ours() -> None:
    """Each label, and the one for what was dropped, and nothing else."""
    assert all(LABEL.fullmatch(label(entity)) for entity in ENTITIES)
    assert LABEL.fullmatch(DROPPED)
    assert not LABEL.fullmatch("[REDACTED]")


def test_the_dropped_label_names_no_kind() -> None:
    """Whoever reads it does not learn that it was a password."""
    assert not any(entity.lower() in DROPPED for entity in ENTITIES)
