"""Tokens, held against the reference HMAC of the standard library."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._records.tokens import TokenKey, Tokens, hmac_sha256

KEY = TokenKey("k1", bytes(range(32)))
KINDS = st.sampled_from(["actor", "subject", "address", "value price"])


def _reference(key: bytes, tenant: str, kind: str, value: str) -> str:
    derived = hmac.digest(key, b"affidavit token 1\x00" + tenant.encode(), "sha256")
    message = f"{kind}\x00{value}".encode("utf-8", "surrogatepass")
    return hmac.digest(derived, message, "sha256").hex()[:32]


@given(
    key=st.binary(min_size=1, max_size=100),
    tenant=st.text(st.characters(exclude_categories=["Cs"])),
    kind=KINDS,
    value=st.text(),
)
def test_a_token_is_half_an_hmac(key: bytes, tenant: str, kind: str, value: str) -> None:
    """HMAC-SHA-256 under a derived key, whatever the lengths, half surrogates included."""
    token = Tokens(TokenKey("k", key), tenant).token(kind, value)

    assert _reference(key, tenant, kind, value) == token
    assert 32 == len(token)


@given(
    key=st.binary(max_size=64) | st.binary(min_size=65, max_size=200),
    data=st.binary(max_size=2000),
)
def test_two_hashes_are_an_hmac(key: bytes, data: bytes) -> None:
    """The seal of a record, whatever the lengths: a key longer than a block is hashed first."""
    assert hmac.digest(key, data, "sha256") == hmac_sha256(key, data)


@given(value=st.text())
def test_a_token_can_be_made_again(value: str) -> None:
    """Equal values have equal tokens, so an auditor can follow one through the ledger."""
    assert Tokens(KEY).token("actor", value) == Tokens(KEY).token("actor", value)


@given(value=st.text())
def test_kinds_and_tenants_have_nothing_in_common(value: str) -> None:
    """The actor 17, the subject 17, and the 17 of another customer are four strangers."""
    mine, yours = Tokens(KEY, "mine"), Tokens(KEY, "yours")
    found = {tokens.token(kind, value) for tokens in (mine, yours) for kind in ("actor", "subject")}

    assert 4 == len(found)


def test_another_key_gives_other_tokens() -> None:
    """Who does not hold the key cannot test a guess."""
    other = Tokens(TokenKey("k1", bytes(32)))

    assert Tokens(KEY).token("actor", "alice") != other.token("actor", "alice")


def test_making_a_token_leaves_no_trace() -> None:
    """One call must not colour the next: the hashed key blocks are copied."""
    tokens = Tokens(KEY)
    first = tokens.token("actor", "alice")
    tokens.token("actor", "somebody else")

    assert first == tokens.token("actor", "alice")


@pytest.mark.parametrize("show", [repr, str, "{}".format], ids=["repr", "str", "format"])
def test_a_key_does_not_show_itself(show: Callable[[object], str]) -> None:
    """A traceback or a log line may show the object; the key stays out of it."""
    shown = show(KEY)

    assert "k1" in shown
    assert KEY.key.hex() not in shown
    assert repr(KEY.key) not in shown
    assert hashlib.sha256(KEY.key).hexdigest() not in shown
