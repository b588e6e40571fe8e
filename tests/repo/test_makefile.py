"""`make` explains itself, and does what the documents say."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

import repository as repo

MAKEFILE = (repo.ROOT / "Makefile").read_text()
CI = (repo.ROOT / ".ci" / "run").read_text()
ASKED = re.compile(r"\bmake ([a-z][a-z-]*)(?=$|[\s`.,:;)])", re.MULTILINE)


def test_every_target_has_a_help_text() -> None:
    """A sentence that starts with a capital letter."""
    assert repo.targets()
    assert [] == [name for name, text in repo.targets().items() if not text[:1].isupper()]


def test_every_target_is_phony() -> None:
    """None is a file; a file of that name must not hide it."""
    phony = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)

    assert set(repo.targets()) == set(" ".join(phony).split())


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_help_lists_every_target() -> None:
    """And help is what a bare `make` shows."""
    listing = ["make", "--no-print-directory", "--directory", str(repo.ROOT)]
    shown = subprocess.run(listing, capture_output=True, text=True, check=True, timeout=60).stdout
    rows = dict(line.split(maxsplit=1) for line in shown.splitlines() if line.strip())

    assert repo.targets() == rows


def test_continuous_integration_calls_targets_that_exist() -> None:
    """Nothing that a developer cannot run."""
    asked = set(re.findall(r"^ *step .*? make ([\w-]+)", CI, flags=re.MULTILINE))

    assert asked
    assert set() == asked - repo.targets().keys()
    assert {"demo", "test", "lint", "types", "contracts", "mutants"} <= asked


def test_recipes_name_files_that_exist() -> None:
    """A target that cannot run is worse than none."""
    named = re.findall(r"(?<![\w/$)])((?:tests|benchmarks|core)/[\w/]+\.py)\b", MAKEFILE)

    assert named
    assert [] == [path for path in named if not (repo.ROOT / path).is_file()]


@pytest.mark.parametrize("page", repo.pages(), ids=repo.name)
def test_documents_name_targets_that_exist(page: repo.Path) -> None:
    """`make something` in a text can be typed."""
    code = re.findall(r"`([^`\n]+)`|^(make .*)$", page.read_text(), flags=re.MULTILINE)
    asked = {name for pair in code for part in pair for name in ASKED.findall(part)}

    known = repo.targets(page.parent if (page.parent / "Makefile").exists() else repo.ROOT)

    assert set() == asked - known.keys()


def test_the_contributors_page_lists_what_they_need() -> None:
    """With the same meaning as `make help`, in other words."""
    page = (repo.ROOT / "CONTRIBUTING.md").read_text()
    told = set(re.findall(r"^\| `make ([\w-]+)` \|", page, flags=re.MULTILINE))

    assert {"demo", "test", "lint", "fix", "types", "contracts", "mutants", "docs"} <= told
