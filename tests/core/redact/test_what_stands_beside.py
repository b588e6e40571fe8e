"""A value is found whatever stands beside it: what a repr has escaped, a name, a separator.

Python's own `repr`, `json` and `ipaddress`, and python-stdnum, say what is written.
"""

from __future__ import annotations

import json
from base64 import b64encode
from ipaddress import IPv6Address
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban

from affidavit.plugin import Redactor, Sink, load_policy

REDACTOR = Redactor(load_policy("baseline").redaction)
VALUES = {
    "address": "203.0.113.9",
    "address of version 6": "2001:db8:7:8:9:a:b:c",
    "AWS key": "AKIA" + "Q7" * 8,
    "bank account": "DE89370400440532013000",
    "hardware address": "00:1b:44:11:3a:b7",
    "telephone": "+49 30 901820",
    "token": "ghp_" + "a1B2c3" * 6,
}


def _read(text: str) -> str:
    said = REDACTOR.clean(text, Sink.LOG).value
    assert isinstance(said, str)
    return said


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("broken", ["\n", "\r", "\t", "\r\n"], ids=repr)
@pytest.mark.parametrize("write", [repr, json.dumps])
def test_an_escaped_break_ends_a_word(kind: str, broken: str, write: type[str]) -> None:
    """Its letter is none of the value's, nor of what stands before it."""
    value = VALUES[kind]
    text = f"it said {write(f'gone{broken}{value}{broken}')}"

    assert value not in _read(text)
    assert _read(text).startswith("it said ")


@pytest.mark.parametrize("kind", ["address of version 6", "bank account"])
@pytest.mark.parametrize("around", ["用户{}已登录", "ユーザー{}が", "사용자{}님", "от{}до"])
def test_letters_of_another_script_end_a_word(kind: str, around: str) -> None:
    """Chinese, Japanese and Thai have no blanks between words."""
    assert VALUES[kind] not in _read(around.format(VALUES[kind]))


@pytest.mark.parametrize("around", ["src:{}", "{}: gone", "<!--{}-->", "x <-{}", "node-{}"])
def test_a_hardware_address_stands_beside_a_mark(around: str) -> None:
    """Which is none of its own."""
    assert VALUES["hardware address"] not in _read(around.format(VALUES["hardware address"]))


@pytest.mark.parametrize("coded", ["x%20{}%20y", "tel%3D{}%26", "x%22{}%22", "a%2C{}%2Cb"])
def test_a_plus_before_a_country_is_no_space_of_a_form(coded: str) -> None:
    """Behind what is percent-encoded."""
    assert "4930901820" not in _read(coded.format("+4930901820"))


@pytest.mark.parametrize("kind", VALUES)
def test_a_text_in_utf_16_is_read_in_base64(kind: str) -> None:
    """PowerShell's `-EncodedCommand` is one."""
    coded = b64encode(f"hello {VALUES[kind]}".encode("utf-16-le")).decode()

    assert coded not in _read(f"powershell -EncodedCommand {coded}")


@given(st.text(ascii_letters + digits, min_size=8, max_size=20).map("Zq9".__add__))
def test_a_value_is_found_in_what_code_and_statements_say(secret: str) -> None:
    """Between quotation marks of any kind, in a call that sets it, in a comparison, in a dump."""
    for text in (
        f"\u201cpassword\u201d: \u201c{secret}\u201d",
        f"\u300cpassword\u300d\uff1a\u300c{secret}\u300d",
        f'builder.withApiKey("{secret}").build()',
        f"user.setLastName('{secret}')",
        f"select 1 where last_name LIKE '{secret}%' or x",
        f"where api_key NOT IN ('{secret}', 'Zq9{secret}')",
        f'["lastName":protected]=> string(9) "{secret}"',
        f"java -Dlast_name={secret} -jar x",
    ):
        assert secret not in _read(text)


@given(
    st.integers(0x20000000 << 96, 0x3FFFFFFF << 96).map(lambda one: IPv6Address(one | 1)),
    st.sampled_from(["client", "node", "peer-ip", "src"]),
)
def test_an_address_of_version_6_stands_behind_a_name_and_a_colon(
    address: IPv6Address, name: str
) -> None:
    """Written in full and as short as may be."""
    for written in (address.exploded, address.compressed):
        assert written not in _read(f"refused {name}:{written} now")


@given(
    st.text("0123456789", min_size=18, max_size=18),
    st.sampled_from(["", " ", "-"]),
    st.sampled_from(["", " now", " - paid", "-", " 00", ", 1-2-3"]),
)
def test_what_follows_a_bank_account_is_none_of_it(digits: str, mark: str, after: str) -> None:
    """With groups or without, and with one separator only, as people paste them."""
    number = f"DE{iban.calc_check_digits(f'DE00{digits}')}{digits}"
    groups = [number[at : at + 4] for at in range(0, len(number), 4)]
    for written in (mark.join(groups), f"{number[:4]}{mark}{number[4:]}"):
        assert f"to [IBAN]{after}" == _read(f"to {written}{after}")
