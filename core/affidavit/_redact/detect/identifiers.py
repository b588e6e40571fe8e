"""Numbers that states and others give to people: behind a word, or by their form alone.

A policy's packs say which. A text is asked once whether any of their words stands in it,
and once per chain of digits whether it looks like one: however many packs there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from affidavit._lazy import lazy
from affidavit._redact.detect.national_ids.table import (
    EVERYWHERE,
    GENERAL,
    UNSURE,
    Identifier,
    identifiers,
    is_general,
    number_of,
    pattern_of,
    shapes_of,
)
from affidavit._redact.types.entities import LABEL
from affidavit._redact.types.match import Match, TextView, draw

_LETTERS: Final = bytes(
    ord(chr(one).lower()) if chr(one).isascii() and chr(one).isalpha() else ord(" ")
    for one in range(256)
)
_FAR: Final = 48
"""Characters after a word in which its number begins."""

_NEAR: Final = 28
"""The same where no check vouches for the number."""

_LEADS: Final = lazy(
    r"(?i)[^\w(]{0,4}(?:(?:nos?|nr|num|number|numero|nummer|is|was|ist|est|es)\b[^\w(]{0,3}){0,2}"
)
"""What stands between a word and its number, if that is all: of a telephone's, of any state's."""

_LONGEST: Final = 120
_CHAIN: Final = lazy(rb"0[0\-./ ]{8,}+")
_UNMARKED: Final = str.maketrans("\u0142\u00f8\u0111\u0131\u00df\u00e6\u00fe\u00f0", "lodisapd")
"""Letters that are drawn with a stroke: no accent can be taken from them."""

_ACCENTED: Final = "\u0530"
_GREEK: Final = frozenset(map(chr, range(0x1E00, 0x2000)))
"""Letters with accents: up to Cyrillic, and the extended Latin and Greek ones."""

_UNSPACED: Final = "\u2e80"
"""From here on are the letters of Chinese, Japanese and Korean."""

_COMMON: Final = frozenset({"code", "id", "no", "nr", "number", "numero", "nummer"})
"""Words that many a text has."""

_DOTTED: Final = b"a.a."
_INITIALLED: Final = 5
_INITIALS: Final = lazy(r"(?<![^\W_])[^\W\d_](?:\. ?[^\W\d_]){1,4}\.(?![^\W_])")
"""A short word as its letters with dots: `D.N.I.`, `C.N.P.`"""

_RUN: Final = lazy(r"[0a]{3,}")
_SETS: Final = lazy(r"\[[^\]]+\]")


class _Spoken(NamedTuple):
    """A phrase that announces a number, which kinds it may be, and whether at once only."""

    phrase: str
    kinds: tuple[Identifier, ...]
    beside: bool = False


class Packs:
    """What the packs of a policy look for, made ready to be asked."""

    def __init__(self, names: frozenset[str]) -> None:
        chosen = [one for one in identifiers() if one.pack in names or one.pack == EVERYWHERE]
        self._by_word: dict[bytes, list[_Spoken]] = {}
        self._foreign: list[_Spoken] = []
        phrases: dict[str, list[Identifier]] = {}
        for one in chosen:
            for word in one.spoken:
                phrases.setdefault(word, []).append(one)
        vouched = [one for one in chosen if is_general(one)]
        general = [(phrase, vouched) for phrase in GENERAL if vouched]
        for phrase, kinds in (*phrases.items(), *general):
            beside = kinds is vouched or kinds[0].check == "telephone"
            spoken = _Spoken(unmarked(phrase), tuple(kinds), beside)
            if phrase.isascii():
                key = max(phrase.split(), key=_tells).encode()
                self._by_word.setdefault(key, []).append(spoken)
            else:
                self._foreign.append(spoken)
        self._words = frozenset(self._by_word)
        self._pictures: dict[bytes, list[Identifier]] = {}
        self._lettered: list[tuple[str, re.Pattern[bytes], Identifier]] = []
        self._initials = {
            one.phrase: one
            for group in (*self._by_word.values(), self._foreign)
            for one in group
            if len(one.phrase) <= _INITIALLED and " " not in one.phrase
        }
        sized: set[int] = set()
        for one in chosen:
            for form in one.bare:
                self._draw(form, one, sized)
        self.sizes = frozenset(len(one) for one in self._pictures if not one.strip(b"0")) | sized
        """Lengths of digits without anything between that may be a number by themselves."""
        self._anchors = tuple({anchor for anchor, _, _ in self._lettered})
        self._grouped = _shortest({draw(one) for one in self._pictures})

    def _draw(self, form: str, one: Identifier, sized: set[int]) -> None:
        """Learn a form that is enough without a word; in `sized` if it may be digits alone."""
        for pieces in shapes_of(form):
            picture = "".join(pieces)
            if not set(picture) - set("0 .-/"):
                self._pictures.setdefault(picture.encode(), []).append(one)
                continue
            if all(piece == "0" or "0" in piece.strip("[]") for piece in pieces):
                sized.add(len(pieces))
            anchor = max(_RUN.findall(_SETS.sub("x", picture)) or ["0"], key=len)
            source = "".join(piece if piece[0] == "[" else re.escape(piece) for piece in pieces)
            whole = lazy(rf"(?<![0a_]){source}(?![0a_])".encode())
            self._lettered.append((anchor, whole, one))

    def may_stand(self, raw: bytes, shape: bytes, drawn: str) -> bool:
        """Tell whether a word or a form of the packs stands in an ASCII text.

        `drawn` says how its digits stand, `shape` what kind of character stands where.
        """
        return bool(
            (self._grouped and any(one in drawn for one in self._grouped))
            or (self._anchors and any(one in drawn for one in self._anchors))
            or (
                _may_be_number(drawn)
                and (
                    not self._words.isdisjoint(raw.translate(_LETTERS).split())
                    or (shape.find(_DOTTED) >= 0 and any(self._initialled(raw.decode().lower())))
                )
            )
        )

    def find(self, seen: TextView, hits: list[Match]) -> None:
        """Add every number that a word or its form makes known."""
        drawn = seen.drawn
        if not _may_be_number(drawn):
            return
        self._find_spoken(seen, hits)
        if self._grouped and any(one in drawn for one in self._grouped):
            self._find_chains(seen, hits)
        for anchor, pattern, kind in self._lettered:
            if anchor in drawn:
                for found in pattern.finditer(seen.shape):
                    _add_bare(seen, *found.span(), (kind,), hits)

    def _find_spoken(self, seen: TextView, hits: list[Match]) -> None:
        text = seen.text
        if "]" in text:  # a label is no word: `[PHONE]` tells nothing of the next number
            text = LABEL.sub(lambda label: " " * len(label.group()), text)
        plain, spoken = seen.low, []
        if not text.isascii():
            text = unmarked(text)
            plain = text.encode("latin-1", "replace")
            spoken = [one for one in self._foreign if one.phrase in text]
        words = self._words.intersection(plain.translate(_LETTERS).split())
        dotted = not seen.text.isascii() or seen.shape.find(_DOTTED) >= 0
        if not words and not spoken and not dotted:
            return
        text = text.lower() if text.isascii() else text
        if dotted:
            for end, one in self._initialled(text):
                _after(seen.text, end, one.kinds, hits)
        for word in words:
            spoken += self._by_word[word]
        for one in spoken:
            found = _beside if one.beside else _after
            for said in _phrase(one.phrase).finditer(text):
                found(seen.text, said.end(), one.kinds, hits)

    def _initialled(self, text: str) -> Iterator[tuple[int, _Spoken]]:
        """Yield the words that stand in a `text` as initials with dots, and where each ends."""
        for found in _INITIALS.finditer(text):
            one = self._initials.get(found.group().replace(".", "").replace(" ", ""))
            if one is not None:
                yield found.end(), one

    def _find_chains(self, seen: TextView, hits: list[Match]) -> None:
        """Look at what digits and separators draw, whole and then by spaces."""
        pictures, shape = self._pictures, seen.shape
        for found in _CHAIN.finditer(shape):
            start = found.start()
            chain = found.group().rstrip(b" .-/")
            if chain in pictures:
                _add_bare(seen, start, start + len(chain), pictures[chain], hits)
            elif b" " in chain:
                for piece in chain.split(b" "):
                    drawn = piece.rstrip(b".-/")
                    if drawn in pictures:
                        _add_bare(seen, start, start + len(drawn), pictures[drawn], hits)
                    start += len(piece) + 1


def _tells(word: str) -> tuple[bool, int]:
    """Return how much a word of a phrase tells: few texts have it that do not mean it."""
    return word not in _COMMON, len(word)


def _shortest(drawn: set[str]) -> tuple[str, ...]:
    """Return the pictures that have no other one in them."""
    return tuple([one for one in drawn if not any(less in one for less in drawn - {one})])


def _may_be_number(drawn: str) -> bool:
    """Tell whether digits stand close together, or with letters among them."""
    if "0a0" in drawn or "00a" in drawn or "a000" in drawn:
        return True
    return "0000" in drawn.replace("-", "")


@lru_cache(maxsize=32)
def packs_of(names: frozenset[str]) -> Packs:
    """Return what looks for the numbers of these packs; made once."""
    return Packs(names)


def unmarked(text: str) -> str:
    """Return `text` in lower case without accents, each character where it was."""
    import unicodedata  # noqa: PLC0415 - only texts that are not ASCII need the tables

    low = "".join(one if len(lower := one.lower()) != 1 else lower for one in text)
    # Kana and Hangul have marks that are no accents.
    return "".join(
        unicodedata.normalize("NFD", one)[0] if "\x7f" < one < _ACCENTED or one in _GREEK else one
        for one in low
    ).translate(_UNMARKED)


@lru_cache(maxsize=256)
def _phrase(words: str) -> re.Pattern[str]:
    """Return a pattern for a phrase, whatever stands between its words."""
    between = r"[\W_]{0,3}".join(map(re.escape, words.split()))
    if words[0] >= _UNSPACED:
        return re.compile(between)  # other words join it: particles in Korean
    return re.compile(rf"(?<![^\W\d_]){between}(?![^\W\d_])")


def _after(text: str, start: int, kinds: Iterable[Identifier], hits: list[Match]) -> None:
    """Add the numbers that follow a word which ends at `start`."""
    line = text.find("\n", start, start + _LONGEST)
    end = line if line >= 0 else start + _LONGEST
    cut = line < 0 and end < len(text)
    for kind in kinds:
        unsure = kind.check in UNSURE
        for found in number_of(kind).finditer(text, start, end):
            begin, close = found.span()
            if begin - start > (_NEAR if unsure else _FAR) or (cut and close == end):
                break
            if kind.accepts(found.group()):
                hits.append(Match(begin, close, kind.entity))
            if unsure:
                break


def _beside(text: str, start: int, kinds: Iterable[Identifier], hits: list[Match]) -> None:
    """Add the number that follows at once on a word which ends at `start`."""
    leads = _LEADS.match(text, start)
    begin = leads.end() if leads else start
    for kind in kinds:
        found = number_of(kind).match(text, begin)
        if found and kind.accepts(found.group()):
            hits.append(Match(*found.span(), kind.entity))
            return


def _add_bare(
    seen: TextView, start: int, end: int, kinds: Iterable[Identifier], hits: list[Match]
) -> None:
    """Add a number that nobody announced, if one of `kinds` accepts it."""
    around = seen.shape[max(0, start - 1) : start], seen.shape[end : end + 1]
    if around[0] in {b"0", b"a", b"+", b"_"} or around[1] in {b"0", b"a", b"_"}:
        return
    written = seen.text[start:end]
    if not written.isupper() and any(map(str.isalpha, written)):
        return
    for kind in kinds:
        if _bare_pattern(kind).fullmatch(written) and kind.accepts(written):
            hits.append(Match(start, end, kind.entity))
            return


@lru_cache(maxsize=256)
def _bare_pattern(kind: Identifier) -> re.Pattern[str]:
    return re.compile(pattern_of(kind.bare))
