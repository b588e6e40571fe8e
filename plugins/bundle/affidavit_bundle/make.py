"""Make a bundle, step by step; each step leaves something that the next one checks."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit_bundle.check import check_binaries, check_requirements, check_size
from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler import Handler
from affidavit_bundle.lean import keep_plugins
from affidavit_bundle.manifest import (
    MANIFEST,
    SBOM,
    index_entry,
    make_manifest,
    make_sbom,
    write_json,
)
from affidavit_bundle.own_wheel import own_digest, own_requirement, working_tree
from affidavit_bundle.policy import BundledPolicy
from affidavit_bundle.target import PROVIDED, ZIP_LIMIT, Target
from affidavit_bundle.try_import import try_import
from affidavit_bundle.unpack import Distribution, unpack_wheel
from affidavit_bundle.wheels import Lock, canonical, fetch, sha256_of
from affidavit_bundle.zips import content_digest, write_zip

INDEX: Final = "bundles.json"


class Order(NamedTuple):
    """What is wanted, for every handler of one command."""

    target: Target
    source: Path
    to: Path
    plugins: tuple[str, ...]
    requirements: tuple[str, ...]
    includes: tuple[Path, ...]
    wheels: tuple[Path, ...]
    lock: Lock
    policy: BundledPolicy | None
    affidavit: Path | None
    with_provided: bool
    fresh: bool


class Made(NamedTuple):
    """One bundle. `state` is `made` or `same`; `imported` is None if it was not tried now."""

    name: str
    path: Path
    state: str
    imported: bool | None
    binaries: int
    entry: dict[str, Any]


def make_bundles(handlers: Sequence[Handler], order: Order) -> list[Made]:
    """Make the bundles that are not there yet. One process at a time per folder.

    Raises:
        BundleError: A bundle cannot be made. Those before it are complete.

    """
    order.to.mkdir(parents=True, exist_ok=True)
    with _only_one(order.to), tempfile.TemporaryDirectory() as work:
        stock = _Stock(order, Path(work))
        return [_make(handler, order, stock) for handler in handlers]


def _make(handler: Handler, order: Order, stock: _Stock) -> Made:
    path = order.to / f"{handler.name}-{order.target.runtime}-{order.target.arch}.zip"
    key = _key(handler, order, stock.own)
    index = read_index(order.to)
    known = index.get(path.stem, {})
    same = not order.fresh and known.get("key") == key and path.is_file()
    if same and sha256_of(path) == known.get("sha256"):
        return Made(handler.name, path, "same", None, 0, known)
    folder = stock.folder / f"bundle-{handler.name}"
    folder.mkdir()
    distributions = [unpack_wheel(wheel, folder) for wheel in stock.wheels()]
    keep_plugins(folder, order.plugins, handler.module)
    _copy_source(handler, order, folder)
    check_requirements(
        distributions,
        order.target,
        provided=not order.with_provided,
        own_extras=_extras(order),
    )
    binaries = check_binaries(folder, order.target)
    unpacked = check_size(folder)
    imported = try_import(folder, handler, order.target, provided=not order.with_provided)
    manifest = _describe(handler, order, folder, distributions)
    write_zip(folder, path)
    _check_zip(path)
    entry = index_entry(manifest, path, unpacked, key)
    write_json(path.with_suffix(".manifest.json"), manifest | {"sha256": entry["sha256"]})
    shutil.copyfile(folder / SBOM, path.with_suffix(".cdx.json"))
    write_json(order.to / INDEX, {**read_index(order.to), path.stem: entry})
    return Made(handler.name, path, "made", imported, binaries, entry)


class _Stock:
    """The wheels of one order, fetched when the first bundle needs them."""

    def __init__(self, order: Order, folder: Path) -> None:
        self.folder = folder
        self._order = order
        self._source = order.affidavit or working_tree()
        self.own = own_digest(self._source)
        self._wheels: list[Path] | None = None

    def wheels(self) -> list[Path]:
        """Fetch once; leave out what Lambda brings along."""
        if self._wheels is None:
            order = self._order
            extras = ",".join(_extras(order))
            own = own_requirement(self._source, self.folder / "own")
            wanted = [*order.requirements, f"{own}[{extras}]" if extras else own]
            found = fetch(wanted, order.target, order.lock, order.wheels, self.folder / "wheels")
            drop = frozenset() if order.with_provided else PROVIDED
            self._wheels = [one for one in found if canonical(one.name.split("-")[0]) not in drop]
        return self._wheels


def read_index(folder: Path) -> dict[str, Any]:
    """Return what `bundles.json` says, or nothing."""
    try:
        told: dict[str, Any] = json.loads((folder / INDEX).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told


def _extras(order: Order) -> tuple[str, ...]:
    """Return affidavit's extras that the bundle's plugins need; those of boto3 are provided."""
    own = {"oracle": "oracle", "xray": "xray"} | (
        {"dynamodb": "dynamodb"} if order.with_provided else {}
    )
    return tuple(own[plugin] for plugin in order.plugins if plugin in own)


def _copy_source(handler: Handler, order: Order, folder: Path) -> None:
    """Copy the handler's package; a handler of an installed distribution is there already."""
    package, module = order.source / handler.top, order.source / f"{handler.top}.py"
    if package.is_dir():
        ignore = shutil.ignore_patterns("__pycache__", "*.pyc", "tests", ".*")
        shutil.copytree(package, folder / handler.top, ignore=ignore, dirs_exist_ok=True)
    elif module.is_file():
        shutil.copyfile(module, folder / module.name)
    elif not (folder / handler.top).exists() and not (folder / module.name).exists():
        raise BundleError(
            f"there is no module {handler.top}",
            why=f"it is not in {order.source.name or 'this folder'} and in no wheel",
            fix="Name the folder that has it with --from, or its package with --require",
        )
    for include in order.includes:
        if include.is_dir():
            shutil.copytree(include, folder / include.name, dirs_exist_ok=True)
        else:
            shutil.copyfile(include, folder / include.name)
    if order.policy is not None and order.policy.text:
        (folder / order.policy.setting).write_text(order.policy.text, "utf-8")


