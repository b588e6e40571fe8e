"""`harness.yaml`: where things are, per environment. Scenarios stay the same everywhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import Field

from affidavit import SettingsError
from affidavit_harness.errors import Problem, ScenarioError
from affidavit_harness.files.form import check, read_strict
from affidavit_harness.files.scenario_model import Label, Strict

NAME: Final = "harness.yaml"


class EnvironmentSettings(Strict):
    """One environment. `functions`, `databases` and `path` are for this process only."""

    read_only: bool = False
    hosts: list[str] = Field(default_factory=list)
    local_targets: bool = False
    outputs: dict[str, Any] = Field(default_factory=dict)
    functions: dict[str, Annotated[str, Field(pattern=r"^[\w.]+:\w+$")]] = Field(
        default_factory=dict
    )
    databases: dict[Label, str] = Field(default_factory=dict)
    path: list[str] = Field(default_factory=list)
    machine: str | None = None
    bucket: str | None = None
    undo_table: str | None = None
    function: str | None = None
    logs: list[str] = Field(default_factory=list)


class HarnessFile(Strict):
    """Every environment that scenarios may name."""

    format: Annotated[Literal["affidavit-harness/v1"], Field(alias="schema")]
    environments: dict[Label, EnvironmentSettings]


class ChosenEnvironment(NamedTuple):
    """The place that was chosen, and the folder that its paths start from."""

    env: str
    settings: EnvironmentSettings
    folder: Path

    @property
    def read_only(self) -> bool:
        """Tell whether writes are refused: where the policy does not say `tests_may_write`.

        A file can refuse more, and never less.
        """
        from affidavit.plugin import load_policy, read_settings  # noqa: PLC0415 - heavy

        policy = load_policy(read_settings(os.environ).policy)
        return self.settings.read_only or not policy.environment(self.env).tests_may_write

    def only_reading(self) -> ChosenEnvironment:
        """Return the same place, with writes refused."""
        return self._replace(settings=self.settings.model_copy(update={"read_only": True}))


def outside(folder: Path, source: str, name: str) -> str | None:
    """Return a variable of this process, or the text of a file; None if it is not there.

    A file's name starts at `folder`, which is that of harness.yaml.
    """
    if source == "env":
        return os.environ.get(name)
    try:
        return (folder / name).read_text("utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError):
        return None


def find_environment(env: str, config: Path | None, near: Path) -> ChosenEnvironment:
    """Return the place of `env`: from `config`, or from the nearest harness.yaml above `near`.

    Raises:
        ScenarioError: The file has mistakes.
        SettingsError: It does not know the environment.

    """
    file = config or _nearest(near)
    if file is None:
        if env == "local":
            return ChosenEnvironment(
                env, EnvironmentSettings(), near if near.is_dir() else near.parent
            )
        raise SettingsError(
            f"nobody says where {env} is",
            why=f"there is no {NAME} beside the scenario or above it",
            fix="Write one, or name it with --config",
        )
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        problem = Problem(1, 1, "the file cannot be read", "check its name and rights")
        raise ScenarioError(str(file), [problem]) from None
    places = check(HarnessFile, read_strict(str(file), text), str(file))
    if env not in places.environments:
        raise SettingsError(
            f"{file} does not know {env}",
            why=f"it knows {', '.join(sorted(places.environments))}",
            fix="Name one of them with --env, or add it",
        )
    return ChosenEnvironment(env, places.environments[env], file.resolve().parent)


def _nearest(near: Path) -> Path | None:
    start = near.resolve()
    for folder in (start if start.is_dir() else start.parent, *start.parents):
        if (folder / NAME).is_file():
            return folder / NAME
    return None
