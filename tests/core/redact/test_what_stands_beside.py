"""A value is found whatever stands beside it: what a repr has escaped, a name, a separator.

Python's own `repr`, `json` and `ipaddress`, and python-stdnum, say what is written.
"""

from __future__ import annotations

import json
from ipaddress import IPv6Address

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
