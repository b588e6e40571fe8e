"""Keys from KMS: a data key per chain, which the writer cannot open again, and the token key.

One `GenerateDataKey` per cold start: the plain key starts the chain, its
wrapped form goes into the chain's first record. The writer's role has no
`kms:Decrypt`, so a thief of that role can make new chains and cannot rewrite an
old one. The token key is a MAC by an HMAC key that never leaves KMS.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from affidavit import LedgerKeyError, LedgerUnavailableError
from affidavit.plugin import ChainKey, TokenKey, WriterId
from affidavit_dynamodb.clients import client, code_of, fix_for, is_transient

_PREFIX: Final = "kms1."
_TOKEN_MESSAGE: Final = b"affidavit token key 1"
TRIES: Final = 2


class KmsKeys:
    """Makes and opens chain keys with one KMS key, and derives tokens with another.

    `context` binds a wrapped key to its writer and table: it opens nowhere else.
    """

    def __init__(self, key: str, tokens: str, table: str, region: str = "") -> None:
        self._key = key
        self._tokens = tokens
        self._table = table
        self._region = region

    def __reduce__(self) -> tuple[type[KmsKeys], tuple[str, str, str, str]]:
        """Travel to a worker process without the client."""
        return KmsKeys, (self._key, self._tokens, self._table, self._region)

    def new_chain_key(self, writer: WriterId) -> ChainKey:
        """Make the first key of a new chain."""
        made = self._call(
            "generate_data_key",
            KeyId=self._key,
            NumberOfBytes=32,
            EncryptionContext=self._context(writer),
        )
        wrapped = urlsafe_b64encode(made["CiphertextBlob"]).rstrip(b"=").decode()
        return ChainKey(bytes(made["Plaintext"]), _PREFIX + wrapped)

    def open_chain_key(self, writer: WriterId, wrapped: str) -> bytes:
        """Recover the first key of a chain. Needs `kms:Decrypt`, which a writer lacks.

        Raises:
            LedgerKeyError: KMS did not wrap it for this writer and table.
            LedgerUnavailableError: KMS does not answer, or forbids it.

        """
        text = wrapped.removeprefix(_PREFIX)
        try:
            blob = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            opened = client("kms", self._region).decrypt(
                CiphertextBlob=blob, KeyId=self._key, EncryptionContext=self._context(writer)
            )
        except (BotoCoreError, ClientError) as error:
            code = code_of(error)
            if is_transient(error) or code in {"AccessDeniedException", "DisabledException"}:
                raise _unavailable(code) from None
        except ValueError:
            pass
        else:
            return bytes(opened["Plaintext"])
        raise LedgerKeyError(
            "a chain's key cannot be opened",
            why="KMS did not wrap it for this writer and this table",
            fix="Use the ledger's own key; if you do, the chain is not ours",
        )

    def token_key(self) -> TokenKey:
        """Return the key behind tokens: a MAC that only this KMS key makes."""
        made = self._call(
            "generate_mac",
            KeyId=self._tokens,
            MacAlgorithm="HMAC_SHA_256",
            Message=_TOKEN_MESSAGE,
        )
        mac = bytes(made["Mac"])
        return TokenKey(sha256(b"affidavit key name 1" + mac).hexdigest()[:8], mac)

    def _context(self, writer: WriterId) -> dict[str, str]:
        return {"affidavit:table": self._table, "affidavit:writer": writer}

    def _call(self, operation: str, **arguments: Any) -> Any:
        code = ""
        for _ in range(TRIES):
            try:
                return getattr(client("kms", self._region), operation)(**arguments)
            except (BotoCoreError, ClientError) as error:
                code = code_of(error)
                if not is_transient(error):
                    break
        raise _unavailable(code)


def _unavailable(code: str) -> LedgerUnavailableError:
    return LedgerUnavailableError(
        "the ledger's keys cannot be had from KMS", why=f"it answered {code}", fix=fix_for(code)
    )
