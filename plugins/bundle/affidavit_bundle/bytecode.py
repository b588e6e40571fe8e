"""Compile a bundle's modules for its Python: a function's folder is read-only, nothing else can.

The byte code says of itself that it is not to be compared with its source (an
unchecked hash, PEP 552): times are the same in every bundle, and nobody changes one
file of it. It is the same bytes each time from the same CPython, patch version included.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

from affidavit_bundle.errors import BundleError
from affidavit_bundle.layers import TRIAL_FILE
from affidavit_bundle.pythons import LocalPython
from affidavit_bundle.target import Target

TIMEOUT_S: Final = 600
TASK: Final = "/var/task/"
"""Where Lambda unpacks a function's zip; tracebacks name it."""

PROGRAM: Final = """
import json, os, py_compile, sys
told, done = json.load(sys.stdin), []
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
for name, cached in told["modules"]:
    source, to = os.path.join(told["folder"], name), os.path.join(told["to"], cached)
    try:
        py_compile.compile(source, to, told["root"] + name, True, invalidation_mode=mode)
    except (py_compile.PyCompileError, ValueError, RecursionError):
        continue
    done.append(name)
print(json.dumps(done))
"""
"""Some packages carry what is no Python of this version and never import it; it stays as it is."""


class Compiling(NamedTuple):
    """How modules are compiled: by whom, for where, and whether their sources stay."""

    by: LocalPython
    target: Target
    root: str = TASK
    sources: bool = True


def add_bytecode(folder: Path, names: Iterable[str], how: Compiling) -> dict[str, Any]:
    """Write the byte code of modules of `folder`; return what the manifest says of it.

    Without their sources every module is compiled, and the byte code takes its place.

    Raises:
        BundleError: The interpreter ended otherwise than it should.

    """
    every = {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")} - {TRIAL_FILE}
    wanted = every.intersection(names) if how.sources else every
    cached = {name: _cached_name(name, how) for name in sorted(wanted)}
    done = _compiled(folder, cached, how, folder)
    for name in done if not how.sources else ():
        (folder / name).unlink()
    return {"python": how.by.version, "modules": len(done), "sources": how.sources}


def check_bytecode(folder: Path, told: Mapping[str, Any], how: Compiling) -> str:
    """Compile a bundle's modules again and compare; return what was checked.

    Raises:
        BundleError: Byte code is not what its source says.

    """
    there = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.pyc"))
    text = f"{len(there)} modules, CPython {told.get('python')}"
    if len(there) != told.get("modules"):
        raise _foreign(f"{len(there)} files", f"the manifest says {told.get('modules')}")
    if not told.get("sources") or how.by.version != told.get("python"):
        return f"{text}; not compiled again here"
    cached = {_source_name(name): name for name in there}
    with tempfile.TemporaryDirectory() as work:
        _compiled(folder, cached, how, Path(work))
        for name in there:
            fresh = Path(work, name)
            if not fresh.is_file() or fresh.read_bytes() != (folder / name).read_bytes():
                raise _foreign(name, "compiling its source gives something else")
    return f"{text}; compiled again, the same"


def _cached_name(name: str, how: Compiling) -> str:
    """Return where Python looks for a module's byte code, beside its source or without one."""
    path = PurePosixPath(name)
    if not how.sources:
        return path.with_suffix(".pyc").as_posix()
    tag = f"cpython-{how.target.python.replace('.', '')}"
    return (path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc").as_posix()


def _source_name(cached: str) -> str:
    path = PurePosixPath(cached)
    return (path.parent.parent / f"{path.name.partition('.')[0]}.py").as_posix()


def _compiled(folder: Path, cached: Mapping[str, str], how: Compiling, to: Path) -> list[str]:
    """Compile in one process, in order: what it holds decides a bit here and there of the bytes."""
    told: dict[str, Any] = {"folder": str(folder), "to": str(to), "root": how.root}
    told |= {"modules": list(cached.items())}
    ran = subprocess.run(  # noqa: S603 - an interpreter of this machine
        [how.by.path, "-s", "-S", "-P", "-W", "ignore", "-c", PROGRAM],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        env={"PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},
    )
    if ran.returncode:
        raise BundleError(
            "the modules cannot be compiled",
            why=f"CPython {how.by.version} ended with {ran.returncode}",
            fix="Look at that interpreter, or leave byte code out: --no-bytecode",
        )
    done: list[str] = json.loads(ran.stdout)
    return done


def _foreign(what: str, why: str) -> BundleError:
    return BundleError(
        f"the byte code is not of this bundle: {what}", why=why, fix="Make the bundle anew"
    )
