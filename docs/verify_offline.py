#!/usr/bin/env python3
"""Check affidavit's evidence without affidavit.

    python verify_offline.py archive FOLDER     PUBLIC_KEYS.pem [WITNESS_KEYS]
    python verify_offline.py proof   PROOF.json PUBLIC_KEYS.pem

A second, independent verifier: the standard library and `cryptography`, nothing
else. It says what is wrong and ends with one of three verdicts: CLEAN (exit code
0), NOT CLEAN (1), NOT DECIDABLE (4). It cannot check the records' MACs, which
need the ledger's keys, and does not look at time stamps; it checks everything
that the sealer has signed, and every link of every chain. Written from
docs/evidence.md alone, rule by rule.
"""

import base64
import hashlib
import json
import os
import re
import sys
from collections import defaultdict, namedtuple
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import cache, reduce
from pathlib import Path

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
TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}[.][0-9]{3}Z"
CHECKPOINT = f"([^\n]*)\n({NUMBER})\n({HASH})\ntime ({TIME})\nprev (-|{HASH})\n"
CHAIN = f"chain ({WRITER}) ({NUMBER}) ({LINK}) (?:0|[1-9][0-9]{{0,15}}) [!-~]{{1,1024}}\n"
BEGIN = (
    f"affidavit log begins 1\n([^\n]*)\n({NUMBER}) ({NUMBER}) ({HASH})\nsealed ({TIME})\n"
    f"days (0|[1-9][0-9]{{0,4}})\ntime ({TIME})\n((?:node {HASH}\n)*)((?:{CHAIN})*)"
)
KEYS = f"affidavit log keys 1\n[^\n]*\nold ({BASE64})\nnew ({BASE64})\ntime ({TIME})\n"
PEM_END = b"-----END PUBLIC KEY-----"
NAME, CONTROL = r"[^\s+\0-\x1f]+", r"[\0-\t\v-\x1f]"
WITNESS, SIGNATURE = rf"({NAME})\+([0-9a-f]{{8}})\+({BASE64})", f"\u2014 ({NAME}) ({BASE64})\n"
MANIFEST, NUMBERED = r"[0-9]{12}-[0-9]{6}(-[0-9a-f]{16})?\.ndjson", "[0-9]{12}"
SEGMENT = r"segments(/[0-9]{2,4}){3}/[A-Za-z0-9][A-Za-z0-9._=-]*\.ndjson"
FRAME = re.compile(rb'\{"b":(.*),"m":"([0-9a-f]{32})"\}')


class Broken(Exception):
    """A rule that is broken: the verdict is NOT CLEAN."""


class Undecidable(Exception):
    """What cannot be judged, and why."""


class UnknownLeaves(Undecidable):
    """What cannot be judged may hold any records, so none can be said to be missing."""


# What is raised by things of another form, and by signatures that do not hold.
WRONG = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
WRONG = (*WRONG, InvalidSignature, UnsupportedAlgorithm)


# Where a log begins: which checkpoint and tree, that checkpoint's hash, size and time if they
# are stated, and each chain's next `seq` and `prev`.
Begin = namedtuple("Begin", "number size stack origin prev sealed chains")
AT_FIRST = Begin(0, 0, (), None, "-", (), {})


def need(holds, rule=None):
    if not holds:
        raise Broken(rule) if rule else ValueError


@contextmanager
def judging(told, rule):
    """Write down what is broken, and why something cannot be judged, and go on after it."""
    try:
        yield
    except (Broken, Undecidable) as reason:
        told.append(reason)
    except OSError as error:
        told.append(Undecidable(f"reading raised {error}"))
    except WRONG:
        told.append(Broken(rule))


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def from_base64(text):
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw).decode() == text)
    return raw


def to_base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def are(kind, *values):
    """Tell whether all are of a kind; whole numbers are not negative here."""
    return all(type(x) is kind and (kind is str or 0 <= x <= MAX_INT) for x in values)


def listing(folder, form):
    names = os.listdir(folder) if folder.is_dir() else ()
    return sorted(name for name in names if re.fullmatch(form, name) and (folder / name).is_file())


# -- JSON: keys of ASCII that stand there once, whole numbers, and one way to write it ---


