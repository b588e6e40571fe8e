"""Start a bundle as Lambda does: its runtime client, the bundle alone, the function's variables.

The client is AWS's own, awslambdaric. It imports the handler and asks for the
first event; what it says instead is what would stand in the log of the function.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler_reference import HandlerReference
from affidavit_bundle.pythons import LocalPython, find_local
from affidavit_bundle.target import PROVIDED_MODULES, Target
from affidavit_service.runtime_api import Posted, RuntimeApi

TIMEOUT_S: Final = 60
CLIENT_MODULES: Final = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
CLIENT: Final = "awslambdaric"

MISSING: Final = re.compile(r"No module named '([A-Za-z_][\w.]*)'")
LIBRARY: Final = re.compile(r"(lib[\w.+-]+\.so[\d.]*): cannot open shared object file")
NAME: Final = re.compile(r"'?([A-Z][A-Z0-9_]{1,63})'?")

PROGRAM: Final = """
import importlib, importlib.machinery, json, sys
*bundle, told = sys.argv[1:]
told = json.loads(told)
class Provided:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in told["places"]:
            return importlib.machinery.PathFinder.find_spec(name, [told["places"][name]])
sys.path[:0] = bundle
sys.meta_path.append(Provided)
sys.dont_write_bytecode = True
sys.argv = ["bootstrap", told["handler"]]
import awslambdaric.__main__, awslambdaric.bootstrap as bootstrap
found = bootstrap._get_handler
def get_handler(name):
    handler = found(name)
    if not callable(handler):
        raise TypeError("the handler is not a function")
    with open(told["statement"], "w") as file:
        spec, said = getattr(handler, "__affidavit__", None), ("action", "actor", "subject", "each")
        json.dump(None if spec is None else {name: getattr(spec, name) for name in said}, file)
    for module in told["modules"]:
        importlib.import_module(module)
    return handler
bootstrap._get_handler = get_handler
awslambdaric.__main__.main(sys.argv)
"""
"""What the function's plugins need is imported after the handler, where its client reports it."""


class StartResult(NamedTuple):
    """How a start went: by what, and how long until the first event was asked for.

    `audited` is what @audited was told of the handler: action, and paths of actor and
    subject. None if the handler is not audited.
    """

    by: str
    client: str
    milliseconds: int
    audited: Mapping[str, Any] | None


class Python(NamedTuple):
    """An interpreter, and where AWS's client is for it."""

    path: str
    version: str
    places: Mapping[str, str]
    client: str


def find_python(target: Target) -> LocalPython | None:
    """Return a CPython here that is the target's, if this is its processor, or None."""
    import platform  # noqa: PLC0415 - rarely needed

    if sys.platform != "linux" or platform.machine() != target.machine:
        return None
    return find_local(target.python)


def client_here() -> str | None:
    """Return the version of the runtime client that is installed for this Python."""
    try:
        return importlib.metadata.version(CLIENT)
    except importlib.metadata.PackageNotFoundError:
        return None


def places_of(modules: Sequence[str]) -> dict[str, str]:
    """Return where this machine has what the runtime brings along."""
    found = {}
    for name in modules:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin:
            path = Path(spec.origin)
            found[name] = str(path.parent.parent if path.stem == "__init__" else path.parent)
    return found


