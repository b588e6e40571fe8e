"""The verdict on a request; `compliance/test_a_refusal_never_runs_the_handler.py` has more."""

from __future__ import annotations

from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from affidavit import HandlerError, audited
from affidavit._event.request import read_request
from affidavit._invocation.admit import Admission, admit
from affidavit._invocation.decorator import spec_of
from affidavit._policy.load import load_policy
from affidavit._policy.model import ActorRules, Policy, RequestLimits
from affidavit._policy.words import Trust
from affidavit.testing import api_gateway_v1, make_runtime, run, sqs

BASELINE = load_policy("baseline")


class Role(Enum):
    """A word for an actor."""

    NURSE = "nurse"


class Person(BaseModel):
    """Somebody, two levels down."""

    model_config = ConfigDict(populate_by_name=True)

    user_id: str | int | UUID | Role | SecretStr | bool | None = Field(alias="userId")


class Asked(BaseModel):
    """A request with nested names and aliases."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    person: Person
    patient_id: str = Field(default="P1", alias="patientId")


class Secret(BaseModel):
    """An actor that does not show itself."""

    who: SecretStr


def _admit(
    event: Any, *, request: Any = None, policy: Policy = BASELINE, **words: Any
) -> Admission:
    @audited(action="X", request=request, **words)
    def handler(asked: Any, _: Any) -> Any:
        return asked

    return admit(spec_of(handler), read_request(event), event, policy)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        pytest.param("alice", "alice", id="a word"),
        pytest.param(17, "17", id="a number"),
        pytest.param(
            "550e8400-e29b-41d4-a716-446655440000",
            "550e8400-e29b-41d4-a716-446655440000",
            id="a UUID",
        ),
        pytest.param("nurse", "nurse", id="a word of a list"),
        pytest.param(True, None, id="true is nobody"),
        pytest.param(None, None, id="nothing"),
        pytest.param("", None, id="an empty word"),
    ],
)
def test_names_of_every_kind(value: Any, name: str | None) -> None:
    """What is unmistakably a name counts, through aliases and nested models."""
    admission = _admit(
        {"person": {"userId": value}, "patientId": "P7"},
        request=Asked,
        actor="person.user_id",
        subject="patient_id",
    )

    assert name == (admission.claim.name or None)
    assert "P7" == admission.subject


@pytest.mark.parametrize(
    "value", [1.5, ["alice"], {"id": "alice"}], ids=["fraction", "list", "object"]
)
def test_what_is_no_name(value: Any) -> None:
    """The text of a list is not a person."""
    assert "" == _admit({"who": value}, actor="who").claim.name


def test_a_uuid_and_an_enumeration_have_their_texts() -> None:
    """As types of a model."""

    class Typed(BaseModel):
        who: UUID
        role: Role

    admission = _admit(
        {"who": "550E8400-E29B-41D4-A716-446655440000", "role": "nurse"},
        request=Typed,
        actor="who",
        subject="role",
    )
    assert "550e8400-e29b-41d4-a716-446655440000" == admission.claim.name
    assert "nurse" == admission.subject


def test_a_queue_acts_where_the_platform_would_name_a_person_behind_an_api() -> None:
    """One handler may stand behind both; a request that names nobody is refused."""
    wrapped = audited(action="X", actor="context:authorizer.userId")(lambda _, __: None)
    bench = make_runtime(policy="hipaa")
    run(wrapped, sqs(["x"]), bench)
    assert "service" == bench.records[-1].document["actor"]["auth"]

    answer: Any = run(wrapped, api_gateway_v1(authorizer={"principalId": "p"}), bench)
    assert 401 == answer["statusCode"]


def test_a_secret_names_its_owner() -> None:
    """`str()` of a secret is the same stars for everybody; two people must not be one."""
    names = {_admit({"who": who}, request=Secret, actor="who").claim.name for who in "ab"}

    assert {"a", "b"} == names


@pytest.mark.parametrize(
    "path", ["nosuch", "person.nosuch", "person.user_id.nosuch", "patient_id.nosuch"]
)
def test_a_path_to_nowhere_names_nobody(path: str) -> None:
    """And nobody is refused, because the handler says that somebody must be named."""
    admission = _admit({"person": {"user_id": "alice"}, "patient_id": "p"}, actor=path)

    assert admission.refusal is not None
    assert 401 == admission.refusal.status


def test_a_refused_request_still_names_its_actor() -> None:
    """Under the names that were sent: aliases, or the fields' own."""
    for name in ("userId", "user_id"):
        event = {"person": {name: "alice"}, "patientId": "P7", "unknown": 1}
        admission = _admit(event, request=Asked, actor="person.user_id", subject="patient_id")
        assert admission.refusal is not None
        assert (400, "P7") == (admission.refusal.status, admission.subject)
        if name == "user_id":
            assert "alice" == admission.claim.name


