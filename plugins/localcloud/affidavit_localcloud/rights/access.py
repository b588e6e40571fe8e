"""The access control of this cloud: it decides, and remembers what was asked for."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from affidavit_localcloud.rights.evaluate import (
    AccessDecision,
    AccessRequest,
    ApplicablePolicies,
    Caller,
    CallerKind,
    evaluate,
    refusal,
)
from affidavit_localcloud.rights.needs import FREE, Need
from affidavit_localcloud.rights.patterns import NOTHING, Context
from affidavit_localcloud.rights.resources import (
    ACCOUNT,
    Region,
    boundary_of,
    granted,
    holders,
    identity_policies,
    resource_policy,
)
from affidavit_localcloud.rights.usage import Usage

SESSION_KEYS: Final = "ASIA"
"""How keys of a role's session begin. One that is not known here was of another cloud."""


class DeniedError(Exception):
    """Somebody asked for what they may not do; the message is AWS's."""

    def __init__(self, question: AccessRequest, verdict: AccessDecision) -> None:
        """Keep what was asked, for the answer."""
        super().__init__(refusal(question, verdict))
        self.question = question
        self.verdict = verdict


class KeyOwner(NamedTuple):
    """Whose key it is: a caller, the operator (None), or nobody's."""

    caller: Caller | None
    known: bool


class AccessControl:
    """Weighs every request; with `on=False` it lets everything pass and remembers nothing."""

    def __init__(self, *, on: bool = True) -> None:
        """Know nobody yet."""
        self.on = on
        self.usage = Usage()
        self._lock = threading.Lock()
        self._sessions: dict[str, Caller] = {}

    def who(self, key: str, account: str = ACCOUNT) -> KeyOwner:
        """Return who signs with a key. Keys that this cloud did not make are the operator's."""
        if key in self._sessions:
            return KeyOwner(self._sessions[key], known=True)
        found = _session_of(account, key) or _user_of(account, key)
        if found is None:
            return KeyOwner(None, known=not key.startswith(SESSION_KEYS))
        with self._lock:
            self._sessions[key] = found
        return KeyOwner(found, known=True)

    def forget(self) -> None:
        """Forget sessions and what was asked for, with everything that was deployed."""
        with self._lock:
            self._sessions.clear()
        self.usage.clear()

    def report(self) -> list[dict[str, Any]]:
        """Return, for each role and user, what it did, what was denied, what it never used."""
        return self.usage.report(dict(holders()))

    def assume(self, service: str, role: str, session: str, context: Context) -> Caller | None:
        """Return a service in a role, if the role lets it; a role that is gone lets nobody."""
        caller = Caller(CallerKind.SERVICE, service, role.split(":")[4])
        allowed = self.may(caller, Need("sts:AssumeRole", role, context))
        return role_caller(role, session) if allowed else None

    def may(self, caller: Caller, *needs: Need) -> bool:
        """Tell whether somebody has all these rights, and say on stderr which one is missing."""
        try:
            self.demand(caller, needs)
        except DeniedError as denied:
            sys.stderr.write(f"denied: {denied}\n")
            return False
        return True

    def demand(self, caller: Caller, needs: Iterable[Need]) -> None:
        """Weigh one right after the other.

        Raises:
            DeniedError: One of them is missing.

        """
        for need in needs if self.on else ():
            if need.action in FREE:
                continue
            question, verdict = self.weigh(caller, need)
            self.usage.note(question, verdict)
            if not verdict.allowed:
                raise DeniedError(question, verdict)

    def weigh(self, caller: Caller, need: Need) -> tuple[AccessRequest, AccessDecision]:
        """Return what is asked in full, and the verdict. Nothing is remembered."""
        owner = _owner(need.resource, caller.account)
        context = {**_known_of(caller), **need.context}
        question = AccessRequest(caller, need.action, need.resource, owner, context)
        return question, evaluate(question, _rights(question))


