"""The site leads where its readers want to go, and its tutorial works.

`make site` builds it, `make walk` walks through it in a browser.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import repository as repo

SITE = repo.DOCS / "site"
TASKS = {
    "wrap an existing handler": "wrapping",
    "find out who accessed a subject": "reports",
    "let QA run a scenario in CI": "scenarios",
    "deploy to a second environment": "terraform",
    "check evidence without us": "evidence",
}
"""What newcomers come for, and the page that answers it."""

FIRST_SCREEN = 12
"""Lines of a page in which its first example begins: a screen of a laptop."""


AT_A_SITTING = 1200
"""Words of a page, tables included; what stands in blocks is looked at and not read."""

LONGER = {
    "bundle-matrix": "generated: a row for each of 80 packages",
    "cli": "a section for each command, each held against the command line",
    "compliance": "generated: a row for each clause of twelve texts",
    "evidence": "the specification of the archive, from which a second verifier was written",
    "redaction-lists": "generated: a row for each number and credential",
}
"""Pages that are looked into and not read, or must be whole."""


def listed() -> set[str]:
    """Return every page that a table of contents of the site names."""
    trees = [
        block for page in SITE.glob("*.md") for block in repo.blocks(page.read_text(), "{toctree}")
    ]
    return {line for tree in trees for line in tree.splitlines() if line and line[0] != ":"}


@pytest.mark.parametrize("page", sorted(repo.DOCS.glob("*.md")), ids=repo.name)
def test_every_page_has_its_place(page: Path) -> None:
    """Under what its readers do; the index of all pages is one of them."""
    assert page.name == "README.md" or page.stem in listed()


def _words(page: Path) -> int:
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    return sum(any(map(str.isalnum, word)) for word in text.split())


READ = [page for page in repo.pages() if page.is_relative_to(repo.DOCS)]
READ += [page for page in repo.ROOT.glob("*.md") if page.name != "CHANGELOG.md"]


@pytest.mark.parametrize("page", READ, ids=repo.name)
def test_a_page_is_read_at_a_sitting(page: Path) -> None:
    """One question a page; an exception that has become short leaves the list."""
    assert (_words(page) > AT_A_SITTING) == (page.stem in LONGER)


@pytest.mark.parametrize("task", TASKS)
def test_a_task_is_two_clicks_away_and_begins_with_its_example(task: str) -> None:
    """From the start page."""
    start = (SITE / "index.md").read_text()
    page = repo.DOCS / f"{TASKS[task]}.md"
    one_click = f"](../{page.name})" in start
    two_clicks = any(
        f"]({group.name})" in start and page.stem in group.read_text().split()
        for group in SITE.glob("*.md")
    )

    assert one_click or two_clicks
    assert "```" in "\n".join(page.read_text().splitlines()[:FIRST_SCREEN])


def test_the_tutorial_works(tmp_path: Path) -> None:
    """From its first file to its last command, in one shell."""
    text = (SITE / "tutorial.md").read_text()
    for block in repo.blocks(text, "python"):
        name = re.match(r"# (\S+)\n", block)
        assert name is not None
        (tmp_path / name[1]).write_text(block)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AFFIDAVIT_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"

    said = subprocess.run(
        ["/bin/sh", "-ec", "".join(repo.blocks(text, "sh"))],
        cwd=tmp_path,
        env=kept | {"PATH": path, "HYPOTHESIS_PROFILE": "ci"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert 0 == said.returncode, said.stdout + said.stderr
    for expected in (
        "all is well",
        "1 access(es)",
        "3 access(es)",
        "\nCLEAN",
        "NOT CLEAN",
        "exit code 1",
    ):
        assert expected in said.stdout
    # In quotes, as a record would have it: three letters stand in some hash or other.
    kept_bytes = (tmp_path / "before.db").read_bytes()
    assert [] == [one for one in (b'"ada"', b"N-100001") if one in kept_bytes]


def test_labels_of_forms_are_explained() -> None:
    """A maintainer who sees one knows what it asks for."""
    forms = (repo.ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")
    used = re.findall(r"^labels: \[(.+)\]$", "\n".join(map(Path.read_text, forms)), re.MULTILINE)
    page = repo.section((repo.DOCS / "maintaining.md").read_text(), "## Labels")

    assert {"defect", "wish"} == set(used)
    assert set(used) <= set(re.findall(r"^\| `([\w ]+)` \|", page, re.MULTILINE))
