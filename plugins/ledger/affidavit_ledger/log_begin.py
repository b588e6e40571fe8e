"""Where a log begins, once its oldest part was removed because its time was over.

A signed statement: up to which checkpoint, which tree and which place in each
chain. A verifier goes on from there as it does from a mark, and needs nothing
of what is gone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from affidavit import LedgerMissingError, LedgerRefusedError
from affidavit.plugin import Archive, Signer
from affidavit_ledger.chain_point import BEGINNING, ChainPoint, LogPoint
from affidavit_ledger.merkle import Frontier
from affidavit_ledger.notes import (
    FIRST,
    Checkpoint,
    NoteError,
    Verifier,
    open_note,
    read_note,
    signature_line,
)
from affidavit_ledger.record_form import WRITER_FORM

BEGINS: Final = "begins/"
TITLE: Final = "affidavit log begins 1"
_ANY_VERSION: Final = TITLE[:-1]
MAX_BEGIN: Final = 1 << 24
"""How long a statement may be: some ten thousand chains."""

_NAME: Final = re.compile("begins/[0-9]{12}")
_LINK: Final = re.compile("[A-Za-z0-9_-]{43}")
_DAYS: Final = re.compile("days (0|[1-9][0-9]{0,4})")
_NUMBER: Final = re.compile("0|[1-9][0-9]{0,14}")
_EXPIRY: Final = re.compile("0|[1-9][0-9]{0,15}")
_KEY: Final = re.compile("[!-~]{1,1024}")
"""A wrapped key is what a record says: a line feed in it would begin a line of its own."""
_HASH: Final = 32


class LogBegin(NamedTuple):
    """A statement that a log begins behind the checkpoint before `point.number`.

    `days` is how long what was removed had been kept, `stated` when this was said,
    `sealed` when the newest of what was removed had been sealed.
    """

    point: LogPoint
    days: int
    stated: str

    @property
    def lawful(self) -> bool:
        """True if all that is gone was sealed at least `days` before it was said to be gone."""
        sealed, stated = map(datetime.fromisoformat, (self.point.time, self.stated))
        return stated - sealed >= timedelta(days=self.days)

    def text(self) -> str:
        """Return the text that is signed."""
        at = self.point
        lines = [TITLE, at.origin, f"{at.number - 1} {at.size} {at.prev}"]
        lines += [f"sealed {at.time}", f"days {self.days}", f"time {self.stated}"]
        lines += [f"node {base64.b64encode(node).decode()}" for node in at.stack]
        lines += [
            f"chain {writer} {p.next_seq} {p.link} {p.expires_at} {_key_text(p.key)}"
            for writer, p in sorted(at.chains.items())
        ]
        return "\n".join(lines) + "\n"


def begin_key(begin: LogBegin) -> str:
    """Return the statement's name: the number of the first checkpoint that is kept."""
    return f"{BEGINS}{begin.point.number - 1:012d}"


def _key_text(key: str) -> str:
    return key if _KEY.fullmatch(key) else "-"


def sign_begin(begin: LogBegin, signer: Signer) -> bytes:
    """Return the statement as a signed note."""
    text = begin.text()
    return f"{text}\n{signature_line(text, signer)}".encode()


def need_readable(note: bytes) -> None:
    """Hold a statement to the form that verifiers read; what it stands for is removed next.

    Raises:
        LedgerRefusedError: Nobody could read it.

    """
    with suppress(ValueError, NoteError):
        read_begin(open_note(note, _Anybody(), limit=MAX_BEGIN, origin_line=1))
        return
    raise LedgerRefusedError(
        "it cannot be stated where the log begins",
        why="the statement would be too long, or not of the form that verifiers read",
        fix="Keep what is older; nothing was removed",
    )


def read_begin(text: str) -> LogBegin:
    """Read a statement's text. Says nothing about its signature.

    Raises:
        ValueError: It is not one.
        NoteError: A time or a hash in it is not written as in a checkpoint.

    """
    title, origin, place, sealed, days, time, *rest = text.split("\n")
    number, size, prev = place.split(" ")
    words = [line.split(" ") for line in rest[:-1]]
    stack = [base64.b64decode(word[1], validate=True) for word in words if word[0] == "node"]
    if not all(map(_NUMBER.fullmatch, (number, size))) or not _DAYS.fullmatch(days):
        raise ValueError("a number is not written as one")
    point = LogPoint(
        int(number) + 1,
        origin,
        int(size),
        tuple(stack),
        prev,
        sealed.removeprefix("sealed "),
        dict(_chains(words[len(stack) :])),
    )
    begin = LogBegin(point, int(days.removeprefix("days ")), time.removeprefix("time "))
    root = Frontier(point.size, stack).root()
    # What is written as in a checkpoint is held to a checkpoint's form: hash and time.
    for moment in (point.time, begin.stated):
        read_note(Checkpoint(origin, point.size, root, moment, prev).text() + "\n")
    sizes = all(len(node) == _HASH for node in stack) and len(stack) == point.size.bit_count()
    if title != TITLE or begin.text() != text or not sizes or prev == FIRST:
        raise ValueError("it is not written as a statement is")
    return begin


def _chains(lines: list[list[str]]) -> Iterator[tuple[str, ChainPoint]]:
    for kind, writer, seq, link, expires_at, key in lines:
        good = kind == "chain" and WRITER_FORM.fullmatch(writer) and _LINK.fullmatch(link)
        if not good or not _NUMBER.fullmatch(seq) or not _EXPIRY.fullmatch(expires_at):
            raise ValueError("a chain is not written as one")
        yield writer, ChainPoint(int(seq), link, "" if key == "-" else key, int(expires_at))


def begin_of(archive: Archive, verifier: Verifier) -> tuple[LogBegin | None, str]:
    """Return where a log begins, and the name of a signed statement that cannot be judged.

    The newest counts. One that no known key has signed is nobody's, and is passed over;
    so is what they have signed about something else, which anybody can put there.
    """
    for key in reversed([key for key in archive.keys(BEGINS) if _NAME.fullmatch(key)]):
        try:
            text = open_note(archive.get(key), verifier, limit=MAX_BEGIN, origin_line=1)
        except (NoteError, LedgerMissingError):
            continue
        if not text.startswith(_ANY_VERSION):
            continue
        try:
            begin = read_begin(text)
        except (ValueError, NoteError):
            return None, key
        if begin_key(begin) == key:
            return begin, ""
    return None, ""


def begin_of_any(archive: Archive) -> LogPoint:
    """Return where a log begins, whoever has signed that: a proof shows whether it is so."""
    begin, _ = begin_of(archive, _Anybody())
    return begin.point if begin is not None else BEGINNING


class _Anybody:
    """Takes every signature."""

    def signs(self, name: str, message: bytes, raw: bytes) -> bool:  # noqa: ARG002
        return True

    def which(self, name: str, message: bytes, raw: bytes) -> int:  # noqa: ARG002
        return 0
