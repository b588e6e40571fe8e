"""The HTML report: one file that runs nothing and loads nothing, in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from affidavit_harness.reports.html import html
from harness_parts import Stage

EVIL = "<script>document.title='owned'</script>\"'><img src=x onerror=\"document.title='owned'\">"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


def _report(tmp_path: Path) -> dict[str, Any]:
    stage = Stage(tmp_path)
    stage.shelf.answers = lambda *_: {"value": EVIL}
    return stage.run(
        """\
actions:
  - {id: put, uses: shelf.put, with: {key: a}, undo: auto}
  - {id: look, uses: shelf.look, check: [{select: value, eq: 1, message: "<b>no</b>"}]}
  - {id: late, uses: shelf.look}
"""
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_the_page_needs_nothing_else_and_runs_nothing(tmp_path: Path) -> None:
    """What a service answers is text, whatever it says."""
    page = html([_report(tmp_path)])
    reader = _Reader()
    reader.feed(page)

    assert not {"script", "img", "link", "iframe", "b"} & set(reader.tags)
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    links = [str(value) for name, value in reader.attributes if name in {"href", "src"}]
    assert all(link.startswith("#") for link in links)
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert "not run" in page
    assert "&lt;script&gt;" in page


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here: apt-get install chromium")
def test_a_browser_shows_it_and_nothing_else_happens(tmp_path: Path) -> None:
    """Debian's Chromium, without a window."""
    file = tmp_path / "report.html"
    file.write_text(html([_report(tmp_path)]))
    done = subprocess.run(
        [
            *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *(f"--user-data-dir={tmp_path / 'profile'}", file.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert "1 FAILED" in re.findall(r"<title>(.*?)</title>", done.stdout)[0]
    assert "owned" not in re.findall(r"<title>(.*?)</title>", done.stdout)[0]
    assert "not run" in done.stdout
