"""Look at the console and at evidence packs in a real browser: `make browser`.

    python look.py CONSOLE_ADDRESS FOLDER_OF_PACKS FOLDER_FOR_SCREENSHOTS AXE.js

Run by Playwright's own environment; Chromium is the machine's. Checks at three
widths, light and dark: no request leaves, no script of a record's runs, nothing
is wider than the window, a compliance report's summary is above the fold, every
page can be used with the keyboard, and axe
(https://github.com/dequelabs/axe-core) finds no violation of WCAG 2 A and AA.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chromium import chromium
from playwright.sync_api import Browser, Page, sync_playwright

SIZES = {"desktop": (1280, 800), "tablet": (820, 1180), "phone": (390, 844)}
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


def main(address: str, packs: Path, shots: Path, axe: Path) -> int:
    """Look at everything; 1 if something is wrong."""
    shots.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        state = _open(browser, address)
        base = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        pages = {
            "search": f"{base}/",
            "answer": f"{base}/?question=refusals",
            "verification": f"{base}/verification",
            "policies": f"{base}/policies",
            "policy": f"{base}/policies/hipaa",
            "runs": f"{base}/runs",
            "releases": f"{base}/releases",
        }
        pages |= {path.stem: path.resolve().as_uri() for path in sorted(packs.glob("*.html"))}
        for scheme in ("light", "dark"):
            for size, (width, height) in SIZES.items():
                context = browser.new_context(
                    storage_state=state,
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    bypass_csp=True,  # for axe, which is a script itself
                )
                for name, url in pages.items():
                    page = context.new_page()
                    # axe takes seconds a page: widths and colours change little of what it finds.
                    with_axe = (size, scheme) in {("desktop", "light"), ("phone", "dark")}
                    wrong += _look(
                        page, url, axe if with_axe else None, f"{name}, {size}, {scheme}"
                    )
                    page.screenshot(path=str(shots / f"{name}-{size}-{scheme}.png"))
                    page.close()
                context.close()
        wrong += _keyboard(browser, state, base)
        browser.close()
    for line in wrong:
        print(f"WRONG: {line}")
    print(f"{len(pages)} pages at {len(SIZES)} widths, light and dark: {len(wrong)} wrong.")
    return 1 if wrong else 0


def _open(browser: Browser, address: str) -> Any:
    """Use the address that works once; keep the cookie."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    assert "Ask the evidence" in page.content(), "the console did not open"
    return context.storage_state()


def _look(page: Page, url: str, axe: Path | None, what: str) -> list[str]:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append("a dialog opened"), dialog.dismiss()))
    page.goto(url)
    here = urlsplit(url)
    wrong = [
        f"{what}: it asked {one}"
        for one in asked
        if (urlsplit(one).scheme, urlsplit(one).netloc) != (here.scheme, here.netloc)
    ]
    wrong += [f"{what}: {one}" for one in said]
    if what.startswith(("runs", "releases")) and not page.query_selector("tbody td"):
        wrong.append(f"{what}: it shows no row")
    wide, room = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if wide > room:
        wrong.append(f"{what}: {wide} pixels wide in a window of {room}")
    if what.startswith("compliance"):
        low, tall = page.evaluate(
            "[Math.max(...[...document.querySelectorAll('.counts')].map("
            "one => one.getBoundingClientRect().bottom)), window.innerHeight]"
        )
        if low > tall:
            wrong.append(f"{what}: its summary ends at {low:.0f} of {tall} pixels")
    if axe is None:
        return wrong
    page.add_script_tag(path=str(axe))
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})")
    wrong += [
        f"{what}: {one['id']} ({one['impact']}) {one['nodes'][0]['target']}"
        for one in found["violations"]
    ]
    return wrong


def _keyboard(browser: Browser, state: Any, base: str) -> list[str]:
    """Ask a question with the keyboard alone."""
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    page.goto(f"{base}/")
    page.focus("#question")
    page.select_option("#question", "readers")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            page.keyboard.press("Enter")
            page.wait_for_url("**question=readers**")
            return [] if "Who read most?" in page.content() else ["the keyboard asked nothing"]
    return ["the button cannot be reached with the keyboard"]


if __name__ == "__main__":
    first, *rest = sys.argv[1:]
    sys.exit(main(first, *map(Path, rest)))
