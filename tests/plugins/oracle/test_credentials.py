"""Credentials from Secrets Manager: a moto server over HTTP, and a proxy that misbehaves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from affidavit import SourceError, SourceForbiddenError, SourceTimeoutError, SourceUnavailableError
from affidavit_oracle.database_login import Secret, _region
from affidavit_oracle.deadline import Deadline
from affidavit_oracle.location import OracleLocation, locate
from cloud import CREDENTIALS, REGION, Cloud, FaultyFront, moto_server
from oracle_stand_in import no_credentials


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """The URL of a moto server."""
    with moto_server() as url:
        yield url


@pytest.fixture
def front(
    moto: str, monkeypatch: pytest.MonkeyPatch, _no_settings_from_outside: None
) -> Iterator[FaultyFront]:
    """A proxy in front of it; this process talks through it."""
    faulty = FaultyFront(moto)
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": faulty.endpoint}.items():
        monkeypatch.setenv(name, value)
    yield faulty
    faulty.close()


@pytest.fixture
def manager(moto: str) -> Any:
    """A client that talks to Secrets Manager directly."""
    return Cloud(moto, "", "", "", "", "", "", "", "").aws("secretsmanager")


@pytest.fixture
def make_secret(manager: Any, request: pytest.FixtureRequest) -> Callable[[str], OracleLocation]:
    """Keep a secret, and return the location that names it by its ARN."""

    def make(content: str) -> OracleLocation:
        arn = manager.create_secret(
            Name=f"prices-{abs(hash(request.node.name))}", SecretString=content
        )["ARN"]
        return locate(urlsplit(f"oracle://db/p?secret={quote(arn)}"))

    return make


def _said(password: str, **more: str) -> str:
    return json.dumps({"username": "scott", "password": password, "engine": "oracle", **more})


def _count(front: FaultyFront) -> list[str]:
    asked: list[str] = []
    front.fault = lambda operation, _: asked.append(operation)  # type: ignore[func-returns-value]
    return asked


def test_a_secret_is_fetched_once(
    front: FaultyFront, make_secret: Callable[[str], OracleLocation]
) -> None:
    """As RDS writes it; whatever else it says is left alone."""
    secret = Secret(make_secret(_said("tiger", wallet_password="s3cr3t", host="elsewhere")))  # noqa: S106 - a test's
    asked = _count(front)
    found = [secret.read(Deadline(10)) for _ in range(3)]

    assert ("scott", "tiger", "s3cr3t") == tuple(found[0])
    assert found[0] is found[2]
    assert ["GetSecretValue"] == asked


def test_it_is_fetched_again_when_it_was_refused(
    front: FaultyFront, manager: Any, make_secret: Callable[[str], OracleLocation]
) -> None:
    """And whether it is another one now is told."""
    location = make_secret(_said("tiger"))
    secret = Secret(location)
    first = secret.read(Deadline(10))
    assert not secret.renew(first, Deadline(10))
    manager.put_secret_value(SecretId=location.secret, SecretString=_said("tiger2"))
    asked = _count(front)

    assert secret.renew(first, Deadline(10))
    assert "tiger2" == secret.read(Deadline(10)).password
    assert secret.renew(first, Deadline(10)), "another thread has fetched it already"
    assert ["GetSecretValue"] == asked


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ((400, "AccessDeniedException"), SourceForbiddenError),
        ((400, "DecryptionFailure"), SourceForbiddenError),
        ((400, "ResourceNotFoundException"), SourceUnavailableError),
        ((400, "ThrottlingException"), SourceUnavailableError),
        ((500, "InternalServiceError"), SourceUnavailableError),
    ],
)
def test_a_refusal_is_said_by_its_code(
    front: FaultyFront,
    make_secret: Callable[[str], OracleLocation],
    fault: tuple[int, str],
    kind: type[SourceError],
) -> None:
    """Without AWS's text, which names the role and the secret."""
    secret = Secret(make_secret(_said("tiger")))
    front.fault = lambda _, __: fault
    with pytest.raises(kind, match=fault[1]) as caught:
        secret.read(Deadline(10))
    assert "planted" not in str(caught.value)
    assert "prices" not in str(caught.value)
    front.fault = lambda _, __: None

    assert "tiger" == secret.read(Deadline(10)).password, "a failure is not remembered"


def test_a_manager_that_hangs_costs_the_time_that_is_left(
    front: FaultyFront, make_secret: Callable[[str], OracleLocation]
) -> None:
    """Not botocore's minute."""
    secret = Secret(make_secret(_said("tiger")))
    front.fault = lambda _, __: time.sleep(2)  # type: ignore[func-returns-value]
    started = time.monotonic()
    with pytest.raises(SourceUnavailableError, match="ReadTimeoutError"):
        secret.read(Deadline(0.5))

    assert time.monotonic() - started < 1.5


def test_without_time_nothing_is_asked(
    front: FaultyFront, make_secret: Callable[[str], OracleLocation]
) -> None:
    """An answer would come too late."""
    secret = Secret(make_secret(_said("tiger")))
    asked = _count(front)
    with pytest.raises(SourceTimeoutError):
        secret.read(Deadline(0))
    assert [] == asked


@pytest.mark.parametrize(
    "content", ["tiger", "[]", "{}", '{"username": "scott"}', '{"username": "", "password": "x"}']
)
def test_a_secret_of_another_form_is_refused(
    front: FaultyFront, make_secret: Callable[[str], OracleLocation], content: str
) -> None:
    """Without repeating it."""
    assert front.endpoint
    with pytest.raises(SourceUnavailableError, match="not JSON with texts") as caught:
        Secret(make_secret(content)).read(Deadline(10))
    assert no_credentials(str(caught.value))


def test_the_region_is_said_or_stands_in_the_arn() -> None:
    """A secret may live in another region than the function."""

    def region(secret: str, more: str = "") -> str | None:
        return _region(locate(urlsplit(f"oracle://db/p?secret={secret}{more}")))

    arn = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:prices"
    assert REGION == region(arn)
    assert "us-east-1" == region(arn, "&region=us-east-1")
    assert region("prices") is None
