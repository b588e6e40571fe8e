"""What was asked for, by whom, and with what success; and what nobody ever asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from affidavit_localcloud.rights.documents import PolicyDocument, PolicyStatement
from affidavit_localcloud.rights.evaluate import AccessDecision, AccessRequest
from affidavit_localcloud.rights.patterns import matches_action


class UsedRight(NamedTuple):
    """One right of one caller."""

    caller: str
    action: str
    resource: str
    allowed: bool
    why: str
    via: str
    """The service on whose way a key was used; empty for everything else."""


class Usage:
    """Counts. Safe for threads."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._asked: dict[UsedRight, int] = {}
        self._statements: dict[str, set[tuple[str, str, str]]] = {}
        self._alone: dict[str, set[tuple[str, str]]] = {}

    def note(self, question: AccessRequest, verdict: AccessDecision) -> None:
        """Count one verdict."""
        via = next(iter(question.context.get("kms:viaservice", ())), "")
        one = UsedRight(
            *(question.caller.arn, question.action, question.resource),
            *(verdict.allowed, verdict.why, via),
        )
        with self._lock:
            self._asked[one] = self._asked.get(one, 0) + 1
            if verdict.allowed:
                used = self._statements.setdefault(question.caller.arn, set())
                used |= {(policy, name, question.action) for policy, name in verdict.by}
                own = {place for place in verdict.by if place[0] != question.resource}
                if len(own) == 1:  # without this statement it would have been denied
                    self._alone.setdefault(question.caller.arn, set()).update(own)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._asked.clear()
            self._statements.clear()
            self._alone.clear()

    def report(self, holders: Mapping[str, tuple[PolicyDocument, ...]]) -> list[dict[str, Any]]:
        """Return, for each caller, what was used, denied, and granted and never used.

        `holders` are the roles and users that there are, with their own policies. One
        that is gone is reported by what it did.
        """
        with self._lock:
            asked = dict(self._asked)
            statements = {name: set(used) for name, used in self._statements.items()}
            alone = {name: set(places) for name, places in self._alone.items()}
        callers = sorted({*holders, *(one.caller for one in asked)})
        return [
            {
                "caller": caller,
                "used": list(_rows(asked, caller, allowed=True)),
                "denied": list(_rows(asked, caller, allowed=False)),
                "unused": list(_unused(holders.get(caller, ()), statements.get(caller, set()))),
                "statements": list(_statements(holders.get(caller, ()), alone.get(caller, set()))),
                "policy": proposed(one for one in asked if one.caller == caller and one.allowed),
            }
            for caller in callers
        ]


def _rows(
    asked: Mapping[UsedRight, int], caller: str, *, allowed: bool
) -> Iterator[dict[str, Any]]:
    for one, count in sorted(asked.items()):
        if one.caller == caller and one.allowed is allowed:
            row: dict[str, Any] = {"action": one.action, "resource": one.resource, "count": count}
            yield row if allowed else {**row, "why": one.why}


def _statements(
    policies: Iterable[PolicyDocument], alone: set[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    """Yield each statement that allows, and whether something failed if it alone were gone."""
    for policy in policies:
        for statement in policy.statements:
            if statement.allows:
                missed = (policy.name, statement.name) in alone
                yield {"policy": policy.name, "statement": statement.name, "missed": missed}


def _unused(
    policies: Iterable[PolicyDocument], used: set[tuple[str, str, str]]
) -> Iterator[dict[str, Any]]:
    for policy in policies:
        for statement in policy.statements:
            if statement.allows:
                yield from _unused_of(policy.name, statement, used)


def _unused_of(
    policy: str, statement: PolicyStatement, used: set[tuple[str, str, str]]
) -> Iterator[dict[str, Any]]:
    done = {action for name, said, action in used if (name, said) == (policy, statement.name)}
    for pattern in statement.actions or (
        "everything but " + ", ".join(statement.not_actions or ()),
    ):
        if not any(matches_action(pattern, action) for action in done):
            yield {
                "policy": policy,
                "statement": statement.name,
                "action": pattern,
                "resources": list(statement.resources or ()),
            }


def proposed(asked: Iterable[UsedRight]) -> dict[str, Any]:
    """Return a policy that allows what was used and nothing else."""
    by_action: dict[tuple[str, str], set[str]] = {}
    for one in asked:
        if one.action != "sts:AssumeRole":
            by_action.setdefault((one.action, one.via), set()).add(one.resource)
    grouped: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (action, via), resources in sorted(by_action.items()):
        grouped.setdefault((via, tuple(sorted(resources))), []).append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": actions,
                "Resource": list(resources),
                **({"Condition": {"StringEquals": {"kms:ViaService": via}}} if via else {}),
            }
            for (via, resources), actions in grouped.items()
        ],
    }
