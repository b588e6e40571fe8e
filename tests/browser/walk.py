"""Walk through the site in a browser: tasks, search, reference; wide and narrow.

    build/browser/bin/python tests/browser/walk.py build/site/html

No page may ask anybody else for anything.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

from chromium import chromium, missing
from playwright.sync_api import Page, sync_playwright

WIDTHS: Final = {"desktop": (1280, 800), "phone": (390, 844)}
TASKS: Final = {
    "I want to wrap a handler that exists": "@audited",
    "I have to find out who accessed a subject": "affidavit report",
    "QA wants to run a scenario in CI": "schema:",
    "I deploy to a second environment": "affidavit terraform export",
    "I check evidence without you": "verify_offline.py",
}
"""The link on the start page, and what stands in the first example of the page behind it."""

SEEN: Final = 60
"""Pixels of an example that are in the first screen of its page, at least: two lines."""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def _walk(page: Page, start: str, size: str) -> list[str]:
    wrong = []
    for link, words in TASKS.items():
        page.goto(f"{start}/index.html")
        page.get_by_role("link", name=link).first.click()
        page.wait_for_load_state()
        shown = page.locator("article div.highlight").first
        example, height = shown.bounding_box(), WIDTHS[size][1]
        if words not in shown.inner_text():
            wrong.append(f"{size}: the first example behind {link!r} does not say {words}")
        if example is None or example["y"] + SEEN > height:
            wrong.append(f"{size}: the page behind {link!r} has no example in its first screen")
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
            wrong.append(f"{size}: the page behind {link!r} is wider than the screen")
    page.goto(f"{start}/project/readme.html")
    loaded = "shown => shown.every(one => one.complete && one.naturalWidth > 0)"
    if not page.locator("article img:visible").evaluate_all(loaded):
        wrong.append(f"{size}: a picture of the front page is not there")
    page.goto(f"{start}/search.html?q=redaction")
    page.wait_for_selector("#search-results ul.search li", timeout=20_000)
    page.goto(f"{start}/reference/affidavit.html")
    if page.locator("dt.sig").count() < 20:
        wrong.append(f"{size}: the reference is empty")
    page.goto(f"{start}/tutorial.html")
    if page.locator("article h2").count() < 6:
        wrong.append(f"{size}: the tutorial is not whole")
    return wrong


def main(folder: Path) -> int:
    """Return 1 if something is wrong."""
    wrong: list[str] = []
    with _served(folder) as start, sync_playwright() as play:
        if not chromium():
            return missing()
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for size, (width, height) in WIDTHS.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            asked: list[str] = []
            page.on("request", lambda one, asked=asked: asked.append(one.url))
            wrong += _walk(page, start, size)
            page.goto(f"{start}/index.html")
            page.screenshot(path=str(folder.parent / f"start-{size}.png"))
            page.close()
            wrong += [f"{size}: {one}" for one in asked if not one.startswith((start, "data:"))]
        browser.close()
    print(
        "\n".join(wrong)
        or "five tasks, search, reference and tutorial: two clicks, no request elsewhere"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
