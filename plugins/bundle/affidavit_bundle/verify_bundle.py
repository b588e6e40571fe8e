"""Check a bundle that somebody else made, or that lay somewhere for a while."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from affidavit_bundle.bytecode import TASK, Compiling, check_bytecode
from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler_reference import HandlerReference
from affidavit_bundle.inspection import Expected, inspect, started
from affidavit_bundle.layers import (
    INSIDE,
    LAYER,
    OPT,
    TRIAL,
    is_layer,
    join,
    layer_digest,
    open_layer,
    write_trial,
)
from affidavit_bundle.limits import check_size
from affidavit_bundle.manifest import MANIFEST, SBOM
from affidavit_bundle.pythons import find_local
from affidavit_bundle.stock import Wanted, python_for
from affidavit_bundle.target import ZIP_LIMIT, Target, check_target
from affidavit_bundle.wheels import Lock, sha256_of
from affidavit_bundle.zips import content_digest, read_zip
from affidavit_service.agreement import differences
from affidavit_service.functions import function_of, read_manifest
from affidavit_service.read import read_service


class Checked(NamedTuple):
    """One thing that was checked. `wrong` is empty if it is as it should be."""

    what: str
    found: str
    wrong: str = ""


class VerifyRequest(NamedTuple):
    """What is known of a zip from elsewhere.

    `unstarted` accepts one that no Python of this machine can start; `layer` is the
    zip of the layer that it runs with.
    """

    sha256: str | None = None
    variables: Mapping[str, str] = MappingProxyType({})
    unstarted: bool = False
    layer: Path | None = None


def verify_bundle(path: Path, asked: VerifyRequest) -> list[Checked]:
    """Check a zip: its size, names, contents, binaries, and that its function starts.

    Raises:
        BundleError: It is neither a bundle nor a layer.

    """
    digest = sha256_of(path)
    same = asked.sha256 in {None, digest}
    found = [
        Checked("sha256", digest, "" if same else "another one was expected"),
        _size(path),
    ]
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work, "bundle")
        folder.mkdir()
        if is_layer(path):
            found += _layer(path, folder, asked)
        else:
            found += _bundle(path, folder, asked)
    return found


def verify_function(
    path: Path, definition: Path, name: str | None, environment: str
) -> tuple[list[Checked], dict[str, str]]:
    """Hold a zip against the function that is to run it; return its variables, too.

    Raises:
        ServiceError: There is no such function, or no manifest.

    """
    service = read_service(definition, environment)
    manifest = read_manifest(path)
    asked = name or str(manifest.get("name"))
    function = function_of(service, asked)
    found = [
        Checked(one.what, one.bundle, f"the function has {one.function}")
        for one in differences(service, asked, manifest)
    ]
    variables = {**dict.fromkeys(function.secrets, "secret"), **function.variables}
    return found or [Checked("function", "is the one that it is for")], variables


def _size(path: Path) -> Checked:
    size = path.stat().st_size
    return Checked("zip", f"{size} bytes", "too large for Lambda" if size > ZIP_LIMIT else "")


def _layer(path: Path, folder: Path, asked: VerifyRequest) -> Iterator[Checked]:
    """Check a layer by what a bundle is that leaves everything to it."""
    manifest = read_zip(path, folder, f"{INSIDE}/{LAYER}")
    inside = folder / INSIDE
    expected = _expected({**manifest, "handler": TRIAL.entry}, asked.variables)
    if (yield from _same(inside, layer_digest(inside), manifest, expected.target)):
        paths = [write_trial(folder.parent / "trial"), inside]
        yield from _code(paths, expected, {TRIAL.module}, asked)
        yield from _byte_code(inside, manifest, OPT, expected.target)


def _bundle(path: Path, folder: Path, asked: VerifyRequest) -> Iterator[Checked]:
    manifest = read_zip(path, folder, MANIFEST)
    expected = _expected(manifest, asked.variables)
    digest = content_digest(folder, without=(MANIFEST, SBOM))
    if not (yield from _same(folder, digest, manifest, expected.target)):
        return
    paths, wanted = [folder], manifest.get("layer")
    if wanted:
        if asked.layer is None:
            yield Checked("layer", str(wanted["name"]), "it runs with this layer; name it: --layer")
            return
        layer = open_layer(asked.layer, folder.parent / "layer", expected.target)
        right = layer.manifest["contents"] == wanted["contents"]
        yield Checked("layer", str(wanted["name"]), "" if right else "another one was expected")
        paths.append(layer.folder)
    own = frozenset(map(str, manifest.get("sources") or ()))
    yield from _code(paths, expected, own, asked)
    yield from _byte_code(folder, manifest, TASK, expected.target)


def _same(
    folder: Path, digest: str, manifest: Mapping[str, Any], target: Target
) -> Generator[Checked, None, bool]:
    """Say whether the contents are what the manifest says; nothing else is run here."""
    same = digest == manifest.get("contents")
    yield Checked("for", f"{target.runtime} on {target.arch}")
    yield _attempt("unpacked", lambda: f"{check_size(folder)} bytes")
    yield Checked("contents", digest, "" if same else "not what the manifest says")
    if not same:
        yield Checked("start", "not tried", "what somebody has changed is not run here")
    return same


def _code(
    paths: Sequence[Path], expected: Expected, own: AbstractSet[str], asked: VerifyRequest
) -> Iterator[Checked]:
    wanted = Wanted(expected.target, (), (), Lock((), {}), (), None, with_provided=False)
    work = paths[0].parent
    folder = join(paths, work / "joined") if paths[1:] else paths[0]
    python, why = python_for(wanted, work)
    try:
        found = started(inspect(folder, expected, frozenset(own)), paths, expected, python, why)
    except BundleError as error:
        yield Checked("code", error.what, error.why)
        return
    yield Checked("syntax", found.syntax)
    yield Checked("imports", str(found.tried["imports"]))
    yield Checked("binaries", f"{found.binaries} checked")
    if found.started is not None:
        yield Checked("start", found.started.by)
    else:
        wrong = "" if asked.unstarted else "accept with --unstarted"
        yield Checked("start", f"not tried: {why}", wrong)


def _byte_code(
    folder: Path, manifest: Mapping[str, Any], root: str, target: Target
) -> Iterator[Checked]:
    told, by = manifest.get("bytecode"), find_local(target.python)
    if told is None:
        yield Checked("byte code", "none: each start compiles anew")
    elif by is None:
        yield Checked("byte code", f"not compiled again: no CPython {target.python} is here")
    else:
        how = Compiling(by, target, root)
        yield _attempt("byte code", lambda: check_bytecode(folder, told, how))


def _expected(manifest: dict[str, Any], variables: Mapping[str, str]) -> Expected:
    target = check_target(
        str(manifest.get("runtime")).removeprefix("python"), str(manifest.get("architecture"))
    )
    entry = str(manifest.get("handler"))
    module, _, function = entry.rpartition(".")
    if not re.fullmatch(r"[A-Za-z_][\w.]*", module) or not function.isidentifier():
        raise BundleError(
            "the bundle names no handler", why="its manifest was changed", fix="Make it anew"
        )
    handler = HandlerReference(str(manifest.get("name")), module, function)
    plugins = tuple(sorted(map(str, manifest.get("plugins") or ())))
    return Expected(handler, target, plugins, variables, provided=True)


def _attempt(what: str, act: Any) -> Checked:
    try:
        return Checked(what, act())
    except BundleError as error:
        return Checked(what, error.what, error.why)
