"""Find scenario files: by name, in folders, by tag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from affidavit import SettingsError
from affidavit_harness.errors import Problem, ScenarioError
from affidavit_harness.files.environments_file import NAME, ChosenEnvironment
from affidavit_harness.files.scenario_loader import LoadedScenario, load_scenario
from affidavit_harness.registry import Registry

ENDINGS = (".yaml", ".yml", ".json")


def scenario_files(paths: Sequence[Path]) -> list[Path]:
    """Return every scenario file that `paths` name: files, and folders with all that is below.

    Raises:
        SettingsError: A path does not exist.

    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (one for one in sorted(path.rglob("*")) if one.suffix in ENDINGS)
            found += [one for one in inside if one.name != NAME and _is_ours(one, path)]
        elif path.is_file():
            found.append(path)
        else:
            raise SettingsError(
                f"{path} does not exist",
                why="there is neither a file nor a folder of that name",
                fix="Correct the name",
            )
    return list(dict.fromkeys(found))


def load_all(
    files: Sequence[Path],
    registry: Registry,
    here: ChosenEnvironment | None,
    tags: Sequence[str] = (),
) -> tuple[list[LoadedScenario], list[tuple[str, Problem]]]:
    """Load every file with one of the tags; return the good ones, and every problem of the others.

    Whether it may run `here` is asked of those only: a folder may hold scenarios that
    write beside those that production allows.
    """
    where: dict[str, Any] = {}
    if here is not None:
        where = {"env": here.env, "read_only": here.read_only}
    loaded: list[LoadedScenario] = []
    problems: list[tuple[str, Problem]] = []
    for file in files:
        try:
            if tags and not set(tags) & set(load_scenario(file, registry).scenario.tags):
                continue
            loaded.append(load_scenario(file, registry, **where))
        except ScenarioError as error:
            problems += [(error.file, one) for one in error.problems]
    problems += _same_names(loaded)
    return loaded, problems


def _same_names(loaded: Sequence[LoadedScenario]) -> Iterator[tuple[str, Problem]]:
    seen: dict[str, str] = {}
    for one in loaded:
        first = seen.setdefault(one.scenario.name, one.file)
        if first != one.file:
            yield one.file, Problem(1, 1, f"{first} has the same name", "rename one of them")


def _is_ours(path: Path, folder: Path) -> bool:
    """Tell whether a file in a folder says that it is a scenario; others may lie beside it."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    if hidden or path.name.startswith("_"):
        return False  # what begins with _ is for other scenarios to include
    head = path.read_text("utf-8", "replace")[:4000]
    return "affidavit-scenario/" in head
