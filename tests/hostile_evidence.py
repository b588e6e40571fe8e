"""Evidence as an enemy would make it: archives, proofs and keys, each with the verdict it must get.

`archive_cases` and `proof_cases` are the corpus; `python tests/hostile_evidence.py FOLDER`
writes it down, one folder a case, for verifiers of others. Whoever holds the sealer's
key plays along in many of them: what a verifier says must not depend on his goodwill.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.x509.oid import ExtendedKeyUsageOID

from affidavit_ledger.cosignatures import WitnessKey
from affidavit_ledger.ledger_profile import PROFILES
from affidavit_ledger.log_begin import LogBegin, begin_key
from affidavit_ledger.merkle import Frontier, leaf_hash
from affidavit_ledger.notes import signature_line
from affidavit_ledger.places import (
    checkpoint_key,
    cosignatures_key,
    manifests_key,
    timestamps_key,
)
from affidavit_ledger.record_form import CHECKPOINT_FORM
from affidavit_ledger.retention import UpTo
from affidavit_ledger.segments import encode, record_leaf, spans_in
from affidavit_ledger.signing import FileSigner
from affidavit_ledger.verify import Evidence, verify
from evidence_world import DictArchive, World
from tsa_stand_in import SHA512, StandInAuthority

CLEAN, NOT_CLEAN, NOT_DECIDABLE = "clean", "not clean", "not decidable"
ORIGIN = "example.org/ledger"
TIME = "2026-09-21T14:14:{:02d}.000Z"
DASH = "\u2014"

Objects = dict[str, bytes]
Part = tuple[bytes, bytes]
Plant = Callable[[Path], None]


class Case(NamedTuple):
    """One input: what it is called, what it holds, and the verdict that it must get.

    `plant` adds to the folder what no dictionary can hold: pipes, links, folders.
    """

    name: str
    verdict: str
    objects: Objects
    key: bytes
    plant: Plant | None = None
    witnesses: str = ""
    authorities: bytes = b""

    def write(self, folder: Path) -> None:
        """Write the case down as files."""
        (folder / "archive").mkdir(parents=True)
        for name, data in self.objects.items():
            file = folder / "archive" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        (folder / "key.pem").write_bytes(self.key)
        if self.witnesses:
            (folder / "witnesses").write_text(self.witnesses)
        if self.authorities:
            (folder / "tsa.pem").write_bytes(self.authorities)
        if self.plant is not None:
            self.plant(folder / "archive")


class Forge:
    """Makes archives with the sealer's key, however odd their parts are."""

    def __init__(self, seed: int = 5) -> None:
        world = World(seed, names=["w0", "w1"])
        for _ in range(3):
            for _ in range(2):
                for chain in world.writers:
                    world.now_ms += 1000
                    world.emit(chain)
            world.seal()
        self.world = world
        self.signer: FileSigner = world.signer
        self.key = world.signer.public_pem()
        self.witness = ed25519.Ed25519PrivateKey.from_private_bytes(b"w" * 32)
        public = self.witness.public_key().public_bytes_raw()
        self.witness_key = WitnessKey("witness.example", public)
        # What its sealer has met is no evidence: whatever becomes of it changes no verdict.
        self.honest: Objects = {
            key: data for key, data in world.archive.objects.items() if PROFILES not in key
        }
        self.chains: list[list[Part]] = [
            [(entry.body, entry.mac) for entry in world.table.entries(writer)]
            for writer in world.table.writers()
        ]

    def cosignatures(self, objects: Objects, late: int = 0) -> Objects:
        """Return what a witness signs of an archive's checkpoints, but for the newest `late`."""
        found: Objects = {}
        names = sorted(name for name in objects if CHECKPOINT_FORM.fullmatch(name))
        for name in names[: len(names) - late]:
            text = objects[name].partition(b"\n\n")[0] + b"\n"
            raw = self.witness_key.key_id + (1_800_000_000).to_bytes(8, "big")
            raw += self.witness.sign(b"cosignature/v1\ntime 1800000000\n" + text)
            line = f"{DASH} {self.witness_key.name} {base64.b64encode(raw).decode()}\n"
            found[cosignatures_key(int(name[-12:]))] = line.encode()
        return found

    @property
    def batches(self) -> list[list[Part]]:
        """The records of all chains as three segments would hold them."""
        return [
            [part for chain in self.chains for part in chain[at : at + 2]] for at in range(0, 7, 2)
        ]

    def sign(self, text: str, name: str = ORIGIN) -> bytes:
        """Return a note over any text."""
        raw = self.signer.public.key_id(name) + self.signer.sign(text.encode())
        return f"{text}\n{DASH} {name} {base64.b64encode(raw).decode()}\n".encode()

    def log(
        self, batches: Sequence[Sequence[bytes]], note: Callable[[int, str], str] = lambda _, t: t
    ) -> Objects:
        """Return checkpoints and manifests over leaves, one checkpoint a batch."""
        objects: Objects = {}
        frontier, prev = Frontier(), "-"
        for number, leaves in enumerate(batches):
            data = b"".join(leaf + b"\n" for leaf in leaves)
            if leaves:
                objects[manifests_key(frontier.size, len(leaves), data)] = data
            for leaf in leaves:
                frontier.add(leaf_hash(leaf))
            root = base64.b64encode(frontier.root()).decode()
            time = TIME.format(number)
            text = note(number, f"{ORIGIN}\n{frontier.size}\n{root}\ntime {time}\nprev {prev}\n")
            objects[checkpoint_key(number)] = self.sign(text)
            prev = base64.b64encode(sha256(text.encode()).digest()).decode()
        return objects

    def archive(
        self,
        batches: Sequence[Sequence[Part]],
        *,
        frame: Callable[[bytes, bytes], bytes] | None = None,
        edit: Callable[[int, dict[str, Any]], Any] = lambda _, said: said,
        leaf: Callable[[int, Any], bytes] | None = None,
        note: Callable[[int, str], str] = lambda _, text: text,
    ) -> Objects:
        """Return a whole signed archive over records, with its parts edited on the way."""
        objects: Objects = {}
        leaves = []
        for number, parts in enumerate(batches):
            data = b"".join((frame or frame_line)(body, mac) for body, mac in parts)
            key = f"segments/2026/09/21/s-{number}-{sha256(data).hexdigest()[:16]}.ndjson"
            said = edit(number, manifest_of(parts, key, data))
            objects[key] = data
            leaves.append((leaf or (lambda _, told: dump(told)))(number, said))
        return objects | self.log([[one] for one in leaves], note)


def manifest_of(parts: Sequence[Part], key: str, data: bytes) -> dict[str, Any]:
    """Say of a segment what its leaf says."""
    frontier = Frontier()
    for body, mac in parts:
        frontier.add(record_leaf(body, mac))
    return {
        "bytes": len(data),
        "count": len(parts),
        "key": key,
        "kind": "segment",
        "note": "",
        "root": encode(frontier.root()).decode(),
        "sha256": encode(sha256(data).digest()).decode(),
        "v": 2,
        "writers": {name: list(span) for name, span in spans_in(parts).items()},
    }


def frame_line(body: bytes, mac: bytes) -> bytes:
    """Frame a record as segments do."""
    return b'{"b":%b,"m":"%b"}\n' % (body, mac.hex().encode())


