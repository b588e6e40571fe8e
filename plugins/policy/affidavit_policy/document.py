"""The form of a policy file: what may be said, and in which words.

The models check a file and make the JSON Schema that editors use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from affidavit_policy.promises import PROMISES

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,31}$")]
RuleIdText = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,15}-[0-9]{2}$")]
Sentence = Annotated[str, Field(min_length=8, max_length=600)]
Entity = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,31}$")]
Phrase = Annotated[str, Field(pattern=r"^[a-z0-9]+(?: [a-z0-9]+){0,5}$")]
Days = Annotated[int, Field(ge=1, le=36_500)]
Percent = Annotated[int, Field(ge=0, le=100)]
ActionWord = Literal["keep", "truncate", "mask", "token", "replace", "drop"]
Charset = Literal["digits", "upper", "lower", "letters", "alnum", "hex"]
ExitWord = Literal["log", "record", "metric", "trace", "error", "answer"]
CaptureWord = Literal["logging", "print"]
LiteralsWord = Literal["allow", "refuse"]
TrustWord = Literal["authorizer", "iam", "service", "asserted", "anonymous"]


class Part(BaseModel):
    """A part of a policy: no unknown keys, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PerEnvironment(Part):
    """One number per environment; all five, so that none is forgotten."""

    local: int
    dev: int
    qa: int
    uat: int
    prod: int


class LogDays(PerEnvironment):
    """How many days a log group keeps its lines."""

    local: Days
    dev: Days
    qa: Days
    uat: Days
    prod: Days


class SamplePercent(PerEnvironment):
    """How many of a hundred invocations are traced."""

    local: Percent
    dev: Percent
    qa: Percent
    uat: Percent
    prod: Percent


class ActorPart(Part):
    """Who is believed."""

    trust: Annotated[list[TrustWord], Field(min_length=1)]


class RetentionPart(Part):
    """How long evidence and logs are kept."""

    hot_days: Days
    archive_days: Days
    log_days: LogDays

    @model_validator(mode="after")
    def _archive_outlives_ledger(self) -> RetentionPart:
        if self.archive_days < self.hot_days:
            raise ValueError("archive_days is less than hot_days")
        return self


class TracingPart(Part):
    """How much is traced."""

    sample_percent: SamplePercent


class LimitsPart(Part):
    """What a request may weigh."""

    request_bytes: Annotated[int, Field(ge=1, le=6_291_456)]
    depth: Annotated[int, Field(ge=1, le=128)]


class LoggingPart(Part):
    """Whether the closing log line shows the redacted event."""

    event: bool


class SourcesPart(Part):
    """What a statement may hold when it goes to a source."""

    literals: LiteralsWord


class EntityPart(Part):
    """What happens to values of some kinds."""

    match: Annotated[list[Entity], Field(min_length=1)]
    action: ActionWord
    rule: RuleIdText


class KeyPart(Part):
    """Key names of your own."""

    match: Annotated[list[Phrase], Field(min_length=1)]
    under: list[Phrase] = []
    entity: Entity = "CUSTOM"
    action: ActionWord
    rule: RuleIdText


class PatternPart(Part):
    """A value shape of your own."""

    entity: Entity
    prefix: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[ -~]+$")]
    charset: Charset
    least: Annotated[int, Field(ge=1, le=128)]
    most: Annotated[int, Field(ge=1, le=128)]
    action: ActionWord
    rule: RuleIdText

    @model_validator(mode="after")
    def _least_before_most(self) -> PatternPart:
        if self.least > self.most:
            raise ValueError("least is more than most")
        return self


class ExitPart(Part):
    """How a sink treats keys that no rule names."""

    mode: Literal["denylist", "allowlist"]
    keys: list[Annotated[str, Field(min_length=1, max_length=250)]] = []


class ExemptionPart(Part):
    """A path that may pass."""

    path: Annotated[str, Field(min_length=1, max_length=256)]
    reason: Sentence
    expires: Annotated[str, Field(pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")]


class RedactionLimitsPart(Part):
    """Where the engine stops looking and replaces the rest."""

    depth: Annotated[int, Field(ge=4, le=64)]
    string_bytes: Annotated[int, Field(ge=256, le=1_048_576)]
    nodes: Annotated[int, Field(ge=100, le=1_000_000)]


class RedactionPart(Part):
    """What is recognised and what happens to it."""

    entities: list[EntityPart] = []
    keys: list[KeyPart] = []
    patterns: list[PatternPart] = []
    sinks: dict[ExitWord, ExitPart] = {}
    capture: list[CaptureWord] = []
    exemptions: list[ExemptionPart] = []
    limits: RedactionLimitsPart | None = None


class ResponsePart(Part):
    """A field of an answer that does not leave."""

    path: Annotated[str, Field(pattern=r"^[A-Za-z0-9_*-]+(?:\.[A-Za-z0-9_*-]+){0,15}$")]
    rule: RuleIdText


class RulePart(Part):
    """One obligation, the clause that asks for it, and what it governs."""

    id: RuleIdText
    clause: Annotated[str, Field(min_length=4, max_length=120)]
    why: Sentence
    governs: list[Annotated[str, Field(pattern=r"^[a-z_]+(?:\.[a-z_]+){0,2}$")]] = []
    promises: list[Literal[tuple(PROMISES)]] = []  # type: ignore[valid-type]
    review: str = ""


class PolicyFile(Part):
    """A policy file. With `extends`, what is left out comes from the parents."""

    policy: Name
    version: Annotated[int, Field(ge=1)]
    title: Annotated[str, Field(min_length=4, max_length=120)]
    extends: list[Name] = []
    declare: Literal["none", "overlap", "before"] | None = None
    actor: ActorPart | None = None
    retention: RetentionPart | None = None
    tracing: TracingPart | None = None
    limits: LimitsPart | None = None
    sources: SourcesPart | None = None
    logging: LoggingPart | None = None
    redaction: RedactionPart = RedactionPart()
    response: list[ResponsePart] = []
    rules: Annotated[list[RulePart], Field(min_length=1)]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a policy file, for editors."""
    schema = PolicyFile.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "affidavit policy",
    }


def check_form(value: Any) -> PolicyFile | list[tuple[tuple[str | int, ...], str]]:
    """Return the file as a model, or what is wrong as (path, sentence) pairs."""
    try:
        return PolicyFile.model_validate(value)
    except ValidationError as error:
        return [(tuple(item["loc"]), _sentence(item)) for item in error.errors(include_url=False)]


def _sentence(item: Mapping[str, Any]) -> str:
    """Say what is wrong, with the allowed words but not with the one that was there."""
    kind = item["type"]
    name = str(item["loc"][-1]) if item["loc"] else "the file"
    if name == "[key]":
        name = f"a key of {item['loc'][-3]}"
    if kind == "extra_forbidden":
        return f"unknown key {name}"
    if kind == "missing":
        return f"{name} is missing"
    if kind == "literal_error":
        return f"{name} must be one of {item['ctx']['expected']}"
    if kind == "value_error":
        return str(item["ctx"]["error"])
    if kind == "string_pattern_mismatch":
        return f"{name} must look like {item['ctx']['pattern']}"
    return f"{name}: {item['msg'][:1].lower()}{item['msg'][1:]}"
