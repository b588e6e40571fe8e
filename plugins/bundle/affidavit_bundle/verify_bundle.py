"""Check a bundle that somebody else made, or that lay somewhere for a while."""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler_reference import HandlerReference
from affidavit_bundle.inspection import Expected, inspect
from affidavit_bundle.limits import check_size
from affidavit_bundle.manifest import MANIFEST, SBOM
from affidavit_bundle.stock import Wanted, python_for
from affidavit_bundle.target import ZIP_LIMIT, check_target
from affidavit_bundle.unpack import safe_path
from affidavit_bundle.wheels import Lock, sha256_of
from affidavit_bundle.zips import content_digest
from affidavit_service.agreement import differences
from affidavit_service.functions import function_of, read_manifest
from affidavit_service.read import read_service


class Checked(NamedTuple):
    """One thing that was checked. `wrong` is empty if it is as it should be."""

    what: str
    found: str
    wrong: str = ""


def verify_bundle(
    path: Path,
    *,
    sha256: str | None = None,
    variables: Mapping[str, str] | None = None,
    unstarted: bool = False,
) -> list[Checked]:
    """Check a zip: its size, names, contents, binaries, and that its function starts.

    `unstarted` accepts one that no Python of this machine can start.

    Raises:
        BundleError: It is no bundle at all.

    """
    digest = sha256_of(path)
    found = [
        Checked("sha256", digest, "" if sha256 in {None, digest} else "another one was expected"),
        _size(path),
    ]
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work, "bundle")
        folder.mkdir()
        manifest = _unpack(path, folder)
        found += _contents(folder, manifest, variables or {}, unstarted=unstarted)
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


def _unpack(path: Path, folder: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                inner = safe_path(member, path.name)
                if not member.is_dir():
                    target = folder / inner
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(archive.read(member))
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        failed = type(error).__name__
    else:
        return manifest
    raise BundleError(
        f"{path.name} is no bundle",
        why=f"reading it and its manifest raised {failed}",
        fix="Make it with affidavit bundle",
    )


def _contents(
    folder: Path, manifest: dict[str, Any], variables: Mapping[str, str], *, unstarted: bool
) -> Iterator[Checked]:
    expected = _expected(manifest, variables)
    target = expected.target
    for name in (MANIFEST, SBOM):
        (folder / name).unlink(missing_ok=True)
    digest = content_digest(folder)
    same = digest == manifest.get("contents")
    yield Checked("for", f"{target.runtime} on {target.arch}")
    yield _attempt("unpacked", lambda: f"{check_size(folder)} bytes")
    yield Checked("contents", digest, "" if same else "not what the manifest says")
    if not same:
        yield Checked("start", "not tried", "what somebody has changed is not run here")
        return
    wanted = Wanted(target, expected.plugins, (), Lock((), {}), (), None, with_provided=False)
    python, why = python_for(wanted, folder.parent)
    own = frozenset(map(str, manifest.get("sources") or ()))
    try:
        found = inspect(folder, expected, own, python, why)
    except BundleError as error:
        yield Checked("code", error.what, error.why)
        return
    yield Checked("syntax", found.syntax)
    yield Checked("imports", str(found.tried["imports"]))
    yield Checked("binaries", f"{found.binaries} checked")
    if found.started is not None:
        yield Checked("start", found.started.by)
    else:
        yield Checked("start", f"not tried: {why}", "" if unstarted else "accept with --unstarted")


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
