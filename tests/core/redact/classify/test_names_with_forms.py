"""A name that a secret may have counts where its value looks like one, in objects and in texts."""

from __future__ import annotations

import random
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.plugin import Redactor, Sink, load_policy

REDACTOR = Redactor(load_policy("baseline").redaction)
RANDOM = "".join(random.Random(3).choices(string.ascii_letters + string.digits, k=32))  # noqa: S311 - the same each time


def _read(value: Any) -> Any:
    return REDACTOR.clean(value, Sink.LOG).value


NAMES = (
    "test_pass", "testPass", "TEST_PASS", "ci_pass", "first_pass", "unit-test-pass", "testpass",
    "mypass", "rootpass2", "datadog_key", "acme_key", "acmeKey", "ACME_KEY", "hereKeys",
    "vendor.key",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_goes_below_it(name: str) -> None:
    """As a text, as an element of a list, and behind a mark in a text."""
    assert _read({name: RANDOM}) == {name: "[dropped]"}
    assert _read({"a": {name: [RANDOM]}}) == {"a": {name: "[dropped]"}}
    for text in (f"{name}={RANDOM} b=c", f"{name}: {RANDOM} b", f'a {{"{name}": "{RANDOM}"}}'):
        assert RANDOM[8:] not in REDACTOR.text(text, Sink.LOG)


@given(
    st.sampled_from(["test_pass", "first_pass", "ciPass", "mypass"]),
    st.sampled_from(["{}={}", "{}: {}", '{{"{}": "{}"}}', "a={}, {}={}"]),
    st.text(string.ascii_letters + string.digits + "!@#$%^&*", min_size=7, max_size=20),
)
def test_what_somebody_chose_leaves_no_part(name: str, form: str, chosen: str) -> None:
    """A letter, a digit and six more of any kind behind a name in `pass`."""
    secret = f"h1{chosen}"
    text = form.format(name, secret) if form[0] != "a" else form.format("b", name, secret)

    assert secret[-6:] not in REDACTOR.text(text, Sink.LOG)


@pytest.mark.parametrize(
    "said",
    [
        {"test_pass": "true"}, {"first_pass": 12}, {"tests_pass": "12/14"}, {"unit_pass": "ok"},
        {"compile_pass": "mem2reg"}, {"bypass": "rule17b"}, {"render_pass": "gbuffer01"},
        {"compass": "north42x"}, {"second_pass": "120000us"}, {"gc_pass": "young2old"},
        {"first_pass": "2026-01-31T10:00:00"}, {"all_pass": "0x7ffee3b2"},
        {"sort_key": RANDOM}, {"cacheKey": RANDOM}, {"aggregation_key": "9f8e7d6c5b4a39281706f5e4"},
        {"jira_key": "PLATFORM-1234567"}, {"acme_key": "the-name-of-something-2"},
        {"acme_key": "8945829d-0ef6-470d-bbfd-ea5bb2d82fdb"}, {"Key": "logs/2026/01/31/a1b2c3.gz"},
    ],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
def test_what_is_none_stays(said: dict[str, Any]) -> None:
    """A count, a measure, a step of a compiler, a place."""
    ((name, value),) = said.items()

    assert _read(said) == said
    assert REDACTOR.text(f"{name}: {value}", Sink.LOG) == f"{name}: {value}"


def test_a_password_and_the_keys_of_further_issuers_go() -> None:
    """By names that other scanners know, too."""
    assert _read({"pword": "Unsafe"}) == {"pword": "[dropped]"}
    for name in ("beeboleAuth", "METABASE", "luno"):
        assert RANDOM not in REDACTOR.text(f"{name} = '{RANDOM}'", Sink.LOG)
