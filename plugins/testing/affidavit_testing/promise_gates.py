"""Quality gates as data: `[tool.affidavit.gates]` in pyproject.toml.

    [tool.affidavit.gates]
    coverage = 90
    may_not_fail = ["security", "integrity", "critical"]

    [[tool.affidavit.gates.waivers]]
    promise = "metrics_are_valid"
    handler = "legacy_report"
    reason = "It still writes Powertools metrics; moves with the next release."
    expires = 2027-03-31

A waiver lifts one promise from one handler until a day. What may not fail cannot
be waived, and security is always among it.

    python -m affidavit_testing.promise_gates --coverage coverage.json --report compliance.json
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from affidavit_policy.suite_promises import BY_NAME, PromiseKind
from affidavit_testing.clause_results import BROKEN, NOT_SHOWN, TIMED_OUT

ALWAYS: Final = PromiseKind.SECURITY.value
DEFAULT: Final = (
    PromiseKind.SECURITY.value,
    PromiseKind.INTEGRITY.value,
    PromiseKind.CRITICAL.value,
)
_KEYS: Final = {"coverage", "may_not_fail", "waivers"}
_WAIVER_KEYS: Final = {"promise", "handler", "reason", "expires"}
_LEAST_REASON: Final = 15


class PromiseWaiver(NamedTuple):
    """Leave for one promise not to hold, for a reason, until a day."""

    promise: str
    handler: str
    reason: str
    expires: str

    def holds(self, promise: str, handler: str, today: str) -> bool:
        """Tell whether it covers this promise of this handler today."""
        mine = self.promise == promise and self.handler in {"", handler}
        return mine and today <= self.expires


class Gates(NamedTuple):
    """What must hold before anything is released. `problems` says what is wrong with the data."""

    coverage: float = 0.0
    may_not_fail: tuple[str, ...] = DEFAULT
    waivers: tuple[PromiseWaiver, ...] = ()
    problems: tuple[str, ...] = ()


def today() -> str:
    """Return the day as `YYYY-MM-DD`, in UTC."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def read_gates(path: Path) -> Gates:
    """Read the gates of a project; a project without any has the default ones."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError:
        return Gates()
    return gates_from(document.get("tool", {}).get("affidavit", {}).get("gates", {}))


def gates_from(data: Mapping[str, Any]) -> Gates:
    """Turn the data into gates, with everything that is wrong with it."""
    kinds = tuple(str(kind) for kind in data.get("may_not_fail", DEFAULT))
    waivers = tuple(map(_waiver, data.get("waivers", ())))
    problems = [f"there is no key {key}" for key in sorted(data.keys() - _KEYS)]
    known = {kind.value for kind in PromiseKind}
    problems += [f"there is no kind of promise {kind}" for kind in kinds if kind not in known]
    if ALWAYS not in kinds:
        problems.append("security promises may never fail; may_not_fail must name them")
        kinds = (ALWAYS, *kinds)
    for raw in data.get("waivers", ()):
        problems += [f"a waiver has no key {key}" for key in sorted(raw.keys() - _WAIVER_KEYS)]
    for waiver in waivers:
        problems += _wrong(waiver, kinds)
    return Gates(float(data.get("coverage", 0)), kinds, waivers, tuple(problems))


def waive(item: pytest.Item, gates: Gates) -> None:
    """Expect a failure where a waiver covers it.

    Raises:
        pytest.UsageError: The gates themselves are wrong.

    """
    if gates.problems:
        told = "; ".join(gates.problems)
        raise pytest.UsageError(f"[tool.affidavit.gates] cannot be used: {told}")
    marker = item.get_closest_marker("affidavit_promise")
    subject = getattr(getattr(item, "cls", None), "affidavit_subject", None)
    name, handler = str(marker.args[0]) if marker else "", getattr(subject, "name", "")
    for waiver in gates.waivers:
        if waiver.holds(name, handler, today()):
            why = f"waived until {waiver.expires}: {waiver.reason}"
            item.add_marker(pytest.mark.xfail(reason=why, strict=False))


def _waiver(raw: Mapping[str, Any]) -> PromiseWaiver:
    expires = raw.get("expires", "")
    return PromiseWaiver(
        promise=str(raw.get("promise", "")),
        handler=str(raw.get("handler", "")),
        reason=str(raw.get("reason", "")).strip(),
        expires=expires.isoformat() if isinstance(expires, date) else str(expires),
    )


def _wrong(waiver: PromiseWaiver, kinds: Sequence[str]) -> Iterator[str]:
    promise = BY_NAME.get(waiver.promise)
    if promise is None:
        yield f"a waiver names {waiver.promise or 'no promise'}, which there is not"
    elif promise.kind.value in kinds:
        yield f"{waiver.promise} is a {promise.kind.value} promise and cannot be waived"
    if len(waiver.reason) < _LEAST_REASON:
        yield f"the waiver for {waiver.promise} has no reason"
    try:
        date.fromisoformat(waiver.expires)
    except ValueError:
        yield f"the waiver for {waiver.promise} has no day on which it expires"


def findings(
    gates: Gates, *, covered: float | None, report: Mapping[str, Any] | None
) -> Iterator[str]:
    """Yield everything that keeps a release back."""
    yield from gates.problems
    for waiver in gates.waivers:
        if today() > waiver.expires:
            yield f"the waiver for {waiver.promise} expired on {waiver.expires}"
    if covered is not None and covered < gates.coverage:
        yield f"{covered:.1f} % of the code is covered; the floor is {gates.coverage:.1f} %"
    for result in (report or {}).get("results", ()):
        promise = BY_NAME.get(result["promise"])
        if result["result"] == BROKEN:
            yield f"{result['handler'] or result['test']} breaks {result['promise']}"
        elif result["result"] == TIMED_OUT:
            yield f"{result['handler'] or result['test']} took too long for {result['promise']}"
        elif result["result"] == NOT_SHOWN and promise and promise.kind.value in gates.may_not_fail:
            yield f"{result['handler'] or result['test']} does not show {result['promise']}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Hold measurements against the gates; 1 if one does not hold."""
    parser = argparse.ArgumentParser(prog="python -m affidavit_testing.promise_gates")
    parser.add_argument("--pyproject", type=Path, default=Path("pyproject.toml"))
    parser.add_argument("--coverage", type=Path, help="what `coverage json` wrote")
    parser.add_argument("--report", type=Path, help="what --affidavit-report wrote, as .json")
    asked = parser.parse_args(arguments)
    covered = _json(asked.coverage)["totals"]["percent_covered"] if asked.coverage else None
    report = _json(asked.report) if asked.report else None
    found = list(findings(read_gates(asked.pyproject), covered=covered, report=report))
    for finding in found:
        sys.stdout.write(f"{finding}\n")
    sys.stderr.write(f"{len(found)} finding(s)\n")
    return 1 if found else 0


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


if __name__ == "__main__":
    sys.exit(main())
