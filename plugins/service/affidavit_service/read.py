"""Read `functions.toml`, or the table of it in pyproject.toml, for one environment."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from affidavit_service.errors import ServiceError
from affidavit_service.service_model import ENVIRONMENTS, Function, ServiceFile

NAMES: Final = ("functions.toml", "pyproject.toml")


class Service(NamedTuple):
    """A service as it is in one environment; `folder` is where its file lies."""

    about: Any
    functions: Mapping[str, Function]
    environment: str
    folder: Path


def find_service(folder: Path) -> Path | None:
    """Return the file of `folder` that defines a service, or None."""
    for name in NAMES:
        path = folder / name
        if path.is_file() and (name == NAMES[0] or "service" in _affidavit(_parsed(path))):
            return path
    return None


def read_service(path: Path, environment: str = "dev") -> Service:
    """Read the definition and check all of it, also for the environments that are not asked for.

    Raises:
        ServiceError: Something is wrong: which key, where, and what may be meant.

    """
    told = _parsed(path)
    if path.name == "pyproject.toml":
        told = _affidavit(told).get("service", {})
    if environment not in ENVIRONMENTS:
        raise ServiceError(
            f"there is no environment {environment[:40]}",
            why=f"the environments are {', '.join(ENVIRONMENTS)}",
            fix="Name one of these",
        )
    # Each is checked each time: a key that is wrong in prod alone would be found in prod.
    found = {name: _checked(path, laid_over(told, name), name) for name in ENVIRONMENTS}
    held = found[environment]
    return Service(held.service, held.functions, environment, path.resolve().parent)


def laid_over(told: Mapping[str, Any], environment: str) -> dict[str, Any]:
    """Return the file with defaults below each function, and one environment above it."""
    rest = {key: value for key, value in told.items() if key != "defaults"}
    defaults = told.get("defaults", {})
    functions = told.get("functions", {})
    if not isinstance(functions, dict) or not isinstance(defaults, dict):
        return rest
    return {
        **rest,
        "functions": {
            name: _function(defaults, one, environment) if isinstance(one, dict) else one
            for name, one in functions.items()
        },
    }


def _function(defaults: Mapping[str, Any], one: Mapping[str, Any], environment: str) -> Any:
    own = {key: value for key, value in one.items() if key != "environments"}
    places = one.get("environments", {})
    if not isinstance(places, dict) or places.keys() - set(ENVIRONMENTS):
        # Left in, so that the model refuses it where it stands.
        unknown = sorted(set(places) - set(ENVIRONMENTS))[:1] if isinstance(places, dict) else []
        return {**own, f"environments.{unknown[0]}" if unknown else "environments": places}
    return _merge(_merge(defaults, own), places.get(environment, {}))


def _merge(below: Mapping[str, Any], above: Any) -> Any:
    """Lay one table over another; lists are replaced, not added to."""
    if not isinstance(above, dict):
        return above
    both = dict(below)
    for key, value in above.items():
        lower = both.get(key)
        both[key] = _merge(lower, value) if isinstance(lower, dict) else value
    return both


def _checked(path: Path, told: Mapping[str, Any], environment: str) -> ServiceFile:
    try:
        return ServiceFile.model_validate(told)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
    place = _place(found["loc"])
    where = f"{path.name}, environment {environment}"
    if found["type"] == "extra_forbidden":
        key = str(found["loc"][-1])
        near = _nearest(key, found["loc"])
        raise ServiceError(
            f"{where}: {place} is no key that is known",
            why="what is not known is not left out quietly",
            fix=f"Did you mean {near}?" if near else f"Known: {', '.join(_known(found['loc']))}",
        )
    raise ServiceError(
        f"{where}: {place or 'the file'} cannot be used",
        why=_why(found["type"], found["msg"], found.get("ctx", {})),
        fix="Correct it; affidavit service schema prints what is possible",
    )


def _why(kind: str, message: str, context: Mapping[str, Any]) -> str:
    """Return what is wrong, by pydantic's kind: some of its messages quote the value."""
    if kind == "missing":
        return "it is needed and not there"
    if kind in {"string_pattern_mismatch", "literal_error", "union_tag_invalid"}:
        wanted = context.get("pattern") or context.get("expected") or context.get("expected_tags")
        return f"it has to be {wanted}"
    return message if kind not in {"value_error", "assertion_error"} else "it does not fit"


def _place(location: tuple[int | str, ...]) -> str:
    tags = {"route", "queue", "topic", "rule", "table", "stream", "bucket", "schedule"}
    parts: list[str] = []
    for index, part in enumerate(location):
        after_number = index and isinstance(location[index - 1], int)
        if isinstance(part, int):
            parts[-1] += f"[{part}]"
        elif not (after_number and part in tags):
            parts.append(part)
    return ".".join(parts)[:200]


def _nearest(key: str, location: tuple[int | str, ...]) -> str:
    return next(iter(difflib.get_close_matches(key, _known(location), 1, 0.5)), "")


def _known(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that may stand where one stands that is not known."""
    models: set[type[BaseModel]] = {ServiceFile}
    for before, part in zip(("", *location), location[:-1], strict=False):
        if isinstance(before, int):  # what stands here is the type of a trigger
            models = {model for model in models if part in _tags(model)} or models
            continue
        fields = [model.model_fields[str(part)] for model in models if part in model.model_fields]
        if fields:
            models = {one for field in fields for one in _models(field.annotation)}
    known = {name for model in models for name in model.model_fields}
    if models == {ServiceFile}:
        known.add("defaults")
    if Function in models:
        known.add("environments")
    return sorted(known)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    field = model.model_fields.get("type")
    return get_args(field.annotation) if field is not None else ()


def _affidavit(told: Mapping[str, Any]) -> Mapping[str, Any]:
    found = told.get("tool", {}).get("affidavit", {})
    return found if isinstance(found, dict) else {}


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        failed = f"it is no TOML {str(error).rpartition('(')[2].rstrip(')')}"
    except (OSError, UnicodeDecodeError) as error:
        failed = f"it raised {type(error).__name__}"
    raise ServiceError(f"{path.name} cannot be read", why=failed, fix="Correct it, or name another")
