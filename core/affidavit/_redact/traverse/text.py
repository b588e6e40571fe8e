"""Redact one text: remember the clean, fold look-alikes, undo encodings, scan."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from affidavit._redact.detect.credentials import may_hold_token
from affidavit._redact.detect.random_words import is_key_line
from affidavit._redact.normalise import embedded_json
from affidavit._redact.normalise.confusables import fold
from affidavit._redact.normalise.decode import (
    ENCODED_NAME,
    FORM_SPACE,
    PART,
    SHORTEST,
    WORD,
    begins_text,
    clear_texts,
    may_be_encoded,
    may_be_escaped,
    uncoloured,
    unescape,
    unpercent,
    unspaced,
)
from affidavit._redact.traverse.inside import with_inner, with_literals
from affidavit._redact.traverse.scanner import NOTHING, WORDS, Scanner
from affidavit._redact.types.budget import ROUNDS, Budget
from affidavit._redact.types.entities import DROPPED, SECRETS, label
from affidavit._redact.types.position import BELOW_VERSION, NOWHERE, Position
from affidavit._types import Json

MAX_KEPT: Final = 2048
"""Texts that are remembered as clean; then all are forgotten at once."""

LONGEST_KEPT: Final = 200
"""Characters of the longest text that is remembered: about 0.5 MB all in all."""

_GROWTH: Final = 4
"""How much longer folding may make a text: one character can become eighteen (Unicode UAX 15)."""

_BUDGET: Final = 8
"""Times `string_bytes` that the decoded forms of one text may add up to.

