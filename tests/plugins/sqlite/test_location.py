"""Which file a `sqlite:` URL names."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import SettingsError
from affidavit_sqlite.location import Location, locate


@pytest.mark.parametrize(
    ("url", "path", "timeout_ms"),
    [
        pytest.param("sqlite:///ledger.db", "ledger.db", None, id="relative"),
        pytest.param("sqlite:///a/b.db", "a/b.db", None, id="relative, in a folder"),
        pytest.param("sqlite:////var/x.db", "/var/x.db", None, id="absolute"),
        pytest.param("sqlite:///x.db?timeout_ms=200", "x.db", 200, id="with a limit"),
        pytest.param("sqlite:///x.db?timeout_ms=0", "x.db", 0, id="without patience"),
        pytest.param("sqlite:///a%20b%3F%23%25.db", "a b?#%.db", None, id="encoded"),
    ],
)
def test_forms_of_a_url(url: str, path: str, timeout_ms: int | None) -> None:
    """Three slashes, or four if the path is absolute."""
    assert Location(Path(path), timeout_ms) == locate(urlsplit(url))


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("sqlite:", id="nothing"),
        pytest.param("sqlite://", id="two slashes"),
        pytest.param("sqlite:///", id="three slashes"),
        pytest.param("sqlite:ledger.db", id="no slash"),
        pytest.param("sqlite://ledger.db", id="a host"),
        pytest.param("sqlite://user:hunter2@host/ledger.db", id="a user"),
        pytest.param("sqlite:///ledger#1.db", id="a hash that is not encoded"),
        pytest.param("sqlite:///?timeout_ms=5", id="parameters only"),
    ],
)
def test_what_names_no_file_is_refused(url: str) -> None:
    """A record must not go to a file that nobody meant."""
    with pytest.raises(SettingsError, match="names no file") as caught:
        locate(urlsplit(url))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        pytest.param("cache=shared", "1 of its parameters are not known", id="another one"),
        pytest.param("timeout=5", "1 of its parameters are not known", id="almost"),
        pytest.param("timeout_ms=5&a=1&b=2", "2 of its parameters are not known", id="too many"),
        pytest.param("timeout_ms=", "is empty", id="empty"),
        pytest.param("timeout_ms=-1", "not a whole number", id="negative"),
        pytest.param("timeout_ms=1.5", "not a whole number", id="a fraction"),
        pytest.param("timeout_ms=1e3", "not a whole number", id="an exponent"),
        pytest.param("timeout_ms=%D9%A3", "not a whole number", id="another alphabet's digit"),
        pytest.param("timeout_ms=" + "9" * 5000, "not a whole number", id="endless"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused(query: str, why: str) -> None:
    """Named, and its value not repeated."""
    with pytest.raises(SettingsError, match=why):
        locate(urlsplit(f"sqlite:///x.db?{query}"))


@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_any_name_survives_the_way_through_a_url(name: str) -> None:
    """Encoded on the way in, and again for SQLite."""
    path = f"/{name}" if not name.startswith("/") else name
    location = locate(urlsplit(f"sqlite:///{quote(path)}"))

    assert Path(path) == location.path
    uri = location.uri("ro")
    assert uri.startswith("file:")
    assert uri.endswith("?mode=ro")
    assert 1 == uri.count("?")
    assert "#" not in uri