def members(pairs):
    need(len(dict(pairs)) == len(pairs) and all(key.isascii() for key, _ in pairs))
    return dict(pairs)


def whole(digits):
    need(abs(int(digits)) <= MAX_INT)
    return int(digits)


READER = json.JSONDecoder(
    parse_int=whole, parse_float=int, parse_constant=int, object_pairs_hook=members
)


def depth(value):
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, parts), default=0)


def read_canonical(data):
    need(len(data) <= MAX_JSON)
    said = READER.decode(data.decode())
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    need(text.encode() == data and depth(said) <= MAX_DEPTH and type(said["v"]) is int)
    return said


def read_manifest(line):
    said = read_canonical(line)
    if said["v"] > 2:
        raise UnknownLeaves("a manifest has a version that is not known")
    key, kind, texts = said["key"], said["kind"], ("key", "kind", "note", "root", "sha256")
    need(set(said) == {*texts, "bytes", "count", "v", "writers"} and said["v"] >= 1)
    need(are(str, *map(said.get, texts)) and are(int, said["bytes"], said["count"]))
    need(all(len(span) == 3 and are(int, *span) for span in said["writers"].values()))
    if kind != "alarm":
        need(kind in {"segment", "repair"} and re.fullmatch(SEGMENT, key) and said["count"])
    return said


def read_record(body):
    """Return a record; of one whose `v` is not 1 only the place is known."""
    said = read_canonical(body)
    need(are(str, said["wid"], said["prev"]) and re.fullmatch(WRITER, said["wid"]))
    need(max(said) == "wid" and are(int, said["seq"]))
    if said["v"] == 1:
        actor, out, reads = said.get("actor", {}), said.get("out", {}), said.get("q", [])
        need(are(str, said["ph"], said.get("subj", ""), said.get("ts", ""), actor.get("id", "")))
        need(are(int, out.get("code", 0), said.get("exp", 0)) and isinstance(reads, list))
        need(all(isinstance(read, dict) and {"n", "s"} <= set(read) for read in reads))
    return said


# -- Keys, each as its DER, and the notes that they sign ---------------------------------


def der_of(key):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.DER, form)


