"""Make a sealed archive of six years quickly, for benchmarks of what reads it and nothing else.

A body is put together from a template that the kernel's own code has written, and hashed and
authenticated as a chain does: verifiers take it, with keys and without. Ids are drawn at
random as real ones are, so a copy of it is not smaller than that of a real archive.
"""

from __future__ import annotations

import hmac
import random
import sys
from binascii import b2a_base64, hexlify
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from affidavit._canonical import record_bytes
from affidavit._records.chain import EVOLVE, MAC_BYTES, URLSAFE, Chain
from affidavit.plugin import (
    Archive,
    Clock,
    Draft,
    Entry,
    Ledger,
    LocalKeys,
    Token,
    Tokens,
    WriterId,
    iso_utc,
)
from affidavit_ledger.archive import open_folder
from affidavit_ledger.seal import Sealer
from affidavit_ledger.segments import segment_of
from affidavit_ledger.signing import PublicKey, open_file_signer
from affidavit_ledger.workspace import Notes
from archive_world import BEGIN_MS, DAY_MS, SECRET, ArchiveWorld, Batch, Event, drafts_of

YEARS: Final = 6
SUBJECTS, ACTORS, WRITERS = 2000, 200, 20
SEGMENT: Final = 10_000
"""Records of a segment, as a sealer has them where there is much to seal."""

_CHANGES: Final = ("subject", "actor", "att", "eid", "req", "exp", "ts", "prev", "seq", "wid")
_TEXTS: Final = {name: f"<{name}>" for name in _CHANGES}
_NUMBERS: Final = {"exp": 1234567890987, "seq": 987654321234}


class _Template(NamedTuple):
    """A body with gaps: the pieces between them, and what goes into each."""

    pieces: tuple[bytes, ...]
    gaps: tuple[str, ...]

    def fill(self, told: dict[str, bytes]) -> bytes:
        parts = [self.pieces[0]]
        for name, piece in zip(self.gaps, self.pieces[1:], strict=True):
            parts += (told[name], piece)
        return b"".join(parts)


def _template(draft: Draft) -> _Template:
    """Find in a body of the kernel's where what changes stands."""
    said = draft.document(WriterId(_TEXTS["wid"]), _NUMBERS["seq"], _TEXTS["prev"])
    said |= {"att": _TEXTS["att"], "eid": _TEXTS["eid"], "req": _TEXTS["req"]}
    said |= {"exp": _NUMBERS["exp"], "ts": _TEXTS["ts"]}
    body = record_bytes(said)
    marks = {name: str(_NUMBERS.get(name, _TEXTS[name])).encode() for name in _CHANGES}
    found = sorted((body.index(mark), name) for name, mark in marks.items())
    pieces, end = [], 0
    for at, name in found:
        pieces.append(body[end:at])
        end = at + len(marks[name])
    return _Template((*pieces, body[end:]), tuple(name for _, name in found))


class _Writer:
    """A chain that goes on where the kernel's own has begun it."""

    def __init__(self, ledger: Ledger, store: Batch) -> None:
        chain = Chain(ledger, Clock(), {"pol": "hipaa@1"}, hot_days=100)
        chain.append(_drafts("ok", "CHART_READ")[-1], timeout_s=5)
        head = chain._head  # noqa: SLF001 - a benchmark that writes quickly what a chain writes
        assert head is not None
        self.begun, store.entries = list(store.entries), []
        self.wid, self._key = head.writer, head.key
        self._seq, self._prev = head.seq, head.prev.encode()

    def append(self, template: _Template, told: dict[str, bytes]) -> Entry:
        """Write one record as a chain does."""
        seq = self._seq
        told |= {"wid": self.wid.encode(), "seq": b"%d" % seq, "prev": self._prev}
        body = template.fill(told)
        mac = hmac.digest(self._key, body, "sha256")[:MAC_BYTES]
        self._key = sha256(EVOLVE + self._key).digest()
        digest = b2a_base64(sha256(body).digest(), newline=False)
        self._prev, self._seq = digest.rstrip(b"=").translate(URLSAFE), seq + 1
        return Entry(self.wid, seq, body, mac, int(told["exp"]), told["ts"].decode())


