"""Look up what a scenario's inputs refer to. Secrets are looked up where they are used, only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from affidavit.plugin import ActionError
from affidavit_harness.files.expressions import render
from affidavit_harness.files.scenario_model import Scenario


class References:
    """Reads parameters and secrets; each once per process and run."""

    def __init__(
        self,
        client: Callable[[str], Any],
        outputs: Mapping[str, Any],
        outside: Callable[[str, str], str | None] = lambda *_: None,
    ) -> None:
        self._client = client
        self._outputs = outputs
        self._outside = outside
        self._kept: dict[tuple[str, str, str], Any] = {}

    def read(self, run: str, source: str, name: str, case: Mapping[str, Any]) -> Any:
        """Return what `name` refers to in `source`.

        Raises:
            ActionError: There is no such thing, or it may not be read.

        """
        if source == "case":
            return self._of("case", case, name)
        if source == "terraform-output":
            return self._of("terraform-output", self._outputs, name)
        if source in {"env", "file"}:
            return self._of_machine(source, name)
        kept = (run, source, name)
        if kept not in self._kept:
            if len(self._kept) > 1000:  # noqa: PLR2004 - a function lives for days
                self._kept.clear()
            self._kept[kept] = self._ask(source, name)
        return self._kept[kept]

    def _of(self, source: str, held: Mapping[str, Any], name: str) -> Any:
        if name in held:
            return held[name]
        raise ActionError(
            "Harness.Input",
            f"there is no {name} in {source}",
            why="the scenario's inputs name it",
            fix="Correct the input's name, or add the value to harness.yaml",
        )

    def _of_machine(self, source: str, name: str) -> str:
        found = self._outside(source, name)
        if found is not None:
            return found
        raise ActionError(
            "Harness.Input",
            f"{name} cannot be read from {source}",
            why="it is not there, or the run is not on the machine that has it",
            fix="Set it where the command runs; a deployed run takes secrets from AWS only",
        )

    def _ask(self, source: str, name: str) -> Any:
        failed = ""
        try:
            if source == "ssm":
                told = self._client("ssm").get_parameter(Name=name, WithDecryption=True)
                return told["Parameter"]["Value"]
            told = self._client("secretsmanager").get_secret_value(SecretId=name)
            return told["SecretString"]
        except Exception as error:  # noqa: BLE001 - its text may quote what it read
            failed = type(error).__name__
        raise ActionError(
            "Harness.Input",
            f"{name} cannot be read from {source}",
            why=f"it raised {failed}",
            fix="Check that it exists here and that the harness's role may read it",
        )


def open_inputs(
    scenario: Scenario,
    env: str,
    overrides: Mapping[str, Any],
    read: Callable[[str, str], Any],
    *,
    secret: bool,
) -> dict[str, Any]:
    """Return the inputs that are secret, or those that are not.

    Raises:
        ActionError: One of them cannot be read.

    """
    found: dict[str, Any] = {}
    for name, given in scenario.inputs.items():
        if given.secret != secret:
            continue
        if name in overrides and not secret:
            found[name] = overrides[name]
        elif given.source is None or given.name is None:
            found[name] = given.default
        else:
            found[name] = _read_or(given.default, given, render(given.name, {"env": env}), read)
    unknown = overrides.keys() - scenario.inputs.keys()
    if unknown:
        raise ActionError(
            "Harness.Input",
            f"there is no input {', '.join(sorted(unknown))}",
            why="it was given on the command line",
            fix=f"known: {', '.join(scenario.inputs) or 'none'}",
        )
    return found


def _read_or(default: Any, given: Any, name: str, read: Callable[[str, str], Any]) -> Any:
    try:
        return read(given.source, name)
    except ActionError:
        if "default" in given.model_fields_set:
            return default
        raise
