"""Wheels are fetched once; after that the tests of this folder need no network."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import repository as repo
from affidavit_bundle.own_wheel import PARTS, own_requirement
from affidavit_bundle.requirements import read_lock
from affidavit_bundle.target import check_target
from affidavit_bundle.wheels import fetch

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
NEEDED = ["pluggy", "pydantic", "structlog"]


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What affidavit needs, for both processors."""
    lock = read_lock(repo.ROOT / "constraints.txt")
    found = {}
    for arch in ("x86_64", "arm64"):
        folder = tmp_path_factory.mktemp(arch)
        fetch(NEEDED, check_target(PYTHON, arch), lock, [], folder)
        found[arch] = folder
    return found


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what affidavit's wheel is made of, which nobody edits meanwhile."""
    copy = tmp_path_factory.mktemp("checkout")
    for part in PARTS:
        path = repo.ROOT / part
        if path.is_dir():
            shutil.copytree(path, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (copy / part).parent.mkdir(exist_ok=True)
            shutil.copyfile(path, copy / part)
    return copy


@pytest.fixture(scope="session")
def own(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """affidavit's wheel."""
    return Path(own_requirement(checkout, tmp_path_factory.mktemp("own")))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with one handler in it."""
    package = tmp_path / "source/shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "handler.py").write_text(
        "from affidavit import audited\n\n\n@audited\ndef handler(event, context):\n    return 1\n"
    )
    return tmp_path / "source"
