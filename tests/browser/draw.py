"""Draw the diagrams of the documents as SVG, light and dark: `make pictures`.

    build/browser/bin/python tests/browser/draw.py docs

Mermaid (https://mermaid.js.org) draws them in Chromium; nothing is fetched. Each picture says the
digest of the text that it was drawn from, so that a test can tell a picture that is out of date.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path
from typing import Final

from chromium import chromium, missing
from playwright.sync_api import Page, sync_playwright

MERMAID: Final = Path("build/browser/node_modules/mermaid/dist/mermaid.min.js")
THEMES: Final = {"light": "neutral", "dark": "dark"}
BLOCK: Final = re.compile(r"^```mermaid\n(.*?)^```$", re.DOTALL | re.MULTILINE)
DRAW: Final = """async ([name, text, theme]) => {
    mermaid.initialize({
        startOnLoad: false, theme, deterministicIds: true, htmlLabels: false,
        fontFamily: "sans-serif",
        flowchart: {htmlLabels: false, useMaxWidth: true, rankSpacing: 28, nodeSpacing: 28},
    });
    return (await mermaid.render(name, text)).svg;
}"""


def sources(docs: Path) -> dict[str, str]:
    """Return the text of each diagram by the name of its picture."""
    (steps,) = BLOCK.findall((docs / "architecture.md").read_text("utf-8"))
    overview = (docs / "pictures" / "architecture.mmd").read_text("utf-8")
    return {"architecture": overview, "invocation": steps}


def digest(text: str) -> str:
    """Return what a picture says of its text."""
    return hashlib.sha256(text.encode()).hexdigest()


def main(docs: Path) -> int:
    """Draw; 1 if there is no browser."""
    if not chromium():
        return missing() or 1
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(path=str(MERMAID))
        for name, text in sources(docs).items():
            for look, theme in THEMES.items():
                path = docs / "pictures" / f"{name}-{look}.svg"
                path.write_text(_drawn(page, f"{name}-{look}", text, theme), "utf-8")
        browser.close()
    return 0


def _drawn(page: Page, name: str, text: str, theme: str) -> str:
    svg: str = page.evaluate(DRAW, [name, text, theme])
    svg = re.sub(r' data-[\w-]+="[^"]*"', "", svg)  # what was drawn, once more, in base64
    svg = re.sub(r"(\d\.\d)\d+", r"\1", svg)
    return f"<!-- drawn from sha256:{digest(text)} -->\n{svg}\n"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
