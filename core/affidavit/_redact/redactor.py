"""The redactor: one policy's rules, applied to whatever leaves an invocation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from affidavit._policy.words import Sink
from affidavit._redact.classify.key_classifier import KeyClassifier
from affidavit._redact.classify.policy_rules import PolicyRules
from affidavit._redact.replace.by_key import KeyReplacer
from affidavit._redact.replace.known_identities import replace_known
from affidavit._redact.replace.operators import Operators
from affidavit._redact.traverse.mappings import Walker
from affidavit._redact.traverse.scanner import Scanner
from affidavit._redact.types.budget import Budget
from affidavit._redact.types.clean import Clean
from affidavit._redact.types.entities import label
from affidavit._redact.types.position import NOWHERE, Paths, Position

if TYPE_CHECKING:
    from affidavit._policy.model import Redaction
    from affidavit._records.tokens import Tokens

MAX_FAULTS: Final = 16
"""How many failures of the engine are kept until somebody tells of them."""


class Redactor:
    """Applies one policy's redaction rules. Safe to use from several threads.

    `tokens` is called when the first token is made; without it, or when it
    fails, values are replaced instead. `today` (`YYYY-MM-DD`) says which
    exemptions still hold; empty, none does. `faults` holds the types of exceptions that
    nobody expected, until somebody has told of them: what they hit became `[UNKNOWN]`.

    >>> redactor = Redactor(load_policy("baseline").redaction)
    >>> redactor.text("write to ada@example.com", Sink.LOG)
    'write to [EMAIL]'
    """

    __slots__ = ("_rules", "_tokens", "_walker", "faults")

    def __init__(
        self, rules: Redaction, *, tokens: Callable[[], Tokens] | None = None, today: str = ""
    ) -> None:
        self._rules = PolicyRules(rules, today)
        self._tokens = tokens
        self.faults: deque[str] = deque(maxlen=MAX_FAULTS)
        actions = Operators(today, card_action=self._rules.action("CREDIT_CARD"))
        names = KeyClassifier(self._rules)
        scanner = Scanner(self._rules, actions, names.look)
        self._walker = Walker(self._rules, names, KeyReplacer(actions), scanner)

    def clean(self, value: object, sink: Sink) -> Clean:
        """Return a redacted copy of `value` for `sink`: plain JSON, and counts by entity.

        Never raises and never changes `value`. What cannot be looked at (too deep,
        too long, too many values, a cycle) becomes `[LIMIT]`.
        """
        return self._redact(value, sink, self._rules.exempt)

    def text(self, text: str, sink: Sink) -> str:
        """Return `text` redacted for `sink`. Never raises.

        Where an allow-list rules, a text without a key is replaced whole.
        """
        done = self._redact(text, sink, ()).value
        return done if isinstance(done, str) else label("UNKNOWN")

    def word(self, name: str) -> bool:
        """Tell whether a name that code gives, such as a class or a metric, may leave.

        Nothing is recognised in it; and where the policy lets no free text out of an
        error, it is one plain word. A name has no key, so no list of keys vouches for it.
        """
        if Sink.ERROR.value in self._rules.allow and not name.isidentifier():
            return False
        budget = Budget(self._rules.nodes, self._tokens, None)
        return self._walker.texts.clean(name, budget) == name and not budget.found

    def vouch(self, drawn: str) -> None:
        """Take an id for clean that the kernel has drawn: what is random says nothing of anybody.

        Only the reading of it is saved: where an allow-list rules, its key has to be listed.
        """
        self._walker.texts.keep(drawn, NOWHERE)

    def _redact(self, value: object, sink: Sink, exempt: Paths) -> Clean:
        rules = self._rules
        budget = Budget(
            rules.nodes, self._tokens, rules.allow.get(sink._value_) if rules.allow else None
        )
        place = Position(exempt=exempt) if exempt else NOWHERE
        try:
            done = self._walker.walk(value, budget, 0, "", place)
            done = replace_known(done, undone=budget.undone > 0)
        except RecursionError:  # the caller's own stack was deep already
            return Clean(label("LIMIT"), (("LIMIT", 1),))
        except Exception as error:  # noqa: BLE001 - whatever went wrong: nothing gets out
            self.faults.append(type(error).__name__)
            return Clean(label("UNKNOWN"), (("UNKNOWN", 1),))
        return Clean(done, tuple(sorted(budget.found.items())) if budget.found else ())
