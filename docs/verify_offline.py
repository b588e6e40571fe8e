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
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

MAX_INT, MAX_DEPTH, MAX_NOTE, MAX_JSON, MAX_PATH = 2**53 - 1, 32, 1 << 16, 1 << 20, 64
COSIGNED_WITHIN_S = 300
MAX_BEGIN = 1 << 24
P = 2**255 - 19
SMALL = {0, 1, P - 1}  # y of Ed25519's points of order 1, 2 and 4; below those of order 8
SMALL |= {int.from_bytes(bytes.fromhex(y), "little") for y in (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")}
TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z"
SEGMENT = r"segments(/[0-9]{2,4}){3}/[A-Za-z0-9][A-Za-z0-9._=-]*\.ndjson"
MANIFEST = r"[0-9]{12}-[0-9]{6}(-[0-9a-f]{16})?\.ndjson"
CHAIN = ("chain ([A-Za-z0-9_-]{22}) (0|[1-9][0-9]{0,14}) ([A-Za-z0-9_-]{43}) "
         "(0|[1-9][0-9]{0,14}) [^ ]+")
WRITER, HEX16, HEX32 = "[A-Za-z0-9_-]{22}", "[0-9a-f]{32}", "[0-9a-f]{64}"

class Undecidable(Exception):
    """What cannot be judged, and why; `said` is what a record of any version says."""
    said = None

def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def b64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

def is_text(value):
    return isinstance(value, str)

def is_whole(value, least=0):
    return type(value) is int and least <= value <= MAX_INT

def need(holds, what):
    if not holds:
        raise ValueError(what)

# -- JSON has one form -------------------------------------------------------------

def members(pairs):
    need(len(dict(pairs)) == len(pairs) and all(k.isascii() for k, _ in pairs), "a key")
    return dict(pairs)

def read_json(data):
    def refuse(_):
        raise ValueError("a number that is not whole")
    try:
        return json.loads(data.decode(), parse_float=refuse, parse_constant=refuse,
                          object_pairs_hook=members)
    except RecursionError:
        raise ValueError("nested too deeply") from None

def read_canonical(data):
    need(len(data) <= MAX_JSON, "too long")
    document = read_json(data)
    level, depth = [document], 0
    while level:
        depth += 1
        need(depth <= MAX_DEPTH, "nested too deeply")
        need(all(abs(x) <= MAX_INT for x in level if type(x) is int), "an integer")
        level = [y for x in level if isinstance(x, (dict, list))
                 for y in (x.values() if isinstance(x, dict) else x)]
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    need(text.encode() == data, "not canonical")
    return document

# -- Keys, and checkpoints as signed notes -----------------------------------------

def is_sound(raw):
    y = int.from_bytes(raw, "little") % 2**255
    return y < P and y not in SMALL

def load_keys(pem):
    end, keys = b"-----END PUBLIC KEY-----", []
    for block in pem.split(end)[:-1]:
        try:
            key = serialization.load_pem_public_key(block + end + b"\n")
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if isinstance(key, ed25519.Ed25519PublicKey):
            good = is_sound(key.public_bytes_raw())
        else:
            good = isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1"
        if not good:
            raise Undecidable("a public key is not a sound Ed25519 or P-256 key")
        keys.append(key)
    if not keys:
        raise Undecidable("there is no public key")
    return keys

def signs(key, name, text, raw):
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            known = sha(name.encode(), b"\n\x01", key.public_bytes_raw())[:4]
            return raw[:4] == known and key.verify(raw[4:], text) is None
        return raw[:4] == sha(der(key))[:4] and key.verify(raw[4:], text, ec.ECDSA(hashes.SHA256())) is None
    except InvalidSignature:
        return False

def base64_of(text, length=None):
    raw = base64.b64decode(text, validate=True)
    need(base64.b64encode(raw).decode() == text and len(raw) == (length or len(raw)), "base64")
    return raw

def signatures(tail):
    *lines, rest = tail.split("\n")
    found = [re.fullmatch("\u2014 ([^ +\n]+) ([A-Za-z0-9+/]+=*)", line) for line in lines]
    need(not rest and found and all(found), "something other than signatures")
    return [match.groups() for match in found]

def load_witnesses(text):
    found = {}
    for line in (x.strip() for x in text.splitlines() if x.strip() and x[0] != "#"):
        try:
            name, known, key = line.rsplit("+", 2)
            raw = base64_of(key, 33)
            need(raw[0] == 4 and is_sound(raw[1:]) and not set(name) & set(" +"), "a key")
            need(known == sha(name.encode(), b"\n", raw)[:4].hex(), "a key's id")
        except ValueError:
            raise Undecidable("a witness's key is not one") from None
        found[name, bytes.fromhex(known)] = ed25519.Ed25519PublicKey.from_public_bytes(raw[1:])
    return found

def check_cosignatures(folder, witnesses, report):
    """Check what known witnesses have signed; one of them must have signed a late checkpoint."""
    seen = last = ""
    for file in listing(folder / "checkpoints", "[0-9]{12}") if witnesses else ():
        text, beside = file.read_bytes().partition(b"\n\n")[0] + b"\n", folder / "cosignatures" / file.name
        times = re.findall(f"^time ({TIME})$", text.decode("utf-8", "replace"), re.MULTILINE)
        last = times[0] if times else last
        try:
            data = beside.read_bytes() if beside.is_file() else None
            lines = signatures(data.decode()) if data is not None else []
            need(data is None or len(data) <= MAX_NOTE, "a size")
            for name, raw in [(name, base64_of(raw)) for name, raw in lines]:
                if (name, raw[:4]) in witnesses:
                    need(len(raw) == 76, "a cosignature")
                    said = b"cosignature/v1\ntime %d\n" % int.from_bytes(raw[4:12], "big")
                    witnesses[name, raw[:4]].verify(raw[12:], said + text)
                    seen = max(seen, last)
        except (ValueError, InvalidSignature):
            report(f"the cosignatures of checkpoint {file.name} do not hold")
    at = [datetime.fromisoformat(x).timestamp() for x in (seen, last) if x]
    if last and (len(at) < 2 or at[1] - at[0] > COSIGNED_WITHIN_S):
        report(f"no known witness has signed a checkpoint since {seen or 'the beginning'}")

def signed_text(data, keys, limit=MAX_NOTE, line=0):
    """Return the text of a note and which key signed it in its origin's name; None if none did."""
    try:
        head, blank, tail = data.decode().partition("\n\n")
        need(len(data) <= limit and blank, "a note")
        text, origin = (head + "\n").encode(), "".join(head.split("\n")[line:line + 1])
        raws = [base64_of(raw) for name, raw in signatures(tail) if name == origin]
    except ValueError:
        return None
    signed = [n for n, key in enumerate(keys) for raw in raws if signs(key, origin, text, raw)]
    return (head, max(signed)) if signed else None

def der(key):
    return key.public_bytes(serialization.Encoding.DER,
                            serialization.PublicFormat.SubjectPublicKeyInfo)

def with_successors(folder, keys):
    """Add the keys that statements lead to: behind the last that is known, and before the first."""
    changes = []
    for file in listing(folder / "keys", "(?!0{12})[0-9]{12}"):
        try:
            said = re.fullmatch("affidavit log keys 1\n[^\n]*\nold (.*)\nnew (.*)\ntime " + TIME,
                                file.read_bytes().decode().partition("\n\n")[0])
            both = [load_keys(b"-----BEGIN PUBLIC KEY-----\n%b\n-----END PUBLIC KEY-----\n" % x.encode())[0]
                    for x in said.groups() if base64_of(x)]
            if all(signed_text(file.read_bytes(), [key], line=1) for key in both):
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

def open_note(data, keys):
    """Return (origin, size, root, prev, hash, time, key); None if no key has signed it."""
    signed = signed_text(data, keys)
    return None if signed is None else (*read_note(signed[0]), signed[1])

def read_note(head):
    try:
        text = (head + "\n").encode()
        origin, size, root, time, prev = head.split("\n")
        need(re.fullmatch("0|[1-9][0-9]{0,14}", size), "a size")
        need(re.fullmatch("time " + TIME, time) and prev[:5] == "prev ", "a time")
        need(prev[5:] == "-" or base64_of(prev[5:], 32), "a hash")
        datetime.fromisoformat(time[5:])
        own = base64.b64encode(sha(text)).decode()
        return origin, int(size), base64_of(root, 32), prev[5:], own, time[5:]
    except ValueError:
        raise Undecidable("a checkpoint is signed and has a form that is not known") from None

def read_begin(head):
    """Return (number, size, stack, hash, time, origin, chains, whether it is time)."""
    title, origin, place, sealed, days, stated, *rest = head.split("\n")
    number, size, prev = place.split(" ")
    stack = [base64_of(line[5:], 32) for line in rest if line[:5] == "node "]
    chains, nodes = rest[len(stack):], rest[:len(stack)]
    need(title == "affidavit log begins 1" and all(x[:5] == "node " for x in nodes), "a statement")
    need(all(re.fullmatch("0|[1-9][0-9]{0,14}", x) for x in (number, size)), "a number")
    need(re.fullmatch("days (0|[1-9][0-9]{0,4})", days) and base64_of(prev, 32), "a statement")
    need(re.fullmatch("sealed " + TIME, sealed) and re.fullmatch("time " + TIME, stated), "a time")
    found = [re.fullmatch(CHAIN, line) for line in chains]
    need(all(found) and chains == sorted(set(chains)), "a chain")
    need(len(stack) == bin(int(size)).count("1"), "a tree")
    places = {match[1]: (int(match[2]), match[3]) for match in found}
    need(len(places) == len(chains), "a chain")
    over = datetime.fromisoformat(sealed[7:]) + timedelta(days=int(days[5:]))
    return (int(number), int(size), stack, prev, sealed[7:], origin, places,
            over <= datetime.fromisoformat(stated[5:]))

def find_begin(folder, keys, report):
    """Return the newest signed statement of where the log begins; None if there is none."""
    for file in reversed(listing(folder / "begins", "[0-9]{12}")):
        signed = signed_text(file.read_bytes(), keys, MAX_BEGIN, 1)
        try:
            begin = None if signed is None else read_begin(signed[0])
        except (ValueError, OverflowError):
            raise Undecidable("a statement of where the log begins has another form") from None
        if begin is not None and int(file.name) == begin[0]:
            if not begin[7]:
                report("the log is said to begin before the time of what is gone was over")
            return begin
    return None

# -- Merkle trees: RFC 9162, sections 2.1.1 and 2.1.3.2 -----------------------------

def add(stack, leaf, size):
    while size & 1:
        leaf, size = sha(b"\x01", stack.pop(), leaf), size >> 1
    stack.append(leaf)

def top(stack):
    root = stack[-1] if stack else sha()
    for left in reversed(stack[:-1]):
        root = sha(b"\x01", left, root)
    return root

def path_root(leaf, place):
    need(isinstance(place, dict) and set(place) == {"index", "size", "path"}, "a place")
    index, size, path = place["index"], place["size"], place["path"]
    need(is_whole(index) and is_whole(size, 1) and index < size, "a place")
    need(isinstance(path, list) and len(path) <= MAX_PATH, "a path")
    need(all(is_text(node) and re.fullmatch(HEX32, node) for node in path), "a path")
    node, last, root = index, size - 1, leaf
    for sibling in map(bytes.fromhex, path):
        if last == 0:
            return None
        if node % 2 == 1 or node == last:
            root = sha(b"\x01", sibling, root)
            while node % 2 == 0 and node != 0:
                node, last = node // 2, last // 2
        else:
            root = sha(b"\x01", root, sibling)
        node, last = node // 2, last // 2
    return root if last == 0 else None

# -- Manifests, records, proofs ----------------------------------------------------

def read_manifest(line):
    said = read_canonical(line)
    need(isinstance(said, dict) and type(said.get("v")) is int, "a manifest")
    if said["v"] > 2:
        raise Undecidable("a manifest has a version that is not known")
    texts, writers = ("key", "kind", "note", "root", "sha256"), said.get("writers")
    need(set(said) == {*texts, "bytes", "count", "v", "writers"} and said["v"] >= 1, "members")
    need(all(is_text(said[name]) for name in texts) and isinstance(writers, dict), "members")
    need(all(isinstance(x, list) and len(x) == 3 and all(map(is_whole, x))
             for x in writers.values()) and is_whole(said["bytes"]), "writers")
    alarm = said["kind"] == "alarm"
    need(alarm or said["kind"] in ("segment", "repair"), "a kind")
    need(is_whole(said["count"], 0 if alarm else 1), "a count")
    need(alarm or re.fullmatch(SEGMENT, said["key"]), "a key")
    return said

def read_record(body):
    said = read_canonical(body)
    need(isinstance(said, dict) and type(said.get("v")) is int, "a version")
    need(is_text(said.get("wid")) and re.fullmatch(WRITER, said["wid"]), "a writer")
    need(max(said) == "wid" and is_whole(said.get("seq")) and is_text(said.get("prev")), "a place")
    if said["v"] != 1:
        unknown = Undecidable("a record has a version that is not known")
        unknown.said = said
        raise unknown
    reads, out, actor = said.get("q", []), said.get("out", {}), said.get("actor", {})
    need("ph" in said and all(is_text(said.get(k, "")) for k in ("ph", "subj", "ts")), "texts")
    need(is_whole(said.get("exp", 0)) and isinstance(actor, dict) and isinstance(out, dict), "x")
    need(is_text(actor.get("id", "")) and is_whole(out.get("code", 0)), "members")
    need(isinstance(reads, list) and all(isinstance(x, dict) and {"n", "s"} <= set(x)
                                         for x in reads), "reads")
    return said

def check_proof(proof, keys):
    form = proof.get("format") if isinstance(proof, dict) else None
    if is_text(form) and re.fullmatch("affidavit proof ([02-9]|[1-9][0-9]+)", form):
        raise Undecidable("a proof has a version that is not known")
    try:
        need(form == "affidavit proof 1" and re.fullmatch(HEX16, proof["mac"]), "a proof")
        body, line = proof["record"].encode(), proof["manifest"].encode()
        note = open_note(proof["checkpoint"].encode(), keys)
        if note is None:
            return "the checkpoint is not signed by these keys"
        manifest, _ = read_manifest(line), read_record(body)
        inner, outer = proof["segment"], proof["log"]
        leaf = sha(b"\x00", body, bytes.fromhex(proof["mac"]))
        root, log = path_root(leaf, inner), path_root(sha(b"\x00", line), outer)
    except (KeyError, TypeError, ValueError, AttributeError):
        return "it is not written as a proof is"
    if root is None or b64url(root) != manifest["root"] or inner["size"] != manifest["count"]:
        return "the record is not in its segment"
    if log != note[2] or outer["size"] != note[1]:
        return "the segment is not in the log that was signed"
    return None

# -- A whole archive ---------------------------------------------------------------

def listing(folder, form):
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted(f for f in files if re.fullmatch(form, f.name) and f.is_file())

def check_begin(file, begin, stack, report):
    """The first checkpoint that is kept signs what the statement says."""
    try:
        head = file.read_bytes().decode().partition("\n\n")[0]
        origin, size, root, _, own, time = read_note(head)
        said = (begin[5], begin[1], top(stack), begin[3], begin[4])
        need((origin, size, root, own, time) == said, "another checkpoint")
    except (ValueError, OSError, Undecidable):
        report("the first checkpoint is not the one at which the log is said to begin")

def check_log(folder, keys, begin, report):
    """Return the lines of the manifests that the checkpoints sign, from where the log begins."""
    manifests, leaves, stack, newest = {}, [], [], 0
    for file in listing(folder / "manifests", MANIFEST):
        manifests.setdefault(int(file.name[:12]), []).append((int(file.name[13:19]), file))
    expected, origin, prev = 0, None, "-"
    if begin is not None:
        expected, (size, stack, prev), origin = begin[0] + 1, begin[1:4], begin[5]
        leaves = [b""] * size
        check_begin(folder / "checkpoints" / f"{begin[0]:012d}", begin, stack, report)
    for file in listing(folder / "checkpoints", "[0-9]{12}"):
        if int(file.name) < expected:
            continue  # older than the log
        if int(file.name) != expected:
            report(f"checkpoints {expected} to {int(file.name) - 1} are missing")
            prev = None
        expected = int(file.name) + 1
        try:
            note = open_note(file.read_bytes(), keys)
        except Undecidable as reason:
            report(reason)
            prev = None
            continue
        if note is None or note[6] < newest:  # keys stand in the order of their use
            report(f"checkpoint {file.name} is not signed by these keys")
            prev = None
            continue
        if prev not in (None, note[3]) or origin not in (None, note[0]):
            report(f"checkpoint {file.name} does not follow the one before it")
        origin, prev, newest = note[0], note[4], note[6]
        if not extend(manifests, leaves, stack, note[1], note[2]):
            report(f"the manifests do not lead to the root that checkpoint {file.name} signs")
            break
    if origin is None:
        segments = (f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file())
        signed = manifests or any(re.fullmatch(SEGMENT, name) for name in segments)
        report("no checkpoint signs what is there" if signed else Undecidable("no checkpoint"))
    return leaves[begin[1]:] if begin is not None else leaves

def extend(manifests, leaves, stack, size, root):
    """Add the manifests up to the size that a checkpoint signs, if they lead to its root."""
    wanted, at, pieces = size - len(leaves), len(leaves), []
    if not wanted:
        return top(stack) == root
    spans = [[file] for count, file in manifests.get(at, []) if count == wanted]
    while at < size:  # if checkpoints are gone, several objects lie between two of them
        found = [pair for pair in manifests.get(at, []) if 0 < pair[0] <= size - at][:1]
        pieces += [file for _, file in found]
        at += found[0][0] if found else size
    for files in [*spans, pieces]:
        datas, grown = [file.read_bytes() for file in files], list(stack)
        lines = [line for data in datas for line in data.split(b"\n")[:-1]]
        named = all(len(f.name) == 26 or f.name[20:36] == sha(d).hex()[:16]
                    for f, d in zip(files, datas))
        for number, line in enumerate(lines, len(leaves)):
            add(grown, sha(b"\x00", line), number)
        if (named and len(lines) == wanted and all(d.endswith(b"\n") for d in datas)
                and top(grown) == root):
            stack[:] = grown
            leaves += lines
            return True
    return False

def check_segment(folder, manifest, take, report):
    file, key, tree, spans = folder / manifest["key"], manifest["key"], [], {}
    if not file.is_file():
        return report(f"{key} is missing, with {manifest['count']} records")
    data = file.read_bytes()
    if b64url(sha(data)) != manifest["sha256"] or len(data) != manifest["bytes"]:
        return report(f"{key} was altered")
    for number, line in enumerate(data.split(b"\n")[:-1]):
        body, digits = line[5:-40], line[-34:-2].decode("latin-1")
        if not re.fullmatch(HEX16, digits) or line != b'{"b":%b,"m":"%b"}' % (body, digits.encode()):
            return report(f"{key} has bytes outside its framing")
        add(tree, sha(b"\x00", body, bytes.fromhex(digits)), number)
        try:
            said = read_record(body)
        except Undecidable as reason:
            said = reason.said
            report(reason)
        except ValueError:
            report(f"{key} holds what is not a record")
            continue
        take(said, body, bytes.fromhex(digits))
        seq, (first, last, count) = said["seq"], spans.get(said["wid"], (said["seq"], 0, 0))
        spans[said["wid"]] = [min(first, seq), max(last, seq), count + 1]
    if not data.endswith(b"\n") or b64url(top(tree)) != manifest["root"]:
        report(f"{key} does not have the root that was signed")
    if data.count(b"\n") != manifest["count"] or spans != manifest["writers"]:
        report(f"{key} does not hold the records that its manifest names")

def check_archive(folder, keys, report):
    manifests, late, copies, first, unknown = [], {}, [], {}, False
    begin = find_begin(folder, keys, report)
    after = dict(begin[6]) if begin is not None else {}
    for line in check_log(folder, keys, begin, report):
        try:
            manifest = read_manifest(line)
        except Undecidable as reason:
            unknown = report(reason) is None
        except ValueError:
            report("the log holds what is not a manifest")
        else:
            if manifest["kind"] == "alarm":
                report(f"alarm: {manifest['note']} {manifest['key']}")
            else:
                manifests.append(manifest)

    def take(said, body, mac):  # records may come late, and twice if they are the same
        wid, seq = said["wid"], said["seq"]
        expected, link = after.get(wid, (0, "A" * 43))
        waiting = late.setdefault(wid, {})
        if seq < expected or seq in waiting:
            copies.append((wid, seq, sha(body, mac)))
            return
        waiting[seq] = (said["prev"], b64url(sha(body)))
        while expected in waiting:
            prev, own = waiting.pop(expected)
            if prev != link:
                report(f"record {wid}/{expected} does not name the one before it")
            expected, link = expected + 1, own
        after[wid] = (expected, link)

    def remember(said, body, mac):
        first.setdefault((said["wid"], said["seq"]), sha(body, mac))

    for manifest in manifests:
        check_segment(folder, manifest, take, report)
    for wid in (wid for wid, waiting in late.items() if waiting):
        text = f"records are missing from {wid}/{after[wid][0]} on"
        report(Undecidable(text) if unknown else text)
    for manifest in manifests if copies else ():  # there are few; read again
        check_segment(folder, manifest, remember, lambda _: None)
    for wid, seq, digest in copies:
        if begin is not None and seq < begin[6].get(wid, (0, ""))[0]:
            report(Undecidable("there is a second copy of a record that is older than the log"))
        elif first[wid, seq] != digest:
            report(f"record {wid}/{seq} is there twice, and differs")

def check(kind, what, key_file, witness_file=None):
    """Return the findings, and the reasons why something cannot be judged."""
    told = []
    try:
        keys = load_keys(key_file.read_bytes())
        if kind == "archive":
            keys = with_successors(what, keys)
            witnesses = load_witnesses(witness_file.read_text()) if witness_file else {}
            check_archive(what, keys, told.append)
            check_cosignatures(what, witnesses, told.append)
        else:
            data = what.read_bytes()
            try:
                proofs = read_json(data)
            except ValueError:
                proofs = None
            for proof in proofs if isinstance(proofs, list) else [proofs]:
                try:
                    told.append(check_proof(proof, keys) or True)
                except Undecidable as reason:
                    told.append(reason)
            if not told:
                raise Undecidable("there is no proof in the file")
    except (Undecidable, OSError) as reason:
        told.append(reason)
    return [x for x in told if is_text(x)], [str(x) for x in told if isinstance(x, Exception)]

def main(arguments):
    if len(arguments) not in (3, 4) or arguments[0] not in ("archive", "proof"):
        print(__doc__)
        return 2
    found, reasons = check(arguments[0], *map(Path, arguments[1:]))
    for line in [*found, *reasons]:
        print(line)
    verdict = "NOT DECIDABLE" if reasons else "CLEAN"
    print(f"NOT CLEAN: {len(found)} finding(s)" if found else verdict)
    return 1 if found else 4 if reasons else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
