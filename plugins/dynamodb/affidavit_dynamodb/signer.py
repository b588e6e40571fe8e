"""Sign checkpoints with a KMS key: ECDSA on P-256. The private key never leaves KMS."""

from __future__ import annotations

import base64
import textwrap
from hashlib import sha256
from typing import Any
from urllib.parse import SplitResult

from botocore.exceptions import BotoCoreError, ClientError

from affidavit import LedgerUnavailableError
from affidavit_dynamodb.clients import code_of, fix_for, patient
from affidavit_dynamodb.location import locate_signer


class KmsSigner:
    """Signs as one log with one KMS key."""

    def __init__(self, key: str, name: str, region: str = "") -> None:
        self._key = key
        self._name = name
        self._region = region
        self._made: Any = None
        self._der = b""

    @property
    def name(self) -> str:
        """The log's origin."""
        return self._name

    @property
    def key_id(self) -> bytes:
        """The first four bytes of a hash over the public key, as in sigstore's ECDSA notes."""
        return sha256(self._public()).digest()[:4]

    def sign(self, message: bytes) -> bytes:
        """Sign `message`, at most 4,096 bytes, which KMS hashes itself."""
        signed = self._call(
            "sign",
            Message=message,
            MessageType="RAW",
            SigningAlgorithm="ECDSA_SHA_256",
        )
        return bytes(signed["Signature"])

    def public_pem(self) -> bytes:
        """Return the public key in PEM."""
        text = base64.b64encode(self._public()).decode()
        lines = "\n".join(textwrap.wrap(text, 64))
        return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n".encode()

    def _public(self) -> bytes:
        if not self._der:
            self._der = bytes(self._call("get_public_key")["PublicKey"])
        return self._der

    def _call(self, operation: str, **arguments: Any) -> Any:
        try:
            if self._made is None:
                self._made = patient("kms", self._region)
            return getattr(self._made, operation)(KeyId=self._key, **arguments)
        except (BotoCoreError, ClientError) as error:
            code = code_of(error)
        raise LedgerUnavailableError(
            "the sealer's key cannot be used", why=f"KMS answered {code}", fix=fix_for(code)
        )


def open_signer(url: SplitResult) -> KmsSigner:
    """Open the signer that a `kms:` URL names.

    Raises:
        SettingsError: The URL names no key or no origin.

    """
    return KmsSigner(*locate_signer(url))
