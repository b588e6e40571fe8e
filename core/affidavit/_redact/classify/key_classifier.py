"""Key names of one policy, each read once.

The memory holds names that are clean as texts only, is bounded, and is
forgotten whole when it is full.
"""

from __future__ import annotations

import re
from typing import Final

from affidavit._lazy import lazy
from affidavit._policy.words import RedactionAction
from affidavit._redact.classify.doubts import CERTAIN, doubt_of, is_holder
from affidavit._redact.classify.key_words import GLUED, TELLING, VERSION, Words, entity_of, split
from affidavit._redact.classify.known_keys import ENVELOPE, PERSONAL, REQUESTS, VERSIONED
from affidavit._redact.classify.number_names import (
    NumberNames,
    entity_of_number,
    number_names,
)
from affidavit._redact.classify.policy_rules import PolicyRules
from affidavit._redact.detect.credential_forms import KEYS, issued_form
from affidavit._redact.detect.credentials import begins_token
from affidavit._redact.detect.national_ids.table import Identifier
from affidavit._redact.types.entities import DROPPED, label
from affidavit._redact.types.lexicon import OPEN
from affidavit._redact.types.match import Classification

MAX_KEPT: Final = 4096
"""Names that are remembered."""

LONGEST_KEPT: Final = 64
"""Characters of the longest name that is remembered: about 1 MB all in all, at worst."""

_SHORT: Final = 15
"""Letters of the longest word that is too short for a key or a token: AWS's have twenty."""

_PLAIN: Final = lazy(r"[A-Za-z_$][A-Za-z_-]{0,30}[0-9]{0,3}")

_ROLES: Final = {
    "answer": "value",
    "args": "binds",
    "binds": "binds",
    "content": "value",
    "data": "rows",
    "expressionattributevalues": "expression",
    "input": "input",
    "new": "value",
    "newvalue": "value",
    "old": "value",
    "oldvalue": "value",
    "parameters": "binds",
    "parametervalue": "value",
    "params": "binds",
    "rows": "rows",
    "v": "value",
    "val": "value",
    "value": "value",
    "values": "value",
}
"""Names whose value another name beside them speaks of: `{"name": ..., "value": ...}`."""

_REQUEST_ID: Final = ("request", "id")

_INFLECTED: Final = ("s", *GLUED)
"""Ends of words that may be a telling word's plural, or a telling word behind another."""


class KeyClass:
    """What a key name means for its value, where it means anything.

    `acts` is the verdict unless it is to keep the value.
    `constant` stands for every value of `entity` where the verdict is to drop or
    to replace and no value is doubted, else it is empty. `doubt` says which values it cannot
    have, `holds` that an object below it is looked into.
    `open`: the name may mean something below the right parent.
    `numbers`: the kinds of number that it announces, and nothing else. `form`: what a secret below
    it looks like, where not all that stands there is one.
    `identifies`: it names a request, so digits alone are nobody's number.
    `passes`: a text that is clean below a version is clean below it, too.
    `role` says how a name beside it speaks of the value: `value`, `input`, or as a table does.
    `versioned`: four numbers with dots are no address below it.
    """

    __slots__ = (
        "acts", "constant", "doubt", "entity", "form", "holds", "identifies", "numbers", "open",
        "passes", "role", "verdict", "versioned", "words",
    )  # fmt: skip

    def __init__(
        self,
        words: Words,
        verdict: Classification | None,
        *,
        is_open: bool,
        doubt: str = "",
        holds: bool = False,
        numbers: tuple[Identifier, ...] = (),
        form: re.Pattern[str] | None = None,
    ) -> None:
        self.numbers = numbers
        self.form = form
        self.words = words
        self.verdict = verdict
        self.open = is_open
        self.role = _ROLES.get("".join(words), "")
        self.versioned = not VERSION.isdisjoint(words)
        self.entity = verdict.entity if verdict else ""
        self.acts = verdict if verdict and verdict.action is not RedactionAction.KEEP else None
        self.identifies = words == _REQUEST_ID
        self.passes = self.versioned and verdict is None and not is_open
        self.doubt = doubt
        self.holds = holds
        self.constant = ""
        if doubt != CERTAIN:
            return
        if verdict is not None and verdict.action is RedactionAction.DROP:
            self.constant = DROPPED
        elif verdict is not None and verdict.action is RedactionAction.REPLACE:
            self.constant = label(verdict.entity)

    def entity_below(self, item: object) -> str:
        """Return what `item` is if it is what this name may announce, else nothing."""
        if self.numbers and (entity := entity_of_number(self.numbers, item)):
            return entity
        return "SECRET" if self.form is not None and _is_formed(self.form, item) else ""


UNREAD: Final = KeyClass((), None, is_open=False)
"""Stands for a name that has not been read."""

_VERSIONED: Final = KeyClass(("version",), None, is_open=False)

_REQUEST: Final = KeyClass(_REQUEST_ID, None, is_open=False)

_START: Final[dict[str, KeyClass | None]] = {
    **dict.fromkeys(ENVELOPE),
    **dict.fromkeys(VERSIONED, _VERSIONED),
    **dict.fromkeys(REQUESTS, _REQUEST),
}

_PERSONAL: Final = [(name, entity) for name in PERSONAL if (entity := entity_of(split(name)))]


