"""Write docs/compliance.md: on what each clause rests, and which test would fail.

    python tests/plugins/testing/compliance_map.py

Everything in the page is read from `policies/clauses/`, the policies, the lists of promises
and the tests. What is said by hand is which tests hold a setting or a check, below; a test
checks that they exist, that none is skipped, and that none is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from affidavit._policy.load import load_policy, shipped_policies
from affidavit._policy.model import Policy, PolicyRule
from affidavit_policy.clauses import Clause, Framework, Objective, clause_book
from affidavit_policy.declared import covered
from affidavit_policy.suite_promises import PROMISES, Promise

ROOT: Final = Path(__file__).resolve().parents[3]
PAGE: Final = ROOT / "docs" / "compliance.md"

_SETTINGS: Final = "tests/plugins/policy/test_every_setting_is_obeyed.py"
_DEPLOYED: Final = "tests/terraform/gates/test_gates.py"

SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "actor.trust": ("tests/compliance/test_a_refusal_never_runs_the_handler.py",),
    "declare": ("tests/compliance/test_no_answer_without_evidence.py",),
    "limits.depth": ("tests/compliance/test_a_refusal_never_runs_the_handler.py",),
    "limits.request_bytes": ("tests/compliance/test_a_refusal_never_runs_the_handler.py",),
    "sources.literals": ("tests/compliance/test_binds_only.py",),
    **dict.fromkeys(
        ("off_record.mode", "off_record.hosts", "off_record.operations", "off_record.paths"),
        ("tests/core/offrecord/test_refusing.py", _SETTINGS),
    ),
    "logging.event": ("tests/compliance/test_no_raw_value_gets_out.py",),
    "redaction.capture": ("tests/core/telemetry/test_capture.py",),
    "redaction.packs": (_SETTINGS,),
    "redaction.sinks": ("tests/core/redact/test_redactor.py",),
    "redaction.limits.depth": ("tests/core/redact/test_redactor.py",),
    "redaction.limits.string_bytes": ("tests/core/redact/test_redactor.py",),
    "redaction.limits.nodes": ("tests/core/redact/test_redactor.py",),
    "redaction.exemptions": ("tests/core/redact/test_redactor.py",),
    "retention.hot_days": ("tests/examples_suite/test_price_fetcher.py",),
    "retention.archive_days": ("tests/evidence/test_attack_matrix.py", _DEPLOYED),
    "environments.log_days": (_DEPLOYED,),
    "environments.sample_percent": (_DEPLOYED,),
    "environments.trust_asserted": (_SETTINGS,),
    "environments.tests_may_write": (_SETTINGS,),
    "environments.local_artifacts": (_SETTINGS,),
    "environments.deletable": (_SETTINGS,),
}
"""Settings of a policy, and the tests that hold them whatever a handler does."""

CHECKS: Final = ("tests/plugins/policy/test_terraform_state.py", _DEPLOYED)
"""Tests of what is checked in a deployment."""

HEAD: Final = """# Compliance map

On what each clause rests, and which test would fail if it were broken. Written by
`tests/plugins/testing/compliance_map.py` from `policies/clauses/`; `affidavit policy check` refuses
a clause whose claim is wider than what shows it. It is no legal advice, and the words are ours:
read the text of the law, and [what a lawyer should read first](policy-review.md).

| state | what it means |
|---|---|
| shown | property tests try each part on your handler, in your own continuous integration |
| configured | some part is a property of the deployment; it counts once it was checked there |
| organisation | software cannot do it: your duty, and what to keep as evidence |
| not addressed | something that the clause asks for is not built |

```console excerpt
$ affidavit policy clauses hipaa                              # each clause, and what is left to you
$ terraform show -json > deployed.json
$ affidavit policy clauses hipaa --deployed deployed.json     # what is configured, checked
$ pytest --affidavit-report=compliance.html --affidavit-deployed=deployed.json
```

The last line writes the same map with the results of that run: a promise that was not tried, and a
check that was not made, satisfy nothing. [Compliance tests](compliance-tests.md) says how.

## Promises of the suite

| promise | what it says | kind | serves |
|---|---|---|---|
"""

OBJECTIVES: Final = """
## Objectives

What clauses ask for, in parts that something can show. Each names the promises of the suite, the
settings and the checks of a deployment on which it rests, and the tests of this repository that
hold it for affidavit itself, with a sabotage for each promise.

| objective | what it says | suite | settings and checks | held in this repository by |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the whole page."""
    book = clause_book()
    rows = "".join(map(_promise, PROMISES))
    objectives = "".join(_objective(one) for one in book.objectives.values())
    frameworks = "".join(_framework(one) for one in book.frameworks)
    return HEAD + rows + OBJECTIVES + objectives + frameworks


def _promise(promise: Promise) -> str:
    parts = [*promise.serves, *promise.settings]
    served = ", ".join(f"`{one}`" for one in parts) or "the suite itself"
    return f"| `{promise.name}` | {promise.sentence} | {promise.kind.value} | {served} |\n"


def _objective(one: Objective) -> str:
    rests = [f"`{name}`" for name in (*one.settings, *one.checks)]
    suite = [f"`{name}`" for name in one.suite]
    return (
        f"| `{one.name}` | {one.says} | {_cell(suite)} | {_cell(rests)} "
        f"| {_cell([_link(path) for path in files_of(one)])} |\n"
    )


def files_of(one: Objective) -> list[str]:
    """Return the tests of this repository that hold an objective."""
    paths = [f"tests/compliance/test_{name}.py" for name in one.library]
    paths += [path for word in one.settings for name in covered(word) for path in SETTINGS[name]]
    paths += CHECKS if one.checks else ()
    return list(dict.fromkeys(paths))


def _framework(framework: Framework) -> str:
    policies = " and ".join(f"`{name}`" for name in framework.policies)
    rows = "".join(map(_clause, framework.clauses))
    return (
        f"\n## {framework.title}\n\nAnswered by policy {policies}.\n\n"
        "| clause | what it asks for | state | objectives | rules | left to you |\n"
        f"|---|---|---|---|---|---|\n{rows}"
    )


def _clause(clause: Clause) -> str:
    left = [clause.lacks, clause.duty, clause.keep and f"Keep: {clause.keep}"]
    left.append(clause.lawyer and f"For a lawyer: {clause.lawyer}")
    return (
        f"| {clause.id} | {clause.asks} | {clause.state.value} "
        f"| {_cell([f'`{name}`' for name in clause.needs])} "
        f"| {_cell([f'`{name}`' for name in clause.rules])} "
        f"| {_cell(list(filter(None, left)))} |\n"
    )


def _link(path: str) -> str:
    return f"[{Path(path).name}](../{path})"


def _cell(parts: list[str]) -> str:
    return "<br>".join(parts) or "-"


def own_rules(policy: Policy) -> Iterator[PolicyRule]:
    """Yield the rules that a policy makes itself: a parent's are told with the parent."""
    inherited = {
        rule.id for parent in policy.extends for rule in load_policy(parent.partition("@")[0]).rules
    }
    yield from (rule for rule in policy.rules if rule.id not in inherited)


def every_rule() -> list[PolicyRule]:
    """Return the rules of all shipped policies, each once."""
    return [rule for name in shipped_policies() for rule in own_rules(load_policy(name))]


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stderr.write(f"{PAGE.name} written\n")
