"""Everything that is checked of an unpacked bundle, whoever made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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


def modules_of(folder: Path, tops: Iterable[str]) -> Iterator[str]:
    """Yield the modules of packages and of single files, relative to their folder."""
    for top in tops:
        single = folder / f"{top}.py"
        for path in [single] if single.is_file() else (folder / top).rglob("*.py"):
            yield path.relative_to(folder).as_posix()


def inspect(folder: Path, expected: Expected, own: frozenset[str]) -> Inspection:
    """Check a folder that is a bundle, without running any of it.

    Raises:
        BundleError: Something is wrong. It is named, and how to mend it.

    """
    target = expected.target
    walked = follow(folder, expected, own)
    parsed = {step.text for step in walked.reached.values() if step.text}
    syntax = check_syntax(folder, sorted({*parsed, *modules_of(folder, own)}), target)
    for missing in walked.missing:
        raise _missing(missing, folder, expected)
    found = check_binaries(folder, target)
    needed = [step.path for step in walked.reached.values() if step.needed and step.path in found]
    for path in needed:
        check_tag(path, target)
    check_reached(found, needed, target)
    return Inspection(walked, syntax, len(found), None, "it was not asked for")


def started(
    found: Inspection, paths: Sequence[Path], expected: Expected, python: Python | None, why: str
) -> Inspection:
    """Start what was inspected, if there is a Python for that; `why` says why there is none.

    Raises:
        BundleError: It does not start.

    """
    if python is None:
        return found._replace(why=why)
    modules = [name for name in found.walk.direct if name in found.walk.reached]
    done = start(
        paths,
        expected.handler,
        python,
        modules=[*(f"affidavit_{plugin}" for plugin in expected.plugins), *modules],
        variables=expected.variables,
        reads=frozenset(one.name for one in found.walk.variables),
    )
    return found._replace(started=done, why="")


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
