"""The URL that names a database."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import SettingsError
from affidavit_oracle.location import OracleLocation, locate

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prices-AbCdEf"


def _locate(url: str) -> OracleLocation:
    return locate(urlsplit(url))


def test_a_url_says_where_the_database_is() -> None:
    """And what it does not say is usual."""
    found = _locate(f"oracle://db.example:1599/PRICES.example?secret={ARN}&region=eu-west-1")

    assert ("db.example", 1599, "PRICES.example", "") == found[:4]
    assert (ARN, "", "eu-west-1", False) == (
        found.secret,
        found.secret_file,
        found.region,
        found.tls,
    )
    assert (2, 5, 5, 20, 100, 1_048_576) == found[-6:]


def test_numbers_and_paths_are_as_said() -> None:
    """Each under its name."""
    found = _locate(
        "oracle://10.0.0.7/p?secret_file=s.json&tls=yes&wallet=w&server_dn=CN=db.example"
        "&pool_max=3&ping_s=0&connect_s=9&statements=0&array=7&lob_bytes=0"
    )

    assert (3, 0, 9, 0, 7, 0) == found[-6:]
    assert (2484, True, "w", "CN=db.example") == (
        found.port,
        found.tls,
        found.wallet,
        found.server_dn,
    )


def test_an_alias_comes_from_the_wallet() -> None:
    """As Oracle's cloud hands them out."""
    found = _locate("oracle:///prices_high?wallet=w&secret=prices")

    assert ("", "", "prices_high") == (found.host, found.service, found.alias)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("oracle://scott:tiger@db/p?secret=x", "a user or a password"),
        ("oracle://db/p", "neither or both"),
        ("oracle://db/p?secret=x&secret_file=y", "neither or both"),
        ("oracle://db?secret=x", "no service"),
        ("oracle://db/p/q?secret=x", "no service"),
        ("oracle:///p?secret=x", "no host, and no wallet"),
        ("oracle://db:x/p?secret=x", "not a number"),
        ("oracle://db:99999/p?secret=x", "not a number"),
        ("oracle://d b/p?secret=x", "not a name or an address"),
        ("oracle://db/p?secret=x&tls=perhaps", "neither yes nor no"),
        ("oracle://db/p?secret=x&pool_max=0", "pool_max"),
        ("oracle://db/p?secret=x&pool_max=many", "pool_max"),
        ("oracle://db/p?secret=x&array=-1", "array"),
        ("oracle://db/p?secret=x&tiger=1", "1 of its parameters are not known"),
        ("oracle://db/p?secret=x&secret=y", "said twice"),
        ("oracle://db/p?secret=", "is empty"),
        ("oracle://db/p?secret=x y", "secret has not the right form"),
        ("oracle://db/p?secret=x&region=nowhere", "region"),
        ("oracle://db/p?secret=x&server_dn=a)(b", "server_dn"),
        ("oracle://db/p?secret=x#y", "follows a #"),
    ],
)
def test_what_is_not_of_the_form_is_refused(url: str, why: str) -> None:
    """With the reason, and without the values."""
    with pytest.raises(SettingsError, match=why) as caught:
        _locate(url)
    assert "tiger" not in str(caught.value)


@given(host=st.text(max_size=20), path=st.text(max_size=20), query=st.text(max_size=40))
def test_any_url_is_read_or_refused(host: str, path: str, query: str) -> None:
    """Nothing else is raised, and nothing gets through that could be a descriptor."""
    try:
        found: Any = _locate(f"oracle://{host}/{path}?{query}")
    except (SettingsError, ValueError) as error:
        assert isinstance(error, SettingsError) or "//" in f"//{host}"
    else:
        assert not set(found.host + found.service + found.alias) & set("()= ")
