"""The sealer's notes: where the log stands, and the manifests that wait to be taken in.

Whoever can write beside an archive could write them, so each is signed with the
sealer's key. One that is not is set aside: it moves nothing and holds nothing up.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from affidavit.plugin import Archive, Signer, Workspace
from affidavit_ledger.key_succession import all_keys
from affidavit_ledger.notes import Verifier
from affidavit_ledger.segments import Manifest
from affidavit_ledger.signing import PublicKey

STATE: Final = "state.json"
_PENDING: Final = "pending/"
_ASIDE: Final = "aside/"


class Notes:
    """State and pending manifests in one workspace."""

    def __init__(self, workspace: Workspace, signer: Signer) -> None:
        self._workspace = workspace
        self._signer = signer
        self._verifier: Verifier | None = None

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._signer.name

    @property
    def verifier(self) -> Verifier:
        """The sealer's public key, and those before it that are known."""
        if self._verifier is None:
            self._verifier = PublicKey.load(self._signer.public_pem())
        return self._verifier

    def learn_keys(self, archive: Archive) -> None:
        """Take the keys too that signed this log before ours, as the archive says."""
        self._verifier = all_keys(archive, self.verifier)

    def sign(self, name: str, payload: bytes) -> bytes:
        """Return a note as it is kept: the payload, and a line that signs it."""
        raw = self._signer.key_id + self._signer.sign(_message(name, payload))
        return payload + b"\n" + base64.b64encode(raw) + b"\n"

    def open(self, name: str, data: bytes | None) -> bytes | None:
        """Return the payload of a note that this sealer's key has signed; None otherwise."""
        if data is None:
            return None
        payload, _, line = data.removesuffix(b"\n").rpartition(b"\n")
        try:
            raw = base64.b64decode(line, validate=True)
        except ValueError:
            return None
        signed = self.verifier.signs(self._signer.name, _message(name, payload), raw)
        return payload if signed else None

    def read(self) -> bytes | None:
        """Return the log's state as it was kept; None if it was not, or not by us."""
        return self.open(STATE, self._workspace.read(STATE))

    def write(self, data: bytes) -> None:
        """Keep the log's state."""
        self._workspace.write(STATE, self.sign(STATE, data))

    def add(self, manifest: Manifest) -> None:
        """Leave a manifest; leaving the same one twice changes nothing."""
        name = _name(manifest)
        self._workspace.write(name, self.sign(name, manifest.body()))

    def all(self) -> tuple[list[Manifest], int]:
        """Return the manifests that wait, in a fixed order, and how many notes were set aside."""
        found, aside = [], 0
        for name in list(self._workspace.names(_PENDING)):
            data = self._workspace.read(name)
            if data is None:
                continue
            payload = self.open(name, data)
            if payload is None:
                self._move_aside(name, data)
                aside += 1
            else:
                found.append(Manifest.parse(payload))
        return sorted(found, key=_order), aside

    def set_aside(self, manifest: Manifest) -> None:
        """Keep a manifest whose segment cannot be sealed out of the way."""
        name = _name(manifest)
        self._move_aside(name, self._workspace.read(name) or manifest.body())

    def remove(self, manifests: Iterable[Manifest]) -> None:
        """Let go of manifests that are in the log."""
        for manifest in manifests:
            self._workspace.delete(_name(manifest))

    def _move_aside(self, name: str, data: bytes) -> None:
        self._workspace.write(_ASIDE + name.removeprefix(_PENDING), data)
        self._workspace.delete(name)


def _order(manifest: Manifest) -> tuple[str, int, str]:
    """Order segments as their records were written, as far as their names say it."""
    first = min((span[0] for span in manifest.writers.values()), default=0)
    return manifest.key.rpartition("/")[0], first, manifest.key


def _name(manifest: Manifest) -> str:
    return f"{_PENDING}{sha256(manifest.body()).hexdigest()[:32]}.json"


def _message(name: str, payload: bytes) -> bytes:
    """Return what is signed. No checkpoint begins so: an origin has no space."""
    digest = sha256(payload).hexdigest()
    return f"affidavit sealer note 1\n{name}\n{digest}\n".encode()
