"""`include`: another scenario as a step. Its actions are written out here, its inputs filled in.

What is included is a scenario of its own, with checks of its own, so that a
set-up can be played alone. Its ids, captures and inputs get the step's id in
front, so two of them never meet; and since it is written out before anything
runs, neither backend knows of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path as File
from typing import Any, Final, NamedTuple

from affidavit_harness.errors import Problem, ScenarioError
from affidavit_harness.files.expressions import ANY_REFERENCE, is_template, is_whole
from affidavit_harness.files.hints import nearest
from affidavit_harness.protocol import Values
from affidavit_policy.strict_yaml import Path, YamlDocument

Load = Callable[[File], dict[str, Any]]
"""Reads a scenario, checks it, and returns its document, with whatever it includes written out."""

LONGEST_ID: Final = 40

_NAME: Final = re.compile(r"(?<![\w.])(inputs|vars)\.([A-Za-z_]\w*)")
_QUOTED: Final = re.compile(r"""('[^']*'|`[^`]*`|"[^"]*")""")


def with_includes(document: YamlDocument, file: str, load: Load) -> YamlDocument:
    """Return the document with every included scenario written out; as it is without any.

    A place inside of what was included is that of the step that includes it.

    Raises:
        ScenarioError: Something cannot be included, or is wrong in itself.

    """
    value = document.value
    steps = value.get("actions") if isinstance(value, dict) else None
    if not isinstance(steps, list) or not any(map(_is_include, steps)):
        return document
    actions: list[Any] = []
    inputs = dict(value.get("inputs") or {})
    came: list[int] = []
    problems: list[Problem] = []
    for number, step in enumerate(steps):
        if not _is_include(step):
            actions.append(step)
            came.append(number)
            continue
        try:
            written = _Inclusion.of(step, File(file).parent, load, value.get("inputs") or {})
            own = [written.action(one) for one in written.document["actions"]]
            inputs |= written.inputs()
        except _CannotIncludeError as error:
            where = document.of_value(("actions", number, *error.path))
            problems.append(Problem(*where, *error.args))
            continue
        actions += own
        came += [number] * len(own)
    if problems:
        raise ScenarioError(file, problems)
    whole = {**value, "actions": actions} | ({"inputs": inputs} if inputs else {})
    return _moved(replace(document, value=whole), came, steps)


def _is_include(step: object) -> bool:
    """Tell whether a step includes; what is more or less than that, the model refuses."""
    known = {"include", "id", "with", "description"}
    if not isinstance(step, dict) or not {"include", "id"} <= step.keys() <= known:
        return False
    plain = isinstance(step["include"], str) and isinstance(step["id"], str)
    return plain and isinstance(step.get("with", {}), dict)


def _moved(document: YamlDocument, came: list[int], steps: list[Any]) -> YamlDocument:
    """Return the document with the places of its actions where they are now."""

    def moved(places: Mapping[Path, tuple[int, int]]) -> dict[Path, tuple[int, int]]:
        told = {path: place for path, place in places.items() if path[:1] != ("actions",)}
        told |= {path: place for path, place in places.items() if path == ("actions",)}
        for now, before in enumerate(came):
            included = _is_include(steps[before])
            for path, place in places.items():
                if path[:2] == ("actions", before) and (len(path) == 2 or not included):  # noqa: PLR2004 - the step itself
                    told[("actions", now, *path[2:])] = place
        return told

    return replace(document, keys=moved(document.keys), values=moved(document.values))


class _CannotIncludeError(Exception):
    """What is wrong and how to mend it; `path` is where, below the step."""

    def __init__(self, what: str, mend: str, *path: str) -> None:
        super().__init__(what, mend)
        self.path = path


