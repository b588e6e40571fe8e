"""The verifier of docs/verify_offline.py, in this process."""

from __future__ import annotations

from pathlib import Path

import repository as repo

OFFLINE = repo.load(repo.DOCS / "verify_offline.py")


def offline_verdict(kind: str, what: Path, folder: Path) -> str:
    """Return its verdict on an archive or a file of proofs, with the key of a folder."""
    known = [file for file in (folder / "witnesses",) if kind == "archive" and file.exists()]
    found, reasons = OFFLINE.check(kind, what, folder / "key.pem", *known)
    if found:
        return "not clean"
    return "not decidable" if reasons else "clean"
