"""Hold a document against a pydantic model; say each mistake with its place and the mend."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from affidavit_harness.errors import Problem, ScenarioError
from affidavit_harness.files.expressions import is_template
from affidavit_harness.files.hints import nearest
from affidavit_policy.strict_yaml import NotStrictError, Path, YamlDocument, read_yaml

Model = TypeVar("Model", bound=BaseModel)

MAX_LENGTH: Final = 262_144  # what one state of Step Functions may hold; a scenario is smaller


def read_strict(file: str, text: str) -> YamlDocument:
    """Return a YAML or JSON text, read strictly. Numbers are JSON's.

    Raises:
        ScenarioError: It is not YAML, or not the strict kind.

    """
    try:
        return read_yaml(text, decimals=True, max_length=MAX_LENGTH)
    except NotStrictError as error:
        problems = [Problem(*one) for one in error.problems]
    raise ScenarioError(file, problems)


def check(model: type[Model], document: YamlDocument, file: str) -> Model:
    """Return the document as `model`.

    Raises:
        ScenarioError: It has another form.

    """
    if not isinstance(document.value, dict):
        problem = Problem(1, 1, "this is no mapping", "start with `schema:` and `name:`")
        raise ScenarioError(file, [problem])
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        problems = sorted({_problem(told, document, model) for told in error.errors()})
    raise ScenarioError(file, problems)


def params_problems(
    model: type[BaseModel], value: Any, document: YamlDocument, above: Path
) -> list[Problem]:
    """Return what is wrong with an action's parameters, as far as it shows before the run."""
    try:
        model.model_validate(value)
    except ValidationError as error:
        return [
            _problem(told, document, model, above)
            for told in error.errors()
            if told["type"] in {"extra_forbidden", "missing"}
            or not _filled_in_later(value, told["loc"])
        ]
    return []


def _filled_in_later(value: Any, location: tuple[str | int, ...]) -> bool:
    for step in location:
        inner = _step(value, step)
        value = value if inner is None else inner[0]
    return is_template(value)


def _step(value: Any, step: str | int) -> tuple[Any] | None:
    if isinstance(value, dict) and step in value:
        return (value[step],)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return (value[step],)
    return None


def _path(location: tuple[str | int, ...], value: Any) -> Path:
    """Return a location as a path of the document: unions add steps that are not in it."""
    path: list[str | int] = []
    for step in location:
        inner = _step(value, step)
        if inner is not None:
            path.append(step)
            value = inner[0]
    return tuple(path)


def _problem(
    told: ErrorDetails, document: YamlDocument, model: type[BaseModel], above: Path = ()
) -> Problem:
    value = document.value
    for step in above:
        value = value[step]
    path = above + _path(told["loc"], value)
    kind, last = told["type"], str(told["loc"][-1]) if told["loc"] else ""
    if kind == "extra_forbidden":
        where = document.of_key(path)
        return Problem(*where, f"unknown key {last}", nearest(last, _siblings(model, told["loc"])))
    if kind == "missing":
        return Problem(*document.of_value(path), f"{last} is missing", f"add {last}:")
    name = ".".join(map(str, path)) or "the file"
    return Problem(*document.of_value(path), f"{name} {_what(told)}", _mend(told))


def _what(told: ErrorDetails) -> str:
    """Say what is wrong without the value: it may be a secret in the wrong place."""
    kind = told["type"]
    if kind == "string_pattern_mismatch":
        return "has the wrong form"
    if kind in {"literal_error", "enum"}:
        return "is not one of the words that are known"
    if kind.startswith(("greater", "less", "too_")):
        return "is out of range"
    return "has the wrong type"


def _mend(told: ErrorDetails) -> str:
    context = told.get("ctx", {})
    if "pattern" in context:
        pattern = str(context["pattern"])
        return "write 500ms, 30s or 3m" if "ms|s|m" in pattern else f"it must match {pattern}"
    if "expected" in context and told["type"] == "literal_error":
        expected = str(context["expected"]).replace("'", "")
        return f"write {expected}"
    for name in ("ge", "le", "gt", "lt", "min_length", "max_length"):
        if name in context:
            return f"the limit is {context[name]}"
    return told["msg"][0].lower() + told["msg"][1:]


def _siblings(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """Return the keys that are known where an unknown one stands."""
    schema = model.model_json_schema(by_alias=True)
    definitions = schema.get("$defs", {})
    found = [schema]
    for step in location[:-1]:
        found = [inner for one in found for inner in _inner(one, step, definitions)] or found
    names = {name for one in found for name in one.get("properties", {})}
    return sorted(names)


def _inner(schema: dict[str, Any], step: str | int, definitions: dict[str, Any]) -> list[Any]:
    if isinstance(step, int):
        nexts = [schema["items"]] if "items" in schema else []
    else:
        nexts = [schema["properties"][step]] if step in schema.get("properties", {}) else []
        extra = schema.get("additionalProperties")
        nexts = nexts or [*schema.get("patternProperties", {}).values()]
        nexts = nexts or ([extra] if isinstance(extra, dict) else [])
    return [plain for one in nexts for plain in _plain(one, definitions)]


def _plain(schema: Any, definitions: dict[str, Any]) -> list[Any]:
    """Follow references and alternatives down to what has properties or items."""
    if not isinstance(schema, dict):
        return []
    if "$ref" in schema:
        return _plain(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    branches = [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]
    return [schema, *(plain for one in branches for plain in _plain(one, definitions))]
