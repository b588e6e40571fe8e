"""Documents are complete, and their links and examples work."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import repository as repo
import rooms
from affidavit._policy.load import load_policy, shipped_policies
from affidavit._runtime.plugins import load_plugins
from affidavit_cli.main import build
from affidavit_policy.promises import PROMISES

PAGES = repo.pages()
IN_DOCS = sorted(repo.DOCS.glob("*.md"))
COMMANDS = build(load_plugins())
COMMANDS.load_all()
DECISIONS = sorted((repo.DOCS / "adr").glob("[0-9]*.md"))
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")


@pytest.mark.parametrize("page", PAGES, ids=repo.name)
def test_relative_links_resolve(page: Path) -> None:
    """To a file of this repository, and to a heading in it."""
    broken = []
    for target, anchor in LINK.findall(page.read_text()):
        path = (page.parent / target).resolve() if target else page
        there = path.is_relative_to(repo.ROOT) and path.exists()
        if not there or (anchor and anchor not in repo.anchors(path.read_text())):
            broken.append(f"{target}#{anchor}")

    assert [] == broken


@pytest.mark.parametrize("page", PAGES, ids=repo.name)
def test_code_blocks_are_closed_and_say_their_language(page: Path) -> None:
    """An open block would swallow the rest of the page."""
    fences = re.findall(r"^ *```(.*)$", page.read_text(), flags=re.MULTILINE)

    assert 0 == len(fences) % 2
    assert all(fences[::2])
    assert not any(fences[1::2])


@pytest.mark.parametrize("page", IN_DOCS, ids=repo.name)
def test_every_page_is_in_the_index(page: Path) -> None:
    """A page that nobody finds is not there."""
    if page.name != "README.md":
        assert f"]({page.name})" in (repo.DOCS / "README.md").read_text()


@pytest.mark.parametrize("page", IN_DOCS, ids=repo.name)
def test_the_examples_of_a_page_run(page: Path) -> None:
    """Every Python block, one after another, as if they were one file."""
    said: dict[str, Any] = {"__name__": page.stem}
    for number, block in enumerate(repo.blocks(page.read_text(), "python"), 1):
        exec(compile(block, f"{page.name}, block {number}", "exec", dont_inherit=True), said)  # noqa: S102 - ours


DOORS = {
    "affidavit",
    "affidavit.plugin",
    "affidavit.testing",
    "affidavit_harness.bridge",  # scenarios as pytest's tests
    "affidavit_testing",
}
"""What users import; everything else may change without notice."""


@pytest.mark.parametrize("page", [*PAGES, *repo.modules(repo.ROOT / "examples")], ids=repo.name)
def test_what_users_read_imports_what_users_may(page: Path) -> None:
    """A page that shows an inner module makes it public, whatever its name says."""
    text = page.read_text()
    blocks = [text] if page.suffix == ".py" else repo.blocks(text, "python")
    nodes = [node for block in blocks for node in ast.walk(ast.parse(block))]
    named = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    named |= {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}

    assert set() == {one for one in named if one.startswith("affidavit")} - DOORS


def test_pages_that_the_code_names_exist() -> None:
    """An error that sends its reader to a page that is not there is worse than a short one."""
    texts = [path.read_text() for path in repo.modules(*repo.SHIPPED)]
    named = {name for text in texts for name in re.findall(r"\bdocs/[\w/-]+\.md\b", text)}

    assert [] == [name for name in named if not (repo.ROOT / name).is_file()]


def _commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of each call of affidavit that a block of a page shows, up to a pipe."""
    text = page.read_text()
    typed = "".join(repo.blocks(text, "sh")) + "".join(
        f"{line[2:]}\n"
        for block in repo.blocks(text, "console")
        for line in block.replace("\\\n", " ").splitlines()
        if line.startswith("$ ")
    )
    for line in typed.replace("\\\n", " ").splitlines():
        found = re.match(r"\s*(?:[A-Z_]+=\S+ )*affidavit (.*)", line)
        if found:
            words = shlex.split(found[1], comments=True)
            ends = [n for n, word in enumerate(words) if word[0] in "|&<>;" and word != "&"]
            yield words[: min(ends, default=len(words))]


@pytest.mark.parametrize("page", PAGES, ids=repo.name)
def test_commands_that_a_page_shows_can_be_typed(page: Path) -> None:
    """Each with options that it has."""
    for words in _commands(page):
        command: click.Command = COMMANDS
        while isinstance(command, click.Group) and words:
            command = command.commands[words.pop(0)]
        known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        options = {word.partition("=")[0] for word in words if word.startswith("--")}

        assert set() == options - known - {"--help"}, command.name


