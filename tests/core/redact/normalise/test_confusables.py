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


@pytest.mark.parametrize(
    ("letters", "latin"),
    [
        (
            "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d",
            "aeopcyxijsdqw",
        ),
        ("\u04bb\u04cf\u0475\u043a\u043c\u0442\u0432\u043d\u0433", "hlvkmtbhr"),
        ("\u03bf\u03b1\u03b5\u03c1\u03c4\u03c5\u03bd\u03b9\u03ba\u03c3\u03c9", "oaeptuvikow"),
        ("\u0251\u0261\u0131", "agi"),
    ],
    ids=["Cyrillic", "rarer Cyrillic", "Greek", "phonetic"],
)
def test_letters_that_are_drawn_like_latin_ones(letters: str, latin: str) -> None:
    """One by one; a stroke is no accent, and two letters in one are two."""
    assert list(latin) == [fold_name(one) for one in letters]


@pytest.mark.parametrize(
    ("letters", "latin"),
    [
        ("\u0142\u0141\u00f8\u00d8\u0111\u0110\u00f0\u00d0\u0127\u0126", "lLoOdDdDhH"),
        ("\u00fe\u00de\u00e6\u00c6\u0153\u0152", "thThaeAeoeOe"), ("\u00df", "ss"), ("\u0131", "i"),
    ],
)  # fmt: skip
def test_letters_with_a_stroke_and_two_in_one(letters: str, latin: str) -> None:
    """They have no accent that could be taken away."""
    assert latin == "".join(map(fold_name, letters))


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        *((chr(number), "") for number in (0x34F, 0x20E3, 0xFE00, 0xFE0F, 0xAD, 0x200B, 0x202E)),
        ("\u2044", "/"), ("\u2215", "/"), ("\u2212", "-"), ("\u2013", "-"), ("\u3002", "."),
        ("\u2003", " "), ("\u0669", "9"), ("\u00b2", "2"), ("\ufe10", ","),
    ],
)  # fmt: skip
def test_each_kind_of_mark(one: str, expected: str) -> None:
    """What is invisible vanishes; dashes, slashes, stops, blanks and digits are plain ones."""
    assert f"a{expected}b" == fold(f"a{one}b")


@given(st.text())
def test_folding_ascii_changes_nothing(text: str) -> None:
    """ASCII is what everything is folded to."""
    plain = text.encode("ascii", "ignore").decode()

    assert plain == fold(plain)
