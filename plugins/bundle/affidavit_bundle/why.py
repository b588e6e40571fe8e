"""Say why a path is in a bundle, or why it is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from affidavit_bundle.make import Contents

MOST = 40
"""Rows that are told of a folder."""


class Explanation(NamedTuple):
    """One path, whether it is in the bundle, and why."""

    path: str
    state: str
    why: str
    from_: str


def reasons(path: str, held: Contents) -> list[Explanation]:
    """Return a reason for every file at or below `path`, as it stands in the bundle."""
    wanted = path.strip("/")
    owners = {name: one for one in held.distributions for name in one.files}
    modules = {step.path: module for module, step in held.found.walk.reached.items()}
    names = {*owners, *(name for name in modules if name)}
    near = sorted(name for name in names if name == wanted or name.startswith(f"{wanted}/"))
    found = []
    for name in near[:MOST]:
        one = owners.get(name)
        source = f"{one.name} {one.version}" if one else "the sources"
        if one:
            chain = held.stock.closure.chain(one.name)
            source += f", needed by {' > '.join(chain[:-1])}" if len(chain) > 1 else ""
        state, why = "kept", "a file of it"
        if name in held.gone:
            state, why = "left out", f"rule {held.gone[name]}"
        elif name in modules:
            why = "imported: " + " > ".join(held.found.walk.chain(modules[name]))
        elif one and name.partition("/")[0].startswith("affidavit") and _trimmed(name, held):
            state, why = "left out", "no import leads to this part of affidavit"
        found.append(Explanation(name, state, why, source))
    return found or list(_nothing(wanted))


def _trimmed(name: str, held: Contents) -> bool:
    top = name.partition("/")[0]
    tops = {module.partition(".")[0] for module in held.found.walk.reached}
    return "." not in top and top not in tops


def _nothing(path: str) -> Iterator[Explanation]:
    yield Explanation(path, "not there", "no wheel and no source brings it", "")