def test_there_is_one_diagram() -> None:
    """Two would differ."""
    drawn = [page for page in PAGES for _ in repo.blocks(page.read_text(), "mermaid")]

    assert [repo.DOCS / "architecture.md"] == drawn


def test_the_rooms_are_drawn_as_they_are() -> None:
    """From the contracts and the packages' own first lines; `make rooms` draws them anew."""
    assert rooms.page() == rooms.PAGE.read_text()


def test_every_folder_says_what_may_be_in_it() -> None:
    """Packages by a sentence that the picture shows, the others in the table below it."""
    packages = [path.parent for root in repo.SHIPPED for path in root.rglob("__init__.py")]
    text = repo.section(rooms.PAGE.read_text(), "## Module map")
    others = {path.relative_to(repo.ROOT).parts[0] for path in repo.files()} - {"core", "cli"}
    kept = {one for one in others - {"plugins"} if (repo.ROOT / one).is_dir() and one[0] != "."}

    assert [] == [one for one in packages if not rooms.first_line(one).endswith((".", "?"))]
    assert [] == [one for one in packages if one.name.removeprefix("affidavit_") not in text]
    assert kept == set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def test_the_table_of_promises_is_complete() -> None:
    """Each with its file."""
    text = repo.section((repo.DOCS / "architecture.md").read_text(), "## Promises")
    linked = re.findall(r"\(\.\./tests/compliance/test_(\w+)\.py\)", text)

    assert sorted(PROMISES) == sorted(linked)


@pytest.mark.parametrize("page", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_parts_and_its_price(page: Path) -> None:
    """What it costs is never empty."""
    text = page.read_text()
    number = page.name[:4]

    assert text.startswith(f"# {number}: ")
    assert re.search(r"^Status: (accepted|replaced by \[\d{4}\]\(.+\))$", text, re.MULTILINE)
    for heading in ("## Context", "## Options", "## Decision", "## What it costs"):
        assert 60 <= len(repo.section(text, heading).strip()), heading
    assert repo.section(text, "## What it costs").strip().startswith("- ")


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    """In order, with their titles."""
    index = (repo.DOCS / "adr" / "README.md").read_text()
    listed = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \| (.+?) \|", index, flags=re.MULTILINE)

    assert [f"{n:04}" for n in range(1, len(DECISIONS) + 1)] == [p.name[:4] for p in DECISIONS]
    assert [
        (page.name[:4], page.name, page.read_text().partition("\n")[0].partition(": ")[2])
        for page in DECISIONS
    ] == listed


def test_the_changelog_keeps_its_form() -> None:
    """Unreleased on top; sections in one order."""
    order = ["Policy", "Security", "Removed", "Deprecated", "Added", "Changed", "Fixed"]
    text = (repo.ROOT / "CHANGELOG.md").read_text()
    releases = re.split(r"^## ", text, flags=re.MULTILINE)[1:]

    assert releases[0].startswith("Unreleased\n")
    for release in releases:
        titles = re.findall(r"^### (.*)$", release, flags=re.MULTILINE)
        assert [title for title in order if title in titles] == titles


@pytest.mark.parametrize("name", shipped_policies())
def test_the_table_of_policies_is_true(name: str) -> None:
    """Days and declarations are read from the policy."""
    policy = load_policy(name)
    page = (repo.DOCS / "policies.md").read_text()
    row = re.search(rf"^\| `{name}` \|.*$", page, flags=re.MULTILINE)
    days = f"{policy.retention.hot_days} / {policy.retention.archive_days}"

    assert row is not None
    assert f"| `{policy.declare.value}` |" in row.group()
    assert f"| {days} | `{policy.sources.literals.value}` |" in row.group()
    assert row.group().endswith(f"| {'yes, redacted' if policy.logging.event else 'no'} |")


def test_every_rule_that_needs_a_lawyer_is_listed() -> None:
    """With the clause, and nothing that has been settled."""
    text = (repo.DOCS / "policy-review.md").read_text()
    rules = {rule.id: rule for name in shipped_policies() for rule in load_policy(name).rules}
    listed = dict(re.findall(r"^\| `([A-Z0-9-]+)` \| (.+?) \|", text, flags=re.MULTILINE))

    assert {rule.id: rule.clause for rule in rules.values() if rule.review} == listed
