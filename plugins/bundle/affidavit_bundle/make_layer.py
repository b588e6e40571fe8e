"""Make a layer: the kernel and chosen plugins, the same bytes each time, and started once."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from affidavit_bundle.layers import (
    INSIDE,
    LAYER,
    LAYER_SBOM,
    OPT,
    TRIAL,
    TRIAL_FILE,
    layer_digest,
    write_trial,
)
from affidavit_bundle.limits import check_size, check_zip
from affidavit_bundle.make import Order, Workshop, fill_folder
from affidavit_bundle.manifest import (
    index_entry,
    make_manifest,
    make_sbom,
    write_beside,
    write_json,
)
from affidavit_bundle.zips import write_zip


class MadeLayer(NamedTuple):
    """One layer, and what is said of it."""

    path: Path
    entry: dict[str, Any]


def make_layer(name: str, order: Order) -> MadeLayer:
    """Make a layer of what `order` asks for; its source, policy and files do not count.

    Raises:
        BundleError: It cannot be made.

    """
    order.to.mkdir(parents=True, exist_ok=True)
    path = order.to / f"{name}-{order.target.runtime}-{order.target.arch}.zip"
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work, "layer", INSIDE)
        folder.mkdir(parents=True)
        trial = write_trial(Path(work, "trial"))
        workshop = Workshop(order._replace(source=trial), Path(work))
        held = fill_folder(TRIAL, workshop.order, workshop, folder, OPT)
        (folder / TRIAL_FILE).unlink()
        contents = layer_digest(folder)
        manifest = make_manifest(
            TRIAL,
            order.target,
            plugins=sorted(order.plugins),
            policy=None,
            distributions=held.distributions,
            found=held.told,
            contents=contents,
        )
        manifest |= {"name": name, "handler": None, "sources": []}
        write_json(folder / LAYER, manifest)
        named = TRIAL._replace(name=name)
        write_json(folder / LAYER_SBOM, make_sbom(named, held.distributions, contents))
        unpacked = check_size(folder)
        write_zip(folder.parent, path)
        check_zip(path)
        entry = index_entry(manifest, path, unpacked, key="")
        start = held.found.started
        entry["started"] = start.by if start else None
        write_beside(path, manifest, entry, held.found.tried)
        shutil.copyfile(folder / LAYER_SBOM, path.with_suffix(".cdx.json"))
    return MadeLayer(path, entry)
