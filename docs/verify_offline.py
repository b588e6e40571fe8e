#!/usr/bin/env python3
"""Check affidavit's evidence without affidavit.

    python verify_offline.py archive FOLDER PUBLIC_KEY.pem
    python verify_offline.py proof   PROOF.json PUBLIC_KEY.pem

A second, independent verifier: the standard library and `cryptography`, nothing
else. It reads an archive (or one proof) and the sealer's public key, and says
what is wrong; exit code 0 if nothing is. It needs no credentials, no table and
no secret key. It cannot check the records' MACs, which need the ledger's keys;
it checks everything that the sealer has signed, and every link of every chain.

The formats are described in docs/evidence.md.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

FIRST_LINK = "A" * 43  # base64url of 32 zero bytes, without padding


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# -- Merkle trees: RFC 9162, sections 2.1.1 and 2.1.3.2 --------------------------


def tree_root(leaves):
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\x01", tree_root(leaves[:split]), tree_root(leaves[split:]))


def path_root(leaf, index, size, path):
    if not 0 <= index < size:
        return None
    node, last, root = index, size - 1, leaf
    for sibling in path:
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


# -- Checkpoints: signed notes ---------------------------------------------------


class PublicKey:
    def __init__(self, pem):
        self.key = serialization.load_pem_public_key(pem)

    def identify(self, name):
        if isinstance(self.key, ed25519.Ed25519PublicKey):
            return sha(name.encode(), b"\n\x01", self.key.public_bytes_raw())[:4]
        encoding = serialization.Encoding.DER
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return sha(self.key.public_bytes(encoding, form))[:4]

    def verifies(self, message, signature):
        try:
            if isinstance(self.key, ed25519.Ed25519PublicKey):
                self.key.verify(signature, message)
            else:
                self.key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def open_note(note, key):
    """Return (origin, size, root, time, prev, hash), or None if it is not signed by `key`."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    lines = text.split("\n")
    if len(lines) != 6:
        return None
    origin, size, root, time, prev, _ = lines
    *signatures, rest = signatures.split("\n")
    if rest or not all(line.startswith("\u2014 ") for line in signatures):
        return None
    for line in signatures:
        parts = line.split(" ")
        if len(parts) == 3 and parts[1] == origin:
            raw = base64.b64decode(parts[2])
            if raw[:4] == key.identify(origin) and key.verifies(text.encode(), raw[4:]):
                digest = base64.b64encode(sha(text.encode())).decode()
                return origin, int(size), base64.b64decode(root), time[5:], prev[5:], digest
    return None


# -- One proof -------------------------------------------------------------------


def check_proof(proof, key):
    note = open_note(proof["checkpoint"], key)
    if note is None:
        yield "the checkpoint is not signed by this key"
        return
    body, mac = proof["record"].encode(), bytes.fromhex(proof["mac"])
    manifest = json.loads(proof["manifest"])
    segment, log = proof["segment"], proof["log"]
    path = [bytes.fromhex(node) for node in segment["path"]]
    root = path_root(sha(b"\x00", body, mac), segment["index"], segment["size"], path)
    if root is None or b64url(root) != manifest["root"] or segment["size"] != manifest["count"]:
        yield "the record is not in its segment"
    path = [bytes.fromhex(node) for node in log["path"]]
    root = path_root(sha(b"\x00", proof["manifest"].encode()), log["index"], log["size"], path)
    if root != note[2] or log["size"] != note[1]:
        yield "the segment is not in the log that was signed"


# -- A whole archive -------------------------------------------------------------


def check_archive(folder, key):
    notes, previous = [], "-"
    for number, file in enumerate(sorted((folder / "checkpoints").iterdir())):
        note = open_note(file.read_text(), key)
        if note is None:
            yield f"checkpoint {file.name} is not signed by this key"
            return
        if int(file.name) != number or note[4] != previous:
            yield f"checkpoint {file.name} does not follow the one before it"
        if notes and (note[1] < notes[-1][1] or note[0] != notes[-1][0]):
            yield f"checkpoint {file.name} is smaller, or another log's"
        notes.append(note)
        previous = note[5]
    if not notes:
        yield "there is no checkpoint"
        return
    leaves, manifests = [], []
    for file in sorted((folder / "manifests").iterdir()):
        if len(leaves) < notes[-1][1]:
            for line in file.read_bytes().splitlines():
                leaves.append(sha(b"\x00", line))
                manifests.append(json.loads(line))
    for note in notes:
        if len(leaves) < note[1] or tree_root(leaves[: note[1]]) != note[2]:
            yield f"the manifests do not lead to the root signed at {note[3]}"
            return
    yield from check_segments(folder, manifests[: notes[-1][1]])


def check_segments(folder, manifests):
    chains = {}
    for manifest in manifests:
        if manifest["kind"] == "alarm":
            yield f"alarm: {manifest['note']} {manifest['key']}"
            continue
        file = folder / manifest["key"]
        if not file.is_file():
            yield f"{manifest['key']} is missing, with {manifest['count']} records"
            continue
        data = file.read_bytes()
        if b64url(sha(data)) != manifest["sha256"] or not data.endswith(b"\n"):
            yield f"{manifest['key']} was altered"
            continue
        tree = []
        for line in data[:-1].split(b"\n"):
            body, mac = line[5:-40], bytes.fromhex(line[-34:-2].decode())
            if line != b'{"b":' + body + b',"m":"' + mac.hex().encode() + b'"}':
                yield f"{manifest['key']} has bytes outside its framing"
            tree.append(sha(b"\x00", body, mac))
            yield from check_link(body, chains)
        if b64url(tree_root(tree)) != manifest["root"] or len(tree) != manifest["count"]:
            yield f"{manifest['key']} does not have the root that was signed"


def check_link(body, chains):
    record = json.loads(body)
    canonical = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    where = f"{record['wid']}/{record['seq']}"
    if canonical.encode() != body:
        yield f"record {where} is not canonical"
    expected, link = chains.get(record["wid"], (0, FIRST_LINK))
    if record["seq"] < expected:
        return  # a second copy, from a repair; its bytes are signed all the same
    if record["seq"] > expected:
        yield f"records {record['wid']}/{expected} to {record['seq'] - 1} are missing"
    elif record["prev"] != link:
        yield f"record {where} does not name the one before it"
    chains[record["wid"]] = (record["seq"] + 1, b64url(sha(body)))


def main(arguments):
    if len(arguments) != 3 or arguments[0] not in ("archive", "proof"):
        print(__doc__)
        return 2
    kind, what, key = arguments[0], Path(arguments[1]), PublicKey(Path(arguments[2]).read_bytes())
    if kind == "archive":
        problems = list(check_archive(what, key))
    else:
        proofs = json.loads(what.read_text())
        problems = [problem for proof in proofs for problem in check_proof(proof, key)]
    for problem in problems:
        print(problem)
    print("CLEAN" if not problems else f"NOT CLEAN: {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