def start(
    paths: Sequence[Path],
    handler: HandlerReference,
    python: Python,
    *,
    modules: Sequence[str],
    variables: Mapping[str, str],
    reads: AbstractSet[str],
) -> StartResult:
    """Start the bundle until it asks for its first event; `reads` are names of variables.

    `paths` are the bundle's folder and those of its layers, as they follow on Lambda's path.

    Raises:
        BundleError: It does not come that far. Says what is missing, never a value.

    """
    asked, posted = threading.Event(), list[Posted]()
    told = {"handler": handler.entry, "modules": list(modules), "places": dict(python.places)}
    with tempfile.TemporaryDirectory() as work:
        statement = Path(work, "statement.json")
        told["statement"] = str(statement)
        began = time.monotonic()
        with contextlib.closing(RuntimeApi(asked.set, posted.append)) as api:
            command = [python.path, "-I", "-S", "-c", PROGRAM, *map(str, paths), json.dumps(told)]
            ended = _run(command, _environment(paths[0], handler, api.address, variables), asked)
        took = int((time.monotonic() - began) * 1000)
        audited = json.loads(statement.read_text("utf-8")) if asked.is_set() else None
    if asked.is_set():
        minor = python.version.rpartition(".")[0]
        by = f"CPython {python.version}, {CLIENT} {python.client}"
        return StartResult(by, f"CPython {minor}, {CLIENT}", took, audited)
    error = _error(next((one.body for one in posted if one.kind == "init-error"), b""))
    raise _refusal(handler, error, reads, ended=ended)


def _run(command: Sequence[str], environ: Mapping[str, str], asked: threading.Event) -> bool:
    """Run it in the bundle's folder until it asks for an event; return whether it ended before."""
    process = subprocess.Popen(  # noqa: S603 - an interpreter of this machine
        command,
        cwd=environ["LAMBDA_TASK_ROOT"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return _wait(process, asked)
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], asked: threading.Event) -> bool:
    """Wait until it asks for an event, or ends; return whether it ended by itself."""
    until = time.monotonic() + TIMEOUT_S
    while time.monotonic() < until:
        if asked.wait(0.02):
            return False
        if process.poll() is not None:
            return True
    return False


def _error(body: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(body)) if body else {}
    except (ValueError, TypeError):
        return {"errorType": "Runtime.Unknown"}


def _environment(
    folder: Path, handler: HandlerReference, address: str, variables: Mapping[str, str]
) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        **variables,
        "LAMBDA_TASK_ROOT": str(folder),
        "_HANDLER": handler.entry,
        "AWS_LAMBDA_RUNTIME_API": address,
    }


def _refusal(
    handler: HandlerReference, error: Mapping[str, Any], reads: AbstractSet[str], *, ended: bool
) -> BundleError:
    """Return what the client's complaint means; its text may hold anything, names do not."""
    kind, text = str(error.get("errorType", "")), str(error.get("errorMessage", ""))
    missing, library = MISSING.search(text), LIBRARY.search(text)
    variable = NAME.fullmatch(text) if kind == "KeyError" else None
    if variable is not None and variable[1] not in reads:
        variable = None  # a key of something else, and so perhaps data
    what = f"the handler {handler.entry} cannot be imported"
    if missing:
        why, fix = f"there is no module {missing[1]}", f"Add what has {missing[1]} with --require"
    elif library:
        why, fix = f"there is no library {library[1]}", "Use a wheel that brings it along"
    elif variable:
        why = f"it reads the variable {variable[1]}, which is not set"
        fix = f"Say what it is in the function: --env {variable[1]}=…"
    elif kind == "Runtime.HandlerNotFound":
        why, fix = "the module has no such name", f"Define {handler.function}, or name another one"
    elif kind == "TypeError" and text == "the handler is not a function":
        why, fix = "it is not a function", "Name a function"
    elif kind == "Runtime.UserCodeSyntaxError":
        why, fix = "one of its modules cannot be parsed", "Run the module by itself"
    elif not kind:
        why = "the process ended before it was imported" if ended else f"it took over {TIMEOUT_S} s"
        fix = "Run the module by itself"
    else:
        named = kind.rpartition(".")[2]
        why = f"it raised {named if named.isidentifier() else 'something'}"
        fix = "Run the module by itself"
    return BundleError(what, why=why, fix=fix)


def provided_places(*, boto3: bool) -> dict[str, str]:
    """Return what stands in for the runtime's own modules."""
    return places_of(PROVIDED_MODULES) if boto3 else {}
