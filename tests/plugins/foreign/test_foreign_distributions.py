"""One foreign distribution per hook, installed beside the wheel as anybody's would be.

They import `affidavit` and `affidavit.plugin`, and nothing else of ours. Their own
tests are here: what each is good for is seen from outside, in a process of its own.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import affidavit.plugin
import repository as repo
from affidavit import hookspecs

SOURCES = sorted((Path(__file__).parent / "distributions").glob("acme_*.py"))

DOORS = {"affidavit", "affidavit.plugin"}

HOOKS = {name for name in vars(hookspecs) if name.startswith("affidavit_")}

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "7.1"

[project.entry-points.affidavit]
{name} = "{name}"
"""

SCENARIO = """\
schema: affidavit-scenario/v1
name: weigh
description: A foreign action weighs a thing.
timeout: 1m
budget: {transitions: 60, actions: 5}
environments: [local]
actions:
  - id: weigh
    uses: acme.weigh
    with: {thing: feather}
    check: [{select: letters, eq: 7}]
"""

HARNESS = "schema: affidavit-harness/v1\nenvironments: {local: {}}\n"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_distribution_comes_in_through_the_doors(path: Path) -> None:
    """Of ours it imports public names only."""
    asked = [
        (node.module, one.name)
        for node in ast.walk(repo.tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("affidavit")
        for one in node.names
    ]

    assert [] == [one for one in asked if one[0] not in DOORS]
    assert [] == [name for _, name in asked if not hasattr(affidavit, name) and not _known(name)]


def test_every_hook_has_a_distribution() -> None:
    """And each distribution has the one that it is named after."""
    assert {path.stem.replace("acme", "affidavit") for path in SOURCES} == HOOKS
    for path in SOURCES:
        said = {node.name for node in repo.tree(path).body if isinstance(node, ast.FunctionDef)}
        assert path.stem.replace("acme", "affidavit") in said


def test_every_hook_is_of_use_from_outside(tmp_path: Path) -> None:
    """Build the wheel and the distributions, install them in an empty environment, use each."""
    python = _install(tmp_path)
    (tmp_path / "work").mkdir()

    wrong = {name: said for name in sorted(USES) for said in [USES[name](python, tmp_path)] if said}

    assert not wrong, "\n\n".join(f"{name}: {said}" for name, said in wrong.items())
    assert {path.stem for path in SOURCES} == set(USES)


def _known(name: str) -> bool:
    return name in affidavit.plugin.__all__


def _install(folder: Path) -> Path:
    """Return the Python of an environment that has the wheel, the distributions, and no `-e`."""
    wheels = [_build(repo.ROOT, folder / "wheels")]
    for path in SOURCES:
        home = folder / path.stem
        home.mkdir()
        (home / "pyproject.toml").write_text(PROJECT.format(name=path.stem))
        (home / f"{path.stem}.py").write_bytes(path.read_bytes())
        wheel = _build(home, folder / "wheels")
        if path.stem == "acme_tracers":
            # A span has one home, and the wheel's own tracer is there already.
            zipfile.ZipFile(wheel).extractall(folder / "target")
        else:
            wheels.append(wheel)
    place = folder / "env"
    venv.EnvBuilder(symlinks=True).create(place)
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    offline = ["--no-deps", "--no-index", "--no-compile"]
    said = _run([*pip, "--python", python, "install", *offline, *wheels], folder)
    assert not said.returncode, said.stderr
    # What the wheel depends on comes from here: a path in a .pth is no site of its own,
    # so the working tree, which is installed here for development, stays out.
    (site,) = place.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    where = _run([python, "-c", "import affidavit; print(affidavit.__file__)"], folder)
    assert str(site) in where.stdout, where.stderr
    return python


def _build(root: Path, to: Path) -> Path:
    (made,) = WheelBuilder(str(root)).build(directory=str(to), versions=["standard"])
    return Path(made)


def _run(command: list[object], folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    keep = {key: os.environ[key] for key in ("PATH", "LANG", "HOME") if key in os.environ}
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**keep, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _ask(python: Path, folder: Path, *expected: str, **environ: str) -> str:
    """Invoke the handler once; return what is missing from what it printed."""
    script = Path(__file__).with_name("handler.py").read_bytes()
    (folder / "work" / "ask.py").write_bytes(script)
    said = _run(
        [python, "ask.py"],
        folder / "work",
        **{"AFFIDAVIT_SOURCE_ACME": "acme-echo://here", **environ},
    )
    return _missing(said, *expected)


def _affidavit(python: Path, folder: Path, command: str, *expected: str, **environ: str) -> str:
    program = [python.with_name("affidavit"), *command.split()]
    return _missing(_run([*program], folder / "work", **environ), *expected)


def _missing(said: subprocess.CompletedProcess[str], *expected: str) -> str:
    missing = [text for text in expected if text not in said.stdout]
    if not missing and not said.returncode:
        return ""
    return f"exit {said.returncode}, without {missing}:\n{said.stdout}\n{said.stderr}"


def _about(python: Path, folder: Path) -> str:
    return _affidavit(python, folder, "plugins list", "acme_about", "7.1", "Says what it is")


def _ledgers(python: Path, folder: Path) -> str:
    url = f"acme-lines://{folder}/lines"
    return _ask(python, folder, "'A1'", AFFIDAVIT_LEDGER=url) or _affidavit(
        python, folder, "who --actor alice --output json", '"ASK"', AFFIDAVIT_LEDGER=url
    )


def _recorded(python: Path, folder: Path, member: str, value: str, *expected: str) -> str:
    """Invoke with an event that has one more member; see what the record says."""
    lines = folder / f"{member}-lines"
    there = {"AFFIDAVIT_LEDGER": f"acme-lines://{lines}", "ACME_MORE": f"{member}={value}"}
    said = _ask(python, folder, "'A1'", **there)
    text = lines.read_text() if lines.exists() else ""
    return said or "".join(f"no {one} on record" for one in expected if one not in text)


def _event_sources(python: Path, folder: Path) -> str:
    return _recorded(python, folder, "shot", "s-1", "acme.camera")


def _actor_readers(python: Path, folder: Path) -> str:
    return _recorded(python, folder, "badge", "carol", "acme-badge")


def _sources(python: Path, folder: Path) -> str:
    return _ask(python, folder, "{'id': 'A1'}")


def _notifiers(python: Path, folder: Path) -> str:
    board = folder / "board"
    said = _ask(python, folder, "'A1'", AFFIDAVIT_NOTIFY=f"acme-board://{board}")
    sent = board.read_text() if board.exists() else ""
    good = sent.startswith("asked to ops: ") and "123-45-6789" not in sent
    return said or ("" if good else f"it sent {sent!r}")


def _tracers(python: Path, folder: Path) -> str:
    expected = ("begin ASK", "enter acme.find", "leave False", "finish ok False")
    named = {
        "PYTHONPATH": str(folder / "target"),
        "AFFIDAVIT_PLUGINS": "sqlite,acme_sources=acme_sources,acme_tracers=acme_tracers",
    }
    return _ask(python, folder, *expected, **named)


def _evidence(python: Path, folder: Path, archive: str, signer: str, key: str) -> str:
    name = archive.partition(":")[0]
    there = {
        "AFFIDAVIT_LEDGER": f"sqlite:///{name}.db",
        "AFFIDAVIT_ARCHIVE": archive,
        "AFFIDAVIT_SIGNER": signer,
    }
    return (
        _ask(python, folder, "'A1'", **there)
        or _affidavit(python, folder, "seal", **there)
        or _affidavit(python, folder, f"verify --public-key {key} --output json", **there)
    )


def _archives(python: Path, folder: Path) -> str:
    signer = f"file://{folder}/sealer.key?name=example.org/acme"
    archive = f"acme-shelf://{folder}/shelf"
    return _evidence(python, folder, archive, signer, f"{folder}/sealer.pub")


def _signers(python: Path, folder: Path) -> str:
    key = folder / "stamp.pub"
    program = (
        "import acme_signers, sys; sys.stdout.buffer.write(acme_signers.Stamp('').public_pem())"
    )
    key.write_text(_run([python, "-c", program], folder).stdout)
    signer = "acme-stamp://example.org"
    return _evidence(python, folder, f"file://{folder}/archive", signer, str(key))


def _push_targets(python: Path, folder: Path) -> str:
    ticker = folder / "ticker"
    signer = f"file://{folder}/pusher.key?name=example.org/acme"
    archive = f"file://{folder}/pushed"
    push = f"push --to acme-ticker://{ticker} --mark mark --public-key {folder}/pusher.pub"
    said = _evidence(python, folder, archive, signer, f"{folder}/pusher.pub") or _affidavit(
        python, folder, push, AFFIDAVIT_ARCHIVE=archive
    )
    sent = ticker.read_text() if ticker.exists() else ""
    return said or ("" if "event of class " in sent else f"it sent {sent!r}")


def _finished(python: Path, folder: Path) -> str:
    return _ask(python, folder, "finished ASK ok 200")


def _commands(python: Path, folder: Path) -> str:
    return _affidavit(python, folder, "acme-sheets", "one") or _affidavit(
        python, folder, "--help", "List the sheets."
    )


def _test_actions(python: Path, folder: Path) -> str:
    (folder / "work" / "weigh.yaml").write_text(SCENARIO)
    (folder / "work" / "harness.yaml").write_text(HARNESS)
    return _affidavit(python, folder, "scenario run weigh.yaml --no-progress", "weigh")


USES: Mapping[str, Callable[[Path, Path], str]] = {
    "acme_about": _about,
    "acme_actor_readers": _actor_readers,
    "acme_archives": _archives,
    "acme_commands": _commands,
    "acme_event_sources": _event_sources,
    "acme_finished": _finished,
    "acme_ledgers": _ledgers,
    "acme_notifiers": _notifiers,
    "acme_push_targets": _push_targets,
    "acme_signers": _signers,
    "acme_sources": _sources,
    "acme_test_actions": _test_actions,
    "acme_tracers": _tracers,
}
"""What each is used for; an empty text says that it was."""
