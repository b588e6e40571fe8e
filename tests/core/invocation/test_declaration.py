"""What an author declares is checked at import; here are the mistakes that people make."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import attrs
import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from typing_extensions import TypedDict

from affidavit import SetupError, audited
from affidavit.testing import make_runtime, run

Code = NewType("Code", str)


class Kind(Enum):
    """An enum is a name, too."""

    A = "a"


class Requester(BaseModel):
    """Who asks."""

    id: str
    team: str | None = None
    tags: list[str] = []
    active: bool = True


class Asked(BaseModel):
    """A request with everything that can be pointed at."""

    patient_id: str = Field(alias="patientId")
    requester: Requester
    deputy: Requester | None = None
    number: int = 0
    uuid: UUID | None = None
    code: Code = Code("")
    kind: Kind = Kind.A
    secret: SecretStr = SecretStr("")
    wing: Literal["a", "b"] = "a"
    ward: Annotated[str, Field(max_length=3)] = ""
    ids: list[str] = []
    born: date | None = None
    price: Decimal = Decimal(0)
    raw: bytes = b""
    labels: dict[str, str] = {}
    anything: Any = None

    @property
    def both(self) -> str:
        """Code of the model's author."""
        return f"{self.patient_id}-{self.number}"


class Open(BaseModel):
    """A model that takes any field."""

    model_config = ConfigDict(extra="allow")


@dataclasses.dataclass
class Plain:
    """A dataclass."""

    patient_id: str
    requester: Requester


class Typed(TypedDict):
    """A dictionary with types."""

    patient_id: str


@attrs.define
class Foreign:
    """What pydantic cannot read."""

    patient_id: str


RIGHT = [
    *((Asked, path) for path in ("patient_id", "number", "uuid", "code", "kind", "secret")),
    *((Asked, path) for path in ("wing", "ward", "requester.id", "deputy.id", "deputy.team")),
    *((Asked, path) for path in ("labels.any", "anything", "anything.at.all", "both")),
    (Open, "whatever.it.is"),
    (Plain, "patient_id"),
    (Plain, "requester.id"),
    (Typed, "patient_id"),
    (dict, "a.b"),
    (None, "user.id"),
    (None, "user-id.x_y"),
]


@pytest.mark.parametrize(("model", "path"), RIGHT)
def test_what_is_right_is_accepted(model: Any, path: str) -> None:
    """Names, wherever they are."""
    audited(action="X", request=model, subject=path, actor=path)(lambda _, __: None)


