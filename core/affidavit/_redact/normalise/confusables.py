"""Turn look-alike Unicode into the ASCII that the recognisers read.

Only text that is not ASCII comes here. Folding is for looking: whether the folded
text replaces the original is the caller's decision.
"""

from __future__ import annotations

from typing import Final

_LATIN: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d"
    "\u04bb\u04cf\u0475\u043a\u043c\u0442\u0432\u043d\u0433\u0131"
    "\u03bf\u03b1\u03b5\u03c1\u03c4\u03c5\u03bd\u03b9\u03ba\u03c3\u03c9\u0251\u0261",
    "aeopcyxijsdqwhlvkmtbhrioaeptuvikowag",
)
"""Cyrillic, Greek and IPA letters that are drawn like Latin ones.

A small part of Unicode UTS 39's confusables: lower case, drawn alike in common fonts.
"""

_STROKED: Final = str.maketrans({
    "\u0142": "l", "\u0141": "L", "\u00f8": "o", "\u00d8": "O", "\u0111": "d", "\u0110": "D",
    "\u00f0": "d", "\u00d0": "D", "\u00fe": "th", "\u00de": "Th", "\u00e6": "ae", "\u00c6": "Ae",
    "\u0153": "oe", "\u0152": "Oe", "\u00df": "ss", "\u0127": "h", "\u0126": "H", "\u0131": "i",
})  # fmt: skip
"""Latin letters that are no letter with an accent."""

_VANISHING: Final = frozenset({"\u034f", "\u20e3", *map(chr, range(0xFE00, 0xFE10))})
"""Joiners and variation selectors: marks, not format characters, and as invisible."""

_SIGNS: Final = {
    "\u2212": "-",
    "\u3002": ".",
    **dict.fromkeys("\u2044\u2215", "/"),
    **dict.fromkeys("\u201e\u300c\u300d\u300e\u300f", '"'),
}
"""A minus, divisions, quotation marks that Unicode has among brackets, and the full stop that is a
dot where names of hosts are written with it (UTS 46, section 2.3)."""

_KINDS: Final = {"Pd": "-", "Zs": " ", "Pi": '"', "Pf": '"'}
"""By category: dashes, spaces and quotation marks."""

_SINGLE: Final = frozenset("\u2018\u2019\u201a\u201b\u2039\u203a")


def fold(text: str) -> str:
    """Return `text` in compatibility form, with plain digits, dashes and spaces.

    Format characters (zero width, soft hyphen, direction marks) vanish. `text` is
    valid Unicode.
    """
    # Imported here: most Lambdas never meet a character that needs the tables.
    import unicodedata  # noqa: PLC0415

    normal = unicodedata.normalize("NFKC", text)
    # By distinct character: a text has few of them, however long it is.
    table = {ord(one): plain for one in set(normal) if (plain := _plain(one)) != one}
    return normal.translate(table) if table else normal


def fold_name(name: str) -> str:
    """Return a key's `name` folded further: no accents, look-alike letters as Latin ones."""
    import unicodedata  # noqa: PLC0415 - as in `fold`

    valid = name.encode("utf-8", "replace").decode()
    parts = unicodedata.normalize("NFKD", fold(valid))
    bare = "".join(one for one in parts if not unicodedata.combining(one)).translate(_STROKED)
    if bare.isascii():
        return bare
    # Upper-case look-alikes have no table of their own: a word with a foreign
    # letter is not split by case any more, which only makes it match more.
    return bare.casefold().translate(_LATIN)


def _plain(one: str) -> str:
    """Return the ASCII that a character stands for, nothing if it is invisible, or itself."""
    import unicodedata  # noqa: PLC0415 - as in `fold`

    category = unicodedata.category(one)
    if one in _VANISHING or category == "Cf":
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(one))
    if one in _SINGLE:
        return "'"
    return _SIGNS.get(one) or _KINDS.get(category, one)
