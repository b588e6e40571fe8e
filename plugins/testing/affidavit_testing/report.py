"""What a run of the suites has shown: clause → objective → promise → tests → result."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from affidavit.plugin import VERSION, Policy, PolicyRule, load_policy
from affidavit_policy.suite_promises import PROMISES
from affidavit_testing.clause_results import (
    BROKEN,
    KEPT,
    NOT_SHOWN,
    SILENT,
    TIMED_OUT,
    WAIVED,
    clause_result,
    summary,
)
from affidavit_testing.premises import IN_REQUESTS, REACHED
from affidavit_testing.promise_gates import Gates
from affidavit_testing.report_subject import ReportSubject

FORMAT: Final = 2
"""Version of the report's form."""


class PromiseResult(NamedTuple):
    """What one test has shown of one promise, and how often what it rests on occurred."""

    promise: str
    handler: str
    policy: str
    test: str
    result: str
    seconds: float
    premises: Mapping[str, int] = {}
    message: str = ""


def about(item: pytest.Item) -> dict[str, Any]:
    """Return what a report has to say of its test, as plain JSON.

    The policy's rules and clauses go with it: the process that writes the report may
    not know the policy.
    """
    marker = item.get_closest_marker("affidavit_promise")
    subject = getattr(getattr(item, "cls", None), "affidavit_subject", None)
    policy = subject.policy if subject is not None else load_policy("baseline")
    deployed = item.config.getoption("affidavit_deployed", None) or ""
    # Only a report speaks of clauses, and reading them takes longer than some promises.
    reported = bool(item.config.getoption("affidavit_report", None))
    return {
        "promise": str(marker.args[0]) if marker is not None else "",
        "handler": getattr(subject, "name", ""),
        "premises": getattr(item, "affidavit_premises", {}),
        "policy": {
            "policy": policy.name,
            "label": policy.label,
            "title": policy.title,
            "rules": [_rule(rule, policy) for rule in policy.rules],
            "clauses": _clauses(
                policy, str(item.config.invocation_params.dir / deployed) if deployed else ""
            )
            if reported
            else [],
        },
    }


