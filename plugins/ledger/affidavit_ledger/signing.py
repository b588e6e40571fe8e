"""Keys that sign checkpoints: Ed25519 in a file, and public keys of either kind.

A file is the local stand-in for KMS, which signs with ECDSA on P-256 and never
hands the private key out. VerificationResult needs the public key only.
"""

from __future__ import annotations

import os
import stat
from base64 import encodebytes
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from affidavit import LedgerKeyError, SettingsError

_ED25519: Final = b"\x01"
"""Signature type of Ed25519 in a signed note (c2sp.org/signed-note)."""

_HEAD: Final = b"-----BEGIN PUBLIC KEY-----"
_END: Final = b"-----END PUBLIC KEY-----"
_PRIME: Final = 2**255 - 19
_SMALL: Final = frozenset(
    {
        0,
        1,
        _PRIME - 1,
        # The two y of points of order 8; tests compute that eight times each is nothing.
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    }
)

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class PublicKey:
    """Checks signatures by one of a few keys: Ed25519, or ECDSA P-256 with SHA-256."""

    def __init__(self, *keys: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey) -> None:
        self._keys = keys

    @classmethod
    def load(cls, pem: bytes) -> PublicKey:
        """Read public keys in PEM: one, or several one after the other.

        Raises:
            LedgerKeyError: One is not of the two kinds, or anybody could sign for it.

        """
        blocks = [block + _END for block in pem.split(_END)[:-1]]
        keys = [key for key in map(_key_of, blocks) if key is not None]
        if not blocks or len(keys) != len(blocks):
            raise _unusable("the public key", "it is not an Ed25519 or P-256 key in PEM")
        return cls(*keys)

    @classmethod
    def of(cls, ders: Iterable[bytes]) -> PublicKey:
        """Take public keys in DER.

        Raises:
            LedgerKeyError: One is not of the two kinds, or anybody could sign for it.

        """
        return cls.load(
            b"".join(b"%b\n%b\n%b\n" % (_HEAD, encodebytes(der).strip(), _END) for der in ders)
        )

    def ders(self) -> tuple[bytes, ...]:
        """Return the keys in DER, in the order of their use."""
        return tuple(map(_der_of, self._keys))

    def pem(self) -> bytes:
        """Return the keys in PEM, to hand to an auditor."""
        return b"".join(
            key.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            for key in self._keys
        )

    def key_id(self, name: str) -> bytes:
        """Return the newest key's first four bytes of a hash over name and key."""
        return _key_id(self._keys[-1], name)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether `signature` is one of the keys' over `message`."""
        return any(_verifies(key, message, signature) for key in self._keys)

    def signs(self, name: str, message: bytes, raw: bytes) -> bool:
        """Tell whether `raw`, a key's id and a signature, is a known key's over `message`."""
        return self.which(name, message, raw) >= 0

    def which(self, name: str, message: bytes, raw: bytes) -> int:
        """Return which of the keys has signed, counted from 0; -1 if none has."""
        for number, key in reversed(list(enumerate(self._keys))):
            if raw[:4] == _key_id(key, name) and _verifies(key, message, raw[4:]):
                return number
        return -1


