"""Everything that is checked of an unpacked bundle, whoever made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler_reference import HandlerReference
from affidavit_bundle.imports import When
from affidavit_bundle.lean import own_packages
from affidavit_bundle.libraries import check_binaries, check_reached, check_tag
from affidavit_bundle.runtime_start import Python, StartResult, start
from affidavit_bundle.syntax import check_syntax
from affidavit_bundle.target import Target
from affidavit_bundle.walk import Missing, Walk, walk


class Expected(NamedTuple):
    """What a bundle is to be: for whom, with which plugins, and what its function has set."""

    handler: HandlerReference
    target: Target
    plugins: tuple[str, ...]
    variables: Mapping[str, str]
    provided: bool


class Inspection(NamedTuple):
    """What was found. `started` is None if nothing here could start it; `why` says so then."""

    walk: Walk
    syntax: str
    binaries: int
    started: StartResult | None
    why: str = ""

    @property
    def tried(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        return {
            "syntax": self.syntax,
            "imports": f"{len(self.walk.reached)} modules followed",
            "binaries": self.binaries,
            # Without patch versions: another machine of the same kind says the same.
            "started": self.started.client if self.started else None,
            "not_started": self.why or None,
        }

    @property
    def variables(self) -> dict[str, list[str]]:
        """Return the variables that the code reads: at import, later, and with something instead.

        What a function reads while it runs may be another handler's: several of
        them share a package, and nobody can tell which of them will be called.
        """
        found = self.walk.variables
        urgent = [one.name for one in found if one.needed and one.when is When.ALWAYS]
        return {
            "needed": urgent,
            "later": [one.name for one in found if one.needed and one.name not in urgent],
            "read": [one.name for one in found if not one.needed],
        }


def follow(folder: Path, expected: Expected, own: frozenset[str]) -> Walk:
    """Follow the imports of the handler, of the kernel, and of the plugins."""
    roots = [expected.handler.module, "affidavit"]
    roots += [f"affidavit_{plugin}" for plugin in expected.plugins]
    mine = own | own_packages(folder)
    return walk(folder, roots, expected.target, mine, provided=expected.provided)


def inspect(
    folder: Path, expected: Expected, own: frozenset[str], python: Python | None, why: str
) -> Inspection:
    """Check a folder that is a bundle; start it if there is a Python for that.

    Raises:
        BundleError: Something is wrong. It is named, and how to mend it.

    """
    target = expected.target
    tops = {top: folder / f"{top}.py" for top in own}
    written = [
        path.relative_to(folder).as_posix()
        for top, module in tops.items()
        for path in ([module] if module.is_file() else sorted((folder / top).rglob("*.py")))
    ]
    walked = follow(folder, expected, own)
    parsed = {step.path for step in walked.reached.values() if step.path.endswith(".py")}
    syntax = check_syntax(folder, sorted({*parsed, *written}), target)
    for missing in walked.missing:
        raise _missing(missing, folder, expected)
    found = check_binaries(folder, target)
    needed = [step.path for step in walked.reached.values() if step.needed and step.path in found]
    for path in needed:
        check_tag(path, target)
    check_reached(found, needed, target)
    if python is None:
        return Inspection(walked, syntax, len(found), None, why)
    modules = [name for name in walked.direct if name in walked.reached]
    started = start(
        folder,
        expected.handler,
        python,
        modules=[*(f"affidavit_{plugin}" for plugin in expected.plugins), *modules],
        variables=expected.variables,
        reads=frozenset(one.name for one in walked.variables),
    )
    return Inspection(walked, syntax, len(found), started)


def _missing(one: Missing, folder: Path, expected: Expected) -> BundleError:
    """Return what is missing; an extension for another Python is there, and not to be found."""
    *above, name = one.module.split(".")
    others: Sequence[Path] = sorted(folder.joinpath(*above).glob(f"{name}.cpython-*.so"))
    for path in others:
        check_tag(path.relative_to(folder).as_posix(), expected.target)
    where = f"{one.by}:{one.line}" if one.by and one.line else one.by or "the bundle"
    return BundleError(
        f"the handler {expected.handler.entry} cannot be imported",
        why=f"there is no module {one.module}, which {where} imports",
        fix=f"Add what has {one.module.partition('.')[0]} with --require, or --requirements FILE",
    )
