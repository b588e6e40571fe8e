"""Every public name shows how it is used, and what it shows is so."""

from __future__ import annotations

import doctest
import inspect
import json
from typing import Any

import pytest

import affidavit
import affidavit.plugin
import affidavit.testing
from affidavit_policy.document import json_schema

DOORS = (affidavit.plugin, affidavit.testing, affidavit)
PUBLIC: dict[str, Any] = {name: getattr(door, name) for door in DOORS for name in door.__all__}
OURS = sorted(
    name
    for name, value in PUBLIC.items()
    if (inspect.isclass(value) or inspect.isfunction(value))
    and value.__module__.startswith("affidavit")
)
"""Constants, type aliases and pluggy's marker have no docstring of their own."""

OPTIONS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


@pytest.mark.parametrize("name", OURS)
def test_a_public_name_has_an_example_that_runs(name: str) -> None:
    """With the public names at hand, as somebody has them who looks one up."""
    value = inspect.unwrap(PUBLIC[name])
    (found,) = doctest.DocTestFinder(recurse=False).find(value, name, globs=dict(PUBLIC))
    told: list[str] = []

    assert found.examples
    done = doctest.DocTestRunner(optionflags=OPTIONS).run(found, out=told.append)
    assert 0 == done.failed, "".join(told)


def test_the_schema_of_a_policy_shows_no_python() -> None:
    """Editors show its descriptions to people who write YAML."""
    assert ">>>" not in json.dumps(json_schema())
