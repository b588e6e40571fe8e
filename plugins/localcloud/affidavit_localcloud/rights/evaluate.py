"""Whether a request may pass: AWS's evaluation logic for one account or two.

An explicit denial anywhere wins. Otherwise somebody has to allow it: within one
account the caller's policies or the resource's, across accounts both. A
boundary limits what the caller's policies allow. For keys and roles the
resource's own policy must agree; where it names the account it leaves the
decision to the caller's policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html

Not modelled: policies of organisations, of sessions and of VPC endpoints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final, NamedTuple

from affidavit_localcloud.rights.documents import PolicyDocument, PolicyStatement
from affidavit_localcloud.rights.patterns import Context, matches


class CallerKind(Enum):
    """What a caller is."""

    ROLE = "role"
    USER = "user"
    SERVICE = "service"


class Caller(NamedTuple):
    """Who asks. A role's session has an ARN of its own; `arn` of a service is its name."""

    kind: CallerKind
    arn: str
    account: str
    session: str = ""

    @property
    def shown(self) -> str:
        """Return how AWS's errors name it."""
        return self.session or self.arn


class ApplicablePolicies(NamedTuple):
    """The policies that count for one request."""

    identity: tuple[PolicyDocument, ...] = ()
    boundary: PolicyDocument | None = None
    resource: PolicyDocument | None = None
    granted: bool = False
    """Whether a grant of the key allows it; only keys have grants."""


class AccessRequest(NamedTuple):
    """What somebody wants to do, to what, and what else is known of the request."""

    caller: Caller
    action: str
    resource: str
    owner: str
    context: Context


class AccessDecision(NamedTuple):
    """Whether it may be, by which statements (policy and statement), and else why not."""

    allowed: bool
    by: tuple[tuple[str, str], ...]
    why: str


class PrincipalMatch(Enum):
    """How a resource's policy names a caller."""

    NOT = 0
    ACCOUNT = 1
    ROLE = 2
    SELF = 3


NEEDS_RESOURCE_POLICY: Final = frozenset({"kms", "sts"})
"""Services whose resources' own policy must agree, in the same account, too."""


def evaluate(question: AccessRequest, rights: ApplicablePolicies) -> AccessDecision:
    """Return whether a request may pass."""
    denial = _explicit_denial(question, rights)
    if denial is not None:
        return denial
    identity = tuple(_found(question, rights.identity, allows=True))
    resource = tuple(_allowing(question, rights.resource))
    strongest = max((named.value for _, named in resource), default=0)
    by = (*identity, *(place for place, _ in resource))
    if rights.granted:
        return AccessDecision(allowed=True, by=by, why="")
    if question.caller.kind is CallerKind.SERVICE:
        return _verdict(question, by, allowed=strongest > 0, lacking="resource-based")
    bounded = rights.boundary is None or any(_found(question, (rights.boundary,), allows=True))
    if question.caller.account != question.owner:
        lacking = "identity-based" if not identity else "resource-based"
        both = bool(identity) and bool(resource) and bounded
        return _verdict(question, by, allowed=both, lacking=lacking)
    return _same_account(question, by, bool(identity), PrincipalMatch(strongest), bounded=bounded)


def _same_account(
    question: AccessRequest,
    by: tuple[tuple[str, str], ...],
    identity: bool,  # noqa: FBT001 - whether the caller's policies allow it
    named: PrincipalMatch,
    *,
    bounded: bool,
) -> AccessDecision:
    if named is PrincipalMatch.SELF:
        return AccessDecision(allowed=True, by=by, why="")
    if named is PrincipalMatch.ROLE and bounded:
        return AccessDecision(allowed=True, by=by, why="")
    needed = question.action.partition(":")[0] in NEEDS_RESOURCE_POLICY
    has_none = question.resource == "*" or ":alias/" in question.resource
    if needed and not has_none and named is PrincipalMatch.NOT:
        return _verdict(question, by, allowed=False, lacking="resource-based")
    lacking = "permissions boundary" if identity and not bounded else "identity-based"
    return _verdict(question, by, allowed=identity and bounded, lacking=lacking)


