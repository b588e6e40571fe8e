"""Find what is recognised in one text, and write what stands for it.

Most texts of a log are short and plain. The gate proves them clean with a few searches
and a look at their names; only what passes it is read by every recogniser.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from affidavit._lazy import lazy
from affidavit._policy.words import RedactionAction
from affidavit._redact.classify.policy_rules import PolicyRules, find_patterns
from affidavit._redact.detect.cards import SHORTEST as SHORTEST_CARD
from affidavit._redact.detect.cards import Likely, card
from affidavit._redact.detect.command_lines import find_commands, find_options, find_placed
from affidavit._redact.detect.credentials import find_credentials, find_tokens, has_long_word
from affidavit._redact.detect.device_settings import find_settings, may_be_set
from affidavit._redact.detect.emails import find_emails
from affidavit._redact.detect.health_messages import find_health_messages
from affidavit._redact.detect.iban import find_ibans
from affidavit._redact.detect.key_value_pairs import Look, Pairs
from affidavit._redact.detect.name_value_shapes import find_shapes
from affidavit._redact.detect.national_ids.us import find_mbis
from affidavit._redact.detect.network import find_network
from affidavit._redact.detect.numbers import find_numbers, may_hold_number
from affidavit._redact.detect.person_messages import find_person_messages
from affidavit._redact.detect.plates import find_plates
from affidavit._redact.detect.random_words import SHORTEST_LINE
from affidavit._redact.detect.said_values import find_said, may_be_said
from affidavit._redact.detect.spoken_secrets import find_repeated
from affidavit._redact.detect.sql_inserts import find_inserts
from affidavit._redact.detect.sql_secrets import find_sql_secrets
from affidavit._redact.detect.statement_binds import find_binds
from affidavit._redact.detect.text_tables import find_tables
from affidavit._redact.replace.operators import STRICTNESS, WRITTEN, Operators
from affidavit._redact.traverse.hit_places import beside, grouped, is_closed, stands_alone
from affidavit._redact.traverse.prefilter import (
    NINE,
    SHAPES,
    SHORTEST_PHRASE,
    has_phrase,
    has_sign,
    has_syntax,
    may_hold_address,
)
from affidavit._redact.types.budget import Budget
from affidavit._redact.types.entities import SECRETS
from affidavit._redact.types.match import UUID, Match, TextView, draw
from affidavit._redact.types.position import NOWHERE, Position

if TYPE_CHECKING:
    from affidavit._redact.detect.identifiers import Packs

SHORTEST: Final = 4
"""Characters of the shortest text in which anything is recognised: `pw=x`."""

_PATIENCE: Final = 3
"""Readings after which everything between the first and the last finding goes."""

_SPAN: Final = itemgetter(0, 1)

_UUID: Final = lazy(UUID)
_UUID_LENGTH: Final = 36
_TRACE: Final = lazy(
    r"(?:(?:Root|Self)=1-[0-9a-f]{8}-[0-9a-f]{24};?|Parent=[0-9a-f]{16};?|Sampled=[01?];?"
    r"|Lineage=[0-9]{1,10}:[0-9a-f]{8}:[0-9]{1,6};?){1,5}"
)
"""The header that AWS adds to every request (X-Ray developer guide, "Tracing header")."""


NOTHING: Final = 0
WORDS: Final = 1
ANYTHING: Final = 2
"""What a text may hold: nothing, a token or an encoded word, anything.

