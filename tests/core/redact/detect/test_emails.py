"""E-mail addresses."""

import pytest
from hypothesis import given

import redact_strategies as my
from affidavit._redact.detect.emails import find_emails
from affidavit._redact.types.match import Match, TextView


def _found(text: str) -> list[str]:
    hits: list[Match] = []
    find_emails(TextView(text), hits)
    return [text[hit.start : hit.end] for hit in hits]


@given(my.emails())
def test_every_drawn_address_is_found(address: str) -> None:
    """Between angle brackets, in a query, at the end of a sentence."""
    assert [address] * 3 == _found(f"<{address}> ?to={address}&x Write to {address}.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zo\u00eb@bl\u00fcte.example.de", "zo\u00eb@bl\u00fcte.example.de"),
        ("a@xn--blte-1ra.xn--p1ai", "a@xn--blte-1ra.xn--p1ai"),
        ("'o.k@example.org'", "o.k@example.org"),
        ("my e-mail is jane at example.org", "jane at example.org"),
        ('"jane roe"@example.org', '"jane roe"@example.org'),
        ('\\"jane roe\\"@example.org', '\\"jane roe\\"@example.org'),
        ("to jane@\nexample.org now", "jane@\nexample.org"),
        ("jane at example dot org", "jane at example dot org"),
        ("jane [at] mail [dot] example (dot) org", "jane [at] mail [dot] example (dot) org"),
        ("jane(at)example.org", "jane(at)example.org"),
        ("from jane.roe=40mail.example.org now", "jane.roe=40mail.example.org"),
        ("x@example.org412-68-1357", "x@example.org"),
        ("b" * 90 + "@example.org", "b" * 90 + "@example.org"),
        ("@team: jane@example.org", "jane@example.org"),
        ("to jane@[192.0.2.1].", "jane@[192.0.2.1]"),
        ("to jane@[IPv6:2001:db8::1]", "jane@[IPv6:2001:db8::1]"),
        ("अजय@डाटा.भारत", "अजय@डाटा.भारत"),
        ("ผู้ใช้@ตัวอย่าง.ไทย", "ผู้ใช้@ตัวอย่าง.ไทย"),
    ],
)
def test_odd_addresses_are_found(text: str, expected: str) -> None:
    """With accents, quoted, broken, or written around filters."""
    assert [expected] == _found(text)


@pytest.mark.parametrize(
    "text",
    ["git@localhost", "@user", "https://x.example/@user/a", "a@b..com", "look at the dot product",
     "meet (at) noon", "@decorator\ndef f", "user@10.0.0.1", "*@example.org",
     "size=40kb", "wait=40ms.done", "peer=40.1.2.3", "code=404.example.org"],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    """No domain, no local part, or a sentence."""
    assert [] == _found(text)


def test_a_local_part_of_256_characters_is_read_whole() -> None:
    """What stands before that is another's."""
    assert ["a" * 256 + "@example.com"] == _found("b " + "a" * 256 + "@example.com")
    assert ["a" * 256 + "@example.com"] == _found("b" + "a" * 256 + "@example.com")
