"""Load a scenario file: every mistake at once, each with line, column and the mend."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path as File
from typing import Any, NamedTuple

from affidavit_harness.errors import Problem, ScenarioError
from affidavit_harness.files.case_rows import with_rows
from affidavit_harness.files.form import check, read_strict
from affidavit_harness.files.includes import with_includes
from affidavit_harness.files.scenario_model import Case, Scenario
from affidavit_harness.files.scenario_rules import ScenarioRules
from affidavit_harness.files.transition_budget import Cost, worst_case
from affidavit_harness.registry import Registry


class LoadedScenario(NamedTuple):
    """A scenario that may run, and what it was read from."""

    file: str
    scenario: Scenario
    document: dict[str, Any]
    cost: Cost
    lines: dict[str, int]
    not_undone: tuple[str, ...] = ()
    """Actions that change something and have no way back: said before a run."""

    @property
    def as_json(self) -> bytes:
        """Return the scenario as JSON, in the order of the file: what is stored and hashed.

        The order of a query or a form is part of what a scenario says.
        """
        return json.dumps(self.document, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def sha256(self) -> str:
        """Return the hash of the canonical JSON."""
        return hashlib.sha256(self.as_json).hexdigest()

    def cases(self) -> list[Case]:
        """Return the cases; a scenario without any has one, which has no values."""
        return self.scenario.cases or [Case(id="only")]


def load_scenario(
    file: File,
    registry: Registry,
    *,
    env: str = "",
    read_only: bool = False,
    within: tuple[File, ...] = (),
) -> LoadedScenario:
    """Read and check one file.

    With `env`, also whether it may run there. `within` are the files that include it.

    Raises:
        ScenarioError: It cannot be used. Holds every problem.

    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        problem = Problem(1, 1, "the file cannot be read", "check its name, rights and encoding")
        raise ScenarioError(str(file), [problem]) from None
    return parse_scenario(
        str(file), text, registry, env=env, read_only=read_only, within=(*within, file.resolve())
    )


def parse_scenario(
    file: str,
    text: str,
    registry: Registry,
    *,
    env: str = "",
    read_only: bool = False,
    within: tuple[File, ...] = (),
) -> LoadedScenario:
    """Check a scenario's text; see `load_scenario`."""

    def load(path: File) -> dict[str, Any]:
        if path.resolve() in within:
            mend = "take one include out"
            raise ScenarioError(file, [Problem(1, 1, f"{path.name} includes itself", mend)])
        return load_scenario(path, registry, env=env, read_only=read_only, within=within).document

    document = with_includes(with_rows(read_strict(file, text), file), file, load)
    scenario = check(Scenario, document, file)
    problems = ScenarioRules(document, scenario, registry, env=env, read_only=read_only).problems()
    if problems:
        raise ScenarioError(file, problems)
    lines = {one.action.id: document.of_value(one.path)[0] for one in scenario.placed}
    not_undone = tuple(
        f"{action.id} ({action.uses})"
        for _, _, action in scenario.placed
        if (action.undo is None or action.undo == "none")
        and registry.effect(action.uses, action.params) == "write"
    )
    return LoadedScenario(file, scenario, document.value, worst_case(scenario), lines, not_undone)