Plain numbers: an enumeration's members cost as much to look up as a search of
the gate does.
"""


Scanned = tuple[str, bool, bool]
"""A text after a scan; whether something was recognised, acted on or not; whether a second scan
would find no more.
"""


class Scanner:
    """Finds and acts, by one policy. `look` says what a key name means."""

    __slots__ = ("_actions", "_look", "_packs", "_pairs", "_patterns", "_rules")

    def __init__(self, rules: PolicyRules, actions: Operators, look: Look) -> None:
        self._rules = rules
        self._packs: Packs | None = None  # the table is read when a text has digits
        self._patterns = rules.patterns
        self._actions = actions
        self._look = look
        self._pairs = Pairs(look)

    def packs(self) -> Packs:
        """Return what looks for the numbers of the policy's packs."""
        if self._packs is None:
            from affidavit._redact.detect.identifiers import packs_of  # noqa: PLC0415 - as above

            self._packs = packs_of(self._rules.packs)
        return self._packs

    def suspicion(self, text: str) -> int:
        """Say what an ASCII `text` may hold, after a few searches."""
        size = len(text)
        if self._patterns and any(one.search(text) for one, _ in self._patterns):
            return ANYTHING
        if size < SHORTEST or (size < len(NINE) and text.isalnum()):
            return NOTHING
        if size == _UUID_LENGTH and _UUID.fullmatch(text):
            return NOTHING
        raw = text.encode()
        if self._is_suspect(text, raw):
            return NOTHING if self._is_harmless(text, size) else ANYTHING
        if has_long_word(text, raw) or "://" in text:
            return WORDS
        return WORDS if size >= SHORTEST_LINE and "/" in text and " " not in text else NOTHING

    def _is_suspect(self, text: str, raw: bytes) -> bool:
        """Tell whether anything but a word of an ASCII `text` may be recognised.

        What a line often has, digits and names, is read by those who know it; of the rest it
        is enough that it may be there.
        """
        if has_syntax(text) or has_sign(text, raw):
            return True
        shape = raw.translate(SHAPES)
        drawn = draw(shape)
        return bool(
            (
                drawn
                and may_hold_number(raw, shape, drawn)
                and self._numbers(TextView(text), once=True)
            )
            or (may_hold_address(text, shape) and find_network(TextView(text), []))
            or (drawn and (self._packs or self.packs()).may_stand(raw, shape, drawn))
            or self._is_spoken(text)
            or (
                ("=" in text or ":" in text or "<" in text)
                and self._pairs.find(text, raw, once=True)
            )
        )

    def _is_spoken(self, text: str) -> bool:
        """Tell whether words announce a secret, or something else without a mark behind it."""
        low = text.lower()
        if len(text) >= SHORTEST_PHRASE and has_phrase(low):
            return True
        hits: list[Match] = []
        self._find_unmarked(text, low, hits, once=True)
        return bool(hits)

    def _find_unmarked(self, text: str, low: str, hits: list[Match], *, once: bool = False) -> None:
        """Add what its words or its place announce: the gate asks the same. `once`: of tables."""
        named = may_be_said(low)
        if named:
            find_said(text, low, self._look, hits)
        if named or may_be_set(low):
            find_settings(text, low, hits)
        find_binds(text, low, self._look, hits)
        find_sql_secrets(text, low, self._look, hits)
        find_health_messages(text, hits)
        find_plates(text, low, hits)
        find_person_messages(text, low, hits)
        find_tables(text, self._look, hits, once=once)

    def _is_harmless(self, text: str, size: int) -> bool:
        """Tell whether `text` is a number that is nobody's, or a header of AWS's."""
        if text.isdigit():
            if size in self.packs().sizes:
                return False
            return size <= SHORTEST_CARD or card(text.encode()) is not Likely.YES
        return text.startswith(("Root=1-", "Self=1-")) and _TRACE.fullmatch(text) is not None

    def scan_tokens(self, text: str, budget: Budget, place: Position) -> Scanned:
        """Do what `scan` does for a text in which only words are suspect."""
        hits: list[Match] = []
        find_tokens(TextView(text), hits)
        if hits:
            find_repeated(text, hits)
        return self._acted(text, hits, budget, place)

    def find(self, text: str, place: Position = NOWHERE) -> list[Match]:
        """Return what the recognisers find in `text`, in no order; hits may overlap."""
        seen = TextView(text)
        hits = self._numbers(seen, versioned=place.versioned) if seen.drawn else []
        find_network(seen, hits)
        find_emails(seen, hits)
        find_credentials(seen, hits)
        hits += self._pairs.find(seen.text, seen.raw)
        find_options(seen, self._look, hits)
        find_commands(seen, hits)
        find_placed(seen, hits)
        find_inserts(seen, self._look, hits)
        find_shapes(seen, self._look, hits)
        self._find_unmarked(text, seen.lower, hits)
        find_patterns(self._rules, seen, hits)
        if hits:
            find_repeated(text, hits)
        return hits

    def _numbers(
        self, seen: TextView, *, versioned: bool = False, once: bool = False
    ) -> list[Match]:
        """Return what is found by its digits; `once`: the first one is enough."""
        hits: list[Match] = []
        find_numbers(seen, hits, versioned=versioned, once=once)
        if once and hits:
            return hits
        find_ibans(seen, hits)
        find_mbis(seen, hits)
        self.packs().find(seen, hits)
        return hits

    def scan(self, text: str, budget: Budget, place: Position, again: int = 0) -> Scanned:
        """Return `text` with what was found acted on; `again` counts earlier readings."""
        return self._acted(text, self.find(text, place), budget, place, again=again)

    def _acted(
        self, text: str, hits: list[Match], budget: Budget, place: Position, *, again: int = 0
    ) -> Scanned:
        """Act on `hits`; `again` counts the readings of this text that came before."""
        settled = self._settled(text, hits, lifted=place.lifted) if hits else []
        if not settled:
            return text, bool(hits), True
        groups = grouped(text, settled)
        if again >= _PATIENCE:
            # Each reading leaves less that can be found; this one leaves nothing between.
            groups = [(groups[0][0], max(end for _, end, _ in groups), settled)]
        parts: list[str] = []
        done = 0
        final = True
        for start, end, group in groups:
            written = self._written(text[start:end], start, group, budget, again=again)
            parts += (text[done:start], written)
            final = final and is_closed(written) and stands_alone(text, start, end)
            done = end
        return "".join((*parts, text[done:])), True, final

    def _settled(self, text: str, hits: list[Match], *, lifted: bool) -> list[Match]:
        """Return the hits that are acted on, each with its action, in order.

        What an operator has written is final: a hit inside is none, one that reaches into it
        takes all of it along.
        """
        action = self._rules.action
        kept: list[Match] = []
        keep = RedactionAction.KEEP
        for hit in hits:
            start, end, entity, own = hit
            if start < end and (not lifted or entity in SECRETS):
                settled = own or action(entity)
                if settled is not keep:
                    kept.append(hit if own else Match(start, end, entity, settled))
        kept.sort(key=_SPAN)
        if "*" in text or "]" in text or "tok_" in text:
            return beside(kept, [one.span() for one in WRITTEN.finditer(text)], text)
        return kept

    def _written(
        self, text: str, start: int, group: list[Match], budget: Budget, *, again: int
    ) -> str:
        strictest = group[0]
        if len(group) == 1:
            budget.count(strictest.entity)
        else:
            for entity in {hit.entity for hit in group}:
                budget.count(entity)
            strictest = max(group, key=_strictness)
        action = strictest.action or RedactionAction.REPLACE
        whole = (strictest.start, strictest.end) == (start, start + len(text))
        if action is not RedactionAction.DROP and (again or not whole):
            # Hits overlap: a mask or a token of a part would leave the rest. In later
            # readings a label only: of what is written each time, less is left.
            action = RedactionAction.REPLACE
        return self._actions.act(strictest.entity, action, text, budget.tokens)


def _strictness(hit: Match) -> int:
    return STRICTNESS[hit.action or RedactionAction.REPLACE]
