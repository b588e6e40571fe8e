"""The vault: one folder per version, written once, checked whenever it is read.

    v1.2.3/checksums.txt                 sha256 and name of every file: claims the version
    v1.2.3/<function>.zip                what Lambda gets, in every environment
    v1.2.3/<function>.manifest.json      what the bundle says of itself
    v1.2.3/<function>.cdx.json           its bill of materials, if it came with one
    v1.2.3/<function>.intoto.json        where it comes from: commit, tree, builder
    v1.2.3/signature.json                over the checksums; comes last and completes it

The digest of a release is the SHA-256 of `checksums.txt`. A version that lacks
its signature is not there yet: the same bytes may complete it, others may not.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from affidavit import LedgerConflictError, LedgerError
from affidavit.plugin import Archive, Signer
from affidavit_ledger.signing import PublicKey
from affidavit_release.errors import Reason, ReleaseRefusedError
from affidavit_release.versions import Version

CHECKSUMS: Final = "checksums.txt"
SIGNATURE: Final = "signature.json"
_FILE: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\.(?:zip|manifest\.json|cdx\.json|intoto\.json)"
)
_LINE: Final = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>\S+)")


class Stored(NamedTuple):
    """One release as the vault has it, its signature checked.

    `sums` maps names to SHA-256 in hexadecimal. Bytes come from `read` only.
    `elsewhere` names zips that are no functions of an environment's line.
    """

    version: Version
    digest: str
    sums: Mapping[str, str]
    archive: Archive
    elsewhere: frozenset[str] = frozenset()

    @property
    def functions(self) -> tuple[str, ...]:
        """Name the functions whose alias a release moves, in order."""
        zips = {name.removesuffix(".zip") for name in self.sums if name.endswith(".zip")}
        return tuple(sorted(zips - self.elsewhere))

    @property
    def zips(self) -> dict[str, str]:
        """Map functions to the SHA-256 of their zip."""
        return {name: self.sums[f"{name}.zip"] for name in self.functions}

    def read(self, name: str) -> bytes:
        """Return one file's bytes, compared with the signed list.

        Raises:
            ReleaseRefusedError: They are others than those that were signed, or gone.

        """
        try:
            data = self.archive.get(f"{self.version}/{name}")
        except LedgerError:
            raise _altered(name) from None
        if hashlib.sha256(data).hexdigest() != self.sums[name]:
            raise _altered(name)
        return data


def checksums(files: Mapping[str, bytes]) -> bytes:
    """Return the list of files as `sha256sum -c` reads it, in order of names."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode()


def digest_of(listed: bytes) -> str:
    """Return the digest of a release, from its list of files."""
    return hashlib.sha256(listed).hexdigest()


def is_file(name: str) -> bool:
    """Tell whether a release may have a file of that name."""
    return bool(_FILE.fullmatch(name))


