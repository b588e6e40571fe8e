"""Keys from KMS: a data key per chain, which the writer cannot open again, and the token key.

Each may have followed on another: the first that is named makes what is new, and
all of them open and find what was written before.

One `GenerateDataKey` per cold start: the plain key starts the chain, its
wrapped form goes into the chain's first record. The writer's role has no
`kms:Decrypt`, so a thief of that role can make new chains and cannot rewrite an
old one. The token key is a MAC by an HMAC key that never leaves KMS.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from affidavit import LedgerKeyError, LedgerUnavailableError
from affidavit.plugin import ChainKey, LocalKeys, TokenKey, WriterId
from affidavit_dynamodb.clients import client, code_of, fix_for, is_transient

_PREFIX: Final = "kms1."
_TOKEN_MESSAGE: Final = b"affidavit token key 1"
_SILENT: Final = frozenset({"AccessDeniedException", "DisabledException"})
_NAME: Final = 8
"""How much of a KMS key's id its name in records is."""

TRIES: Final = 2


class KmsKeys:
    """Makes and opens chain keys with KMS keys, and derives tokens with others.

    `tables` are the names to which wrapped keys are bound, beside their writers:
    the table's own, or the one under which it was before it was restored. `earlier`
    are the keys of a ledger in a file from which this one was filled.
    """

    def __init__(
        self,
        keys: Sequence[str],
        tokens: Sequence[str],
        tables: Sequence[str],
        region: str = "",
        earlier: Path | None = None,
    ) -> None:
        self._keys, self._tokens, self._tables = keys, tokens, tables
        self._region, self._file = region, earlier
        self._made: dict[str, TokenKey] = {}

    def __reduce__(self) -> tuple[type[KmsKeys], tuple[Any, ...]]:
        """Travel to a worker process without the client."""
        return KmsKeys, (self._keys, self._tokens, self._tables, self._region, self._file)

    def new_chain_key(self, writer: WriterId) -> ChainKey:
        """Make the first key of a new chain."""
        made = self._call(
            "generate_data_key",
            KeyId=self._keys[0],
            NumberOfBytes=32,
            EncryptionContext=_context(self._tables[0], writer),
        )
        wrapped = urlsafe_b64encode(made["CiphertextBlob"]).rstrip(b"=").decode()
        name = str(made.get("KeyId", "")).rpartition("/")[2][:_NAME]
        return ChainKey(bytes(made["Plaintext"]), _PREFIX + wrapped, name)

    def open_chain_key(self, writer: WriterId, wrapped: str) -> bytes:
        """Recover the first key of a chain. Needs `kms:Decrypt`, which a writer lacks.

        Raises:
            LedgerKeyError: KMS did not wrap it for this writer and table.
            LedgerUnavailableError: KMS does not answer, or forbids it.

        """
        text = wrapped.removeprefix(_PREFIX)
        if text == wrapped:
            for keys in self._earlier():
                with suppress(LedgerKeyError):
                    return keys.open_chain_key(writer, wrapped)
        silent = ""
        for key, table in product(self._keys, self._tables):
            try:
                blob = urlsafe_b64decode(text + "=" * (-len(text) % 4))
                opened = client("kms", self._region).decrypt(
                    CiphertextBlob=blob, KeyId=key, EncryptionContext=_context(table, writer)
                )
                return bytes(opened["Plaintext"])
            except (BotoCoreError, ClientError) as error:
                code = code_of(error)
                silent = code if is_transient(error) or code in _SILENT else silent
            except ValueError:
                break
        if silent:
            raise _unavailable(silent)
        raise LedgerKeyError(
            "a chain's key cannot be opened",
            why="KMS did not wrap it for this writer and this table",
            fix="Use the ledger's own keys; after a restore say context= the table's old name",
        )

    def token_key(self) -> TokenKey:
        """Return the key behind tokens: a MAC that only this KMS key makes."""
        return self._token_key(self._tokens[0])

    def former_token_keys(self) -> Sequence[TokenKey]:
        """Return the keys behind tokens of earlier times, the newest first."""
        made = [self._token_key(name) for name in self._tokens[1:]]
        return [*made, *(keys.token_key() for keys in self._earlier())]

    def _token_key(self, name: str) -> TokenKey:
        if name not in self._made:
            made = self._call(
                "generate_mac", KeyId=name, MacAlgorithm="HMAC_SHA_256", Message=_TOKEN_MESSAGE
            )
            mac = bytes(made["Mac"])
            kid = sha256(b"affidavit key name 1" + mac).hexdigest()[:8]
            self._made[name] = TokenKey(kid, mac)
        return self._made[name]

    def _earlier(self) -> list[LocalKeys]:
        """Return the keys of the ledger in a file that was here before, the newest first."""
        if self._file is None:
            return []
        try:
            secrets = [bytes.fromhex(line) for line in self._file.read_text("ascii").split()]
        except (OSError, ValueError) as error:
            failed = type(error).__name__
        else:
            return [LocalKeys(secret) for secret in reversed(secrets)]
        raise LedgerKeyError(
            "the earlier ledger's key file cannot be used",
            why=f"reading it raised {failed}",
            fix="Name the key file that lay beside it, as earlier= in the ledger's URL",
        )

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


def _context(table: str, writer: WriterId) -> dict[str, str]:
    return {"affidavit:table": table, "affidavit:writer": writer}


def _unavailable(code: str) -> LedgerUnavailableError:
    return LedgerUnavailableError(
        "the ledger's keys cannot be had from KMS", why=f"it answered {code}", fix=fix_for(code)
    )
