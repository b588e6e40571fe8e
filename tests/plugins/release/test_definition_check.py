"""A release is the service that functions.toml defines, in every environment of the line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from affidavit_release.definition_check import check_definition
from affidavit_release.errors import Reason, ReleaseRefusedError
from affidavit_release.rules import read_rules
from release_world import World

DEFINITION = """
[service]
name = "shop"
policy = "hipaa"

[functions.orders]
handler = "shop.orders:handler"

[functions.orders.environments.prod]
plugins = ["dynamodb"]
"""
MANIFEST: dict[str, Any] = {
    "handler": "shop.orders.handler",
    "runtime": "python3.13",
    "architecture": "arm64",
    "plugins": ["dynamodb"],
}
LINE = ("dev", "prod")


def files(**manifests: dict[str, Any]) -> dict[str, bytes]:
    return {f"{name}.manifest.json": json.dumps(one).encode() for name, one in manifests.items()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "functions.toml"
    found.write_text(DEFINITION)
    return found


def test_what_fits_everywhere_is_a_release(path: Path) -> None:
    """And what Terraform deploys is apart from it."""
    check_definition(files(orders=MANIFEST, sealer={}), path, LINE, {"sealer"})


@pytest.mark.parametrize(
    ("held", "word"),
    [
        ({}, "it has no bundle"),
        ({"orders": MANIFEST, "refunds": MANIFEST}, "the definition has no such function"),
        ({"orders": {**MANIFEST, "runtime": "python3.11"}}, "in dev runtime is python3.13"),
        ({"orders": {**MANIFEST, "plugins": ["oracle"]}}, "plugins is dynamodb"),
        ({"orders": {**MANIFEST, "variables": {"needed": ["T"]}}}, "variable T"),
    ],
)
def test_what_does_not_is_refused_with_the_function_and_the_difference(
    path: Path, held: dict[str, Any], word: str
) -> None:
    """Before anything is put aside."""
    with pytest.raises(ReleaseRefusedError) as caught:
        check_definition(files(**held), path, LINE, ())

    assert Reason.BUNDLE_BAD is caught.value.reason
    assert word in str(caught.value)


def test_a_difference_in_one_environment_alone_is_found_before_it(path: Path) -> None:
    """One zip is promoted: what prod has to have, dev's zip has to have."""
    path.write_text(DEFINITION.replace('["dynamodb"]', '["dynamodb", "xray"]'))
    with pytest.raises(ReleaseRefusedError, match="in prod plugins"):
        check_definition(files(orders=MANIFEST), path, LINE, ())


def test_the_line_reads_the_definition_that_its_rules_name(tmp_path: Path) -> None:
    """The demonstration's bundle is no function of it, and is not released."""
    world = World(tmp_path)
    line = 'bundles = "repo/bundles"\n'
    world.write_rules(**{line: f'{line}service = "f.toml"\n'})
    (tmp_path / "f.toml").write_text(DEFINITION)
    world.commit()

    assert tmp_path / "f.toml" == read_rules(tmp_path / "release.toml").build.service
    with pytest.raises(ReleaseRefusedError, match="is not what the service's definition says"):
        world.build()