class Vault:
    """Releases in an archive. `public_pem` is the key that every one must be signed with."""

    def __init__(
        self, archive: Archive, public_pem: bytes, elsewhere: frozenset[str] = frozenset()
    ) -> None:
        self.archive = archive
        self._elsewhere = elsewhere
        self._key = PublicKey.load(public_pem)

    def write(
        self, version: Version, files: Mapping[str, bytes], signer: Signer, *, retain_until: int
    ) -> Stored:
        """Keep a release under its version. The same bytes again succeed.

        Raises:
            ReleaseRefusedError: Other bytes are kept under this version.
            LedgerUnavailableError: It could not be done; doing it again completes it.

        """
        listed = checksums(files)
        # The list comes first: whoever has written it owns the version, so that
        # two uploads cannot mix, and an interrupted one can be taken up again.
        objects = {CHECKSUMS: listed, **{name: files[name] for name in sorted(files)}}
        try:
            for name, data in objects.items():
                self.archive.put(f"{version}/{name}", data, retain_until=retain_until)
        except LedgerConflictError:
            raise ReleaseRefusedError(
                Reason.VERSION_TAKEN,
                f"{version} is kept already with other bytes",
                why="a version is written once",
                fix="Commit the change and build the next version",
            ) from None
        if f"{version}/{SIGNATURE}" not in set(self.archive.keys(f"{version}/")):
            self._sign(version, listed, signer, retain_until)
        return self.open(version)

    def open(self, version: Version) -> Stored:
        """Open a release: signature, list, and that nothing else lies beside it.

        Raises:
            ReleaseRefusedError: It is not there, not complete, or not as it was signed.
            LedgerUnavailableError: The vault cannot be read now.

        """
        prefix = f"{version}/"
        there = {key.removeprefix(prefix) for key in self.archive.keys(prefix)}
        if not {CHECKSUMS, SIGNATURE} <= there:
            raise _absent(version)
        listed = self.archive.get(prefix + CHECKSUMS)
        self._check(version, listed, self.archive.get(prefix + SIGNATURE))
        sums = _read_sums(listed)
        if sums.keys() | {CHECKSUMS, SIGNATURE} != there:
            raise _altered("the list of files")
        return Stored(version, digest_of(listed), sums, self.archive, self._elsewhere)

    def check(self, version: Version) -> Stored:
        """Open a release and compare every byte of it."""
        stored = self.open(version)
        for name in stored.sums:
            stored.read(name)
        return stored

    def _sign(self, version: Version, listed: bytes, signer: Signer, retain_until: int) -> None:
        signature = signer.sign(_statement(version, listed, signer.name))
        told = {
            "format": 1,
            "key_id": signer.key_id.hex(),
            "origin": signer.name,
            "signature": base64.b64encode(signature).decode(),
        }
        data = (json.dumps(told, indent=1, sort_keys=True) + "\n").encode()
        self._check(version, listed, data)  # a release that nobody could open must not be made
        self.archive.put(f"{version}/{SIGNATURE}", data, retain_until=retain_until)

    def _check(self, version: Version, listed: bytes, signed: bytes) -> None:
        try:
            told: dict[str, Any] = json.loads(signed)
            origin = str(told["origin"])
            signature = base64.b64decode(told["signature"], validate=True)
        except (ValueError, KeyError, TypeError, binascii.Error):
            origin, signature = "", b""
        if not self._key.verify(_statement(version, listed, origin), signature):
            raise ReleaseRefusedError(
                Reason.SIGNATURE_BROKEN,
                f"the signature of {version} does not hold",
                why="its list of files was not signed with the key of the rules",
                fix="Find out who changed the vault; build a new version from the commit",
            )


def copy_release(stored: Stored, to: Archive, *, retain_until: int) -> None:
    """Copy a release to another archive, byte by byte; its signature comes last.

    Raises:
        ReleaseRefusedError: A byte is not as it was signed.
        LedgerConflictError: Other bytes lie there.

    """
    names = (CHECKSUMS, *sorted(stored.sums), SIGNATURE)
    for name in names:
        key = f"{stored.version}/{name}"
        data = stored.read(name) if name in stored.sums else stored.archive.get(key)
        to.put(key, data, retain_until=retain_until)


def _statement(version: Version, listed: bytes, origin: str) -> bytes:
    """Return what is signed: short, so that KMS takes it (4,096 bytes at most)."""
    return f"affidavit release 1\n{origin}\n{version}\n{digest_of(listed)}\n".encode()


def _read_sums(listed: bytes) -> dict[str, str]:
    lines = listed.decode("utf-8", "replace").splitlines()
    found = [_LINE.fullmatch(line) for line in lines]
    sums = {one["name"]: one["digest"] for one in found if one is not None}
    if len(sums) != len(lines) or not sums or not all(map(is_file, sums)):
        raise _altered("the list of files")
    return sums


def _altered(name: str) -> ReleaseRefusedError:
    return ReleaseRefusedError(
        Reason.BYTES_ALTERED,
        f"{name} is not what the signed list says",
        why="the vault holds other bytes, or they are gone",
        fix="Find out who changed the vault; build a new version from the commit",
    )


def _absent(version: Version) -> ReleaseRefusedError:
    return ReleaseRefusedError(
        Reason.NOT_IN_VAULT,
        f"{version} is not in the vault",
        why="it was never uploaded, or its upload was interrupted",
        fix="Run affidavit release upload",
    )
