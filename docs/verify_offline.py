#!/usr/bin/env python3
"""Check affidavit's evidence without affidavit.

    python verify_offline.py archive FOLDER     PUBLIC_KEYS.pem [WITNESS_KEYS]
    python verify_offline.py proof   PROOF.json PUBLIC_KEYS.pem

A second, independent verifier: the standard library and `cryptography`, nothing
else. It says what is wrong and ends with one of three verdicts: CLEAN (exit code
0), NOT CLEAN (1), NOT DECIDABLE (4). It cannot check the records' MACs, which
need the ledger's keys; it checks everything that the sealer has signed, and
every link of every chain. Written from docs/evidence.md alone, rule by rule.
"""

import base64
import hashlib
import json
import os
import re
import sys
from datetime import datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

MAX_INT, MAX_NOTE, MAX_BEGIN, MAX_JSON, MAX_DEPTH = 2**53 - 1, 1 << 16, 1 << 24, 1 << 20, 32
P = 2**255 - 19
SMALL = {0, 1, P - 1}  # y of Ed25519's points of order 1, 2 and 4; the other two: of order 8
SMALL |= {0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826}
SMALL |= {0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7}

BASE64, HASH = "[A-Za-z0-9+/]+=*", "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
NUMBER, WRITER, LINK = "(?:0|[1-9][0-9]{0,14})", "[A-Za-z0-9_-]{22}", "[A-Za-z0-9_-]{43}"
TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z"
CHECKPOINT = f"([^\n]*)\n({NUMBER})\n({HASH})\ntime ({TIME})\nprev (-|{HASH})\n"
CHAIN = f"chain ({WRITER}) ({NUMBER}) ({LINK}) {NUMBER} [^ \n]+\n"
BEGIN = (
    f"affidavit log begins 1\n([^\n]*)\n({NUMBER}) ({NUMBER}) ({HASH})\nsealed ({TIME})\n"
    f"days (0|[1-9][0-9]{{0,4}})\ntime ({TIME})\n((?:node {HASH}\n)*)((?:{CHAIN})*)"
)
KEYS = f"affidavit log keys 1\n[^\n]*\nold ({BASE64})\nnew ({BASE64})\ntime {TIME}\n"
PEM, END = b"-----BEGIN PUBLIC KEY-----\n%b\n", b"-----END PUBLIC KEY-----"
WITNESS, SIGNATURE = rf"([^ +]+)\+([0-9a-f]{{8}})\+({BASE64})", f"\u2014 ([^ +\n]+) ({BASE64})"
MANIFEST, NUMBERED = r"[0-9]{12}-[0-9]{6}(-[0-9a-f]{16})?\.ndjson", "[0-9]{12}"
SEGMENT = r"segments(/[0-9]{2,4}){3}/[A-Za-z0-9][A-Za-z0-9._=-]*\.ndjson"
FRAME = re.compile(rb'\{"b":(.*),"m":"([0-9a-f]{32})"\}')


class Undecidable(Exception):
    """What cannot be judged, and why. Nothing can be missing after it."""


class UnknownRecord(Undecidable):
    """A record of another version, whose place is known."""


class Begin(NamedTuple):
    """Where a log begins: which checkpoint and tree, and each chain's next `seq` and `prev`."""

    number: int = 0
    size: int = 0
    stack: tuple = ()
    origin: str | None = None
    prev: str | None = "-"
    sealed: tuple = ()  # the first checkpoint's hash and time
    chains: dict = {}


def need(holds):
    if not holds:
        raise ValueError


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def from_base64(text):
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw).decode() == text)
    return raw


def to_base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def is_whole(value, least=0):
    return type(value) is int and least <= value <= MAX_INT


def are_texts(*values):
    return all(isinstance(value, str) for value in values)


def listing(folder, form):
    names = os.listdir(folder) if folder.is_dir() else ()
    return sorted(name for name in names if re.fullmatch(form, name) and (folder / name).is_file())


# -- JSON: keys of ASCII that stand there once, whole numbers, and one way to write it ---


def read_json(data):
    def members(pairs):
        need(len(dict(pairs)) == len(pairs) and all(key.isascii() for key, _ in pairs))
        return dict(pairs)

    def whole(digits):
        need(abs(int(digits)) <= MAX_INT)
        return int(digits)

    return json.loads(
        data.decode(),
        parse_int=whole,
        parse_float=int,
        parse_constant=int,
        object_pairs_hook=members,
    )


