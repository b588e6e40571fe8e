"""The words of a policy."""

import re
import string

from affidavit._policy import words
from affidavit._policy.words import Charset, Word

KINDS = [kind for kind in vars(words).values() if isinstance(kind, type) and issubclass(kind, Word)]


def test_each_word_is_its_name_and_says_what_it_means() -> None:
    """Policies, records and the schema for editors are read by them."""
    found = [word for kind in KINDS for word in kind]
    assert all(word.value == word.name.lower() for word in found)
    assert all(word.says for word in found)
    assert len(found) > 50


def test_what_a_shape_of_characters_holds() -> None:
    """Policies name them, and patterns are made of them."""
    upper, lower, digits = string.ascii_uppercase, string.ascii_lowercase, string.digits
    wanted = {
        "digits": digits,
        "upper": upper,
        "lower": lower,
        "letters": upper + lower,
        "alnum": digits + upper + lower,
        "hex": string.hexdigits,
    }
    found = {
        one.value: {c for c in map(chr, range(256)) if re.fullmatch(f"[{one.says}]", c)}
        for one in Charset
    }

    assert {name: set(characters) for name, characters in wanted.items()} == found
