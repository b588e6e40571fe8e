"""Make a bundle, step by step; each step leaves something that the next one checks."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler_reference import HandlerReference
from affidavit_bundle.inspection import Expected, Inspection, follow, inspect
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
    write_json,
)
from affidavit_bundle.own_wheel import own_digest, working_tree
from affidavit_bundle.policy import BundledPolicy
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


class Contents(NamedTuple):
    """What is in a bundle and why, as long as its maker remembers."""

    distributions: tuple[Distribution, ...]
    stock: Stock
    gone: Mapping[str, str]
    found: Inspection
    sources: frozenset[str]
    files: frozenset[str]


class Made(NamedTuple):
    """One bundle. `state` is `made` or `same`; `contents` is None if it was made before."""

    name: str
    path: Path
    state: str
    entry: dict[str, Any]
    contents: Contents | None = None


def make_bundles(handlers: Sequence[HandlerReference], order: Order) -> list[Made]:
    """Make the bundles that are not there yet. One process at a time per folder.

    Raises:
        BundleError: A bundle cannot be made. Those before it are complete.

    """
    order.to.mkdir(parents=True, exist_ok=True)
    with _only_one(order.to), tempfile.TemporaryDirectory() as work:
        workshop = _Workshop(order, Path(work))
        return [_make(handler, order, workshop) for handler in handlers]


def _make(handler: HandlerReference, order: Order, workshop: _Workshop) -> Made:
    path = order.to / f"{handler.name}-{order.target.runtime}-{order.target.arch}.zip"
    known = read_index(order.to).get(path.stem, {})
    key = _key(handler, order, workshop.own, known.get("sources", ()))
    same = not order.fresh and known.get("key") == key and path.is_file()
    same = same and (order.unstarted or bool(known.get("started")))
    if same and sha256_of(path) == known.get("sha256"):
        return Made(handler.name, path, "same", known)
    folder = workshop.folder / f"bundle-{handler.name}"
    folder.mkdir()
    contents = _fill(handler, order, workshop, folder)
    unpacked = check_size(folder)
    manifest = _describe(handler, order, folder, contents)
    write_zip(folder, path)
    check_zip(path)
    entry = index_entry(manifest, path, unpacked, _key(handler, order, workshop.own, contents[4]))
    tried = contents.found.tried
    started = contents.found.started
    entry["started"] = started.by if started else None
    beside = manifest | {"sha256": entry["sha256"], "tried": tried}
    write_json(path.with_suffix(".manifest.json"), beside)
    shutil.copyfile(folder / SBOM, path.with_suffix(".cdx.json"))
    write_json(order.to / INDEX, {**read_index(order.to), path.stem: entry})
    return Made(handler.name, path, "made", entry, contents)


def _fill(handler: HandlerReference, order: Order, workshop: _Workshop, folder: Path) -> Contents:
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
    found = inspect(folder, expected, sources, python, why)
    return Contents(distributions, stock, gone, found, sources, brought)


class _Workshop:
    """What all bundles of one command share, fetched when the first one needs it."""

    def __init__(self, order: Order, folder: Path) -> None:
        self.folder = folder
        self.own = own_digest(order.affidavit or working_tree())
        self._wanted = Wanted(
            order.target,
            order.plugins,
            order.requirements,
            order.lock,
            order.wheels,
            order.affidavit or working_tree(),
            order.with_provided,
        )
        self._stock: Stock | None = None
        self._python: tuple[Python | None, str] | None = None

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
        variables=held.found.variables,
        sources=held.sources,
        contents=contents,
    )
    write_json(folder / MANIFEST, manifest)
    write_json(folder / SBOM, make_sbom(handler, held.distributions, contents))
    return manifest


def _key(handler: HandlerReference, order: Order, own: str, sources: Iterable[str]) -> str:
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
        sorted(order.variables.items()),
        own,
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
def _only_one(folder: Path) -> Iterator[None]:
    """Let workers of a test run wait for each other instead of making the same bundle twice."""
    import fcntl  # noqa: PLC0415 - not on every system

    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
