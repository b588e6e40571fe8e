"""The report as OSCAL assessment results, for tools that collect evidence.

One observation for each test, one finding for each rule of a policy. The form
is that of NIST's OSCAL 1.1.2, model `assessment-results`. Clauses that are not
NIST SP 800-53 controls have no objective in a NIST catalogue; their findings
name the rule and carry the clause as a property.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

OSCAL: Final = "1.1.2"
_HOME: Final = uuid.UUID("6f1c43a8-9f0a-5b46-9d11-6d3d5d1f2a77")
"""Namespace of the identifiers below: equal things have equal ones (RFC 9562, version 5)."""

_NS: Final = "https://affidavit.example.org/ns/oscal"
_CONTROL: Final = re.compile(r"NIST SP 800-53 rev 5, ([A-Z]{2}-\d+(?:\(\d+\))?)")
_STATES: Final = {"kept": ("satisfied", "pass"), "broken": ("not-satisfied", "fail")}


def assessment_results(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report in OSCAL's form."""
    started, ended = document["started"], document["ended"]
    return {
        "assessment-results": {
            "uuid": _id("document", started, ended),
            "metadata": {
                "title": "Compliance tests of audited handlers",
                "last-modified": ended,
                "version": document["library"],
                "oscal-version": OSCAL,
            },
            "import-ap": {"href": "#" + _id("plan")},
            "results": [_result(policy, document) for policy in document["policies"]],
            "back-matter": {
                "resources": [
                    {
                        "uuid": _id("plan"),
                        "title": "The promises of affidavit",
                        "description": "docs/compliance.md says which clause leads to which test.",
                    }
                ]
            },
        }
    }


def _result(policy: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    tests = {
        test["test"]: test
        for rule in policy["rules"]
        for promise in rule["promises"]
        for test in promise["tests"]
    }
    found: dict[str, Any] = {
        "uuid": _id("result", policy["label"], document["started"]),
        "title": policy["title"],
        "description": f"Handlers under policy {policy['label']}.",
        "start": document["started"],
        "end": document["ended"],
        "reviewed-controls": _reviewed(policy),
    }
    if tests:
        found["observations"] = [_observation(test, document) for _, test in sorted(tests.items())]
    found["findings"] = [_finding(rule, policy, document) for rule in policy["rules"]]
    return found


def _reviewed(policy: Mapping[str, Any]) -> dict[str, Any]:
    controls = sorted({name for rule in policy["rules"] for name in _controls(rule["clause"])})
    selection: dict[str, Any] = {"description": f"The clauses of policy {policy['policy']}."}
    if controls:
        selection["include-controls"] = [{"control-id": name} for name in controls]
    else:
        selection["include-all"] = {}
    return {"control-selections": [selection]}


def _observation(test: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "uuid": _id("observation", test["test"], document["started"]),
        "title": test["promise"],
        "description": f"{test['test']}: {test['result']}",
        "methods": ["TEST"],
        "types": ["control-objective"],
        "collected": document["ended"],
        "relevant-evidence": [
            {
                "description": f"pytest, {test['seconds']} s, {document['library']}",
                "props": [_property("result", test["result"]), _property("test", test["test"])],
            }
        ],
    }


def _finding(
    rule: Mapping[str, Any], policy: Mapping[str, Any], document: Mapping[str, Any]
) -> dict[str, Any]:
    state, reason = _STATES.get(rule["result"], ("not-satisfied", "other"))
    tests = [test["test"] for promise in rule["promises"] for test in promise["tests"]]
    found: dict[str, Any] = {
        "uuid": _id("finding", policy["label"], rule["rule"], document["started"]),
        "title": f"{rule['rule']}: {rule['clause']}",
        "description": rule["why"],
        "props": [_property("clause", rule["clause"]), _property("rule", rule["rule"])],
        "target": {
            "type": "objective-id",
            "target-id": _target(rule),
            "status": {"state": state, "reason": reason},
        },
    }
    if rule["result"] not in _STATES:
        found["remarks"] = f"Result: {rule['result']}. No test here has shown that it holds."
    if tests:
        found["related-observations"] = [
            {"observation-uuid": _id("observation", test, document["started"])}
            for test in sorted(set(tests))
        ]
    return found


def _target(rule: Mapping[str, Any]) -> str:
    """Return the objective's id in the NIST catalogue, or the rule's own."""
    controls = _controls(rule["clause"])
    return f"{controls[0]}_obj" if controls else rule["rule"].lower()


def _controls(clause: str) -> list[str]:
    """Return `au-9.3` for `NIST SP 800-53 rev 5, AU-9(3)`, as the catalogue spells it."""
    found = _CONTROL.findall(clause)
    return [name.lower().replace("(", ".").replace(")", "") for name in found]


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": _NS, "value": value}


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_HOME, "\x00".join(parts)))
