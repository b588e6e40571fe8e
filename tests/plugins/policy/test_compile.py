"""From a policy file and its parents to the one document that a function loads."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import policy_files as my
from affidavit import PolicyError
from affidavit._policy.load import SHIPPED_POLICIES, load_policy, policy_from, shipped_policies
from affidavit_policy.compile import compile_policy, compiled_text

POLICIES = Path(__file__).parents[3] / "policies"


def _problems(path: Path) -> list[str]:
    found = compile_policy(path)
    assert found.document is None
    return [str(problem) for problem in found.problems]


@pytest.mark.parametrize("name", shipped_policies())
def test_what_ships_is_what_was_written(name: str) -> None:
    """Byte for byte: the compiled form is made from the YAML file and from nothing else."""
    document = compile_policy(POLICIES / f"{name}.yaml").needed()

    assert (SHIPPED_POLICIES / f"{name}.json").read_text() == compiled_text(document)
    assert policy_from(document) == load_policy(name)


@given(whole=my.whole())
def test_what_compiles_loads(whole: dict[str, Any]) -> None:
    """The compiler writes nothing that the loader does not take."""
    with tempfile.TemporaryDirectory() as folder:
        found = compile_policy(my.write(Path(folder), my.policy(**whole)))
    policy = policy_from(json.loads(compiled_text(found.needed())))

    assert whole["declare"] == policy.declare.value
    assert whole["retention"]["hot_days"] == policy.retention.hot_days
    assert set(whole["actor"]["trust"]) == {trust.value for trust in policy.actor.trust}


def test_the_document_names_its_source_and_its_parents(tmp_path: Path) -> None:
    """So that a stale one can be told, and an auditor can follow it up."""
    my.write(tmp_path, my.policy("one", version=7))
    path = my.write(tmp_path, my.child("mine", "one"))
    document = compile_policy(path).needed()

    assert hashlib.sha256(path.read_bytes()).hexdigest() == document["source"]
    assert ["one@7"] == document["extends"]
    assert ["MINE-01", "ONE-01"] == [rule["id"] for rule in document["rules"]]


def test_a_shipped_policy_can_be_extended_from_anywhere(tmp_path: Path) -> None:
    """A file of the same name beside the child comes first."""
    path = my.write(tmp_path, my.child("mine", "hipaa"))
    assert 2192 == compile_policy(path).needed()["retention"]["archive_days"]
    my.write(tmp_path, my.policy("hipaa"))

    assert 100 == compile_policy(path).needed()["retention"]["archive_days"]


def test_a_policy_that_extends_two_regulations_is_as_strict_as_both(tmp_path: Path) -> None:
    """The example of the manual."""
    own = {
        "retention": {
            "hot_days": 400,
            "archive_days": 2192,
        },
        "environments": my.each(30, 5),
    }
    document = compile_policy(my.write(tmp_path, my.child("mine", "hipaa", "pci", **own))).needed()

    assert {"authorizer", "iam", "service"} >= set(document["actor"]["trust"])
    assert {"HIPAA-01", "PCI-01", "BASE-01"} <= {rule["id"] for rule in document["rules"]}


@pytest.mark.parametrize(
    ("documents", "told"),
    [
        pytest.param([my.child("aa", "aa")], "aa extends itself", id="itself"),
        pytest.param(
            [my.child("aa", "bb"), my.child("bb", "aa")],
            "bb has a problem of its own at 1:",
            id="each other",
        ),
        pytest.param(
            [my.child("aa", "bb"), my.child("bb", "cc"), my.child("cc", "aa")],
            "bb has a problem of its own at 1:",
            id="three in a ring",
        ),
        pytest.param(
            [my.child("aa", "bb"), my.child("bb", "cc"), my.child("cc", "bb")],
            "bb has a problem of its own at 1:",
            id="a ring above",
        ),
    ],
)
def test_policies_that_go_round_are_refused(
    documents: list[dict[str, Any]], told: str, tmp_path: Path
) -> None:
    """With the place where it starts."""
    paths = [my.write(tmp_path, document) for document in documents]

    assert any(told in problem for problem in _problems(paths[0]))


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"aa": my.child("xx", "aa")}, id="a file that extends its own name"),
        pytest.param({"aa": my.child("xx", "bb"), "bb": my.child("yy", "aa")}, id="two of them"),
    ],
)
def test_a_ring_of_files_is_refused_whatever_their_policies_are_called(
    files: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """A parent is found by its file's name."""
    for name, document in files.items():
        my.write(tmp_path, document, name)

    assert _problems(tmp_path / "aa.yaml")


def test_a_parent_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    """With its place."""
    path = my.write(tmp_path, my.child("mine", "hipaa", "nosuch"))

    assert ["there is no policy nosuch beside this file or shipped"] == [
        problem.split(": ", 1)[1] for problem in _problems(path)
    ]


def test_a_parent_with_a_problem_is_named_with_it(tmp_path: Path) -> None:
    """Its place is in its own file."""
    (tmp_path / "one.yaml").write_text("policy: one\nversion: yes\n")
    path = my.write(tmp_path, my.child("mine", "one"))

    assert any(
        "one has a problem of its own at 2:10: yes is a boolean" in problem
        for problem in _problems(path)
    )


def _rule(**changes: Any) -> dict[str, Any]:
    rule = {"id": "MINE-02", "clause": "Some clause", "why": "Because of this."}
    return {**rule, **changes}


