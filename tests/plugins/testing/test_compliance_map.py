"""Every clause leads to a rule, a promise and a test, and the page that says so is true."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

import repository as repo
from affidavit._policy.load import load_policy, shipped_policies
from affidavit_policy.declared import SETTINGS
from affidavit_testing.promise_list import PROMISES

HERE = Path(__file__).parent


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("compliance_map", HERE / "compliance_map.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAP = _load()
RULES = [
    pytest.param(rule, id=rule.id)
    for name in shipped_policies()
    for rule in MAP.own_rules(load_policy(name))
]


def test_the_page_is_what_the_policies_say_today() -> None:
    """Write it anew with `python tests/plugins/testing/compliance_map.py`."""
    assert MAP.page() == MAP.PAGE.read_text("utf-8")


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_leads_to_a_test_that_exists(rule: Any) -> None:
    """And to a promise, of affidavit or of the suite, or to a setting."""
    files = MAP.files_of(rule)

    assert files
    assert [] == [path for path in files if not (repo.ROOT / path).is_file()]


def test_every_setting_has_its_tests() -> None:
    """A setting that a policy can govern and nothing holds would be a wish."""
    assert set(SETTINGS) == set(MAP.SETTINGS)


def test_every_promise_of_the_suite_serves_a_clause() -> None:
    """Under at least one policy, except the one that shows that the suite works at all."""
    policies = [load_policy(name) for name in shipped_policies()]
    idle = [one.name for one in PROMISES if not any(one.clauses(p) for p in policies)]

    assert ["a_valid_request_is_answered"] == idle


def test_the_page_names_no_promise_twice() -> None:
    """One row each."""
    rows = re.findall(r"^\| `(\w+)` \| ", MAP.page(), flags=re.MULTILINE)

    assert sorted(one.name for one in PROMISES) == sorted(rows)