@pytest.mark.parametrize(
    "path",
    [
        *("authorizer.sub", "authorizer.jwt.claims.sub", "authorizer.claims.email"),
        *("authorizer.lambda.user.id", "authorizer.iam.userArn", "authorizer.userAgent"),
        *("identity.userArn", "identity.clientCert.subjectDN", "identity.claims.sub"),
        *(
            "identity.sessionName",
            "identity.x509SubjectCn",
            "authentication.clientCert.serialNumber",
        ),
    ],
)
def test_a_path_into_what_is_attested_is_accepted(path: str) -> None:
    """Members that nobody lists here, too: platforms add to them."""
    audited(action="X", actor=f"context:{path}")(lambda _, __: None)


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (
        Asked,
        {"subject": "patiend_id"},
        "Asked has no field `patiend_id`.*Did you mean 'patient_id'",
    ),
    (Asked, {"subject": "patientId"}, "is the alias of a field of Asked.*'patient_id'"),
    (Asked, {"subject": "patientid"}, "Did you mean 'patient_id'"),
    (Asked, {"subject": "Patient_id"}, "Did you mean 'patient_id'"),
    (Asked, {"subject": "requester"}, "`requester` is not a name.*id, team, tags, active"),
    (Asked, {"subject": "deputy"}, "`deputy` is not a name"),
    (Asked, {"subject": "ids"}, "`ids` is not a name"),
    (Asked, {"subject": "ids.0"}, "`ids` has no members"),
    (Asked, {"subject": "born"}, "`born` is not a name"),
    (Asked, {"subject": "price"}, "`price` is not a name"),
    (Asked, {"subject": "raw"}, "`raw` is not a name"),
    (Asked, {"subject": "labels"}, "`labels` is not a name"),
    (Asked, {"subject": "patient_id.x"}, "`patient_id` has no members"),
    (Asked, {"subject": "number.x"}, "`number` has no members"),
    (Asked, {"actor": "requester.idd"}, "Requester has no field `idd`.*Did you mean 'id'"),
    (Asked, {"actor": "requster.id"}, "Did you mean 'requester'"),
    (Asked, {"actor": "requester.tags"}, "`tags` is not a name"),
    (Asked, {"actor": "requester.active"}, "`active` is not a name"),
    (Asked, {"actor": "deputy.nme"}, "Requester has no field `nme`"),
    (Asked, {"actor": "zzz"}, "Asked has no field `zzz`.*Name one of"),
    (Asked, {"actor": "model_dump"}, "Asked has no field `model_dump`"),
    (Plain, {"subject": "patientid"}, "Plain has no field `patientid`"),
    (Plain, {"subject": "requester"}, "`requester` is not a name"),
    (Plain, {"subject": "requester.nme"}, "Requester has no field `nme`"),
    (Typed, {"subject": "patient"}, "Typed has no field `patient`.*Did you mean 'patient_id'"),
    (None, {"subject": "$.patient.id"}, "not names with dots"),
    (None, {"subject": "patients[0].id"}, "not names with dots"),
    (None, {"subject": "patient..id"}, "not names with dots"),
    (None, {"subject": ".id"}, "not names with dots"),
    (None, {"subject": "id."}, "not names with dots"),
    (None, {"subject": "patient id"}, "not names with dots"),
    (None, {"subject": "items.*.id"}, "not names with dots"),
    (None, {"subject": "body:patient"}, "not names with dots"),
    (None, {"subject": 7}, "`subject`: it is not text"),
    (None, {"actor": ["user", "id"]}, "`actor`: it is not text"),
    (None, {"actor": None}, "`actor`: it is not text"),
    (None, {"subject": "context:authorizer.sub"}, "the platform attests who acts"),
    (None, {"actor": "context:authoriser.sub"}, "Did you mean 'authorizer'"),
    (None, {"actor": "context:headers.user"}, "does not attest `headers`"),
    (None, {"actor": "context:"}, "does not attest"),
    (None, {"actor": "context:authorizer"}, "it ends at `authorizer`"),
    (None, {"actor": "context:authorizer..sub"}, "it ends at `authorizer`"),
    (None, {"actor": "context:authorizer.jwt.sub"}, "'context:authorizer.jwt.claims.sub'"),
    (None, {"actor": "context:authorizer.jwt.claims"}, "`claims` is not a name"),
    (None, {"actor": "context:authorizer.lambda"}, "`lambda` is not a name"),
    (None, {"actor": "context:identity.clientCert"}, "`clientCert` is not a name"),
    (None, {"actor": "context:identity.usrArn"}, "`identity` has no member.*'userArn'"),
    (None, {"actor": "context:identity.userName"}, "Did you mean 'username'"),
    (None, {"actor": "context:identity.userAgent"}, "the caller writes it"),
    (None, {"actor": "context:identity.sourceIp"}, "it says from where, and not who"),
    (None, {"actor": "context:identity.apiKey"}, "it is a secret"),
    (None, {"actor": "context:authentication.clientCrt.subjectDN"}, "Did you mean 'clientCert'"),
    (None, {"actor": "requestContext.authorizer.sub"}, "Did you mean 'context:authorizer.sub'"),
    (None, {"actor": "context.identity.userArn"}, "Did you mean 'context:identity.userArn'"),
    (None, {"subject": "pathParameters.patientId"}, "Did you mean 'patientId'"),
    (None, {"subject": "queryStringParameters.id"}, "Did you mean 'id'"),
    (None, {"subjekt": "id"}, "unknown words.*Did you mean `subject`"),
    (None, {"acto": "id"}, "unknown words.*Did you mean"),
    (None, {"action": "no spaces"}, "`action` is not 1 to 64"),
    (None, {"action": 7}, "`action` is not 1 to 64"),
    (None, {"resource": 7}, "cannot use `resource`"),
    (Foreign, {}, "cannot use the model Foreign: pydantic raised"),
    ("Nowhere", {}, "cannot use the model"),
    (7, {}, "cannot use the model"),
]


@pytest.mark.parametrize(("model", "words", "message"), WRONG)
def test_what_is_wrong_is_refused_at_import_with_a_hint(
    model: Any, words: Mapping[str, Any], message: str
) -> None:
    """Not by an auditor who looks for somebody in vain."""
    with pytest.raises(SetupError, match=message):
        audited(**{"action": "X", "request": model, **words})(lambda _, __: None)


def test_the_table_is_long_enough() -> None:
    """Forty are asked for."""
    assert len(WRONG) >= 40


@pytest.mark.parametrize("model", [Plain, Typed])
def test_a_model_of_another_kind_names_its_subject(model: Any) -> None:
    """Dataclasses have attributes, dictionaries have keys."""
    bench = make_runtime()
    wrapped = audited(action="X", request=model, subject="patient_id")(lambda _, __: None)
    run(wrapped, {"patient_id": "p-1", "requester": {"id": "r"}}, bench)

    assert bench.records[-1].subject is not None


@pytest.mark.parametrize(
    "name",
    [
        *("accessKey", "accountId", "apiKeyId", "caller", "clientCert", "cognitoIdentityId"),
        *("principal", "principalOrgId", "sub", "user", "userArn", "username"),
    ],
)
def test_a_member_that_is_nearly_written_right_is_named(name: str) -> None:
    """Every member of an identity that names somebody, as AWS spells it."""
    with pytest.raises(SetupError, match=f"Did you mean '{name}'"):
        audited(action="X", actor=f"context:identity.{name}_")(lambda _, __: None)
