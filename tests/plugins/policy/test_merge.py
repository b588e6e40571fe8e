"""Joining policies: a child is never laxer than any of its parents."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import policy_files as my
from affidavit._policy.model import RedactionLimits
from affidavit._policy.words import Declare, Literals, RedactionAction, SinkMode
from affidavit._redact.types.entities import ENTITIES
from affidavit_policy.compile import Compiled, compile_policy
from affidavit_policy.declared import SETTINGS
from affidavit_policy.merge import governed_settings

LITERALS = [word.value for word in Literals]
OFF_RECORD = my.OFF_RECORD
DECLARES = [word.value for word in Declare]
ACTIONS = [word.value for word in RedactionAction]
MODES = [word.value for word in SinkMode]


def _compiled(*documents: dict[str, Any]) -> list[Compiled]:
    with tempfile.TemporaryDirectory() as folder:
        return [compile_policy(my.write(Path(folder), document)) for document in documents]


def _last(*documents: dict[str, Any]) -> tuple[dict[str, Any] | None, list[str]]:
    """Return the last policy, compiled, and what is wrong with it, without places."""
    found = _compiled(*documents)[-1]
    return found.document, [problem.what for problem in found.problems]


def _action(document: dict[str, Any], entity: str) -> int:
    """Return how strict a policy is with one kind of values; unnamed ones are replaced."""
    for item in document["redaction"]["entities"]:
        if entity in item["match"]:
            return ACTIONS.index(item["action"])
    return ACTIONS.index("replace")


def _laxer(child: dict[str, Any], parent: dict[str, Any]) -> list[str]:
    """Name the settings in which `child` asks for less than `parent`."""
    kept, wanted = child["retention"], parent["retention"]
    limits, bounds = child["limits"], parent["limits"]
    redaction, floor = child["redaction"], parent["redaction"]
    found = {
        "declare": DECLARES.index(child["declare"]) < DECLARES.index(parent["declare"]),
        "trust": not set(child["actor"]["trust"]) <= set(parent["actor"]["trust"]),
        "hot_days": kept["hot_days"] < wanted["hot_days"],
        "archive_days": kept["archive_days"] < wanted["archive_days"],
        "request_bytes": limits["request_bytes"] > bounds["request_bytes"],
        "depth": limits["depth"] > bounds["depth"],
        "literals": LITERALS.index(child["sources"]["literals"])
        < LITERALS.index(parent["sources"]["literals"]),
        "off_record": OFF_RECORD.index(child["off_record"]["mode"])
        < OFF_RECORD.index(parent["off_record"]["mode"]),
        "event": child["logging"]["event"] and not parent["logging"]["event"],
        "rules": not {r["id"] for r in parent["rules"]} <= {r["id"] for r in child["rules"]},
        "response": any(item not in child["response"] for item in parent["response"]),
    }
    found |= {entity: _action(child, entity) < _action(parent, entity) for entity in my.ENTITIES}
    found |= {
        f"sink {name}": name not in redaction["sinks"]
        or MODES.index(redaction["sinks"][name]["mode"]) < MODES.index(item["mode"])
        for name, item in floor["sinks"].items()
    }
    found |= {
        f"{name} in {environment}": held.get(name, False)
        and not parent["environments"].get(environment, {name: True}).get(name, False)
        for environment, held in child["environments"].items()
        for name in my.PROPERTIES
    }
    found |= {
        f"limit {name}": redaction["limits"][name] > value
        for name, value in floor["limits"].items()
    }
    return [name for name, laxer in found.items() if laxer]


@given(one=my.whole(), two=my.whole(), own=my.some(), both=st.booleans())
def test_a_child_is_at_least_as_strict_in_every_setting(
    one: dict[str, Any], two: dict[str, Any], own: dict[str, Any], both: bool
) -> None:
    """For any parents and any child: it does not compile, or nothing is laxer."""
    parents = [my.policy("one", **one), *([my.policy("two", **two)] if both else [])]
    names = [parent["policy"] for parent in parents]
    *above, child = _compiled(*parents, my.child("mine", *names, **own))
    event("compiles" if child.document else "is refused")
    if child.document is None:
        assert child.problems
        return
    for parent in above:
        assert parent.document is not None
        assert [] == _laxer(child.document, parent.document)


@given(one=my.whole(), two=my.whole())
def test_a_child_that_says_nothing_is_refused_only_where_parents_disagree(
    one: dict[str, Any], two: dict[str, Any]
) -> None:
    """Log days and sampling have no stricter side; everything else has one."""
    _, problems = _last(
        my.policy("one", **one), my.policy("two", **two), my.child("mine", "one", "two")
    )
    names = sorted({*one["environments"], *two["environments"]})
    differ = [
        f"what it extends differs in environments.{name}.{number}: one says "
        f"{_number(one, name, number)}, two says {_number(two, name, number)}; say which holds"
        for name in names
        for number in ("log_days", "sample_percent")
        if _number(one, name, number) != _number(two, name, number)
    ]

    assert set(differ) == set(problems)


def _number(whole: dict[str, Any], environment: str, number: str) -> Any:
    held = whole["environments"]
    return held.get(environment, held["default"])[number]


@given(whole=my.whole())
def test_extending_one_policy_without_a_word_changes_nothing(whole: dict[str, Any]) -> None:
    """Name, rules and digest apart."""
    parent, child = _compiled(my.policy("one", **whole), my.child("mine", "one"))
    assert parent.document is not None
    assert child.document is not None
    own = {"policy", "extends", "source", "digest", "rules", "version", "title"}

    assert {key: value for key, value in parent.document.items() if key not in own} == {
        key: value for key, value in child.document.items() if key not in own
    }


LAXER: list[Any] = [
    pytest.param({"declare": "none"}, "declare is laxer than what it extends", id="declare"),
    pytest.param(
        {"actor": {"trust": ["iam", "asserted"]}}, "it trusts asserted; what it", id="trust"
    ),
    pytest.param(
        {"retention": {"hot_days": 9, "archive_days": 100}},
        "retention.hot_days must be at least 10",
        id="hot days",
    ),
    pytest.param(
        {"retention": {"hot_days": 10, "archive_days": 99}},
        "retention.archive_days must be at least 100",
        id="archive days",
    ),
    pytest.param(
        {"limits": {"request_bytes": 1001, "depth": 10}},
        "limits.request_bytes must be at most 1000",
        id="bytes",
    ),
    pytest.param(
        {"limits": {"request_bytes": 1, "depth": 11}}, "limits.depth must be at most 10", id="depth"
    ),
    pytest.param(
        {"sources": {"literals": "allow"}},
        "sources.literals is laxer than what it extends, which says refuse",
        id="literals",
    ),
    pytest.param(
        {"off_record": {"mode": "record"}},
        "off_record.mode is laxer than what it extends, which says refuse",
        id="off the record",
    ),
    pytest.param(
        {"logging": {"event": True}}, "logging.event is false in what it extends", id="event"
    ),
    pytest.param(
        {"redaction": {"entities": [{"match": ["EMAIL", "PHONE"], "action": "mask"}]}},
        "EMAIL must be token or stricter",
        id="a named entity",
    ),
    pytest.param(
        {"redaction": {"entities": [{"match": ["US_SSN"], "action": "keep"}]}},
        "US_SSN must be replace or stricter",
        id="an entity that nobody named",
    ),
    pytest.param(
        {"redaction": {"keys": [{"match": ["surname"], "action": "keep"}]}},
        "surname must be replace or stricter",
        id="a key that is built in",
    ),
    pytest.param(
        {"redaction": {"keys": [{"match": ["email"], "action": "mask"}]}},
        "email must be token or stricter",
        id="a key of an entity that a parent names",
    ),
    pytest.param(
        {"redaction": {"keys": [{"match": ["bed", "ward"], "action": "mask"}]}},
        "ward must be token or stricter",
        id="a key that a parent names",
    ),
    pytest.param(
        {"redaction": {"sinks": {"metric": {"mode": "denylist"}}}},
        "it must be allowlist",
        id="sink",
    ),
    pytest.param(
        {"redaction": {"limits": {"depth": 9, "string_bytes": 256, "nodes": 100}}},
        "redaction.limits.depth must be at most 8",
        id="the engine's limits",
    ),
    pytest.param(
        {"environments": {"dev": {"tests_may_write": True}}},
        "environments.dev.tests_may_write is false in what it extends",
        id="a property of an environment",
    ),
]

PARENT = my.policy(
    "one",
    redaction={
        "entities": [
            {"match": ["EMAIL"], "action": "token"},
            {"match": ["PHONE"], "action": "keep"},
        ],
        "keys": [{"match": ["ward"], "action": "token"}],
        "sinks": {"metric": {"mode": "allowlist"}},
        "limits": {"depth": 8, "string_bytes": 256, "nodes": 100},
    },
)


@pytest.mark.parametrize(("own", "message"), LAXER)
def test_asking_for_less_is_an_error_that_says_the_floor(own: Any, message: str) -> None:
    """One problem, in the child."""
    document, problems = _last(PARENT, my.child("mine", "one", **own))

    assert document is None
    assert 1 == len(problems)
    assert message in problems[0]


def test_asking_for_as_much_or_more_is_fine() -> None:
    """Every setting at its floor, or above it."""
    document, problems = _last(
        PARENT,
        my.child(
            "mine",
            "one",
            declare="before",
            actor={"trust": ["iam"]},
            retention={"hot_days": 11, "archive_days": 100},
            environments=my.each(1, 0),
            limits={"request_bytes": 999, "depth": 10},
            redaction={
                "entities": [
                    {"match": ["EMAIL"], "action": "token"},
                    {"match": ["PHONE", "US_SSN"], "action": "drop"},
                ],
                "sinks": {"metric": {"mode": "allowlist", "keys": ["channel"]}},
                "limits": {"depth": 8, "string_bytes": 256, "nodes": 100},
            },
        ),
    )

    assert [] == problems
    assert document is not None
    assert ("before", ["iam"]) == (document["declare"], document["actor"]["trust"])
    assert ["channel"] == document["redaction"]["sinks"]["metric"]["keys"]


@pytest.mark.parametrize(
    "part", ["declare", "actor", "retention", "environments", "limits", "sources", "logging"]
)
def test_a_policy_without_parents_says_everything(part: str) -> None:
    """Nothing has a default that nobody wrote down, but for the engine's limits."""
    document, problems = _last(my.policy(**{part: None}))

    assert document is None
    assert problems
    assert all("is missing, and nothing that it extends says it" in what for what in problems)


