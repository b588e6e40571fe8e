"""What a policy can say: the one declaration of every setting.

A field of these classes is a setting, with its type, what it may be, what
extending does to it, and one sentence. The loader reads compiled policies by
it; the compiler, the JSON Schema, `policy explain` and the tables in
docs/policy-keys.md are derived from it. Annotations are evaluated (no
`from __future__ import annotations`), because the loader reads them.
"""

from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

from affidavit._policy.access_rules import OffRecordRules, SourceRules
from affidavit._policy.words import (
    Charset,
    Declare,
    Form,
    Merge,
    OutputCapture,
    Pack,
    RedactionAction,
    Setting,
    Sink,
    SinkMode,
    Trust,
)
from affidavit._types import RuleId

Days = Annotated[int, Form((1, 36_500))]
Entity = Annotated[str, Form(like=r"^[A-Z][A-Z0-9_]{1,31}$")]
Phrase = Annotated[str, Form(like=r"^[a-z0-9]+(?: [a-z0-9]+){0,5}$")]
Sentence = Annotated[str, Form((8, 600))]
Title = Annotated[str, Form((4, 120))]
RuleName = Annotated[RuleId, Form(like=r"^[A-Z][A-Z0-9]{1,15}-[0-9]{2}$")]
KeyName = Annotated[str, Form((1, 250))]
ENVIRONMENT_NAME: Final = r"^[a-z][a-z0-9-]{0,15}$"
EnvironmentName = Annotated[str, Form(like=ENVIRONMENT_NAME)]

DEFAULT_ENVIRONMENT: Final = "default"
"""What stands for every environment that a policy does not name."""


class PolicyRule(NamedTuple):
    """One obligation: which clause asks for which setting, and why.

    `governs` holds settings, or groups of them (`retention.archive_days`,
    `redaction.limits`), `promises` what affidavit does whatever the settings
    are. `review`, if not empty, says what a lawyer should look at first.

    >>> load_policy("hipaa").rules[0].id
    'BASE-01'
    """

    id: RuleName
    clause: Title
    why: Sentence
    governs: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    review: str = ""


class ActorRules(NamedTuple):
    """Who is believed."""

    trust: Annotated[
        frozenset[Trust],
        Form((1, len(Trust))),
        Setting("kinds of actors that are believed", Merge.COMMON),
    ]


class Retention(NamedTuple):
    """How long evidence is kept.

    >>> load_policy("hipaa").retention.hot_days
    100
    """

    hot_days: Annotated[
        Days,
        Setting("days that a record stays in the ledger; it is the record's `exp`", Merge.MOST),
    ]
    archive_days: Annotated[
        Days, Setting("days that it stays in the archive; at least `hot_days`", Merge.MOST)
    ]

    def problem(self) -> str:
        """Say what is wrong between the two; empty if nothing is."""
        return "archive_days is less than hot_days" if self.archive_days < self.hot_days else ""


class EnvironmentProperties(NamedTuple):
    """What differs between environments. What is left out is the strict choice.

    >>> load_policy("hipaa").environments["prod"].tests_may_write
    False
    """

    log_days: Annotated[Days, Setting("days of every log group", Merge.OWN)]
    sample_percent: Annotated[
        int, Form((0, 100)), Setting("traced invocations of a hundred, at most", Merge.OWN)
    ]
    trust_asserted: Annotated[
        bool,
        Setting(
            "whether `asserted` and `anonymous` are believed, where `actor.trust` has them",
            Merge.ALL,
        ),
    ] = False
    tests_may_write: Annotated[
        bool, Setting("whether scenarios may change anything; otherwise they only read", Merge.ALL)
    ] = False
    local_artifacts: Annotated[
        bool, Setting("whether Terraform deploys files; otherwise objects, by version", Merge.ALL)
    ] = False
    deletable: Annotated[
        bool, Setting("whether the ledger's table may lack deletion protection", Merge.ALL)
    ] = False


class RequestLimits(NamedTuple):
    """What a request may weigh before it is refused.

    >>> load_policy("baseline").limits.depth
    64
    """

    request_bytes: Annotated[
        int,
        Form((1, 6_291_456)),
        Setting(
            "bytes of a body, or of the whole event of a direct call; over it: 413", Merge.LEAST
        ),
    ]
    depth: Annotated[
        int, Form((1, 128)), Setting("levels of objects and lists; over it: 413", Merge.LEAST)
    ]


class LogRules(NamedTuple):
    """What the closing log line shows."""

    event: Annotated[
        bool,
        Setting("whether `invocation.completed` shows the redacted event as `received`", Merge.ALL),
    ]


class EntityRule(NamedTuple):
    """What happens to every recognised value of some kinds, e.g. `EMAIL`."""

    match: Annotated[tuple[Entity, ...], Form((1, 100))]
    action: RedactionAction
    rule: RuleName


class KeyRule(NamedTuple):
    """A key name of your own whose value is sensitive.

    `match` holds phrases in lower-case words (`loyalty number`); they match
    `loyaltyNumber`, `loyalty_number` and `member.loyalty-number` alike. With
    `under`, only below a parent key that ends in one of these phrases.
    """

    match: Annotated[tuple[Phrase, ...], Form((1, 100))]
    action: RedactionAction
    rule: RuleName
    entity: Entity = "CUSTOM"
    under: tuple[Phrase, ...] = ()


