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
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple, Protocol

from affidavit import LedgerError
from affidavit.plugin import Signer

FIRST: Final = "-"
"""What the first checkpoint says of the one before it."""

_HASH: Final = 32
_DASH: Final = "\u2014"
NAME: Final = r"[^\s+\0-\x1f]+"
"""What a signer may be called (c2sp.org/signed-note): no blank of Unicode's, and no plus."""
SIGNATURE: Final = re.compile(f"{_DASH} ({NAME}) ([A-Za-z0-9+/]+=*)")
"""Signatures of others, of witnesses for example, may stand there too; nothing else may."""
_CONTROL = re.compile(r"[\0-\t\v-\x1f]")
_TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}[.][0-9]{3}Z")
_SIZE = re.compile("0|[1-9][0-9]{0,14}")

MAX_NOTE: Final = 1 << 16
"""How long a note may be: a checkpoint and the signatures of some hundred witnesses."""


def is_time(text: str) -> bool:
    """Tell whether `text` is a time in the one form, on a day that the calendar has."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return _TIME.fullmatch(text) is not None


class NoteError(LedgerError):
    """A checkpoint cannot be read, or is not signed by the key."""


class UnknownNoteError(LedgerError):
    """A checkpoint is signed by the key and has a form that nobody here can judge."""


class Verifier(Protocol):
    """Checks signatures on checkpoints, by keys in the order in which they were used."""

    def signs(self, name: str, message: bytes, raw: bytes) -> bool:
        """Tell whether `raw`, a key's id and a signature, is a known key's over `message`."""
        ...

    def which(self, name: str, message: bytes, raw: bytes) -> int:
        """Return which of the keys has signed, counted from 0; -1 if none has."""
        ...


class KeyOrder:
    """Holds a log to the order of its keys: once a later one has signed, no earlier one does."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self.newest = 0
        """The newest key that has signed so far."""

    def signs(self, name: str, message: bytes, raw: bytes) -> bool:
        """Tell whether a key has signed whose time is not over."""
        return self.which(name, message, raw) >= 0

    def which(self, name: str, message: bytes, raw: bytes) -> int:
        """Return which key has signed; -1 if none has whose time is not over."""
        number = self._verifier.which(name, message, raw)
        if number < self.newest:
            return -1
        self.newest = number
        return number


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
    return f"{text}\n{signature_line(text, signer)}"


def signature_line(text: str, signer: Signer) -> str:
    """Return the line by which a key signs a text, in the name of its log."""
    signature = base64.b64encode(signer.key_id + signer.sign(text.encode())).decode()
    return f"{_DASH} {signer.name} {signature}\n"


def note_hash(note: str) -> str:
    """Return what the next checkpoint says in `prev`: SHA-256 of the note's text."""
    text = note.partition("\n\n")[0] + "\n"
    return base64.b64encode(sha256(text.encode()).digest()).decode()


def read_note(note: str) -> Checkpoint:
    """Read a note's text. Says nothing about its signature.

    Raises:
        NoteError: It is not one of our checkpoints.

    """
    text, _, _ = note.partition("\n\n")
    try:
        origin, size, root, time, prev = text.split("\n")
        if not _SIZE.fullmatch(size):
            raise ValueError  # noqa: TRY301 - the handler below says it
        checkpoint = Checkpoint(
            origin,
            int(size),
            base64.b64decode(root, validate=True),
            time.removeprefix("time "),
            prev.removeprefix("prev "),
        )
        first = checkpoint.prev == FIRST
        before = b"" if first else base64.b64decode(checkpoint.prev, validate=True)
    except (ValueError, binascii.Error):
        raise _unreadable("it does not have five lines of the right form") from None
    if (
        checkpoint.text() != text + "\n"
        or not is_time(checkpoint.time)
        or len(checkpoint.root) != _HASH
        or len(before) not in {0, _HASH}
        or (not first and base64.b64encode(before).decode() != checkpoint.prev)
        or first == bool(before)
    ):
        raise _unreadable("it is not written as a checkpoint is")
    return checkpoint


def check_note(data: bytes, verifier: Verifier) -> Checkpoint:
    """Read a note and check that a key has signed it.

    Raises:
        NoteError: It cannot be read, or no signature on it is the key's.
        UnknownNoteError: It is signed, and its text has another form.

    """
    text = open_note(data, verifier)
    try:
        return read_note(text + "\n")
    except NoteError:
        pass
    raise UnknownNoteError(
        "a checkpoint cannot be judged",
        why="it is signed, and has a form that is not known",
        fix="Use a newer version of affidavit",
    )


def open_note(
    data: bytes, verifier: Verifier, *, limit: int = MAX_NOTE, origin_line: int = 0
) -> str:
    """Return the text of a note that a key has signed, up to its last line feed.

    `origin_line` is the line that says in whose name.

    Raises:
        NoteError: It is not a signed note, or no signature on it is the key's.

    """
    try:
        note = data.decode()
    except ValueError:
        raise _unreadable("it is not text") from None
    text, blank, signatures = note.partition("\n\n")
    *lines, rest = signatures.split("\n")
    found = [SIGNATURE.fullmatch(line) for line in lines]
    if len(data) > limit or _CONTROL.search(text) or not blank or rest or not all(found):
        raise _unreadable("it holds more than text and signatures")
    origin = "".join(text.split("\n")[origin_line : origin_line + 1])
    raws = [_raw(match[2]) for match in found if match is not None and match[1] == origin]
    # Each is looked at: the newest key among them counts.
    signed = {verifier.signs(origin, (text + "\n").encode(), raw) for raw in raws}
    if True not in signed:
        raise NoteError(
            "a checkpoint is not signed by the key",
            why="no signature on it matches",
            fix="Use the sealer's public key; if you do, the checkpoint is not the sealer's",
        )
    return text + "\n"


def _raw(encoded: str) -> bytes:
    """Read base64 of the one form."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if base64.b64encode(raw).decode() != encoded:
        raise _unreadable("a signature on it is not base64")
    return raw


def _unreadable(why: str) -> NoteError:
    return NoteError(
        "a checkpoint cannot be read", why=why, fix="Restore it from the archive or the witness"
    )
