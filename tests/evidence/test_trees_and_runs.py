"""Trees, tiles, runs of numbers and gaps in chains, each held against its definition."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.plugin import evolve
from affidavit_ledger.gaps import Gaps
from affidavit_ledger.log_span import leaves_between
from affidavit_ledger.log_tree import LogTree
from affidavit_ledger.merkle import (
    EMPTY,
    Frontier,
    levels_of,
    node_hash,
    path_in,
    root_from_path,
    root_of,
)
from affidavit_ledger.notes import FIRST, Checkpoint, sign_note
from affidavit_ledger.places import checkpoint_key, manifests_key
from affidavit_ledger.spans import count_all, minus, plus, spans_of_numbers
from affidavit_ledger.tiles import (
    WIDTH,
    TiledTree,
    TileEdge,
    edge_of,
    full_subtrees,
    tile_key,
)
from affidavit_ledger.verify_part import _bounds
from evidence_world import DictArchive, World

LARGE = WIDTH * WIDTH + 3 * WIDTH + 5


@cache
def _leaves() -> list[bytes]:
    return [sha256(b"%d" % number).digest() for number in range(LARGE)]


def _root(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 9162 defines it, section 2.1.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()


@pytest.mark.parametrize("size", [*range(36), 63, 64, 65])
def test_a_tree_is_the_one_of_the_rfc(size: int) -> None:
    """Its root, grown or at once; the path of each leaf, which leads to no other place."""
    leaves = _leaves()[:size]
    root, grown = _root(leaves), Frontier()
    for leaf in leaves:
        grown.add(leaf)
    assert (root, root) == (root_of(leaves), grown.root())
    assert (root == EMPTY, grown.size) == (not size, size)
    subtrees = list(full_subtrees(size))
    assert [_root(leaves[at : at + count]) for at, count in subtrees] == grown.stack
    assert size == sum(count for _, count in subtrees)
    levels = levels_of(leaves)
    for index in range(size):
        path = path_in(levels, index)
        assert root == root_from_path(leaves[index], index, size, path)
        assert root_from_path(leaves[index], index, size, [*path, root]) is None
        assert not path or root_from_path(leaves[index], index, size, path[:-1]) is None
        assert root_from_path(leaves[index], size, size, path) is None
        assert root_from_path(leaves[index], -1, size, path) is None


@cache
def _tiles() -> tuple[dict[str, bytes], list[list[str] | None]]:
    edge = TileEdge()
    for leaf in _leaves():
        edge.add(leaf)
    return edge.full, edge.dump()


def test_tiles_hold_the_hashes_of_their_level() -> None:
    """Each full one under its name, once; what is in none yet is the edge."""
    full, edge = _tiles()
    leaves = _leaves()
    above = [root_of(leaves[at : at + WIDTH]) for at in range(0, LARGE - WIDTH + 1, WIDTH)]
    wanted = {
        tile_key(level, number): b"".join(hashes[number * WIDTH : (number + 1) * WIDTH])
        for level, hashes in enumerate((leaves, above))
        for number in range(len(hashes) // WIDTH)
    }
    assert wanted == full
    assert {"tile/0/258", "tile/1/000"} <= full.keys()
    read = TileEdge.load(LARGE, edge)
    assert edge == read.dump()
    assert [5, 3, 1] == [len(hashes or ()) for hashes in edge]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, "tile/1/000"),
        (999, "tile/1/999"),
        (1000, "tile/1/x001/000"),
        (1_234_067, "tile/1/x001/x234/067"),
    ],
)
def test_a_tile_is_named_as_c2sp_says(number: int, name: str) -> None:
    """Three digits a part."""
    assert name == tile_key(1, number)


@pytest.mark.parametrize("begun", [1, WIDTH - 1, WIDTH, WIDTH + 1, 2 * WIDTH])
def test_an_edge_that_begins_in_the_middle_writes_what_it_has_seen_whole(begun: int) -> None:
    """A tile of which it has missed a leaf is left out, and so is what would stand on it."""
    edge = TileEdge(begun)
    for number in range(begun, 4 * WIDTH):
        edge.add(_leaves()[number])
    whole = _tiles()[0]
    first = -(-begun // WIDTH)
    names = [tile_key(0, number) for number in range(first, 4)]
    assert {name: whole[name] for name in names} == edge.full
    assert None is edge.dump()[1]


class Counted(DictArchive):
    """Counts what is read."""

    def __init__(self) -> None:
        super().__init__(dict(_tiles()[0]))
        self.read: list[str] = []

    def get(self, key: str) -> bytes:
        self.read.append(key)
        return super().get(key)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700, 65_536, 65_537, LARGE])
def test_a_tree_is_read_from_its_tiles(size: int) -> None:
    """Each tile once at most, and for a root of any size no more than some dozens."""
    leaves = _leaves()[:size]
    archive, edge = Counted(), edge_of(size)
    tree = TiledTree(archive, size, dict(enumerate(leaves[edge:], edge)))
    assert root_of(leaves) == tree.root()
    assert len(archive.read) == len(set(archive.read)) <= 12
    levels = levels_of(leaves)
    for index in {0, 1, 255, 256, 511, size // 2, size - 1} & set(range(size)):
        assert path_in(levels, index) == tree.path(index)
    assert len(archive.read) == len(set(archive.read)) <= 24


def test_without_a_tile_and_without_the_leaf_nothing_is_said() -> None:
    """The frontier of what was there before is as good as tiles."""
    leaves = _leaves()[:700]
    before = Frontier()
    for leaf in leaves[:300]:
        before.add(leaf)
    known = dict(enumerate(leaves[300:], 300))
    tree = TiledTree(DictArchive(), 700, known, before.stack, 300)
    assert root_of(leaves) == tree.root()
    assert path_in(levels_of(leaves), 650) == tree.path(650)
    with pytest.raises(LookupError):
        TiledTree(DictArchive(), 700, known).root()
    cut = DictArchive({"tile/0/000": b"x" * 31})
    with pytest.raises(LookupError):
        TiledTree(cut, 700, known).root()


NUMBERS = st.sets(st.integers(0, 20))


def _set(spans: list[tuple[int, int]]) -> set[int]:
    return {number for first, last in spans for number in range(first, last + 1)}


@given(NUMBERS, NUMBERS, st.integers(0, 20), st.integers(0, 5))
def test_runs_are_sets(one: set[int], other: set[int], first: int, more: int) -> None:
    """Sorted, not touching each other, whatever is added and taken away."""
    runs, less, span = spans_of_numbers(one), spans_of_numbers(other), (first, first + more)
    for spans, wanted in (
        (runs, one),
        (plus(runs, span), one | _set([span])),
        (minus(runs, less), one - other),
    ):
        assert wanted == _set(spans)
        assert len(wanted) == count_all([spans, []])
        ends = [number for both in spans for number in both]
        assert ends == sorted(ends)
    added = plus(runs, span)
    assert all(later[0] > sooner[1] + 1 for sooner, later in pairwise(added))


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), max_size=4), st.data())
def test_what_is_missing_of_a_chain_is_known_with_its_key(
    gaps: list[tuple[int, int]], data: st.DataObject
) -> None:
    """One by one, in whatever order it comes."""
    missing, model, keys, at = Gaps(), dict[int, bytes](), [b"k" * 32], 0
    for there, gone in gaps:
        at += there
        while len(keys) < at + gone + 1:
            keys.append(evolve(keys[-1]))
        missing.open(at, at + gone - 1, keys[at])
        model |= {seq: keys[seq] for seq in range(at, at + gone)}
        at += gone
    for seq in data.draw(st.permutations(sorted(model))):
        assert [number in missing for number in range(at + 2)] == [
            number in model for number in range(at + 2)
        ]
        assert len(model) == missing.count
        assert spans_of_numbers(model) == [(a, a + n - 1) for a, n in _joined(missing.runs())]
        assert model.pop(seq) == missing.take(seq)
    assert (0, []) == (missing.count, list(missing.runs()))


def _joined(runs: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    held: tuple[int, int] | None = None
    for first, count in runs:
        if held is not None and first == held[0] + held[1]:
            held = held[0], held[1] + count
        else:
            if held is not None:
                yield held
            held = first, count
    if held is not None:
        yield held


def test_without_a_key_a_gap_has_none() -> None:
    """Of no record in it."""
    missing = Gaps()
    missing.open(3, 5, None)
    assert [None, None, None] == [missing.take(seq) for seq in (4, 3, 5)]


@pytest.mark.parametrize(("total", "of"), list(product((0, 1, 2, 3, 7, 8, 9, 20), (1, 2, 3, 8))))
def test_parts_divide_all_checkpoints_alike(total: int, of: int) -> None:
    """One after the other, none twice; by what they were told if there is that much of a log."""
    world = World(3)
    for number in range(total):
        note = sign_note(
            Checkpoint("o", 0, bytes(32), "2026-01-23T12:00:00.000Z", FIRST), world.signer
        )
        world.archive.put(checkpoint_key(number), note.encode(), retain_until=2**40)
    fewer = max(total - 1, 0)
    for told, most in (
        (None, total),
        (total or None, total),
        (total + 5, total),
        (fewer or None, fewer or total),
    ):
        bounds = [_bounds(world.archive, 0, (number, of), told) for number in range(1, of + 1)]
        assert (0, most) == (bounds[0][0], bounds[-1][1])
        assert all(one[1] == two[0] for one, two in pairwise(bounds))
        sizes = [until - first for first, until in bounds]
        assert max(sizes) - min(sizes) <= 1


@given(st.lists(st.integers(1, 4), max_size=5), st.integers(0, 20), st.integers(0, 20))
def test_leaves_are_read_by_their_numbers(sizes: list[int], first: int, last: int) -> None:
    """Of objects that end in time and lie where they say; junk and a lying name are passed over."""
    archive, lines = DictArchive(), dict[int, bytes]()
    at = 0
    for size in sizes:
        data = b"".join(b"line %d\n" % number for number in range(at, at + size))
        archive.put(manifests_key(at, size, data), data, retain_until=1)
        archive.put(manifests_key(at, size, b"other"), data + b"lie\n", retain_until=1)
        archive.put(f"manifests/{at:012d}-junk", data, retain_until=1)
        if first <= at and at + size <= last:
            lines |= {number: b"line %d" % number for number in range(at, at + size)}
        at += size
    found = leaves_between(archive, first, last)
    assert lines.items() <= found.items()
    assert all(
        first <= number < last or b"line %d" % number == line for number, line in found.items()
    )


def test_an_object_that_says_that_it_holds_nothing_leads_nowhere() -> None:
    """Nor does one that reaches beyond the checkpoint."""
    archive = DictArchive()
    data = b"one\n"
    for name in (manifests_key(0, 0, b""), manifests_key(0, 2, b"one\ntwo\n")):
        archive.put(name, b"one\ntwo\n" if "000002" in name else b"", retain_until=1)
    assert LogTree(archive).extend(1, b"root") is None
    archive.put(manifests_key(0, 1, data), data, retain_until=1)
    leaf = sha256(b"\x00one").digest()
    assert [b"one"] == LogTree(archive).extend(1, leaf)
    assert node_hash(leaf, leaf) == sha256(b"\x01" + leaf + leaf).digest()
