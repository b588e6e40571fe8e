"""What may be said of each clause of a policy: by tests, by the deployment, or by nobody yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from affidavit.plugin import Policy
from affidavit_policy.clauses import Clause, ClauseState, Objective, clause_book
from affidavit_policy.terraform_state import (
    CheckOutcome,
    CheckResult,
    check_deployment,
    read_deployment,
)


class ClaimedClause(NamedTuple):
    """A clause with its objectives, and with what the checks of a deployment have come to."""

    clause: Clause
    needs: tuple[Objective, ...]
    checks: tuple[CheckOutcome, ...] = ()

    @property
    def result(self) -> str:
        """Return what the checks come to: the worst of them; `not checked` if none was made."""
        found = {one.result for one in self.checks}
        for result in (CheckResult.FAILS, CheckResult.UNKNOWN, CheckResult.HOLDS):
            if result in found:
                return str(result.value)
        return "not checked"

    @property
    def state(self) -> str:
        """Return the state in words, with the result of the checks where there are any."""
        if self.clause.state is not ClauseState.CONFIGURED:
            return str(self.clause.state.value)
        return f"{self.clause.state.value}, {self.result}"

    @property
    def basis(self) -> str:
        """Return on what it rests: promises, settings and checks by name."""
        parts = [name for one in self.needs for name in (*one.suite, *one.settings, *one.checks)]
        bad = [one for one in self.checks if one.result is not CheckResult.HOLDS]
        seen = [f"{one.check}: {one.saw}" for one in bad]
        return "; ".join([", ".join(dict.fromkeys(parts)), *seen]).strip("; ")

    @property
    def left(self) -> str:
        """Return what the organisation does and keeps, what is not built, what to ask a lawyer."""
        said = self.clause
        parts = [said.lacks, said.duty, f"Keep: {said.keep}" if said.keep else ""]
        parts.append(f"For a lawyer: {said.lawyer}" if said.lawyer else "")
        return " ".join(filter(None, parts))

    def told(self) -> dict[str, Any]:
        """Return everything as JSON."""
        said = self.clause._asdict()
        return {
            **{name: list(v) if isinstance(v, tuple) else v for name, v in said.items()},
            "state": self.clause.state.value,
            "objectives": [
                {
                    "name": one.name,
                    "says": one.says,
                    "suite": list(one.suite),
                    "settings": list(one.settings),
                    "checks": list(one.checks),
                }
                for one in self.needs
            ],
            "checks": [{**one._asdict(), "result": one.result.value} for one in self.checks],
            "checked": self.result if self.clause.state is ClauseState.CONFIGURED else "",
        }


def claims(policy: Policy, deployed: Path | None = None) -> Iterator[ClaimedClause]:
    """Yield the clauses that a policy answers, each with what it rests on.

    `deployed` is what `terraform show -json` wrote; without it nothing that a deployment
    configures is called checked.

    Raises:
        PolicyError: The file is something else, or the clauses cannot be read.

    """
    book = clause_book()
    found = {}
    if deployed is not None:
        outcomes = check_deployment(read_deployment(deployed), policy)
        found = {one.check: one for one in outcomes}
    for framework in book.of(policy):
        for clause in framework.clauses:
            needs = tuple(book.objectives[name] for name in clause.needs)
            names = dict.fromkeys(name for one in needs for name in one.checks)
            yield ClaimedClause(
                clause, needs, tuple(found[name] for name in names if name in found)
            )