def test_the_engines_limits_have_a_default() -> None:
    """The one thing that may be left out."""
    document, _ = _last(my.policy())

    assert document is not None
    assert RedactionLimits()._asdict() == document["redaction"]["limits"]


def test_trust_is_what_all_parents_share() -> None:
    """Nobody may be left; then nobody is believed."""
    one = my.policy("one", actor={"trust": ["iam", "service"]})
    two = my.policy("two", actor={"trust": ["service", "asserted"]})
    three = my.policy("three", actor={"trust": ["anonymous"]})

    for parents, shared in (([one, two], ["service"]), ([one, two, three], [])):
        names = [parent["policy"] for parent in parents]
        document, _ = _last(*parents, my.child("mine", *names))
        assert document is not None
        assert shared == document["actor"]["trust"]


def test_lists_are_joined_without_repeating() -> None:
    """A diamond inherits once."""
    response = [{"path": "orders.*.card", "rule": "BASE-01"}]
    base = my.policy("base", response=response)
    document, problems = _last(
        base,
        my.child("one", "base"),
        my.child("two", "base"),
        my.child("mine", "one", "two", response=[{"path": "card", "rule": "MINE-01"}]),
    )

    assert [] == problems
    assert document is not None
    assert [*response, {"path": "card", "rule": "MINE-01"}] == document["response"]
    assert ["BASE-01", "MINE-01", "ONE-01", "TWO-01"] == [rule["id"] for rule in document["rules"]]


