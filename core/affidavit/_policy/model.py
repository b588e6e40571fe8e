"""What a policy is once it has been loaded: frozen, typed, complete.

A policy is data (`policies/*.yaml`); `load_policy.py` turns its compiled form
into these objects. Every setting is governed by a rule, and every rule names
the clause that asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique
from typing import NamedTuple

from affidavit._types import RuleId


@unique
class Declare(Enum):
    """When the opening record must be kept. Ordered from weak to strict."""

    NONE = "none"
    """No opening record: one record per invocation, before the answer."""

    OVERLAP = "overlap"
    """The write starts first; nothing that was read reaches the handler before it is kept."""

    BEFORE = "before"
    """The handler does not start before the opening record is kept."""


@unique
class Trust(Enum):
    """How the actor is known."""

    AUTHORIZER = "authorizer"
    """API Gateway checked a token and handed over its claims."""

    IAM = "iam"
    """AWS checked a signature and names the principal."""

    SERVICE = "service"
    """An AWS service calls on its own behalf, e.g. a state machine."""

    ASSERTED = "asserted"
    """The request says so; nobody checked."""

    ANONYMOUS = "anonymous"
    """Nobody is named. A policy that trusts this accepts everybody."""


@unique
class RedactionAction(Enum):
    """What happens to a value that is recognised. Ordered from weak to strict."""

    KEEP = "keep"
    TRUNCATE = "truncate"
    MASK = "mask"
    TOKEN = "token"  # noqa: S105 - a word
    REPLACE = "replace"
    DROP = "drop"


@unique
class Sink(Enum):
    """A place where data leaves the invocation."""

    LOG = "log"
    RECORD = "record"
    METRIC = "metric"
    TRACE = "trace"
    ERROR = "error"
    ANSWER = "answer"


@unique
class SinkMode(Enum):
    """What a sink does with keys that no rule names."""

    DENYLIST = "denylist"
    """Let them pass, once their values have been scanned."""

    ALLOWLIST = "allowlist"
    """Replace their values: only listed keys pass."""


@unique
class OutputCapture(Enum):
    """What others write in the same process, and the engine takes over."""

    LOGGING = "logging"
    """Every record of Python's `logging`, whoever made it, and warnings."""

    PRINT = "print"
    """Every line that is written to stdout and stderr."""


@unique
class Literals(Enum):
    """Whether a statement may hold values of its own. Ordered from weak to strict."""

    ALLOW = "allow"
    """Texts and numbers may stand in the statement."""

    REFUSE = "refuse"
    """Every value is a bind; a statement that holds one reaches no source."""


class PolicyRule(NamedTuple):
    """One obligation: which clause asks for which setting, and why.

    `governs` holds dotted setting paths (`retention.archive_days`), `promises`
    what affidavit does whatever the settings are. `review`, if not empty, says
    what a lawyer should look at before relying on it.
    """

    id: RuleId
    clause: str
    governs: tuple[str, ...]
    promises: tuple[str, ...]
    why: str
    review: str = ""


class Retention(NamedTuple):
    """How long evidence and logs are kept, in days.

    `hot_days` in the ledger itself, `archive_days` in the archive,
    `log_days` per environment in the log group.
    """

    hot_days: int
    archive_days: int
    log_days: Mapping[str, int]


class RequestLimits(NamedTuple):
    """What a request may weigh before it is refused.

    `request_bytes` counts the body (or the whole event of a direct call);
    `depth` counts nested objects and lists.
    """

    request_bytes: int
    depth: int


class EntityRule(NamedTuple):
    """What happens to every recognised value of one kind, e.g. `EMAIL`."""

    entity: str
    action: RedactionAction
    rule: RuleId


class KeyRule(NamedTuple):
    """A key name of your own whose value is sensitive.

    `match` holds phrases in lower-case words (`loyalty number`); they match
    `loyaltyNumber`, `loyalty_number` and `member.loyalty-number` alike. With
    `under`, only below a parent key that ends in one of these phrases.
    """

    match: tuple[str, ...]
    action: RedactionAction
    entity: str
    rule: RuleId
    under: tuple[str, ...] = ()


class PatternRule(NamedTuple):
    """A value shape of your own: `prefix`, then `least` to `most` of `charset`.

    `charset` is one of `digits`, `upper`, `lower`, `letters`, `alnum`, `hex`.
    There are no regular expressions in a policy: a restricted shape cannot
    take super-linear time.
    """

    entity: str
    prefix: str
    charset: str
    least: int
    most: int
    action: RedactionAction
    rule: RuleId


class SinkRule(NamedTuple):
    """How one sink treats keys that no rule names."""

    sink: Sink
    mode: SinkMode
    keys: tuple[str, ...]


class Exemption(NamedTuple):
    """A path whose value may pass, for a reason, until a day (`YYYY-MM-DD`).

    It lifts only what would be found there, never a secret.
    """

    path: str
    reason: str
    expires: str


class RedactionLimits(NamedTuple):
    """Where the engine stops looking and replaces what is left."""

    depth: int
    string_bytes: int
    nodes: int


class Redaction(NamedTuple):
    """What is recognised and what happens to it, for every sink."""

    entities: tuple[EntityRule, ...]
    keys: tuple[KeyRule, ...]
    patterns: tuple[PatternRule, ...]
    sinks: tuple[SinkRule, ...]
    exemptions: tuple[Exemption, ...]
    limits: RedactionLimits
    capture: tuple[OutputCapture, ...] = ()


class ResponseRule(NamedTuple):
    """A field of the answer that is not needed and therefore does not leave.

    `path` is dotted, with `*` for every element: `orders.*.card`.
    """

    path: str
    rule: RuleId


class Policy(NamedTuple):
    """Everything that one deployment is held to.

    `digest` is the SHA-256 of the compiled policy in hexadecimal: a record
    names it, so an auditor can tell which text was in force.
    """

    name: str
    version: int
    title: str
    extends: tuple[str, ...]
    declare: Declare
    trust: frozenset[Trust]
    retention: Retention
    sample_percent: Mapping[str, int]
    limits: RequestLimits
    literals: Literals
    log_event: bool
    redaction: Redaction
    response: tuple[ResponseRule, ...]
    rules: tuple[PolicyRule, ...]
    digest: str

    @property
    def label(self) -> str:
        """Name, version and the first twelve digits of the digest, as records say it."""
        return f"{self.name}@{self.version}#{self.digest[:12]}"
