"""A foreign signer: an Ed25519 key that everybody knows, which is enough for a test."""

import hashlib
from collections.abc import Sequence
from urllib.parse import SplitResult

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from affidavit.plugin import Signer, SignerFactory, hookimpl

KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)


class Stamp:
    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def key_id(self) -> bytes:
        raw = KEY.public_key().public_bytes_raw()
        return hashlib.sha256(self.name.encode() + b"\n\x01" + raw).digest()[:4]

    def sign(self, message: bytes) -> bytes:
        return KEY.sign(message)

    def public_pem(self) -> bytes:
        return KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


def _open(url: SplitResult) -> Signer:
    return Stamp(url.netloc)


@hookimpl
def affidavit_signers() -> Sequence[SignerFactory]:
    return [SignerFactory(scheme="acme-stamp", open=_open)]