class Collector:
    """Takes what the tests have reported, and writes it down."""

    def __init__(
        self,
        gates: Gates,
        reports: Iterable[pytest.TestReport],
        started: float,
        subject: ReportSubject | None = None,
    ) -> None:
        self.gates = gates
        self.results: list[PromiseResult] = []
        self.policies: dict[str, Mapping[str, Any]] = {}
        self.started = started
        self.subject = subject or ReportSubject()
        for report in reports:
            self.note(report)

    def note(self, report: pytest.TestReport) -> None:
        """Take the report of one phase of one test."""
        if report.when != "call" and not (report.when == "setup" and not report.passed):
            return
        said: Mapping[str, Any] = vars(report)["affidavit"]
        policy = said["policy"]["policy"]
        self.policies[policy] = said["policy"]
        self.results.append(
            PromiseResult(
                promise=said["promise"],
                handler=said["handler"],
                policy=policy,
                test=report.nodeid,
                result=_result(report),
                seconds=round(report.duration, 3),
                premises=said["premises"],
                message=_message(report),
            )
        )

    def sentence(self) -> str:
        """Return one line about all of it."""
        count = Counter(result.result for result in self.results)
        words = (KEPT, BROKEN, TIMED_OUT, WAIVED, NOT_SHOWN)
        told = ", ".join(f"{count[word]} {word}" for word in words if count[word])
        broken = sorted({result.promise for result in self.results if result.result == BROKEN})
        met = Counter[str]()
        for result in self.results:
            met.update(result.premises)
        seen = ", ".join(f"{met[name]} {name}" for name in (REACHED, IN_REQUESTS) if met[name])
        return (
            f"promises {told or 'not tried'}"
            + (f": {', '.join(broken)}" if broken else "")
            + (f" ({seen})" if seen else "")
        )

    def lines(self, *, every: bool) -> Iterator[str]:
        """Yield a line for each promise that was not shown, or for every one: what it met."""
        for one in self.results:
            if one.result == NOT_SHOWN or (every and one.premises):
                met = ", ".join(f"{number} {name}" for name, number in one.premises.items())
                yield f"  {one.handler or one.test}: {one.promise} {one.result} ({met})"

    def document(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {
            "format": FORMAT,
            "library": f"affidavit {VERSION}",
            "started": _iso(self.started),
            "ended": _iso(time.time()),
            "subject": self.subject._asdict(),
            "policies": [self._policy(held) for _, held in sorted(self.policies.items())],
            "results": [result._asdict() for result in self.results],
            "gates": {
                "coverage": self.gates.coverage,
                "may_not_fail": list(self.gates.may_not_fail),
                "waivers": [waiver._asdict() for waiver in self.gates.waivers],
            },
        }

    def write(self, path: Path, *, oscal: str) -> None:
        """Write the report in the form that the file's name asks for."""
        document = self.document()
        if path.name.endswith(".oscal.json"):
            from affidavit_testing.oscal import assessment_results  # noqa: PLC0415

            text = json.dumps(assessment_results(document, version=oscal), indent=1) + "\n"
        elif path.suffix in {".html", ".htm"}:
            from affidavit_testing.report_html import page  # noqa: PLC0415

            text = page(document)
        else:
            text = json.dumps(document, indent=1) + "\n"
        path.write_text(text, "utf-8")

    def _policy(self, policy: Mapping[str, Any]) -> dict[str, Any]:
        """Return a policy with what was shown of each of its rules and clauses."""
        shown: dict[str, list[dict[str, Any]]] = {}
        for result in self.results:
            if result.policy == policy["policy"]:
                shown.setdefault(result.promise, []).append(result._asdict())
        told = {name: [one["result"] for one in found] for name, found in shown.items()}
        clauses = [{**one, "result": clause_result(one, told)} for one in policy["clauses"]]
        return {
            **policy,
            "handlers": sorted({one["handler"] for found in shown.values() for one in found}),
            "summary": summary(clauses),
            "clauses": clauses,
            "rules": [_with_tests(rule, shown) for rule in policy["rules"]],
        }


def verdict(results: Iterable[str]) -> str:
    """Return what several results come to: the worst of them; `not tested` for none."""
    found = set(results)
    for word in (BROKEN, TIMED_OUT, WAIVED, NOT_SHOWN, KEPT):
        if word in found:
            return word
    return "not tested"


_CLAUSES: dict[tuple[str, str], list[dict[str, Any]]] = {}
"""What was read for a policy and a deployment: every test of a suite asks for it."""


def _clauses(policy: Policy, deployed: str) -> list[dict[str, Any]]:
    key = (policy.label, deployed)
    if key not in _CLAUSES:
        from affidavit_policy.claims import claims  # noqa: PLC0415 - models that only a report needs

        found = claims(policy, Path(deployed) if deployed else None)
        _CLAUSES[key] = [one.told() for one in found]
    return _CLAUSES[key]


def _rule(rule: PolicyRule, policy: Policy) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "clause": rule.clause,
        "why": rule.why,
        "review": rule.review,
        "promises": [
            {"promise": one.name, "kind": one.kind.value, "sentence": one.sentence}
            for one in PROMISES
            if rule in one.rules(policy)
        ],
    }


def _with_tests(
    rule: Mapping[str, Any], shown: Mapping[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    promises = [{**one, "tests": shown.get(one["promise"], [])} for one in rule["promises"]]
    results = [test["result"] for one in promises for test in one["tests"]]
    return {**rule, "promises": promises, "result": verdict(results)}


def _result(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return WAIVED if report.skipped else KEPT
    if report.skipped:
        return NOT_SHOWN if _message(report).startswith(f"Skipped: {NOT_SHOWN}") else SILENT
    if report.failed and _message(report).startswith(TIMED_OUT):
        return TIMED_OUT
    return KEPT if report.passed else BROKEN


def _message(report: pytest.TestReport) -> str:
    """Return what broke, as the suite said it, without the tests' own frames."""
    if hasattr(report, "wasxfail"):
        return str(report.wasxfail)
    if report.passed:
        return ""
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(getattr(crash, "message", report.longreprtext))[:4000]


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
