"""What recognisers read and return."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from affidavit._redact.types.match import HEX, SHAPE, TextView, draw, named


@given(st.text())
def test_every_form_is_as_long_as_the_text(text: str) -> None:
    """Places in one form are places in the others."""
    seen = TextView(text)

    assert {len(text)} == {len(seen.raw), len(seen.low), len(seen.shape)}


def test_shapes_keep_separators() -> None:
    """Digits and letters lose what they are; what stands between them does not."""
    assert b"aa00-000 @x" == b"ab12-345 @!".translate(SHAPE)
    assert b"zhh:hh-." == b"xab:0F-.".translate(HEX)


def test_every_character_has_its_class() -> None:
    """One letter for each of the 256 bytes, in each of three forms."""
    latin = list(map(chr, range(256)))
    ascii_word = [one.isascii() and one.isalnum() for one in latin]
    shape = "".join(
        "0" if known and one.isdigit()
        else "a" if known or one >= "\xc0"
        else " " if one in " \t\xa0"
        else one if one in "-.()/_+:@"
        else "x"
        for one, known in zip(latin, ascii_word, strict=True)
    )  # fmt: skip
    hexes = "".join(
        "h" if one in "0123456789abcdefABCDEF"
        else "z" if known or one >= "\xc0"
        else one if one in ":-."
        else " "
        for one, known in zip(latin, ascii_word, strict=True)
    )  # fmt: skip

    assert (shape, hexes) == (SHAPE.decode("latin-1"), HEX.decode("latin-1"))
    drawn = "".join(one if one in "0a" else "-" if one in " -.()/_" else "x" for one in shape)
    assert drawn == draw(shape.encode())


def test_fewer_than_four_digits_draw_nothing() -> None:
    """Nothing that is found by its digits has less."""
    assert ("", "0000") == (draw(b"a000 x"), draw(b"0000"))


def test_words_are_looked_for_shortly_before() -> None:
    """Forty characters, whatever the case."""
    near, far = "the SSN is ", "the SSN is " + "x" * 40

    assert named(TextView(near + "1"), len(near), (b"ssn",))
    assert not named(TextView(far + "1"), len(far), (b"ssn",))


def test_our_own_labels_are_no_words() -> None:
    """What stands for a value must not make its neighbour personal."""
    for before in ("[US_SSN] ", "tok_k1_US_SSN_0123456789abcdef ", "_SSN] "):
        assert not named(TextView(before + "1"), len(before), (b"ssn",))


@given(st.uuids(), st.sampled_from(["{}", "id={},", "/x/{}/y", "START RequestId: {} Version: 1"]))
def test_a_uuid_has_no_shape(identifier: UUID, form: str) -> None:
    """Its digits are nobody's number."""
    text = form.format(identifier)
    at = text.index(str(identifier))

    assert b"x" * 36 == TextView(text).shape[at : at + 36]


def test_a_part_of_a_longer_word_is_no_uuid() -> None:
    """Digits may hide in it."""
    word = "a00000000-0000-4000-8000-0000000000001"

    assert b"x" not in TextView(word).shape
