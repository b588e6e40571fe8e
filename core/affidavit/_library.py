"""Find the compiled modules, if there are any: one library beside this package has all of them.

With an extension for each, a cold start would have to look for files and open them one by one.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from importlib.machinery import ExtensionFileLoader, ModuleSpec, PathFinder
from os.path import dirname
from typing import Final

_LIBRARY: Final = "affidavit__mypyc"


class LibraryFinder:
    """Tells the import system which modules a library has: its capsules are named after them.

    >>> LibraryFinder(sys, "library.so").find_spec("affidavit.errors")
    """

    __slots__ = ("_file", "_library")

    def __init__(self, library: object, file: str) -> None:
        self._library = library
        self._file = file

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Say how a module is loaded; None if it is not in the library."""
        if not hasattr(self._library, f"init_{name.replace('.', '___')}"):
            return None
        return ModuleSpec(name, ExtensionFileLoader(name, self._file), origin=self._file)


def kernel_form() -> str:
    """Return how this process runs the kernel: `pure` from its sources, or `compiled`.

    >>> kernel_form() in {"pure", "compiled"}
    True
    """
    found = any(isinstance(finder, LibraryFinder) for finder in sys.meta_path)
    return "compiled" if found else "pure"


def shipped_text(place: str) -> str:
    """Return what a file of this package says.

    Compiled modules read theirs by this: their own `__file__` may be the library's.

    >>> shipped_text("_redact/detect/credentials.txt")[:1]
    '#'
    """
    # Not by `pathlib`, which is a tenth of what importing the redactor takes.
    with open(f"{dirname(__file__)}/{place}", encoding="utf-8") as file:  # noqa: PTH120, PTH123 - see above
        return file.read()


def _look(folder: str) -> None:
    """Use the library of this folder; one elsewhere is not made from these sources."""
    spec = PathFinder.find_spec(_LIBRARY, [folder])
    if spec is not None and spec.origin is not None:
        # One that was made for another Python or processor does not open; the sources are here.
        with suppress(ImportError):
            sys.meta_path.insert(0, LibraryFinder(import_module(_LIBRARY), spec.origin))


_look(dirname(dirname(__file__)))  # noqa: PTH120 - see above
