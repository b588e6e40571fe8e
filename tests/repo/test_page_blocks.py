"""What a page shows of a terminal is played by a test or says that it is an excerpt."""

from __future__ import annotations

import importlib.util
import itertools
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

import click
import pytest

import repository as repo
from affidavit._runtime.plugins import load_plugins
from affidavit_cli.main import build
from page_blocks import Block, blocks

PLAYED = {
    "README.md": "tests/repo/test_readme.py",
    "docs/architecture.md": "tests/repo/test_docs.py",
    "docs/cli.md": "tests/repo/test_page_commands.py",
    "docs/compatibility.md": "tests/repo/test_page_commands.py",
    "docs/cost.md": "tests/repo/test_page_commands.py",
    "docs/debugging.md": "tests/first_hour/test_first_hour.py",
    "docs/dev.md": "tests/first_hour/test_first_hour.py",
    "docs/evidence.md": "tests/repo/test_page_commands.py",
    "docs/first-hour.md": "tests/first_hour/test_first_hour.py",
    "docs/functions.md": "tests/repo/test_page_commands.py",
    "docs/hooks.md": "tests/repo/test_reference.py",
    "docs/lint.md": "tests/repo/test_page_commands.py",
    "docs/drills.md": "tests/plugins/ledger/test_drills.py",
    "docs/drills-aws.md": "tests/plugins/dynamodb/test_drills.py",
    "docs/policies.md": "tests/repo/test_page_commands.py",
    "docs/regions.md": "tests/plugins/dynamodb/test_drills.py",
    "docs/release-vault.md": "tests/plugins/release/test_page.py",
    "docs/scenarios.md": "tests/recordings.py",
    "docs/site/audit.md": "tests/repo/test_page_commands.py",
    "docs/site/index.md": "tests/repo/test_page_commands.py",
    "docs/site/tutorial.md": "tests/repo/test_site.py",
    "templates/shared/README.md": "tests/first_hour/test_first_hour.py",
}
"""Which test plays the blocks of a page that are no excerpts."""

BLOCKS = [block for page in repo.pages() for block in blocks(page)]


def test_a_block_is_played_or_an_excerpt() -> None:
    """And the list names no page whose blocks are all excerpts."""
    shown = {repo.name(block.page) for block in BLOCKS if not block.excerpt}

    assert shown == PLAYED.keys()


@pytest.mark.parametrize(("page", "test"), PLAYED.items(), ids=PLAYED)
def test_the_test_that_plays_a_page_reads_it(page: str, test: str) -> None:
    """What it does not name it cannot play."""
    text = (repo.ROOT / test).read_text()

    assert re.search(rf"\b{re.escape(page.rpartition('/')[2].removesuffix('.md'))}\b", text)


@cache
def _command_line() -> click.Group:
    return build(load_plugins())


def _unknown(words: list[str]) -> str:
    """Return what is wrong with a command of affidavit; empty if nothing."""
    command: Any = _command_line()
    words, context = words[1:], click.Context(command, info_name="affidavit")
    while isinstance(command, click.Group):
        if not words or words[0].startswith("-"):
            return ""
        command = command.get_command(context, words[0])
        if command is None:
            return f"there is no {words[0]}"
        words, context = words[1:], click.Context(command, info_name=words[0], parent=context)
    if ">" in words:
        words = words[: words.index(">")]
    try:
        given, rest, _ = command.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        return error.format_message()
    for option in command.params:
        value = given.get(option.name)
        if isinstance(option.type, click.Choice) and isinstance(value, str):
            option.type.convert(value, option, context)
    return f"too many words: {rest}" if rest else ""


def _wrong(block: Block) -> Iterator[str]:
    outputs = (repo.ROOT / "terraform/outputs.tf").read_text()
    makes = {*repo.targets(), *repo.targets(repo.ROOT / "templates/shared")}
    extras = tomllib.loads((repo.ROOT / "pyproject.toml").read_text())["project"]
    known = {*extras["optional-dependencies"]}
    for typed in block.commands():
        words = list(itertools.dropwhile(re.compile("[A-Z_]+=.*").fullmatch, typed))
        said = ""
        match words:
            case ["affidavit", *_]:
                said = _unknown(words)
            case ["make", target, *_] if target not in makes:
                said = "no such target"
            case ["terraform", *more] if "output" in more:
                name = next(
                    (one for one in more[more.index("output") + 1 :] if one[0].isalpha()), ""
                )
                if name and f'output "{name}"' not in outputs:
                    said = "no such output"
            case [python, "-m", module, *_] if python.endswith("python"):
                there = (repo.ROOT / f"{module.replace('.', '/')}.py").is_file()
                if not there and importlib.util.find_spec(module) is None:
                    said = "no such module"
            case ["pip", "install", *more]:
                named = re.findall(r"affidavit\[([\w,]+)\]", " ".join(more))
                if not {one for many in named for one in many.split(",")} <= known:
                    said = "no such extra"
            case [python, script, *_] if python.endswith("python") and "/" in script:
                if not (repo.ROOT / script).is_file():
                    said = "no such script"
        if said:
            yield f"{' '.join(words)}: {said}"


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_what_is_typed_exists(block: Block) -> None:
    """Commands and their options, targets of make, outputs of Terraform; in excerpts, too."""
    assert [] == list(_wrong(block))
