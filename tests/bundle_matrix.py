"""Bundle what Lambda functions need, for every Python and processor, and write a page about it.

    python tests/bundle_matrix.py [--target 3.13-x86_64 ...] [--only WORD ...] [--page]

Each package gets a function that imports it. What this machine has a CPython for is
started by the runtime client; for the rest the imports are followed. The wheels of a
target are fetched at once, and its bundles are made without the network. Results lie in
build/bundles-matrix/results.json and are kept from run to run; remove it to begin anew.
Several runs may go on beside each other, each with its own targets.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from affidavit import AffidavitError
from affidavit_bundle.handler_reference import HandlerReference
from affidavit_bundle.make import Order, make_bundles
from affidavit_bundle.own_wheel import own_requirement
from affidavit_bundle.requirements import read_lock
from affidavit_bundle.target import GLIBC, MACHINES, check_target
from affidavit_bundle.wheels import fetch

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "build/bundles-matrix"
RESULTS = FOLDER / "results.json"
PAGE = ROOT / "docs/bundle-matrix.md"
PLUGINS = ("dynamodb", "harness", "ledger", "notify", "oracle", "sqlite", "xray")
"""Everything that may stand in a function."""

TARGETS = tuple(f"{python}-{arch}" for python in GLIBC for arch in MACHINES)


def packages() -> Iterator[tuple[str, str]]:
    """Yield each requirement and its module; every plugin of affidavit at once is the first."""
    yield "all plugins", ""
    for line in (ROOT / "tests/bundle_packages.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            requirement, module = line.split()
            yield requirement, module


def write_source(folder: Path, module: str) -> None:
    """Write a handler as a user would, with the package imported at its top."""
    folder.mkdir(parents=True)
    (folder / "trial.py").write_text(
        f"from affidavit import audited\n{f'import {module}' if module else ''}\n\n\n"
        "@audited\ndef handler(event, context):\n    return None\n"
    )


def play(target: str, requirement: str, module: str, own: Path) -> dict[str, Any]:
    """Make one bundle and tell what came of it."""
    python, _, arch = target.partition("-")
    with tempfile.TemporaryDirectory() as work:
        write_source(Path(work, "source"), module)
        order = Order(
            target=check_target(python, arch),
            source=Path(work, "source"),
            to=Path(work, "to"),
            plugins=() if module else PLUGINS,
            requirements=(requirement,) if module else (),
            includes=(),
            wheels=(),
            lock=read_lock(None),
            policy=None,
            affidavit=own,
            with_provided=False,
            fresh=True,
            variables={},
            unstarted=True,
        )
        began = time.monotonic()
        try:
            made = make_bundles([HandlerReference("trial", "trial", "handler")], order)[0]
        except AffidavitError as error:
            return {"error": f"{error.what}: {error.why}"}
        contents = made.contents
        assert contents is not None
        started = contents.found.started
        stated = {one.name: one.version for one in contents.distributions}
        name = requirement.partition("[")[0].lower().replace("_", "-")
        return {
            "version": stated.get(name, ""),
            "zip_mb": round(made.entry["zip_bytes"] / 2**20, 1),
            "unpacked_mb": round(made.entry["unpacked_bytes"] / 2**20, 1),
            "seconds": round(time.monotonic() - began, 1),
            "start_ms": started.milliseconds if started else None,
            "modules": len(contents.found.walk.reached),
            "binaries": contents.found.binaries,
            "bytecode": bool(contents.bytecode),
        }


def gather(target: str, requirements: Sequence[str], to: Path) -> None:
    """Fetch what `requirements` need into one folder; those that contradict each other apart."""
    python, _, arch = target.partition("-")
    try:
        fetch(requirements, check_target(python, arch), read_lock(None), (), to)
    except AffidavitError:
        half = len(requirements) // 2
        for part in (requirements[:half], requirements[half:]) if half else ():
            gather(target, part, to)  # one that cannot be had alone fails as its bundle does


def wheel() -> Path:
    """Build affidavit's wheel once."""
    folder = Path(tempfile.mkdtemp(dir=FOLDER, prefix="own-"))
    return Path(own_requirement(ROOT, folder))


def read_results() -> dict[str, dict[str, Any]]:
    try:
        told: dict[str, dict[str, Any]] = json.loads(RESULTS.read_text())
    except OSError:
        return {}
    return told


