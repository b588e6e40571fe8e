"""What the objects of an archive are called, and what URLs say of places."""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from urllib.parse import SplitResult

from affidavit.plugin import Settings

CHECKPOINTS: Final = "checkpoints/"
MANIFESTS: Final = "manifests/"
SEGMENTS: Final = "segments/"
COSIGNATURES: Final = "cosignatures/"
TIMESTAMPS: Final = "timestamps/"
FOLDERS: Final = (
    *(SEGMENTS, MANIFESTS, CHECKPOINTS, COSIGNATURES, TIMESTAMPS),
    *("begins/", "keys/", "profiles/", "states/", "tile/"),
)
"""Where objects lie that are written once; beside them a sealer has its notes."""


def checkpoint_key(index: int) -> str:
    """Return the name of the checkpoint number `index`, counted from 0."""
    return f"{CHECKPOINTS}{index:012d}"


def cosignatures_key(index: int) -> str:
    """Return the name of what witnesses have signed of the checkpoint number `index`."""
    return f"{COSIGNATURES}{index:012d}"


def timestamps_key(index: int) -> str:
    """Return the name of the time stamp of the checkpoint number `index`."""
    return f"{TIMESTAMPS}{index:012d}"


def manifests_prefix(first: int) -> str:
    """Return how the names of objects begin that hold manifests from leaf `first` on."""
    return f"{MANIFESTS}{first:012d}-"


def manifests_key(first: int, count: int, data: bytes) -> str:
    """Return the name of the object with `count` manifests from leaf `first` on.

    The digest in it lets two sealers, and a forger, write side by side: which
    of them counts, the signed root says.
    """
    return f"{manifests_prefix(first)}{count:06d}-{sha256(data).hexdigest()[:16]}.ndjson"


def count_of(key: str) -> int:
    """Return how many manifests an object's name promises."""
    return int(key.removeprefix(MANIFESTS)[13:19])


def is_named_for(key: str, data: bytes) -> bool:
    """Tell whether an object's name fits its bytes; names of version 1 hold no digest."""
    _, _, digest = key.removeprefix(MANIFESTS).removesuffix(".ndjson")[13:].partition("-")
    return not digest or digest == sha256(data).hexdigest()[:16]


def place_of(url: SplitResult) -> str:
    """Return what a URL names, without what it says about how to get there."""
    return f"{url.scheme}://{url.netloc}{url.path}"


def sealed_to(settings: Settings) -> dict[str, str]:
    """Name the places where a sealer writes: the archive, and the witness if there is one."""
    places = {"archive": settings.archive, "witness": settings.witness}
    return {kind: place_of(url) for kind, url in places.items() if url is not None}
