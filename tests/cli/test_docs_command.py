"""`affidavit docs`: every page of this version, printed, listed and searched."""

from __future__ import annotations

import json
import subprocess

import pytest

import repository as repo
from own_process import run_affidavit


def _said(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_affidavit("docs", *arguments)


def test_every_page_is_listed_by_its_title() -> None:
    """The index of the repository is none."""
    listed = json.loads(_said("--output", "json").stdout)

    assert {page.stem for page in repo.DOCS.glob("*.md")} - {"README"} <= set(listed)
    assert "Tutorial" in listed["tutorial"]


@pytest.mark.parametrize("topic", ["redaction", "redaction.md", "tutorial"])
def test_a_page_is_printed_as_it_is(topic: str) -> None:
    """With or without its ending."""
    folder = repo.DOCS / "site" if topic == "tutorial" else repo.DOCS

    assert (folder / f"{topic.removesuffix('.md')}.md").read_text() == _said(topic).stdout


def test_words_are_found_in_any_order_and_case() -> None:
    """In one line; nothing found is exit code 1."""
    found = _said("--find", "LEDGER evidence")

    assert 0 == found.returncode
    assert "evidence" in found.stdout
    assert 1 == _said("--find", "no such words anywhere").returncode


def test_an_unknown_page_names_those_that_there_are() -> None:
    """In one line, with exit code 2."""
    refused = _said("redactoin")

    assert 2 == refused.returncode
    assert "redaction" in refused.stderr
