"""What people trip over in a service's folder: found by reading, without running its code."""

from __future__ import annotations

import ast
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from affidavit import AffidavitError
from affidavit_service.read import Service, read_service
from affidavit_service.service_model import Function

PLACES: Final = ("terraform/affidavit/build/bundles", "build/bundles")
"""Where bundles of a service lie, beside its definition."""


class ProjectFinding(NamedTuple):
    """One thing that was looked at. `fix` is empty if it is as it should be."""

    what: str
    found: str
    fix: str = ""


def check_project(path: Path, environ: Mapping[str, str]) -> Iterator[ProjectFinding]:
    """Yield what was found of the definition at `path`, its code, its data and its bundles."""
    try:
        local = read_service(path, "local")  # which checks the other environments, too
    except AffidavitError as error:
        yield ProjectFinding(path.name, f"{error.what}: {error.why}", error.fix)
        return
    yield ProjectFinding(path.name, f"{local.about.name}, {len(local.functions)} function(s)")
    for name, function in local.functions.items():
        yield _handler(local, name, function)
    yield from _data(local)
    if _asks_aws(local) and not (environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")):
        yield ProjectFinding(
            "region", "a source asks AWS, and no region is set", "export AWS_REGION"
        )
    yield from _bundles(local)


def _handler(service: Service, name: str, function: Function) -> ProjectFinding:
    what = f"handler of {name}"
    module, _, attribute = function.handler.partition(":")
    base = (service.folder / service.about.source).resolve().joinpath(*module.split("."))
    places = (base.with_suffix(".py"), base / "__init__.py")
    path = next((one for one in places if one.is_file()), None)
    if path is None:
        found = f"there is no module {module} in {service.about.source}"
        fix = "Correct handler in functions.toml, or source in its [service]"
        return ProjectFinding(what, found, fix)
    try:
        body = ast.parse(path.read_text("utf-8")).body
    except (SyntaxError, ValueError, OSError) as error:
        return ProjectFinding(
            what, f"{module} cannot be read: {type(error).__name__}", "Correct it"
        )
    if not any(attribute in _names(node) for node in body):
        found = f"{module} has no {attribute}"
        return ProjectFinding(what, found, "Correct handler in functions.toml")
    return _identity(what, function, _said(body, attribute))


def _identity(what: str, function: Function, said: Mapping[str, str] | None) -> ProjectFinding:
    """Compare what the definition says of who acts on what with what the code says."""
    for kind in ("actor", "subject"):
        wanted = getattr(function.identity, kind)
        if wanted is not None and said is not None and said.get(kind, "") != wanted:
            found = f"identity.{kind} is not what @audited says"
            fix = f"Correct identity.{kind} in functions.toml, or {kind}= of @audited"
            return ProjectFinding(what, found, fix)
    return ProjectFinding(what, function.handler)


def _names(node: ast.stmt) -> set[str]:
    """Return what a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {one.asname or one.name for one in node.names}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {one.id for one in targets if isinstance(one, ast.Name)}


def _said(body: list[ast.stmt], attribute: str) -> dict[str, str] | None:
    """Return what `@audited(…)` of a function says as plain text; None if it cannot be seen."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in (one for one in body if isinstance(one, kinds) and one.name == attribute):
        for one in node.decorator_list:
            call = one.func if isinstance(one, ast.Call) else one
            name = call.id if isinstance(call, ast.Name) else getattr(call, "attr", "")
            given = one.keywords if isinstance(one, ast.Call) else []
            if name == "audited" and all(word.arg for word in given):
                values = {w.arg or "": getattr(w.value, "value", None) for w in given}
                return {word: one for word, one in values.items() if isinstance(one, str)}
    return None


def _sources(service: Service) -> Iterator[tuple[str, str, str]]:
    for name, function in service.functions.items():
        for source, url in function.sources.items():
            yield name, source, url


def _data(service: Service) -> Iterator[ProjectFinding]:
    for _, source, url in _sources(service):
        if url.startswith("sqlite:"):
            path = service.folder / unquote(urlsplit(url).path[1:])
            if path.is_file():
                yield ProjectFinding(f"source {source}", "its file is there")
            else:
                seed = service.folder / "seed" / f"{source}.sql"
                fix = (
                    "affidavit service seed"
                    if seed.is_file()
                    else f"Make it, or write {seed.name} in seed/"
                )
                yield ProjectFinding(f"source {source}", "its file does not exist", fix)


def _asks_aws(service: Service) -> bool:
    return any(url.startswith("dynamodb:") or "secret=" in url for _, _, url in _sources(service))


def _bundles(service: Service) -> Iterator[ProjectFinding]:
    root = (service.folder / service.about.source).resolve()
    for name, function in service.functions.items():
        top = function.handler.partition(":")[0].partition(".")[0]
        for place in PLACES:
            for path in sorted((service.folder / place).glob(f"{name}-python3.*.zip")):
                stale = _differs(path, root, top)
                yield ProjectFinding(
                    f"bundle {path.name}",
                    "older than the code" if stale else "as the code is",
                    f"affidavit bundle make --service functions.toml --to {place}" if stale else "",
                )


def _differs(path: Path, root: Path, top: str) -> bool:
    here = {
        one.relative_to(root).as_posix(): one.read_bytes() for one in (root / top).rglob("*.py")
    }
    if (root / f"{top}.py").is_file():
        here[f"{top}.py"] = (root / f"{top}.py").read_bytes()
    try:
        with zipfile.ZipFile(path) as packed:
            own = [one for one in packed.namelist() if one.partition("/")[0] in {top, f"{top}.py"}]
            there = {one: packed.read(one) for one in own if one.endswith(".py")}
    except (OSError, zipfile.BadZipFile):
        return True
    # A bundle leaves out what no function needs; what it has must be as it is here.
    return any(here.get(one) != data for one, data in there.items())
