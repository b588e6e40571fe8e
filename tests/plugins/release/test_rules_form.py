"""The form of a release policy, line by line: what must be said, what holds otherwise, how much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from affidavit_release.rules_file import RulesFile, SmokePart

NAME, TEXT = "^[a-z][a-z0-9_-]{0,62}$", "maxLength=500 minLength=1"
LIMITS = "minLength maxLength minItems maxItems minimum maximum exclusiveMinimum minProperties"
FORM = r"""
.pipeline must NAME
.first or 'v1.0.0' TEXT
.vault must TEXT
.dr_vault or None TEXT
.signer must TEXT
.public_key must TEXT
.retain_days must maximum=36500 minimum=1
.approvals must asserted|iam
.why must redacted|token
.people must
.environments must minProperties=1
.smoke must
.notify or []
EnvironmentPart.target must TEXT
EnvironmentPart.role or None NAME
EnvironmentPart.label or None NAME
EnvironmentPart.mirrors or None NAME
NotifyPart.url must TEXT
NotifyPart.to or [] each TEXT
NotifyPart.on or EVENTS minItems=1
NotifyPart.environments or None each NAME minItems=1
Scenarios.paths must each TEXT maxItems=50 minItems=1
Scenarios.config or None TEXT
Scenarios.tags or [] each NAME
Scenarios.cases or [] each NAME
Scenarios.backend or 'aws' local|aws
Scenarios.dollars or 1.0 exclusiveMinimum=0
Scenarios.reports or [] each ^([A-Za-z0-9._/-]|\{environment\}|\{version\}){1,200}$ maxItems=5
SmokePart.name must NAME
SmokePart.environments must each NAME minItems=1
SmokePart.command or None each TEXT maxItems=50 minItems=1
SmokePart.invoke or None
SmokePart.scenarios or None
SmokePart.writes must
SmokePart.timeout_s must maximum=3600 minimum=1
Build.bundles or 'build/release-bundles' TEXT
Build.service or None TEXT
Build.command or None each TEXT maxItems=50 minItems=1
Build.check or None each TEXT maxItems=50 minItems=1
Build.terraform or [] each NAME
Build.timeout_s or 1800 maximum=7200 minimum=1
Build.builder or 'urn:affidavit:release' ^[a-z]+:\S{1,200}$
Invoke.function must NAME
Invoke.event must TEXT
Invoke.actor or None TEXT
Invoke.subject or None TEXT
Invoke.opening or True
Person.roles must each NAME
Person.identities or [] each TEXT
"""


def _lines(schema: dict[str, Any]) -> Iterator[str]:
    for name, model in {"": schema, **schema["$defs"]}.items():
        for field, said in model.get("properties", {}).items():
            wanted = "must" if field in model.get("required", ()) else f"or {said.get('default')!r}"
            yield " ".join([f"{name.strip('_')}.{field}", wanted, *_words(said)])


def _words(said: dict[str, Any]) -> Iterator[str]:
    for one in said.get("anyOf", ()):
        yield from _words(one)
    if isinstance(said.get("items"), dict):
        yield from (f"each {word}" for word in [" ".join(_words(said["items"]))] if word)
    if "pattern" in said:
        yield "NAME" if said["pattern"] == NAME else said["pattern"]
    if "enum" in said:
        yield "|".join(said["enum"])
    limits = " ".join(sorted(f"{name}={said[name]}" for name in LIMITS.split() if name in said))
    yield from [limits.replace(TEXT, "TEXT")] if limits else []


def test_a_release_policy_has_this_form() -> None:
    """Whoever changes a default or a limit changes what a policy means that says nothing of it."""
    told = set(_lines(RulesFile.model_json_schema()))
    build = {line for line in told if line.startswith(".build or ")}
    events = {line for line in told if line.split()[0].startswith("ReleaseEvent")}
    every = "['live', 'waiting', 'approved', 'canary', 'died', 'taken-back', 'synced']"
    assert set(FORM.replace("EVENTS", every).strip().splitlines()) == told - build - events


INVOKE = {"function": "shop", "event": "event.json"}
GOOD = {"name": "reads", "environments": ["dev"], "writes": False, "timeout_s": 9}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"command": ["a"]}, ""),
        ({"invoke": {**INVOKE, "actor": "a"}}, ""),
        ({"invoke": {**INVOKE, "subject": "a"}}, ""),
        ({"invoke": INVOKE}, "name an actor or a subject"),
        ({"scenarios": {"paths": ["a"]}}, ""),
        ({}, "command, invoke or scenarios"),
        ({"command": ["a"], "scenarios": {"paths": ["a"]}}, "command, invoke or scenarios"),
        ({"command": ["a"], "more": 1}, "Extra inputs are not permitted"),
        ({"command": ["a"], "timeout_s": "9"}, "Input should be a valid integer"),
    ],
)
def test_a_smoke_test_does_one_thing(more: dict[str, Any], words: str) -> None:
    """And an invocation names whom its record is about."""
    if not words:
        SmokePart.model_validate({**GOOD, **more})
        return
    with pytest.raises(ValidationError) as caught:
        SmokePart.model_validate({**GOOD, **more})
    assert [words] == [one["msg"] for one in caught.value.errors()]
