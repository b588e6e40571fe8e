"""Make a bundle, step by step; each step leaves something that the next one checks."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit_bundle.audited_state import is_own, state_of
from affidavit_bundle.bytecode import TASK, Compiling, add_bytecode
from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler_reference import HandlerReference
from affidavit_bundle.inspection import Expected, Inspection, follow, inspect, modules_of, started
from affidavit_bundle.layers import OpenLayer, leave_out, open_layer
from affidavit_bundle.lean import (
    KERNEL,
    check_plugins,
    keep_packages,
    prune,
    reads_stubs,
)
from affidavit_bundle.limits import check_size, check_zip
from affidavit_bundle.manifest import (
    MANIFEST,
    SBOM,
    index_entry,
    make_manifest,
    make_sbom,
    write_beside,
    write_json,
)
from affidavit_bundle.own_wheel import own_digest, own_source
from affidavit_bundle.policy import BundledPolicy
from affidavit_bundle.pythons import find_local
from affidavit_bundle.runtime_start import Python
from affidavit_bundle.sources import copy_sources, source_files
from affidavit_bundle.stock import Stock, Wanted, fill, python_for
from affidavit_bundle.target import Target
from affidavit_bundle.unpack import Distribution, unpack_wheel
from affidavit_bundle.wheels import Lock, sha256_of
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
    variables: Mapping[str, str]
    unstarted: bool
    bytecode: bool = True
    keep_sources: bool = True
    layer: Path | None = None
    unaudited: frozenset[str] = frozenset()


class Contents(NamedTuple):
    """What is in a bundle and why, as long as its maker remembers."""

    distributions: tuple[Distribution, ...]
    stock: Stock
    gone: Mapping[str, str]
    found: Inspection
    sources: frozenset[str]
    files: frozenset[str]
    bytecode: dict[str, Any] | None
    layer: dict[str, Any] | None
    audited: dict[str, Any]

    @property
    def told(self) -> dict[str, Any]:
        """Return what the manifest says of how it was made."""
        return {
            "variables": self.found.variables,
            "sources": sorted(self.sources),
            "bytecode": self.bytecode,
            "layer": self.layer,
        }


class Made(NamedTuple):
    """One bundle. `state` is `made` or `same`; `contents` is None if it was made before."""

    name: str
    path: Path
    state: str
    entry: dict[str, Any]
    contents: Contents | None = None


def make_bundles(handlers: Sequence[HandlerReference], order: Order) -> list[Made]:
    """Make the bundles that are not there yet. One process at a time per bundle.

    Raises:
        BundleError: A bundle cannot be made. Those before it are complete.

    """
    order.to.mkdir(parents=True, exist_ok=True)
    made = []
    with tempfile.TemporaryDirectory() as work:
        workshop = Workshop(order, Path(work))
        for handler in handlers:
            path = order.to / f"{handler.name}-{order.target.runtime}-{order.target.arch}.zip"
            with _only_one(order.to, f".{path.stem}.lock"):
                made.append(_make(handler, path, order, workshop))
    return made


def _make(handler: HandlerReference, path: Path, order: Order, workshop: Workshop) -> Made:
    known = read_index(order.to).get(path.stem, {})
    key = _key(handler, order, workshop, known.get("sources", ()))
    same = not order.fresh and known.get("key") == key and path.is_file()
    same = same and (order.unstarted or bool(known.get("started")))
    if same and sha256_of(path) == known.get("sha256"):
        return Made(handler.name, path, "same", known)
    folder = workshop.folder / f"bundle-{handler.name}"
    folder.mkdir()
    contents = fill_folder(handler, order, workshop, folder)
    unpacked = check_size(folder)
    manifest = _describe(handler, order, folder, contents)
    write_zip(folder, path)
    check_zip(path)
    entry = index_entry(manifest, path, unpacked, _key(handler, order, workshop, contents.sources))
    start = contents.found.started
    entry["started"] = start.by if start else None
    entry["audited"] = contents.audited["state"]
    write_beside(path, {**manifest, "audited": contents.audited}, entry, contents.found.tried)
    shutil.copyfile(folder / SBOM, path.with_suffix(".cdx.json"))
    with _only_one(order.to, ".lock"):
        write_json(order.to / INDEX, {**read_index(order.to), path.stem: entry})
    return Made(handler.name, path, "made", entry, contents)


def fill_folder(
    handler: HandlerReference, order: Order, workshop: Workshop, folder: Path, root: str = TASK
) -> Contents:
    """Put everything into the folder, leave out what is not needed, and check what stays."""
    stock = workshop.stock()
    distributions = tuple(unpack_wheel(wheel, folder) for wheel in stock.wheels)
    check_plugins(folder, order.plugins)
    sources = copy_sources(handler, order.source, folder, order.target)
    _include(order, folder)
    expected = Expected(
        handler, order.target, order.plugins, order.variables, not order.with_provided
    )
    walked = follow(folder, expected, sources)
    reached = {step.path for step in walked.reached.values()}
    keep_packages(folder, {KERNEL, *(name.partition("/")[0] for name in reached)})
    brought = frozenset(name for one in distributions for name in one.files)
    files = frozenset(name for name in brought if (folder / name).is_file())
    gone = prune(folder, files, reached, reads_stubs(folder, files))
    python, why = workshop.python()
    if python is None and not order.unstarted:
        raise BundleError(
            f"the bundle of {handler.name} cannot be started here",
            why=why,
            fix="Make it where there is one, or accept what was checked without: --unstarted",
        )
    found = inspect(folder, expected, sources)
    paths, left = [folder], None
    if workshop.layer is not None:
        left = leave_out(workshop.layer, folder, distributions, order.plugins, reached)
        paths.append(workshop.layer.folder)
    bytecode = None
    if workshop.compiling is not None:
        how = workshop.compiling._replace(root=root)
        bytecode = add_bytecode(folder, {*reached, *modules_of(folder, sources)}, how)
    found = started(found, paths, expected, python, why)
    audited = state_of(handler, order, found, own=is_own(handler, order.source, distributions))
    return Contents(distributions, stock, gone, found, sources, brought, bytecode, left, audited)


class Workshop:
    """What all bundles of one command share, fetched when the first one needs it."""

    def __init__(self, order: Order, folder: Path) -> None:
        self.folder = folder
        source = own_source(order.affidavit, order.wheels, order.target)
        self.own = own_digest(source)
        self.compiling = _compiling(order)
        self._wanted = Wanted(
            order.target,
            order.plugins,
            order.requirements,
            order.lock,
            order.wheels,
            source,
            order.with_provided,
        )
        self._stock: Stock | None = None
        self._python: tuple[Python | None, str] | None = None
        self.order = order

    @functools.cached_property
    def layer(self) -> OpenLayer | None:
        """Return the layer that the bundles leave things to, unpacked."""
        path, target = self.order.layer, self.order.target
        return None if path is None else open_layer(path, self.folder / "layer", target)

    def stock(self) -> Stock:
        """Return the wheels."""
        if self._stock is None:
            self._stock = fill(self._wanted, self.folder)
        return self._stock

    def python(self) -> tuple[Python | None, str]:
        """Return the Python that starts the bundles, or why there is none."""
        if self._python is None:
            self._python = python_for(self._wanted, self.folder)
        return self._python


def _compiling(order: Order) -> Compiling | None:
    """Return how modules are compiled, or None if no Python here can do it.

    Raises:
        BundleError: None can, and nothing else was to stay.

    """
    by = find_local(order.target.python) if order.bytecode else None
    if by is not None:
        return Compiling(by, order.target, sources=order.keep_sources)
    if order.keep_sources:
        return None
    raise BundleError(
        "the sources cannot be left out",
        why=f"this machine has no CPython {order.target.python} that would compile them",
        fix="Install one, with pyenv or uv python, or let the sources stay",
    )


def read_index(folder: Path) -> dict[str, Any]:
    """Return what `bundles.json` says, or nothing."""
    try:
        told: dict[str, Any] = json.loads((folder / INDEX).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told


def _include(order: Order, folder: Path) -> None:
    for include in order.includes:
        if include.is_dir():
            shutil.copytree(include, folder / include.name, dirs_exist_ok=True)
        else:
            shutil.copyfile(include, folder / include.name)
    if order.policy is not None and order.policy.text:
        (folder / order.policy.setting).write_text(order.policy.text, "utf-8")


def _describe(
    handler: HandlerReference, order: Order, folder: Path, held: Contents
) -> dict[str, Any]:
    contents = content_digest(folder)
    manifest = make_manifest(
        handler,
        order.target,
        plugins=sorted(order.plugins),
        policy=order.policy,
        distributions=held.distributions,
        found=held.told,
        contents=contents,
    )
    write_json(folder / MANIFEST, manifest)
    write_json(folder / SBOM, make_sbom(handler, held.distributions, contents))
    return manifest


def _key(
    handler: HandlerReference, order: Order, workshop: Workshop, sources: Iterable[str]
) -> str:
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
        handler.name in order.unaudited,
        sorted(order.variables.items()),
        workshop.own,
        workshop.compiling,
        order.layer and sha256_of(order.layer),
        _digest_of(*source_files(order.source, {*sources, handler.top}, handler.top)),
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
def _only_one(folder: Path, name: str) -> Iterator[None]:
    """Let processes wait for each other instead of making the same bundle twice."""
    import fcntl  # noqa: PLC0415 - not on every system

    with (folder / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