def depth(value):
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, parts), default=0)


def read_canonical(data):
    need(len(data) <= MAX_JSON)
    try:
        said = read_json(data)
        need(depth(said) <= MAX_DEPTH and isinstance(said, dict) and type(said.get("v")) is int)
    except RecursionError:
        raise ValueError from None
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    need(text.encode() == data)
    return said


def read_manifest(line):
    said = read_canonical(line)
    if said["v"] > 2:
        raise Undecidable("a manifest has a version that is not known")
    texts, writers = ("key", "kind", "note", "root", "sha256"), said.get("writers")
    need(set(said) == {*texts, "bytes", "count", "v", "writers"} and said["v"] >= 1)
    need(are_texts(*map(said.get, texts)) and isinstance(writers, dict))
    for span in writers.values():
        need(isinstance(span, list) and len(span) == 3 and all(map(is_whole, span)))
    alarm = said["kind"] == "alarm"
    need(alarm or (said["kind"] in {"segment", "repair"} and re.fullmatch(SEGMENT, said["key"])))
    need(is_whole(said["bytes"]) and is_whole(said["count"], least=0 if alarm else 1))
    return said


def read_record(body):
    """Return a record; of one whose `v` is not 1 only the place is known."""
    said = read_canonical(body)
    need(are_texts(said.get("wid"), said.get("prev")) and re.fullmatch(WRITER, said["wid"]))
    need(max(said) == "wid" and is_whole(said.get("seq")))
    if said["v"] == 1:
        reads, out, actor = said.get("q", []), said.get("out", {}), said.get("actor", {})
        need("ph" in said and are_texts(*(said.get(name, "") for name in ("ph", "subj", "ts"))))
        need(isinstance(actor, dict) and isinstance(out, dict) and isinstance(reads, list))
        need(are_texts(actor.get("id", "")) and is_whole(out.get("code", 0)))
        need(all(isinstance(read, dict) and {"n", "s"} <= set(read) for read in reads))
        need(is_whole(said.get("exp", 0)))
    return said


# -- Keys, and notes that they sign ------------------------------------------------------


def der(key):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.DER, form)


def is_sound(key):
    if isinstance(key, ed25519.Ed25519PublicKey):
        y = int.from_bytes(key.public_bytes_raw(), "little") % 2**255
        return y < P and y not in SMALL
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1"


def load_keys(pem):
    try:
        keys = [serialization.load_pem_public_key(x + END + b"\n") for x in pem.split(END)[:-1]]
        need(keys and all(map(is_sound, keys)))
    except (ValueError, UnsupportedAlgorithm):
        raise Undecidable("a public key is not a sound Ed25519 or P-256 key") from None
    return keys


def load_witnesses(data):
    found = {}
    try:
        for line in filter(str.strip, data.decode().splitlines()):
            if line[0] != "#":
                name, known, key = re.fullmatch(WITNESS, line.strip()).groups()
                kind, *raw = from_base64(key)
                found[name, known] = ed25519.Ed25519PublicKey.from_public_bytes(bytes(raw))
                need(kind == 4 and known == sha(name.encode(), b"\n\x04", bytes(raw))[:4].hex())
        need(found and all(map(is_sound, found.values())))
    except (ValueError, AttributeError):
        raise Undecidable("a witness's key is not one") from None
    return found


def signs(key, name, text, raw):
    edwards = isinstance(key, ed25519.Ed25519PublicKey)
    known = sha(name.encode(), b"\n\x01", key.public_bytes_raw()) if edwards else sha(der(key))
    how = () if edwards else (ec.ECDSA(hashes.SHA256()),)
    try:
        return raw[:4] == known[:4] and key.verify(raw[4:], text.encode(), *how) is None
    except InvalidSignature:
        return False


def signature_lines(tail):
    *lines, rest = tail.split("\n")
    found = [re.fullmatch(SIGNATURE, line) for line in lines]
    need(not rest and found and all(found))
    return [match.groups() for match in found]


def open_note(data, keys, line=0, limit=MAX_NOTE):
    """Return a note's text, and the last of the keys that have signed it; -1 if none has."""
    try:
        head, blank, tail = data.decode().partition("\n\n")
        need(blank and len(data) <= limit)
        text, origin = head + "\n", "".join(head.split("\n")[line : line + 1])
        raws = [from_base64(raw) for name, raw in signature_lines(tail) if name == origin]
    except ValueError:
        return "", -1
    found = [n for n, key in enumerate(keys) for raw in raws if signs(key, origin, text, raw)]
    return text, max(found, default=-1)


