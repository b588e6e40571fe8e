"""YAML without its surprises: every trap, with line and column."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import strategies as my
from affidavit_policy.strict_yaml import NotStrictError, read_yaml


def _problems(text: str) -> list[str]:
    with pytest.raises(NotStrictError) as caught:
        read_yaml(text)
    assert "; ".join(map(str, caught.value.problems)) == str(caught.value)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("a: 1", {"a": 1}, id="a number"),
        pytest.param("a: -7", {"a": -7}, id="a negative number"),
        pytest.param("a: 0", {"a": 0}, id="zero"),
        pytest.param("a: true\nb: false", {"a": True, "b": False}, id="booleans"),
        pytest.param("a: null\nb: ~\nc:", {"a": None, "b": None, "c": None}, id="nothing"),
        pytest.param("a: 'yes'", {"a": "yes"}, id="a trap in quotes"),
        pytest.param('a: "1.5"', {"a": "1.5"}, id="a number in quotes"),
        pytest.param("a: |\n  on\n", {"a": "on\n"}, id="a trap in a block"),
        pytest.param("a: >-\n  one\n  two", {"a": "one two"}, id="a folded block"),
        pytest.param("a: 2026-01-23", {"a": "2026-01-23"}, id="a date stays text"),
        pytest.param("a: 12:30:45", {"a": "12:30:45"}, id="a time stays text"),
        pytest.param("a: 1.2.3", {"a": "1.2.3"}, id="a version stays text"),
        pytest.param("a: 1 2", {"a": "1 2"}, id="two numbers are text"),
        pytest.param("a: yes please", {"a": "yes please"}, id="more than a trap"),
        pytest.param("[a, [b, {c: 1}]]", ["a", ["b", {"c": 1}]], id="flow"),
        pytest.param("- a\n- b\n", ["a", "b"], id="a list"),
        pytest.param("text", "text", id="a word"),
        pytest.param("# note\na: 1 # note", {"a": 1}, id="comments"),
        pytest.param("1: a\ntrue: b\nnull: c", {"1": "a", "true": "b", "null": "c"}, id="keys"),
        pytest.param("---\na: 1\n", {"a": 1}, id="a document's start"),
    ],
)
def test_what_is_read(text: str, value: Any) -> None:
    """Text, whole numbers, booleans, nothing, lists and mappings."""
    assert value == read_yaml(text).value


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "y", "n", "Yes", "NO", "On", "oFF"])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("a: {}", "1:4", id="as a value"),
        pytest.param("a:\n  - {}", "2:5", id="in a list"),
        pytest.param("{}: 1", "1:1", id="as a key"),
    ],
)
def test_words_that_are_booleans_to_some(word: str, text: str, place: str) -> None:
    """The country NO is the classic."""
    what = "is a boolean to some readers and a word to others; write true, false, or quote it"
    assert [f"{place}: {word} {what}"] == _problems(text.replace("{}", word))


@pytest.mark.parametrize(
    "number",
    [
        *("1.5", "1.", ".5", "-.5", "1e3", "1E-3", "+1", "+1.5", "1_000", "007", "010", "-010"),
        *("0x1F", "0o17", "0b101", "-0x1f", ".inf", "-.inf", "+.INF", ".nan", ".NaN"),
        *("12345678901234567", "-12345678901234567", "1_0.5e3"),
    ],
)
def test_numbers_that_are_not_plain(number: str) -> None:
    """Octal to one reader, decimal to another, a fraction to a third."""
    assert ["1:4: a number that is not a plain whole one; quote it if it is text"] == _problems(
        f"a: {number}"
    )


@pytest.mark.parametrize("word", ["True", "FALSE", "Null", "NULL", "tRue"])
def test_words_in_capitals(word: str) -> None:
    """One spelling each."""
    expected = "1:4: write true, false and null in lower case; or quote it if it is text"
    assert [expected] == _problems(f"a: {word}")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param("a: &x 1\nb: *x", ["1:4: an anchor", "2:4: an alias"], id="anchor and alias"),
        pytest.param("a: &x {b: 1}", ["1:4: an anchor"], id="anchor of a mapping"),
        pytest.param("&x a: 1", ["1:1: an anchor"], id="anchor of a key"),
        pytest.param("a: !!str 1", ["1:4: a tag"], id="tag"),
        pytest.param("a: !include x", ["1:4: a tag"], id="tag of one's own"),
        pytest.param("a: !!python/object:os.system x", ["1:4: a tag"], id="dangerous tag"),
        pytest.param("a: ! x", ["1:4: a tag"], id="tag without a name"),
        pytest.param("!!map {a: 1}", ["1:1: a tag"], id="tag of the whole"),
        pytest.param("a: 1\na: 2", ["2:1: the key a occurs twice"], id="twice"),
        pytest.param("a: {b: 1, b: 2}", ["1:11: the key b occurs twice"], id="twice, inside"),
        pytest.param("a: 1\n'a': 2", ["2:1: the key a occurs twice"], id="twice, quoted once"),
        pytest.param("? [a]\n: 1", ["1:3: a key is not a word"], id="a list as a key"),
        pytest.param("{{a: 1}: 2}", ["1:2: a key is not a word"], id="a mapping as a key"),
        pytest.param("", ["1:1: the file is empty"], id="empty"),
        pytest.param("# only a comment\n", ["1:1: the file is empty"], id="only a comment"),
        pytest.param("a: [", ["1:5: this is not YAML"], id="cut off"),
        pytest.param("a: 1\n b: 2", ["2:3: this is not YAML"], id="indented wrongly"),
        pytest.param("a:\n\t- 1", ["2:1: this is not YAML"], id="a tabulator"),
        pytest.param("a: 1\n---\nb: 2", ["2:1: this is not YAML"], id="two documents"),
        pytest.param("a: *nosuch", ["1:4: this is not YAML"], id="an alias to nothing"),
        pytest.param("a: \x00", ["1:1: this is not YAML"], id="a null character"),
        pytest.param("a: 'x", ["1:6: this is not YAML"], id="quotes that do not end"),
    ],
)
def test_what_is_refused(text: str, problems: list[str]) -> None:
    """All of it, in order, with line and column counted from one."""
    found = _problems(text)

    assert len(problems) == len(found)
    for expected, told in zip(problems, found, strict=True):
        assert told.startswith(expected)


def test_every_problem_is_told() -> None:
    """Not only the first one, and from top to bottom."""
    text = "a: yes\nb: 1.5\nc:\n  d: Off\n  d: TRUE\n"

    assert ["1:4", "2:4", "4:6", "5:3", "5:6"] == [
        problem.rsplit(": ", 1)[0].split(": ")[0] for problem in _problems(text)
    ]


@pytest.mark.parametrize("depth", [33, 40, 100])
def test_what_nests_too_deeply_is_refused(depth: int) -> None:
    """A policy has five levels."""
    nested = _problems("[" * depth + "1" + "]" * depth)
    assert ["1:33: nested more than 32 levels; flatten it"] == nested
    assert read_yaml("[" * 32 + "1" + "]" * 32).value


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "- " * 100_000])
def test_what_nests_without_end_is_refused(text: str) -> None:
    """And costs neither the process nor its patience."""
    assert _problems(text)


def test_a_file_that_is_too_large_is_refused() -> None:
    """Before anything is parsed."""
    expected = "1:1: the file has more than 1000000 characters; split it"
    assert [expected] == _problems("a" * 1_000_001)


def test_every_place_is_remembered() -> None:
    """For whoever finds something wrong later; of what is missing, the nearest parent."""
    document = read_yaml("a:\n  b:\n    - c: 1\n    - x\n")

    assert [(1, 1), (2, 3), (3, 7), (4, 7)] == [
        document.of_key(path) for path in [("a",), ("a", "b"), ("a", "b", 0, "c"), ("a", "b", 1)]
    ]
    assert (2, 3) == document.of_key(("a", "b", 7, "z"))
    assert (1, 1) == document.of_key(("z",))
    assert [(2, 3), (3, 10)] == [document.of_value(path) for path in [("a",), ("a", "b", 0, "c")]]


@given(value=my.jsons())
def test_json_is_read_as_json(value: Any) -> None:
    """JSON is YAML; what it says survives, numbers with sixteen digits at most."""
    try:
        text = json.dumps(value, ensure_ascii=False)
        found = read_yaml(text).value
    except NotStrictError as error:
        assert any(
            word in str(error)
            for word in ("a number", "empty", "not YAML", "write true", "nested", "line break")
        )
        return
    assert value == found


@given(text=st.text("ab:-{}[]'\"\n #&*!yesno0123.,|>?", max_size=60))
def test_our_reading_is_everybodys_reading(text: str) -> None:
    """What passes means the same to another reader; nothing but refusals is raised."""
    try:
        ours = read_yaml(text).value
    except NotStrictError:
        return
    theirs = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - builds text only
    assert _as_text(ours) == _as_text(theirs)


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if value is None or value in ("null", "~", ""):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
