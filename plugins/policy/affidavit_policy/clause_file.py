"""The form of files in `policies/clauses/`: read strictly, every problem with its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from affidavit import PolicyError
from affidavit_policy.document import Part, sentence_of
from affidavit_policy.strict_yaml import NotStrictError, YamlDocument, YamlProblem, read_yaml

OBJECTIVES: Final = "objectives.yaml"
"""Name of the file that the others of its folder refer to."""

_Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,31}$")]
_Sentence = Annotated[str, Field(min_length=4, max_length=400)]
_Name = Annotated[str, Field(min_length=4, max_length=80)]
_Words = Annotated[list[str], Field(default_factory=list)]


class ObjectiveForm(Part):
    """What an objective says."""

    says: _Sentence
    suite: _Words
    library: _Words
    settings: _Words
    checks: _Words


class ObjectivesForm(Part):
    """The file of objectives."""

    objectives: dict[_Word, ObjectiveForm]


class ClauseForm(Part):
    """What a clause says."""

    id: _Name
    asks: _Sentence
    state: Literal["shown", "configured", "organisation", "not addressed"]
    needs: _Words
    rules: _Words
    duty: str = ""
    keep: str = ""
    lacks: str = ""
    lawyer: str = ""


class FrameworkForm(Part):
    """The file of one law or standard."""

    framework: _Word
    title: _Name
    policies: Annotated[list[_Word], Field(min_length=1)]
    clauses: Annotated[list[ClauseForm], Field(min_length=1)]


def read_objectives(path: Path) -> dict[str, dict[str, Any]]:
    """Return the objectives of a file by name.

    Raises:
        PolicyError: The file cannot be used. Each problem is named with its place.

    """
    return dict(_needed(path, ObjectivesForm)["objectives"])


def read_framework(path: Path) -> dict[str, Any]:
    """Return what the file of a law or standard says.

    Raises:
        PolicyError: The file cannot be used. Each problem is named with its place.

    """
    return _needed(path, FrameworkForm)


def is_clause_file(value: Any) -> bool:
    """Tell whether a document is one of these files and not a policy."""
    return isinstance(value, Mapping) and ("framework" in value or "objectives" in value)


def formed(read: YamlDocument, form: type[Part]) -> tuple[dict[str, Any] | None, list[YamlProblem]]:
    """Return what a document says in its form, or what is wrong with it."""
    try:
        return form.model_validate(read.value).model_dump(warnings=False), []
    except ValidationError as error:
        return None, [
            YamlProblem(*read.of_key(tuple(item["loc"])), sentence_of(item))
            for item in error.errors(include_url=False)
        ]


def _needed(path: Path, form: type[Part]) -> dict[str, Any]:
    problems: list[YamlProblem] = []
    said: dict[str, Any] | None = None
    try:
        said, problems = formed(read_yaml(path.read_text("utf-8")), form)
    except NotStrictError as error:
        problems = error.problems
    except (OSError, UnicodeDecodeError) as error:
        problems = [YamlProblem(1, 1, f"it cannot be read: {type(error).__name__}")]
    if said is None:
        told = "; ".join(f"{path.name}:{problem}" for problem in problems)
        raise PolicyError(
            f"{path.name} cannot be used",
            why=told,
            fix="Correct these places; docs/compliance.md says what each key means",
        )
    return said
