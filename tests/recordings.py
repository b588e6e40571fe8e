"""What commands print, as it stands in the documents: `python tests/recordings.py` records it anew.

A recording differs from what is printed in times and ids, and in nothing else;
tests compare both. The demonstration is drawn as it looks in a terminal.
"""

from __future__ import annotations

import html
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console
from rich.text import Text

import repository as repo


class Recording(NamedTuple):
    """A page, and the line in it that the command's output follows, up to the end of its block."""

    page: Path
    prompt: str

    @property
    def arguments(self) -> list[str]:
        """Return what is typed after `affidavit`."""
        return self.prompt.removeprefix("$ affidavit ").split()


RECORDINGS: Final = (
    Recording(repo.DOCS / "scenarios.md", "$ affidavit scenario run scenarios/ --max-parallel 1"),
)


DEMONSTRATION: Final = repo.DOCS / "pictures" / "demonstration.svg"
COLUMNS: Final = 108
LEFT_OUT: Final = ("request ", "metric ", "log ", "store-damaged ")
"""Lines of the demonstration that are not drawn."""

SCENES: Final = (
    "1.",
    "3.",
    "5.",
    "$ affidavit verify    # the ledger",
    "$ affidavit verify    # a copy in",
)
"""How the scenes begin that are drawn: an answer, a refusal, no evidence, and tampering."""

STYLES: Final = {
    r"^\d\. .*|^\$ .*": "bold",
    r"^ +(answer|record|look)\b": "cyan",
    r"\bNOT CLEAN\b.*|^ +altered .*": "bold red",
    r"^ +CLEAN: .*": "green",
}

FRAME: Final = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, Menlo, Consolas, monospace;
  font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's own frame asks a server for its font."""


def demonstration(printed: str) -> str:
    """Return the demonstration as a picture."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    for line in _short(printed):
        text = Text(line)
        for pattern, style in STYLES.items():
            text.highlight_regex(pattern, style)
        console.print(text)
    return console.export_svg(title="affidavit demo", code_format=FRAME, unique_id="demo")


def drawn(picture: str) -> list[str]:
    """Return the lines of text in a picture, from top to bottom, without their indentation."""
    rows: dict[float, str] = {}
    for y, text in re.findall(r'<text class="demo-r[^>]* y="([\d.]+)"[^>]*>(.*?)</text>', picture):
        rows[float(y)] = rows.get(float(y), "") + html.unescape(text).replace("\xa0", " ")
    return [rows[y].strip() for y in sorted(rows) if rows[y].strip()]


def _short(printed: str) -> Iterator[str]:
    """Yield the lines that are drawn, cut where the picture ends."""
    for number, scene in enumerate(
        one for one in printed.strip().split("\n\n") if one.startswith(SCENES)
    ):
        if number:
            yield ""
        for line in scene.splitlines():
            if not line.lstrip().startswith(LEFT_OUT):
                yield line if len(line) <= COLUMNS else f"{line[: COLUMNS - 1]}…"


def recorded(recording: Recording) -> str:
    """Return what stands on the page."""
    text = recording.page.read_text("utf-8")
    _, found, rest = text.partition(f"```console\n{recording.prompt}\n")
    if not found:
        raise AssertionError(f"{recording.page.name} has no block that starts with its prompt")
    return rest.partition("```")[0]


def printed(recording: Recording) -> str:
    """Run the command as CI does, and return what it prints."""
    with tempfile.TemporaryDirectory() as state:
        done = subprocess.run(
            [sys.executable, "-m", "affidavit_cli", *recording.arguments, "--state", state],
            cwd=repo.ROOT,
            env={**os.environ, "CI": "true"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=True,
        )
    return re.sub(r" +$", "", done.stdout, flags=re.MULTILINE)


def steady(text: str) -> list[list[str]]:
    """Return the words, without those that differ from run to run."""
    return [
        ["?" if re.fullmatch(r"[0-9a-v]{8}|[0-9.]+", word) else word for word in line.split()]
        for line in text.splitlines()
    ]


def main() -> None:
    """Write every recording anew."""
    demo = [sys.executable, "-m", "affidavit_cli", "demo"]
    said = subprocess.run(demo, capture_output=True, text=True, timeout=120, check=True).stdout
    DEMONSTRATION.write_text(demonstration(said), "utf-8")
    for recording in RECORDINGS:
        text = recording.page.read_text("utf-8")
        start = f"```console\n{recording.prompt}\n"
        before, _, rest = text.partition(start)
        after = rest.partition("```")[2]
        recording.page.write_text(f"{before}{start}{printed(recording)}```{after}", "utf-8")


if __name__ == "__main__":
    main()
