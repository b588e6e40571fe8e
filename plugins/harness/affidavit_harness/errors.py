"""What can go wrong in a scenario, before and while it runs."""

from __future__ import annotations

from typing import NamedTuple

from affidavit import SetupError
from affidavit.plugin import ActionError
from affidavit_harness.protocol import Trouble


class Problem(NamedTuple):
    """One thing that is wrong in a file: where, what, and how to mend it."""

    line: int
    column: int
    what: str
    mend: str

    def __str__(self) -> str:
        """Return `line:column: what; mend`, as editors and compilers write it."""
        return f"{self.line}:{self.column}: {self.what}; {self.mend}"


class ScenarioError(SetupError):
    """A scenario, or the file that says where things are, cannot be used."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        super().__init__(
            f"{file} cannot be used",
            why=f"{len(problems)} problem(s), the first: {problems[0]}",
            fix="Run affidavit scenario validate to see all of them",
        )
        self.file = file
        self.problems = problems


class RefusedActionError(ActionError):
    """An action is not allowed here: a write in production, a host that is not listed."""


class UnresolvedError(ActionError):
    """A reference has nothing to refer to."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            "Harness.Unresolved",
            f"${{{{ {reference} }}}} refers to nothing",
            why="no input, case or earlier capture of that name holds a value",
            fix="Correct the name, or give the capture a default",
        )


class StoppedError(ActionError):
    """Somebody asked the run to stop; it cleans up first."""

    def __init__(self) -> None:
        super().__init__("Harness.Stopped", "the run was stopped", why="asked", fix="Run again")


def trouble_of(error: ActionError) -> Trouble:
    """Return an error as a report holds it."""
    return Trouble(error.name, error.what, error.why, error.fix)
