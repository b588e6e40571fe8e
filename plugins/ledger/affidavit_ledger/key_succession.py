"""Which keys sign a log, one after the other: statements in the archive that the next one follows.

Each is signed by both keys that it names. The old one says who follows it, and
the new one whom it follows: so an auditor who was handed any one of them, and a
sealer that has the newest, knows the others.
"""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from typing import Final, NamedTuple

from affidavit import LedgerConflictError, LedgerKeyError, LedgerMissingError
from affidavit.plugin import Archive, Signer
from affidavit_ledger.notes import NoteError, Verifier, is_time, open_note, signature_line
from affidavit_ledger.signing import PublicKey

KEYS: Final = "keys/"
TITLE: Final = "affidavit log keys 1"

_NAME: Final = re.compile("keys/(?!0{12})[0-9]{12}")
_WORDS: Final = ("old ", "new ", "time ")
_TRIES: Final = 100
"""How many names are tried that somebody has taken with something else."""


class KeyChange(NamedTuple):
    """A statement that the key `new` signs a log after the key `old`, both in DER."""

    origin: str
    old: bytes
    new: bytes
    time: str

    def text(self) -> str:
        """Return the text that both keys sign."""
        old, new = (base64.b64encode(key).decode() for key in (self.old, self.new))
        return f"{TITLE}\n{self.origin}\nold {old}\nnew {new}\ntime {self.time}\n"


def all_keys(archive: Archive, known: Verifier) -> Verifier:
    """Return a log's keys in the order of their use: those that are known, and what follows.

    What was handed to a verifier counts before what an archive says: a statement
    adds a key behind the last that is known, or before the first, and nowhere else.
    """
    if not isinstance(known, PublicKey):
        return known
    keys, changes = list(known.ders()), list(_changes(archive))
    for change in changes:
        if change.old == keys[-1] and change.new not in keys:
            keys.append(change.new)
    for change in reversed(changes):
        if change.new == keys[0] and change.old not in keys:
            keys.insert(0, change.old)
    return PublicKey.of(keys)


def state_change(
    archive: Archive, old: Signer, new: Signer, *, at: str, retain_until: int
) -> PublicKey:
    """Say in the archive that `new` signs after `old`, and return all keys. Once is enough.

    Raises:
        LedgerKeyError: The two do not sign for one log, or another key follows.

    """
    known = PublicKey.load(old.public_pem())
    own, fresh = (PublicKey.load(one.public_pem()).ders()[-1] for one in (old, new))
    if old.name != new.name or own == fresh:
        raise LedgerKeyError(
            "this key cannot follow",
            why="it is the one that signs now, or signs for a log of another name",
            fix="Give the new key the origin of the old one, as ?name=",
        )
    said = {change.new for change in _changes(archive) if change.old == own}
    if said - {fresh}:
        raise LedgerKeyError(
            "this key cannot follow",
            why="the archive has a statement that another one does",
            fix="Sign with that one, or let a third follow on it",
        )
    if not said:
        text = KeyChange(old.name, own, fresh, at).text()
        _keep(
            archive,
            f"{text}\n{signature_line(text, old)}{signature_line(text, new)}".encode(),
            retain_until,
        )
    keys = all_keys(archive, known)
    assert isinstance(keys, PublicKey)  # noqa: S101 - for mypy
    return keys


def _keep(archive: Archive, data: bytes, retain_until: int) -> None:
    """Put a statement behind those that are there."""
    number = max((int(key[len(KEYS) :]) for key in _names(archive)), default=0)
    for _ in range(_TRIES):
        number = number % (10**12 - 1) + 1
        with suppress(LedgerConflictError):
            archive.put(f"{KEYS}{number:012d}", data, retain_until=retain_until)
            return
    raise LedgerKeyError(
        "it cannot be said in the archive that a key follows",
        why="the names for it are taken",
        fix="Find out who else writes into this archive",
    )


def _names(archive: Archive) -> list[str]:
    return [key for key in archive.keys(KEYS) if _NAME.fullmatch(key)]


def _changes(archive: Archive) -> list[KeyChange]:
    """Return the statements that hold, in order: each by itself, whoever its keys belong to."""
    found = []
    for key in _names(archive):
        with suppress(ValueError, NoteError, LedgerKeyError, LedgerMissingError):
            found.append(_read(archive.get(key)))
    return found


def _read(data: bytes) -> KeyChange:
    """Read a statement, and check that both keys have signed it.

    Raises:
        ValueError: It is none.
        NoteError: One of them has not.
        LedgerKeyError: What it names is no key.

    """
    lines = data.decode().partition("\n\n")[0].split("\n")
    title, origin, *rest = lines
    old, new, time = (line.removeprefix(word) for line, word in zip(rest, _WORDS, strict=True))
    first, second = (base64.b64decode(key, validate=True) for key in (old, new))
    change = KeyChange(origin, first, second, time)
    texts = {open_note(data, PublicKey.of([key]), origin_line=1) for key in (first, second)}
    one_form = PublicKey.of([first, second]).ders() == (first, second)
    if title != TITLE or texts != {change.text()} or not is_time(time) or not one_form:
        raise ValueError("this is not written as a statement is")
    return change
