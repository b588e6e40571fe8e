"""Every mistake in a scenario is found before anything runs: where, what, and how to mend it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from affidavit_harness.errors import ScenarioError
from affidavit_harness.files.scenario_loader import parse_scenario
from affidavit_policy.strict_yaml import NotStrictError, read_yaml
from harness_parts import GOOD, Shelf, registry_with

REGISTRY = registry_with(Shelf())


class Mistake(NamedTuple):
    """`old` becomes `new`; the message must hold `what`, and the mend `mend`.

    The place is where `at` stands in the spoilt text; empty: anywhere.
    """

    name: str
    old: str
    new: str
    what: str
    mend: str
    at: str


MISTAKES = tuple(
    Mistake(**one)
    for one in tomllib.loads((Path(__file__).parent / "mistakes.toml").read_text())["mistake"]
)


def _problems(text: str) -> list[tuple[int, int, str, str]]:
    try:
        parse_scenario("test.yaml", text, REGISTRY, env="local")
    except ScenarioError as error:
        return list(error.problems)
    return []


def test_the_scenario_that_is_spoilt_is_good() -> None:
    """Otherwise every mistake would be found, whatever it is."""
    assert [] == _problems(GOOD)


def test_there_are_enough_mistakes() -> None:
    """The eight of the prototype, and at least 25 more."""
    assert 33 <= len(MISTAKES)
    assert len(MISTAKES) == len({one.name for one in MISTAKES})


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.name.replace(" ", "-"))
def test_a_mistake_is_found_with_its_place_and_its_mend(mistake: Mistake) -> None:
    """Line and column are those of the text that is wrong."""
    assert mistake.old in GOOD
    text = GOOD.replace(mistake.old, mistake.new, 1)
    found = [one for one in _problems(text) if mistake.what in one[2]]

    assert found, _problems(text)
    assert mistake.mend in found[0][3]
    if mistake.at:
        before = text[: text.index(mistake.at)]
        assert (before.count("\n") + 1, len(before) - before.rfind("\n")) in {
            one[:2] for one in found
        }


def test_no_message_repeats_a_secret() -> None:
    """What is in the wrong place may be one."""
    text = GOOD.replace('"Bearer ${{ inputs.token }}"', '"Bearer abcdefghijklmnopqrstuvwxyz0123"')
    text = text.replace("timeout: 2m", "timeout: hunter2hunter2")

    assert _problems(text)
    assert not any("hunter2" in str(one) or "abcdefgh" in str(one) for one in _problems(text))


def test_json_is_the_same_model() -> None:
    """One model; a program may write JSON."""
    document = read_yaml(GOOD, decimals=True).value
    loaded = parse_scenario("a.yaml", GOOD, REGISTRY)
    as_json = parse_scenario("a.json", json.dumps(document), REGISTRY)

    assert loaded.as_json == as_json.as_json
    assert loaded.scenario == as_json.scenario


def test_numbers_and_times_mean_what_they_say() -> None:
    """YAML 1.1 reads 12:30:00 as 45000."""
    value = read_yaml("a: 12:30:00\nb: 12.5\nc: 2026-01-01\nd: -3", decimals=True).value

    assert {"a": "12:30:00", "b": 12.5, "c": "2026-01-01", "d": -3} == value
    for number in ("010", "1e3", "0x10"):
        with pytest.raises(NotStrictError):
            read_yaml(f"a: {number}", decimals=True)
