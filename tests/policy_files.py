"""Whole policy files for tests: as data, and written to disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from affidavit_policy.declared import SETTINGS

ENVIRONMENTS = ("default", "dev", "staging")
ACTIONS = ("keep", "truncate", "mask", "token", "replace", "drop")
DECLARES = ("none", "overlap", "before")
LITERALS = ("allow", "refuse")
OFF_RECORD = ("record", "refuse")
TRUSTS = ("authorizer", "iam", "service", "asserted", "anonymous")
ENTITIES = ("EMAIL", "PHONE", "IP", "US_SSN")
PROPERTIES = ("trust_asserted", "tests_may_write", "local_artifacts", "deletable")
SINKS = ("log", "metric", "error")


def each(log_days: int = 7, sample_percent: int = 5, **properties: bool) -> dict[str, Any]:
    """Return the same properties for every environment."""
    said = {"log_days": log_days, "sample_percent": sample_percent, **properties}
    return {name: dict(said) for name in ENVIRONMENTS}


def policy(name: str = "mine", **changes: Any) -> dict[str, Any]:
    """Return a complete policy file; `changes` replace its parts, None removes one."""
    whole: dict[str, Any] = {
        "policy": name,
        "version": 1,
        "title": "A policy for tests",
        "declare": "overlap",
        "actor": {"trust": ["authorizer", "iam"]},
        "retention": {"hot_days": 10, "archive_days": 100},
        "environments": each(),
        "limits": {"request_bytes": 1000, "depth": 10},
        "sources": {"literals": "refuse"},
        "off_record": {"mode": "refuse"},
        "logging": {"event": False},
        "redaction": {},
        "rules": [
            {
                "id": rule_of(name),
                "clause": "A clause of some law",
                "why": "Because somebody asks for it.",
                "governs": list(SETTINGS),
            }
        ],
    }
    found = {key: part for key, part in {**whole, **changes}.items() if part is not None}
    for item in found.get("redaction", {}).get("entities", []):
        item.setdefault("rule", rule_of(name))
    for item in found.get("redaction", {}).get("keys", []):
        item.setdefault("rule", rule_of(name))
    return found


def rule_of(name: str) -> str:
    """Return the id of the one rule that a policy of this name has."""
    return f"{name.upper()}-01"


def child(name: str = "mine", *parents: str, **changes: Any) -> dict[str, Any]:
    """Return a policy file that says nothing but what it extends and `changes`."""
    bare = policy(name)
    nothing = dict.fromkeys(bare.keys() - {"policy", "version", "title", "rules"})
    return policy(name, **{**nothing, "extends": list(parents), **changes})


def write(folder: Path, document: Mapping[str, Any], name: str = "") -> Path:
    """Write a policy file; JSON is YAML."""
    path = folder / f"{name or document['policy']}.yaml"
    path.write_text(json.dumps(document))
    return path


def entities(names: tuple[str, ...] = ENTITIES) -> st.SearchStrategy[list[dict[str, Any]]]:
    """What happens to some kinds of values."""
    return st.dictionaries(st.sampled_from(names), st.sampled_from(ACTIONS)).map(
        lambda found: [{"match": [entity], "action": action} for entity, action in found.items()]
    )


def parts() -> dict[str, st.SearchStrategy[Any]]:
    """Each part of a policy file that says something stricter or laxer."""
    days = st.integers(1, 40)
    return {
        "declare": st.sampled_from(DECLARES),
        "actor": st.sets(st.sampled_from(TRUSTS), min_size=1).map(lambda t: {"trust": sorted(t)}),
        "retention": st.tuples(days, days).map(
            lambda d: {"hot_days": d[0], "archive_days": d[0] + d[1]}
        ),
        "environments": environments(),
        "limits": st.tuples(days, days).map(lambda d: {"request_bytes": d[0], "depth": d[1]}),
        "sources": st.sampled_from(LITERALS).map(lambda word: {"literals": word}),
        "off_record": st.tuples(st.sampled_from(OFF_RECORD), st.sets(st.sampled_from("abc"))).map(
            lambda said: {"mode": said[0], "hosts": sorted(said[1])}
        ),
        "logging": st.booleans().map(lambda event: {"event": event}),
        "redaction": st.fixed_dictionaries(
            {"entities": entities(), "sinks": sinks()},
            optional={
                "limits": st.integers(4, 8).map(
                    lambda n: {"depth": n, "string_bytes": n * 100, "nodes": n * 100}
                )
            },
        ),
    }


def environments() -> st.SearchStrategy[dict[str, Any]]:
    """What differs between the default and some environments that are named."""
    one = st.fixed_dictionaries(
        {"log_days": st.integers(1, 2), "sample_percent": st.integers(0, 1)},
        optional={name: st.booleans() for name in PROPERTIES},
    )
    return st.tuples(one, st.dictionaries(st.sampled_from(ENVIRONMENTS[1:]), one)).map(
        lambda found: {"default": found[0], **found[1]}
    )


def sinks() -> st.SearchStrategy[dict[str, Any]]:
    """How some sinks treat keys that no rule names."""
    return st.dictionaries(
        st.sampled_from(SINKS),
        st.one_of(
            st.just({"mode": "denylist"}),
            st.lists(st.sampled_from(["channel", "region"]), max_size=2).map(
                lambda keys: {"mode": "allowlist", "keys": keys}
            ),
        ),
    )


def whole() -> st.SearchStrategy[dict[str, Any]]:
    """Every part, as a policy without parents states them."""
    return st.fixed_dictionaries(parts())


def some() -> st.SearchStrategy[dict[str, Any]]:
    """At most two parts, as a policy states that leaves the rest to its parents."""
    return st.lists(st.sampled_from(sorted(parts())), max_size=2, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: parts()[name] for name in names})
    )
