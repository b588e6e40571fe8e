"""What a bundle says of itself: a manifest and a bill of materials, without any time."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from affidavit import __version__
from affidavit_bundle.handler_reference import HandlerReference
from affidavit_bundle.own_wheel import is_compiled
from affidavit_bundle.policy import BundledPolicy
from affidavit_bundle.target import Target
from affidavit_bundle.unpack import Distribution

MANIFEST: Final = "affidavit-bundle.json"
SBOM: Final = "affidavit-bundle.cdx.json"
FORMAT: Final = 3

INDEXED: Final = (
    *("handler", "runtime", "architecture", "kernel", "plugins", "policy"),
    *("bytecode", "layer", "sources", "variables"),
)
"""What `bundles.json` repeats of a manifest."""

NAMESPACE: Final = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""RFC 9562's namespace for URLs: a serial number that follows from the contents."""


def make_manifest(
    handler: HandlerReference,
    target: Target,
    *,
    plugins: Sequence[str],
    policy: BundledPolicy | None,
    distributions: Sequence[Distribution],
    found: Mapping[str, Any],
    contents: str,
) -> dict[str, Any]:
    """Return the manifest. `contents` is the digest of every other file.

    `found` is what making it brought to light: variables, sources, byte code, layer.
    """
    own = next(one.wheel for one in distributions if one.name == "affidavit")
    return {
        "format": FORMAT,
        "name": handler.name,
        "handler": handler.entry,
        "runtime": target.runtime,
        "architecture": target.arch,
        "affidavit": __version__,
        "kernel": "compiled" if is_compiled(own) else "pure",
        "plugins": list(plugins),
        "policy": None
        if policy is None
        else {"setting": policy.setting, "label": policy.label, "digest": policy.digest},
        "distributions": [
            {"name": one.name, "version": one.version, "wheel": one.wheel, "sha256": one.sha256}
            for one in distributions
        ],
        **found,
        "contents": contents,
    }


def make_sbom(
    handler: HandlerReference, distributions: Sequence[Distribution], contents: str
) -> dict[str, Any]:
    """Return a CycloneDX 1.6 document: https://cyclonedx.org/docs/1.6/json/.

    It has no time and a serial number that follows from the contents, so that the
    same bundle has the same bill.
    """
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid.uuid5(NAMESPACE, f"affidavit:{handler.entry}:{contents}").urn,
        "version": 1,
        "metadata": {
            "tools": {
                "components": [
                    {"type": "application", "name": "affidavit-bundle", "version": __version__}
                ]
            },
            "component": {
                "type": "application",
                "bom-ref": handler.name,
                "name": handler.name,
                "hashes": [{"alg": "SHA-256", "content": contents}],
            },
        },
        "components": [_component(one) for one in distributions],
        "dependencies": [{"ref": handler.name, "dependsOn": [_purl(one) for one in distributions]}],
    }


def write_json(path: Path, told: object) -> None:
    """Write in one way."""
    path.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", "utf-8")


def write_beside(
    path: Path, manifest: Mapping[str, Any], entry: Mapping[str, Any], tried: Mapping[str, Any]
) -> None:
    """Write the manifest beside its zip, with the zip's digest in both spellings."""
    digests = {key: entry[key] for key in ("sha256", "source_code_hash")}
    write_json(path.with_suffix(".manifest.json"), {**manifest, **digests, "tried": tried})


def index_entry(manifest: dict[str, Any], path: Path, unpacked: int, key: str) -> dict[str, Any]:
    """Return what `bundles.json` says of one bundle; Terraform reads it."""
    data = path.read_bytes()
    digest = hashlib.sha256(data)
    return {
        "path": path.name,
        **{key: manifest[key] for key in INDEXED},
        "sha256": digest.hexdigest(),
        # As Lambda's CodeSha256 and Terraform's source_code_hash have it.
        "source_code_hash": base64.b64encode(digest.digest()).decode(),
        "zip_bytes": len(data),
        "unpacked_bytes": unpacked,
        "key": key,
    }


def _component(one: Distribution) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": _purl(one),
        "name": one.name,
        "version": one.version,
        "purl": _purl(one),
        "hashes": [{"alg": "SHA-256", "content": one.sha256}],
    }
    if one.licence:
        component["licenses"] = [{"license": {"name": one.licence}}]
    return component


def _purl(one: Distribution) -> str:
    return f"pkg:pypi/{one.name}@{one.version}"
