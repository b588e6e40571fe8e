"""The form of a policy file, and the schema that editors use."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import policy_files as my
from affidavit._policy.load import shipped_policies
from affidavit._policy.words import Merge, Word
from affidavit_policy.compile import compile_policy
from affidavit_policy.declared import SETTINGS
from affidavit_policy.document import PolicyFile, check_form, json_schema
from affidavit_policy.promises import PROMISES
from affidavit_policy.strict_yaml import read_yaml

POLICIES = Path(__file__).parents[3] / "policies"


def _told(document: Any) -> list[str]:
    found = check_form(document)
    assert isinstance(found, list)
    return [f"{'.'.join(map(str, path))}: {what}" for path, what in found]


FORM: list[Any] = [
    pytest.param({"polcy": "x"}, "polcy: unknown key polcy", id="unknown key"),
    pytest.param({"version": None}, "version: version is missing", id="missing"),
    pytest.param({"version": "1"}, "version: input should be a valid integer", id="text"),
    pytest.param({"version": 0}, "greater than or equal to 1", id="too small"),
    pytest.param({"version": True}, "version: input should be a valid integer", id="true"),
    pytest.param({"policy": "Mine"}, "policy must look like ^[a-z]", id="capitals"),
    pytest.param({"title": "abc"}, "at least 4 characters", id="too short"),
    pytest.param({"title": 1234}, "title: input should be a valid string", id="a number"),
    pytest.param({"title": "ab\ud800cd"}, "title: input should be a valid string", id="no Unicode"),
    pytest.param({"extends": ["../x"]}, "0 must look like", id="a path as a parent"),
    pytest.param({"rules": []}, "at least 1 item", id="no rules"),
    pytest.param(
        {"declare": "sometimes"}, "declare must be one of 'none', 'overlap' or 'before'", id="word"
    ),
    pytest.param({"actor": {"trust": []}}, "at least 1 item", id="nobody trusted"),
    pytest.param({"actor": {"trust": ["bob"]}}, "0 must be one of 'authorizer'", id="somebody"),
    pytest.param(
        {"environments": {**my.each(), "Dev": my.each()["dev"]}},
        "a key of environments must look like",
        id="an environment in capitals",
    ),
    pytest.param(
        {"redaction": {"sinks": {"log": {"mode": "denylist", "keys": ["a"]}}}},
        "keys are for an allowlist",
        id="a list that nothing reads",
    ),
    pytest.param(
        {"redaction": {"sinks": {"record": {"mode": "allowlist"}}}},
        "a key of sinks must be one of 'log'",
        id="a sink that has no keys of anybody's",
    ),
    pytest.param(
        {"environments": {**my.each(), "dev": {"log_days": 1, "sample_percent": 101}}},
        "less than or equal to 100",
        id="percent",
    ),
    pytest.param({"limits": {"request_bytes": 7_000_000, "depth": 1}}, "6291456", id="too much"),
    pytest.param(
        {"logging": {"event": "true"}}, "event: input should be a valid boolean", id="text for true"
    ),
    pytest.param(
        {"sources": {"literals": "never"}},
        "literals must be one of 'allow' or 'refuse'",
        id="a word about literals that is none",
    ),
    pytest.param(
        {"redaction": {"sinks": {"lgo": {"mode": "denylist"}}}},
        "a key of sinks must be one of 'log'",
        id="a sink that is none",
    ),
    pytest.param(
        {"redaction": {"sinks": {"log": {"mode": "some"}}}}, "mode must be one of", id="a mode"
    ),
    pytest.param(
        {"redaction": {"keys": [{"match": ["SSN"], "action": "drop", "rule": "A1-01"}]}},
        "match.0: 0 must look like",
        id="a phrase in capitals",
    ),
    pytest.param(
        {
            "redaction": {
                "patterns": [
                    {
                        "entity": "X1",
                        "prefix": "x",
                        "charset": "digits",
                        "least": 5,
                        "most": 4,
                        "action": "drop",
                        "rule": "A1-01",
                    }
                ]
            }
        },
        "least is more than most",
        id="a pattern of no length",
    ),
    pytest.param(
        {"redaction": {"exemptions": [{"path": "a", "reason": "short", "expires": "2030-01-01"}]}},
        "reason: string should have at least 8",
        id="an exemption without a reason",
    ),
    pytest.param(
        {"redaction": {"exemptions": [{"path": "a", "reason": "long enough", "expires": "never"}]}},
        "expires must look like",
        id="an exemption without an end",
    ),
    pytest.param(
        {"response": [{"path": "a..b", "rule": "A1-01"}]}, "path must look like", id="a path"
    ),
    pytest.param(
        {"rules": [{"id": "A1-01", "clause": "abcd", "why": "because of", "promises": ["x"]}]},
        "promises.0: 0 must be one of",
        id="a promise that nobody makes",
    ),
]


@pytest.mark.parametrize(("changes", "message"), FORM)
def test_what_is_wrong_is_said_in_a_sentence(changes: dict[str, Any], message: str) -> None:
    """With the words that are allowed, and not with the one that was there."""
    document = {**my.policy(), **changes}
    found = _told({key: value for key, value in document.items() if value is not None})

    assert 1 == len(found)
    assert message in found[0]
    assert "alue error" not in found[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param(
            {"retention": {"hot_days": 5, "archive_days": 4}},
            "archive_days is less than hot_days",
            id="an archive that forgets first",
        ),
        pytest.param(
            {"environments": {"dev": my.each()["dev"]}},
            "environments.default is missing",
            id="no default environment",
        ),
    ],
)
def test_what_is_wrong_once_everything_is_joined(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """A parent may say the other half, so that the form alone cannot know."""
    (problem,) = compile_policy(my.write(tmp_path, my.policy(**changes))).problems

    assert message in str(problem)


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        pytest.param("polcy: x", "1:1", "unknown key polcy; did you mean policy?", id="at the top"),
        pytest.param(
            "retention:\n  hot_dys: 1",
            "2:3",
            "unknown key hot_dys; did you mean hot_days?",
            id="inside",
        ),
        pytest.param("zzzz: 1", "1:1", "unknown key zzzz", id="like no other"),
    ],
)
def test_a_hint_has_a_place(text: str, place: str, hint: str, tmp_path: Path) -> None:
    """Line and column, and the word that was meant."""
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    found = [str(problem) for problem in compile_policy(path).problems]

    assert f"{place}: {hint}" in found


@pytest.mark.parametrize("value", [None, 7, "x", [], [1]])
def test_what_is_no_mapping_is_no_policy(value: Any) -> None:
    """The whole file is what is wrong."""
    (told,) = _told(value)

    assert "the file: input should be a valid dictionary" in told


# ---- the JSON Schema, read by a validator that is not ours --------------------------

SCHEMA = json_schema()
JUDGE = Draft202012Validator(SCHEMA)


def test_the_schema_is_one() -> None:
    """Says the metaschema of JSON Schema itself."""
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", shipped_policies())
def test_the_schema_takes_what_ships(name: str) -> None:
    """An editor shows no red line in them."""
    document = read_yaml((POLICIES / f"{name}.yaml").read_text()).value

    assert [] == list(JUDGE.iter_errors(document))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        item
        for item in FORM
        # What relates two values to each other is beyond a schema, and so is Unicode.
        if not re.search("more than most|for an allowlist|Unicode", f"{item.values[1]} {item.id}")
    ],
)
def test_the_schema_refuses_what_the_compiler_refuses(
    changes: dict[str, Any], message: str
) -> None:
    """The same models make both."""
    document = {**my.policy(), **changes}
    shown = {key: value for key, value in document.items() if value is not None}

    assert not JUDGE.is_valid(shown), message


def test_the_schema_says_which_one_it_is() -> None:
    """And is plain JSON."""
    assert "https://json-schema.org/draft/2020-12/schema" == SCHEMA["$schema"]
    assert "affidavit policy" == SCHEMA["title"]
    assert SCHEMA == json.loads(json.dumps(SCHEMA))


def test_an_editor_is_told_what_each_setting_says() -> None:
    """In the words of the declaration, where it stands."""
    told: list[tuple[str, str]] = []

    def look(at: Any, name: str = "") -> None:
        if isinstance(at, dict):
            told.append((name, str(at.get("description"))))
            for key, value in at.items():
                look(value, key)

    look(SCHEMA)
    for name, setting in SETTINGS.items():
        assert (name.rpartition(".")[2], setting.setting.says) in told


def test_words_are_those_of_the_kernel() -> None:
    """A word that only one side knew could be written and not loaded."""
    text = json.dumps(SCHEMA)
    for kind in Word.__subclasses__():
        if kind is Merge:
            continue
        words = json.dumps([member.value for member in kind])
        assert words in text, words
    assert json.dumps(list(PROMISES))[1:-1] in text


def test_a_model_and_its_schema_have_the_same_parts() -> None:
    """Nothing is hidden from editors."""
    assert PolicyFile.model_fields.keys() == SCHEMA["properties"].keys()


def test_what_a_file_without_parents_has_to_say_is_this() -> None:
    """Every setting that has no default, at its place; with parents nothing but its name."""
    parts = {
        "actor": {"required": ["trust"]},
        "environments": {
            "required": ["default"],
            "additionalProperties": {"required": ["log_days", "sample_percent"]},
        },
        "retention": {"required": ["hot_days", "archive_days"]},
        "limits": {"required": ["request_bytes", "depth"]},
        "sources": {"required": ["literals"]},
        "off_record": {"required": ["mode"]},
        "logging": {"required": ["event"]},
    }
    whole = "declare actor retention environments limits sources off_record logging"
    assert {"properties": parts, "required": whole.split()} == SCHEMA["then"]
    assert {"properties": {"extends": {"maxItems": 0}}} == SCHEMA["if"]
    assert ["policy", "version", "title", "rules"] == SCHEMA["required"]
