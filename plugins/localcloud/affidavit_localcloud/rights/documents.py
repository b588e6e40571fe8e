"""IAM's policies as values: statements that can be held against a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from affidavit_localcloud.rights.conditions import Conditions, holds
from affidavit_localcloud.rights.patterns import Context, matches_action, matches_arn

EVERYBODY: Final = {"*": ("*",)}


class PolicyStatement(NamedTuple):
    """One statement. Of `actions` and `not_actions` one is None, and so on."""

    name: str
    allows: bool
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    principals: Mapping[str, tuple[str, ...]] | None
    not_principals: Mapping[str, tuple[str, ...]] | None
    conditions: Conditions

    def is_about(self, action: str, resource: str, context: Context) -> bool:
        """Tell whether action, resource and conditions fit; who asks is another question."""
        return (
            self._acts(action)
            and self._reaches(resource, context)
            and holds(self.conditions, context)
        )

    def _acts(self, action: str) -> bool:
        if self.actions is not None:
            return any(matches_action(one, action) for one in self.actions)
        return not any(matches_action(one, action) for one in self.not_actions or ())

    def _reaches(self, resource: str, context: Context) -> bool:
        if self.resources is not None:
            return any(_is_meant(one, resource, context) for one in self.resources)
        if self.not_resources is not None:
            return not any(_is_meant(one, resource, context) for one in self.not_resources)
        return True  # a trust policy has no resource: it is the role's own


class PolicyDocument(NamedTuple):
    """A named policy."""

    name: str
    statements: tuple[PolicyStatement, ...]


def read_policy(name: str, document: str | bytes | Mapping[str, Any]) -> PolicyDocument:
    """Read a policy.

    Raises:
        ValueError: It is no JSON, or no policy.

    """
    told = document if isinstance(document, Mapping) else json.loads(document)
    if not isinstance(told, Mapping):
        raise ValueError("a policy must be an object")  # noqa: TRY004 - the caller knows one kind
    listed = _listed(told.get("Statement"))
    return PolicyDocument(name, tuple(_statement(place, one) for place, one in enumerate(listed)))


def _statement(place: int, told: Mapping[str, Any]) -> PolicyStatement:
    return PolicyStatement(
        name=str(told.get("Sid") or place),
        allows=told.get("Effect") == "Allow",
        actions=_texts(told, "Action"),
        not_actions=_texts(told, "NotAction"),
        resources=_texts(told, "Resource"),
        not_resources=_texts(told, "NotResource"),
        principals=_principals(told.get("Principal")),
        not_principals=_principals(told.get("NotPrincipal")),
        conditions={
            name: {key: tuple(map(_text, _listed(values))) for key, values in keys.items()}
            for name, keys in (told.get("Condition") or {}).items()
        },
    )


def _principals(told: Any) -> Mapping[str, tuple[str, ...]] | None:
    if told is None:
        return None
    if told == "*":
        return EVERYBODY
    return {kind: tuple(map(str, _listed(those))) for kind, those in told.items()}


def _texts(told: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    return tuple(map(str, _listed(told[name]))) if name in told else None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _is_meant(pattern: str, resource: str, context: Context) -> bool:
    return pattern == "*" or (resource != "*" and matches_arn(pattern, resource, context))
