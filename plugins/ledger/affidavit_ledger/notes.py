"""Checkpoints as signed notes: three lines of text that any log tool can read.

The text is a C2SP tlog-checkpoint: origin, size and root, then lines of ours
for the time and the checkpoint before. The signature line is a C2SP
signed-note's. Source: https://c2sp.org/tlog-checkpoint and
https://c2sp.org/signed-note.
"""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha256
from typing import Final, NamedTuple, Protocol

from affidavit import LedgerError
from affidavit.plugin import Signer

FIRST: Final = "-"
"""What the first checkpoint says of the one before it."""

_DASH: Final = "\u2014"
_SIGNATURE = re.compile(f"{_DASH} ([^ +]+) ([A-Za-z0-9+/=]+)")
"""Signatures of others, of witnesses for example, may stand there too; nothing else may."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class NoteError(LedgerError):
    """A checkpoint cannot be read, or is not signed by the key."""


class Verifier(Protocol):
    """Checks signatures on checkpoints."""

    def key_id(self, name: str) -> bytes:
        """Return the id that a signature by this key has under an origin."""
        ...

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether `signature` is this key's over `message`."""
        ...


class Checkpoint(NamedTuple):
    """What a log says of itself: how many leaves, which root, when, after which."""

    origin: str
    size: int
    root: bytes
    time: str
    prev: str

    def text(self) -> str:
        """Return the text that is signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\ntime {self.time}\nprev {self.prev}\n"


def sign_note(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the whole note: text, an empty line, a signature line."""
    text = checkpoint.text()
    signature = base64.b64encode(signer.key_id + signer.sign(text.encode())).decode()
    return f"{text}\n{_DASH} {signer.name} {signature}\n"


def note_hash(note: str) -> str:
    """Return what the next checkpoint says in `prev`: SHA-256 of the note's text."""
    text = note.partition("\n\n")[0] + "\n"
    return base64.b64encode(sha256(text.encode()).digest()).decode()


def read_note(note: str) -> Checkpoint:
    """Read a note's text. Says nothing about its signature.

    Raises:
        NoteError: It is not one of our checkpoints.

    """
    text, blank, _ = note.partition("\n\n")
    lines = text.split("\n")
    try:
        origin, size, root, time, prev = lines
        checkpoint = Checkpoint(
            origin,
            int(size),
            base64.b64decode(root, validate=True),
            time.removeprefix("time "),
            prev.removeprefix("prev "),
        )
    except (ValueError, binascii.Error):
        raise _unreadable("it does not have five lines of the right form") from None
    if not blank or checkpoint.text() != text + "\n" or not _TIME.fullmatch(checkpoint.time):
        raise _unreadable("it is not written as a checkpoint is")
    return checkpoint


def check_note(note: str, verifier: Verifier) -> Checkpoint:
    """Read a note and check that the key has signed it.

    Raises:
        NoteError: It cannot be read, or no signature on it is the key's.

    """
    checkpoint = read_note(note)
    text, _, signatures = note.partition("\n\n")
    *lines, rest = signatures.split("\n")
    found = [_SIGNATURE.fullmatch(line) for line in lines]
    if rest or not all(found):
        raise _unreadable("something other than signatures follows its text")
    for signature in filter(None, found):
        name, encoded = signature.groups()
        if name == checkpoint.origin and _signed(text + "\n", name, encoded, verifier):
            return checkpoint
    raise NoteError(
        "a checkpoint is not signed by the key",
        why="no signature on it matches",
        fix="Use the sealer's public key; if you do, the checkpoint is not the sealer's",
    )


def _signed(text: str, name: str, encoded: str, verifier: Verifier) -> bool:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return False
    return raw[:4] == verifier.key_id(name) and verifier.verify(text.encode(), raw[4:])


def _unreadable(why: str) -> NoteError:
    return NoteError(
        "a checkpoint cannot be read", why=why, fix="Restore it from the archive or the witness"
    )
