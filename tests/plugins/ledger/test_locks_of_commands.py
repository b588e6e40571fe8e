"""Until when that is locked which a command puts into an archive: to the second."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

import pytest

from affidavit_ledger.archive import FolderArchive
from command_line import Terminal

DAY_S = 24 * 60 * 60
BEGIN_S = 1_769_169_600


def test_what_a_command_archives_is_locked_as_long_as_the_policy_says(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the command on; a state of the sealer's, which is no evidence, for a month."""
    now_s, put = BEGIN_S, FolderArchive.put
    days: dict[str, set[float]] = defaultdict(set)

    def noting(self: FolderArchive, key: str, data: bytes, *, retain_until: int) -> None:
        days[key.partition("/")[0]].add((retain_until - now_s) / DAY_S)
        put(self, key, data, retain_until=retain_until)

    monkeypatch.setattr(FolderArchive, "put", noting)
    monkeypatch.setattr(time, "time_ns", lambda: now_s * 10**9)
    for name in ("ledger", "archive", "signer"):
        monkeypatch.setenv(f"AFFIDAVIT_{name.upper()}", getattr(terminal, name))

    def done(*words: str) -> Any:
        said = terminal(*words)
        assert 0 == said.code, said.err
        found = {kind: sorted(of) for kind, of in days.items()}
        days.clear()
        return found

    terminal.invoke(1)
    signed = {"checkpoints": [365], "profiles": [365]}
    assert {**signed, "manifests": [365], "segments": [365]} == done("seal")
    now_s += 60
    assert {"keys": [365]} == done("ledger", "rekey")
    now_s += 365 * DAY_S
    assert signed | {"manifests": [365], "segments": [365]} == done("seal")
    assert {"begins": [365]} == done("retention", "purge", "--yes")
