"""Look up what a scenario's inputs refer to. Secrets are looked up where they are used, only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from affidavit.plugin import ActionError
from affidavit_harness.files.expressions import render
from affidavit_harness.files.scenario_model import Input, Scenario
from affidavit_harness.protocol import RunState, SecretPlace, Values


class References:
    """Reads parameters and secrets; each once per process and run."""

    def __init__(
        self,
        client: Callable[[str], Any],
        outputs: Values,
        outside: Callable[[str, str], str | None] = lambda *_: None,
    ) -> None:
        self._client = client
        self._outputs = outputs
        self._outside = outside
        self._kept: dict[tuple[str, str, str], Any] = {}

    def inputs(self, scenario: Scenario, state: RunState) -> Values:
        """Return the inputs of a run that are no secrets.

        Raises:
            ActionError: One of them cannot be read, or one was given that is none.

        """
        unknown = state.overrides.keys() - scenario.inputs.keys()
        if unknown:
            raise ActionError(
                "Harness.Input",
                f"there is no input {', '.join(sorted(unknown))}",
                why="it was given on the command line",
                fix=f"known: {', '.join(scenario.inputs) or 'none'}",
            )
        return {
            name: state.overrides[name] if name in state.overrides else self._input(given, state)
            for name, given in scenario.inputs.items()
            if not given.secret
        }

    def secrets(self, run: str, places: Mapping[str, SecretPlace]) -> Values:
        """Return the secrets that are looked up in `places`.

        Raises:
            ActionError: One of them cannot be read.

        """
        return {name: self._read(run, one.source, one.name, {}) for name, one in places.items()}

    def _input(self, given: Input, state: RunState) -> Any:
        if given.source is None or given.name is None:
            return given.default
        name = render(given.name, {"env": state.run.env})
        try:
            return self._read(state.run.id, given.source, name, state.case)
        except ActionError:
            if "default" in given.model_fields_set:
                return given.default
            raise

    def _read(self, run: str, source: str, name: str, case: Values) -> Any:
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

    def _of(self, source: str, held: Values, name: str) -> Any:
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


def secret_places(scenario: Scenario, env: str) -> dict[str, SecretPlace]:
    """Return where the secret inputs of a scenario are looked up in an environment."""
    return {
        name: SecretPlace(given.source, render(given.name, {"env": env}))
        for name, given in scenario.inputs.items()
        if given.secret and given.source is not None and given.name is not None
    }