def with_successors(folder, keys):
    """Add the keys that statements lead to: behind the last that is known, and before the first."""
    changes = []
    for name in listing(folder / "keys", f"(?!0{{12}}){NUMBERED}"):
        data = (folder / "keys" / name).read_bytes()
        said = re.fullmatch(KEYS, data.decode("utf-8", "replace").partition("\n\n")[0] + "\n")
        try:
            both = [load_keys(PEM % text.encode() + END)[0] for text in said.groups()]
            need(all(open_note(data, [key], 1)[1] == 0 for key in both))
            need([*map(der, both)] == [*map(from_base64, said.groups())])
            changes.append(both)
        except (ValueError, AttributeError, Undecidable):
            pass  # nobody's
    for old, new in changes:
        if der(old) == der(keys[-1]) and der(new) not in map(der, keys):
            keys = [*keys, new]
    for old, new in reversed(changes):
        if der(new) == der(keys[0]) and der(old) not in map(der, keys):
            keys = [old, *keys]
    return keys


def is_cosigned(data, text, witnesses):
    """Tell whether a known witness has signed; whatever is there in their names must hold."""
    need(len(data) <= MAX_NOTE)
    found = False
    for name, raw in [(name, from_base64(raw)) for name, raw in signature_lines(data.decode())]:
        if key := witnesses.get((name, raw[:4].hex())):
            said = f"cosignature/v1\ntime {int.from_bytes(raw[4:12], 'big')}\n{text}"
            key.verify(raw[12:], said.encode())
            found = True
    return found


def read_checkpoint(text):
    """Return origin, size, root, time and prev; None if it has another form."""
    said = re.fullmatch(CHECKPOINT, text)
    try:
        datetime.fromisoformat(said[4])
        return said[1], int(said[2]), from_base64(said[3]), said[4], said[5]
    except (TypeError, ValueError):
        return None


def find_begin(folder, keys, told):
    """Return where the log begins: at 0, or where the newest signed statement says."""
    for name in reversed(listing(folder / "begins", NUMBERED)):
        text, key = open_note((folder / "begins" / name).read_bytes(), keys, 1, MAX_BEGIN)
        try:
            said = re.fullmatch(BEGIN, text) if key >= 0 else [text, "", "-1"]
            if int(said[2]) != int(name):
                continue  # nobody's, or another's place
            stack = [from_base64(line[5:]) for line in said[8].splitlines()]
            chains = re.findall(CHAIN, said[9])
            need([chain[0] for chain in chains] == sorted({chain[0] for chain in chains}))
            need(len(stack) == int(said[3]).bit_count())
            sealed, stated = map(datetime.fromisoformat, (said[5], said[7]))
            if sealed + timedelta(days=int(said[6])) > stated:
                told.append("the log is said to begin before the time of what is gone was over")
        except (TypeError, ValueError, OverflowError):
            raise Undecidable("a statement of where the log begins has another form") from None
        after = {wid: (int(seq), link) for wid, seq, link in chains}
        return Begin(int(name), int(said[3]), stack, said[1], None, (said[4], said[5]), after)
    return Begin()


# -- Merkle trees: RFC 9162, sections 2.1.1 and 2.1.3.2 ----------------------------------


def add(stack, leaf, size):
    while size & 1:
        leaf, size = sha(b"\x01", stack.pop(), leaf), size >> 1
    stack.append(leaf)


def top(stack):
    return reduce(lambda right, left: sha(b"\x01", left, right), reversed(stack or [sha()]))


def root_over(leaf, index, size, path):
    """Return the root that a leaf's path leads to: a tree splits at a power of two."""
    need(path if size > 1 else not path)
    if size == 1:
        return leaf
    half, node = 1 << (size - 1).bit_length() - 1, bytes.fromhex(path[-1])
    if index < half:
        return sha(b"\x01", root_over(leaf, index, half, path[:-1]), node)
    return sha(b"\x01", node, root_over(leaf, index - half, size - half, path[:-1]))


def root_at(leaf, place):
    index, size, path = place["index"], place["size"], place["path"]
    need(len(place) == 3 and is_whole(index) and is_whole(size) and index < size)
    need(isinstance(path, list) and all(re.fullmatch("[0-9a-f]{64}", node) for node in path))
    return root_over(leaf, index, size, path)