def _drafts(outcome: str, action: str) -> list[Draft]:
    recipient = "insurer" if action == "CLAIM_SEND" else ""
    event = Event(BEGIN_MS, "", "", action, outcome, recipient, 2 * (outcome == "ok"), 0)
    return list(drafts_of(event, Token(_TEXTS["actor"]), Token(_TEXTS["subject"])))


def make_years(folder: Path, records: int, *, seed: int = 1) -> ArchiveWorld:
    """Seal about so many records of six years into a folder, unless they are there already."""
    store, keys = Batch(), LocalKeys(SECRET)
    ledger = Ledger(store=store, keys=keys, reader=store)  # type: ignore[arg-type]
    folder.mkdir(parents=True, exist_ok=True)
    url = f"file://{quote(str(folder / 'archive'))}"
    archive, workspace = open_folder(urlsplit(url))
    made, wanted = folder / "made.txt", f"{records} records, seed {seed}\n"
    if not made.exists():
        signer = open_file_signer(
            urlsplit(f"file://{quote(str(folder / 'sealer.key'))}?name=example.org/ledger")
        )
        notes = Notes(workspace, signer)
        sealer = Sealer(archive, signer, notes, now_ms=Clock().now_ms, archive_days=2190)
        _seal(sealer, archive, notes, _entries(records, ledger, store, random.Random(seed)))  # noqa: S311
        made.write_text(wanted)
    elif made.read_text() != wanted:
        raise SystemExit(f"{folder} holds {made.read_text().strip()}; remove it or ask for that")
    key_file = folder / "sealer.pub"
    return ArchiveWorld(archive, PublicKey.load(key_file.read_bytes()), ledger, url, key_file)


def _seal(sealer: Sealer, archive: Archive, notes: Notes, entries: Iterator[Entry]) -> None:
    number = 0
    while batch := list(islice(entries, SEGMENT)):
        data, manifest = segment_of(batch, kind="segment", shard=f"{number:09d}")
        archive.put(manifest.key, data, retain_until=2**33)
        notes.add(manifest)
        sealer._sound.add(manifest.key)  # noqa: SLF001 - else it reads each record of ours once more
        sealer.checkpoint()
        number += len(batch)


def _entries(records: int, ledger: Ledger, store: Batch, chance: random.Random) -> Iterator[Entry]:
    writers = [_Writer(ledger, store) for _ in range(WRITERS)]
    for writer in writers:
        yield from writer.begun
    tokens = Tokens(ledger.keys.token_key())
    people = {
        kind: [tokens.token(kind, f"{name}-{number:03}").encode() for number in range(count)]
        for kind, name, count in (("subject", "patient", SUBJECTS), ("actor", "staff", ACTORS))
    }
    kinds = [(outcome, action) for outcome in _OUTCOMES for action in _ACTIONS]
    shapes = [[_template(draft) for draft in _drafts(*kind)] for kind in kinds]
    weights = [_OUTCOMES[outcome] for outcome, _ in kinds]
    # Drawn once and gone through over and over: drawing is what would take the time here.
    drawn = chance.choices(shapes, weights, k=_DRAWN)
    told = {kind: chance.choices(some, k=_DRAWN - 2) for kind, some in people.items()}
    step, at_ms, made, number = YEARS * 365 * DAY_MS * 2 // records, BEGIN_MS, 0, 0
    while made < records:
        at_ms += step
        number += 1
        noise = hexlify(chance.randbytes(40))
        fields = {
            **{kind: some[number * (7 + len(kind)) % len(some)] for kind, some in told.items()},
            "eid": noise[:32],
            "att": noise[32:54],
            "exp": b"%d" % (at_ms // 1000 + 8_640_000),
            "req": b"%b-4000-8000-%b" % (noise[54:67], noise[67:79]),
            "ts": iso_utc(at_ms).encode(),
        }
        shape, writer = drawn[number % _DRAWN], writers[noise[0] % WRITERS]
        for template in shape:
            yield writer.append(template, fields)
        made += len(shape)


_DRAWN: Final = 100_003
_ACTIONS: Final = ("CHART_READ", "CHART_READ", "LAB_READ", "CLAIM_SEND", "LEDGER_WHO")
_OUTCOMES: Final = {"ok": 90, "deny": 6, "error": 3, "withheld": 1}