def write_page(results: dict[str, dict[str, Any]]) -> None:
    """Write the page: one line per package, one column per target."""
    rows = [
        "# Which packages can be bundled",
        "",
        "Made by `make bundles`: each package goes into a bundle with affidavit and a handler that",
        "imports it, for every Python of Lambda and both processors. A time is the start of the",
        "bundle by AWS's runtime client, from the process to its first event, on the machine that",
        "ran the target. `followed` means that this machine has no such Python or processor: every",
        "import, module, extension and library was checked, and nothing was started. Sizes are of",
        "the first target that was run, with byte code and with the 4.7 MB of affidavit. What is",
        "checked stands in [bundle.md](bundle.md).",
        "",
        f"| package | version | zip | unpacked | made in | {' | '.join(TARGETS)} |",
        f"|---|---|---|---|---|{'---|' * len(TARGETS)}",
    ]
    failed: dict[str, list[str]] = {}
    for requirement, _ in packages():
        cells: list[str] = []
        first: dict[str, Any] = {}
        for target in TARGETS:
            told = results.get(f"{target} {requirement}", {})
            first = first or (told if "zip_mb" in told else {})
            cells.append(_cell(told))
            if "error" in told:
                failed.setdefault(f"{requirement}: {told['error']}", []).append(target)
        sizes = [f"{first[key]} MB" if first else "" for key in ("zip_mb", "unpacked_mb")]
        sizes.append(_seconds(results, requirement))
        version = first.get("version", "")
        rows.append(f"| {' | '.join([requirement, version, *sizes, *cells])} |")
    if any("error" not in told and "zip_mb" not in told for told in results.values()):
        rows += ["", "Rows without sizes are of an earlier run, whose bundles had no byte code."]
    if failed:
        rows += ["", "## What could not be bundled", ""]
        rows += [f"- {why} ({', '.join(targets)})" for why, targets in sorted(failed.items())]
    PAGE.write_text("\n".join(rows) + "\n")


def _seconds(results: dict[str, dict[str, Any]], requirement: str) -> str:
    """Return the range of times that making it took, over the targets that were run."""
    told = [results.get(f"{target} {requirement}", {}).get("seconds") for target in TARGETS]
    taken = sorted(one for one in told if one is not None)
    return f"{taken[0]:.0f} to {taken[-1]:.0f} s" if taken else ""


def _cell(told: dict[str, Any]) -> str:
    if not told:
        return "not run"
    if "error" in told:
        return "no"
    return f"{told['start_ms']} ms" if told["start_ms"] is not None else "followed"


def main() -> int:
    """Play what is asked for and write the page; 1 if something that was played failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", action="append", choices=TARGETS)
    parser.add_argument("--only", action="append")
    parser.add_argument("--page", action="store_true", help="write the page and nothing else")
    asked = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    failures = 0 if asked.page else play_all(asked.target or TARGETS, asked.only or ())
    write_page(read_results())
    return min(failures, 1)


def play_all(targets: Sequence[str], only: Sequence[str]) -> int:
    """Play what was not played yet; return how much of it failed."""
    own = wheel()
    return sum(play_target(target, only, own) for target in targets)


def play_target(target: str, only: Sequence[str], own: Path) -> int:
    """Make each bundle of one target; return how many failed."""
    known, failures = read_results(), 0
    wanted = {
        requirement: module
        for requirement, module in packages()
        if f"{target} {requirement}" not in known and (not only or requirement in only)
    }
    if not wanted:
        return 0
    links = FOLDER / "wheels" / target
    names = [f"{own}[{','.join(PLUGINS)}]" if not wanted[one] else one for one in wanted]
    gather(target, [str(own), "awslambdaric"], links)
    gather(target, names, links)
    os.environ.update(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(links))
    for requirement, module in wanted.items():
        told = play(target, requirement, module, own)
        failures += "error" in told
        keep_result(f"{target} {requirement}", told)
        sys.stdout.write(f"{target} {requirement}: {told.get('error') or _cell(told)}\n")
        sys.stdout.flush()
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        del os.environ[name]
    return failures


def keep_result(key: str, told: dict[str, Any]) -> None:
    """Add one result to what other runs write meanwhile."""
    with RESULTS.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        results = {**read_results(), key: told}
        RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main())
