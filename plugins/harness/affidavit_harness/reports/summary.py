"""What went wrong in a run, in sentences, the same in every report."""

from __future__ import annotations

import json
from collections.abc import Iterator

from affidavit_harness.protocol import RunReport, StepResult, Trouble
from affidavit_harness.run_ids import short, trace_root


def troubles(report: RunReport) -> Iterator[str]:
    """Yield one sentence per thing that somebody should look at."""
    for step in report.steps:
        if step.error is not None:
            yield f"{step.id}: {_sentence(step.error)}{_request(step)}"
        yield from _failures(step)
    if report.error is not None and not any(step.error for step in report.steps):
        yield _sentence(report.error)
    for one in report.cleanup:
        if not one.ok:
            told = one.error.what if one.error is not None else "it failed"
            again = f"affidavit scenario cleanup --run {short(report.run)}"
            yield f"LEAKED {one.action}: {told}; {again}"


def remarks(report: RunReport) -> Iterator[str]:
    """Yield one sentence per retry that has hidden a failure. They change no verdict."""
    for step in report.steps:
        if step.retried:
            hidden = ", ".join(step.retried)
            yield f"{step.id}: {step.state} after {len(step.retried)} failed tries ({hidden})"


def steps_told(report: RunReport) -> Iterator[str]:
    """Yield what each step found and what was asked of it, masked as everywhere: for `--debug`."""
    yield f"run {report.run}, trace {trace_root(report.run)}"
    for step in report.steps:
        tries = f" after {step.tries} tries" if step.tries > 1 else ""
        yield f"{step.id} ({step.uses or 'assertion'}): {step.state}{tries}{_request(step)}"
        if step.result is not None:
            yield f"{step.id}: found {text(step.result)}"
        for one in step.findings:
            held = "holds" if one.holds else "does not hold"
            wanted, found = text(one.expected), text(one.actual)
            yield f"{step.id}: {one.select} {one.operator} {wanted} {held}: {found}"


def _failures(step: StepResult) -> Iterator[str]:
    for one in step.findings:
        if not one.holds:
            said = f" ({one.message})" if one.message else ""
            said += _request(step)
            waited = f", {step.why}" if step.why else ""
            tries = f" after {step.tries} polls" if step.tries > 1 else ""
            yield (
                f"{step.id}: {one.select}: expected {one.operator} "
                f"{text(one.expected)}, actual {text(one.actual)}{tries}{waited}{said}"
            )


def _request(step: StepResult) -> str:
    """Say what was asked of whom, as everybody who looks at a failed request wants to know."""
    held = step.result if isinstance(step.result, dict) else {}
    asked = held.get("request")
    if not isinstance(asked, dict):
        return ""
    status = f" answered {held['status']}" if "status" in held else ""
    return f" [{asked.get('method')} {asked.get('url')}{status}]"


def _sentence(error: Trouble) -> str:
    return f"{error.what}: {error.why}. {error.fix}."


def text(value: object) -> str:
    """Return a value as it stands in a sentence."""
    return json.dumps(value, ensure_ascii=False)
