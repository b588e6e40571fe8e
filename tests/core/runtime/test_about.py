"""What a plugin says of itself."""

from __future__ import annotations

import sys

import pytest

from affidavit.plugin import About


@pytest.mark.parametrize(
    ("needs", "missing"),
    [
        pytest.param((), (), id="nothing"),
        pytest.param(("json", "pydantic"), (), id="what is there"),
        pytest.param(("no_such_module",), ("no_such_module",), id="what is not"),
        pytest.param(("json.decoder",), (), id="a submodule that is there"),
        pytest.param(("json.no_such",), ("json.no_such",), id="a submodule that is not"),
        pytest.param(("no_such.module",), ("no_such.module",), id="a submodule of nothing"),
        pytest.param(("json", "a1", "sys", "b2"), ("a1", "b2"), id="some of each"),
    ],
)
def test_what_is_missing_is_named(needs: tuple[str, ...], missing: tuple[str, ...]) -> None:
    """In the order in which it is needed; a plugin is told apart, not a start broken."""
    assert missing == About(summary="s", needs=needs).missing()


def test_looking_does_not_import() -> None:
    """A plugin's needs are heavy, and a cold start must not pay for them twice."""
    name = "this"  # a module of the standard library that prints when imported
    assert name not in sys.modules

    assert () == About(summary="s", needs=(name,)).missing()
    assert name not in sys.modules
