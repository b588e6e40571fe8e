"""Verify an archive with everything that can be checked; print time and memory.

python -m benchmarks.verification FOLDER
"""

from __future__ import annotations

import argparse
import hmac
import json
import resource
import time
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlsplit

from affidavit._records.local_keys import LocalKeys
from affidavit_ledger.archive import open_folder
from affidavit_ledger.signing import PublicKey
from affidavit_ledger.verify import Evidence, verify
from benchmarks.make_archive import SECRET


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    folder = options.folder.resolve()
    archive, _ = open_folder(urlsplit(f"file://{quote(str(folder / 'archive'))}"))
    evidence = Evidence(
        keys=LocalKeys(SECRET),
        archive=archive,
        verifier=PublicKey.load((folder / "sealer.pub").read_bytes()),
    )
    started = time.process_time()  # one core's time: other work on the machine does not count
    verdict = verify(evidence, now_ms=time.time_ns() // 1_000_000, workers=1, max_age_s=None)
    spent = time.process_time() - started
    if not verdict.clean:
        raise SystemExit("the archive is not clean; nothing was measured")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"records": verdict.records, "seconds": spent, "peak_mb": peak / 1024}
    print(json.dumps({**told, "floor": _floor()}))


def _floor() -> float:
    """Return the seconds that the hashes of one record take: MAC, leaf, link, next key."""
    body, key, rounds = bytes(667), bytes(32), 20_000
    started = time.process_time()
    for _ in range(rounds):
        hmac.digest(key, body, "sha256")
        sha256(body + key[:16]).digest()
        sha256(body).digest()
        sha256(key).digest()
    return (time.process_time() - started) / rounds


if __name__ == "__main__":
    main()
