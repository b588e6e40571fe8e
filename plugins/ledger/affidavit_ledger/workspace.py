"""The sealer's notes: where the log stands, and the manifests that wait to be taken in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from affidavit.plugin import Workspace
from affidavit_ledger.segments import Manifest

_STATE: Final = "state.json"
_PENDING: Final = "pending/"


class Notes:
    """State and pending manifests in one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def read(self) -> bytes | None:
        """Return the log's state as it was kept; None if it was not."""
        return self._workspace.read(_STATE)

    def write(self, data: bytes) -> None:
        """Keep the log's state."""
        self._workspace.write(_STATE, data)

    def add(self, manifest: Manifest) -> None:
        """Leave a manifest; leaving the same one twice changes nothing."""
        self._workspace.write(_name(manifest), manifest.body())

    def all(self) -> Sequence[Manifest]:
        """Return the manifests that wait, in a fixed order."""
        found = []
        for name in self._workspace.names(_PENDING):
            data = self._workspace.read(name)
            if data is not None:
                found.append(Manifest.parse(json.loads(data)))
        return sorted(found, key=lambda manifest: manifest.key)

    def remove(self, manifests: Iterable[Manifest]) -> None:
        """Let go of manifests that are in the log."""
        for manifest in manifests:
            self._workspace.delete(_name(manifest))


def _name(manifest: Manifest) -> str:
    return f"{_PENDING}{sha256(manifest.body()).hexdigest()[:32]}.json"
