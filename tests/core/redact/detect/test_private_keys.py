"""Private keys in other forms than PEM: of PuTTY and .NET, and bare DER in base64."""

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.words import Sink
from affidavit._redact import Redactor

REDACTOR = Redactor(my.rules())
SIX = 6

ENDS = {
    "PKCS 1": b"\x02\x01\x00\x02\x82\x01\x01\x00",
    "PKCS 8": b"\x02\x01\x00\x30\x0d\x06\x09\x2a",
    "SEC 1": b"\x02\x01\x01\x04\x20",
    "PKCS 8 of a curve": b"\x02\x01\x00\x30\x13\x06\x07",
    "Ed25519": b"\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70",
}  # fmt: skip
"""How the inside of a key begins (RFC 8017, 5208, 5915, 8410)."""


def _der(inside: bytes, size: int) -> bytes:
    """Return a sequence of DER (X.690, 8.1.3): its length says how long the rest is."""
    inside = (inside + b"\x55" * size)[:size]
    if size < 0x80:
        return b"\x30" + bytes([size]) + inside
    head = b"\x81" + bytes([size]) if size < 0x100 else b"\x82" + struct.pack(">H", size)
    return b"\x30" + head + inside


def _is_gone(secret: str, written: str) -> bool:
    return not any(secret[at : at + SIX] in written for at in range(len(secret) - SIX))


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        *(("PKCS 1", size) for size in (0x13A, 0x25D, 0x4A4, 0x929)),
        *(("PKCS 8", size) for size in (0x156, 0x278, 0x4BC, 0x942)),
        *(("SEC 1", size) for size in (0x77, 0x74, 0x31, 0x3E, 0x2E, 0xA4, 0xDB, 0xDC)),
        *(("PKCS 8 of a curve", size) for size in (0x87, 0x84, 0xB6, 0xEE, 0x41)),
        ("Ed25519", 0x2E),
    ],
)
@pytest.mark.parametrize("around", ["{}", 'ecKey = "{}"', "got {} from it"])
def test_a_key_without_armour_is_gone(kind: str, size: int, around: str) -> None:
    """The sizes that keys of the usual lengths and curves have."""
    key = base64.b64encode(_der(ENDS[kind], size)).decode()

    assert _is_gone(key[16:], REDACTOR.text(around.format(key), Sink.LOG))


@pytest.mark.parametrize(
    "inside", [b"\x30\x82\x01\x01\x30", b"\x30\x0d\x06\x09\x2a\x86", b"\x06\x09"]
)
def test_what_is_public_stays(inside: bytes) -> None:
    """Certificates and public keys begin with a sequence, messages with an identifier."""
    public = base64.b64encode(_der(inside, 0x126)).decode()

    assert f"cert {public}" == REDACTOR.text(f"cert {public}", Sink.LOG)


@given(
    st.lists(st.binary(min_size=48, max_size=48), min_size=1, max_size=6), st.binary(max_size=20)
)
def test_the_private_lines_of_putty_are_gone(lines: list[bytes], last: bytes) -> None:
    """Whatever the key's own bytes are; its public lines and its comment stay."""
    private = [base64.b64encode(one).decode() for one in (*lines, b"\0\x01" + last)]
    text = "\n".join([
        "PuTTY-User-Key-File-3: ssh-rsa", "Encryption: none", "Comment: of jane",
        f"Private-Lines: {len(private)}", *private, "Private-MAC: 67",
    ])  # fmt: skip
    written = REDACTOR.text(text, Sink.LOG)

    assert not [one for one in private[:-1] if one in written]
    assert "Private-MAC: 67" in written


def test_the_primes_of_a_key_in_xml_are_gone() -> None:
    """What is public stands before them."""
    parts = {name: f"{name}{at}aB3x" * 5 for at, name in enumerate(("P", "Q", "DP", "DQ", "D"))}
    text = "<RSAKeyValue><Modulus>r2Xv</Modulus><Exponent>AQAB</Exponent>{}</RSAKeyValue>"
    told = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items())
    written = REDACTOR.text(text.format(told), Sink.LOG)

    assert all(_is_gone(value, written) for value in parts.values())
    assert "<Modulus>r2Xv</Modulus>" in written
