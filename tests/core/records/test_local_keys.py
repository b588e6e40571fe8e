"""Keys that derive from one local secret."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import LedgerKeyError
from affidavit._records.local_keys import LOCAL_SEED_BYTES, LocalKeys
from affidavit.plugin import WriterId

KEYS = LocalKeys(bytes(range(32)))
WRITER = WriterId("w" * 22)


def test_a_verifier_recovers_the_key() -> None:
    """From the secret and what stands in the chain's first record, and in no other way."""
    made = KEYS.new_chain_key(WRITER)

    assert made.key == LocalKeys(bytes(range(32))).open_chain_key(WRITER, made.wrapped)


@given(secret=st.binary(min_size=32, max_size=32), nonce=st.binary(min_size=16, max_size=16))
def test_what_an_earlier_version_has_wrapped_opens(secret: bytes, nonce: bytes) -> None:
    """A ledger is verified years later: the derivation is this one for good."""

    def derived(purpose: bytes) -> bytes:
        said = b"affidavit local 1\0" + purpose + b"\0" + WRITER.encode() + b"\0" + nonce
        return hmac.new(secret, said, hashlib.sha256).digest()

    wrapped = "local1." + urlsafe_b64encode(nonce + derived(b"check")[:8]).decode()
    keys = LocalKeys(secret)
    name = hmac.new(secret, b"affidavit key name 1", hashlib.sha256).hexdigest()[:8]
    behind_tokens = hmac.new(secret, b"affidavit token key 1", hashlib.sha256).digest()

    assert derived(b"chain") == keys.open_chain_key(WRITER, wrapped)
    assert (name, behind_tokens) == keys.token_key()
    made = keys.new_chain_key(WRITER)
    assert (name, 7 + 32) == (made.name, len(made.wrapped))


def test_every_chain_has_its_own_key() -> None:
    """Two chains of one writer, even: a nonce is drawn for each."""
    keys = {KEYS.new_chain_key(WRITER).key for _ in range(100)}

    assert 100 == len(keys)
    assert {32} == {len(key) for key in keys}


def _without(text: str) -> str:
    return text.removeprefix("local1.")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _: "", id="nothing"),
        pytest.param(_without, id="no version"),
        pytest.param(lambda wrapped: "local2." + _without(wrapped), id="another version"),
        pytest.param(lambda wrapped: wrapped[:-4], id="cut off"),
        pytest.param(lambda wrapped: wrapped[:-1], id="no base64"),
        pytest.param(lambda wrapped: wrapped.swapcase(), id="other letters"),
        pytest.param(
            lambda _: "local1." + urlsafe_b64encode(bytes(24)).decode(), id="zeros of that length"
        ),
        pytest.param(lambda _: "local1.\ud800", id="half a surrogate pair"),
    ],
)
def test_a_wrapped_key_that_was_spoilt_does_not_open(spoil: Callable[[str], str]) -> None:
    """Whoever can write the ledger cannot make a chain that verifies."""
    spoilt = spoil(KEYS.new_chain_key(WRITER).wrapped)
    with pytest.raises(LedgerKeyError, match="cannot be opened"):
        KEYS.open_chain_key(WRITER, spoilt)


@given(place=st.integers(0, 23), bit=st.integers(0, 7))
def test_every_bit_of_a_wrapped_key_counts(place: int, bit: int) -> None:
    """Nonce and check value alike."""
    raw = bytearray(urlsafe_b64decode(_without(KEYS.new_chain_key(WRITER).wrapped)))
    raw[place] ^= 1 << bit
    with pytest.raises(LedgerKeyError, match="cannot be opened"):
        KEYS.open_chain_key(WRITER, "local1." + urlsafe_b64encode(raw).decode())


def test_a_key_opens_for_its_writer_and_secret_only() -> None:
    """A whole chain cannot be replayed under another name or in another ledger."""
    wrapped = KEYS.new_chain_key(WRITER).wrapped
    with pytest.raises(LedgerKeyError, match="not made for this writer"):
        KEYS.open_chain_key(WriterId("v" * 22), wrapped)
    with pytest.raises(LedgerKeyError, match="not made for this writer"):
        LocalKeys(bytes(32)).open_chain_key(WRITER, wrapped)


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_a_secret_of_another_length_is_damaged(length: int) -> None:
    """Half a key file must not work as a weak key."""
    with pytest.raises(LedgerKeyError, match=f"it has {length} bytes instead of 32"):
        LocalKeys(bytes(length))


def test_the_token_key_is_fixed_and_its_name_gives_nothing_away() -> None:
    """Everybody with the secret makes the same tokens; the name derives from it, one way."""
    secret = bytes(range(LOCAL_SEED_BYTES))
    key = KEYS.token_key()

    assert LocalKeys(secret).token_key() == key
    assert 8 == len(key.kid)
    assert key.kid not in secret.hex()
    assert key.kid not in key.key.hex()
    assert key.key != KEYS.new_chain_key(WRITER).key


def test_a_chain_key_does_not_show_itself() -> None:
    """Not in a traceback either."""
    made = KEYS.new_chain_key(WRITER)

    assert made.key.hex() not in repr(made)
    assert made.wrapped not in repr(made)
