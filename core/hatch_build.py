"""Put a compiled kernel into the wheel, if asked: `HATCH_BUILD_HOOK_ENABLE_CUSTOM=true`.

The same source is compiled by mypyc (see docs/compiled.md), into one library. The sources stay
beside it, and an editable install is never compiled.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PURE = (
    # What users subclass, copy, pickle, introspect or patch.
    "__init__.py",
    "plugin.py",
    "hookspecs.py",
    "_types.py",
    "_test_actions.py",
    "testing/",
    "_sources/source.py",
    "_sources/request_template.py",
    "_event/validate.py",
    "_records/memory.py",
    "_records/ledger.py",
    "_records/archives.py",
    "_records/local_keys.py",
    "_policy/",
    "_redact/types/clean.py",
    "_invocation/audit_context.py",
    # An `except` of a compiled exception class breaks the `except BaseException` after it.
    "errors.py",
    # What reads signatures, or is read by `inspect`.
    "_invocation/decorator.py",
    "_invocation/handler_spec.py",
    "_invocation/event_loop.py",
    # What makes classes whose methods have to bind.
    "_invocation/redacted_error.py",
    # What counts references, looks at frames, or is called while the interpreter ends.
    "_offrecord/",
    # What replaces functions of other libraries, or has weak references to it.
    "_telemetry/capture.py",
    "_telemetry/descriptors.py",
    "_telemetry/log.py",
    "_telemetry/redacted_exception.py",
    # What runs once per process.
    "_runtime/",
    "_lazy.py",
    "_library.py",
    "_version.py",
)
"""Files and folders of the kernel that are not compiled. Everything else is."""

OLDEST_GLIBC = 17
"""Of manylinux2014: every Lambda runtime has at least 2.26."""


def compiled(package: Path) -> list[Path]:
    """Return the modules that are compiled, relative to the folder of `package`."""
    inside = (path.relative_to(package) for path in sorted(package.rglob("*.py")))
    return [
        package.name / path
        for path in inside
        if path.name != "__init__.py" and not path.as_posix().startswith(PURE)
    ]


class CompiledKernel(BuildHookInterface[Any]):
    """Compiles the kernel before its wheel is packed."""

    PLUGIN_NAME = "custom"
    _work: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile in a folder of our own, and have the extensions packed."""
        if version == "editable" or self.target_name != "wheel":
            return
        if sys.platform != "linux":
            raise RuntimeError(
                "a compiled kernel is built on Linux, for Lambda; build the pure one"
            )
        self._work = Path(tempfile.mkdtemp(prefix="affidavit-kernel-"))
        package = self._work / "affidavit"
        shutil.copytree(Path(self.root, "core", "affidavit"), package)
        with contextlib.chdir(self._work):
            _build(compiled(package))
        (library,) = self._work.glob("*.so")
        build_data["pure_python"] = False
        build_data["tag"] = _tag(library)
        build_data["force_include"][str(library)] = library.name

    def finalize(self, *_: object) -> None:
        """Remove the folder."""
        if self._work is not None:
            shutil.rmtree(self._work)


def _build(modules: list[Path]) -> None:
    from mypyc.build import mypycify  # noqa: PLC0415 - only where a compiler was asked for
    from setuptools import Distribution  # noqa: PLC0415

    Path("mypy.ini").write_text("[mypy]\nstrict = True\n")
    library, *starts = mypycify(
        ["--config-file=mypy.ini", *map(str, modules)],
        opt_level=os.environ.get("MYPYC_OPT_LEVEL", "2"),  # 3 is as fast and larger
        debug_level="0",
        group_name="affidavit",
        target_dir="c",
    )
    # mypyc makes an extension for each module, whose one function starts it from the library. All
    # of them fit into the library itself, where `_library.py` finds them by their modules' names.
    names = [each.name.rpartition(".")[2] for each in starts]
    if twice := {name for name in names if names.count(name) > 1}:
        raise RuntimeError(f"two compiled modules have one name: {', '.join(sorted(twice))}")
    library.sources += [source for each in starts for source in each.sources]
    # Each of these files has a second function, of one name, that nobody calls.
    library.extra_link_args += ["-Wl,--strip-all", "-Wl,--allow-multiple-definition"]
    build = Distribution({"name": "affidavit", "ext_modules": [library]})
    command = build.get_command_obj("build_ext")
    command.inplace, command.build_temp = True, "c"
    build.run_command("build_ext")


def _tag(library: Path) -> str:
    """Return the wheel's tag; the C library is the oldest that has every symbol (PEP 600)."""
    versions = map(int, re.findall(rb"GLIBC_2\.(\d+)", library.read_bytes()))
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    floor = max(OLDEST_GLIBC, *versions)
    return f"{python}-{python}-manylinux_2_{floor}_{platform.machine()}"
