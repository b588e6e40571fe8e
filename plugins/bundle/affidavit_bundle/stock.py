"""The wheels of one order, and the Python that can start what is made of them."""

from __future__ import annotations

from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path
from typing import Final, NamedTuple

from affidavit_bundle.closure import Closure, Stated, close, refuse_unmet
from affidavit_bundle.errors import BundleError
from affidavit_bundle.own_wheel import own_requirement
from affidavit_bundle.runtime_start import (
    CLIENT,
    CLIENT_MODULES,
    Python,
    client_here,
    find_python,
    places_of,
    provided_places,
)
from affidavit_bundle.target import Target, is_provided
from affidavit_bundle.unpack import metadata_of, requirements_of, unpack_wheel
from affidavit_bundle.wheels import Lock, canonical, fetch

ROUNDS: Final = 8
"""How often what only the target needs is fetched; pip asks the Python that runs it."""


class Wanted(NamedTuple):
    """What is to be fetched."""

    target: Target
    plugins: tuple[str, ...]
    requirements: tuple[str, ...]
    lock: Lock
    links: tuple[Path, ...]
    affidavit: Path | None
    with_provided: bool


class Stock(NamedTuple):
    """Wheels, what leads to each, and affidavit's own among them."""

    wheels: tuple[Path, ...]
    closure: Closure


def fill(wanted: Wanted, folder: Path) -> Stock:
    """Fetch what is needed on the target, and nothing that only this machine would need.

    Raises:
        BundleError: Something cannot be had.

    """
    own = own_requirement(wanted.affidavit, folder / "own")
    extras, needs = _of_plugins(wanted, own)
    asked = [*wanted.requirements, own, *needs]
    roots = [*map(_root, wanted.requirements), f"affidavit[{','.join(extras)}]"]
    provided = not wanted.with_provided
    for number in range(ROUNDS):
        found = fetch(asked, wanted.target, wanted.lock, wanted.links, folder / f"wheels-{number}")
        stated = {canonical(one.name.split("-")[0]): _stated(one) for one in found}
        closure = close(stated, roots, wanted.target, provided=provided)
        fresh = [one.requirement for one in closure.unmet if one.requirement not in asked]
        if not fresh:
            break
        asked += fresh
    refuse_unmet(closure, wanted.target)
    kept = [one for one in found if canonical(one.name.split("-")[0]) in closure.parents]
    return Stock(tuple(kept), closure)


def python_for(wanted: Wanted, folder: Path) -> tuple[Python | None, str]:
    """Return a Python that can start a bundle for the target, or None and why there is none."""
    target = wanted.target
    found = find_python(target)
    if found is None:
        return None, f"this machine has no CPython {target.python} for {target.arch}"
    places = provided_places(boto3=not wanted.with_provided)
    here = client_here()
    if here is not None and found.path in _own_pythons():
        return Python(*found, {**places, **places_of(CLIENT_MODULES)}, here), ""
    client = folder / "client"
    try:
        wheels = fetch([CLIENT], target, Lock((), {}), wanted.links, folder / "client-wheels")
        told = {one.name: one.version for one in (unpack_wheel(w, client) for w in wheels)}
    except BundleError:
        return None, f"{CLIENT} cannot be fetched for {target.runtime}"
    mine = {name: str(client) for name in CLIENT_MODULES}
    return Python(*found, {**places, **mine}, told[CLIENT]), ""


def _own_pythons() -> tuple[str, ...]:
    import sys  # noqa: PLC0415 - only where this process is asked after

    return (getattr(sys, "_base_executable", None) or sys.executable, sys.executable)


def _of_plugins(wanted: Wanted, own: str) -> tuple[list[str], list[str]]:
    """Return affidavit's extras that its plugins have, and what these ask for.

    What a plugin needs stands in the extra of its name and nowhere else. What
    Lambda has is not even fetched.
    """
    path = Path(own)
    text = metadata_of(path) if path.is_file() else str(metadata.metadata("affidavit"))
    offered = HeaderParser().parsestr(text).get_all("Provides-Extra") or []
    extras = sorted(set(wanted.plugins) & set(offered))
    from packaging.requirements import Requirement  # noqa: PLC0415 - of the extra

    needs = []
    for one in map(Requirement, requirements_of(text)):
        counted = one.marker is not None and any(
            one.marker.evaluate({**wanted.target.marker_environment, "extra": extra})
            for extra in extras
        )
        if counted and (
            wanted.with_provided or not is_provided(canonical(one.name), one.specifier)
        ):
            one.marker = None
            needs.append(str(one))
    return extras, needs


def _root(requirement: str) -> str:
    """Return a requirement by its name, also if it is the path of a wheel."""
    path = Path(requirement)
    return canonical(path.name.split("-")[0]) if path.suffix == ".whl" else requirement


def _stated(wheel: Path) -> Stated:
    text = metadata_of(wheel)
    version = str(HeaderParser().parsestr(text)["Version"])
    return Stated(version, tuple(requirements_of(text)))
