"""A witness as C2SP's tlog-witness describes it, written from that page and from nothing of ours.

It knows one log, keeps the size and root that it saw last, and answers as the page says:
404 for a log it does not know, 403 for a signature it does not know, 400 for what is not
formed, 409 with the size for another size, 422 for a proof that does not lead there.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

NAME = "witness.example/w1"


def _hash(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def _leads(old: int, new: int, proof: Sequence[bytes], was: bytes, now: bytes) -> bool:
    """RFC 9162, section 2.1.4.2, step by step."""
    if old == new:
        return not proof and was == now
    if old == 0:
        return not proof
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, was)
    if not path:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for node in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = _hash(b"\x01", node, fr), _hash(b"\x01", node, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = _hash(b"\x01", sr, node)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and (fr, sr) == (was, now)


class StrictWitness:
    """One witness of one log, whose public key is 32 bytes of Ed25519."""

    def __init__(self, origin: str, log_key: bytes, *, seed: bytes = b"w" * 32) -> None:
        self.origin, self.log_key = origin, log_key
        self.key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self.size, self.root = 0, _hash()
        self.now_s = 1_790_000_000
        self.asked: list[tuple[int, int]] = []
        """The old size of each request, and what was answered."""

    @property
    def public(self) -> str:
        """Its key as text."""
        raw = b"\x04" + self.key.public_key().public_bytes_raw()
        known = _hash(NAME.encode(), b"\n", raw)[:4]
        return f"{NAME}+{known.hex()}+{base64.b64encode(raw).decode()}"

    def add_checkpoint(self, body: bytes) -> tuple[int, bytes]:
        """Answer one request."""
        head, _, note = body.decode().partition("\n\n")
        first, *lines = head.split("\n")
        old = re.fullmatch("old (0|[1-9][0-9]*)", first)
        if old is None or len(lines) > 63:
            return 400, b""
        status, answer = self._judge(int(old[1]), [base64.b64decode(x) for x in lines], note)
        self.asked.append((int(old[1]), status))
        return status, answer

    def _judge(self, old: int, proof: list[bytes], note: str) -> tuple[int, bytes]:
        text, _, signatures = note.partition("\n\n")
        origin, size_text, root_text, *_ = text.split("\n")
        if origin != self.origin:
            return 404, b""
        if not self._signed(text + "\n", signatures):
            return 403, b""
        size, root = int(size_text), base64.b64decode(root_text)
        if old > size:
            return 400, b""
        if old != self.size or (old == size and root != self.root):
            return 409, f"{self.size}\n".encode()
        if not _leads(old, size, proof, self.root, root):
            return 422, b""
        self.size, self.root = size, root
        return 200, self.cosign(text + "\n")

    def _signed(self, text: str, signatures: str) -> bool:
        known = _hash(self.origin.encode(), b"\n\x01", self.log_key)[:4]
        for line in signatures.splitlines():
            _, name, encoded = line.split(" ")
            raw = base64.b64decode(encoded)
            if name == self.origin and raw[:4] == known:
                try:
                    public = ed25519.Ed25519PublicKey.from_public_bytes(self.log_key)
                    public.verify(raw[4:], text.encode())
                except InvalidSignature:
                    return False
                return True
        return False

    def cosign(self, text: str) -> bytes:
        """Sign a text, as `cosignature/v1` says."""
        message = f"cosignature/v1\ntime {self.now_s}\n{text}".encode()
        known = _hash(NAME.encode(), b"\n\x04", self.key.public_key().public_bytes_raw())[:4]
        raw = known + struct.pack(">Q", self.now_s) + self.key.sign(message)
        return f"\u2014 {NAME} {base64.b64encode(raw).decode()}\n".encode()


@contextmanager
def listening(witness: StrictWitness) -> Iterator[str]:
    """Let it listen on this machine; yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = 404, b""
            if self.path.endswith("/add-checkpoint"):
                status, answer = witness.add_checkpoint(body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/w"
    finally:
        server.shutdown()
        server.server_close()
