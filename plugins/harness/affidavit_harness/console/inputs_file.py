"""Inputs of a run from a file: YAML or JSON, names and values, read as strictly as a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from affidavit_harness.errors import Problem, ScenarioError
from affidavit_harness.files.form import read_strict


def from_file(path: Path | None) -> dict[str, Any]:
    """Return the inputs that a file sets; none without a file. Types stay as they stand there.

    Raises:
        ScenarioError: It is no mapping of names to values, or not the strict kind.

    """
    if path is None:
        return {}
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        problem = Problem(1, 1, "the file cannot be read", "check its name and rights")
        raise ScenarioError(str(path), [problem]) from None
    value = read_strict(str(path), text).value
    if not isinstance(value, dict):
        raise ScenarioError(str(path), [Problem(1, 1, "this is no mapping", "write `name: value`")])
    return value
