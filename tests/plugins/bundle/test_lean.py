"""A bundle has the plugins that are named and what these lead to; those work without the rest."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

import repository as repo
from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler_reference import HandlerReference
from affidavit_bundle.inspection import Expected, follow
from affidavit_bundle.lean import KERNEL, check_plugins, keep_packages, own_packages, rule_for
from affidavit_bundle.target import check_target

PACKAGES = sorted((repo.ROOT / "plugins").glob("*/affidavit_*"))
IN_LAMBDA = ("dynamodb", "ledger", "notify", "oracle", "sqlite", "xray")

IMPORTS = """
import importlib, pathlib, sys

folder = pathlib.Path(sys.argv[1])

class OnlyHere:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top.startswith("affidavit") and not (folder / top).exists():
            raise ModuleNotFoundError(name, name=name)

sys.path.insert(0, str(folder))
sys.meta_path.insert(0, OnlyHere())
for name in sys.argv[2:]:
    module = importlib.import_module(name)
    assert module.__file__.startswith(str(folder)), module.__file__
"""


def keep(folder: Path, plugins: list[str], handler: str = "shop.handler") -> list[str]:
    """Follow the imports, keep what they reach, and say what that is."""
    check_plugins(folder, plugins)
    target = check_target("3.13", "x86_64")
    named = HandlerReference("shop", handler, "handler")
    walked = follow(
        folder, Expected(named, target, tuple(plugins), {}, provided=True), frozenset({"shop"})
    )
    kept = {name.partition(".")[0] for name in walked.reached}
    return keep_packages(folder, {KERNEL, *kept})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Everything that affidavit's wheel holds."""
    for package in (repo.KERNEL, repo.ROOT / "cli" / "affidavit_cli", *PACKAGES):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(package, tmp_path / package.name, ignore=ignore)
    return tmp_path


@pytest.mark.parametrize(
    ("plugins", "handler", "kept"),
    [
        (["dynamodb"], "shop.handler", {"affidavit_dynamodb"}),
        (["dynamodb", "oracle"], "shop", {"affidavit_dynamodb", "affidavit_oracle"}),
        (["sqlite"], "shop", {"affidavit_sqlite"}),
        (["dynamodb"], "affidavit_dynamodb.sealer", {"affidavit_dynamodb", "affidavit_ledger"}),
        (["harness"], "affidavit_harness.handler", {"affidavit_harness", "affidavit_ledger"}),
        ([], "shop", set()),
    ],
)
def test_what_is_not_needed_is_left_out(
    folder: Path, plugins: list[str], handler: str, kept: set[str]
) -> None:
    """A sealer needs the auditor's side, a handler does not, and nobody the harness."""
    assert sorted({"affidavit", *kept}) == keep(folder, plugins, handler)
    assert {"affidavit", *kept} == {path.name for path in folder.glob("affidavit*")}


@pytest.mark.parametrize("plugin", IN_LAMBDA)
def test_what_is_left_works_without_the_rest(folder: Path, plugin: str) -> None:
    """Every module of a handler's plugin can be imported, entry points of other functions aside."""
    keep(folder, [plugin])
    modules = [
        ".".join(path.relative_to(folder).with_suffix("").parts)
        for path in (folder / f"affidavit_{plugin}").rglob("*.py")
        if not path.stem.endswith("commands") and path.stem != "__init__"
    ]
    needed = [name for name in modules if name != "affidavit_dynamodb.sealer"]
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, str(folder), f"affidavit_{plugin}", *needed],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "" == done.stderr
    assert 0 == done.returncode


def test_what_is_for_the_type_checker_is_not_needed(folder: Path) -> None:
    """Nor is what nothing leads to."""
    (folder / "affidavit_sqlite" / "__init__.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import affidavit_ledger\nelse:\n    import affidavit_xray\n"
    )
    (folder / "affidavit_sqlite" / "alone.py").write_text("import affidavit_oracle\n")

    assert ["affidavit", "affidavit_sqlite", "affidavit_xray"] == keep(folder, ["sqlite"])


def test_a_plugin_that_there_is_not_is_named(folder: Path) -> None:
    """With those that there are."""
    with pytest.raises(BundleError, match="no plugin nosuch"):
        check_plugins(folder, ["nosuch"])
    assert "affidavit_oracle" in own_packages(folder)


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("numpy/tests/test_x.py", "tests"),
        ("numpy/testing/_private/parameterized.py", None),
        ("werkzeug/test.py", None),
        ("docutils/include/isotech.txt", None),
        ("pandas/_libs/lib.pyi", "stubs"),
        ("pandas/_libs/lib.pyx", "sources"),
        ("shop-1.0.dist-info/RECORD", "metadata"),
        ("shop-1.0.dist-info/licenses/LICENSE.txt", None),
        ("shop-1.0.dist-info/entry_points.txt", None),
        ("distutils-precedence.pth", "startup"),
        ("share/man/man1/tool.1", "manuals"),
        ("share/shop/data.json", None),
    ],
)
def test_each_rule_speaks_of_files_that_no_program_reads(path: str, rule: str | None) -> None:
    """And says by which name it can be asked for."""
    found = rule_for(PurePosixPath(path))
    assert rule == (found.name if found else None)
