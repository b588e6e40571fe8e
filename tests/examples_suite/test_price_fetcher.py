"""The example of this repository, under the suite that its users have."""

from __future__ import annotations

from decimal import Decimal

import pytest

from affidavit_testing import compliance_suite
from price_fetcher.handler import handler

PRICE = {"price": Decimal("99.99"), "currency": "USD"}
SOURCES = {"prices": {"find_price": PRICE}}

TestUnderHipaa = compliance_suite(handler, policy="hipaa", sources=SOURCES)
TestUnderPart11 = compliance_suite(handler, policy="part11", sources=SOURCES)


def test_the_class_says_which_clause_asks_for_what() -> None:
    """In the docstring of each test, for whoever reads a report."""
    said = TestUnderHipaa.test_nothing_raw_gets_out.__doc__

    assert "45 CFR 164.514(b)(2)(i) (HIPAA-05)" in said


@pytest.mark.parametrize("name", ["TestUnderHipaa", "TestUnderPart11"])
def test_every_promise_has_a_test(name: str) -> None:
    """The names of the tests are the names of the promises."""
    from affidavit_policy.suite_promises import PROMISES

    tests = {test for test in vars(globals()[name]) if test.startswith("test_")}

    assert {f"test_{promise.name}" for promise in PROMISES} == tests
