"""The report as OSCAL assessment results, for tools that collect evidence.

One component for each handler, one observation for each test and each check of the
deployment, one finding for each clause. The form is that of NIST's OSCAL, model
`assessment-results`, the same in versions 1.1 and 1.2. Every clause is defined in
`local-definitions`, so that each finding's objective resolves inside the document; a
clause of NIST SP 800-53 also has the catalogue's control among the reviewed ones.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from affidavit_testing.clause_results import SATISFIED

_HOME: Final = uuid.UUID("6f1c43a8-9f0a-5b46-9d11-6d3d5d1f2a77")
"""Namespace of the identifiers below: equal things have equal ones (RFC 9562, version 5)."""

_NS: Final = "https://affidavit.example.org/ns/oscal"
_CONTROL: Final = re.compile(r"NIST SP 800-53 rev 5, ([A-Z]{2}-\d+(?:\(\d+\))?)")
_WORD: Final = re.compile(r"[^a-z0-9]+")


def assessment_results(document: Mapping[str, Any], *, version: str) -> dict[str, Any]:
    """Return the report in OSCAL's form; `version` is what the document says it has."""
    started, ended = document["started"], document["ended"]
    clauses = {one["id"]: one for policy in document["policies"] for one in policy["clauses"]}
    return {
        "assessment-results": {
            "uuid": _id("document", started, ended),
            "metadata": {
                "title": "Compliance tests of audited handlers",
                "last-modified": ended,
                "version": document["library"],
                "oscal-version": version,
            },
            "import-ap": {"href": "#" + _id("plan")},
            "local-definitions": {
                "objectives-and-methods": [_objective(one) for one in clauses.values()]
            },
            "results": [_result(policy, document) for policy in document["policies"]],
            "back-matter": {
                "resources": [
                    {
                        "uuid": _id("plan"),
                        "title": "The promises of affidavit",
                        "description": "docs/compliance.md says on what each clause rests.",
                    }
                ]
            },
        }
    }


def _objective(clause: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "control-id": _control(clause["id"]),
        "description": clause["id"],
        "parts": [{"id": _target(clause), "name": "assessment-objective", "prose": clause["asks"]}],
    }


def _result(policy: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "uuid": _id("result", policy["label"], document["started"]),
        "title": policy["title"],
        "description": f"Handlers under policy {policy['label']}.",
        "start": document["started"],
        "end": document["ended"],
        "local-definitions": {
            "components": [_component(name, document) for name in policy["handlers"]]
        },
        "reviewed-controls": {
            "control-selections": [
                {
                    "description": f"The clauses of policy {policy['policy']}.",
                    "include-controls": [
                        {"control-id": name}
                        for name in sorted({_control(one["id"]) for one in policy["clauses"]})
                    ],
                }
            ]
        },
    }
    observations = [*_tests(policy, document), *_checks(policy, document)]
    if observations:
        found["observations"] = observations
    found["findings"] = [_finding(one, policy, document) for one in policy["clauses"]]
    return found


def _component(name: str, document: Mapping[str, Any]) -> dict[str, Any]:
    subject = document["subject"]
    told = {
        "commit": subject["commit"],
        "bundle": subject["bundle"],
        "bundle-sha256": subject["sha256"],
    }
    found: dict[str, Any] = {
        "uuid": _id("component", name),
        "type": "software",
        "title": name or "unnamed",
        "description": "A handler of AWS Lambda.",
        "status": {"state": "operational"},
    }
    props = [_property(key, value) for key, value in told.items() if value]
    return {**found, "props": props} if props else found


def _tests(policy: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for test in document["results"]:
        if test["policy"] == policy["policy"]:
            yield {
                "uuid": _id("observation", test["test"], document["started"]),
                "title": test["promise"],
                "description": f"{test['test']}: {test['result']}",
                "methods": ["TEST"],
                "types": ["control-objective"],
                "subjects": [
                    {"subject-uuid": _id("component", test["handler"]), "type": "component"}
                ],
                "collected": document["ended"],
                "relevant-evidence": [
                    {
                        "description": f"pytest, {test['seconds']} s, {document['library']}",
                        "props": [
                            _property("result", test["result"]),
                            _property("test", test["test"]),
                            *(
                                _property(name.replace(" ", "-"), str(number))
                                for name, number in test["premises"].items()
                            ),
                        ],
                    }
                ],
            }


def _checks(policy: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    found = {one["check"]: one for clause in policy["clauses"] for one in clause["checks"]}
    for name, one in sorted(found.items()):
        yield {
            "uuid": _id("observation", policy["label"], name, document["started"]),
            "title": name,
            "description": f"{name}: {one['result']} ({one['saw']})",
            "methods": ["EXAMINE"],
            "types": ["control-objective"],
            "collected": document["ended"],
            "relevant-evidence": [
                {
                    "description": "What Terraform says of the deployment.",
                    "props": [_property("result", one["result"])],
                }
            ],
        }


def _finding(
    clause: Mapping[str, Any], policy: Mapping[str, Any], document: Mapping[str, Any]
) -> dict[str, Any]:
    result = clause["result"]
    satisfied = result in SATISFIED
    failed = result in {"broken", "does not hold"}
    found: dict[str, Any] = {
        "uuid": _id("finding", policy["label"], clause["id"], document["started"]),
        "title": clause["id"],
        "description": clause["asks"],
        "props": [
            _property("result", result),
            _property("state", clause["state"]),
            *(_property("rule", rule) for rule in clause["rules"]),
        ],
        "target": {
            "type": "objective-id",
            "target-id": _target(clause),
            "status": {
                "state": "satisfied" if satisfied else "not-satisfied",
                "reason": "pass" if satisfied else "fail" if failed else "other",
            },
        },
    }
    if not satisfied and not failed:
        parts = [clause["lacks"], clause["duty"], clause["keep"] and f"Keep: {clause['keep']}"]
        found["remarks"] = " ".join([f"Result: {result}.", *filter(None, parts)])
    related = list(_related(clause, policy, document))
    if related:
        found["related-observations"] = [{"observation-uuid": one} for one in related]
    return found


def _related(
    clause: Mapping[str, Any], policy: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[str]:
    promises = {name for one in clause["objectives"] for name in one["suite"]}
    for test in document["results"]:
        if test["policy"] == policy["policy"] and test["promise"] in promises:
            yield _id("observation", test["test"], document["started"])
    for one in clause["checks"]:
        yield _id("observation", policy["label"], one["check"], document["started"])


def _control(clause: str) -> str:
    """Return `au-9.3` for `NIST SP 800-53 rev 5, AU-9(3)`; the clause as a word for others."""
    found = _CONTROL.fullmatch(clause)
    if found:
        return found[1].lower().replace("(", ".").replace(")", "")
    word = _WORD.sub("-", clause.lower()).strip("-")
    return word if word[0].isalpha() else f"c-{word}"


def _target(clause: Mapping[str, Any]) -> str:
    return f"{_control(clause['id'])}_obj"


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": _NS, "value": value}


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_HOME, "\0".join(parts)))
