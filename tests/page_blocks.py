"""What pages show of a terminal: blocks, and the commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import repository as repo

FENCE: Final = re.compile(
    r"^(?P<indent> *)```(?P<language>sh|text|console)(?P<excerpt> excerpt)?\n"
    r"(?P<body>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
ENDS: Final = {"&&", "||", ";", "|", "(", ")", "$"}


class Block(NamedTuple):
    """A block; an `excerpt` is shown and not played."""

    page: Path
    line: int
    language: str
    excerpt: bool
    body: str

    def commands(self) -> Iterator[list[str]]:
        """Yield the words of each command, a redirection among them."""
        for line in self.body.replace("\\\n", " ").splitlines():
            typed = line.strip() if self.language == "sh" else line.strip().removeprefix("$ ")
            if self.language == "sh" or typed != line.strip():
                yield from _split(typed)

    def __str__(self) -> str:
        """Say where it is."""
        return f"{repo.name(self.page)}:{self.line}"


def _split(line: str) -> Iterator[list[str]]:
    inner = re.findall(r"\$\((.*?)\)", line)
    for text in [re.sub(r"\$\(.*?\)", "VALUE", line), *inner]:
        lexer = shlex.shlex(text, posix=True, punctuation_chars="();|&>")
        lexer.commenters, lexer.whitespace_split = "#", True
        words: list[str] = []
        for word in lexer:
            if word in ENDS:
                yield from [words] * bool(words)
                words = []
            else:
                words.append(word)
        yield from [words] * bool(words)


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page that look like a terminal's, in order."""
    text = page.read_text("utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, found.start()) + 1,
            found["language"],
            bool(found["excerpt"]),
            found["body"],
        )
        for found in FENCE.finditer(text)
    ]