Each encoding is looked at by itself, and what it holds again: without a bound
four kinds within one another would multiply the work by two hundred.
"""

_SETTLES: Final = 8
"""Times that a text is read until it stays the same; what does not settle fails closed."""

_MOST_DOCUMENTS: Final = 1000
_OVERRIDE: Final = "\u202e"
"""Right-to-left override: what follows is drawn backwards."""

Parse = Callable[[object, Budget, int, str, Position], Json]
"""Redacts what a JSON text holds: value, tally, depth, key above, place."""


class Texts:
    """Redacts texts; safe to use from several threads.

    `kept` holds texts that are clean wherever they stand, `versions` those that are
    below the name of a version, and nothing else.
    """

    __slots__ = ("_suspicion", "kept", "parse", "scanner", "string_bytes", "versions")

    def __init__(self, scanner: Scanner, parse: Parse, string_bytes: int) -> None:
        self.scanner = scanner
        self._suspicion = scanner.suspicion
        self.parse = parse
        self.string_bytes = string_bytes
        self.kept: set[str] = set()
        self.versions: set[str] = set()

    def clean(
        self,
        text: str,
        budget: Budget,
        depth: int = 0,
        parent: str = "",
        place: Position = NOWHERE,
    ) -> str:
        """Return `text` with what is recognised in it acted on.

        `parent` is the key above it. The result is valid Unicode.
        """
        kept = self.kept
        if text in kept or (place is BELOW_VERSION and text in self.versions):
            return text
        if text.isascii():
            size = len(text)
            if size > self.string_bytes:
                return limit(budget)
            suspicion = self._suspicion(text)
            if suspicion == NOTHING:
                if size <= LONGEST_KEPT:
                    _keep(text, kept)
                return text
            return _Reader(self, budget, depth, parent, place).read_ascii(text, suspicion)
        data = text.encode("utf-8", "replace")
        if len(data) > self.string_bytes:
            return limit(budget)
        return _Reader(self, budget, depth, parent, place).read_foreign(data.decode())

    def keep(self, text: str, place: Position) -> None:
        """Remember a `text` that is clean at `place`."""
        if len(text) <= LONGEST_KEPT:
            if place is NOWHERE:
                _keep(text, self.kept)
            elif place is BELOW_VERSION:
                _keep(text, self.versions)


def _keep(text: str, kept: set[str]) -> None:
    if len(kept) >= MAX_KEPT:
        kept.clear()
    kept.add(text)


class _Reader:
    """Reads one suspect text, in clear and decoded."""

    __slots__ = ("_depth", "_folded", "_parent", "_place", "_tally", "_texts")

    def __init__(
        self, texts: Texts, budget: Budget, depth: int, parent: str, place: Position
    ) -> None:
        self._texts = texts
        self._tally = budget
        self._depth = depth
        self._parent = parent
        self._place = place
        self._folded = True
        if budget.rounds == ROUNDS:
            budget.budget = _BUDGET * texts.string_bytes

    def read_ascii(self, text: str, suspicion: int) -> str:
        """Return an ASCII `text` redacted, which may hold what `suspicion` says."""
        if self._depth == 0 and not self._parent and is_key_line(text):
            self._tally.count("PRIVATE_KEY")
            return DROPPED
        return self.read_words(text) if suspicion == WORDS else self.read(text)

    def read(self, text: str) -> str:
        """Return `text` redacted, as JSON if it is JSON."""
        if text.lstrip().startswith(embedded_json.STARTS):
            done = self._documents(text)
            if done is not None:
                return done
        return self._plain(with_inner(text, self._parsed, self._tally))

    def read_words(self, text: str) -> str:
        """Return `text`, in which only its words are suspect, redacted."""
        done, found, undone = text, False, self._tally.undone
        if may_hold_token(text):
            done, found, _ = self._texts.scanner.scan_tokens(text, self._tally, self._place)
        done = self._unwrapped(done)
        if done != text:
            return self._plain(done)
        if not found and undone == self._tally.undone:
            self._texts.keep(text, NOWHERE)
        return text

    def read_foreign(self, text: str) -> str:
        """Return a `text` that is not ASCII redacted: folded if the folded form holds anything."""
        forms = [fold(text)]
        if _OVERRIDE in text:
            forms.append(fold(text[::-1]))
        for form in forms:
            if len(form) > _GROWTH * self._texts.string_bytes:
                return limit(self._tally)
            done = self.read(form) if form != text else form
            if done != form:
                return self._unfolded(text, done)
        return self.read(text)

    def _unfolded(self, text: str, done: str) -> str:
        """Return what is `done` of a folded text with the letters that the text has itself.

        If its own reading finds the same: `505\u00b5s` is no other letter's because of an address.
        """
        found = dict(self._tally.found)
        self._folded = False  # what is clean as it stands need not be once it is folded
        own = self.read(text)
        self._tally.forget(found)
        return own if fold(own) == done else done

    def _plain(self, text: str) -> str:
        """Return `text` redacted until nothing in it changes any more."""
        budget = self._tally
        for again in range(_SETTLES):
            counted, undone = dict(budget.found), budget.undone
            scanned, found, final = self._texts.scanner.scan(text, budget, self._place, again)
            done = self._decoded(scanned)
            if done == text:
                # A label that was replaced by itself is no finding.
                budget.forget(counted)
                if not found and undone == budget.undone and self._folded:
                    self._texts.keep(done, self._place)
                return done
            if final and done == scanned:
                return done
            # What replaces a value can change what its neighbours look like.
            text = done
        return limit(budget)

    def _nested(self, text: str) -> str:
        """Clean a text that was inside an encoding of another one."""
        budget = self._tally
        budget.budget -= len(text)
        if budget.rounds == 0 or budget.budget < 0:
            return limit(budget)
        budget.rounds -= 1
        budget.undone += 1
        try:
            return self._texts.clean(text, budget, self._depth, self._parent, self._place)
        finally:
            budget.rounds += 1

    def _documents(self, text: str) -> str | None:
        """Redact the JSON documents that `text` begins with, and the rest; None if none does."""
        parts: list[str] = []
        done = 0
        for _ in range(_MOST_DOCUMENTS):
            start = embedded_json.after_blank(text, done)
            try:
                found = embedded_json.read(text, start)
            except RecursionError:
                return limit(self._tally)
            if found is None:
                break
            value, end = found
            if isinstance(value, str) and "-----BEGIN" in value and "-----END" not in value:
                break  # a key that is put together line by line goes on behind it
            parts += (text[done:start], self._document(text[start:end], value))
            done = end
        if not parts:
            return None
        whole = "".join((*parts, with_inner(text[done:], self._parsed, self._tally)))
        # What follows may belong to what it follows: `"password": "x"` begins with a document.
        alone = len(parts) == 2 and not text[done:].strip()  # noqa: PLR2004 - a blank, a document
        return whole if alone else self._plain(whole)

    def _document(self, text: str, value: Json) -> str:
        budget = self._tally
        repeated = budget.repeated
        clean = self._nested(value) if isinstance(value, str) else self._parsed(value)
        return (
            text if clean == value and repeated == budget.repeated else embedded_json.write(clean)
        )

    def _parsed(self, value: Json) -> Json:
        budget = self._tally
        if budget.rounds == 0:
            return limit(budget)
        budget.rounds -= 1
        try:
            return self._texts.parse(value, budget, self._depth + 1, self._parent, self._place)
        finally:
            budget.rounds += 1

    def _decoded(self, text: str) -> str:
        """Look at what percent signs, escapes and encoded words in `text` say in clear."""
        if "%" in text or ("+" in text and FORM_SPACE.search(text)):
            text = self._unpercented(text)
        if "\x1b[" in text and (done := self._in_clear(text, uncoloured(text))) != text:
            return done
        if may_be_escaped(text) and (done := self._in_clear(text, unescape(text))) != text:
            return done
        done = with_literals(text, self._nested, self._tally)
        return done if done != text else self._unwrapped(text)

    def _in_clear(self, text: str, plain: str) -> str:
        """Return what `text` says in clear, redacted; `text` if there is nothing to redact."""
        if plain == text:
            return text
        done = self._nested(plain)
        return text if done == plain else done

    def _unwrapped(self, text: str) -> str:
        """Look at what words in `text` say once decoded."""
        if len(text) < SHORTEST:
            return text
        for word in WORD.findall(text):
            if may_be_encoded(word):
                return WORD.sub(self._word, text)
        return text

    def _unpercented(self, text: str) -> str:
        if ENCODED_NAME.search(text) and (done := self._in_clear(text, unpercent(text))) != text:
            return done
        return PART.sub(self._part, text)

    def _part(self, found: re.Match[str]) -> str:
        coded = found.group()
        if "%" not in coded and "+" not in coded:
            return coded
        return self._in_clear(coded, unpercent(unspaced(coded)))

    def _word(self, found: re.Match[str]) -> str:
        """Return an encoded word, or what stands for it if its clear text holds anything."""
        word = found.group()
        if begins_text(word):
            self._tally.undone += 1  # also where no text comes out: a form with a picture in it
        before = dict(self._tally.found)
        try:
            for clear in clear_texts(word, self._texts.string_bytes):
                if self._nested(clear) != clear:
                    return _stand_in(before, self._tally)
        except OverflowError:
            return limit(self._tally)
        return word


def limit(budget: Budget) -> str:
    """Count a value that is not looked at, and return what stands for it."""
    budget.count("LIMIT")
    return label("LIMIT")


def _stand_in(before: dict[str, int], budget: Budget) -> str:
    """Return what stands for an encoded text in which there were findings since `before`."""
    new = sorted(entity for entity, count in budget.found.items() if count != before.get(entity))
    return label(new[0]) if new and SECRETS.isdisjoint(new) else DROPPED