def _explicit_denial(question: AccessRequest, rights: ApplicablePolicies) -> AccessDecision | None:
    boundary = () if rights.boundary is None else (rights.boundary,)
    for kind, policies in (
        ("identity-based policy", rights.identity),
        ("permissions boundary", boundary),
    ):
        denied = next(_found(question, policies, allows=False), None)
        if denied is not None:
            return _denied(denied, kind)
    for statement in rights.resource.statements if rights.resource else ():
        if not statement.allows and _concerns(question, statement, rights):
            name = (rights.resource.name if rights.resource else "", statement.name)
            return _denied(name, "resource-based policy")
    return None


def _found(
    question: AccessRequest, policies: tuple[PolicyDocument, ...], *, allows: bool
) -> Iterator[tuple[str, str]]:
    for policy in policies:
        for statement in policy.statements:
            if statement.allows is allows and _is_about(question, statement):
                yield policy.name, statement.name


def _allowing(
    question: AccessRequest, policy: PolicyDocument | None
) -> Iterator[tuple[tuple[str, str], PrincipalMatch]]:
    for statement in policy.statements if policy else ():
        if statement.allows and _is_about(question, statement):
            named = named_in(statement, question.caller)
            if named is not PrincipalMatch.NOT:
                yield (policy.name if policy else "", statement.name), named


def _concerns(
    question: AccessRequest, statement: PolicyStatement, rights: ApplicablePolicies
) -> bool:
    """Tell whether a denial is meant for the caller."""
    if not _is_about(question, statement):
        return False
    if statement.not_principals is not None and rights.boundary is not None:
        return True  # AWS: such a statement denies whoever has a boundary, named or not
    return named_in(statement, question.caller) is not PrincipalMatch.NOT


def _is_about(question: AccessRequest, statement: PolicyStatement) -> bool:
    return statement.is_about(question.action, question.resource, question.context)


def named_in(statement: PolicyStatement, caller: Caller) -> PrincipalMatch:
    """Return how a statement names a caller."""
    if statement.not_principals is not None:
        named = _named(statement.not_principals, caller)
        return PrincipalMatch.SELF if named is PrincipalMatch.NOT else PrincipalMatch.NOT
    return _named(statement.principals or {}, caller)


def _named(told: Mapping[str, tuple[str, ...]], caller: Caller) -> PrincipalMatch:
    if "*" in told or "*" in told.get("AWS", ()):  # AWS: the two mean the same, services included
        return PrincipalMatch.SELF
    if caller.kind is CallerKind.SERVICE:
        return PrincipalMatch.SELF if caller.arn in told.get("Service", ()) else PrincipalMatch.NOT
    strongest = PrincipalMatch.NOT
    for one in told.get("AWS", ()):
        named = _named_by(one, caller)
        strongest = named if named.value > strongest.value else strongest
    return strongest


def _named_by(one: str, caller: Caller) -> PrincipalMatch:
    if one == caller.session:
        return PrincipalMatch.SELF
    if one == caller.arn:
        return PrincipalMatch.ROLE if caller.kind is CallerKind.ROLE else PrincipalMatch.SELF
    if one == caller.account or matches("arn:*:iam::" + caller.account + ":root", one, {}):
        return PrincipalMatch.ACCOUNT
    return PrincipalMatch.NOT


def _denied(by: tuple[str, str], kind: str) -> AccessDecision:
    article = "an" if kind.startswith("identity") else "a"
    why = f"with an explicit deny in {article} {kind}"
    return AccessDecision(allowed=False, by=(by,), why=why)


def _verdict(
    question: AccessRequest, by: tuple[tuple[str, str], ...], *, allowed: bool, lacking: str
) -> AccessDecision:
    what = lacking if lacking.startswith("permissions") else f"{lacking} policy"
    why = "" if allowed else f"because no {what} allows the {question.action} action"
    return AccessDecision(allowed=allowed, by=by if allowed else (), why=why)


def refusal(question: AccessRequest, verdict: AccessDecision) -> str:
    """Return the text of AWS's answer."""
    where = "" if question.resource == "*" else f" on resource: {question.resource}"
    return (
        f"User: {question.caller.shown} is not authorized to perform: "
        f"{question.action}{where} {verdict.why}"
    )
