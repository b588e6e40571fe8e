"""What clauses ask for, and on what each of them rests: the data of `policies/clauses/`.

A clause names the objectives that it needs. An objective names what shows it: promises
of the compliance suite, promises of affidavit, settings of a policy, and what is checked
in a deployment. From that follows the state of a clause; the file says the state as well,
so that a claim that is wider than its basis is an error and not an oversight.

    >>> book = clause_book()
    >>> [clause.state.value for clause in book.clauses if clause.id == "45 CFR 164.528"]
    ['shown']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, unique
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit import PolicyError
from affidavit.plugin import Policy, load_policy
from affidavit_policy.clause_file import OBJECTIVES, read_framework, read_objectives

_HERE: Final = Path(__file__).resolve()
_SOURCES: Final = (_HERE.parent / "shipped", _HERE.parents[3] / "policies")
"""Where policies lie as files: in an installed package, and in a clone."""


@unique
class ClauseState(Enum):
    """On what a clause rests."""

    SHOWN = "shown"
    """Each part is tried on the handler by a property test."""
    CONFIGURED = "configured"
    """Some part is a property of the deployment, and is checked there."""
    ORGANISATION = "organisation"
    """The organisation's duty: software cannot do it."""
    NOT_ADDRESSED = "not addressed"
    """Something that the clause asks for is not built."""


class Objective(NamedTuple):
    """A part of what clauses ask for, and what shows it.

    `suite` holds promises of the compliance suite, `library` promises that affidavit's
    own tests hold, `settings` settings of a policy, `checks` what is read from a
    deployment.
    """

    name: str
    says: str
    suite: tuple[str, ...] = ()
    library: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Tell whether a test of a handler shows all of it."""
        return bool(self.suite) and not self.checks


class Clause(NamedTuple):
    """One sub-clause, in our words.

    `rules` are the rules of policies that answer it. `duty` and `keep` say what the
    organisation does and what it keeps as evidence, `lacks` what is not built, `lawyer`
    what somebody should read first.
    """

    id: str
    framework: str
    asks: str
    state: ClauseState
    needs: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    duty: str = ""
    keep: str = ""
    lacks: str = ""
    lawyer: str = ""


class Framework(NamedTuple):
    """A law or a standard: its title, the policies that answer it, and its clauses."""

    name: str
    title: str
    policies: tuple[str, ...]
    clauses: tuple[Clause, ...]


class ClauseBook(NamedTuple):
    """Every objective and every framework."""

    objectives: Mapping[str, Objective]
    frameworks: tuple[Framework, ...]

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Return the clauses of all frameworks."""
        return tuple(clause for framework in self.frameworks for clause in framework.clauses)

    def of(self, policy: Policy) -> Iterator[Framework]:
        """Yield the frameworks that a policy answers: those whose policy it is, or extends."""
        held = {rule.id for rule in policy.rules}
        for framework in self.frameworks:
            for name in framework.policies:
                if {rule.id for rule in load_policy(name).rules} <= held:
                    yield framework
                    break


def state_of(needs: list[Objective], *, duty: str, lacks: str) -> tuple[ClauseState, str]:
    """Return the state that follows from what a clause needs, and why."""
    if lacks:
        return ClauseState.NOT_ADDRESSED, "something that it asks for is not built"
    if not needs:
        if duty:
            return ClauseState.ORGANISATION, "it needs nothing that software shows"
        return ClauseState.NOT_ADDRESSED, "it needs nothing, and names no duty"
    for one in needs:
        if not one.is_shown:
            return ClauseState.CONFIGURED, f"{one.name} rests on the deployment"
    return ClauseState.SHOWN, "tests of a handler show each part"


@cache
def clause_book() -> ClauseBook:
    """Return the clauses that come with affidavit.

    Raises:
        PolicyError: The files are not there, or one has problems.

    """
    folder = next((one / "clauses" for one in _SOURCES if (one / "clauses").is_dir()), None)
    if folder is None:
        raise PolicyError(
            "the clauses that policies answer cannot be read",
            why="the folder policies/clauses is neither in the package nor beside it",
            fix="Install affidavit from a wheel, or work in a clone",
        )
    found = [
        _framework(read_framework(path))
        for path in sorted(folder.glob("*.yaml"))
        if path.name != OBJECTIVES
    ]
    return ClauseBook(objectives_of(folder), tuple(found))


def objectives_of(folder: Path) -> dict[str, Objective]:
    """Return the objectives that the files of a folder refer to.

    Raises:
        PolicyError: Their file cannot be used.

    """
    said = read_objectives(folder / OBJECTIVES)
    return {name: Objective(name, **_tuples(one)) for name, one in said.items()}


def _framework(said: Mapping[str, Any]) -> Framework:
    clauses = tuple(
        Clause(framework=said["framework"], **{**_tuples(one), "state": ClauseState(one["state"])})
        for one in said["clauses"]
    )
    return Framework(said["framework"], said["title"], tuple(said["policies"]), clauses)


def _tuples(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in said.items()
    }
