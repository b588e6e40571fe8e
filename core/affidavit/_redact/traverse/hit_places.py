"""Join what was found in one text to places that are replaced, each to its end."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.entities import SECRETS
from affidavit._redact.types.match import Match

_AFTER: Final = frozenset(" \t\r\n\"'`,;<>(){}[]|&?")
_BEFORE: Final = _AFTER | {"="}

_LONG: Final = 120
"""Characters of a secret that a pattern may have cut: the least that one looks at is 128."""
_LONGEST: Final = 4096
"""The most that one looks at; what is so long may have any characters."""
_REST_OF_WORD: Final = lazy(r"\S*+")
_REST: Final = lazy(r"(?<=[\w+/=~%-])[\w+/=~%-]++(?:\.[\w+/=~%-]++)*+")


def beside(hits: list[Match], written: list[tuple[int, int]], text: str) -> list[Match]:
    """Return `hits` without those inside of what is `written`, the others whole."""
    kept: list[Match] = []
    first = 0
    for hit in hits:
        start, end, entity, action = hit
        while first < len(written) and written[first][1] <= start:
            first += 1
        inside = False
        for begin, close in written[first:]:
            if begin >= end:
                break
            final = entity not in SECRETS or text[begin] == "["
            if begin <= start and end <= close and final:
                inside = True
                break
            start, end = min(start, begin), max(end, close)
        if not inside:
            kept.append(Match(start, end, entity, action))
    return sorted(kept, key=lambda hit: (hit.start, hit.end))


def is_closed(written: str) -> bool:
    """Tell whether what was written joins nothing that stands beside it."""
    return written[:1] == "[" or written[-2:] in {".*", ":*"}


def stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a part has neighbours that mean the same beside a label as beside a value."""
    return (start == 0 or text[start - 1] in _BEFORE) and (end == len(text) or text[end] in _AFTER)


def grouped(text: str, hits: list[Match]) -> list[tuple[int, int, list[Match]]]:
    """Join hits that overlap; nothing between the first start and the last end survives."""
    groups: list[tuple[int, int, list[Match]]] = []
    for hit in hits:
        if groups and hit.start < groups[-1][1]:
            start, end, group = groups[-1]
            group.append(hit)
            groups[-1] = (start, end if hit.end <= end else _end(text, hit), group)
        else:
            groups.append((hit.start, _end(text, hit), [hit]))
    return groups


def _end(text: str, hit: Match) -> int:
    """Return where a hit ends; of a long secret where its word does.

    Patterns look at so many characters and no more, or one text could keep them busy for hours.
    """
    if hit.end - hit.start < _LONG or hit.entity not in SECRETS:
        return hit.end
    cut = hit.end - hit.start >= _LONGEST
    rest = (_REST_OF_WORD if cut else _REST).match(text, hit.end)
    return rest.end() if rest else hit.end
