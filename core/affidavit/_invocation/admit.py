"""Decide whether the handler may run, and with what.

A refusal is a verdict that goes on record, not a raise: whoever asks for what
they may not have is exactly what an auditor looks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

from affidavit._event.actor import attested_actor, find_actor
from affidavit._event.event_source import ActorReader, Claim
from affidavit._event.inputs import Inputs, check_limits, read_inputs
from affidavit._event.request import Request
from affidavit._event.validate import FieldError, InvalidDataError
from affidavit._invocation.declaration import CONTEXT
from affidavit._invocation.handler_spec import HandlerSpec
from affidavit._policy.model import Policy, RequestLimits
from affidavit._policy.words import Trust
from affidavit._untrusted import is_object
from affidavit.errors import (
    ForbiddenError,
    InvalidRequestError,
    RefusedError,
    UnauthenticatedError,
)


class Admission(NamedTuple):
    """The verdict on a request. Without a `refusal` the handler may run.

    `claim`, `behalf` and `subject` are raw names: they go into tokens only.
    """

    claim: Claim
    behalf: str | None
    subject: str | None
    argument: Any
    refusal: RefusedError | None = None
    findings: tuple[FieldError, ...] = ()


def admit(
    spec: HandlerSpec,
    request: Request,
    argument: Any,
    policy: Policy,
    held: RefusedError | None = None,
    *,
    readers: tuple[ActorReader, ...] = (),
) -> Admission:
    """Hold `request` against the policy's limits, the model, and the trusted actors.

    `argument` is what the handler gets if it declared no model: the event as
    Lambda handed it over. Everything is checked, so that the record can name
    the actor of a malformed request too; who asks counts before what they ask.
    `held` is why the batch of this record does not let it run; `readers` are asked
    who acts where the platform names nobody.
    """
    refusal = held
    findings: tuple[FieldError, ...] = ()
    read = _Read(spec, request, policy.limits)
    try:
        argument = read.argument(argument)
    except RefusedError as error:
        refusal = error
    except InvalidDataError as error:
        findings = error.findings
        refusal = _invalid(findings)
        read.said = _as_sent(read.inputs)
    asserted = _look_up(read.said, "" if read.attested else spec.actor, spec)
    claim, behalf = find_actor(request, asserted, readers)
    if read.attested and (request.http or request.context):
        claim = attested_actor(request, read.attested)
    return Admission(
        claim=claim,
        behalf=behalf,
        subject=_look_up(read.said, spec.subject, spec),
        argument=argument,
        refusal=_distrust(claim, spec, policy, unread=read.unread) or refusal,
        findings=findings,
    )


class _Read:
    """What is read of a request: as much as somebody asks for."""

    def __init__(self, spec: HandlerSpec, request: Request, limits: RequestLimits) -> None:
        self.spec, self.request, self.limits = spec, request, limits
        self.inputs: Inputs | None = None
        self.said: Any = None
        self.attested = spec.actor.removeprefix(CONTEXT) if spec.actor.startswith(CONTEXT) else ""
        """Where in the event's context the actor stands, if not in the request."""

    @property
    def unread(self) -> bool:
        """True if the request could name somebody and could not be read."""
        return self.said is None and not self.attested

    def argument(self, event: Any) -> Any:
        """Return what the handler gets: the model's instance, or the event itself."""
        spec = self.spec
        if spec.request is None and not spec.subject and (self.attested or not spec.actor):
            check_limits(self.request, self.limits)
            return event
        self.inputs = read_inputs(self.request, self.limits, spec.request)
        if spec.request is None:
            self.said = self.inputs.fields()
            return event
        self.said = self.inputs.read_as(spec.request)
        return self.said


def _distrust(
    claim: Claim, spec: HandlerSpec, policy: Policy, *, unread: bool
) -> RefusedError | None:
    if claim.trust in policy.actor.trust and (claim.name or not spec.actor):
        return None
    if unread and spec.actor and not claim.name and Trust.ASSERTED in policy.actor.trust:
        # The request may well name somebody; it could not be read, and that is
        # what its sender has to hear.
        return None
    if claim.trust is Trust.ANONYMOUS:
        return UnauthenticatedError(
            "nobody is named who asks",
            why=f"policy {policy.name} wants an actor on every record",
            fix="Put an authorizer in front of the function, or send the actor's field",
        )
    return ForbiddenError(
        "the actor is not known well enough",
        why=f"policy {policy.name} does not trust {claim.trust.value} actors",
        fix="Authenticate the caller, e.g. with an authorizer or IAM",
    )


def _invalid(findings: tuple[FieldError, ...]) -> InvalidRequestError:
    kinds = sorted({finding.kind for finding in findings})
    return InvalidRequestError(
        "the request does not have the right shape",
        why=f"{len(findings)} finding(s) of kind {', '.join(kinds)}",
        fix="Correct the fields that the answer names",
    )


def _as_sent(inputs: Inputs | None) -> Mapping[str, Any] | None:
    """Return the fields of a request that did not validate; None if they cannot be read."""
    try:
        return None if inputs is None else inputs.fields()
    except InvalidDataError:
        return None


def _look_up(said: Any, path: str, spec: HandlerSpec) -> str | None:
    """Follow a dotted path through fields or attributes to a name."""
    if not path:
        return None
    try:
        return _name(_follow(said, path, spec))
    except Exception:  # noqa: BLE001 - a model's property is its author's code
        return None


def _follow(said: Any, path: str, spec: HandlerSpec) -> Any:
    value = said
    parts = sent = path.split(".")
    if spec.request is not None and is_object(said):
        # A request that failed validation has the names that were sent.
        sent = spec.request.sent_as(path)
    for part, alias in zip(parts, sent, strict=True):
        if is_object(value):
            value = value.get(alias, value.get(part))
        else:
            value = getattr(value, part, None)
    return value


def _name(value: Any) -> str | None:
    """Return `value` as a name; only what is unmistakably one counts."""
    if type(value) is str:
        return value or None
    if isinstance(value, Enum):
        value = value.value
    if hasattr(value, "get_secret_value"):
        # str() of pydantic's secrets is the same stars for everybody.
        value = value.get_secret_value()
    if isinstance(value, str):
        return value or None
    if isinstance(value, int | UUID) and not isinstance(value, bool):
        return str(value)
    return None
