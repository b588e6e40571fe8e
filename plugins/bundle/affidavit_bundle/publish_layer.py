"""Publish layers in regions, and keep a file of their ARNs that Terraform reads."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit_bundle.errors import BundleError
from affidavit_bundle.layers import read_layer

LICENCE: Final = "Apache-2.0"


class Published(NamedTuple):
    """One layer in one region. `state` is `published` or `same`."""

    layer: str
    region: str
    state: str
    arn: str


def publish_layers(
    zips: Sequence[Path],
    regions: Sequence[str],
    to: Path,
    *,
    client: Callable[..., Any],
    public: bool,
) -> list[Published]:
    """Publish each zip in each region; after each of them `to` says what there is.

    Rights: lambda:ListLayerVersions, GetLayerVersion, PublishLayerVersion, and
    AddLayerVersionPermission for a public one.

    Raises:
        BundleError: A zip is no layer, or AWS refuses it.

    """
    held = [(path, read_layer(path)) for path in zips]
    index = _read_index(to)
    done = []
    for path, manifest in held:
        for region in regions:
            one = _publish(path, manifest, client("lambda", region_name=region), public=public)
            done.append(one._replace(region=region))
            _note(index, manifest, path, done[-1])
            to.write_text(json.dumps(index, indent=1, sort_keys=True) + "\n", "utf-8")
    return done


def _publish(path: Path, manifest: dict[str, Any], lambdas: Any, *, public: bool) -> Published:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - heavy

    runtime, arch, data = manifest["runtime"], manifest["architecture"], path.read_bytes()
    name = f"{manifest['name']}-{runtime}-{arch}".replace(".", "-")
    try:
        there = _newest(lambdas, name)
        if there and there["Content"].get("CodeSha256") == _base64_sha256(data):
            return Published(name, "", "same", there["LayerVersionArn"])
        made = lambdas.publish_layer_version(
            LayerName=name,
            Description=f"affidavit {manifest['affidavit']}: {', '.join(manifest['plugins'])}"[
                :256
            ],
            Content={"ZipFile": data},
            CompatibleRuntimes=[runtime],
            CompatibleArchitectures=[arch],
            LicenseInfo=LICENCE,
        )
        if public:
            lambdas.add_layer_version_permission(
                LayerName=name,
                VersionNumber=made["Version"],
                StatementId="everybody",
                Action="lambda:GetLayerVersion",
                Principal="*",
            )
    except ClientError as error:
        failed = str(error.response.get("Error", {}).get("Code", "Unknown"))
    except BotoCoreError as error:
        failed = type(error).__name__
    else:
        return Published(name, "", "published", made["LayerVersionArn"])
    raise BundleError(
        f"the layer {name} cannot be published",
        why=f"AWS answered {failed}",
        fix="Check credentials, region and rights; what was published stands in the file",
    )


def _newest(lambdas: Any, name: str) -> dict[str, Any] | None:
    versions = lambdas.list_layer_versions(LayerName=name).get("LayerVersions") or []
    if not versions:
        return None
    number = max(int(one["Version"]) for one in versions)
    found: dict[str, Any] = lambdas.get_layer_version(LayerName=name, VersionNumber=number)
    return found


def _note(index: dict[str, Any], manifest: dict[str, Any], path: Path, one: Published) -> None:
    about = {key: manifest[key] for key in ("affidavit", "kernel", "plugins", "contents")}
    about["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    targets = index.setdefault(manifest["name"], {})
    entry = targets.setdefault(f"{manifest['runtime']}-{manifest['architecture']}", {})
    arns = entry.get("arns", {}) if entry.get("sha256") == about["sha256"] else {}
    entry.update(about, arns={**arns, one.region: one.arn})


def _read_index(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        told: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        told = None
    if isinstance(told, dict):
        return told
    raise BundleError(
        f"{path.name} cannot be read", why="it is no JSON object", fix="Name another file with --to"
    )


def _base64_sha256(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()
