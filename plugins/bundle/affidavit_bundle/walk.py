"""Follow the imports of a handler through a folder, without running any of it.

What is found missing here would be missing in Lambda, whatever the processor and
the Python of this machine. What an extension imports from C is not seen; the
requirements of its distribution are checked for that.
"""

from __future__ import annotations

import os
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from affidavit_bundle.imports import EVERY, Import, ModuleSource, Variable, When, read_source
from affidavit_bundle.target import PROVIDED_MODULES, Target

TAGGED: Final = re.compile(r"\.cpython-(\d)(\d+)[a-z]*-")
REMOVED: Final = {
    "3.12": ("asynchat", "asyncore", "distutils", "imp", "smtpd"),
    "3.13": (
        *("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap"),
        *("msilib", "nis", "nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau"),
        *("telnetlib", "uu", "xdrlib"),
    ),
}
"""Modules that a version of Python has no longer: "What's New", Removed."""

ENDINGS: Final = (".py", ".pyc")
"""A source, before byte code that lies where a source would: that is for bundles without any."""

ADDED: Final = {"3.14": ("annotationlib", "compression")}
RUNTIME: Final = frozenset({*PROVIDED_MODULES, "awslambdaric", "snapshot_restore_py"})


class Missing(NamedTuple):
    """A module that is needed and not there, and the module that asks for it."""

    module: str
    by: str
    line: int


class ImportStep(NamedTuple):
    """How a module was reached. `needed` is False where its absence would be caught.

    `text` is the source that was read: beside an extension that was compiled from it,
    and empty where there is none.
    """

    path: str
    by: str
    needed: bool
    text: str


class Walk(NamedTuple):
    """What is reached from the roots, and what should have been."""

    reached: Mapping[str, ImportStep]
    missing: tuple[Missing, ...]
    variables: tuple[Variable, ...]
    direct: tuple[str, ...]

    def chain(self, module: str) -> list[str]:
        """Return the modules that lead to `module`, from the root."""
        found: list[str] = []
        while module and module in self.reached and module not in found:
            found.append(module)
            module = self.reached[module].by
        return found[::-1]


def standard_modules(target: Target) -> frozenset[str]:
    """Return the top modules of the target's standard library, whatever Python asks."""
    names = set(sys.stdlib_module_names)
    names.update(name for found in (*REMOVED.values(), *ADDED.values()) for name in found)
    wanted = target.numbers
    for version, removed in REMOVED.items():
        if wanted >= tuple(map(int, version.split("."))):
            names.difference_update(removed)
    for version, added in ADDED.items():
        if wanted < tuple(map(int, version.split("."))):
            names.difference_update(added)
    return frozenset(names)


def walk(
    folder: Path, roots: Sequence[str], target: Target, own: Iterable[str], *, provided: bool = True
) -> Walk:
    """Follow every import from `roots`.

    Modules of `own` are held to more: what they import in a function has to be
    there, too, because somebody will call it.
    """
    there = standard_modules(target)
    if provided:  # what the bundle has of the runtime's comes first, and is followed
        there |= {name for name in RUNTIME if not (folder / name).is_dir()}
    walker = _Walker(folder, target, frozenset(own), there)
    for root in roots:
        walker.ask(root, "", 0, needed=True)
    walker.run()
    return walker.result()