def check_proof(proof, keys):
    form = proof.get("format")
    if are_texts(form) and re.fullmatch("affidavit proof ([02-9]|[1-9][0-9]+)", form):
        raise Undecidable("a proof has a version that is not known")
    need(form == "affidavit proof 1" and re.fullmatch("[0-9a-f]{32}", proof["mac"]))
    body, line = proof["record"].encode(), proof["manifest"].encode()
    text, key = open_note(proof["checkpoint"].encode(), keys)
    note = read_checkpoint(text)
    need(key >= 0)
    if note is None:
        raise Undecidable("a proof's checkpoint is signed, and its form is not known")
    manifest, place, log = read_manifest(line), proof["segment"], proof["log"]
    if read_record(body)["v"] != 1:
        raise Undecidable("a proof's record has a version that is not known")
    root = root_at(sha(b"\x00", body, bytes.fromhex(proof["mac"])), place)
    need((place["size"], to_base64url(root)) == (manifest["count"], manifest["root"]))
    need((log["size"], root_at(sha(b"\x00", line), log)) == note[1:3])


def check_proofs(data, keys):
    """Yield what is wrong with the proofs in a file, or cannot be judged."""
    try:
        proofs = read_json(data)
    except (ValueError, RecursionError):
        proofs = None
    if proofs == []:
        yield Undecidable("there is no proof in the file")
    for proof in proofs if isinstance(proofs, list) else [proofs]:
        try:
            check_proof(proof, keys)
        except Undecidable as reason:
            yield reason
        except (AttributeError, KeyError, TypeError, ValueError):
            yield "a proof is not signed by these keys, does not hold, or is not written as one is"


# -- A whole archive ---------------------------------------------------------------------


def growth(folder, names, size, stack, note):
    """Return the lines that lead from one size to what a checkpoint signs, and the tree then."""
    for name in names if note[1] != size else [None]:
        data = (folder / "manifests" / name).read_bytes() if name else b""
        *lines, rest = data.split(b"\n")
        grown = list(stack)
        for at, line in enumerate(lines, size):
            add(grown, sha(b"\x00", line), at)
        named = not name or len(name) == 26 or name[20:36] == sha(data).hex()[:16]
        if named and not rest and size + len(lines) == note[1] and top(grown) == note[2]:
            return lines, grown
    return None, stack


def sealed_lines(folder, keys, witnesses, begin, told):
    """Yield the lines of the manifests that checkpoints sign, as far as they lead on."""
    claims, newest, time, seen = {}, 0, "", ""
    for name in listing(folder / "manifests", MANIFEST):
        claims.setdefault((int(name[:12]), int(name[13:19])), []).append(name)
    expected, size, stack, origin, prev = begin[:5]
    for name in listing(folder / "checkpoints", NUMBERED):
        number, data = int(name), (folder / "checkpoints" / name).read_bytes()
        if number < expected:
            continue  # older than the log
        text, key = open_note(data, keys)
        if first := begin.sealed and number == begin.number:  # its hash is what was signed
            text, key = data.decode("utf-8", "replace").partition("\n\n")[0] + "\n", newest
        note, own = read_checkpoint(text), base64.b64encode(sha(text.encode())).decode()
        if number != expected or key < newest:  # keys stand in the order of their use
            return told.append(f"checkpoint {expected} is missing, or these keys do not sign it")
        if first and (note is None or (own, note[3]) != begin.sealed):
            return told.append("the first checkpoint is not the one that the log begins with")
        beside, cosigned = folder / "cosignatures" / name, False
        try:
            if witnesses and beside.is_file():
                cosigned = is_cosigned(beside.read_bytes(), text, witnesses)
        except (ValueError, InvalidSignature):
            told.append(f"the cosignatures of checkpoint {name} do not hold")
        if note is None:
            told.append(Undecidable(f"checkpoint {name} is signed, and its form is not known"))
            break
        if origin not in {None, note[0]} or prev not in {None, note[4]}:
            return told.append(f"checkpoint {name} does not follow the one before it")
        lines, stack = growth(folder, claims.get((size, note[1] - size), ()), size, stack, note)
        if lines is None:
            return told.append(f"no manifests lead to what checkpoint {name} signs")
        (origin, size, _, time, _), prev, expected, newest = note, own, number + 1, key
        seen = max(seen, time) if cosigned else seen
        yield from lines
    if expected == begin.number and not told:
        files = (x.relative_to(folder).as_posix() for x in (folder / "segments").rglob("*"))
        there = any(re.fullmatch(SEGMENT, x) and (folder / x).is_file() for x in files)
        what = "no checkpoint signs what is there"
        told.append(what if there or claims or begin.sealed else Undecidable("no checkpoint"))
    limit = seen and datetime.fromisoformat(seen) + timedelta(seconds=300)
    if witnesses and time and (not seen or datetime.fromisoformat(time) > limit):
        told.append(f"no known witness has signed a checkpoint since {seen or 'the beginning'}")


