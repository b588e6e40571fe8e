"""The verifier of docs/verify_offline.py, in this process."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("verify_offline", ROOT / "docs/verify_offline.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


OFFLINE = _load()


def offline_verdict(kind: str, what: Path, folder: Path) -> str:
    """Return its verdict on an archive or a file of proofs, with the key of a folder."""
    found, reasons = OFFLINE.check(kind, what, folder / "key.pem")
    if found:
        return "not clean"
    return "not decidable" if reasons else "clean"
