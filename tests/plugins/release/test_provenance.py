"""Bytes are tied to a commit: an in-toto statement with SLSA's predicate, beside each zip."""

from __future__ import annotations

import hashlib
import json
import subprocess

import jsonschema
import pytest

from affidavit_release.errors import Reason, ReleaseRefusedError
from affidavit_release.versions import read_version
from release_world import World

_DIGESTS = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}}
SCHEMA = {
    "type": "object",
    "required": ["_type", "subject", "predicateType", "predicate"],
    "properties": {
        "_type": {"const": "https://in-toto.io/Statement/v1"},
        "predicateType": {"const": "https://slsa.dev/provenance/v1"},
        "subject": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "digest"],
                "properties": {"digest": _DIGESTS},
            },
        },
        "predicate": {
            "type": "object",
            "required": ["buildDefinition", "runDetails"],
            "properties": {
                "buildDefinition": {
                    "type": "object",
                    "required": ["buildType", "externalParameters"],
                    "properties": {
                        "buildType": {"type": "string", "format": "uri"},
                        "resolvedDependencies": {
                            "type": "array",
                            "items": {"type": "object", "properties": {"digest": _DIGESTS}},
                        },
                    },
                },
                "runDetails": {
                    "type": "object",
                    "required": ["builder"],
                    "properties": {"builder": {"type": "object", "required": ["id"]}},
                },
            },
        },
    },
}
"""What the two specifications demand of a statement, written down from them."""


def built(world: World) -> bytes:
    world.commit("fix: one")
    world.build()
    world.upload("v1.0.0")
    return world.context().vault.open(read_version("v1.0.0")).read("shop.intoto.json")


def test_a_statement_names_the_zip_and_the_commit(world: World) -> None:
    """Checked against the specifications, the bytes, and git itself."""
    statement = built(world)
    said = json.loads(statement)
    stored = world.context().vault.open(read_version("v1.0.0"))

    def git(what: str) -> str:
        asked = ["git", "-C", str(world.folder / "repo"), "rev-parse", what]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()

    jsonschema.validate(said, SCHEMA)
    zipped = hashlib.sha256(stored.read("shop.zip")).hexdigest()
    assert [{"name": "shop.zip", "digest": {"sha256": zipped}}] == said["subject"]
    (source,) = said["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert {"gitCommit": git("HEAD"), "gitTree": git("HEAD^{tree}")} == source["digest"]


def test_the_same_commit_gives_the_same_statement(world: World) -> None:
    """Nothing in it is of the run: otherwise a build could not be repeated."""
    statement = built(world)

    assert "same" == world.build().state
    staged = world.stages / "v1.0.0" / "shop.intoto.json"
    assert statement == staged.read_bytes()


def test_a_statement_that_was_changed_is_noticed(world: World) -> None:
    """It is in the signed list like the zip."""
    built(world)
    kept = next(path for path in (world.folder / "vault").rglob("*") if "intoto" in path.name)
    kept.chmod(0o644)
    kept.write_bytes(b"{}")
    with pytest.raises(ReleaseRefusedError) as refused:
        world.deploy("v1.0.0", "dev")
    assert Reason.BYTES_ALTERED is refused.value.reason
