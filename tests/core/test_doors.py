"""What comes through the doors, and the words that callers know refusals by."""

import re

import pytest

import affidavit
import affidavit.plugin
from affidavit import RefusedError, errors


@pytest.mark.parametrize("door", [affidavit, affidavit.plugin], ids=lambda door: door.__name__)
def test_a_name_that_is_not_there_is_an_error(door: object) -> None:
    """Not None: `from affidavit import audted` must fail at the import."""
    with pytest.raises(AttributeError, match="has no attribute 'audted'"):
        _ = door.audted  # type: ignore[attr-defined]


REFUSALS = [
    one
    for one in vars(errors).values()
    if isinstance(one, type) and issubclass(one, RefusedError) and one is not RefusedError
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.__name__)
def test_a_refusal_has_the_word_of_its_name(refusal: type[RefusedError]) -> None:
    """It stands in the answer and in the record."""
    words = re.findall("[A-Z][a-z]+", refusal.__name__.removesuffix("Error"))
    assert "_".join(words).lower() == refusal.code
    assert "refused" == RefusedError.code