class _Walker:
    """The state of one walk."""

    def __init__(
        self, folder: Path, target: Target, own: frozenset[str], there: frozenset[str]
    ) -> None:
        self._folder, self._target, self._own, self._there = folder, target, own, there
        self._names: dict[Path, frozenset[str]] = {}
        self._reached: dict[str, ImportStep] = {}
        self._sources: dict[str, ModuleSource] = {}
        self._missing: dict[str, Missing] = {}
        self._variables: dict[str, Variable] = {}
        self._direct: set[str] = set()
        self._todo: deque[str] = deque()

    def result(self) -> Walk:
        return Walk(
            self._reached,
            tuple(sorted(self._missing.values())),
            tuple(self._variables[name] for name in sorted(self._variables)),
            tuple(sorted(self._direct)),
        )

    def run(self) -> None:
        while self._todo:
            module = self._todo.popleft()
            step = self._reached[module]
            if not step.text or _for_people(module):
                continue
            source = self._source(module, step.text)
            if module.partition(".")[0] in self._own:
                self._note(source, module)
            for one in source.imports:
                self._follow(one, module, step)

    def ask(self, module: str, by: str, line: int, *, needed: bool) -> bool:
        """Reach a module and the packages around it; return whether it is there."""
        parts = module.split(".")
        if parts[0] in self._there:
            return True
        for count in range(1, len(parts) + 1):
            name = ".".join(parts[:count])
            path = self._locate(name)
            if path is None:
                dynamic = count > 1 and self._changes(parts[: count - 1])
                if needed and not dynamic:
                    self._missing.setdefault(module, Missing(module, by, line))
                return dynamic
            known = self._reached.get(name)
            if known is None or (needed and not known.needed):
                self._reached[name] = ImportStep(path, by, needed, self._text(path))
                self._todo.append(name)
        return True

    def _follow(self, one: Import, module: str, step: ImportStep) -> None:
        own = module.partition(".")[0] in self._own
        urgent = one.when is When.ALWAYS or (own and one.when is When.LATER)
        needed = step.needed and urgent
        top = one.module.partition(".")[0]
        if needed and own and top not in self._own and module.startswith("affidavit_"):
            self._direct.add(one.module)
        there = self.ask(one.module, module, one.line, needed=needed and not one.instead)
        if one.instead and not there:
            for other in one.instead:
                self._follow(other, module, step)
        for name in self._asked(one) if there and top not in self._there else ():
            inner = f"{one.module}.{name}"
            if self._locate(inner) is not None:
                self.ask(inner, module, one.line, needed=needed)

    def _asked(self, one: Import) -> Iterable[str]:
        """Return what an import asks a package for by name."""
        if one.names != (EVERY,):
            return one.names
        listed = self._listed(self._folder.joinpath(*one.module.split(".")))
        return sorted({name.partition(".")[0] for name in listed if not name.endswith("/")})

    def _note(self, source: ModuleSource, module: str) -> None:
        if module.partition(".")[0].startswith("affidavit"):
            return  # its own settings are checked by itself
        for variable in source.variables:
            known = self._variables.get(variable.name)
            if known is None or _rank(variable) > _rank(known):
                self._variables[variable.name] = variable

    def _changes(self, parts: Sequence[str]) -> bool:
        """Whether a package around it makes modules as it runs."""
        names = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
        steps = [(name, self._reached[name]) for name in names if name in self._reached]
        return any(
            self._source(name, step.text).changes_modules if step.text else True
            for name, step in steps
            if step.path
        )

    def _source(self, module: str, path: str) -> ModuleSource:
        found = self._sources.get(module)
        if found is None:
            package = module if path.endswith("__init__.py") else module.rpartition(".")[0]
            found = read_source((self._folder / path).read_bytes(), package, self._target.numbers)
            self._sources[module] = found
        return found

    def _text(self, path: str) -> str:
        """Return the source of a file; an extension made of Python may have it beside it."""
        above, _, name = path.rpartition("/")
        source = f"{name.partition('.')[0]}.py"
        there = name.endswith((".py", ".so")) and source in self._listed(self._folder / above)
        return f"{above}/{source}".lstrip("/") if there else ""

    def _locate(self, module: str) -> str | None:
        """Return the file of a module, "" for a folder without one, or None."""
        parts = module.split(".")
        above = self._folder.joinpath(*parts[:-1])
        names = self._listed(above)
        inner = "/".join(parts)
        inside = self._listed(above / parts[-1]) if f"{parts[-1]}/" in names else frozenset()
        for ending in ENDINGS:
            if f"__init__{ending}" in inside:
                return f"{inner}/__init__{ending}"
        for name in extension_names(parts[-1], names, self._target):
            return "/".join([*parts[:-1], name])
        for ending in ENDINGS:
            if f"{parts[-1]}{ending}" in names:
                return f"{inner}{ending}"
        return "" if f"{parts[-1]}/" in names else None

    def _listed(self, folder: Path) -> frozenset[str]:
        found = self._names.get(folder)
        if found is None:
            try:
                with os.scandir(folder) as entries:
                    found = frozenset(e.name + "/" * e.is_dir() for e in entries)
            except (FileNotFoundError, NotADirectoryError):
                found = frozenset()
            self._names[folder] = found
        return found


def extension_names(stem: str, names: Iterable[str], target: Target) -> Iterator[str]:
    """Yield the extensions of that name which the target would load."""
    endings = (f".{target.extension_tag}.so", ".abi3.so", ".so")
    have = set(names)
    yield from (f"{stem}{ending}" for ending in endings if f"{stem}{ending}" in have)


def _for_people(module: str) -> bool:
    """Whether it is a command of affidavit's: no function imports those."""
    return module.startswith("affidavit") and module.endswith(("commands", "_command"))


def _rank(variable: Variable) -> tuple[bool, bool]:
    """Tell what weighs more of two readings of one variable: without a way out, and at import."""
    return variable.needed, variable.when is When.ALWAYS