def _describe(
    handler: Handler, order: Order, folder: Path, distributions: Sequence[Distribution]
) -> dict[str, Any]:
    contents = content_digest(folder)
    manifest = make_manifest(
        handler,
        order.target,
        plugins=sorted(order.plugins),
        policy=order.policy,
        distributions=distributions,
        contents=contents,
    )
    write_json(folder / MANIFEST, manifest)
    write_json(folder / SBOM, make_sbom(handler, distributions, contents))
    return manifest


def _check_zip(path: Path) -> None:
    size = path.stat().st_size
    if size > ZIP_LIMIT:
        path.unlink()
        raise BundleError(
            f"the bundle has {size // 2**20} MB",
            why=f"Lambda takes {ZIP_LIMIT // 2**20} MB in one zip",
            fix="Leave out what is large, or move it to a layer",
        )


def _key(handler: Handler, order: Order, own: str) -> str:
    """Return a hash over everything that decides what will be in the bundle."""
    told = [
        handler,
        order.target,
        sorted(order.plugins),
        order.requirements,
        order.lock.pins,
        sorted((name, sorted(found)) for name, found in order.lock.hashes.items()),
        order.policy,
        order.with_provided,
        own,
        _digest_of(order.source / handler.top, order.source / f"{handler.top}.py"),
        _digest_of(*order.includes),
        _digest_of(*order.wheels),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _digest_of(*paths: Path) -> list[tuple[str, str]]:
    return [
        (path.relative_to(root.parent).as_posix(), sha256_of(path))
        for root in paths
        for path in (sorted(root.rglob("*")) if root.is_dir() else [root])
        if path.is_file() and "__pycache__" not in path.parts
    ]


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Let workers of a test run wait for each other instead of making the same bundle twice."""
    import fcntl  # noqa: PLC0415 - not on every system

    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
