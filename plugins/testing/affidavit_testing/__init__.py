"""Put a Lambda handler under affidavit's promises, in its own continuous integration.

    from affidavit_testing import compliance_suite
    from my_service.handler import handler

    TestMyService = compliance_suite(handler, policy="hipaa")

Everything is imported on first use: pytest loads this package at every start,
also where nobody uses it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from affidavit_testing import events as events
    from affidavit_testing.asserts import (
        assert_always_on_record as assert_always_on_record,
    )
    from affidavit_testing.asserts import assert_answer_fits as assert_answer_fits
    from affidavit_testing.asserts import assert_binds_only as assert_binds_only
    from affidavit_testing.asserts import assert_errors_quote_nothing as assert_errors_quote_nothing
    from affidavit_testing.asserts import assert_idempotent as assert_idempotent
    from affidavit_testing.asserts import (
        assert_no_answer_without_evidence as assert_no_answer_without_evidence,
    )
    from affidavit_testing.asserts import assert_nothing_raw as assert_nothing_raw
    from affidavit_testing.asserts import assert_promise as assert_promise
    from affidavit_testing.asserts import assert_reads_named as assert_reads_named
    from affidavit_testing.asserts import assert_refused as assert_refused
    from affidavit_testing.asserts import assert_retention as assert_retention
    from affidavit_testing.broken import BrokenPromiseError as BrokenPromiseError
    from affidavit_testing.canaries import CanaryToken as CanaryToken
    from affidavit_testing.definition_suites import service_suites as service_suites
    from affidavit_testing.histories import machine_of as machine_of
    from affidavit_testing.in_process import InProcessRunner as InProcessRunner
    from affidavit_testing.in_process import Observed as Observed
    from affidavit_testing.outages import faults as faults
    from affidavit_testing.outages import ledger_faults as ledger_faults
    from affidavit_testing.outages import source_faults as source_faults
    from affidavit_testing.persons import MadeUpPerson as MadeUpPerson
    from affidavit_testing.persons import people as people
    from affidavit_testing.policy_variants import policies as policies
    from affidavit_testing.sinks import Sinks as Sinks
    from affidavit_testing.sinks import captured as captured
    from affidavit_testing.suite import PromiseVerdict as PromiseVerdict
    from affidavit_testing.suite import compliance_suite as compliance_suite
    from affidavit_testing.suite import examine as examine
    from affidavit_testing.under_test import subject_of as subject_of

_HOME = {
    "BrokenPromiseError": "broken",
    "CanaryToken": "canaries",
    "InProcessRunner": "in_process",
    "MadeUpPerson": "persons",
    "Observed": "in_process",
    "PromiseVerdict": "suite",
    "Sinks": "sinks",
    "assert_always_on_record": "asserts",
    "assert_answer_fits": "asserts",
    "assert_binds_only": "asserts",
    "assert_errors_quote_nothing": "asserts",
    "assert_idempotent": "asserts",
    "assert_no_answer_without_evidence": "asserts",
    "assert_nothing_raw": "asserts",
    "assert_promise": "asserts",
    "assert_reads_named": "asserts",
    "assert_refused": "asserts",
    "assert_retention": "asserts",
    "captured": "sinks",
    "compliance_suite": "suite",
    "examine": "suite",
    "faults": "outages",
    "ledger_faults": "outages",
    "machine_of": "histories",
    "people": "persons",
    "policies": "policy_variants",
    "service_suites": "definition_suites",
    "source_faults": "outages",
    "subject_of": "under_test",
}
"""Public names, and the modules that they come from."""

__all__ = [*sorted(_HOME), "events"]  # noqa: PLE0604 - texts, all of them


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name == "__version__":
        return importlib.import_module("affidavit._version").VERSION
    if name == "events":
        return importlib.import_module("affidavit_testing.events")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"affidavit_testing.{_HOME[name]}"), name)
