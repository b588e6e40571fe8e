"""Remember where every chain ended, so that a later check misses nothing at the end.

A chain alone cannot tell that its newest records are gone: it just looks
shorter. A head that somebody else keeps can. Save heads where the ledger's
owner cannot write.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from affidavit import SettingsError

FORMAT: Final = 1

Heads = Mapping[str, tuple[int, str]]
"""Writer → the seq of its newest record, and the SHA-256 of that record's body."""


def save_heads(path: Path, heads: Heads, at: str) -> None:
    """Write heads to a file, whole or not at all."""
    document = {"format": FORMAT, "at": at, "heads": {w: list(h) for w, h in heads.items()}}
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    temporary.replace(path)


def load_heads(path: Path) -> Heads:
    """Read heads from a file.

    Raises:
        SettingsError: It cannot be read, or is not a file of heads.

    """
    try:
        document: Any = json.loads(path.read_text())
        heads = {str(w): (int(seq), str(digest)) for w, (seq, digest) in document["heads"].items()}
        why = "" if document["format"] == FORMAT else "it has another format"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"reading it raised {type(error).__name__}"
    if why:
        raise SettingsError(
            "the saved heads cannot be used", why=why, fix="Name a file that --save-heads wrote"
        )
    return heads
