"""Look-alike Unicode."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._redact.normalise.confusables import fold, fold_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("\uff14\uff11\uff11\uff11", "4111", id="full width"),
        pytest.param("\u0664\u0661", "41", id="Arabic-Indic digits"),
        pytest.param("4\u00a0111", "4 111", id="no-break space"),
        pytest.param("412\u201168\u20111357", "412-68-1357", id="no-break hyphen"),
        pytest.param("412\u221268", "412-68", id="minus"),
        pytest.param("ja\u00adne\u200b@\u2060x", "jane@x", id="format characters"),
        pytest.param("4\ufe0f1\u20e3", "41", id="keycaps"),
        pytest.param("jane\uff20x", "jane@x", id="full-width at"),
        pytest.param("x\u3002de", "x.de", id="ideographic full stop"),
        pytest.param("Zo\u00eb", "Zo\u00eb", id="letters stay"),
    ],
)
def test_look_alikes_become_ascii(text: str, expected: str) -> None:
    """Digits, dashes, spaces and marks that only look different."""
    assert expected == fold(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("p\u0430ssw\u043erd", "password"),
        ("contrase\u00f1a", "contrasena"),
        ("\uff50\uff41\uff53\uff53", "pass"),
        ("\ud800ssn", "?ssn"),
    ],
)
def test_names_are_folded_further(name: str, expected: str) -> None:
    """Accents vanish, and Cyrillic and Greek letters that are drawn like Latin ones."""
    assert expected == fold_name(name)


@given(st.text())
def test_folding_ascii_changes_nothing(text: str) -> None:
    """ASCII is what everything is folded to."""
    plain = text.encode("ascii", "ignore").decode()

    assert plain == fold(plain)
