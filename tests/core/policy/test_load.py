"""Reading compiled policies, and refusing everything that is none."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies as my
from affidavit import PolicyError
from affidavit._policy.load import (
    SHIPPED_POLICIES,
    load_policy,
    policy_digest,
    policy_from,
    shipped_policies,
)
from affidavit._policy.words import Declare, Sink, SinkMode, Trust

HIPAA: dict[str, Any] = json.loads((SHIPPED_POLICIES / "hipaa.json").read_text())


def _signed(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "digest": policy_digest(document)}


@pytest.mark.parametrize("name", shipped_policies())
def test_every_shipped_policy_loads(name: str) -> None:
    """Under its own name, with every setting governed by a rule with a clause."""
    policy = load_policy(name)
    governed = {path for rule in policy.rules for path in rule.governs}

    assert name == policy.name
    assert {"declare", "actor.trust", "logging.event", "retention.hot_days"} <= governed
    assert all(rule.clause and rule.why for rule in policy.rules)
    assert len({rule.id for rule in policy.rules}) == len(policy.rules)


def test_a_policy_says_what_its_file_says() -> None:
    """Each part in its own type."""
    policy = load_policy("hipaa")

    assert ("hipaa", 6, ("baseline@6",)) == (policy.name, policy.version, policy.extends)
    assert Declare.OVERLAP is policy.declare
    assert {Trust.AUTHORIZER, Trust.IAM, Trust.SERVICE} == policy.actor.trust
    assert (100, 2192, 400) == (
        policy.retention.hot_days,
        policy.retention.archive_days,
        policy.environment("prod").log_days,
    )
    assert not policy.logging.event
    assert 5 == policy.environment("prod").sample_percent
    modes = {sink: rule.mode for sink, rule in policy.redaction.sinks.items()}
    assert {Sink.ERROR: SinkMode.ALLOWLIST, Sink.METRIC: SinkMode.ALLOWLIST} == modes
    assert HIPAA["digest"] == policy.digest


def test_every_part_of_a_policy_has_its_type() -> None:
    """Parts that no shipped policy uses are read as well."""
    document = json.loads(json.dumps(HIPAA))
    document["redaction"] |= {
        "keys": [
            {
                "match": ["loyalty number"],
                "under": ["member"],
                "entity": "LOYALTY",
                "action": "mask",
                "rule": "HIPAA-06",
            }
        ],
        "patterns": [
            {
                "entity": "TICKET",
                "prefix": "T-",
                "charset": "digits",
                "least": 4,
                "most": 8,
                "action": "drop",
                "rule": "HIPAA-06",
            }
        ],
        "exemptions": [{"path": "a.b", "reason": "because of this", "expires": "2030-01-01"}],
    }
    document["response"] = [{"path": "orders.*.card", "rule": "HIPAA-06"}]
    policy = policy_from(_signed(document))

    assert ("loyalty number",) == policy.redaction.keys[0].match
    assert ("member",) == policy.redaction.keys[0].under
    assert ("T-", 4, 8) == (
        policy.redaction.patterns[0].prefix,
        policy.redaction.patterns[0].least,
        policy.redaction.patterns[0].most,
    )
    assert "2030-01-01" == policy.redaction.exemptions[0].expires
    assert "orders.*.card" == policy.response[0].path


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("nosuch", "there is no such policy.*shipped are .*baseline", id="unknown"),
        pytest.param("", "there is no such policy", id="empty"),
        pytest.param("nosuch.json", "there is no such policy", id="no such file"),
        pytest.param("mine.yaml", "does not read YAML", id="YAML"),
        pytest.param("mine.yml", "does not read YAML", id="YAML by its other name"),
    ],
)
def test_names_that_load_nothing(name: str, message: str) -> None:
    """A policy that is not there must never mean another one."""
    with pytest.raises(PolicyError, match=message):
        load_policy(name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "cannot be read.*JSONDecodeError", id="empty"),
        pytest.param("{", "cannot be read.*JSONDecodeError", id="cut off"),
        pytest.param("[" * 100_000, "cannot be read.*RecursionError", id="brackets without end"),
        pytest.param("[]", "not a compiled policy", id="a list"),
        pytest.param('"hipaa"', "not a compiled policy", id="a word"),
        pytest.param("{}", "does not say format 2", id="no format"),
        pytest.param('{"format": 1}', "does not say format 2", id="another format"),
        pytest.param('{"format": 2}', "changed after it was compiled", id="no digest"),
        pytest.param('{"format": 2, "x": 1.5}', "changed after", id="what cannot be hashed"),
    ],
)
def test_files_that_are_no_policy(text: str, message: str, tmp_path: Path) -> None:
    """Named, with what to do; nothing of the content is repeated."""
    file = tmp_path / "mine.json"
    file.write_text(text)
    with pytest.raises(PolicyError, match=message):
        load_policy(str(file))


@given(data=st.data())
def test_any_change_after_compiling_is_noticed(data: st.DataObject) -> None:
    """One member that was changed, added or removed makes the digest differ."""
    changed = dict(HIPAA)
    key = data.draw(st.sampled_from([k for k in sorted(HIPAA) if k not in {"format", "digest"}]))
    kind = data.draw(st.sampled_from(["remove", "replace", "add"]))
    if kind == "remove":
        del changed[key]
    elif kind == "replace":
        changed[key] = data.draw(my.jsons().filter(lambda value: value != HIPAA[key]))
    else:
        changed[f"x{key}"] = 1
    with pytest.raises(PolicyError, match="changed after it was compiled"):
        policy_from(changed)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"declare": "sometimes"}, id="a word of a newer version"),
        pytest.param({"newer": 1}, id="a setting of a newer version"),
        pytest.param({"retention": {}}, id="a part without its members"),
        pytest.param({"actor": None}, id="a part that is nothing"),
        pytest.param({"redaction": []}, id="a part of another form"),
        pytest.param({"rules": {"a": 1}}, id="rules that are no list"),
    ],
)
def test_a_policy_of_another_version_is_refused(change: dict[str, Any]) -> None:
    """Its digest is right and its words are not ours: refuse, and say which version to use."""
    with pytest.raises(PolicyError, match="does not know.*version that is deployed"):
        policy_from(_signed({**HIPAA, **change}))


def test_a_policy_whose_source_was_edited_is_stale(tmp_path: Path) -> None:
    """The YAML beside a compiled policy says what it was compiled from."""
    source, compiled = tmp_path / "mine.yaml", tmp_path / "mine.json"
    source.write_text("policy: mine\n")
    document = {**HIPAA, "source": hashlib.sha256(source.read_bytes()).hexdigest()}
    compiled.write_text(json.dumps(_signed(document)))
    assert "hipaa" == load_policy(str(compiled)).name

    source.write_text("policy: mine # edited\n")
    with pytest.raises(PolicyError, match="stale.*mine.yaml was changed"):
        load_policy(str(compiled))


def test_a_folder_is_no_policy(tmp_path: Path) -> None:
    """Even if its name would do."""
    (tmp_path / "mine.json").mkdir()
    with pytest.raises(PolicyError, match="there is no such policy"):
        load_policy(str(tmp_path / "mine.json"))


def test_compiled_policies_and_their_sources_agree() -> None:
    """What ships is what was written: the digest of each YAML file stands in its JSON file."""
    sources = Path(__file__).parents[3] / "policies"
    for name in shipped_policies():
        document = json.loads((SHIPPED_POLICIES / f"{name}.json").read_text())
        digest = hashlib.sha256((sources / f"{name}.yaml").read_bytes()).hexdigest()
        assert digest == document["source"], name
