"""Ask a witness to sign a checkpoint, over HTTP: `add-checkpoint` of C2SP's tlog-witness.

A checkpoint is published first and shown to the witness then: one that lost
against another sealer's must never be witnessed. A witness that is away holds
nothing up; the next checkpoint is shown to it with a proof from what it saw last.
Source: https://c2sp.org/tlog-witness.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qs, urlunsplit
from urllib.request import Request

from affidavit import LedgerError, LedgerMissingError, SettingsError
from affidavit.plugin import Archive
from affidavit_ledger.cosignatures import WitnessKey, check_lines, consistency
from affidavit_ledger.log_span import leaves_between, whole_log
from affidavit_ledger.merkle import leaf_hash, root_of
from affidavit_ledger.notes import read_note
from affidavit_ledger.outside_post import post
from affidavit_ledger.places import checkpoint_key, cosignatures_key
from affidavit_ledger.tiles import TiledTree, edge_of

_CONFLICT: Final = 409
_HOME: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class WitnessError(LedgerError):
    """A witness has not signed."""


class HttpWitness(NamedTuple):
    """One witness: where it listens, and the key that it signs with."""

    url: str
    key: WitnessKey

    @classmethod
    def open(cls, url: SplitResult) -> HttpWitness:
        """Read `https://witness.example/prefix?key=NAME%2BID%2BKEY`.

        Raises:
            SettingsError: It names no key, or would send checkpoints in the clear.
            LedgerKeyError: The key is none.

        """
        keys = parse_qs(url.query).get("key", [])
        if len(keys) != 1 or (url.scheme != "https" and url.hostname not in _HOME):
            raise SettingsError(
                "a witness's URL is not complete",
                why="it is https, and names as ?key= what the witness signs with",
                fix="Write https://witness.example/prefix?key=NAME%2BID%2BKEY",
            )
        prefix = urlunsplit((url.scheme, url.netloc, url.path.rstrip("/"), "", ""))
        return cls(prefix, WitnessKey.parse(keys[0]))

    def add(self, note: str, size: int, proof: Callable[[int], Sequence[bytes]], old: int) -> bytes:
        """Show a checkpoint; return the signature lines, which hold.

        `proof` returns the hashes from a size that the witness has seen to this one.

        Raises:
            WitnessError: It does not sign, or cannot be reached.

        """
        status, answer = self._post(note, old, proof(old))
        if status == _CONFLICT and answer.strip().isdigit():
            seen = int(answer[:16])
            if seen > size:
                raise _not_signed("it has seen a larger log of this name")
            status, answer = self._post(note, seen, proof(seen))
        if status != 200:  # noqa: PLR2004 - HTTP's word for done
            raise _not_signed(f"it answered {status}")
        text = note.partition("\n\n")[0] + "\n"
        if not check_lines(answer, text, [self.key]):
            raise _not_signed("what it answered is not its signature")
        return answer

    def _post(self, note: str, old: int, proof: Sequence[bytes]) -> tuple[int, bytes]:
        lines = [f"old {old}", *(base64.b64encode(node).decode() for node in proof)]
        body = ("\n".join(lines) + "\n\n" + note).encode()
        asked = Request(f"{self.url}/add-checkpoint", body, method="POST")  # noqa: S310 - see `open`
        return post(asked, _not_signed)


def cosign(
    archive: Archive, number: int, witnesses: Sequence[HttpWitness], *, retain_until: int
) -> list[WitnessError]:
    """Have a published checkpoint signed, and put the signatures beside it.

    Returns why some have not signed. What they have is kept all the same.
    """
    failed: list[WitnessError] = []
    lines: list[bytes] = []
    note = archive.get(checkpoint_key(number)).decode()
    size = read_note(note).size
    before = _size_before(archive, number)
    for witness in witnesses:
        try:
            lines.append(
                witness.add(note, size, lambda old: proof_from(archive, note, old), before)
            )
        except WitnessError as error:
            failed.append(error)
    if lines:
        archive.put(cosignatures_key(number), b"".join(lines), retain_until=retain_until)
    return failed


def proof_from(archive: Archive, note: str, old: int) -> list[bytes]:
    """Return the consistency proof from a tree of `old` leaves to a checkpoint's."""
    checkpoint = read_note(note)
    if old == 0 or old >= checkpoint.size:
        return []
    edge = edge_of(checkpoint.size)
    known = {
        number: leaf_hash(leaf)
        for number, leaf in leaves_between(archive, edge, checkpoint.size).items()
    }
    tree = TiledTree(archive, checkpoint.size, known)
    try:
        if tree.root() == checkpoint.root:
            return list(consistency(tree.between, old, checkpoint.size))
    except LookupError:
        pass
    # Tiles are missing, or are not this log's: all is read.
    leaves = [leaf_hash(leaf) for leaf in whole_log(archive).leaves.values()]
    return list(consistency(lambda a, b: root_of(leaves[a:b]), old, checkpoint.size))


def _size_before(archive: Archive, number: int) -> int:
    try:
        return read_note(archive.get(checkpoint_key(number - 1)).decode()).size if number else 0
    except (LedgerMissingError, LedgerError, ValueError):
        return 0


def _not_signed(why: str) -> WitnessError:
    return WitnessError(
        "a witness has not signed the checkpoint", why=why, fix="Sealing goes on; ask its keeper"
    )
