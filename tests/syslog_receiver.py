"""A syslog receiver as RFC 5424 and 5425 describe it, written from those alone."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PRINT = "[!-~]"
_VALUE = r'"(?:[^"\\\]]|\\["\\\]])*"'
_NAME = r"[!#-<>-\\^-~]{1,32}"
_ELEMENT = rf"\[{_NAME}(?: {_NAME}={_VALUE})*\]"
FORM = re.compile(
    rf"<(?P<pri>0|[1-9][0-9]{{0,2}})>1 "
    r"(?P<time>-|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})) "
    rf"(?P<host>{_PRINT}{{1,255}}) (?P<app>{_PRINT}{{1,48}}) (?P<proc>{_PRINT}{{1,128}}) "
    rf"(?P<msgid>{_PRINT}{{1,32}}) (?P<data>-|(?:{_ELEMENT})+)(?: (?P<msg>.*))?",
    re.DOTALL,
)
"""The ABNF of RFC 5424, section 6."""


class Certificates(NamedTuple):
    """Files in PEM: an authority, and a certificate of 127.0.0.1 with its key."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path) -> Certificates:
    """Make an authority, and a certificate that it has signed, as RFC 5280 wants them.

    From Python 3.13 on, a client refuses those that lack a use or the identifier of a key.
    """
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - certificates are held against the clock
    owner, served = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def signed(name: str, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .add_extension(_use(authority=authority), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(owner.public_key()),
                critical=False,
            )
            .sign(owner, hashes.SHA256())
        )

    pem = serialization.Encoding.PEM
    files = Certificates(folder / "authority.pem", folder / "served.pem", folder / "served.key")
    files.authority.write_bytes(signed("authority", owner, authority=True).public_bytes(pem))
    files.certificate.write_bytes(signed("127.0.0.1", served, authority=False).public_bytes(pem))
    files.key.write_bytes(
        served.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def _use(*, authority: bool) -> x509.KeyUsage:
    """Return what a certificate's key may do: sign certificates, or what it sends."""
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


class Receiver:
    """Listens on this machine and keeps each message; `deaf` connections are reset unread."""

    def __init__(self, files: Certificates, *, says_goodbye: bool = True) -> None:
        self.messages: list[str] = []
        self.connections = 0
        self.deaf = 0
        self._says_goodbye = says_goodbye
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(files.certificate, files.key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                self._one(plain)
            except OSError:
                plain.close()

    def _one(self, plain: socket.socket) -> None:
        secure = self._context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False)
        if self.deaf:
            self.deaf -= 1
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # so that closing resets
            secure.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            time.sleep(0.2)  # what is on its way arrives
            secure.close()
            return
        data = b""
        while part := secure.recv(65_536):
            data += part
        self.messages += deframed(data)
        if self._says_goodbye:
            secure.unwrap()
        secure.close()


def deframed(data: bytes) -> Iterator[str]:
    """Yield messages out of octet-counted frames: RFC 5425, section 4.3.1."""
    while data:
        length, _, rest = data.partition(b" ")
        assert re.fullmatch(rb"[1-9][0-9]*", length), "MSG-LEN is a number without a leading zero"
        assert len(rest) >= int(length), "a frame is cut off"
        yield rest[: int(length)].decode("ascii")
        data = rest[int(length) :]


@contextmanager
def receiving(files: Certificates, *, says_goodbye: bool = True) -> Iterator[Receiver]:
    """Let a receiver listen."""
    receiver = Receiver(files, says_goodbye=says_goodbye)
    try:
        yield receiver
    finally:
        receiver.close()
