"""The form of the release policy's file: which keys there are, and what each may say.

Strict: an unknown key, or a value of another type, is refused.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from affidavit_release.release_events import ReleaseEvent

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Report = Annotated[str, Field(pattern=r"^([A-Za-z0-9._/-]|\{environment\}|\{version\}){1,200}$")]
Arguments = Annotated[list[Text], Field(min_length=1, max_length=50)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Person(_Part):
    roles: list[Name]
    identities: list[Text] = []


class EnvironmentPart(_Part):
    """An environment."""

    target: Text
    role: Name | None = None
    label: Name | None = None
    mirrors: Name | None = None


class _Invoke(_Part):
    function: Name
    event: Text
    actor: Text | None = None
    subject: Text | None = None
    opening: bool = True

    @model_validator(mode="after")
    def _names_somebody(self) -> _Invoke:
        if self.actor is None and self.subject is None:
            raise PydanticCustomError("nobody_named", "name an actor or a subject")
        return self


class Scenarios(_Part):
    """Scenarios of the harness that must pass; `dollars` is what they may cost at worst."""

    paths: Arguments
    config: Text | None = None
    tags: list[Name] = []
    cases: list[Name] = []
    backend: Literal["local", "aws"] = "aws"
    dollars: Annotated[float, Field(gt=0)] = 1.0
    reports: Annotated[list[Report], Field(max_length=5)] = []


class SmokePart(_Part):
    """A smoke test."""

    name: Name
    environments: Annotated[list[Name], Field(min_length=1)]
    command: Arguments | None = None
    invoke: _Invoke | None = None
    scenarios: Scenarios | None = None
    writes: bool
    timeout_s: Annotated[int, Field(ge=1, le=3600)]

    @model_validator(mode="after")
    def _does_one_thing(self) -> SmokePart:
        if [self.command, self.invoke, self.scenarios].count(None) != 2:  # noqa: PLR2004 - one of three
            raise PydanticCustomError("one_of_three", "command, invoke or scenarios")
        return self


class _Build(_Part):
    bundles: Text = "build/release-bundles"
    service: Text | None = None
    command: Arguments | None = None
    check: Arguments | None = None
    terraform: list[Name] = []
    timeout_s: Annotated[int, Field(ge=1, le=7200)] = 1800
    builder: Annotated[str, Field(pattern=r"^[a-z]+:\S{1,200}$")] = "urn:affidavit:release"


class NotifyPart(_Part):
    """Somebody who is told."""

    url: Text
    to: list[Text] = []
    on: Annotated[list[Annotated[ReleaseEvent, Field(strict=False)]], Field(min_length=1)] = [
        *ReleaseEvent
    ]
    environments: Annotated[list[Name], Field(min_length=1)] | None = None


class RulesFile(_Part):
    """The whole file."""

    pipeline: Name
    first: Text = "v1.0.0"
    vault: Text
    dr_vault: Text | None = None
    signer: Text
    public_key: Text
    retain_days: Annotated[int, Field(ge=1, le=36_500)]
    approvals: Literal["asserted", "iam"]
    why: Literal["redacted", "token"]
    build: _Build = _Build()
    people: dict[Name, _Person]
    environments: Annotated[dict[Name, EnvironmentPart], Field(min_length=1)]
    smoke: list[SmokePart]
    notify: list[NotifyPart] = []
