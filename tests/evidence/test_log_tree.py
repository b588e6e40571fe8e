"""The tree grows by what leads to a signed root, whatever else lies in the archive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from affidavit_ledger.log_tree import LogTree, ManifestListing
from affidavit_ledger.merkle import leaf_hash, root_of
from affidavit_ledger.places import MANIFESTS, manifests_key, manifests_prefix
from evidence_world import DictArchive

SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=5)


def _archive(sizes: list[int]) -> tuple[DictArchive, list[bytes]]:
    archive, lines = DictArchive(), list[bytes]()
    for size in sizes:
        first = len(lines)
        lines += [b"manifest %d" % number for number in range(first, first + size)]
        data = b"".join(line + b"\n" for line in lines[first:])
        archive.put(manifests_key(first, size, data), data, retain_until=1)
        for junk in ("x", "000001-0.tmp", f"{size:06d}.ndjson.bak"):
            archive.put(manifests_prefix(first) + junk, data, retain_until=1)
    archive.put(f"{MANIFESTS}README", b"", retain_until=1)
    return archive, lines


def _tree(archive: DictArchive, listed: bool) -> LogTree:
    return LogTree(archive, ManifestListing(archive) if listed else None)


@given(SIZES, st.booleans(), st.data())
def test_of_several_objects_in_one_place_the_one_counts_that_leads_to_the_root(
    sizes: list[int], listed: bool, data: st.DataObject
) -> None:
    """Others are named before and behind it: bytes that differ, and bytes under a wrong name."""
    archive, lines = _archive(sizes)
    done = 0
    for size in sizes:
        for digest in ("0" * 16, "f" * 16):
            key = f"{manifests_prefix(done)}{size:06d}-{digest}.ndjson"
            archive.put(key, b"junk\n" * size, retain_until=1)
        other = b"".join(b"%d\n" % data.draw(st.integers(0, 99)) for _ in range(size))
        archive.put(manifests_key(done, size, other), other, retain_until=1)
        done += size
    tree, done = _tree(archive, listed), 0
    for size in sizes:
        done += size
        wanted = root_of(list(map(leaf_hash, lines[:done])))
        assert tree.extend(done, b"no root") is None
        assert lines[done - size : done] == tree.extend(done, wanted)
        assert [] == tree.extend(done, wanted)
        assert tree.extend(done, b"no root") is None


@given(SIZES, st.booleans())
def test_checkpoints_that_are_gone_are_passed_over(sizes: list[int], listed: bool) -> None:
    """What they added is taken object by object; not if one of them is gone, or ends elsewhere."""
    archive, lines = _archive(sizes)
    wanted = root_of(list(map(leaf_hash, lines)))
    assert lines == _tree(archive, listed).extend(len(lines), wanted)
    assert _tree(archive, listed).extend(len(lines) - 1, wanted) is None
    last = max(key for key in archive.objects if key.endswith(".ndjson"))
    del archive.objects[last]
    assert _tree(archive, listed).extend(len(lines), wanted) is None