def dump(document: Any) -> bytes:
    """Write canonical JSON, also of what has no business there."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


def edited(part: Part, **changes: Any) -> Part:
    """Return a record with other members; None removes one."""
    said = json.loads(part[0]) | changes
    return dump({name: value for name, value in said.items() if value is not None}), part[1]


def relinked(parts: Sequence[Part]) -> list[Part]:
    """Return records of which each names the one before it; the first stays as it is."""
    found = [parts[0]]
    for part in parts[1:]:
        found.append(edited(part, prev=encode(sha256(found[-1][0]).digest()).decode()))
    return found


def mutate(case: dict[str, bytes], rng: random.Random) -> None:
    """Change one object a little, as a disk, a hand or an enemy would."""
    name = rng.choice(sorted(case))
    data = case[name]
    at = rng.randrange(len(data) + 1)
    match rng.randrange(9):
        case 0:
            case[name] = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        case 1:
            case[name] = data[:at] + data[at + rng.randrange(1, 40) :]
        case 2:
            case[name] = data[:at] + rng.choice(TOKENS) + data[at:]
        case 3:
            old = rng.choice([token for token in TOKENS if token in data] or [b"0"])
            case[name] = data.replace(old, rng.choice(TOKENS), rng.choice((1, -1)))
        case 4:
            del case[name]
        case 5:
            other = rng.choice(sorted(case))
            case[name], case[other] = case[other], case[name]
        case 6:
            case[rng.choice(PLACES)] = data
        case 7:
            lines = data.split(b"\n")
            rng.shuffle(lines)
            case[name] = b"\n".join(lines)
        case _:
            case[name] = data + data[:at]


TOKENS = [
    *(b"0", b"1", b"-1", b"9" * 20, b"1.5", b"1e3", b"true", b"null", b'""', b"[]", b"{}"),
    *(b"\n", b"\r\n", b" ", b"\t", b"\x00", b"\xff", b"\xe2\x80\xa8", b"\\u0000", b"\\ud800"),
    *(b'"v":1', b'"v":2', b'"v":3', b'"v":1.0', b'"seq":5', b'"seq":3', b'"seq":30000000'),
    *(b'"kind":"alarm"', b'"kind":"repair"', b'"kind":"segment"', b"[" * 40, b"A" * 43, b"=", b"+"),
    *(b'"wid"', b'"prev"', b'"m":"', b'{"b":', b"time ", b"prev ", b"\xe2\x80\x94 "),
]
PLACES = [
    *("checkpoints/000000000003", "checkpoints/000000000009", "checkpoints/x", "manifests/x"),
    "manifests/000000000000-000001.ndjson",
    "manifests/000000000003-000001.ndjson",
    "segments/2026/09/21/x-0-0-0.ndjson",
]


# -- Damage that needs no key ----------------------------------------------------------


def damage(forge: Forge) -> Iterator[tuple[str, str, Objects]]:
    """Flip, cut, lengthen, remove and exchange what an honest sealer has left."""
    honest = forge.honest
    names = sorted(name for name in honest if not name.startswith("states/"))
    newest = checkpoint_key(2)
    for number, name in enumerate(names):
        data, short = honest[name], f"{name.partition('/')[0]} {number}"
        for at in (0, len(data) // 3, len(data) // 2, len(data) - 1):
            flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            yield f"flip {short} at {at}", NOT_CLEAN, {**honest, name: flipped}
        for word, other in {
            "empty": b"",
            "cut": data[:-1],
            "half": data[: len(data) // 2],
            "longer": data + b"\n",
            "nul": data + b"\0",
            "twice": data + data,
            "crlf": data.replace(b"\n", b"\r\n"),
            "overwritten": b"\xff\xfe junk",
        }.items():
            yield f"{word} {short}", NOT_CLEAN, {**honest, name: other}
        gone = {key: value for key, value in honest.items() if key != name}
        yield f"without {short}", CLEAN if name == newest else NOT_CLEAN, gone
    for number, (one, two) in enumerate(itertools.pairwise(names)):
        if one.split("/")[0] == two.split("/")[0]:
            swapped = {**honest, one: honest[two], two: honest[one]}
            yield f"swap {one.partition('/')[0]} {number}", NOT_CLEAN, swapped
    for kind in ("checkpoints", "manifests", "segments"):
        left = {key: value for key, value in honest.items() if not key.startswith(kind)}
        yield f"without any {kind}", NOT_CLEAN, left
    yield "nothing at all", NOT_DECIDABLE, {}
    yield "nothing but what is no evidence", NOT_DECIDABLE, {"manifests/x": b"", "segments/x": b""}
    yield "as it is", CLEAN, honest


def junk(forge: Forge) -> Iterator[tuple[str, str, Objects]]:
    """Plant objects: nothing reads what has no name of the one form."""
    for folder in ("checkpoints", "manifests", "segments", "segments/2026/09/21", "other"):
        for name in (".DS_Store", "Thumbs.db", "desktop.ini", "000000000001.bak", "x", "0", "-1"):
            yield f"junk {folder} {name}", CLEAN, {**forge.honest, f"{folder}/{name}": b"\0junk"}
    for name in ("junk", "\u0669" * 12, "1e5", "000000000003 ", "00000000003"):
        objects = {**forge.honest, f"checkpoints/{name}": b"junk"}
        yield f"junk checkpoint {name!a}", CLEAN, objects
    for name in (checkpoint_key(3), checkpoint_key(10**11)):
        objects = {**forge.honest, name: b"junk"}
        yield f"junk in the place {name}", NOT_CLEAN, objects
    for name in (
        f"manifests/{0:012d}-{1:06d}.ndjson",
        f"manifests/{0:012d}-{1:06d}-{'0' * 16}.ndjson",
        f"manifests/{0:012d}-{0:06d}.ndjson",
        f"manifests/{0:012d}-{999_999:06d}.ndjson",
        f"manifests/{3:012d}-{1:06d}.ndjson",
        f"manifests/{10**11:012d}-{1:06d}.ndjson",
    ):
        yield f"junk in the place {name}", CLEAN, {**forge.honest, name: b"junk\n"}
    segment = "segments/2026/09/21/planted-0-0-0000000000000000.ndjson"
    yield "a segment that no leaf names", CLEAN, {**forge.honest, segment: b"junk\n"}


# -- What the folder holds instead of files ---------------------------------------------


def special(forge: Forge) -> Iterator[tuple[str, str, Objects, Plant]]:
    """Put pipes, folders, endless devices and links where objects were."""
    plants: dict[str, Callable[[Path], None]] = {
        "pipe": os.mkfifo,
        "folder": Path.mkdir,
        "endless link": lambda path: path.symlink_to("/dev/zero"),
        "loop": lambda path: path.symlink_to(path),
        "dangling link": lambda path: path.symlink_to("nowhere"),
    }
    targets = [
        checkpoint_key(1),
        *sorted(n for n in forge.honest if n.startswith("manifests/"))[:1],
    ]
    targets += sorted(n for n in forge.honest if n.startswith("segments/"))[:1]
    for word, make in plants.items():
        for name in targets:
            left = {key: value for key, value in forge.honest.items() if key != name}
            yield f"{word} instead of {name[:12]}", NOT_CLEAN, left, _at(make, name)
        yield f"{word} beside", CLEAN, forge.honest, _at(make, checkpoint_key(3))
        yield (
            f"{word} in manifests",
            CLEAN,
            forge.honest,
            _at(make, f"manifests/{3:012d}-{1:06d}.ndjson"),
        )


def _at(make: Callable[[Path], None], name: str) -> Plant:
    def plant(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        make(folder / name)

    return plant


# -- Notes ------------------------------------------------------------------------------


def notes(forge: Forge) -> Iterator[tuple[str, str, Objects]]:
    """Sign texts that are no checkpoints, and write signatures that are none."""
    last = checkpoint_key(2)
    text = forge.honest[last].decode().partition("\n\n")[0] + "\n"
    lines = text.split("\n")
    forms = {
        "another line": text + "more\n",
        "a line less": "\n".join([*lines[:4], ""]),
        "an empty line": text.replace("\ntime", "\n \ntime"),
        **{
            f"size {size!a}": text.replace(f"\n{lines[1]}\n", f"\n{size}\n", 1)
            for size in (
                "0" + lines[1],
                "+" + lines[1],
                lines[1] + " ",
                "1e1",
                "-1",
                "",
                "\u0663",
                "9" * 16,
            )
        },
        **{
            f"time {time!a}": text.replace(lines[3], f"time {time}")
            for time in (
                "",
                "now",
                "2026-09-21T14:14:02Z",
                "2026-09-21 14:14:02.000Z",
                "2026-13-45T25:61:61.000Z",
                "0000-00-00T00:00:00.000Z",
                "\u0662" * 4 + lines[3][9:],
            )
        },
        "no word time": text.replace("time ", "at ", 1),
        "a short root": text.replace(lines[2], base64.b64encode(b"x" * 31).decode()),
        "a root with loose bits": text.replace(lines[2], lines[2][:-2] + "z="),
        "prev without a hash": text.replace(lines[4], "prev x"),
        "no prev": text.replace(lines[4], "prev "),
        "carriage returns": text.replace("\n", "\r\n"),
    }
    for word, other in forms.items():
        # Without its lines nobody can tell where the text ends that was signed.
        verdict = NOT_CLEAN if word in {"size ''", "carriage returns"} else NOT_DECIDABLE
        yield f"signed note with {word}", verdict, {**forge.honest, last: forge.sign(other)}
    whole = forge.honest[last].decode()
    line = whole.partition("\n\n")[2]
    other = FileSigner("witness.example", ed25519.Ed25519PrivateKey.from_private_bytes(b"w" * 32))
    more = base64.b64encode(other.key_id + other.sign(text.encode())).decode()
    witness = f"{DASH} witness.example {more}\n"
    wrong = f"{DASH} {ORIGIN} {more}\n"
    for word, verdict, tail in (
        ("a witness's signature after ours", CLEAN, line + witness),
        ("a witness's signature before ours", CLEAN, witness + line),
        ("fifty witnesses", CLEAN, line + witness * 50),
        ("our signature twice", CLEAN, line + line),
        ("a signature of our name by another key first", CLEAN, wrong + line),
        ("a witness's signature alone", NOT_CLEAN, witness),
        ("our name and another's key", NOT_CLEAN, wrong),
        ("no signature", NOT_CLEAN, ""),
        ("a word after the signature", NOT_CLEAN, line + "word\n"),
        ("no line feed at the end", NOT_CLEAN, line[:-1]),
        ("an empty line at the end", NOT_CLEAN, line + "\n"),
        ("a hyphen for a dash", NOT_CLEAN, line.replace(DASH, "-")),
        ("two spaces", NOT_CLEAN, line.replace(" ", "  ", 1)),
        ("another name", NOT_CLEAN, line.replace(ORIGIN, "example.org/other")),
        ("half a signature", NOT_CLEAN, line[: len(line) // 2] + "\n"),
        ("loose bits in base64", NOT_CLEAN, line.replace("=\n", "\n") if "=" in line else "x\n"),
        ("a note beyond 64 KiB", NOT_CLEAN, line + witness * 800),
    ):
        yield f"note with {word}", verdict, {**forge.honest, last: f"{text}\n{tail}".encode()}
    yield "note in utf-16", NOT_CLEAN, {**forge.honest, last: whole.encode("utf-16")}
    yield (
        "note with a mark before it",
        NOT_CLEAN,
        {**forge.honest, last: b"\xef\xbb\xbf" + whole.encode()},
    )


def forks(forge: Forge) -> Iterator[tuple[str, str, Objects]]:
    """Sign two histories, and roots that belong to nothing."""
    honest = forge.archive(forge.batches)
    last = len(forge.batches) - 1
    text = honest[checkpoint_key(last)].decode().partition("\n\n")[0] + "\n"
    origin, size, root, _, _ = text.rstrip("\n").split("\n")
    link = base64.b64encode(sha256(text.encode()).digest()).decode()
    foreign = base64.b64encode(b"f" * 32).decode()

    def following(origin: str, size: str, root: str, link: str = link) -> Objects:
        note = f"{origin}\n{size}\n{root}\ntime {TIME.format(59)}\nprev {link}\n"
        return {**honest, checkpoint_key(last + 1): forge.sign(note)}

    yield "idle checkpoint", CLEAN, following(origin, size, root)
    yield "two roots of one size", NOT_CLEAN, following(origin, size, foreign)
    odd = forge.archive(forge.batches, note=lambda n, told: told + "more\n" * (n == 1))
    yield "a checkpoint of another form in the middle", NOT_DECIDABLE, odd
    names = sorted(name for name in odd if name.startswith("segments/"))
    lost = {name: data for name, data in odd.items() if name != names[2]}
    yield "what follows on a checkpoint of another form is gone", NOT_DECIDABLE, lost
    lost = {name: data for name, data in odd.items() if name != names[0]}
    yield "what stands before a checkpoint of another form is gone", NOT_CLEAN, lost
    yield "a smaller tree", NOT_CLEAN, following(origin, str(int(size) - 1), root)
    yield "a tree that is not there", NOT_CLEAN, following(origin, str(int(size) + 1), foreign)
    yield "a tree of 10^14 leaves", NOT_CLEAN, following(origin, "1" + "0" * 14, foreign)
    yield "another prev", NOT_CLEAN, following(origin, size, root, foreign)
    yield "no prev in the middle", NOT_CLEAN, following(origin, size, root, "-")
    yield "an empty archive with an honest checkpoint", CLEAN, forge.log([[]])
    yield "two checkpoints over nothing", CLEAN, forge.log([[], []])
    yield (
        "a root over nothing that is none",
        NOT_CLEAN,
        forge.log([[]], lambda _, told: told.replace(told.split("\n")[2], foreign)),
    )
    yield (
        "the past signed anew",
        NOT_CLEAN,
        {**honest, checkpoint_key(0): forge.archive(forge.batches[1:])[checkpoint_key(0)]},
    )
    other = forge.archive([*forge.batches[:-1], [edited(p, why="x") for p in forge.batches[-1]]])
    yield (
        "another history under the same signatures",
        NOT_CLEAN,
        {
            **other,
            **{name: data for name, data in honest.items() if name.startswith("checkpoints/")},
        },
    )
    for number in range(last):
        gone = {k: v for k, v in honest.items() if k != checkpoint_key(number)}
        yield f"without checkpoint {number} of a longer log", NOT_CLEAN, gone
    back = forge.archive(
        forge.batches, note=lambda n, told: told.replace(TIME.format(n), TIME.format(50 - n))
    )
    yield "a clock that went back", CLEAN, back
    for number in (0, last):
        moved = forge.archive(
            forge.batches,
            note=lambda n, told, number=number: (
                told.replace(ORIGIN, f"{ORIGIN}2") if n == number else told
            ),
        )
        yield f"another origin in checkpoint {number}", NOT_CLEAN, moved


# -- Manifests --------------------------------------------------------------------------

WRONG: dict[str, tuple[Any, ...]] = {
    "bytes": (-1, 1, "1", True, None, 2**53, []),
    "count": (-1, 0, 5, "1", True, None, 2**53),
    "key": (
        "",
        "x",
        "../x.ndjson",
        "/etc/passwd",
        "segments/../x.ndjson",
        5,
        None,
        "segments/1/2/3/.x",
    ),
    "kind": ("", "other", "Segment", 1, None, ["segment"]),
    "note": (1, None, [], {}),
    "root": ("", "x", "A" * 43, 1, None),
    "sha256": ("", "x", "A" * 43, 1, None),
    "v": (0, -1, "2", True, None, [2]),
    "writers": ([], {}, {"w": []}, {"w": [0, 1, 2]}, {"w": [0, 1]}, {"w": "012"}, None, 1),
}


def manifests(forge: Forge) -> Iterator[tuple[str, str, Objects]]:
    """Sign leaves that are no manifests, or that tell lies."""
    batches = forge.batches
    for member, values in WRONG.items():
        for value in values:
            edit = _on(0, lambda said, m=member, v=value: {**said, m: v})
            yield (
                f"manifest with {member} {value!a}"[:60],
                NOT_CLEAN,
                forge.archive(batches, edit=edit),
            )
        gone = _on(0, lambda said, m=member: {k: v for k, v in said.items() if k != m})
        yield f"manifest without {member}", NOT_CLEAN, forge.archive(batches, edit=gone)
    yield (
        "manifest with more",
        NOT_CLEAN,
        forge.archive(batches, edit=_on(0, lambda s: {**s, "x": 1})),
    )
    for version in (3, 99):
        edit = _on(1, lambda said, v=version: {**said, "v": v})
        yield f"manifest of version {version}", NOT_DECIDABLE, forge.archive(batches, edit=edit)
    old = _on(0, lambda said: {**said, "v": 1})
    yield "manifest of version 1", CLEAN, forge.archive(batches, edit=old)
    repair = _on(0, lambda said: {**said, "kind": "repair"})
    yield "manifest of a repair", CLEAN, forge.archive(batches, edit=repair)
    alarm = dump(
        {
            "bytes": 0,
            "count": 0,
            "key": "alarms/x",
            "kind": "alarm",
            "note": "removed at x",
            "root": "",
            "sha256": "",
            "v": 2,
            "writers": {"w" * 22: [1, 1, 0]},
        }
    )
    yield "alarm", NOT_CLEAN, forge.log([[alarm]])
    silent = dump(json.loads(alarm) | {"writers": {}})
    yield "alarm about nobody", NOT_CLEAN, forge.log([[silent]])
    texts: dict[str, Callable[[bytes], bytes]] = {
        "spaces": lambda leaf: leaf.replace(b":", b": "),
        "a key twice": lambda leaf: leaf.replace(b'{"bytes"', b'{"bytes":1,"bytes"'),
        "no object": lambda _: b"[]",
        "nothing": lambda _: b"",
        "a word": lambda _: b"null",
        "broken text": lambda leaf: leaf + b"\xff",
        "a number with a point": lambda leaf: leaf.replace(b'"v":2', b'"v":2.0'),
        "a huge number": lambda leaf: leaf.replace(b'"v":2', b'"v":' + b"9" * 5000),
        "infinity": lambda leaf: leaf.replace(b'"v":2', b'"v":Infinity'),
        "a thousand levels": lambda _: b"[" * 1000 + b"]" * 1000,
        "a million levels": lambda _: b"[" * 500_000 + b"]" * 500_000,
        "more than 1 MiB": lambda leaf: leaf.replace(
            b'"note":""', b'"note":"' + b"x" * 2**20 + b'"'
        ),
        "escapes": lambda leaf: leaf.replace(b"segment", b"\\u0073egment", 1),
        "half a surrogate": lambda leaf: leaf.replace(b'"note":""', b'"note":"\\ud800"'),
        "a byte order mark": lambda leaf: b"\xef\xbb\xbf" + leaf,
    }
    for word, write in texts.items():
        leaf = lambda number, said, w=write: w(dump(said)) if number == 0 else dump(said)  # noqa: E731
        yield f"leaf with {word}", NOT_CLEAN, forge.archive(batches, leaf=leaf)
    honest = forge.archive(batches)
    names = sorted(name for name in honest if name.startswith("segments/"))
    for number, name in enumerate(names):
        yield f"missing segment {number}", NOT_CLEAN, {k: v for k, v in honest.items() if k != name}
    yield (
        "one missing and one changed",
        NOT_CLEAN,
        {k: (v + b"x" if k == names[1] else v) for k, v in honest.items() if k != names[0]},
    )
    doubled = forge.archive([*batches, batches[0]])
    yield "a segment twice", CLEAN, doubled


def _on(number: int, act: Callable[[dict[str, Any]], Any]) -> Callable[[int, dict[str, Any]], Any]:
    return lambda at, said: act(said) if at == number else said


# -- Records ----------------------------------------------------------------------------


def records(forge: Forge) -> Iterator[tuple[str, str, Objects]]:
    """Seal records that are none, that lie about their place, or that are missing."""
    one, two = forge.chains
    wid = json.loads(one[0][0])["wid"]
    for name, values in {
        "v": ("1", None, True, [1]),
        "ph": (1, None),
        "wid": ("", "short", wid + "x", 5, None, "\u00e4" * 22, "a b" + "x" * 19),
        "seq": (-1, "1", True, None, 2**53, 1000, 30_000_000, 2**53 - 1),
        "prev": ("", "A" * 43, 5, None),
        "ts": (5, []),
        "exp": ("x", -1, True, 2**53),
        "actor": ("x", [], {"id": 5}),
        "subj": (5, {}),
        "out": ("x", [], {"code": "x"}, {"code": True}, {"code": -1}),
        "q": ("x", {}, [1], [{}], [{"n": 1}]),
        "zzz": ("a member behind wid",),
    }.items():
        for value in values:
            chain = [*one[:-1], edited(one[-1], **{name: value})]
            if name in {"v", "ph", "prev"} and value is None:
                chain = [*one[:-1], edited(one[-1], **{name: None})]
            verdict = NOT_CLEAN
            yield f"record with {name} {value!a}"[:60], verdict, forge.archive([chain, two])
    for name, value in {
        "ts": "1970-01-01T00:00:00.000Z",
        "exp": 0,
        "aaa": {"any": ["thing", None]},
        "subj": "x",
    }.items():
        chain = [*one[:-1], edited(one[-1], **{name: value})]
        yield f"record with another {name}", CLEAN, forge.archive([chain, two])
    for version in (0, 2, 7, -1):
        chain = [*one[:-1], edited(one[-1], v=version)]
        yield f"record of version {version}", NOT_DECIDABLE, forge.archive([chain, two])
    far = edited(one[-1], ts="2099-01-01T00:00:00.000Z", exp=4_102_444_800)
    yield "record of another century", CLEAN, forge.archive([[*one[:-1], far], two])
    bodies: dict[str, Callable[[bytes], bytes]] = {
        "spaces": lambda body: body.replace(b":", b": ", 1),
        "a key twice": lambda body: body.replace(b'{"act"', b'{"act":"x","act"'),
        "a float": lambda body: body.replace(b'"dur":0', b'"dur":0.5'),
        "an exponent": lambda body: body.replace(b'"dur":0', b'"dur":1e2'),
        "minus zero": lambda body: body.replace(b'"dur":0', b'"dur":-0'),
        "a large integer": lambda body: body.replace(b'"dur":0', b'"dur":9007199254740992'),
        "a line feed": lambda body: body.replace(b'"act":"READ"', b'"act":"RE\nAD"'),
        "a tab": lambda body: body.replace(b'"act":"READ"', b'"act":"RE\tAD"'),
        "an escape": lambda body: body.replace(b'"act":"READ"', b'"act":"\\u0052EAD"'),
        "broken text": lambda body: body.replace(b"READ", b"RE\xffD"),
        "nothing": lambda _: b"",
        "null": lambda _: b"null",
        "a list": lambda _: b"[]",
        "no end": lambda body: body[:-1],
        "a surrogate": lambda body: body.replace(b"READ", b"\\ud800"),
        "thirty-three levels": lambda body: body.replace(
            b'"act":"READ"', b'"act":' + b"[" * 33 + b"]" * 33
        ),
        "a thousand levels": lambda body: body.replace(
            b'"act":"READ"', b'"act":' + b"[" * 1000 + b"]" * 1000
        ),
        "a key that is not ASCII": lambda body: body.replace(b'"act"', '"\u00e4ct"'.encode()),
        "a mebibyte": lambda body: body.replace(b"READ", b"R" * 2**20),
    }
    for word, write in bodies.items():
        body, mac = one[-1]
        written = forge.archive([[*one[:-1], (write(body), mac)], two])
        yield f"record with {word}", NOT_CLEAN, written
    deep = one[-1][0].replace(b'"act":"READ"', b'"act":' + b"[" * 29 + b"]" * 29)
    yield "record with thirty levels", CLEAN, forge.archive([[*one[:-1], (deep, one[-1][1])], two])
    bare = dump({"v": 1, "wid": wid, "seq": 0, "prev": "A" * 43, "ph": "x", "a": 0})
    for levels, verdict in ((30, CLEAN), (31, NOT_CLEAN), (32, NOT_CLEAN)):
        body = bare.replace(b'"a":0', b'"a":' + b"[" * levels + b"0" + b"]" * levels)
        yield (
            f"record of {levels} lists and nothing else",
            verdict,
            forge.archive([[(body, one[0][1])]]),
        )
    for more, verdict in ((0, CLEAN), (1, NOT_CLEAN)):
        body = bare.replace(b'"a":0', b'"a":"%b"' % (b"x" * (2**20 - len(bare) - 1 + more)))
        assert 2**20 + more == len(body)
        yield (
            f"record of a mebibyte and {more} bytes",
            verdict,
            forge.archive([[(body, one[0][1])]]),
        )
    line = one[-1][0].replace(b"READ", "R\u2028\u007f\u00e4".encode())
    yield "record with odd letters", CLEAN, forge.archive([[*one[:-1], (line, one[-1][1])], two])
    for word, mac in {"empty": b"", "short": b"x" * 15, "long": b"x" * 17}.items():
        parts = [[*one[:-1], (one[-1][0], mac)], two]
        yield f"record with a MAC that is {word}", NOT_CLEAN, forge.archive(parts)
    yield (
        "record with another MAC",
        CLEAN,
        forge.archive([[*one[:-1], (one[-1][0], b"x" * 16)], two]),
    )
    frames: dict[str, Callable[[bytes, bytes], bytes]] = {
        "capital digits": lambda b, m: frame_line(b, m).replace(
            m.hex().encode(), m.hex().upper().encode()
        ),
        "carriage returns": lambda b, m: frame_line(b, m)[:-1] + b"\r\n",
        "spaces": lambda b, m: b" " + frame_line(b, m),
        "another name": lambda b, m: frame_line(b, m).replace(b'{"b":', b'{"c":'),
        "no end": lambda b, m: frame_line(b, m)[:-1],
        "an empty line": lambda b, m: frame_line(b, m) + b"\n",
        "more members": lambda b, m: frame_line(b, m)[:-2] + b',"x":1}\n',
    }
    for word, frame in frames.items():
        yield f"frames with {word}", NOT_CLEAN, forge.archive([one, two], frame=frame)
    yield "a segment without records", NOT_CLEAN, forge.archive([one, two, []])
    yield from orders(forge)


def orders(forge: Forge) -> Iterator[tuple[str, str, Objects]]:
    """Move, repeat and leave out records that are whole by themselves."""
    one, two = forge.chains
    for word, verdict, batches in (
        ("in one segment", CLEAN, [[*one, *two]]),
        ("backwards", CLEAN, [one[::-1], two]),
        ("backwards, one a segment", CLEAN, [[part] for part in [*one[::-1], *two]]),
        ("the second half first", CLEAN, [one[3:], one[:3], two]),
        ("interleaved", CLEAN, [[*one[::2], *two[1::2]], [*one[1::2], *two[::2]]]),
        ("twice in one segment", CLEAN, [[*one, *one], two]),
        ("a copy later", CLEAN, [one, two, one[2:4]]),
        ("a copy before its time", CLEAN, [one[3:4], one, two]),
        ("a copy that differs", NOT_CLEAN, [one, two, [edited(one[2], act="OTHER")]]),
        ("a copy with another MAC", NOT_CLEAN, [one, two, [(one[2][0], b"y" * 16)]]),
        ("without the newest", CLEAN, [one[:-1], two]),
        ("without a whole chain", CLEAN, [two]),
        *((f"without number {at}", NOT_CLEAN, [one[:at] + one[at + 1 :], two]) for at in range(5)),
        *(
            (f"late number {at}", CLEAN, [one[:at] + one[at + 1 :], two, [one[at]]])
            for at in range(7)
        ),
        *(
            (
                f"late number {at}, changed",
                NOT_CLEAN,
                [one[:at] + one[at + 1 :], two, [edited(one[at], act="OTHER")]],
            )
            for at in range(6)
        ),
        *(
            (
                f"late number {at}, unlinked, and named by the rest",
                NOT_CLEAN,
                [one[:at] + forged[1:], two, [forged[0]]],
            )
            for at in range(6)
            for forged in [relinked([edited(one[at], prev="B" * 43), *one[at + 1 :]])]
        ),
        *(
            (
                f"number {at} unlinked",
                NOT_CLEAN,
                [[*one[:at], edited(one[at], prev="B" * 43), *one[at + 1 :]], two],
            )
            for at in range(7)
        ),
        (
            "two that change places",
            NOT_CLEAN,
            [[*one[:2], edited(one[3], seq=2), edited(one[2], seq=3), *one[4:]], two],
        ),
        (
            "one moved into another chain",
            NOT_CLEAN,
            [one, [*two, edited(one[-1], wid=json.loads(two[0][0])["wid"], seq=len(two))]],
        ),
    ):
        yield f"records {word}", verdict, forge.archive(batches)


# -- Keys -------------------------------------------------------------------------------

_P = 2**255 - 19
_ORDER_8 = (
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
)


def keys(forge: Forge) -> Iterator[tuple[str, str, bytes]]:
    """Hand the verifier keys that are wrong, weak, or too many."""
    other = _pem(ed25519.Ed25519PrivateKey.from_private_bytes(b"o" * 32).public_key())
    yield "two keys", CLEAN, forge.key + other
    yield "two keys, ours last", CLEAN, other + forge.key
    yield "another's key", NOT_CLEAN, other
    yield "a P-256 key", NOT_CLEAN, _pem(ec.generate_private_key(ec.SECP256R1()).public_key())
    yield "no key", NOT_DECIDABLE, b""
    yield "no PEM", NOT_DECIDABLE, b"hello"
    yield "half a PEM", NOT_DECIDABLE, forge.key[:60]
    yield "an end alone", NOT_DECIDABLE, b"-----END PUBLIC KEY-----\n"
    yield "a broken key beside ours", NOT_DECIDABLE, forge.key + forge.key.replace(b"MCow", b"MCox")
    yield "a P-384 key", NOT_DECIDABLE, _pem(ec.generate_private_key(ec.SECP384R1()).public_key())
    yield "an RSA key", NOT_DECIDABLE, _pem(rsa.generate_private_key(65537, 2048).public_key())
    yield "an X25519 key", NOT_DECIDABLE, _pem(x25519.X25519PrivateKey.generate().public_key())
    secret = ed25519.Ed25519PrivateKey.from_private_bytes(b"s" * 32).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    yield "a private key", NOT_DECIDABLE, secret
    for y in (0, 1, _P - 1, *_ORDER_8, _P, _P + 1):
        for sign in (0, 1 << 255):
            raw = (y | sign).to_bytes(32, "little")
            yield f"a weak key {raw.hex()[:8]} {raw.hex()[-4:]}", NOT_DECIDABLE, _raw_pem(raw)


def _pem(key: Any) -> bytes:
    data: bytes = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return data


def _raw_pem(raw: bytes) -> bytes:
    der = bytes.fromhex("302a300506032b6570032100") + raw
    text = base64.b64encode(der).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n".encode()


def begins(forge: Forge) -> Iterator[tuple[str, str, Objects]]:
    """Statements of where the log begins: two of three checkpoints are gone, or are not."""
    begin = begin_of(forge, forge.honest)
    point = begin.point
    kept = {
        key: data
        for key, data in forge.honest.items()
        if not key.startswith(("checkpoints/000000000000", "manifests/00000000000"))
        or key.startswith(f"manifests/{point.size:012d}")
    }
    live = next(iter(point.chains))
    for key in [key for key in kept if key.startswith("segments/")]:
        if not any(key.encode() in kept[name] for name in kept if name.startswith("manifests/")):
            del kept[key]
    key, text = begin_key(begin), begin.text()
    origin, line = point.origin, f"chain {live} {point.chains[live].next_seq} "
    one = forge.chains[0]

    def signed(changed: str) -> Objects:
        return {**kept, key: sign_begin(forge, changed, origin)}

    honest = signed(text)
    yield "begin: older is gone", CLEAN, honest
    yield "begin: older is there", CLEAN, forge.honest | honest
    yield "begin: nobody says so", NOT_CLEAN, kept
    yield "begin: somebody else says so", NOT_CLEAN, kept | {key: honest[key][:-9] + b"AAAAAAA=\n"}
    yield "begin: another name", NOT_CLEAN, kept | {"begins/000000000000": honest[key]}
    yield "begin: a name of another form", NOT_CLEAN, kept | {"begins/1": honest[key]}
    yield "begin: too early", NOT_CLEAN, signed(text.replace("days 0", "days 1"))
    stated = text.replace(f"time {begin.stated}", "time 2026-13-01T00:00:00.000Z")
    yield "begin: no such month", NOT_DECIDABLE, signed(stated)
    yield (
        "begin: later than time",
        NOT_CLEAN,
        signed(
            text.replace(f"sealed {point.time}", "sealed 9999-12-31T00:00:00.000Z").replace(
                "days 0", "days 99999"
            )
        ),
    )
    yield "begin: negative days", NOT_DECIDABLE, signed(text.replace("days 0", "days -1"))
    yield "begin: a later version", NOT_DECIDABLE, signed(text.replace("begins 1", "begins 2"))
    yield "begin: another hash", NOT_CLEAN, signed(text.replace(point.prev, "A" * 43 + "="))
    yield "begin: no hash", NOT_DECIDABLE, signed(text.replace(point.prev, "-"))
    yield (
        "begin: another origin",
        NOT_CLEAN,
        kept
        | {key: sign_begin(forge, text.replace(origin, "example.org/other"), "example.org/other")},
    )
    yield (
        "begin: another time of the checkpoint",
        NOT_CLEAN,
        signed(text.replace(f"sealed {point.time}", "sealed 2026-01-01T00:00:00.000Z")),
    )
    node = base64.b64encode(point.stack[0]).decode()
    yield "begin: another node", NOT_CLEAN, signed(text.replace(node, "A" * 43 + "="))
    yield (
        "begin: a node too many",
        NOT_DECIDABLE,
        signed(text.replace(f"node {node}", f"node {node}\nnode {node}")),
    )
    kept_first = checkpoint_key(point.number - 1)
    for word, tail in {"junk": b"\xff\xfe", "an unsigned line": b"x"}.items():
        yield (
            f"begin: {word} behind the first checkpoint",
            CLEAN,
            {**honest, kept_first: honest[kept_first] + tail},
        )
    yield (
        "begin: the first checkpoint is gone",
        NOT_CLEAN,
        {name: data for name, data in honest.items() if name != checkpoint_key(point.number - 1)},
    )
    yield (
        "begin: a chain is left out",
        NOT_CLEAN,
        signed("".join(x for x in text.splitlines(keepends=True) if not x.startswith(line))),
    )
    (own,) = (x for x in text.splitlines(keepends=True) if x.startswith(line))
    yield "begin: a chain twice", NOT_DECIDABLE, signed(text.replace(own, own + own))
    yield "begin: another link", NOT_CLEAN, signed(text.replace(point.chains[live].link, "A" * 43))
    lower, higher = (
        own.replace(line, f"chain {live} {point.chains[live].next_seq + by} ") for by in (-1, 1)
    )
    yield "begin: a chain stands too low", NOT_CLEAN, signed(text.replace(own, lower))
    yield "begin: a chain stands too high", NOT_CLEAN, signed(text.replace(own, higher))
    yield (
        "begin: a number with a zero before it",
        NOT_DECIDABLE,
        signed(
            text.replace(own, own.replace(line, f"chain {live} 0{point.chains[live].next_seq} "))
        ),
    )
    yield "begin: text behind it", NOT_DECIDABLE, signed(text + "more\n")
    for word, verdict, rest in (
        ("and a gap", NOT_CLEAN, [one[1], *one[4:]]),
        ("of a record", NOT_DECIDABLE, [one[1], *one[3:]]),
    ):
        there = forge.archive([one[:2], one[2:3], rest])
        early = begin_of(forge, there)
        said = {begin_key(early): sign_begin(forge, early.text(), origin)}
        yield f"begin: an older copy {word}", verdict, there | said
    yield (
        "begin: another signature line",
        CLEAN,
        kept | {key: honest[key] + f"{DASH} example.org/witness AAAA\n".encode()},
    )


def begin_of(forge: Forge, objects: Objects) -> LogBegin:
    """Return the statement that a log begins with its second checkpoint."""
    past = UpTo(DictArchive(dict(objects)), 1)
    found = verify(Evidence(archive=past, verifier=forge.signer.public), now_ms=0, max_age_s=None)
    assert found.mark is not None
    return LogBegin(found.mark.log, 0, found.mark.log.time)


def successions(forge: Forge) -> Iterator[Case]:
    """Logs of two keys, and what a public key file says of their order."""
    first = forge.signer
    second = FileSigner(ORIGIN, ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    both = first.public_pem() + second.public_pem()
    other = second.public_pem() + first.public_pem()
    texts = [
        forge.honest[checkpoint_key(number)].decode().partition("\n\n")[0] + "\n"
        for number in range(3)
    ]

    def log(*signers: Sequence[FileSigner]) -> Objects:
        notes = {}
        for number, (text, names) in enumerate(zip(texts, signers, strict=True)):
            lines = [
                base64.b64encode(one.key_id + one.sign(text.encode())).decode() for one in names
            ]
            signed = "".join(f"{DASH} {ORIGIN} {line}\n" for line in lines)
            notes[checkpoint_key(number)] = f"{text}\n{signed}".encode()
        return {**forge.honest, **notes}

    one, two = [first], [second]
    yield Case("keys: one after the other", CLEAN, log(one, two, two), both)
    yield Case("keys: in the wrong order", NOT_CLEAN, log(one, two, two), other)
    yield Case("keys: the old one signs again", NOT_CLEAN, log(one, two, one), both)
    yield Case(
        "keys: only the new one is known", NOT_CLEAN, log(one, two, two), second.public_pem()
    )
    yield Case("keys: only the old one is known", NOT_CLEAN, log(one, two, two), first.public_pem())
    yield Case("keys: both sign where they change", CLEAN, log(one, [first, second], two), both)
    yield Case("keys: the new one first in one note", CLEAN, log(one, [second, first], two), both)
    yield Case(
        "keys: the old one after a note of both", NOT_CLEAN, log(one, [second, first], one), both
    )
    yield from _statements(first, second, log(one, two, two))
    yield Case("keys: the new one is known and does not sign yet", CLEAN, log(one, one, one), both)


class _CurveSigner:
    """Signs with a P-256 key, and names it in any form that DER has for its point."""

    name = ORIGIN

    def __init__(self, key: ec.EllipticCurvePrivateKey, form: str = "UncompressedPoint") -> None:
        self._key = key
        public = key.public_key()
        head = {"UncompressedPoint": "3059", "CompressedPoint": "3039"}[form]
        bits = {"UncompressedPoint": "034200", "CompressedPoint": "032200"}[form]
        kind = "301306072a8648ce3d020106082a8648ce3d030107"
        point = public.public_bytes(
            serialization.Encoding.X962, getattr(serialization.PublicFormat, form)
        )
        self.der = bytes.fromhex(head + kind + bits) + point
        self.key_id = sha256(self.der).digest()[:4]

    @property
    def public(self) -> _CurveSigner:
        return self

    def ders(self) -> tuple[bytes]:
        return (self.der,)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message, ec.ECDSA(hashes.SHA256()))

    def line(self, note: bytes) -> str:
        return signature_line(note.decode().partition("\n\n")[0] + "\n", self)  # type: ignore[arg-type]


def _statements(first: FileSigner, second: FileSigner, log: Objects) -> Iterator[Case]:
    """Say in the archive of a log of two keys which follows on which, in good and in bad faith."""
    third = FileSigner(ORIGIN, ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)))

    def said(*signers: Any, by: Sequence[Any] = (), time: str = TIME) -> bytes:
        old, new = (base64.b64encode(one.public.ders()[0]).decode() for one in signers)
        at = time.format(1)
        text = f"affidavit log keys 1\n{ORIGIN}\nold {old}\nnew {new}\ntime {at}\n"
        lines = "".join(signature_line(text, one) for one in by or signers)
        return f"{text}\n{lines}".encode()

    def case(name: str, verdict: str, *data: bytes, key: FileSigner = first) -> Case:
        there = {f"keys/{number:012d}": one for number, one in enumerate(data, 1)}
        return Case(f"key statement: {name}", verdict, {**log, **there}, key.public_pem())

    good, stolen = said(first, second), said(first, third)
    yield case("leads on", CLEAN, good)
    yield case("leads back", CLEAN, good, key=second)
    yield case("the first that is there counts", NOT_CLEAN, stolen, good)
    yield case("a later one changes nothing", CLEAN, good, stolen)
    yield case("what was handed out counts before it", CLEAN, stolen, good, key=second)
    yield case("the old one has not signed", NOT_CLEAN, said(first, second, by=[second]))
    yield case("the new one has not signed", NOT_CLEAN, said(first, second, by=[first]))
    yield case("of a stranger", NOT_CLEAN, said(third, second))
    yield case("the wrong way round", NOT_CLEAN, said(second, first))
    yield case("in circles", CLEAN, good, said(second, first))
    yield case("at no time", NOT_CLEAN, said(first, second, time="today{}"))
    month = TIME.replace("-09-", "-13-")
    yield case("on a day that no calendar has", NOT_CLEAN, said(first, second, time=month))
    yield case("cut", NOT_CLEAN, good[:-1])
    yield case("more behind it", NOT_CLEAN, good + b"more")
    yield case("more in its text", NOT_CLEAN, good.replace(b"\n\n", b"\nmore\n\n"))
    curve = ec.derive_private_key(7, ec.SECP256R1())
    for word, form in (("as usual", "UncompressedPoint"), ("compressed", "CompressedPoint")):
        # What is no DER of the one form would be another key to some, and the same to others.
        there = said(first, _CurveSigner(curve, form), by=[first, _CurveSigner(curve)])
        signed = {
            name: data.partition(b"\n\n")[0] + b"\n\n" + _CurveSigner(curve).line(data).encode()
            for name, data in log.items()
            if name in {checkpoint_key(1), checkpoint_key(2)}
        }
        verdict = CLEAN if word == "as usual" else NOT_CLEAN
        objects = {**log, **signed, f"keys/{1:012d}": there}
        yield Case(f"key statement: a point {word}", verdict, objects, first.public_pem())
    weak = _raw_pem(bytes(32))
    line = weak.decode().split("\n")[1].encode()
    own = base64.b64encode(second.public.ders()[0])
    yield case("a weak key", NOT_CLEAN, good.replace(own, line))
    for name in ("keys/1", f"keys/{0:012d}", f"keys/{1:012d}/x"):
        yield Case(f"key statement: as {name}", NOT_CLEAN, {**log, name: good}, first.public_pem())


def cosigned(forge: Forge) -> Iterator[Case]:
    """Cosignatures of a witness whose key the verifier was given, and of others."""
    batches, whole = forge.batches, forge.archive(forge.batches)
    late = forge.archive(
        batches, note=lambda n, told: told.replace(TIME.format(n), _minutes(n, "00.900"))
    )
    later = forge.archive(
        batches,
        note=lambda n, told: told.replace(TIME.format(n), _minutes(n, "00.901" if n else "")),
    )
    signed, name = forge.cosignatures(whole), cosignatures_key(1)
    line = signed[name]
    raw = base64.b64decode(line.split(b" ")[2])

    def as_line(raw: bytes, name: str = forge.witness_key.name) -> bytes:
        return f"{DASH} {name} {base64.b64encode(raw).decode()}\n".encode()

    def case(word: str, verdict: str, objects: Objects, keys: str = "") -> Case:
        known = keys or f"# known\n\n  {forge.witness_key.text}\n"
        return Case(f"cosigned: {word}", verdict, objects, forge.key, None, known)

    yield case("all", CLEAN, whole | signed)
    yield case("nothing", NOT_CLEAN, whole)
    yield case("an empty archive", NOT_DECIDABLE, {})
    last = checkpoint_key(len(batches) - 1)
    yield case("all but the newest", CLEAN, whole | forge.cosignatures(whole, late=1))
    first = {cosignatures_key(0): forge.cosignatures(late)[cosignatures_key(0)]}
    yield case("one that is five minutes old", CLEAN, late | first)
    first = {cosignatures_key(0): forge.cosignatures(later)[cosignatures_key(0)]}
    yield case("one that is a little older", NOT_CLEAN, later | first)
    for word, verdict, data in (
        ("flipped", NOT_CLEAN, as_line(raw[:-1] + bytes([raw[-1] ^ 1]))),
        ("another time", NOT_CLEAN, as_line(raw[:11] + bytes([raw[11] ^ 1]) + raw[12:])),
        ("short", NOT_CLEAN, as_line(raw[:-1])),
        ("long", NOT_CLEAN, as_line(raw + b"x")),
        ("without a time", NOT_CLEAN, as_line(raw[:8])),
        ("of a stranger", CLEAN, line + as_line(b"abcd" + raw[4:], "other.example")),
        ("of our name and another key", CLEAN, line + as_line(b"abcd" + raw[4:])),
        ("of a name with a blank of Unicode's", NOT_CLEAN, line + as_line(raw, "a\xa0b")),
        ("of a stranger, not base64", NOT_CLEAN, line + f"{DASH} other.example AB\n".encode()),
        ("and a word", NOT_CLEAN, line + b"word\n"),
        ("cut", NOT_CLEAN, line[:-1]),
        ("empty", NOT_CLEAN, b""),
        ("twice", CLEAN, line + line),
        ("of another checkpoint", NOT_CLEAN, signed[cosignatures_key(0)]),
        ("beyond 64 KiB", NOT_CLEAN, line * 600),
        ("not text", NOT_CLEAN, b"\xff\n"),
    ):
        yield case(f"a line {word}", verdict, whole | signed | {name: data})
    yield case("a name of another form", CLEAN, whole | signed | {"cosignatures/x": b"junk"})
    yield case("no such checkpoint", CLEAN, whole | signed | {cosignatures_key(9): b"junk"})
    text = whole[last].decode().partition("\n\n")[0]
    odd = whole | signed | {last: forge.sign(f"{text}\nmore\n")}
    yield case("a checkpoint of another form", NOT_CLEAN, odd)
    alone = forge.cosignatures(odd)[cosignatures_key(len(batches) - 1)]
    alone_held = odd | {cosignatures_key(len(batches) - 1): alone}
    yield case("a checkpoint of another form, truly", NOT_DECIDABLE, alone_held)
    broken = whole | signed | {last: b"junk"}
    yield case("a checkpoint is broken", NOT_CLEAN, broken)
    other = WitnessKey("other.example", forge.witness_key.key)
    yield case("by nobody who is known", NOT_CLEAN, whole | signed, other.text)
    yield case(
        "by one of two who are known",
        CLEAN,
        whole | signed,
        f"{other.text}\n{forge.witness_key.text}\n",
    )


def stamped(forge: Forge) -> Iterator[Case]:
    """Time stamps beside the checkpoints, by an authority that is known, and by others."""
    batches, known = forge.batches, StandInAuthority()
    whole = forge.archive(batches)
    last, name = len(batches) - 1, timestamps_key(1)
    stranger, mailer = StandInAuthority(2), StandInAuthority(use=ExtendedKeyUsageOID.CODE_SIGNING)

    def stamps(objects: Objects, numbers: Sequence[int], by: StandInAuthority = known) -> Objects:
        """Stamp checkpoints at the second that they name."""
        found = {}
        for number in numbers:
            note = objects[checkpoint_key(number)]
            said = note.decode().split("\n")[3].removeprefix("time ")
            at_s = int(datetime.fromisoformat(said).timestamp())
            found[timestamps_key(number)] = by.token(note, at_s)
        return found

    def case(word: str, verdict: str, objects: Objects, roots: bytes = known.pem) -> Case:
        return Case(f"stamped: {word}", verdict, objects, forge.key, authorities=roots)

    every = range(last + 1)
    signed = stamps(whole, every)
    yield case("all", CLEAN, whole | signed)
    yield case("nothing", NOT_CLEAN, whole)
    yield case("an empty archive", NOT_DECIDABLE, {})
    yield case("all but the newest", CLEAN, whole | stamps(whole, every[:-1]))
    for seconds, verdict in (("00.900", CLEAN), ("00.901", NOT_CLEAN)):
        late = forge.archive(
            batches,
            note=lambda n, told, s=seconds: told.replace(
                TIME.format(n), _minutes(n, s if n else "")
            ),
        )
        yield case(f"one that is {seconds} later", verdict, late | stamps(late, [0]))
    note, token = whole[checkpoint_key(1)], signed[name]
    at_s = int(datetime.fromisoformat(TIME.format(1)).timestamp())
    digest = sha256(note).digest()
    for word, verdict, data in (
        ("five minutes later", CLEAN, known.token(note, at_s + 300)),
        ("more than five minutes later", NOT_CLEAN, known.token(note, at_s + 301)),
        ("more than five minutes earlier", NOT_CLEAN, known.token(note, at_s - 301)),
        ("of another checkpoint", NOT_CLEAN, signed[timestamps_key(0)]),
        ("of a stranger", NOT_CLEAN, stranger.token(note, at_s)),
        ("by a certificate that may not stamp", NOT_CLEAN, mailer.token(note, at_s)),
        ("over another hash", NOT_CLEAN, known.stamp(digest, at_s, kind=SHA512)),
        ("without a token", NOT_CLEAN, bytes.fromhex("30053003020102")),
        ("refused", NOT_CLEAN, token.replace(bytes.fromhex("3003020100"), b"0\3\2\1\2", 1)),
        ("flipped", NOT_CLEAN, token[:-1] + bytes([token[-1] ^ 1])),
        ("cut", NOT_CLEAN, token[:-1]),
        ("with more behind it", NOT_CLEAN, token + b"\0"),
        ("empty", NOT_CLEAN, b""),
        ("that is text", NOT_CLEAN, b"stamped\n"),
        ("beyond 64 KiB", NOT_CLEAN, token * 90),
    ):
        yield case(f"one {word}", verdict, whole | signed | {name: data})
    yield case("by nobody who is known", NOT_CLEAN, whole | signed, stranger.pem)
    yield case("by one of two who are known", CLEAN, whole | signed, stranger.pem + known.pem)
    yield case("a name of another form", CLEAN, whole | signed | {"timestamps/x": b"junk"})
    yield case("no such checkpoint", CLEAN, whole | signed | {timestamps_key(9): b"junk"})
    for year, verdict in ((2025, CLEAN), (2027, NOT_CLEAN)):  # the certificate ends in June 2027
        then = forge.archive(batches, note=lambda _, told, y=year: told.replace("2026", f"{y}"))
        yield case(f"in {year}", verdict, then | stamps(then, every))


def _minutes(number: int, seconds: str) -> str:
    """Return a time that is five minutes after that of number 0, or the same."""
    return f"2026-09-21T14:{14 + 5 * (number > 0)}:{seconds or '00.900'}Z"


def sign_begin(forge: Forge, text: str, origin: str) -> bytes:
    """Return a statement's text with a signature in a log's name."""
    raw = forge.signer.public.key_id(origin) + forge.signer.sign(text.encode())
    return f"{text}\n{DASH} {origin} {base64.b64encode(raw).decode()}\n".encode()


def archive_cases() -> list[Case]:
    """Return every archive of the corpus."""
    from hostile_forms import forms

    forge = Forge()
    found = [
        Case(name, verdict, objects, forge.key)
        for family in (damage, junk, notes, forks, manifests, records, begins, forms)
        for name, verdict, objects in family(forge)
    ]
    found += [Case(n, v, objects, forge.key, plant) for n, v, objects, plant in special(forge)]
    found += [Case(f"key: {n}", v, forge.honest, key) for n, v, key in keys(forge)]
    found += [*successions(forge), *cosigned(forge), *stamped(forge)]
    assert len({case.name for case in found}) == len(found)
    return found


# -- Proofs -----------------------------------------------------------------------------


def proof_cases() -> list[tuple[str, str, bytes, bytes]]:
    """Return every proof of the corpus: name, verdict, the file's bytes, the key."""
    from affidavit_ledger.prove import prove
    from hostile_forms import files, forged

    forge = Forge()
    event = json.loads(forge.chains[0][3][0])["eid"]
    (proof,) = prove(forge.world.archive, event)
    found = [
        (name, verdict, data, forge.key)
        for name, verdict, data in [*_proofs(proof), *files(proof), *forged(forge)]
    ]
    (proof,) = prove(DictArchive(forge.archive([[forge.chains[0][3]]])), event)
    for value, verdict in (([], CLEAN), ("", NOT_CLEAN), ({}, NOT_CLEAN), ([""], NOT_CLEAN)):
        for place in ("log", "segment"):
            data = json.dumps({**proof, place: {**proof[place], "path": value}}).encode()
            found.append(
                (f"a tree of one leaf: {place} with path {value!a}", verdict, data, forge.key)
            )
    assert len({case[0] for case in found}) == len(found)
    return found


