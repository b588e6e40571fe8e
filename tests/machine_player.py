"""Plays a definition in Amazon States Language in this process, as far as the harness uses it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any


class TaskFailedError(Exception):
    """What a task raised, by its name."""


class Player:
    """Calls `function` for each task; `entered` names states, `waited` seconds, in their order."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self.entered: list[str] = []
        self.waited: list[int] = []

    def play(self, part: dict[str, Any], state: Any, around: dict[str, Any]) -> Any:
        """Return what a machine, or a part of one, comes to; `around` is the context object."""
        name = part["StartAt"]
        while name:
            self.entered.append(name)
            step = part["States"][name]
            try:
                name, state = getattr(self, f"_{step['Type'].lower()}")(step, state, around)
            except TaskFailedError as error:
                caught = step.get("Catch")
                if not caught:
                    raise
                state = _put(state, caught[0]["ResultPath"], {"Error": str(error)})
                name = caught[0]["Next"]
        return state

    def _task(self, step: dict[str, Any], state: Any, around: dict[str, Any]) -> tuple[str, Any]:
        asked = _filled(step["Parameters"], state, around)
        told = {"Payload": self._function(asked["Payload"])}
        return self._left(step, state, _filled(step["ResultSelector"], told, around))

    def _map(self, step: dict[str, Any], state: Any, around: dict[str, Any]) -> tuple[str, Any]:
        told = []
        for item in _at(state, step["ItemsPath"]):
            within = {**around, "Map": {"Item": {"Value": item}}}
            given = _filled(step["ItemSelector"], state, within)
            told.append(self.play(step["ItemProcessor"], given, within))
        return self._left(step, state, told)

    def _pass(self, step: dict[str, Any], state: Any, around: dict[str, Any]) -> tuple[str, Any]:
        told = _filled(step["Parameters"], state, around) if "Parameters" in step else state
        return self._left(step, state, told)

    def _choice(self, step: dict[str, Any], state: Any, _: object) -> tuple[str, Any]:
        for one in step["Choices"]:
            if _at(state, one["Variable"]) == one["StringEquals"]:
                return one["Next"], state
        return step["Default"], state

    def _wait(self, step: dict[str, Any], state: Any, _: object) -> tuple[str, Any]:
        self.waited.append(_at(state, step["SecondsPath"]))
        return step["Next"], state

    def _succeed(self, _: object, state: Any, __: object) -> tuple[str, Any]:
        return "", state

    def _fail(self, step: dict[str, Any], state: Any, _: object) -> tuple[str, Any]:
        cause = _at(state, step["CausePath"]) if "CausePath" in step else step["Cause"]
        return "", {"Error": step["Error"], "Cause": cause}

    def _left(self, step: dict[str, Any], state: Any, result: Any) -> tuple[str, Any]:
        state = _put(state, step.get("ResultPath", "$"), result)
        return step.get("Next", ""), _at(state, step.get("OutputPath", "$"))


def _at(state: Any, path: str) -> Any:
    for name in path.removeprefix("$").split(".")[1:]:
        state = state[name]
    return state


def _put(state: Any, path: str, value: Any) -> Any:
    return value if path == "$" else {**deepcopy(state), path.removeprefix("$."): value}


def _filled(template: Any, state: Any, around: dict[str, Any]) -> Any:
    if not isinstance(template, dict):
        return template
    filled = {}
    for name, value in template.items():
        if name.endswith(".$"):
            held = _at(around, value[1:]) if value.startswith("$$") else _at(state, value)
            filled[name.removesuffix(".$")] = deepcopy(held)
        else:
            filled[name] = _filled(value, state, around)
    return filled
