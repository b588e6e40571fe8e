"""Every clause leads to a rule, a promise and a test, and the page that says so is true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import repository as repo
from affidavit_policy.clauses import clause_book
from affidavit_policy.declared import SETTINGS
from affidavit_policy.suite_promises import PROMISES

HERE = Path(__file__).parent


MAP = repo.load(HERE / "compliance_map.py")
BOOK = clause_book()
MARKS = r"(?:skip|xfail)\b"
SKIPS = re.compile(rf"^\s*@pytest\.mark\.{MARKS}|^pytestmark\b.*\b{MARKS}", re.MULTILINE)


def test_the_page_is_what_the_clauses_say_today() -> None:
    """Write it anew with `python tests/plugins/testing/compliance_map.py`."""
    assert MAP.page() == MAP.PAGE.read_text("utf-8")


@pytest.mark.parametrize("objective", BOOK.objectives.values(), ids=lambda one: one.name)
def test_every_objective_leads_to_tests_that_run(objective: Any) -> None:
    """They exist, and none is skipped or expected to fail whatever happens."""
    files = MAP.files_of(objective)

    assert files
    assert [] == [path for path in files if not (repo.ROOT / path).is_file()]
    assert [] == [path for path in files if SKIPS.search((repo.ROOT / path).read_text())]


@pytest.mark.parametrize(
    "planted",
    [
        "@pytest.mark.skip\ndef t(): ...",
        "class T:\n    @pytest.mark.xfail\n    def t(self): ...",
        'pytestmark = pytest.mark.skip(reason="later")',
    ],
)
def test_a_skipped_test_would_be_found(planted: str) -> None:
    """As a decorator, of a method, and of a whole module."""
    assert SKIPS.search(planted)


@pytest.mark.parametrize("rule", MAP.every_rule(), ids=lambda rule: rule.id)
def test_every_rule_answers_a_clause(rule: Any) -> None:
    """Or nobody would know why it is there."""
    assert rule.id in {name for clause in BOOK.clauses for name in clause.rules}


def test_every_setting_has_its_tests() -> None:
    """A setting that a policy can govern and nothing holds would be a wish."""
    assert set(SETTINGS) == set(MAP.SETTINGS)


def test_every_promise_of_the_suite_serves_an_objective() -> None:
    """Except quality: that the suite reaches the handler at all, and that metrics are kept."""
    served = {name for one in BOOK.objectives.values() for name in one.suite}
    idle = {one.name for one in PROMISES} - served

    assert {"a_valid_request_is_answered", "metrics_are_valid"} == idle


def test_the_page_names_no_promise_twice() -> None:
    """One row each."""
    head = MAP.page().partition("## Objectives")[0]
    rows = re.findall(r"^\| `(\w+)` \| ", head, flags=re.MULTILINE)

    assert sorted(one.name for one in PROMISES) == sorted(rows)
