"""Archives and proofs that a seed describes: drawn mutations of honest ones, some signed again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from hostile_evidence import Case, Forge, dump, mutate


def fuzzed_archive(seed: int, folder: Path, forge: Forge) -> None:
    """Write down the archive that a seed describes, with its keys.

    Half of them are signed again after the records were changed: a forger with
    the sealer's key reaches code that a stranger does not.
    """
    rng = random.Random(seed)  # noqa: S311 - a seed, not a secret
    objects: dict[str, Any] = dict(forge.honest)
    if rng.random() < 0.6:
        parts = {
            f"{n}": b"\x1f".join(part) for n, part in enumerate(chain.from_iterable(forge.batches))
        }
        for _ in range(rng.randrange(1, 3)):
            mutate(parts, rng)
        kept = [tuple(part.rpartition(b"\x1f")[::2]) for part in parts.values()]
        half = rng.randrange(len(kept) + 1)
        leaf = None
        if rng.random() < 0.3:
            leaf = lambda _, said: _mutated(said, rng)  # noqa: E731
        objects = dict(forge.archive([kept[:half], kept[half:]], leaf=leaf))  # type: ignore[arg-type]
    cosigned = rng.random() < 0.3
    if cosigned:
        objects |= forge.cosignatures(objects, late=rng.choice((0, 1)))
    for _ in range(rng.randrange(3)):
        if objects:
            mutate(objects, rng)
    Case("fuzz", "", objects, forge.key).write(folder)
    if cosigned:
        (folder / "witnesses").write_text(forge.witness_key.text)


def _mutated(said: dict[str, Any], rng: random.Random) -> bytes:
    leaf = {"leaf": dump(said)}
    mutate(leaf, rng)
    return next(iter(leaf.values()), b"").replace(b"\n", b"")


def fuzzed_proof(
    seed: int, folder: Path, proofs: Sequence[tuple[str, str, bytes, bytes]]
) -> tuple[bytes, bytes]:
    """Write down and return a proof in which a seed changes a few things, and its key."""
    rng = random.Random(seed)  # noqa: S311 - a seed, not a secret
    _, _, data, key = rng.choice(proofs)
    file = {"proof": data}
    for _ in range(rng.randrange(1, 3)):
        mutate(file, rng) if file else None
    folder.mkdir()
    (folder / "key.pem").write_bytes(key)
    (folder / "proof.json").write_bytes(file.get("proof", b""))
    return file.get("proof", b""), key
