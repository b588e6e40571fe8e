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

_NAMES = {
    "asserts": (
        "assert_always_on_record assert_answer_fits assert_binds_only assert_errors_quote_nothing "
        "assert_idempotent assert_no_answer_without_evidence assert_nothing_raw assert_promise "
        "assert_reads_named assert_refused assert_retention"
    ),
    "broken": "BrokenPromiseError",
    "canaries": "CanaryToken",
    "definition_suites": "service_suites",
    "histories": "machine_of",
    "in_process": "InProcessRunner Observed",
    "outages": "faults ledger_faults source_faults",
    "persons": "MadeUpPerson people",
    "policy_variants": "policies",
    "sinks": "Sinks captured",
    "suite": "PromiseVerdict compliance_suite examine",
    "under_test": "subject_of",
}
"""Public names, by the modules that they come from."""

_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = [*sorted(_HOME), "events"]  # noqa: PLE0604 - texts, all of them


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name == "__version__":
        return importlib.import_module("affidavit").__version__
    if name == "events":
        return importlib.import_module("affidavit_testing.events")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"affidavit_testing.{_HOME[name]}"), name)
