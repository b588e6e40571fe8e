"""A time-stamping authority as RFC 3161 describes it, written from there, whose clock can be set.

`openssl ts` reads what it says, and is one itself; see `tests/evidence/test_timestamps.py`.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

INTEGER, OCTETS, NULL, OID, TIME, SEQUENCE, SET = 0x02, 0x04, 0x05, 0x06, 0x18, 0x30, 0x31
TSA_NAME = "CN=tsa.example"


def der(tag: int, *parts: bytes) -> bytes:
    """Write one element."""
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def whole(number: int) -> bytes:
    """Write a number."""
    return der(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def oid(text: str) -> bytes:
    """Write an object identifier."""
    first, second, *rest = map(int, text.split("."))
    found = bytes([first * 40 + second])
    for arc in rest:
        digits = [arc & 127]
        while arc := arc >> 7:
            digits.append(arc & 127 | 128)
        found += bytes(reversed(digits))
    return der(OID, found)


SHA256 = der(SEQUENCE, oid("2.16.840.1.101.3.4.2.1"), der(NULL))
SHA512 = der(SEQUENCE, oid("2.16.840.1.101.3.4.2.3"), der(NULL))
TOKEN = oid("1.2.840.113549.1.9.16.1.4")


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: tuple[str, ec.EllipticCurvePrivateKey],
    ends: int,
    use: x509.ObjectIdentifier,
) -> x509.Certificate:
    """Make a certificate: one that vouches for itself and others, or one that stamps."""
    names = [
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one.removeprefix("CN="))])
        for one in (name, by[0])
    ]
    public, root = key.public_key(), name == by[0]
    builder = (
        x509.CertificateBuilder(names[1], names[0], public, 7 + root)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(ends, 6, 1, tzinfo=dt.UTC))
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
    )
    if not root:
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=True)
    return builder.sign(by[1], hashes.SHA256())


def pem(certificate: x509.Certificate) -> bytes:
    """Return a certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM)


class StandInAuthority:
    """One authority with a root of its own; both keys come of a number."""

    def __init__(
        self,
        seed: int = 1,
        *,
        ends: int = 2027,
        use: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING,
    ) -> None:
        root = ec.derive_private_key(1000 + seed, ec.SECP256R1())
        self.key = ec.derive_private_key(2000 + seed, ec.SECP256R1())
        by = (f"CN=root{seed}.example", root)
        self.root = _certificate(by[0], root, by, ends, use)
        self.certificate = _certificate(TSA_NAME, self.key, by, ends, use)

    def answer(self, query: bytes, at_s: int) -> bytes:
        """Answer a query that has a digest and a nonce, as ours have."""
        at = query.index(bytes([OCTETS, 32])) + 34
        nonce = int.from_bytes(query[at + 2 : at + 2 + query[at + 1]], "big")
        return self.stamp(query[at - 32 : at], at_s, nonce)

    def token(self, note: bytes, at_s: int) -> bytes:
        """Return a response with a token over a note, made at any time."""
        return self.stamp(sha256(note).digest(), at_s)

    def stamp(self, digest: bytes, at_s: int, nonce: int = 1, kind: bytes = SHA256) -> bytes:
        """Return a response with a token over a digest."""
        moment = dt.datetime.fromtimestamp(at_s, dt.UTC)
        imprint = der(SEQUENCE, kind, der(OCTETS, digest))
        info = der(
            SEQUENCE,
            *(whole(1), oid("1.2.3.4.1"), imprint, whole(9)),
            der(TIME, f"{moment:%Y%m%d%H%M%S}Z".encode()),
            whole(nonce),
        )
        return self.signed(info)

    def signed(self, info: bytes) -> bytes:
        """Return a response that was granted, with what the authority signs."""
        own = self.certificate.public_bytes(serialization.Encoding.DER)
        named = der(SEQUENCE, der(SEQUENCE, der(SEQUENCE, der(OCTETS, sha256(own).digest()))))
        said = sorted(
            der(SEQUENCE, oid(f"1.2.840.113549.1.9.{kind}"), der(SET, value))
            for kind, value in {
                "3": TOKEN,
                "4": der(OCTETS, sha256(info).digest()),
                "16.2.47": named,
            }.items()
        )
        signature = self.key.sign(der(SET, *said), ec.ECDSA(hashes.SHA256()))
        issuer = self.certificate.issuer.public_bytes()
        signer = der(
            SEQUENCE,
            whole(1),
            der(SEQUENCE, issuer, whole(self.certificate.serial_number)),
            SHA256,
            der(0xA0, *said),
            der(SEQUENCE, oid("1.2.840.10045.4.3.2")),
            der(OCTETS, signature),
        )
        content = der(SEQUENCE, TOKEN, der(0xA0, der(OCTETS, info)))
        data = der(SEQUENCE, whole(3), der(SET, SHA256), content, der(0xA0, own), der(SET, signer))
        token = der(SEQUENCE, oid("1.2.840.113549.1.7.2"), der(0xA0, data))
        return der(SEQUENCE, der(SEQUENCE, whole(0)), token)

    @property
    def pem(self) -> bytes:
        """What somebody needs to believe it."""
        return pem(self.root)


@contextmanager
def answering(answer: Callable[[bytes], bytes | None]) -> Iterator[str]:
    """Listen on this machine, and answer queries; None is an error of the authority's."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            found = answer(query)
            self.send_response(500 if found is None else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsr"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
