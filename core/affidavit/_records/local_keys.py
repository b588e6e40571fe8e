"""Ledger keys that derive from one local secret: for SQLite, memory, and tests.

A stand-in for a key service, and weaker than one: whoever has the secret can
open every chain. With KMS the writer can make keys and cannot open old ones.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from affidavit._records.ledger import ChainKey
from affidavit._records.tokens import TokenKey
from affidavit._types import WriterId
from affidavit.errors import LedgerKeyError

LOCAL_SEED_BYTES: Final = 32
_NONCE, _CHECK = 16, 8
_PREFIX: Final = "local1."


class LocalKeys:
    """Derives chain keys and the token key from `secret`, 32 random bytes.

    >>> LocalKeys(bytes(32)).token_key().kid
    '34cad6d0'
    """

    def __init__(self, secret: bytes) -> None:
        """Take the secret.

        Raises:
            LedgerKeyError: It is not 32 bytes long.

        """
        if len(secret) != LOCAL_SEED_BYTES:
            raise LedgerKeyError(
                "the ledger's key is damaged",
                why=f"it has {len(secret)} bytes instead of {LOCAL_SEED_BYTES}",
                fix="Restore it from its backup; without it no record can be checked",
            )
        self._secret = secret

    def new_chain_key(self, writer: WriterId) -> ChainKey:
        """Make the first key of a new chain."""
        nonce = secrets.token_bytes(_NONCE)
        key = self._derive(b"chain", writer, nonce)
        wrapped = nonce + self._derive(b"check", writer, nonce)[:_CHECK]
        name = self.token_key().kid
        return ChainKey(key, _PREFIX + urlsafe_b64encode(wrapped).decode(), name)

    def open_chain_key(self, writer: WriterId, wrapped: str) -> bytes:
        """Recover the first key of a chain.

        Raises:
            LedgerKeyError: `wrapped` was not made for this writer with this secret.

        """
        try:
            raw = urlsafe_b64decode(wrapped.removeprefix(_PREFIX).encode())
        except ValueError:
            raw = b""
        nonce, check = raw[:_NONCE], raw[_NONCE:]
        expected = self._derive(b"check", writer, nonce)[:_CHECK]
        if wrapped.startswith(_PREFIX) and hmac.compare_digest(check, expected):
            return self._derive(b"chain", writer, nonce)
        raise LedgerKeyError(
            "a chain's key cannot be opened",
            why="it was not made for this writer with this secret",
            fix="Use the key file of this ledger; if you do, the chain is not ours",
        )

    def token_key(self) -> TokenKey:
        """Return the key behind tokens; its name derives from it, one way."""
        name = hmac.digest(self._secret, b"affidavit key name 1", "sha256").hex()[:8]
        return TokenKey(name, hmac.digest(self._secret, b"affidavit token key 1", "sha256"))

    def _derive(self, purpose: bytes, writer: WriterId, nonce: bytes) -> bytes:
        message = b"affidavit local 1\x00" + purpose + b"\x00" + writer.encode() + b"\x00" + nonce
        return hmac.digest(self._secret, message, "sha256")
