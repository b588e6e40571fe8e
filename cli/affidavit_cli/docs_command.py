"""`affidavit docs`: the pages that came with this version, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from affidavit.plugin import CommandResult

_HERE: Final = Path(__file__).resolve().parent
_FOLDERS: Final = (_HERE / "pages", _HERE.parents[1] / "docs")
"""In the wheel, and in a clone."""


@click.command("docs")
@click.argument("topic", required=False)
@click.option(
    "--find", metavar="WORDS", help="List the places where all of WORDS stand in one line."
)
def docs(topic: str | None, find: str | None) -> CommandResult:
    """Print the page TOPIC, or list all pages.

    The pages are those of this version. Their text is Markdown.
    """
    pages = _pages()
    if topic is not None:
        page = pages.get(topic.removesuffix(".md"))
        if page is None:
            raise click.BadParameter(f"known: {', '.join(pages)}", param_hint="TOPIC")
        text = page.read_text("utf-8")
        return CommandResult(data={"topic": page.stem, "text": text}, text=text.rstrip("\n"))
    if find:
        found = [(name, line) for name, page in pages.items() for line in _lines(page, find)]
        return CommandResult(
            data=[{"topic": name, "line": line} for name, line in found],
            columns=("topic", "line"),
            rows=found,
            notes=() if found else ("No page has all of these words in one line.",),
            exit_code=0 if found else 1,
        )
    titles = [
        (name, page.read_text("utf-8").partition("\n")[0].lstrip("# "))
        for name, page in pages.items()
    ]
    return CommandResult(data=dict(titles), columns=("topic", "what it is"), rows=titles)


def _pages() -> dict[str, Path]:
    """Return the pages by name."""
    folder = next(one for one in _FOLDERS if one.is_dir())
    tutorial = [folder / "site" / "tutorial.md"]
    return {
        page.stem: page
        for page in sorted([*folder.glob("*.md"), *tutorial])
        if page.stem != "README"
    }


def _lines(page: Path, words: str) -> list[str]:
    """Return the lines of a page in which all words stand."""
    sought = words.casefold().split()
    lines = page.read_text("utf-8").splitlines()
    return [line.strip() for line in lines if all(word in line.casefold() for word in sought)]
