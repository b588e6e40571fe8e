"""Merkle trees as RFC 6962 and RFC 9162 define them: roots, inclusion, consistency.

A leaf is hashed with a zero byte before it and a node with a one, so that
neither can be taken for the other. A tree of n leaves splits at the largest
power of two below n.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

EMPTY: Final = sha256(b"").digest()
"""The root of a tree without leaves (RFC 9162, section 2.1.1)."""


def leaf_hash(data: bytes) -> bytes:
    """Hash one leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into one."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes: level by level, an odd one goes up as it is."""
    if not leaves:
        return EMPTY
    level = leaves
    while len(level) > 1:
        odd = level[-1:] if len(level) & 1 else ()
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level.extend(odd)
    return level[0]


class Frontier:
    """A tree that only grows: what is needed to go on, one hash per level.

    `stack` holds the roots of the full subtrees, largest first.
    """

    def __init__(self, size: int = 0, stack: Iterable[bytes] = ()) -> None:
        self.size = size
        self.stack = list(stack)

    def add(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        full = self.size
        while full & 1:
            leaf = node_hash(self.stack.pop(), leaf)
            full >>= 1
        self.stack.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of the tree as it stands."""
        if not self.stack:
            return EMPTY
        root = self.stack[-1]
        for left in reversed(self.stack[:-1]):
            root = node_hash(left, root)
        return root


def levels_of(leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Return every level of a tree, the leaves first: for those who need many paths in it."""
    levels = [leaves]
    while len(level := levels[-1]) > 1:
        odd = level[-1:] if len(level) & 1 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        levels.append([*(node_hash(left, right) for left, right in pairs), *odd])
    return levels


def path_in(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """Return the sibling hashes that lead from one leaf to the root, by the tree's levels."""
    path: list[bytes] = []
    for level in levels:  # the root has no sibling
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index >>= 1
    return path


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the sibling hashes that lead from one leaf to the root."""
    return path_in(levels_of(leaves), index)


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that an inclusion path leads to; None if the path cannot be one.

    RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return None
    node, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            root = node_hash(root, sibling)
        node >>= 1
        last >>= 1
    return root if last == 0 else None
