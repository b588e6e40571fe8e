"""What an archive, a signer and a push target are: where sealed evidence goes, and who signs it.

Used by sealers, verifiers and the command line, never by a handler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol
from urllib.parse import SplitResult

from affidavit._types import Json


class Archive(Protocol):
    """Objects that are written once and never changed.

    >>> sorted(n for n in vars(Archive) if not n.startswith("_"))
    ['get', 'keys', 'put']
    """

    def put(self, key: str, data: bytes, *, retain_until: int) -> None:
        """Keep `data` under `key` until `retain_until`, in seconds since 1970.

        Writing the same bytes again succeeds.

        Raises:
            LedgerConflictError: Other bytes are kept under `key`.
            LedgerUnavailableError: It could not be done.

        """
        ...

    def get(self, key: str) -> bytes:
        """Return what is kept under `key`.

        Raises:
            LedgerMissingError: There is nothing.
            LedgerUnavailableError: It cannot be read now.

        """
        ...

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """Name the objects whose key begins with `prefix`, in alphabetical order.

        Only those behind `after`, and the first of them at once: an archive of
        years has millions.
        """
        ...


class Workspace(Protocol):
    """A sealer's own notes beside an archive: small objects that come and go.

    >>> sorted(n for n in vars(Workspace) if not n.startswith("_"))
    ['delete', 'names', 'read', 'write']
    """

    def read(self, key: str) -> bytes | None:
        """Return what is noted under `key`; None if nothing is."""
        ...

    def write(self, key: str, data: bytes) -> None:
        """Note `data` under `key`, instead of what was there."""
        ...

    def delete(self, key: str) -> None:
        """Forget what is noted under `key`, if anything."""
        ...

    def names(self, prefix: str) -> Iterator[str]:
        """Name the notes whose key begins with `prefix`, in alphabetical order."""
        ...


class Signer(Protocol):
    """Signs checkpoints. `name` is the log's origin.

    >>> sorted(n for n in vars(Signer) if not n.startswith("_"))
    ['key_id', 'name', 'public_pem', 'sign']
    """

    @property
    def name(self) -> str:
        """The origin that the signature stands for."""
        ...

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell this key from others of the same name."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign `message`.

        Raises:
            LedgerUnavailableError: The key cannot be used now.

        """
        ...

    def public_pem(self) -> bytes:
        """Return the public key in PEM, to hand to an auditor."""
        ...


class ArchiveFactory(NamedTuple):
    """A plugin's offer to open archives whose URL has this `scheme`.

    >>> ArchiveFactory("shelf", open=lambda url: (None, None)).scheme
    'shelf'
    """

    scheme: str
    open: Callable[[SplitResult], tuple[Archive, Workspace]]


class SignerFactory(NamedTuple):
    """A plugin's offer to open signers whose URL has this `scheme`.

    >>> SignerFactory("pen", open=lambda url: None).scheme
    'pen'
    """

    scheme: str
    open: Callable[[SplitResult], Signer]


class PushTarget(Protocol):
    """Where sealed records go as OCSF events: a SIEM, or what stands before one.

    >>> sorted(n for n in vars(PushTarget) if not n.startswith("_"))
    ['send']
    """

    def send(self, events: Sequence[Mapping[str, Json]]) -> None:
        """Hand over `events` in their order. Returning means that all of them were taken.

        The same events may come again, and after a failure they do.

        Raises:
            LedgerUnavailableError: Not all were taken, or that is not known.
            LedgerRefusedError: One of them will never be taken as it is.

        """
        ...


class PushTargetFactory(NamedTuple):
    """A plugin's offer of push targets whose URL has this `scheme`. `open` connects lazily.

    >>> PushTargetFactory("pipe", open=lambda url: None).scheme
    'pipe'
    """

    scheme: str
    open: Callable[[SplitResult], PushTarget]