class _Inclusion(NamedTuple):
    """One step that includes: its id, what it gives, and the scenario that it names."""

    id: str
    given: Values
    document: Values

    @classmethod
    def of(cls, step: Values, folder: File, load: Load, around: Values) -> _Inclusion:
        """Return it, if it can be included. `around` are the inputs of the including scenario."""
        name, given = step["include"], step.get("with", {})
        path = folder / name
        if not path.is_file():
            raise _CannotIncludeError(
                f"there is no {name} to include", "its name starts at this file's folder", "include"
            )
        document = load(path)
        for part in ("cases", "assertions"):
            if document.get(part):
                mend = f"move {part} to the scenario that includes it; checks stand at actions"
                raise _CannotIncludeError(f"{name} has {part} of its own", mend, "include")
        known = document.get("inputs") or {}
        for one, value in given.items():
            if one not in known:
                mend = nearest(one, known)
                raise _CannotIncludeError(f"{name} has no input {one}", mend, "with", one)
            if known[one].get("secret") and not _is_secret(value, around):
                mend = "give it an input of this scenario that is secret, too"
                raise _CannotIncludeError(f"{one} is secret in {name}", mend, "with", one)
        return cls(step["id"], given, document)

    def inputs(self) -> dict[str, Any]:
        """Return the inputs that are not given, under the step's id."""
        held = self.document.get("inputs") or {}
        return {self._named(name): one for name, one in held.items() if name not in self.given}

    def action(self, action: Values) -> dict[str, Any]:
        """Return an action of the scenario, or a block, as it stands here."""
        told = {key: self._filled(value) for key, value in action.items()}
        if "parallel" in action:
            return {**told, "parallel": [self.action(one) for one in action["parallel"]]}
        told["id"] = self._named(action["id"])
        if "when" in action:
            told["when"] = self._expression(action["when"], _as_jmespath)
        if "capture" in action:
            captured = action["capture"].items()
            told["capture"] = {self._named(name): rule for name, rule in captured}
        return told

    def _named(self, name: str) -> str:
        told = f"{self.id}_{name}"
        if len(told) > LONGEST_ID:
            what = f"{told} is longer than {LONGEST_ID} characters"
            raise _CannotIncludeError(what, "shorten the id of the step that includes", "id")
        return told

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._filled(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner) for inner in value]
        if not is_template(value):
            return value
        inner = str(value)[3:-2].strip().partition(".")
        if is_whole(value) and inner[0] == "inputs" and inner[2] in self.given:
            return self.given[inner[2]]
        return ANY_REFERENCE.sub(lambda match: self._reference(match.group(1)), value)

    def _reference(self, inner: str) -> str:
        namespace, _, name = inner.strip().partition(".")
        if namespace == "inputs" and name in self.given:
            return _as_text(self.given[name])
        return f"${{{{{self._expression(inner, _as_argument)}}}}}"

    def _expression(self, text: str, literal: Callable[[Any], str]) -> str:
        """Rename what stands outside of quotes; what was given is written out."""

        def one(match: re.Match[str]) -> str:
            namespace, name = match.groups()
            if namespace == "inputs" and name in self.given:
                return literal(self.given[name])
            return f"{namespace}.{self._named(name)}"

        parts = _QUOTED.split(text)
        return "".join(part if odd % 2 else _NAME.sub(one, part) for odd, part in enumerate(parts))


def _is_secret(value: Any, around: Values) -> bool:
    if not (is_template(value) and is_whole(value)):
        return False
    namespace, _, name = value[3:-2].strip().partition(".")
    held = around.get(name)
    return namespace == "inputs" and isinstance(held, dict) and bool(held.get("secret"))


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, dict | list):
        raise _CannotIncludeError(
            "a value that is no text would stand inside a text", "give a text or a number", "with"
        )
    return json.dumps(value)


def _as_argument(value: Any) -> str:
    """Write a value as an argument of a function."""
    if is_template(value) and is_whole(value):
        return str(value)[3:-2].strip()
    if isinstance(value, str) and "'" not in value and not is_template(value):
        return f"'{value}'"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return json.dumps(value)
    raise _CannotIncludeError(
        "a function cannot take this value", "give a reference, a number or a plain text", "with"
    )


def _as_jmespath(value: Any) -> str:
    """Write a value as a part of a condition."""
    if is_template(value):
        inner = str(value)[3:-2].strip()
        if is_whole(value) and re.fullmatch(r"\w+(\.\w+)?", inner):
            return inner
        raise _CannotIncludeError(
            "a condition cannot take this value", "give a plain reference or a value", "with"
        )
    return f"`{json.dumps(value)}`"