def _key_of(pem: bytes) -> ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | None:
    try:
        key = serialization.load_pem_public_key(pem + b"\n")
    except (ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(key, ed25519.Ed25519PublicKey) and not is_weak(key.public_bytes_raw()):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1":
        return key
    return None


def is_weak(key: bytes) -> bool:
    """Tell whether an Ed25519 key is a point of small order, or not written in its one form.

    For such a key signatures can be made that hold for almost any message.
    """
    y = int.from_bytes(key, "little") % 2**255
    return y >= _PRIME or y in _SMALL


def _key_id(key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey, name: str) -> bytes:
    """Return the id as c2sp.org/signed-note defines it for Ed25519.

    For ECDSA as sigstore's notes do: over the DER form, without the name.
    """
    if isinstance(key, ed25519.Ed25519PublicKey):
        return sha256(name.encode() + b"\n" + _ED25519 + key.public_bytes_raw()).digest()[:4]
    return sha256(_der_of(key)).digest()[:4]


def _der_of(key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _verifies(
    key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey, message: bytes, signature: bytes
) -> bool:
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def read_public_key(path: Path) -> PublicKey:
    """Read a public key from a PEM file that an option names.

    Raises:
        OSError: The file cannot be read.
        LedgerKeyError: It is not a key of one of the two kinds.

    """
    return PublicKey.load(path.read_bytes())


class FileSigner:
    """Signs with an Ed25519 key in a file that only its owner can read."""

    def __init__(
        self, name: str, key: ed25519.Ed25519PrivateKey, public: PublicKey | None = None
    ) -> None:
        """Take the key, and the `public` keys of all that have signed so far, its own the last."""
        self._name = name
        self._key = key
        self.public = public or PublicKey(key.public_key())

    @property
    def name(self) -> str:
        """The log's origin."""
        return self._name

    @property
    def key_id(self) -> bytes:
        """Which key it is."""
        return self.public.key_id(self._name)

    def sign(self, message: bytes) -> bytes:
        """Sign `message`."""
        return self._key.sign(message)

    def public_pem(self) -> bytes:
        """Return the public key in PEM."""
        return self.public.pem()


def open_signer(path: Path, name: str) -> FileSigner:
    """Open a signing key, making it on first use; the public half lies beside it as `.pub`.

    Raises:
        LedgerKeyError: It cannot be made or read, or others can read it.

    """
    try:
        public = path.with_suffix(".pub")
        if not path.exists():
            if public.exists():
                raise _unusable(path.name, f"{public.name} is there and the key is not: it is lost")
            _make(path)
        mode = path.stat().st_mode
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _unusable(path.name, f"reading it raised {type(error).__name__}") from None
    if os.name == "posix" and mode & _OTHERS:
        raise _unusable(path.name, "others can read it; run chmod 600 on it")
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise _unusable(path.name, "it is not an Ed25519 key")
    known = PublicKey.load(public.read_bytes()) if public.exists() else None
    own = PublicKey(key.public_key())
    if known is not None and not known.pem().endswith(own.pem()):
        raise _unusable(path.name, f"{public.name} does not end with its public key")
    return FileSigner(name, key, known)


def next_key(path: Path, name: str) -> FileSigner:
    """Make the key that is to follow on the one in `path`, as `.new` beside it, or find it there.

    Raises:
        LedgerKeyError: It cannot be made or read.

    """
    return open_signer(path.with_name(path.name + ".new"), name)


def take_over(path: Path, old_id: str, keys: PublicKey) -> None:
    """Let the key in `.new` sign from now on; `keys` are all of the log, in order.

    The old key is kept as `<name>.<id>.retired`, so that nothing is lost if this
    is cut off. Remove it once the next checkpoint is signed.

    Raises:
        LedgerKeyError: A file cannot be written.

    """
    fresh = path.with_name(path.name + ".new")
    try:
        path.replace(path.with_name(f"{path.name}.{old_id}.retired"))
        whole = path.with_name(path.name + ".pub.new")
        whole.write_bytes(keys.pem())
        whole.replace(path.with_suffix(".pub"))
        fresh.replace(path)
        fresh.with_suffix(".pub").unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(path.name, f"writing the new one raised {type(error).__name__}") from None


def open_file_signer(url: SplitResult) -> FileSigner:
    """Open the signer that a `file:` URL names: `file:///sealer.key?name=example.org/log`.

    Raises:
        SettingsError: The URL names no file or no origin.
        LedgerKeyError: The key cannot be made or read.

    """
    names = parse_qs(url.query).get("name", [])
    if url.netloc or not url.path.strip("/") or len(names) != 1 or not is_origin(names[0]):
        raise SettingsError(
            "a signer's URL is not complete",
            why="it names a key and, as ?name=, the log's origin",
            fix="Write file:///keys/sealer.key?name=example.org/ledger",
        )
    return open_signer(Path(unquote(url.path)), names[0])


def is_origin(name: str) -> bool:
    """Tell whether `name` can be a log's origin: no spaces, no plus sign (c2sp.org/signed-note)."""
    return bool(name) and name.isascii() and name.isprintable() and not set(name) & set(" +")


def _make(path: Path) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    path.with_suffix(".pub").write_bytes(PublicKey(key.public_key()).pem())


def _unusable(what: str, why: str) -> LedgerKeyError:
    return LedgerKeyError(
        f"{what} cannot be used", why=why, fix="Restore it; checkpoints need the same key"
    )