def test_the_laxer_of_two_own_words_is_an_error() -> None:
    """A file that says two things about one entity means the stricter one."""
    said = [{"match": ["EMAIL"], "action": "drop"}, {"match": ["EMAIL"], "action": "keep"}]
    _, problems = _last(my.policy(redaction={"entities": said}))

    assert ["EMAIL must be drop or stricter"] == problems


@pytest.mark.parametrize("path", SETTINGS)
def test_every_stated_setting_is_governed_by_somebody(path: str) -> None:
    """Saying `false` is saying something; an empty list says nothing."""
    exemption = {"path": "a.b", "reason": "because of this", "expires": "2030-01-01"}
    said = my.policy(
        environments=my.each(**dict.fromkeys(my.PROPERTIES, False)),
        off_record={
            "mode": "record",
            "hosts": ["lab.example.com"],
            "operations": ["s3.GetObject"],
            "paths": ["/mnt/scans"],
        },
        redaction={
            "sinks": {"log": {"mode": "denylist"}},
            "capture": ["print"],
            "packs": ["eu"],
            "limits": {"depth": 8, "string_bytes": 256, "nodes": 100},
            "exemptions": [exemption],
        },
    )
    said["rules"][0]["governs"].remove(path)
    _, problems = _last(said)

    assert [f"no rule governs {path}; add one with its clause"] == problems
    assert set(SETTINGS) == set(governed_settings(said))
    empty = {"redaction": {"sinks": {}, "exemptions": []}, "logging": {}}
    assert [] == governed_settings(empty)


def test_the_entities_of_these_tests_exist() -> None:
    """Or they would test nothing."""
    assert set(my.ENTITIES) <= set(ENTITIES)
