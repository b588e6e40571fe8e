"""Hashes of the log's tree as tiles, so that a proof of one leaf need not read every other.

Named and filled as C2SP's tlog-tiles are: `tile/<level>/<number>` holds 256
hashes of 32 bytes, `tile/0` those of leaves, each level above the roots of 256
of the one below. Only full tiles are written. They are no evidence: what comes
of them is compared with a signed root. Source: https://c2sp.org/tlog-tiles.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from affidavit import LedgerMissingError
from affidavit.plugin import Archive
from affidavit_ledger.merkle import node_hash, root_of

WIDTH: Final = 256
_HASH: Final = 32
_THOUSAND: Final = 1000


def tile_key(level: int, number: int) -> str:
    """Return a tile's name: three digits a part, all but the last with an `x` before them."""
    parts = [f"{number % _THOUSAND:03d}"]
    while number := number // _THOUSAND:
        parts.append(f"x{number % _THOUSAND:03d}")
    return f"tile/{level}/{'/'.join(reversed(parts))}"


class TileEdge:
    """The tiles at the right edge of a growing tree, which are not full yet.

    A level whose hashes are not all known, because the tree was not followed
    from its beginning, is None until its next tile begins.
    """

    def __init__(self, size: int = 0, levels: Sequence[list[bytes] | None] = ()) -> None:
        self._size = size
        self._levels = list(levels)
        self.full: dict[str, bytes] = {}
        """Tiles that have become full and are not written yet."""

    def add(self, leaf: bytes) -> None:
        """Take in the next leaf's hash."""
        node: bytes | None = leaf
        index, level = self._size, 0
        self._size += 1
        while True:
            number, place = divmod(index, WIDTH)
            if level == len(self._levels):
                self._levels.append(None)
            hashes = [] if not place else self._levels[level]
            if hashes is not None and node is not None:
                hashes.append(node)
            self._levels[level] = hashes if node is not None else None
            if place < WIDTH - 1:
                return
            tile, node = self._levels[level], None
            if tile is not None and len(tile) == WIDTH:
                self.full[tile_key(level, number)] = b"".join(tile)
                node = root_of(tile)
            self._levels[level] = []
            index, level = number, level + 1

    def dump(self) -> list[list[str] | None]:
        """Return the edge as JSON."""
        return [
            None if hashes is None else [b64encode(node).decode() for node in hashes]
            for hashes in self._levels
        ]

    @classmethod
    def load(cls, size: int, said: Sequence[Any]) -> TileEdge:
        """Read an edge back."""
        return cls(size, [None if hashes is None else [*map(b64decode, hashes)] for hashes in said])


class TiledTree:
    """A tree of `size` leaves whose hashes come from tiles, and from `leaves` where none is full.

    Memory and reads grow with the depth of the tree, not with its size.
    """

    def __init__(
        self,
        archive: Archive,
        size: int,
        leaves: Mapping[int, bytes],
        before: Sequence[bytes] = (),
        first: int = 0,
    ) -> None:
        """Take the leaves that are known, and the frontier `before` of the first `first` ones."""
        self._archive = archive
        self._subtrees = dict(_subtrees(first, before))
        self._size = size
        self._leaves = leaves
        self._tiles: dict[tuple[int, int], list[bytes] | None] = {}

    def path(self, index: int) -> list[bytes]:
        """Return the hashes that lead from one leaf to the root.

        Raises:
            LookupError: A tile is not there.

        """
        path: list[bytes] = []
        first, last = 0, self._size
        while last - first > 1:
            middle = first + _split(last - first)
            if index < middle:
                path.append(self.between(middle, last))
                last = middle
            else:
                path.append(self.between(first, middle))
                first = middle
        path.reverse()
        return path

    def root(self) -> bytes:
        """Return the root; see `path`."""
        return self.between(0, self._size)

    def between(self, first: int, last: int) -> bytes:
        """Return the root over the leaves from `first` to before `last`; see `path`."""
        count = last - first
        if (first, count) in self._subtrees:
            return self._subtrees[first, count]
        if count & (count - 1) == 0 and (node := self._node(first, count)) is not None:
            return node
        if count == 1:
            return self._leaves[first]
        middle = first + _split(count)
        return node_hash(self.between(first, middle), self.between(middle, last))

    def _node(self, first: int, count: int) -> bytes | None:
        """Return the root over a full subtree, as far as one tile holds what it takes."""
        level = (count.bit_length() - 1) // 8
        while level >= 0:
            span = WIDTH**level
            number, place = divmod(first // span, WIDTH)
            tile = self._tile(level, number)
            if tile is not None:
                return root_of(tile[place : place + count // span])
            level -= 1
            if count // WIDTH ** max(level, 0) > WIDTH:
                break  # no single tile of a lower level holds it
        return None

    def _tile(self, level: int, number: int) -> list[bytes] | None:
        # A tile may have become full after this tree: full subtrees stay what they are.
        key = (level, number)
        if key not in self._tiles:
            try:
                data = self._archive.get(tile_key(level, number))
            except LedgerMissingError:
                data = b""
            hashes = [data[at : at + _HASH] for at in range(0, len(data), _HASH)]
            self._tiles[key] = hashes if len(data) == WIDTH * _HASH else None
        return self._tiles[key]


def edge_of(size: int) -> int:
    """Return the first leaf of a tree that is in no full tile of its own."""
    return size - size % WIDTH


def _subtrees(size: int, stack: Sequence[bytes]) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Return the full subtrees of a frontier, each with its root."""
    return zip(full_subtrees(size), stack, strict=False)


def full_subtrees(size: int) -> Iterator[tuple[int, int]]:
    """Yield the full subtrees of a tree, largest first, as first leaf and number of leaves."""
    at = 0
    while at < size:
        count = 1 << (size - at).bit_length() - 1
        yield at, count
        at += count


def _split(count: int) -> int:
    """Return the largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1