def test_an_aliased_field_at_the_top_is_found_in_what_was_sent() -> None:
    """The request did not validate, so there is no model to ask."""

    class Aliased(BaseModel):
        model_config = ConfigDict(extra="forbid")

        user_id: str = Field(alias="userId")

    admission = _admit({"userId": "alice", "unknown": 1}, request=Aliased, actor="user_id")
    assert "alice" == admission.claim.name


def test_without_a_model_names_come_from_the_fields() -> None:
    """And the handler gets the event as it came."""
    event = api_gateway_v1(query={"user": "alice", "id": "A1"})
    admission = _admit(event, actor="user", subject="id")

    assert ("alice", "A1") == (admission.claim.name, admission.subject)
    assert admission.argument is event
    assert admission.refusal is None


def test_without_names_to_find_the_body_is_nobodys_business() -> None:
    """A handler of anything gets anything, within the limits."""
    event = api_gateway_v1(method="POST", body="no JSON at all")

    assert _admit(event).refusal is None
    refusal = _admit(event, policy=BASELINE._replace(limits=RequestLimits(5, 5))).refusal
    assert refusal is not None
    assert 413 == refusal.status


@pytest.mark.parametrize(
    ("trust", "status"),
    [
        pytest.param({Trust.ASSERTED}, 400, id="trusted: the shape counts"),
        pytest.param({Trust.IAM}, 403, id="not trusted"),
    ],
)
def test_who_asks_counts_before_what_they_ask(trust: set[Trust], status: int) -> None:
    """Whoever is not known well enough hears nothing about shapes."""
    event = {"person": {"userId": "alice"}, "unknown": 1}
    policy = BASELINE._replace(actor=ActorRules(frozenset(trust)))
    admission = _admit(event, request=Asked, policy=policy, actor="person.user_id")

    assert admission.refusal is not None
    assert status == admission.refusal.status


def test_an_unreadable_request_is_told_that_it_cannot_be_read() -> None:
    """It may well name somebody; only a policy that believes nobody's word says 401."""
    event = api_gateway_v1(method="POST", body="{")
    believing = BASELINE._replace(actor=ActorRules(frozenset({Trust.ASSERTED})))
    strict = BASELINE._replace(actor=ActorRules(frozenset({Trust.IAM})))

    for policy, status in ((believing, 400), (strict, 401)):
        refusal = _admit(event, request=Asked, policy=policy, actor="person.user_id").refusal
        assert refusal is not None
        assert status == refusal.status


class Lookup(BaseModel):
    """A model whose author did not expect unknown words."""

    word: str

    @field_validator("word")
    @classmethod
    def _known(cls, word: str) -> str:
        return {"known": "word"}[word]

    @property
    def owner(self) -> str:
        raise RuntimeError(self.word)


def test_a_validator_that_fails_is_a_refusal() -> None:
    """`KeyError(value)` would quote the value, and leave no record."""

    @audited(action="X", request=Lookup)
    def handler(asked: Lookup, _: Any) -> Any:
        return {"word": asked.word}

    bench = make_runtime()
    answer: Any = run(handler, api_gateway_v1(query={"word": "s3cr3t-word"}), bench)

    assert 400 == answer["statusCode"]
    assert '"fields":[{"path":"","type":"validator_failed"}]' in answer["body"]
    assert ["D"] == [record.phase for record in bench.records]
    assert {"word": "word"} == run(handler, {"word": "known"}, bench)


def test_a_property_that_fails_names_nobody() -> None:
    """It is the author's code, and runs before anything is on record."""
    admission = _admit({"word": "known"}, request=Lookup, subject="owner")

    assert admission.subject is None
    assert admission.refusal is None


def test_a_handler_that_fails_is_something_else() -> None:
    """The same exception from the handler is a failure, not a refusal."""

    @audited(action="X")
    def handler(event: Any, _: Any) -> Any:
        return event["nosuch"]

    with pytest.raises(HandlerError, match="it raised KeyError"):
        run(handler, {}, make_runtime())
