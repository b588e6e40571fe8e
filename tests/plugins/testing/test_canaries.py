"""A canary is found in every disguise in which data leaves."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._policy.load import shipped_policies
from affidavit._policy.words import Sink
from affidavit.testing import make_runtime
from affidavit_testing.canaries import CanaryToken, excerpt, sightings
from affidavit_testing.persons import luhn, people, person, shaped_canaries

TEXTS = st.text("abcdefghijklmnopqrstuvwxyz0123456789@.+ -/é", min_size=8, max_size=30)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda text: f"for {text}.", id="as it is"),
        pytest.param(lambda text: json.dumps({"x": text}), id="JSON"),
        pytest.param(quote, id="percent"),
        pytest.param(quote_plus, id="form"),
        pytest.param(lambda text: text.encode().hex(), id="hex"),
        pytest.param(lambda text: base64.b64encode(text.encode()).decode(), id="base64"),
        pytest.param(lambda text: base64.b64encode(f"{{a{text}}}".encode()).decode(), id="shifted"),
        pytest.param(lambda text: base64.b64encode(f"ab{text}".encode()).decode(), id="shifted on"),
    ],
)
@given(text=TEXTS)
def test_a_disguise_does_not_help(form: object, text: str) -> None:
    """Whoever decodes it has the value."""
    assert callable(form)
    (found,) = sightings([CanaryToken("WORD", text)], [("here", form(text))])

    assert ("here", text) == (found.sink, found.canary.text)


def test_digits_without_their_separators() -> None:
    """A card number is the same with and without blanks."""
    card = CanaryToken("CREDIT_CARD", "4111 1111 1111 1111")

    assert list(sightings([card], [("x", "paid with 4111111111111111")]))
    assert not list(sightings([card], [("x", "paid with 4111111111111112")]))


def test_short_texts_prove_nothing() -> None:
    """They occur by chance."""
    assert not list(sightings([CanaryToken("WORD", "north")], [("x", "north")]))


def test_the_surroundings_are_shown_on_one_line() -> None:
    """With signs where something was left out."""
    text = "a" * 100 + "\nNEEDLE\n" + "b" * 100

    assert excerpt(text, text.index("NEEDLE"), 6, margin=3) == "…aa⏎NEEDLE⏎bb…"


@given(someone=people())
def test_people_have_valid_numbers(someone: object) -> None:
    """Check digits are right, ranges are those in use."""
    assert isinstance(someone, tuple)
    one = person(0)._make(someone)
    area, group, serial = one.ssn.split("-")

    assert luhn(one.card[:-1]) == one.card[-1]
    digits = one.iban[4:] + "1314" + one.iban[2:4]
    assert 1 == int(digits) % 97
    assert area not in {"000", "666"}
    assert int(area) < 900
    assert int(group) * int(serial) > 0
    assert one.email.endswith("@example.org")


@given(canary=shaped_canaries(), policy=st.sampled_from(shipped_policies()))
def test_the_engine_knows_what_is_said_to_have_a_shape(canary: CanaryToken, policy: str) -> None:
    """Otherwise a good handler would be blamed for a line that the library redacted."""
    redactor = make_runtime(policy=policy).runtime.redactor
    for said in (canary.text, f"for {canary.text}.", {"x": [canary.text]}):
        assert canary.text not in str(redactor.clean({"event": "a", "said": said}, Sink.LOG).value)


def test_people_are_the_same_each_time() -> None:
    """A failure can be repeated on another machine."""
    assert person(7) == person(7)
    assert person(7) != person(8)
