"""Numbers with separators: runs of digits, tried one after the other."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.cards import LONGEST, SHORTEST, Likely, card
from affidavit._redact.detect.check_digits import is_itin, is_nhs, is_ssn
from affidavit._redact.detect.national_ids.uk import add_insurance
from affidavit._redact.detect.network import is_ipv4, is_nobody, is_version
from affidavit._redact.detect.number_words import (
    in_digest,
    is_fraction,
    is_international,
    is_part,
    is_part_number,
    numbers_a_thing,
)
from affidavit._redact.types.match import AROUND, E164_LEAST, E164_MOST, Match, TextView, named

_RUN: Final = lazy(rb"0+")
_BETWEEN: Final = frozenset({b"-", b".", b" ", b"/", b"_"})

_CARD_WORDS: Final = (
    b"card", b"credit", b"debit", b"maestro", b"visa", b"amex", b"diners", b"uatp", b"cc ", b"cc:",
    b"cc=", b"pan ", b"pan:", b"pan=", b"karte", b"carte", b"tarjeta",
)  # fmt: skip
SSN_WORDS: Final = (b"ssn", b"social security", b"soc sec", b"ss#", b"social:", b"social no")
_NHS_WORDS: Final = (b"nhs",)

_TRACK: Final = lazy(
    r"(?:=|\^[^\^\r\n]{2,26}\^)[0-9]{4}[^?\r\n\"'\s]{0,60}\??|D[0-9]{7}[0-9F]{0,24}"
)
"""What follows the number on track 1 or 2 (ISO/IEC 7813): name, expiry, discretionary data."""

_LONGEST_RUN: Final = LONGEST + 5
_MOST_FOURS: Final = 5
"""Groups of a card number of nineteen digits, the last of them with three."""
_AMERICAN: Final = (3, 3, 4)
_SOCIAL: Final = (3, 2, 4)
_INSURANCES: Final = {(2, 2, 2): 3, (3, 3): 2, (6,): 1}
_MISTYPED: Final = ((3, 6), (5, 4))
_TO_EXCHANGE: Final = frozenset({b"-", b".", b" ", b") ", b")", b")-", b"/", b"_"})
_AFTER_LEAD: Final = frozenset({b"-", b".", b" ", b" (", b"-(", b"("})
_EXTENSION: Final = lazy(r" ?(?i:x|ext\.?|extension) ?[0-9]{1,6}")
_WIDEST_GAP: Final = 3
_IPV4: Final = 4
_IPV4_MOST: Final = 3
_PLUS: Final = ord("+")
_MASK: Final = lazy(r"/(?:[12]?[0-9]|3[0-2])(?![0-9./])")


def add_card(seen: TextView, start: int, end: int, digits: bytes, hits: list[Match]) -> bool:
    """Add the card number of `digits`, with the track data after it, if it is one."""
    likely = card(digits)
    if likely is Likely.YES and (
        numbers_a_thing(seen, start) or (end - start == len(digits) and is_fraction(seen, start))
    ):
        likely = Likely.NAMED
    if likely is Likely.NO or (likely is Likely.NAMED and not named(seen, start, _CARD_WORDS)):
        return False
    track = _TRACK.match(seen.text, end)
    if not track and in_digest(seen, start, end):  # a chip's track is hexadecimal, too
        return False
    hits.append(Match(start, end, "CREDIT_CARD"))
    if track:
        hits.append(Match(start, track.end(), "CARD_TRACK"))
    return True


def _ahead(sizes: tuple[int, ...]) -> list[int]:
    """Return for each group how many single digits stand from it on; of a long run, all of it."""
    ahead = [0] * len(sizes)
    end = len(sizes)
    while end:
        start = end
        while start and sizes[start - 1] == 1:
            start -= 1
        long = end - start >= _LONGEST_RUN
        for place in range(start, end):
            ahead[place] = end - start if long else end - place
        end = start - 1 if start == end else start
    return ahead


_GLUED: Final = lazy(rb"[^ x:).]|\.[0a]")
"""Behind digits in two groups: they are a part of something longer."""


class Groups:
    """One chain of digit groups; `versioned` says that the key names a version."""

    __slots__ = ("_ends", "_gaps", "_seen", "_single", "_sizes", "_start", "_starts", "_versioned")

    def __init__(self, seen: TextView, start: int, chain: bytes, *, versioned: bool) -> None:
        runs = [match.span() for match in _RUN.finditer(chain)]
        self._seen = seen
        self._start = start
        self._versioned = versioned
        self._starts = [begin for begin, _ in runs]
        self._ends = [end for _, end in runs]
        pairs = zip(self._ends, self._starts[1:], strict=False)
        self._gaps = [chain[end:begin] for end, begin in pairs]
        self._sizes = tuple([end - begin for begin, end in runs])
        self._single = _ahead(self._sizes)

    def find(self, hits: list[Match], *, once: bool) -> None:
        """Add what the groups hold; a group belongs to one number only. `once`: the first."""
        place = 0
        while place < len(self._sizes) and not (once and hits):
            place += self._at(place, hits) or 1

    def _at(self, place: int, hits: list[Match]) -> int:
        """Return how many groups the number that begins at `place` has; 0 if none does.

        The first group says by its size what may begin there.
        """
        start, size = self._start + self._starts[place], self._sizes[place]
        plus = start and self._seen.raw[start - 1] == _PLUS
        if plus and (count := self._international(place, hits)):
            return count
        if size > _IPV4_MOST:
            return (
                self._card(place, hits)
                or (self._social_in_two(place, hits) if size == _MISTYPED[1][0] else 0)
                or self._insurance(place, hits)
            )
        return (
            (self._card(place, hits) if size == 1 else 0)
            or (self._social(place, hits) if size == _SOCIAL[0] else 0)
            or (self._american(place, hits) if size != 2 else 0)  # noqa: PLR2004
            or (self._ipv4(place, hits) if not self._versioned else 0)
            or (self._insurance(place, hits) if size != 1 else 0)
        )

    def _span(self, place: int, count: int) -> tuple[int, int]:
        return self._start + self._starts[place], self._start + self._ends[place + count - 1]

    def _digits(self, place: int, count: int) -> bytes:
        start, end = self._span(place, count)
        return self._seen.raw[start:end].translate(None, b" -.()/_\t\xa0")

    def _even(self, place: int, count: int) -> bool:
        """Tell whether one separator, and the same one, stands between `count` groups."""
        first = self._gaps[place]
        alike = self._gaps[place : place + count - 1]
        return first in _BETWEEN and alike.count(first) == len(alike)

    def _international(self, place: int, hits: list[Match]) -> int:
        if not is_international(self._seen, self._start + self._starts[place]):
            return 0
        most = 11 if self._digits(place, 1) == b"1" else E164_MOST
        count, total = 0, 0
        for size in self._sizes[place:]:
            here = place + count
            wide = count > 0 and len(self._gaps[here - 1]) > _WIDEST_GAP
            if total + size > most or wide or (total >= E164_LEAST and self._card_size(here)):
                break
            count, total = count + 1, total + size
        if total < E164_LEAST:
            return 0
        start, end = self._span(place, count)
        hits.append(Match(start - 1, self._extended(end), "PHONE"))
        return count

    def _extended(self, end: int) -> int:
        extension = _EXTENSION.match(self._seen.text, end)
        return extension.end() if extension else end

    def _card(self, place: int, hits: list[Match]) -> int:
        count = self._card_size(place)
        if count == 0:
            return 0
        start, end = self._span(place, count)
        return count if add_card(self._seen, start, end, self._digits(place, count), hits) else 0

    def _card_size(self, place: int) -> int:
        """Return how many groups from `place` on look like a card number."""
        for count in self._card_pictures(place):
            if (
                place + count <= len(self._sizes)
                and (count == 1 or self._even(place, count))
                and self._is_card(place, count)
            ):
                return count
        return 0

    def _is_card(self, place: int, count: int) -> bool:
        likely = card(self._digits(place, count))
        begun = self._starts[place]
        return likely is Likely.YES or (
            likely is Likely.NAMED
            and begun < AROUND  # a chain has no words in it
            and named(self._seen, self._start + begun, _CARD_WORDS)
        )

    def _card_pictures(self, place: int) -> range | tuple[int, ...]:
        """Return the numbers of groups to try: 4-4-4-..., 4-6-n, 8-8, 6-n, or digit by digit."""
        sizes = self._sizes[place : place + _MOST_FOURS]
        first = sizes[0]
        if SHORTEST <= first <= LONGEST:
            return (1,)
        if first == 4:  # noqa: PLR2004
            if sizes[1:2] == (6,):
                return (3,)
            fours = 1
            while fours < len(sizes) and sizes[fours] == first:
                fours += 1
            more = fours < len(sizes) and sizes[fours] < first
            return range(min(fours, _MOST_FOURS - 1) + more, 2, -1)
        if first in {6, 8}:
            return (2,)
        if first == 1:
            # Digit by digit; in a longer run, it is a list of small numbers.
            ones = self._single[place]
            return range(min(ones, LONGEST), SHORTEST, -1) if ones < _LONGEST_RUN else ()
        return ()

    def _social(self, place: int, hits: list[Match]) -> int:
        if self._sizes[place : place + 3] != _SOCIAL or not self._even(place, 3):
            return self._social_in_two(place, hits)
        digits = self._digits(place, 3).decode()
        start = self._span(place, 3)[0]
        said = named(self._seen, start, SSN_WORDS)
        if not said and is_part_number(self._seen, start):
            return 0
        entity = "US_SSN" if said or is_ssn(digits) else "US_ITIN" if is_itin(digits) else ""
        if entity:
            hits.append(Match(*self._span(place, 3), entity))
        return 3 if entity else 0

    def _social_in_two(self, place: int, hits: list[Match]) -> int:
        """Look at nine digits with one dash in the wrong place, as people type them."""
        sizes = self._sizes[place : place + 2]
        if sizes not in _MISTYPED or self._gaps[place] != b"-":
            return 0
        start, end = self._span(place, 2)
        shape = self._seen.shape
        glued = shape[max(0, start - 1) : start].strip(b" x:(") or _GLUED.match(shape, end)
        # Five and four alone are a ZIP code; beside another number they are not.
        sure = sizes == _MISTYPED[0] or bool(hits) or named(self._seen, start, SSN_WORDS)
        if sure and not glued:
            digits = self._digits(place, 2).decode()
            entity = "US_SSN" if is_ssn(digits) else "US_ITIN" if is_itin(digits) else ""
            if entity:
                hits.append(Match(start, end, entity))
                return 2
        return 0

    def _american(self, place: int, hits: list[Match]) -> int:
        lead = self._lead(place)
        area = place + lead
        if self._sizes[area : area + 3] != _AMERICAN:
            return 0
        if self._gaps[area] not in _TO_EXCHANGE or self._gaps[area + 1] not in _BETWEEN:
            return 0
        start, end = self._span(place, lead + 3)
        around = self._seen.shape[max(0, start - 2) : start], self._seen.shape[end : end + 2]
        if around[0] in {b"a-", b"0/"} or around[1] == b"-a" or is_part(self._seen, start):
            return 0
        digits = self._digits(area, 3).decode()
        paren = self._seen.shape[max(0, start - 1) : start] == b"("
        dialled = lead > 0 or paren or digits[0] in "23456789"
        if not lead and not paren and self._is_nhs(area, digits, dialled=dialled):
            hits.append(Match(start, end, "UK_NHS"))
            return 3
        if not dialled:
            return 0
        hits.append(Match(start - paren, self._extended(end), "PHONE"))
        return lead + 3

    def _is_nhs(self, place: int, digits: str, *, dialled: bool) -> bool:
        if not self._even(place, 3) or not is_nhs(digits):
            return False
        # In threes with spaces is how the NHS writes them. One telephone number in
        # eleven passes the check too: it gets the wrong name, but does not get out.
        spaced = self._gaps[place] == b" "
        return spaced or not dialled or named(self._seen, self._span(place, 3)[0], _NHS_WORDS)

    def _lead(self, place: int) -> int:
        """Return 1 if the group at `place` is the long-distance prefix of the next three."""
        if place + 3 >= len(self._sizes) or self._sizes[place] not in {1, 3}:
            return 0
        digits = self._digits(place, 1)
        return int(digits in {b"1", b"001"} and self._gaps[place] in _AFTER_LEAD)

    def _ipv4(self, place: int, hits: list[Match]) -> int:
        if place + _IPV4 > len(self._sizes) or self._gaps[place] != b".":
            return 0
        shape, text = self._seen.shape, self._seen.text
        start, end = self._span(place, _IPV4)
        dotted = shape[max(0, start - 2) : start] == b"0." or shape[end : end + 2] == b".0"
        widest = max(self._sizes[place : place + _IPV4])
        if dotted or widest > _IPV4_MOST or not self._even(place, _IPV4):
            return 0
        glued = shape[max(0, start - 1) : start] == b"a" or shape[end : end + 1] == b"a"
        if glued or not is_ipv4(text[start:end]):
            return 0
        mask = _MASK.match(text, end)
        whole = mask.end() if mask else end
        if is_nobody(text[start:whole]):
            return _IPV4
        if is_version(text, start):
            return 0
        hits.append(Match(start, whole, "IP"))
        return _IPV4

    def _insurance(self, place: int, hits: list[Match]) -> int:
        count = _INSURANCES.get(self._sizes[place : place + 3])
        if count is None:
            count = 1 if self._sizes[place] == 6 else 0  # noqa: PLR2004
        if count == 0 or (count > 1 and not self._even(place, count)):
            return 0
        add_insurance(self._seen, *self._span(place, count), hits)
        return 0
