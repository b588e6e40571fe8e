"""Values that must not get out, and how to look for them wherever something left.

A canary is a value that belongs to nobody and stands nowhere else, so that
finding it proves where it came from. It is looked for as it is, and in the
disguises in which data usually leaves: JSON and percent escapes, base64, hex,
and without its separators.
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from urllib.parse import quote, quote_plus

LEAST: Final = 6
"""Shorter texts occur by chance and prove nothing."""


IDENTITY: Final = "IDENTITY"
"""Kind of a value by which a handler declares its actor or subject: the redactor was told it."""


PRIVATE: Final = "PRIVATE VALUE"
"""Kind of a value that stands in no line which the handler logs: `private=` names its field."""


class CanaryToken(NamedTuple):
    """One planted value.

    `kind` is an entity's name (`EMAIL`), or a word for what is not recognised
    by its shape. `shaped` says that affidavit's engine knows the shape, so that
    it must not even stand in a log line that the engine has redacted.
    """

    kind: str
    text: str
    shaped: bool = True


class Sighting(NamedTuple):
    """A canary that was found: which one, at which sink, and what stood around it."""

    canary: CanaryToken
    sink: str
    around: str


def sightings(
    canaries: Iterable[CanaryToken], sinks: Iterable[tuple[str, str]]
) -> Iterator[Sighting]:
    """Yield every canary that stands in one of the texts `sinks` = (name, text)."""
    texts = [(name, text) for name, text in sinks if text]
    for canary in canaries:
        if len(canary.text) < LEAST:
            continue
        for name, text in texts:
            for needle in disguises(canary.text):
                at = text.find(needle)
                if at >= 0:
                    yield Sighting(canary, name, excerpt(text, at, len(needle)))
                    break


@functools.lru_cache(maxsize=4096)
def disguises(text: str) -> tuple[str, ...]:
    """Return `text` in the forms in which it may stand in an output, itself first."""
    raw = text.encode("utf-8", "surrogatepass")
    found = [text, json.dumps(text)[1:-1], quote(text, errors="replace")]
    found.append(quote(text, safe="", errors="replace"))
    found += [quote_plus(text, errors="replace"), raw.hex(), *_in_base64(raw)]
    digits = "".join(filter(str.isdigit, text))
    if len(digits) >= 9 and not any(map(str.isalpha, text)):  # noqa: PLR2004 - an SSN has nine
        found.append(digits)
    return tuple(dict.fromkeys(one for one in found if len(one) >= LEAST))


def excerpt(text: str, at: int, length: int, margin: int = 60) -> str:
    """Return what stands around a place of a text, on one line."""
    start, end = max(0, at - margin), at + length + margin
    cut = text[start:end].replace("\n", "⏎")
    return f"{'…' if start else ''}{cut}{'…' if end < len(text) else ''}"


def _in_base64(raw: bytes) -> Iterator[str]:
    """Yield what three alignments have in common: the text may stand anywhere in a body."""
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + raw).decode()
        first = -(-shift * 8 // 6)
        last = (shift + len(raw)) * 8 // 6
        if last - first >= LEAST + 2:
            yield coded[first:last]
