"""URLs of ledgers, archives and signers on AWS: each part checked before anything connects."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from affidavit import SettingsError
from affidavit_dynamodb.location import locate_archive, locate_ledger, locate_signer

GOOD = "dynamodb://records?key=alias/chain&tokens=alias/tokens"
ARN = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"


def test_a_ledger_has_a_table_and_two_keys() -> None:
    """The rest has defaults."""
    place = locate_ledger(urlsplit(GOOD))
    assert ("records", ("alias/chain",), ("alias/tokens",), ("records",)) == place[:4]
    assert ("", "", 250, "") == (place.region, place.spill, place.timeout_ms, place.subjects)


def test_every_parameter_is_read() -> None:
    """A queue is named by its URL, a key by its ARN as well."""
    queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/spill"
    url = f"dynamodb://t-1?key={ARN}&tokens={ARN}&region=eu-west-1&spill={queue}&timeout_ms=90"
    place = locate_ledger(urlsplit(f"{url}&subjects=salts"))
    assert ("t-1", (ARN,), (ARN,), ("t-1",), "eu-west-1", queue, 90, "salts", None) == place
    url = f"dynamodb://t-2?key=alias/b,{ARN}&tokens=alias/c,{ARN}&context=t-1,t-2&earlier=/k"
    place = locate_ledger(urlsplit(url))
    assert ("t-2", ("alias/b", ARN), ("alias/c", ARN), ("t-1", "t-2")) == place[:4]
    assert Path("/k") == place.earlier


@pytest.mark.parametrize(
    "url",
    [
        "dynamodb://?key=a&tokens=b",
        "dynamodb://ab?key=a&tokens=b",
        "dynamodb://records/more?key=a&tokens=b",
        "dynamodb://records?tokens=b",
        "dynamodb://records?key=a",
        f"{GOOD}&spill=queue",
        f"{GOOD}&spill=file:///etc/passwd",
        f"{GOOD}&timeout_ms=soon",
        f"{GOOD}&timeout_ms=-1",
        f"{GOOD}&subjects=a",
        f"{GOOD}&region=eu_west_one!",
        f"{GOOD}&nonsense=hunter2",
        f"{GOOD}&key=other",
        f"{GOOD},",
        f"{GOOD}&context=",
        f"{GOOD}&context=a table",
    ],
)
def test_a_ledger_that_is_named_wrongly_is_refused(url: str) -> None:
    """And the error does not repeat what was said."""
    with pytest.raises(SettingsError) as caught:
        locate_ledger(urlsplit(url))
    assert "hunter2" not in str(caught.value)


def test_archives_and_signers() -> None:
    """A prefix ends with a slash, so that `log` and `log2` stay apart."""
    assert ("bucket", "log/", "") == locate_archive(urlsplit("s3://bucket/log"))
    assert ("bucket", "", "eu-west-1") == locate_archive(urlsplit("s3://bucket?region=eu-west-1"))
    key, name, _ = locate_signer(urlsplit("kms://alias/sealer?name=example.org/log"))
    assert ("alias/sealer", "example.org/log") == (key, name)


@pytest.mark.parametrize("url", ["s3://", "s3://bucket?x=1", "s3://bucket?region=eu_west_one!"])
def test_an_archive_without_a_bucket_is_refused(url: str) -> None:
    """Or with a parameter that does not exist."""
    with pytest.raises(SettingsError):
        locate_archive(urlsplit(url))


@pytest.mark.parametrize(
    "url", ["kms://alias/x", "kms://?name=a", "kms://alias/x?name=a b", "kms://a?name=b&region=x"]
)
def test_a_signer_needs_a_key_and_an_origin(url: str) -> None:
    """The origin is part of what is signed."""
    with pytest.raises(SettingsError):
        locate_signer(urlsplit(url))