class PatternRule(NamedTuple):
    """A value shape of your own: `prefix`, then `least` to `most` of `charset`.

    There are no regular expressions in a policy: a restricted shape cannot
    take super-linear time.
    """

    entity: Entity
    prefix: Annotated[str, Form((1, 32), r"^[ -~]+$")]
    charset: Charset
    least: Annotated[int, Form((1, 128))]
    most: Annotated[int, Form((1, 128))]
    action: RedactionAction
    rule: RuleName

    def problem(self) -> str:
        """Say what is wrong between the two; empty if nothing is."""
        return "least is more than most" if self.least > self.most else ""


class SinkRule(NamedTuple):
    """How one sink treats keys that no rule names."""

    mode: SinkMode
    keys: tuple[KeyName, ...] = ()

    def problem(self) -> str:
        """Refuse a list that nothing would read."""
        listed = self.keys and self.mode is SinkMode.DENYLIST
        return "keys are for an allowlist; a denylist reads none" if listed else ""


class Exemption(NamedTuple):
    """A path whose value may pass, for a reason, until a day (`YYYY-MM-DD`).

    It lifts only what would be found there, never a secret.
    """

    path: Annotated[str, Form((1, 256))]
    reason: Sentence
    expires: Annotated[str, Form(like=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")]


class RedactionLimits(NamedTuple):
    """Where the engine stops looking and replaces what is left."""

    depth: Annotated[
        int, Form((4, 64)), Setting("levels that are looked at; below, `[LIMIT]`", Merge.LEAST)
    ] = 48
    string_bytes: Annotated[
        int, Form((256, 1_048_576)), Setting("length of one text that is looked at", Merge.LEAST)
    ] = 65_536
    nodes: Annotated[
        int, Form((100, 1_000_000)), Setting("values that are looked at in all", Merge.LEAST)
    ] = 20_000


class Redaction(NamedTuple):
    """What is recognised and what happens to it, for every sink."""

    entities: Annotated[
        tuple[EntityRule, ...],
        Setting("what happens to values of a kind: `match`, `action`, `rule`", Merge.ENTITIES),
    ] = ()
    keys: Annotated[
        tuple[KeyRule, ...],
        Setting(
            "key names of your own: `match` (phrases in lower case), `under` (parent keys), "
            "`entity`, `action`, `rule`",
            Merge.KEYS,
        ),
    ] = ()
    patterns: Annotated[
        tuple[PatternRule, ...],
        Setting(
            "value shapes of your own: `entity`, `prefix`, `charset`, `least`, `most`, `action`, "
            "`rule`; no regular expressions",
            Merge.JOINED,
        ),
    ] = ()
    packs: Annotated[
        tuple[Pack, ...],
        Setting("states whose identity, tax and health numbers are looked for", Merge.JOINED),
    ] = ()
    sinks: Annotated[
        Mapping[Sink, SinkRule],
        Setting("per sink: `mode`, and the `keys` of an allow-list", Merge.SINKS),
    ] = {}
    capture: Annotated[
        tuple[OutputCapture, ...],
        Setting("what others write that goes through the engine too", Merge.JOINED),
    ] = ()
    exemptions: Annotated[
        tuple[Exemption, ...],
        Setting("paths whose value may pass: `path`, `reason`, `expires` (a day)", Merge.JOINED),
    ] = ()
    limits: RedactionLimits = RedactionLimits()


class ResponseRule(NamedTuple):
    """A field of the answer that is not needed and therefore does not leave.

    `path` is dotted, with `*` for every element: `orders.*.card`.
    """

    path: Annotated[str, Form(like=r"^[A-Za-z0-9_*-]+(?:\.[A-Za-z0-9_*-]+){0,15}$")]
    rule: RuleName


class Policy(NamedTuple):
    """Everything that one deployment is held to.

    `digest` is the SHA-256 of the compiled policy in hexadecimal: a record
    names it, so an auditor can tell which text was in force.

    >>> policy = load_policy("baseline")
    >>> policy.name, policy.declare
    ('baseline', <Declare.OVERLAP: 'overlap'>)
    """

    name: str
    version: int
    title: str
    extends: tuple[str, ...]
    rules: tuple[PolicyRule, ...]
    digest: str
    declare: Annotated[Declare, Setting("when the opening record must be kept", Merge.STRICTEST)]
    actor: ActorRules
    retention: Retention
    environments: Mapping[EnvironmentName, EnvironmentProperties]
    limits: RequestLimits
    sources: SourceRules
    off_record: OffRecordRules
    logging: LogRules
    redaction: Redaction
    response: Annotated[
        tuple[ResponseRule, ...],
        Setting(
            "fields of answers that do not leave: `path` (dotted, `*` for every element), `rule`",
            Merge.JOINED,
        ),
    ] = ()

    @property
    def label(self) -> str:
        """Name, version and the first twelve digits of the digest, as records say it."""
        return f"{self.name}@{self.version}#{self.digest[:12]}"

    def environment(self, name: str) -> EnvironmentProperties:
        """Return the properties of an environment; one that is not named has the default's."""
        return self.environments.get(name) or self.environments[DEFAULT_ENVIRONMENT]

    def within(self, environment: str) -> "Policy":
        """Return the policy as it holds in an environment: believing whom it believes there."""
        if self.environment(environment).trust_asserted:
            return self
        unchecked = {Trust.ASSERTED, Trust.ANONYMOUS}
        return self._replace(actor=ActorRules(self.actor.trust - unchecked))
