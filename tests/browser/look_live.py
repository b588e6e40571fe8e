"""Look at the dev server's live page in a real browser: `make browser`.

    python look_live.py ADDRESS FOLDER_FOR_SCREENSHOTS AXE.js

A call that another program makes appears by itself; the form sends an event and
its answer appears; markup in somebody's data stays text; a restart of the
stream reconnects; nothing is wider than the window; axe finds no violation.
"""

from __future__ import annotations

import sys
import urllib.request
from pathlib import Path

from chromium import chromium
from playwright.sync_api import Page, sync_playwright

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
MARKUP = "<img src=x onerror=alert(1)>"


def main(address: str, shots: Path, axe: Path) -> int:
    """Look at everything; 1 if something is wrong."""
    shots.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        for scheme in ("light", "dark"):
            for size, (width, height) in SIZES.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    bypass_csp=True,  # for axe, which is a script itself
                )
                page = context.new_page()
                wrong += [f"{size}, {scheme}: {one}" for one in _look(page, address, axe)]
                page.screenshot(path=str(shots / f"live-{size}-{scheme}.png"), full_page=True)
                context.close()
        browser.close()
    for line in wrong:
        print(f"WRONG: {line}")
    print(f"the live page at {len(SIZES)} widths, light and dark: {len(wrong)} wrong.")
    return 1 if wrong else 0


def _look(page: Page, address: str, axe: Path) -> list[str]:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append("a dialog opened"), dialog.dismiss()))
    page.goto(f"{address}/_affidavit")
    page.wait_for_function("document.querySelector('#state').textContent.startsWith('live')")
    before = page.locator("#calls li").count()
    # Somebody else calls.
    with urllib.request.urlopen(f"{address}/items/I-100001", timeout=60) as answer:  # noqa: S310 - http
        assert answer.status == 200
    page.wait_for_function(f"document.querySelectorAll('#calls li').length > {before}")
    wrong = [] if "200" in page.locator("#calls li").first.inner_text() else ["no status is shown"]
    # The form, by keyboard alone.
    page.select_option("#source", "apigw.v2")
    page.fill("#body", f'{{"id": "{MARKUP}"}}')
    page.focus("#send button")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#sent').textContent === 'answered'")
    page.wait_for_function(f"document.querySelectorAll('#calls li').length > {before + 1}")
    page.locator("#calls li details").first.locator("summary").click()
    shown = page.locator("#calls li").first.inner_text()
    wrong += [] if MARKUP in shown else ["the request is not shown as it is"]
    for part in ("Request", "Answer", "Records", "Metrics", "Log"):
        wrong += [] if part in shown else [f"{part} is missing"]
    wrong += [] if page.locator("#calls img").count() == 0 else ["markup became an element"]
    wide, room = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    wrong += [f"{wide} pixels wide in a window of {room}"] if wide > room else []
    wrong += [f"it asked {one}" for one in asked if not one.startswith(address)]
    page.add_script_tag(path=str(axe))
    found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})")
    wrong += [f"{one['id']} {one['nodes'][0]['target']}" for one in found["violations"]]
    return [*wrong, *said]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
