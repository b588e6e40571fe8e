"""Releases move the alias, Terraform does not: neither by weights nor as a whole."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from affidavit_ledger.archive import FolderArchive
from affidavit_release.demo.shop import pack
from affidavit_release.lambda_target import LambdaTarget
from affidavit_release.targets import CanaryState
from affidavit_release.vault import Stored
from affidavit_release.versions import Version
from e2e.framework.clouds import REGION
from e2e.framework.stacks import Stack

SECOND = 'def handler(event, context):\n    return ["second", context.function_version]\n'
NAME = "teller"


@pytest.fixture
def target(
    stack: Stack[Any], monkeypatch: pytest.MonkeyPatch, _no_settings_from_outside: None
) -> LambdaTarget:
    """The stack's function, as `affidavit release` sees it."""
    for name, value in stack.cloud.environ.items():
        monkeypatch.setenv(name, value)
    return LambdaTarget("live", f"{stack.name}-", REGION)


def _stored(folder: Path) -> Stored:
    data = pack(SECOND)
    manifest = json.dumps({"name": NAME, "sha256": hashlib.sha256(data).hexdigest()}).encode()
    files = {f"{NAME}.zip": data, f"{NAME}.manifest.json": manifest}
    archive = FolderArchive(folder)
    for name, content in files.items():
        archive.put(f"v1.0.1/{name}", content, retain_until=0)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return Stored(Version(1, 0, 1), sums[f"{NAME}.zip"], sums, archive)


def _answers(stack: Stack[Any], count: int = 30) -> set[str]:
    """Ask through the alias, again and again; return which codes have answered."""
    client = stack.cloud.client("lambda")
    told = (client.invoke(FunctionName=stack.out.function, Qualifier="live") for _ in range(count))
    return {json.loads(one["Payload"].read())[0] for one in told}


def _alias(stack: Stack[Any]) -> tuple[str, dict[str, float]]:
    found = stack.cloud.client("lambda").get_alias(FunctionName=stack.out.function, Name="live")
    routing = found.get("RoutingConfig") or {}
    return found["FunctionVersion"], dict(routing.get("AdditionalVersionWeights") or {})


def test_a_shift_is_left_alone(stack: Stack[Any], target: LambdaTarget, tmp_path: Path) -> None:
    """From what Terraform has made to the end of a canary, an apply in each state of it."""
    assert [] == stack.drift()
    assert CanaryState(50, 3, ()) == target.canary((NAME,))
    assert {"first"} == _answers(stack, 4)

    published = target.install(_stored(tmp_path))
    target.shift(published, 50)
    divided = _alias(stack)
    assert {published[NAME]: 0.5} == divided[1]
    assert {"first", "second"} == _answers(stack)
    assert not [one for one in stack.drift() if "alias" in one]
    stack.terraform.apply(*stack.options)  # with the old release still in its variables
    assert divided == _alias(stack)
    assert {"first", "second"} == _answers(stack)

    target.switch(published, target.live((NAME,)))
    assert {"second"} == _answers(stack, 8)
    stack.terraform.apply(*stack.options)
    assert (published[NAME], {}) == _alias(stack)
    assert {"second"} == _answers(stack, 8)


def test_going_back_is_left_alone_too(stack: Stack[Any], target: LambdaTarget) -> None:
    """With another share in the middle; whoever applies then does not bring it back."""
    before, _ = _alias(stack)
    target.switch({NAME: "1"}, target.live((NAME,)))
    target.shift({NAME: before}, 10)
    target.switch({NAME: "1"}, target.live((NAME,)))

    stack.terraform.apply(*stack.options)
    assert ("1", {}) == _alias(stack)
    assert {"first"} == _answers(stack, 8)
