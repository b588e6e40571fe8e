"""Cosignatures of witnesses: two signatures instead of one, and a time that is not the sealer's.

A witness signs a checkpoint if it goes on where the one that it saw last ended,
so that no second history can be shown to anybody. What it signs begins with two
lines of its own, the second says when. Sources: https://c2sp.org/tlog-cosignature
(`cosignature/v1`, Ed25519) and https://c2sp.org/signed-note for keys as text.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from affidavit import LedgerKeyError, SettingsError
from affidavit_ledger.notes import NAME, SIGNATURE

KIND: Final = 4
"""Signature type of a timestamped cosignature by Ed25519."""

_KEY: Final = re.compile(rf"({NAME})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/]+=*)")
_RAW: Final = 4 + 8 + 64
MAX_LINES: Final = 1 << 16

Root: TypeAlias = Callable[[int, int], bytes]


class WitnessKey(NamedTuple):
    """A witness's name and public key."""

    name: str
    key: bytes

    @property
    def key_id(self) -> bytes:
        """Return the first four bytes of a hash over name, kind and key."""
        return sha256(self.name.encode() + b"\n" + bytes([KIND]) + self.key).digest()[:4]

    @property
    def text(self) -> str:
        """Return the key as witnesses publish it: `name+id+key`."""
        encoded = base64.b64encode(bytes([KIND]) + self.key).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> WitnessKey:
        """Read a key as witnesses publish it.

        Raises:
            LedgerKeyError: It is not one, or anybody could sign for it.

        """
        from affidavit_ledger.signing import is_weak  # noqa: PLC0415 - needs cryptography

        found = _KEY.fullmatch(text)
        try:
            raw = base64.b64decode(found[3], validate=True) if found is not None else b""
        except ValueError:
            raw = b""
        if found is not None and len(raw) == 1 + 32 and raw[0] == KIND and not is_weak(raw[1:]):
            key = cls(found[1], raw[1:])
            if key.text == text:
                return key
        raise LedgerKeyError(
            "a witness's key cannot be used",
            why="it is not name+id+key of an Ed25519 cosigner, one a line",
            fix="Take it from where the witness publishes it; see docs/evidence.md",
        )


class Cosignature(NamedTuple):
    """That a witness has seen a checkpoint, and when, in seconds since 1970."""

    witness: str
    at_s: int


def read_witness_keys(path: Path) -> tuple[WitnessKey, ...]:
    """Read the keys of witnesses from a file, one a line; `#` begins a comment.

    Raises:
        SettingsError: The file cannot be read, or names nobody.
        LedgerKeyError: A line is not a key.

    """
    try:
        lines = path.read_text().splitlines()
    except (OSError, ValueError) as error:
        failed = type(error).__name__
    else:
        named = [line.strip() for line in lines if line.strip() and line[0] != "#"]
        if named:
            return tuple(map(WitnessKey.parse, named))
        failed = "nothing"
    raise SettingsError(
        "the witnesses' keys cannot be read",
        why=f"reading raised {failed}",
        fix="Name a file with a key a line",
    )


def cosigned(text: str, at_s: int) -> bytes:
    """Return what a witness signs of a checkpoint's text."""
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()


def lines_of(data: bytes) -> list[tuple[str, bytes]] | None:
    """Return name and bytes of every signature line; None if there is anything else."""
    try:
        *lines, rest = data.decode().split("\n")
    except ValueError:
        return None
    found = [SIGNATURE.fullmatch(line) for line in lines]
    if rest or not lines or not all(found) or len(data) > MAX_LINES:
        return None
    read = []
    for match in found:
        if match is not None:
            try:
                raw = base64.b64decode(match[2], validate=True)
            except ValueError:
                return None
            if base64.b64encode(raw).decode() != match[2]:
                return None
            read.append((match[1], raw))
    return read


def check_lines(data: bytes, text: str, keys: Sequence[WitnessKey]) -> list[Cosignature] | None:
    """Return what known witnesses have signed; None if one of theirs does not hold."""
    lines = lines_of(data)
    return None if lines is None else _checked(lines, text, keys)


def _checked(
    lines: Sequence[tuple[str, bytes]], text: str, keys: Sequence[WitnessKey]
) -> list[Cosignature] | None:
    known = {(key.name, key.key_id): key for key in keys}
    found = []
    for name, raw in lines:
        key = known.get((name, raw[:4]))
        if key is None:
            continue
        at_s = int.from_bytes(raw[4:12], "big")
        if len(raw) != _RAW or not _holds(key.key, raw[12:], cosigned(text, at_s)):
            return None
        found.append(Cosignature(name, at_s))
    return found


def _holds(key: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - with witnesses only
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def consistency(root: Root, old: int, new: int) -> Iterator[bytes]:
    """Yield the proof that a tree of `new` leaves goes on from one of `old` (RFC 9162, 2.1.4.1).

    `root` returns the root over the leaves from one number to before another.
    """
    yield from _subproof(root, 0, old, new, whole=True)


def _subproof(root: Root, first: int, old: int, new: int, *, whole: bool) -> Iterator[bytes]:
    if old == new:
        if not whole:
            yield root(first, first + new)
        return
    middle = 1 << (new - 1).bit_length() - 1
    if old <= middle:
        yield from _subproof(root, first, old, middle, whole=whole)
        yield root(first + middle, first + new)
    else:
        yield from _subproof(root, first + middle, old - middle, new - middle, whole=False)
        yield root(first, first + middle)