@cache
def key_of(der):
    """Return a key of a kind that is known, written in its one form, and of no small order."""
    key = serialization.load_der_public_key(der)
    if isinstance(key, ed25519.Ed25519PublicKey):
        y = int.from_bytes(key.public_bytes_raw(), "little") % 2**255
        need(y < P and y not in SMALL)
    else:
        need(isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1")
    need(der_of(key) == der)
    return key


def load_keys(pem):
    parts = [part + PEM_END + b"\n" for part in pem.split(PEM_END)[:-1]]
    keys = [der_of(serialization.load_pem_public_key(part)) for part in parts]
    need(keys and all(map(key_of, keys)))
    return keys


def load_witnesses(data):
    found = {}
    for line in filter(str.strip, data.decode().splitlines()):
        if line[0] != "#":
            name, known, key = re.fullmatch(WITNESS, line.strip()).groups()
            raw = from_base64(key)
            need(raw[0] == 4 and known == sha(name.encode(), b"\n", raw)[:4].hex())
            public = ed25519.Ed25519PublicKey.from_public_bytes(raw[1:])
            found[name, known] = key_of(der_of(public))
    need(found)
    return found


def signs(der, name, text, raw):
    key, known, how = key_of(der), sha(der), [ec.ECDSA(hashes.SHA256())]
    if isinstance(key, ed25519.Ed25519PublicKey):
        known, how = sha(name.encode(), b"\n\x01", key.public_bytes_raw()), []
    with suppress(InvalidSignature):
        return raw[:4] == known[:4] and key.verify(raw[4:], text.encode(), *how) is None
    return False


def signature_lines(tail):
    need(re.fullmatch(f"(?:{SIGNATURE})+", tail))
    return re.findall(SIGNATURE, tail)


def text_of(note):
    return note.decode("utf-8", "replace").partition("\n\n")[0] + "\n"


def signers(note, keys, line=0, limit=MAX_NOTE):
    """Return which of the keys have signed a note, whose origin stands in the given line."""
    try:
        _, blank, tail = note.decode().partition("\n\n")
        need(blank and len(note) <= limit and not re.search(CONTROL, text_of(note)))
        text, origin = text_of(note), text_of(note).split("\n")[line]
        raws = [from_base64(raw) for name, raw in signature_lines(tail) if name == origin]
    except WRONG:
        return []
    return [n for n, key in enumerate(keys) if any(signs(key, origin, text, raw) for raw in raws)]


def with_successors(folder, keys):
    """Add the keys that statements lead to: behind the last that is known, and before the first."""
    changes = []
    for name in listing(folder / "keys", f"(?!0{{12}}){NUMBERED}"):
        note = (folder / "keys" / name).read_bytes()
        with suppress(*WRONG):  # what is wrong is nobody's
            old, new, time = re.fullmatch(KEYS, text_of(note)).groups()
            both = [from_base64(old), from_base64(new)]
            need(datetime.fromisoformat(time) and signers(note, both, 1) == [0, 1])
            changes.append(both)
    for old, new in changes:
        keys = [*keys, new] if old == keys[-1] and new not in keys else keys
    for old, new in reversed(changes):
        keys = [old, *keys] if new == keys[0] and old not in keys else keys
    return keys


def is_cosigned(file, text, witnesses):
    """Tell whether a known witness has signed; whatever is there in their names must hold."""
    if not witnesses or not file.is_file():
        return False
    data, found = file.read_bytes(), False
    try:
        need(len(data) <= MAX_NOTE)
        for name, encoded in signature_lines(data.decode()):
            raw = from_base64(encoded)
            if key := witnesses.get((name, raw[:4].hex())):
                said = f"cosignature/v1\ntime {int.from_bytes(raw[4:12], 'big')}\n{text}"
                key.verify(raw[12:], said.encode())
                found = True
    except WRONG:
        raise Broken(f"the cosignatures of checkpoint {file.name} do not hold") from None
    return found


def read_checkpoint(text):
    """Return origin, size, root, time and prev; None if it has another form."""
    with suppress(*WRONG):
        origin, size, root, time, prev = re.fullmatch(CHECKPOINT, text).groups()
        datetime.fromisoformat(time)
        return origin, int(size), from_base64(root), time, prev
    return None


def find_begin(folder, keys, told):
    """Return where the log begins: at 0, or where the newest signed statement says."""
    for name in reversed(listing(folder / "begins", NUMBERED)):
        note = (folder / "begins" / name).read_bytes()
        if not (note.startswith(b"affidavit log begins ") and signers(note, keys, 1, MAX_BEGIN)):
            continue  # nobody's, or about something else
        try:
            said = re.fullmatch(BEGIN, text_of(note)).groups()
            origin, number, size, link, time, days, stated, nodes, lines = said[:9]
            if int(number) != int(name):
                continue  # another's place
            stack = [from_base64(line[5:]) for line in nodes.splitlines()]
            chains = re.findall(CHAIN, lines)
            need([wid for wid, _, _ in chains] == sorted({wid for wid, _, _ in chains}))
            need(len(stack) == int(size).bit_count())
            kept = datetime.fromisoformat(stated) - datetime.fromisoformat(time)
            if kept < timedelta(days=int(days)):
                told.append(Broken("the log is said to begin before what is gone was over"))
        except WRONG:
            raise Undecidable("a statement of where the log begins has another form") from None
        after = {wid: (int(seq), prev) for wid, seq, prev in chains}
        return Begin(int(number), int(size), stack, origin, None, (link, int(size), time), after)
    return AT_FIRST


# -- Merkle trees, and proofs that lead to their roots: RFC 9162, 2.1.1 and 2.1.3.2 ------


def add(stack, leaf, size):
    while size & 1:
        leaf, size = sha(b"\x01", stack.pop(), leaf), size >> 1
    stack.append(leaf)


def top(stack):
    return reduce(lambda right, left: sha(b"\x01", left, right), reversed(stack or [sha()]))


def root_over(leaf, place):
    """Return the root that a leaf's path leads to."""
    index, size, path = place["index"], place["size"], place["path"]
    need(len(place) == 3 and are(int, index, size) and index < size and isinstance(path, list))
    last = size - 1
    for node in path:
        need(last and re.fullmatch("[0-9a-f]{64}", node))
        while index == last and not index & 1:  # a node without a neighbour goes up as it is
            index, last = index >> 1, last >> 1
        pair = (bytes.fromhex(node), leaf) if index & 1 else (leaf, bytes.fromhex(node))
        leaf, index, last = sha(b"\x01", *pair), index >> 1, last >> 1
    need(last == 0)
    return leaf


def check_proof(proof, keys):
    """Go from the signature down, as far as what is met can be judged."""
    if re.fullmatch("affidavit proof ([02-9]|[1-9][0-9]+)", proof["format"]):
        raise Undecidable("a proof has a version that is not known")
    line, body, note = (proof[x].encode() for x in ("manifest", "record", "checkpoint"))
    mac, place, log = (proof[x] for x in ("mac", "segment", "log"))
    need(proof["format"] == "affidavit proof 1" and re.fullmatch("[0-9a-f]{32}", mac))
    root = to_base64url(root_over(sha(b"\x00", body, bytes.fromhex(mac)), place))
    log_root = root_over(sha(b"\x00", line), log)
    need(signers(note, keys))
    signed = read_checkpoint(text_of(note))
    if signed is None:
        raise Undecidable("a proof's checkpoint is signed, and its form is not known")
    need((log["size"], log_root) == signed[1:3])
    leaf = read_manifest(line)
    need((place["size"], root) == (leaf["count"], leaf["root"]) and leaf["kind"] != "alarm")
    if read_record(body)["v"] != 1:
        raise Undecidable("a proof's record has a version that is not known")


def check_proofs(data, keys, told):
    proofs = READER.decode(data.decode())
    need(depth(proofs) <= MAX_DEPTH)
    if proofs == []:
        told.append(Undecidable("there is no proof in the file"))
    for proof in proofs if isinstance(proofs, list) else [proofs]:
        with judging(told, "a proof is not signed by these keys, or does not hold"):
            check_proof(proof, keys)


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
    claims = defaultdict(list)
    for name in listing(folder / "manifests", MANIFEST):
        claims[int(name[:12]), int(name[13:19])].append(name)
    (expected, size, stack, origin, prev), newest, time, seen = begin[:5], 0, "", ""
    for name in listing(folder / "checkpoints", NUMBERED):
        if int(name) < begin.number:
            continue  # older than the log
        data = (folder / "checkpoints" / name).read_bytes()
        text, first = text_of(data), begin.sealed and expected == begin.number
        note, own = read_checkpoint(text), base64.b64encode(sha(text.encode())).decode()
        # Keys stand in the order of their use. Of the first checkpoint the hash is signed.
        signed = newest if first else max(signers(data, keys), default=-1)
        lost = f"checkpoint {expected} is missing, or these keys do not sign it"
        need(int(name) == expected and signed >= newest, lost)
        if first:
            need(note and (own, *note[1:4:2]) == begin.sealed, "the log begins with another one")
        cosigned = is_cosigned(folder / "cosignatures" / name, text, witnesses)
        if note is None:
            told.append(UnknownLeaves(f"checkpoint {name} is signed, and its form is not known"))
            break
        follows = origin in {None, note[0]} and prev in {None, note[4]}
        need(follows, f"checkpoint {name} does not follow the one before it")
        lines, stack = growth(folder, claims[size, note[1] - size], size, stack, note)
        need(lines is not None, f"no manifests lead to what checkpoint {name} signs")
        (origin, size, _, time, _), prev, expected, newest = note, own, expected + 1, signed
        seen = max(seen, time) if cosigned else seen
        yield from lines
    if expected == begin.number and not told:
        files = (x.relative_to(folder).as_posix() for x in (folder / "segments").rglob("*"))
        there = any(re.fullmatch(SEGMENT, x) and (folder / x).is_file() for x in files)
        need(not (there or claims or begin.sealed), "no checkpoint signs what is there")
        told.append(Undecidable("there is no checkpoint"))
    if witnesses and time:
        limit = datetime.fromisoformat(seen or time) + timedelta(seconds=300)
        late = f"no known witness has signed a checkpoint since {seen or 'the beginning'}"
        need(seen and datetime.fromisoformat(time) <= limit, late)


def check_segment(folder, manifest, take, told):
    key, file, tree, spans = manifest["key"], folder / manifest["key"], [], {}
    data = file.read_bytes() if file.is_file() else b""
    whole = to_base64url(sha(data)) == manifest["sha256"] and len(data) == manifest["bytes"]
    need(whole, f"{key} is missing or altered, with {manifest['count']} records")
    *lines, rest = data.split(b"\n")
    for number, line in enumerate(lines):
        body, mac = FRAME.fullmatch(line).groups()
        add(tree, sha(b"\x00", body, bytes.fromhex(mac.decode())), number)
        said = read_record(body)
        if said["v"] != 1:
            told.append(Undecidable(f"{key} holds a record of a version that is not known"))
        wid, seq = said["wid"], said["seq"]
        take(wid, seq, said["prev"], body, mac)
        first, last, count = spans.get(wid, (seq, seq, 0))
        spans[wid] = [min(first, seq), max(last, seq), count + 1]
    said = (manifest["root"], manifest["count"], manifest["writers"])
    holds = not rest and said == (to_base64url(top(tree)), len(lines), spans)
    need(holds, f"{key} does not hold what its manifest says")


def check_archive(folder, keys, witnesses, told):
    begin = find_begin(folder, keys, told)
    chains, late, digests = dict(begin.chains), defaultdict(dict), defaultdict(bytearray)

    def take(wid, seq, prev, body, mac):  # records may come late, and twice if they are the same
        (expected, link), waiting = chains.get(wid, (0, "A" * 43)), late[wid]
        start, known = begin.chains.get(wid, (0,))[0], digests[wid]
        new = (prev, to_base64url(sha(body)), sha(body, mac))
        if seq < start:
            told.append(Undecidable("a record that is older than the log is there once more"))
        elif new[2] != (known[32 * (seq - start) :][:32] or waiting.setdefault(seq, new)[2]):
            told.append(Broken(f"record {wid}/{seq} is there twice, and differs"))
        while expected in waiting:
            named, own, digest = waiting.pop(expected)
            if named != link:
                told.append(Broken(f"record {wid}/{expected} does not name the one before it"))
            expected, link = expected + 1, own
            known += digest
        chains[wid] = expected, link

    for number, line in enumerate(sealed_lines(folder, keys, witnesses, begin, told), begin.size):
        with judging(told, f"leaf {number} is no manifest, or names what holds no records"):
            manifest = read_manifest(line)
            need(manifest["kind"] != "alarm", f"alarm: {manifest['note']} {manifest['key']}")
            check_segment(folder, manifest, take, told)
    kind = Undecidable if any(isinstance(x, UnknownLeaves) for x in told) else Broken
    for wid in filter(late.get, late):
        told.append(kind(f"records are missing from {wid}/{chains[wid][0]} on"))


def check(kind, what, key_file, witness_file=None):
    """Return the findings, and the reasons why something cannot be judged."""
    told = []
    try:
        keys = load_keys(key_file.read_bytes())
        witnesses = load_witnesses(witness_file.read_bytes()) if witness_file else {}
    except (*WRONG, OSError):
        return [], ["the public keys, or those of the witnesses, prove nothing"]
    with judging(told, "this is not written as evidence is"):
        if kind == "archive":
            check_archive(what, with_successors(what, keys), witnesses, told)
        else:
            check_proofs(what.read_bytes(), keys, told)
    found = [str(x) for x in told if isinstance(x, Broken)]
    return found, [str(x) for x in told if isinstance(x, Undecidable)]


def main(arguments):
    if len(arguments) not in {3, 4} or arguments[0] not in {"archive", "proof"}:
        print(__doc__)
        return 2
    found, reasons = check(arguments[0], *map(Path, arguments[1:]))
    verdict = f"NOT CLEAN: {len(found)} finding(s)" if found else "CLEAN"
    if Path(arguments[1], "timestamps").is_dir():
        print("Time stamps are not looked at: `openssl ts -verify` does that.")
    print(*found, *reasons, "NOT DECIDABLE" if reasons and not found else verdict, sep="\n")
    return 1 if found else 4 if reasons else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
