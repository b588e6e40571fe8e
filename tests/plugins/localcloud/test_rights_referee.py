"""Our evaluator and another implementation of IAM's evaluation logic say the same, case by case.

The other one is `@cloud-copilot/iam-simulate` from npm. It is under the AGPL: it is installed into
build/ when this runs, is asked over a pipe, and is part of nothing that is shipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import repository as repo
from affidavit_localcloud.rights.documents import read_policy
from affidavit_localcloud.rights.evaluate import (
    AccessDecision,
    AccessRequest,
    ApplicablePolicies,
    Caller,
    CallerKind,
    evaluate,
)
from iam_cases import ACCOUNT, ROLE, USER, cases

FOLDER = repo.ROOT / "build" / "iam-simulate"
PACKAGE = "@cloud-copilot/iam-simulate@0.1.173"
COUNT = 5_000
HOW = "install Node.js 20 or newer with npm; the test fetches the package itself"


@pytest.fixture(scope="module")
def referee() -> Path:
    """Where the other implementation lies. Skipped without Node.js, or without the registry."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        _without(f"no Node.js: {HOW}")
    if not (FOLDER / "node_modules" / "@cloud-copilot" / "iam-simulate").is_dir():
        FOLDER.mkdir(parents=True, exist_ok=True)
        ran = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(FOLDER), PACKAGE],  # noqa: S607
            capture_output=True,
            timeout=300,
            check=False,
        )
        if ran.returncode:
            pytest.skip(f"npm cannot get {PACKAGE} here: run make test where its registry answers")
    return FOLDER


def _without(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def test_both_say_the_same(referee: Path) -> None:
    """Of thousands of drawn cases, with enough of each kind that the agreement means something."""
    drawn = list(cases(COUNT, seed=20_261_129))

    theirs = _asked(referee, drawn)
    ours = [_decide(case) for case in drawn]

    errors = [said for said in theirs if said.startswith("error")]
    differing = [
        (case, said, verdict)
        for case, said, verdict in zip(drawn, theirs, ours, strict=True)
        if (said == "Allowed") is not verdict.allowed
    ]
    assert [] == errors[:1]
    assert [] == differing[:1], f"{len(differing)} of {COUNT} differ"
    for kind in ("Allowed", "ImplicitlyDenied", "ExplicitlyDenied"):
        assert theirs.count(kind) >= COUNT // 10, kind


def test_an_explicit_deny_is_called_one(referee: Path) -> None:
    """Both agree why, too, not only whether."""
    drawn = list(cases(500, seed=7))

    for case, said in zip(drawn, _asked(referee, drawn), strict=True):
        assert (said == "ExplicitlyDenied") is ("explicit deny" in _decide(case).why), case


def _asked(referee: Path, drawn: list[dict[str, Any]]) -> list[str]:
    ran = subprocess.run(
        ["node", str(repo.ROOT / "tests" / "iam_referee.mjs"), str(referee)],  # noqa: S607
        input="\n".join(map(json.dumps, drawn)),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert 0 == ran.returncode, ran.stderr[-2000:]
    return ran.stdout.splitlines()


def _decide(case: dict[str, Any]) -> AccessDecision:
    asked = case["request"]
    boundary = case.get("permissionBoundaryPolicies")
    rights = ApplicablePolicies(
        identity=tuple(read_policy(one["name"], one["policy"]) for one in case["identityPolicies"]),
        boundary=read_policy("boundary", boundary[0]["policy"]) if boundary else None,
        resource=read_policy("own", case["resourcePolicy"]) if "resourcePolicy" in case else None,
    )
    context = {
        name.lower(): (value,) if isinstance(value, str) else tuple(value)
        for name, value in asked["contextVariables"].items()
    }
    place = asked["resource"]
    question = AccessRequest(
        _caller(asked["principal"]), asked["action"], place["resource"], place["accountId"], context
    )
    return evaluate(question, rights)


def _caller(principal: str) -> Caller:
    if principal.endswith(".amazonaws.com"):
        return Caller(CallerKind.SERVICE, principal, ACCOUNT)
    if principal == USER:
        return Caller(CallerKind.USER, USER, ACCOUNT)
    return Caller(CallerKind.ROLE, ROLE, ACCOUNT, principal)
