"""Import the handler as Lambda would: from the bundle alone, in a process of its own."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler import Handler
from affidavit_bundle.target import PROVIDED_MODULES, Target

TIMEOUT_S: Final = 60

PROGRAM: Final = """
import importlib, importlib.machinery, json, sys
bundle, module, function, provided = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
class Provided:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in provided:
            return importlib.machinery.PathFinder.find_spec(name, [provided[name]])
sys.path.insert(0, bundle)
sys.meta_path.append(Provided)
sys.dont_write_bytecode = True
try:
    found = getattr(importlib.import_module(module), function)
    told = {"ok": callable(found), "why": "it is not a function"}
except ModuleNotFoundError as error:
    told = {"ok": False, "missing": error.name}
except AttributeError:
    told = {"ok": False, "why": "the module has no such name"}
except BaseException as error:
    told = {"ok": False, "why": "it raised " + type(error).__name__}
sys.__stdout__.write("\\n" + json.dumps(told) + "\\n")
"""


def try_import(folder: Path, handler: Handler, target: Target, *, provided: bool) -> bool:
    """Import the handler; return False if this machine cannot, and only its syntax was checked.

    Raises:
        BundleError: It cannot be imported. Says which module is missing.

    """
    _check_syntax(folder, handler, target)
    if not target.is_here:
        return False
    places = _provided() if provided else {}
    executable = getattr(sys, "_base_executable", None) or sys.executable
    command = [executable, "-I", "-S", "-c", PROGRAM, str(folder), handler.module]
    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [*command, handler.function, json.dumps(places)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    told = _told(ran.stdout)
    if told.get("ok"):
        return True
    missing = told.get("missing")
    raise BundleError(
        f"the handler {handler.entry} cannot be imported",
        why=f"there is no module {missing}" if missing else str(told.get("why")),
        fix=f"Add what has {missing} with --require" if missing else "Run the module by itself",
    )


def _check_syntax(folder: Path, handler: Handler, target: Target) -> None:
    """Parse what the user wrote for the target's Python: an older one may not know all of it."""
    version = tuple(int(part) for part in target.python.split("."))
    root = folder / handler.top
    for path in sorted(root.rglob("*.py")) if root.is_dir() else [root.with_suffix(".py")]:
        if not path.is_file():
            continue
        line = 0
        try:
            ast.parse(path.read_bytes(), feature_version=(version[0], version[1]))
        except SyntaxError as error:
            line = error.lineno or 1
        if line:
            raise BundleError(
                f"{path.relative_to(folder)}:{line} is no Python {target.python}",
                why="it cannot be parsed",
                fix="Correct it, or bundle for a later Python",
            )


def _provided() -> dict[str, str]:
    """Return where this machine has what the runtime brings along."""
    found = {}
    for name in PROVIDED_MODULES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin:
            path = Path(spec.origin)
            found[name] = str(path.parent.parent if path.stem == "__init__" else path.parent)
    return found


def _told(output: str) -> dict[str, object]:
    try:
        told: dict[str, object] = json.loads(output.strip().splitlines()[-1])
    except (IndexError, ValueError):
        return {"ok": False, "why": "the process ended before it was imported"}
    return told
