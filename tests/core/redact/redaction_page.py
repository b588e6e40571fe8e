"""Write the lists of docs/redaction-{kinds,lists}.md from the engine's own tables.

PYTHONPATH=tests python tests/core/redact/redaction_page.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import redact_strategies as my
from affidavit._policy.words import Pack
from affidavit._redact.detect.credential_forms import forms, issuers
from affidavit._redact.detect.national_ids.table import Identifier, identifiers
from affidavit._redact.types.entities import ENTITIES
from affidavit._redact.types.lexicon import ENDINGS, FOREIGN, WHOLE

DOCS: Final = Path(__file__).resolve().parents[3] / "docs"
START: Final = "<!-- written by tests/core/redact/redaction_page.py -->\n"
END: Final = "<!-- until here -->\n"
BY_ENGINE: Final = frozenset({"LIMIT", "UNKNOWN"})

WORDED: Final = frozenset({"US_SSN", "US_ITIN", "UK_NHS", "US_NPI"})
"""What is found behind a word and is in no pack."""


def bare(entity: str) -> str:
    """Say whether a value of `entity` is found by its form alone."""
    if entity in my.CANARIES:
        return "yes"
    packs = sorted({one.pack for one in identifiers() if one.bare and one.entity == entity})
    return f"some, of {len(packs)} packs" if packs else "no"


def worded(entity: str) -> str:
    """Say whether a value of `entity` is found behind a word in a text."""
    packs = {one.pack for one in identifiers() if one.entity == entity}
    if "any" in packs or entity in WORDED:
        return "yes"
    return "with a pack" if packs else "with `=` or `:`" if by_key(entity) == "yes" else "no"


def by_key(entity: str) -> str:
    """Say whether a value of `entity` is found by the name of its field."""
    return "yes" if entity in {*ENDINGS.values(), *WHOLE.values()} else "no"


def entities() -> str:
    """Return the table of what is found how."""
    rows = "".join(
        f"| `{entity}` | {says} | {bare(entity)} | {worded(entity)} | {by_key(entity)} |\n"
        for entity, says in ENTITIES.items()
        if entity not in BY_ENGINE
    )
    head = "| entity | what it is | bare | behind a word | by key |\n|---|---|---|---|---|\n"
    return f"\n{head}{rows}\n"


def lists() -> str:
    """Return the page of numbers, by pack, and of credentials, by who issues them."""
    parts = ["\n## Numbers of people\n"]
    for pack, says in [("any", "under every policy"), *((one.value, one.says) for one in Pack)]:
        chosen = [one for one in identifiers() if one.pack == pack]
        rows = "".join(map(_row, chosen))
        parts.append(
            f"\n### `{pack}`: {says}\n\n| number | entity | bare | behind one of these words |\n"
            f"|---|---|---|---|\n{rows}"
        )
    issued: dict[str, list[str]] = {}
    for group in forms().values():
        for form in group:
            issued.setdefault(form.issuer, []).append(f"`{form.beginning}`".replace("|", "\\|"))
    rows = "".join(f"| {one} | {', '.join(found)} |\n" for one, found in sorted(issued.items()))
    parts.append(f"\n## Credentials\n\n| of | begins with |\n|---|---|\n{rows}")
    named = ", ".join(sorted(issuers()))
    parts.append(
        f"\nA long word with a digit behind the name of one of these is one, too: {named}.\n"
    )
    phrases = len(ENDINGS) + len(WHOLE) + len(FOREIGN)
    parts.append(f"\n## Names of fields\n\n{phrases} phrases announce what stands below them.\n\n")
    return "".join(parts)


def _row(one: Identifier) -> str:
    form = "yes" if one.bare else "no"
    return f"| {one.name} | `{one.entity}` | {form} | {', '.join(one.words)} |\n"


def page(text: str, written: str) -> str:
    """Return a page with the lists of today."""
    before, _, rest = text.partition(START)
    return f"{before}{START}{written}{END}{rest.partition(END)[2]}"


PAGES: Final = {"redaction-kinds.md": entities, "redaction-lists.md": lists}

if __name__ == "__main__":
    for name, write in PAGES.items():
        path = DOCS / name
        path.write_text(page(path.read_text("utf-8"), write()), "utf-8")
        sys.stderr.write(f"{name} written\n")