def _proofs(proof: dict[str, Any]) -> Iterator[tuple[str, str, bytes]]:
    def one(**changes: Any) -> bytes:
        return json.dumps([{**proof, **changes}]).encode()

    yield "as it is", CLEAN, one()
    yield "not in a list", CLEAN, json.dumps(proof).encode()
    yield "twice", CLEAN, json.dumps([proof, proof]).encode()
    yield (
        "one that holds and one that does not",
        NOT_CLEAN,
        json.dumps([proof, {**proof, "mac": "0" * 32}]).encode(),
    )
    yield "no proof", NOT_DECIDABLE, b"[]"
    for word, data in {
        "nothing": b"",
        "a word": b"null",
        "a text": b'"x"',
        "a number": b"1",
        "a list": b"[[]]",
        "an object": b"{}",
        "broken": b"[{",
        "deep": b"[" * 100_000,
        "not text": b"\xff",
        "a float": b"[1.5]",
        "a huge number": b"[" + b"9" * 5000 + b"]",
        "a key twice": one().replace(b'"mac"', b'"mac": "x", "mac"', 1),
    }.items():
        yield f"file with {word}", NOT_CLEAN, data
    for name in sorted(proof):
        rest = {key: value for key, value in proof.items() if key != name}
        yield f"without {name}", NOT_CLEAN, json.dumps(rest).encode()
        for value in (None, 5, True, "", "x", [], {}, "\ud800"):
            yield f"{name} is {value!a}", NOT_CLEAN, one(**{name: value})
    for form in ("affidavit proof 2", "affidavit proof 10", "affidavit proof 0"):
        yield f"format {form!a}", NOT_DECIDABLE, one(format=form)
    for form in (
        "affidavit proof",
        "affidavit proof 01",
        "affidavit proof 1 ",
        "Affidavit proof 1",
    ):
        yield f"format {form!a}", NOT_CLEAN, one(format=form)
    yield (
        "capital digits",
        NOT_CLEAN,
        one(mac=proof["mac"].upper() + ("" if any(c.isalpha() for c in proof["mac"]) else "A")),
    )
    yield "another record", NOT_CLEAN, one(record=proof["record"].replace("READ", "REAP"))
    yield "a member more", CLEAN, one(more=[1, "x"])
    yield "a member more that is no ASCII", NOT_CLEAN, json.dumps({**proof, "\u00e4": 1}).encode()
    yield "a large number more", NOT_CLEAN, one(more=2**53)
    yield "record with spaces", NOT_CLEAN, one(record=proof["record"].replace(":", ": ", 1))
    yield "manifest with spaces", NOT_CLEAN, one(manifest=proof["manifest"].replace(":", ": ", 1))
    yield (
        "record of version 2 that the segment does not hold",
        NOT_CLEAN,
        one(record=proof["record"].replace('"v":1', '"v":2')),
    )
    yield (
        "manifest of version 3 that the log does not hold",
        NOT_CLEAN,
        one(manifest=proof["manifest"].replace('"v":2', '"v":3')),
    )
    for place in ("segment", "log"):
        told = proof[place]
        for number, (name, value) in enumerate(
            (
                ("index", told["index"] + 1),
                ("index", -1),
                ("index", True),
                ("index", "0"),
                ("index", told["size"]),
                ("size", told["size"] + 1),
                ("size", 0),
                ("size", 2**53),
                ("size", "2"),
                ("path", []),
                ("path", None),
                ("path", "00"),
                ("path", [5]),
                ("path", ["0" * 64]),
                ("path", ["x" * 64]),
                ("path", told["path"] + ["0" * 64]),
                ("path", [node.upper() + "0" for node in told["path"]]),
                ("path", ["0" * 64] * 65),
                ("more", 1),
            )
        ):
            yield (
                f"{place} {number} with {name}",
                NOT_CLEAN,
                one(**{place: {**told, name: value}}),
            )


def main(arguments: Sequence[str]) -> int:
    """Write the corpus down, one folder a case, with `verdicts.json` beside them."""
    folder = Path(arguments[0])
    verdicts = {}
    for number, case in enumerate(archive_cases()):
        case.write(folder / f"archive-{number:04d}")
        verdicts[f"archive-{number:04d}"] = {"name": case.name, "verdict": case.verdict}
    for number, (name, verdict, data, key) in enumerate(proof_cases()):
        target = folder / f"proof-{number:04d}"
        target.mkdir(parents=True)
        (target / "proof.json").write_bytes(data)
        (target / "key.pem").write_bytes(key)
        verdicts[target.name] = {"name": name, "verdict": verdict}
    (folder / "verdicts.json").write_text(json.dumps(verdicts, indent=1) + "\n")
    print(f"{len(verdicts)} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
