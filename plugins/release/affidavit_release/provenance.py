"""Where the bytes of a release come from: an in-toto statement for each zip, with SLSA's predicate.

https://in-toto.io/Statement/v1 and https://slsa.dev/provenance/v1. Each lies
beside its zip and is in the list that is signed. It holds no time and no name
of a run: the same commit, built again, has to give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from affidavit_release.git_log import Changes
from affidavit_release.rules import Build

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://slsa.dev/provenance/v1"
BUILD_TYPE: Final = "urn:affidavit:release-build:1"
ENDING: Final = ".intoto.json"


def with_provenance(
    files: Mapping[str, bytes], changes: Changes, build: Build, version: str
) -> dict[str, bytes]:
    """Return the files with a statement beside each zip."""
    zips = [name for name in files if name.endswith(".zip")]
    told = {
        name.removesuffix(".zip") + ENDING: _statement(name, files, changes, build, version)
        for name in zips
    }
    return {**files, **told}


def _statement(
    name: str, files: Mapping[str, bytes], changes: Changes, build: Build, version: str
) -> bytes:
    inner = name.removesuffix(".zip")
    products = [f"{inner}.manifest.json", f"{inner}.cdx.json"]
    source = {"uri": "git+file:.", "digest": {"gitCommit": changes.head, "gitTree": changes.tree}}
    told = {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": _sha256(files[name])}}],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "version": version,
                    "command": list(build.command),
                    "check": list(build.check),
                },
                "internalParameters": {},
                "resolvedDependencies": [source],
            },
            "runDetails": {
                "builder": {"id": build.builder},
                "byproducts": [
                    {"name": one, "digest": {"sha256": _sha256(files[one])}}
                    for one in products
                    if one in files
                ],
            },
        },
    }
    return (json.dumps(told, indent=1, sort_keys=True) + "\n").encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
