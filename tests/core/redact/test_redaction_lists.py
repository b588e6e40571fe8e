"""The lists of the pages are what the engine does."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

import redact_strategies as my
import repository as repo
from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor
from affidavit._redact.types.entities import ENTITIES
from affidavit._redact.types.lexicon import ENDINGS, WHOLE

REDACTOR = Redactor(load_policy("baseline").redaction)


WRITER = repo.load(repo.ROOT / "tests" / "core" / "redact" / "redaction_page.py")


@pytest.mark.parametrize("name", WRITER.PAGES)
def test_the_lists_are_of_today(name: str) -> None:
    """Write them with `python tests/core/redact/redaction_page.py`."""
    text = (repo.DOCS / name).read_text("utf-8")

    assert WRITER.page(text, WRITER.PAGES[name]()) == text


@pytest.mark.parametrize("entity", my.CANARIES)
def test_what_the_page_calls_bare_is_found_bare(entity: str) -> None:
    """In a sentence that says nothing."""

    @settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
    @given(my.CANARIES[entity])
    def check(canary: str) -> None:
        assert canary not in REDACTOR.text(f"we saw {canary} there", Sink.LOG)

    check()


@pytest.mark.parametrize("entity", sorted(ENTITIES.keys() - WRITER.BY_ENGINE))
def test_what_the_page_says_of_keys_is_so(entity: str) -> None:
    """A phrase for each entity that has one, and none for the others."""
    phrases = [one for table in (ENDINGS, WHOLE) for one, of in table.items() if of == entity]

    assert ("yes" if phrases else "no") == WRITER.by_key(entity)
    for phrase in phrases[:20]:
        told = REDACTOR.clean({phrase.replace(" ", "_"): "zq-4711-zq"}, Sink.LOG).value
        assert "zq-4711" not in str(told), phrase