class KeyClassifier:
    """Reads key names; safe to use from several threads.

    `kept` maps a clean name to what it means, or to None if it means nothing.
    """

    __slots__ = ("_below", "_numbers", "_rules", "_standing", "_telling", "kept")

    def __init__(self, rules: PolicyRules) -> None:
        self._rules = rules
        self._numbers: NumberNames | None = None
        self._telling = TELLING.union(_ROLES, rules.own_words)
        self._standing: dict[tuple[str, str, bool], KeyClass] = {}
        self._below: dict[tuple[str, Words], Classification | None] = {}
        self.kept: dict[str, KeyClass | None] = {}
        if not rules.own_words:
            self.kept = _START.copy()
            for name, entity in _PERSONAL:
                self.kept[name] = self._stands_for(entity, split(name))

    def read(self, key: str) -> KeyClass | None:
        """Return what `key` means, None if nothing; remember nothing."""
        words = split(key)
        if self._rules.own_words:
            verdict = self._rules.verdict(words)
            if verdict is not None:
                entity = entity_of(words)
                if entity is not None and verdict is self._rules.verdicts[entity]:
                    return self._stands_for(entity, words)
                return KeyClass((), verdict, is_open=False)
            is_open = self._rules.is_open(words)
        else:
            entity = entity_of(words)
            if entity is not None:
                return self._stands_for(entity, words)
            is_open = len(words) == 1 and words[0] in OPEN
        if is_open or "".join(words) in _ROLES:
            return KeyClass(words, None, is_open=is_open)
        if words[-2:] == _REQUEST_ID:
            return _REQUEST
        return _VERSIONED if not VERSION.isdisjoint(words) else self._announces(key, words)

    def _announces(self, key: str, words: Words) -> KeyClass | None:
        """Return what a name means that may announce a number of a pack, or a secret."""
        numbers = self._number_names().read(words)
        form = _form_below(key, words)
        if not numbers and form is None:
            return None
        return KeyClass((), None, is_open=False, numbers=numbers, form=form)

    def _number_names(self) -> NumberNames:
        if self._numbers is None:  # a cold start need not wait for them
            self._numbers = number_names(self._rules.packs)
        return self._numbers

    def _stands_for(self, entity: str, words: Words) -> KeyClass:
        """Return what a name of `words` means that announces an `entity`."""
        doubt = doubt_of(words, entity)
        place = (entity, doubt, is_holder(words, entity))
        held = self._standing.get(place)
        if held is None:
            verdict = self._rules.verdicts[entity]
            held = KeyClass((), verdict, is_open=False, doubt=doubt, holds=place[2])
            self._standing[place] = held
        return held

    def says_nothing(self, word: str) -> bool:
        """Tell whether a word of letters is a name that means nothing; False if it must be read."""
        return (
            word.islower()
            and word not in self._telling
            and not word.endswith(_INFLECTED)
            and word not in self._number_names().kinds
        )

    def learn(self, key: str) -> KeyClass | None:
        """Return what a plain `key` means and remember it; `UNREAD` if it must be scanned."""
        if key.isalpha() and len(key) <= _SHORT and key.isascii():
            # Most names are one word that means nothing: this line is all they cost.
            name = None if self.says_nothing(key) else self.read(key)
        elif is_plain(key):
            name = self.read(key)
        else:
            return UNREAD
        if len(self.kept) >= MAX_KEPT:
            self.kept.clear()
        self.kept[key] = name
        return name

    def keep(self, key: str, name: KeyClass | None) -> None:
        """Remember a `key` that is clean."""
        if len(key) <= LONGEST_KEPT:
            if len(self.kept) >= MAX_KEPT:
                self.kept.clear()
            self.kept[key] = name

    def look(self, key: str) -> Classification | None:
        """Return the verdict of a name inside a text."""
        name = self.kept[key] if key in self.kept else self.learn(key)
        if name is UNREAD:
            name = self.read(key)
        return name.verdict if name else None

    def below(self, parent: str, name: KeyClass) -> Classification | None:
        """Return the verdict of an open `name` below the key `parent`."""
        place = (parent, name.words)
        try:
            return self._below[place]
        except KeyError:
            verdict = self._rules.verdict_below(split(parent), name.words)
            if parent in self.kept:
                if len(self._below) >= MAX_KEPT:
                    self._below.clear()
                self._below[place] = verdict
            return verdict


def _form_below(key: str, words: Words) -> re.Pattern[str] | None:
    """Return what a secret below a name looks like that need not be one's."""
    last = words[-1] if words else ""
    if last in KEYS:
        return issued_form(key) if len(words) > 1 else None
    if last.isdigit() and len(words) > 1:
        last = words[-2]
    if not last.endswith("pass"):
        return None
    from affidavit._redact.detect.pass_names import CHOSEN, may_open  # noqa: PLC0415 - few events have one: an import need not wait for it

    return CHOSEN if may_open(key) else None


def _is_formed(form: re.Pattern[str], item: object) -> bool:
    """Tell whether a text is of this form, or one of a list."""
    if type(item) is list or type(item) is tuple:
        return any(type(one) is str and _is_formed(form, one) for one in item)
    return type(item) is str and form.fullmatch(item.strip()) is not None


def is_plain(key: str) -> bool:
    """Tell whether `key` can only be a name, with too few digits to be anything else."""
    if len(key) <= _SHORT and key.isalpha():
        return key.isascii()
    return _PLAIN.fullmatch(key) is not None and (len(key) <= _SHORT or not begins_token(key))