def check_segment(folder, manifest, take, told):
    file, key, tree, spans = folder / manifest["key"], manifest["key"], [], {}
    data = file.read_bytes() if file.is_file() else b""
    *lines, rest = data.split(b"\n")
    if to_base64url(sha(data)) != manifest["sha256"] or len(data) != manifest["bytes"]:
        return told.append(f"{key} is missing or altered, with {manifest['count']} records")
    for number, framed in enumerate(map(FRAME.fullmatch, lines)):
        if framed is None:
            return told.append(f"{key} has bytes outside its framing")
        body, mac = framed[1], bytes.fromhex(framed[2].decode())
        add(tree, sha(b"\x00", body, mac), number)
        try:
            said = read_record(body)
        except ValueError:
            return told.append(f"{key} holds what is not a record")
        if said["v"] != 1:
            told.append(UnknownRecord(f"{key} holds a record of a version that is not known"))
        wid, seq = said["wid"], said["seq"]
        take(wid, seq, said["prev"], body, mac)
        first, last, count = spans.get(wid, (seq, seq, 0))
        spans[wid] = [min(first, seq), max(last, seq), count + 1]
    said = (manifest["root"], manifest["count"], manifest["writers"])
    if rest or said != (to_base64url(top(tree)), len(lines), spans):
        told.append(f"{key} does not hold what its manifest says")


def check_archive(folder, keys, witnesses, told):
    begin = find_begin(folder, keys, told)
    chains, late, digests = dict(begin.chains), {}, {}

    def take(wid, seq, prev, body, mac):  # records may come late, and twice if they are the same
        (expected, link), waiting = chains.get(wid, (0, "A" * 43)), late.setdefault(wid, {})
        start, known = begin.chains.get(wid, (0,))[0], digests.setdefault(wid, bytearray())
        new = (prev, to_base64url(sha(body)), sha(body, mac))
        if seq < start:
            told.append(Undecidable("a record that is older than the log is there once more"))
        elif new[2] != (known[32 * (seq - start) :][:32] or waiting.setdefault(seq, new)[2]):
            told.append(f"record {wid}/{seq} is there twice, and differs")
        while expected in waiting:
            named, own, digest = waiting.pop(expected)
            if named != link:
                told.append(f"record {wid}/{expected} does not name the one before it")
            expected, link = expected + 1, own
            known += digest
        chains[wid] = expected, link

    for line in sealed_lines(folder, keys, witnesses, begin, told):
        try:
            manifest = read_manifest(line)
            if manifest["kind"] == "alarm":
                told.append(f"alarm: {manifest['note']} {manifest['key']}")
            else:
                check_segment(folder, manifest, take, told)
        except Undecidable as reason:
            told.append(reason)
        except ValueError:
            told.append("the log holds what is not a manifest")
    unknown = any(type(reason) is Undecidable for reason in told)
    for wid in filter(late.get, late):
        text = f"records are missing from {wid}/{chains[wid][0]} on"
        told.append(Undecidable(text) if unknown else text)


def check(kind, what, key_file, witness_file=None):
    """Return the findings, and the reasons why something cannot be judged."""
    told = []
    try:
        keys = load_keys(key_file.read_bytes())
        witnesses = load_witnesses(witness_file.read_bytes()) if witness_file else {}
        if kind == "archive":
            check_archive(what, with_successors(what, keys), witnesses, told)
        else:
            told += check_proofs(what.read_bytes(), keys)
    except (Undecidable, OSError) as reason:
        told.append(reason)
    return [x for x in told if are_texts(x)], [str(x) for x in told if not are_texts(x)]


def main(arguments):
    if len(arguments) not in {3, 4} or arguments[0] not in {"archive", "proof"}:
        print(__doc__)
        return 2
    found, reasons = check(arguments[0], *map(Path, arguments[1:]))
    verdict = f"NOT CLEAN: {len(found)} finding(s)" if found else "CLEAN"
    print(*found, *reasons, "NOT DECIDABLE" if reasons and not found else verdict, sep="\n")
    return 1 if found else 4 if reasons else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