class ServiceActor(NamedTuple):
    """Who sends something on behalf of this cloud: a service, or a role that it assumed."""

    access: AccessControl
    caller: Caller
    place: Region
    context: Context = NOTHING

    def may(self, *needs: Need) -> bool:
        """Tell whether it has all these rights."""
        extended = (one._replace(context={**self.context, **one.context}) for one in needs)
        return self.access.may(self.caller, *extended)


def role_caller(role: str, session: str) -> Caller:
    """Return a session of a role."""
    account = role.split(":")[4]
    name = role.rpartition("/")[2]
    return Caller(
        CallerKind.ROLE, role, account, f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    )


def of_service(
    access: AccessControl, service: str, place: Region, source: str = ""
) -> ServiceActor:
    """Return a service that acts in its own name, and for which resource it does."""
    context: dict[str, tuple[str, ...]] = {"aws:sourceaccount": (place.account,)}
    if source:
        context["aws:sourcearn"] = (source,)
    return ServiceActor(access, Caller(CallerKind.SERVICE, service, place.account), place, context)


def of_role(access: AccessControl, role: str, session: str, region: str) -> ServiceActor:
    """Return a service that acts as a role."""
    caller = role_caller(role, session)
    return ServiceActor(access, caller, Region(caller.account, region))


def _rights(question: AccessRequest) -> ApplicablePolicies:
    caller = question.caller
    place = Region(question.owner, _region(question.resource))
    own = None if question.resource == "*" else resource_policy(question.resource)
    of_key = question.action.startswith("kms:") and question.resource != "*"
    has_grant = of_key and granted(
        place, question.action, question.resource, (caller.arn, caller.session)
    )
    holder = _holder(caller)
    if holder is None:
        return ApplicablePolicies(resource=own, granted=has_grant)
    boundary = boundary_of(Region(caller.account, "aws"), holder)
    return ApplicablePolicies(identity_policies(holder), boundary, own, has_grant)


def _holder(caller: Caller) -> Any:
    """Return moto's role or user; None for a service, and for what is gone."""
    iam = Region(caller.account, "aws").backend("iam")
    with contextlib.suppress(Exception):
        if caller.kind is CallerKind.ROLE:
            return iam.get_role_by_arn(caller.arn)
        if caller.kind is CallerKind.USER:
            return iam.get_user(caller.arn.rpartition("/")[2])
    return None


def _known_of(caller: Caller) -> Mapping[str, tuple[str, ...]]:
    """Return what AWS knows of every request. Here TLS is taken for granted."""
    known = {
        "aws:securetransport": ("true",),
        "aws:sourceip": ("127.0.0.1",),
        "aws:principalaccount": (caller.account,),
    }
    if caller.kind is CallerKind.SERVICE:
        return {**known, "aws:principalisawsservice": ("true",)}
    return {
        **known,
        "aws:principalisawsservice": ("false",),
        "aws:principalarn": (caller.arn,),
        "aws:principaltype": ("AssumedRole" if caller.kind is CallerKind.ROLE else "User",),
        **_tags_of(caller),
    }


def _tags_of(caller: Caller) -> dict[str, tuple[str, ...]]:
    told = getattr(_holder(caller), "tags", None) or ()
    listed = told.values() if isinstance(told, dict) else told
    return {f"aws:principaltag/{one['Key'].lower()}": (str(one["Value"]),) for one in listed}


def _owner(resource: str, otherwise: str) -> str:
    """Return whose a resource is. A bucket's ARN does not say; buckets here are the caller's."""
    fields = resource.split(":")
    return fields[4] if len(fields) > 4 and fields[4] else otherwise  # noqa: PLR2004 - an ARN's


def _region(resource: str) -> str:
    fields = resource.split(":")
    return fields[3] if len(fields) > 3 else ""  # noqa: PLR2004 - an ARN's


def _session_of(account: str, key: str) -> Caller | None:
    found = Region(account, "aws").backend("sts").get_assumed_role_from_access_key(key)
    return None if found is None else role_caller(found.role_arn, found.session_name)


def _user_of(account: str, key: str) -> Caller | None:
    for user in list(Region(account, "aws").backend("iam").users.values()):
        if any(one.access_key_id == key for one in user.access_keys):
            return Caller(CallerKind.USER, user.arn, account)
    return None
