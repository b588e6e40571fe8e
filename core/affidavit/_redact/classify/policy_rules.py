"""A policy's redaction rules, made ready to be asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from affidavit._lazy import lazy
from affidavit._policy.words import RedactionAction, SinkMode
from affidavit._redact.classify.key_words import Words, entity_below, entity_of, is_open, split
from affidavit._redact.replace.operators import STRICTNESS
from affidavit._redact.types.entities import ENTITIES, SECRETS
from affidavit._redact.types.match import Classification, Match, TextView

if TYPE_CHECKING:
    from affidavit._policy.model import KeyRule, PatternRule, Redaction

DEEPEST: Final = 64
"""Nested containers that are looked at, whatever the policy says.

Each costs Python frames, of which there are a thousand; `json.dumps` would fail
a little later.
"""

_DAY: Final = lazy(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Path = tuple[str, ...]


class PolicyRules:
    """Answers what a key means, what happens to an entity, and what is exempt today."""

    def __init__(self, rules: Redaction, today: str) -> None:
        self._actions = _strictest(
            (entity, rule.action) for rule in rules.entities for entity in rule.match
        )
        self._settle_cards(rules)
        self._own: dict[str, list[tuple[tuple[Words, ...], Classification]]] = {}
        for rule in rules.keys:
            self._learn(rule.match, rule.under, Classification(rule.entity, rule.action))
        self.own_words = frozenset(self._own)
        self.verdicts = {name: Classification(name, self.action(name)) for name in ENTITIES}
        self.patterns = tuple([(_compiled(rule), self._pattern(rule)) for rule in rules.patterns])
        self.packs = frozenset(pack.value for pack in rules.packs)
        self.allow = {
            sink.value: frozenset("".join(split(key)) for key in rule.keys)
            for sink, rule in rules.sinks.items()
            if rule.mode is SinkMode.ALLOWLIST
        }
        self.exempt: tuple[Path, ...] = tuple(
            [
                tuple(one.path.split("."))
                for one in rules.exemptions
                if _DAY.fullmatch(today) and today <= one.expires and one.reason.strip()
            ]
        )
        self.depth = max(1, min(rules.limits.depth, DEEPEST))
        self.string_bytes = rules.limits.string_bytes
        self.nodes = rules.limits.nodes

    def action(self, entity: str) -> RedactionAction:
        """Return what happens to a value of `entity`: secrets are dropped, come what may."""
        if entity in SECRETS:
            return RedactionAction.DROP
        return self._actions.get(entity, RedactionAction.REPLACE)

    def verdict(self, words: Words) -> Classification | None:
        """Return what a key of `words` says about its value, whatever it stands below."""
        return self._judge(entity_of(words), self._find(words, None))

    def verdict_below(self, parent: Words, words: Words) -> Classification | None:
        """Return what a key of `words` says below a key of `parent`."""
        return self._judge(entity_below(parent, words), self._find(words, parent))

    def is_open(self, words: Words) -> bool:
        """Tell whether a key that says nothing may say something below the right parent."""
        return is_open(words) or bool(self._own and any(self._rules_for(words)))

    def _judge(self, entity: str | None, own: Classification | None) -> Classification | None:
        if entity in SECRETS or own is None:
            return None if entity is None else self.verdicts[entity]
        return own

    def _learn(self, match: Iterable[str], under: Iterable[str], verdict: Classification) -> None:
        action = self._card_safe(verdict.entity, verdict.action)
        settled = Classification(
            verdict.entity, RedactionAction.DROP if verdict.entity in SECRETS else action
        )
        parents = tuple([tuple(phrase.lower().split()) for phrase in under])
        for phrase in match:
            words = phrase.lower().split()
            for spelled in {" ".join(words), "".join(words)}:
                self._own.setdefault(spelled, []).append((parents, settled))

    def _rules_for(self, words: Words) -> Iterable[tuple[tuple[Words, ...], Classification]]:
        for size in range(len(words), 0, -1):
            yield from self._own.get(" ".join(words[-size:]), ())

    def _find(self, words: Words, parent: Words | None) -> Classification | None:
        fitting = [
            verdict
            for parents, verdict in [
                *self._rules_for(words),
                *(self._own.get("".join(words), ()) if len(words) > 1 else ()),
            ]
            if not parents or (parent is not None and any(_ends(parent, one) for one in parents))
        ]
        return max(fitting, key=lambda one: STRICTNESS[one.action], default=None)

    def _pattern(self, rule: PatternRule) -> Classification:
        action = self._card_safe(rule.entity, rule.action)
        return Classification(
            rule.entity, RedactionAction.DROP if rule.entity in SECRETS else action
        )

    def _settle_cards(self, rules: Redaction) -> None:
        """Never mask and tokenise one card number: together they could be correlated.

        Source: PCI DSS 4.0.1, requirement 3.5.1.1 and its applicability notes.
        """
        own: list[KeyRule | PatternRule] = [*rules.keys, *rules.patterns]
        actions = {rule.action for rule in own if rule.entity == "CREDIT_CARD"}
        self._card_tokens = RedactionAction.TOKEN in actions | {self._actions.get("CREDIT_CARD")}
        if "CREDIT_CARD" in self._actions:
            self._actions["CREDIT_CARD"] = self._card_safe(
                "CREDIT_CARD", self._actions["CREDIT_CARD"]
            )

    def _card_safe(self, entity: str, action: RedactionAction) -> RedactionAction:
        shortened = action in {RedactionAction.MASK, RedactionAction.TRUNCATE}
        return (
            RedactionAction.REPLACE
            if entity == "CREDIT_CARD" and shortened and self._card_tokens
            else action
        )


def find_patterns(rules: PolicyRules, seen: TextView, hits: list[Match]) -> None:
    """Add what the policy's own patterns find."""
    for pattern, verdict in rules.patterns:
        hits.extend(Match(*found.span(), *verdict) for found in pattern.finditer(seen.text))


def _strictest(pairs: Iterable[tuple[str, RedactionAction]]) -> dict[str, RedactionAction]:
    actions: dict[str, RedactionAction] = {}
    for entity, action in pairs:
        held = actions.get(entity)
        if held is None or STRICTNESS[action] > STRICTNESS[held]:
            actions[entity] = action
    return actions


def _ends(words: Words, tail: Words) -> bool:
    if not tail:
        return False
    singular = (*words[:-1], words[-1].removesuffix("s")) if words else words
    return words[-len(tail) :] == tail or singular[-len(tail) :] == tail


def _compiled(rule: PatternRule) -> re.Pattern[str]:
    """Return the pattern of a restricted shape.

    Linear: a run is entered at its start only, is possessive, and is left whole.
    """
    kind = rule.charset.says
    inside = "A-Za-z0-9" if rule.prefix[:1].isalnum() else kind if not rule.prefix else ""
    before = f"(?<![{inside}])" if inside else ""
    most = max(rule.least, rule.most)
    return re.compile(
        f"{before}{re.escape(rule.prefix)}[{kind}]{{{rule.least},{most}}}+(?![{kind}])"
    )