def _with_rules(*rules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    document = my.policy(**changes)
    document["rules"] = [*document["rules"], *rules]
    return document


@pytest.mark.parametrize(
    ("document", "told"),
    [
        pytest.param(_with_rules(_rule()), "rule MINE-02 governs nothing", id="nothing"),
        pytest.param(
            _with_rules(_rule(id="MINE-01", governs=["declare"])),
            "rule MINE-01 exists already",
            id="twice",
        ),
        pytest.param(
            _with_rules(_rule(governs=["retention.hot_day"])),
            "there is no setting retention.hot_day; did you mean retention.hot_days?",
            id="a setting that is misspelt",
        ),
        pytest.param(
            my.policy(response=[{"path": "a", "rule": "NOPE-01"}]),
            "there is no rule NOPE-01",
            id="a rule that is not there",
        ),
        pytest.param(
            my.policy(redaction={"entities": [{"match": ["EMIAL"], "action": "drop"}]}),
            "there is no entity EMIAL; did you mean EMAIL?",
            id="an entity that is misspelt",
        ),
        pytest.param(
            my.policy(redaction={"entities": [{"match": ["ZZZZ"], "action": "drop"}]}),
            "there is no entity ZZZZ",
            id="an entity like no other",
        ),
    ],
)
def test_words_that_refer_to_nothing(document: dict[str, Any], told: str, tmp_path: Path) -> None:
    """One problem each, with a hint where there is one."""
    (problem,) = _problems(my.write(tmp_path, document))

    assert problem.endswith(f": {told}")


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            {"keys": [{"match": ["loyalty number"], "entity": "LOYALTY", "action": "mask"}]},
            id="a key",
        ),
        pytest.param(
            {
                "patterns": [
                    {
                        "entity": "LOYALTY",
                        "prefix": "L-",
                        "charset": "digits",
                        "least": 4,
                        "most": 8,
                        "action": "mask",
                    }
                ]
            },
            id="a pattern",
        ),
    ],
)
def test_an_entity_of_ones_own_is_made_by_a_key_or_a_pattern(
    kind: dict[str, Any], tmp_path: Path
) -> None:
    """Then it can be named like any other, and the rule that makes it governs something."""
    for parts in kind.values():
        parts[0] = {**parts[0], "rule": "MINE-02"}
    redaction = {**kind, "entities": [{"match": ["LOYALTY"], "action": "drop"}]}
    path = my.write(tmp_path, _with_rules(_rule(), redaction=redaction))

    assert [] == list(compile_policy(path).problems)


def test_a_rule_that_only_promises_governs_something(tmp_path: Path) -> None:
    """It points at the test that would fail."""
    path = my.write(tmp_path, _with_rules(_rule(promises=["binds_only"])))

    assert [] == list(compile_policy(path).problems)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(None, "1:1: it cannot be read: FileNotFoundError", id="no file"),
        pytest.param(b"\xff", "1:1: it cannot be read: UnicodeDecodeError", id="no text"),
        pytest.param(b"", "1:1: the file is empty", id="empty"),
        pytest.param(b"- a", "1:1: the file: input should be a valid dictionary", id="a list"),
        pytest.param(b"policy: yes", "1:9: yes is a boolean", id="a trap"),
    ],
)
def test_files_that_are_no_policy(content: bytes | None, told: str, tmp_path: Path) -> None:
    """Named with their first place."""
    path = tmp_path / "mine.yaml"
    if content is not None:
        path.write_bytes(content)
    (problem,) = _problems(path)

    assert problem.startswith(told)


def test_whoever_needs_the_document_gets_every_problem(tmp_path: Path) -> None:
    """In one error, with the file's name, in order."""
    path = tmp_path / "mine.yaml"
    path.write_text("policy: 7\nversion: x\n")
    with pytest.raises(PolicyError, match="policy mine.yaml cannot be compiled") as caught:
        compile_policy(path).needed()

    places = [part.split(": ")[0] for part in caught.value.why.split("; ") if "mine.yaml:" in part]
    assert "mine.yaml:1:1" in places
    assert "mine.yaml:2:1" in places
    assert places == sorted(places)


def test_the_same_policy_has_the_same_text(tmp_path: Path) -> None:
    """Whatever order the file is written in."""
    document = my.policy()
    one = compile_policy(my.write(tmp_path, document)).needed()
    turned = dict(reversed(document.items()))
    two = compile_policy(my.write(tmp_path, turned)).needed()

    assert compiled_text(one) == compiled_text(
        {**two, "source": one["source"], "digest": one["digest"]}
    )
    assert compiled_text(one).isascii()
    assert compiled_text(one).endswith("}\n")


def test_a_setting_that_no_rule_governs_is_named_where_it_stands(tmp_path: Path) -> None:
    """Its line and column, however deep it is; one of each environment at the first."""
    document = my.policy()
    left = {"retention.hot_days", "declare", "environments.log_days"}
    document["rules"][0]["governs"] = sorted(set(document["rules"][0]["governs"]) - left)
    path = my.write(tmp_path, document)
    path.write_text(json.dumps(document, indent=1))
    lines = path.read_text().splitlines()
    places = {
        name: next(n for n, line in enumerate(lines, 1) if f'"{name.rpartition(".")[2]}"' in line)
        for name in left
    }

    assert {
        (places[name], f"no rule governs {name}; add one with its clause")
        for name in left - {"environments.log_days"}
    } <= {(one.line, one.what) for one in compile_policy(path).problems}
