"""Verify an archive with everything that can be checked, whole and in parts; print time and memory.

python -m benchmarks.verification FOLDER [--parts 8]
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

from affidavit._records.local_keys import LocalKeys
from affidavit.plugin import EVOLVE
from affidavit_ledger.archive import open_folder
from affidavit_ledger.part_file import part_json, part_of
from affidavit_ledger.signing import PublicKey
from affidavit_ledger.verify import Evidence, VerificationResult, verify
from affidavit_ledger.verify_part import PartResult, verify_part
from benchmarks.make_archive import SECRET

T = TypeVar("T")


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parts", type=int, default=0, help="measure a division into so many, too")
    options = parser.parse_args()
    folder = options.folder.resolve()
    archive, _ = open_folder(urlsplit(f"file://{quote(str(folder / 'archive'))}"))
    keys = LocalKeys(SECRET)
    key = PublicKey.load((folder / "sealer.pub").read_bytes())
    evidence = Evidence(keys=keys, archive=archive, verifier=key)
    found: list[PartResult] = []
    spent: list[float] = []
    for number in range(1, options.parts + 1):
        part, seconds = timed(lambda n=number: verify_part(archive, key, keys, (n, options.parts)))  # type: ignore[misc]
        found.append(part_of(json.loads(json.dumps(part_json(part)))))
        spent.append(seconds)
    peak_of_parts = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told: dict[str, object] = {}
    if found:
        merged, seconds = timed(lambda: look(evidence, parts=found))
        told["parts"] = {
            "longest": max(spent),
            "all": sum(spent),
            "merge": seconds,
            "read_again": merged.read_again,
            "peak_mb": peak_of_parts / 1024,
        }
    verdict, seconds = timed(lambda: look(evidence))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told |= {"records": verdict.records, "seconds": seconds, "peak_mb": peak / 1024}
    floor = hashes_alone()
    per_second = {"hashes_alone": round(1 / floor), "verify": round(verdict.records / seconds)}
    share = floor * verdict.records / seconds
    print(json.dumps({**told, "floor": floor, "per_second": per_second, "hashes": share}))


def timed(act: Callable[[], T]) -> tuple[T, float]:
    """Return what comes of an act, and one core's time: other work there does not count."""
    started = time.process_time()
    return act(), time.process_time() - started


def look(evidence: Evidence, parts: list[PartResult] | None = None) -> VerificationResult:
    """Verify in one process, or merge; nothing is measured of what is not clean."""
    now_ms = time.time_ns() // 1_000_000
    verdict = verify(evidence, now_ms=now_ms, workers=1, max_age_s=None, parts=parts)
    if not verdict.clean:
        raise SystemExit("the archive is not clean; nothing was measured")
    return verdict


def hashes_alone(count: int = 10_000, rounds: int = 5) -> float:
    """Return the seconds that the seven hashes of one record take, and nothing beside them.

    An HMAC is two, then the link, the leaf, the next key and a node of the tree; the seventh is
    the record's share of the hash over its segment. Nothing is looked for, compared or read, and
    each is made as the verifier makes it: many of a kind, in a list. The best of some rounds.
    """
    body, key, pad, mac = bytes(667), bytes(32), bytes(64), bytes(16)
    segment, least = (b'{"b":%b,"m":"%b"}\n' % (body, mac.hex().encode())) * count, float("inf")
    for _ in range(rounds):
        started = time.process_time()
        inner = [sha256(pad + body).digest() for _ in range(count)]
        outer = [sha256(pad + digest).digest() for digest in inner]
        links = [sha256(body).digest() for _ in outer]
        leaves = [sha256(b"\x00" + body + mac).digest() for _ in links]
        keys = [sha256(EVOLVE + key).digest() for _ in leaves]
        nodes = [sha256(b"\x01" + leaf + leaf).digest() for leaf in leaves]
        sha256(segment).digest()
        least = min(least, time.process_time() - started)
        assert len(keys) == len(nodes) == count
    return least / count


if __name__ == "__main__":
    main()
