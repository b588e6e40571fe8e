"""Scenarios as tests of pytest."""

from __future__ import annotations

from pathlib import Path

import pytest

import repository as repo
from affidavit_harness.bridge import scenario
from affidavit_harness.errors import ScenarioError

test_price_fetch = scenario(repo.ROOT / "scenarios" / "price-fetch-is-audited.yaml")

WRONG = """\
schema: affidavit-scenario/v1
name: wrong
actions:
  - id: find
    uses: sql.query
    with: {source: prices, sql: "select price from product_prices where product_id = :id", binds: {id: PROD-101}}
    check: [{select: "rows[0].price", eq: "99.98"}]
"""  # noqa: E501 - one statement


def test_a_failure_says_expected_and_actual(tmp_path: Path) -> None:
    """Without a traceback of the bridge."""
    (tmp_path / "wrong.yaml").write_text(WRONG)
    config = repo.ROOT / "scenarios" / "harness.yaml"
    test = scenario(tmp_path / "wrong.yaml", config=config)
    (mark,) = test.pytestmark  # type: ignore[attr-defined]
    (job,) = mark.args[1]

    with pytest.raises(pytest.fail.Exception, match='expected eq "99.98", actual "99.99"') as told:
        test(job, tmp_path)
    assert told.value.pytrace is False


def test_a_mistake_shows_when_it_is_collected(tmp_path: Path) -> None:
    """Before anything runs."""
    (tmp_path / "bad.yaml").write_text(WRONG.replace("check:", "chek:"))

    with pytest.raises(ScenarioError, match="did you mean check"):
        scenario(tmp_path / "bad.yaml")
