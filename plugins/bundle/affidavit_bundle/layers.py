"""What a Lambda layer has already, so that a bundle may leave it out."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler_reference import HandlerReference
from affidavit_bundle.lean import KERNEL
from affidavit_bundle.target import Target
from affidavit_bundle.unpack import Distribution
from affidavit_bundle.zips import content_digest, read_zip

LAYER: Final = "affidavit-layer.json"
LAYER_SBOM: Final = "affidavit-layer.cdx.json"
INSIDE: Final = "python"
"""Lambda puts `python` of every layer on the path, after the function's own folder.

https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
"""

OPT: Final = f"{PurePosixPath('/', 'opt', INSIDE)}/"
TRIAL: Final = HandlerReference("trial", "affidavit_trial", "handler")
TRIAL_FILE: Final = f"{TRIAL.module}.py"
TRIAL_SOURCE: Final = """from affidavit import audited


@audited
def handler(event, context):
    return None
"""
"""A function as small as they come: with it a layer is started as with any other."""


class OpenLayer(NamedTuple):
    """An unpacked layer: what comes onto the path, and what it says of itself."""

    folder: Path
    manifest: dict[str, Any]


def is_layer(path: Path) -> bool:
    """Whether a zip says that it is a layer."""
    with contextlib.suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        return f"{INSIDE}/{LAYER}" in archive.namelist()
    return False


def read_layer(path: Path) -> dict[str, Any]:
    """Return what a layer says of itself.

    Raises:
        BundleError: It is none.

    """
    with tempfile.TemporaryDirectory() as work:
        return read_zip(path, Path(work), f"{INSIDE}/{LAYER}")


def write_trial(folder: Path) -> Path:
    """Write the trial function into a folder of its own, and return that."""
    folder.mkdir(parents=True)
    (folder / TRIAL_FILE).write_text(TRIAL_SOURCE, "utf-8")
    return folder


def open_layer(path: Path, to: Path, target: Target) -> OpenLayer:
    """Unpack a layer that is to serve a bundle for `target`.

    Raises:
        BundleError: It is none, was changed, or is for another Python or processor.

    """
    manifest = read_zip(path, to, f"{INSIDE}/{LAYER}")
    held = (str(manifest.get("runtime")), str(manifest.get("architecture")))
    if held != (target.runtime, target.arch):
        raise BundleError(
            f"the layer {path.name} is not for this bundle",
            why=f"it is for {' on '.join(held)}, the bundle for {target.runtime} on {target.arch}",
            fix="Name the layer of the same Python and processor",
        )
    if layer_digest(to / INSIDE) != manifest.get("contents"):
        raise BundleError(
            f"the layer {path.name} was changed",
            why="its contents are not what its manifest says",
            fix="Fetch it again, or make it anew: affidavit bundle layer",
        )
    return OpenLayer(to / INSIDE, manifest)


def layer_digest(folder: Path) -> str:
    """Return the digest of a layer's contents, without what it says of itself."""
    return content_digest(folder, without=(LAYER, LAYER_SBOM))


def leave_out(
    layer: OpenLayer,
    folder: Path,
    distributions: Sequence[Distribution],
    plugins: Sequence[str],
    reached: Iterable[str],
) -> dict[str, Any]:
    """Remove what the layer has, wheel by wheel; return what the manifest says of it.

    Raises:
        BundleError: Its affidavit is another one, or lacks a plugin or a module.

    """
    have = {one["name"]: one["sha256"] for one in layer.manifest["distributions"]}
    left = [one for one in distributions if have.get(one.name) == one.sha256]
    lacking = sorted(set(plugins) - set(layer.manifest["plugins"]))
    if lacking or KERNEL not in {one.name for one in left}:
        raise _unfit(f"it has no plugin {lacking[0]}" if lacking else "it has another affidavit")
    needed = frozenset(reached)
    for name in sorted(name for one in left for name in one.files):
        if name in needed and not (layer.folder / name).is_file():
            raise _unfit(f"it has no {name}")
        (folder / name).unlink(missing_ok=True)
    return {
        "name": layer.manifest["name"],
        "contents": layer.manifest["contents"],
        "left_out": sorted(one.name for one in left),
    }


def join(paths: Sequence[Path], to: Path) -> Path:
    """Lay folders over each other as a path does: the first one counts."""
    for path in reversed(paths):
        shutil.copytree(path, to, dirs_exist_ok=True)
    return to


def _unfit(why: str) -> BundleError:
    return BundleError(
        "the bundle cannot run with this layer",
        why=why,
        fix="Make the layer with the same --affidavit, --lock and every --plugin of its functions",
    )
