"""Which distribution needs which, on the target: markers, extras and versions."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from affidavit_bundle.errors import BundleError
from affidavit_bundle.target import Target, is_provided
from affidavit_bundle.wheels import canonical


class Stated(NamedTuple):
    """What a distribution says of itself."""

    version: str
    requires: tuple[str, ...]


class Unmet(NamedTuple):
    """A requirement that nothing fits. `found` is the version that is there, or ""."""

    by: str
    requirement: str
    found: str


class Closure(NamedTuple):
    """What is needed, by whom first, and what is not there."""

    parents: Mapping[str, str]
    unmet: tuple[Unmet, ...]

    def chain(self, name: str) -> list[str]:
        """Return the distributions that lead to `name`, from the one that was asked for."""
        found: list[str] = []
        while name and name not in found:
            found.append(name)
            name = self.parents.get(name, "")
        return found[::-1]


ROOT: Final = ""


def close(
    stated: Mapping[str, Stated], roots: Sequence[str], target: Target, *, provided: bool
) -> Closure:
    """Follow the requirements of `roots`, as the target would: pip asks the Python that runs it.

    What Lambda has counts as there if `provided`.
    """
    from packaging.requirements import Requirement  # noqa: PLC0415 - of the extra

    parents: dict[str, str] = {}
    unmet: dict[str, Unmet] = {}
    asked: set[tuple[str, str]] = set()
    todo = deque((ROOT, Requirement(text)) for text in roots)
    while todo:
        by, wanted = todo.popleft()
        name = canonical(wanted.name)
        if provided and is_provided(name, wanted.specifier):
            continue
        held = stated.get(name)
        if held is None or not wanted.specifier.contains(held.version, prereleases=True):
            text = f"{_named(name, wanted.extras)}{wanted.specifier}"
            unmet.setdefault(text, Unmet(by, text, held.version if held else ""))
            continue
        parents.setdefault(name, by)
        for extra in ("", *sorted(wanted.extras)):
            if (name, extra) in asked:
                continue
            asked.add((name, extra))
            todo += [
                (name, one)
                for one in map(Requirement, held.requires)
                if _counts(one, extra, target)
            ]
    return Closure(parents, tuple(unmet.values()))


def refuse_unmet(closure: Closure, target: Target) -> None:
    """Raise for the first requirement that is not met.

    Raises:
        BundleError: Something is missing, or is there in a wrong version.

    """
    for one in closure.unmet:
        state = f"{one.found} is there" if one.found else "it is not there"
        raise BundleError(
            f"{one.by or 'the bundle'} needs {one.requirement}",
            why=f"{state}, on {target.runtime} for {target.arch}",
            fix=f"Add it with --require '{one.requirement}'",
        )


def _counts(requirement: Any, extra: str, target: Target) -> bool:
    """Whether a requirement counts on the target, for one extra or for none."""
    if requirement.marker is None:
        return not extra
    holds = requirement.marker.evaluate({**target.marker_environment, "extra": extra})
    if extra:  # what holds without it was counted then
        return bool(holds) and not requirement.marker.evaluate(
            {**target.marker_environment, "extra": ""}
        )
    return bool(holds)


def _named(name: str, extras: set[str]) -> str:
    return f"{name}[{','.join(sorted(extras))}]" if extras else name
