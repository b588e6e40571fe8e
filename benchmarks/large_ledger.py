"""Measure what a large ledger and a long log cost to ask, to seal and to check; times and memory.

    python -m benchmarks.large_ledger [--records 1000000] [--checkpoints 52560 525600] [--json FILE]

One ledger in a file holds so many records, all of them sealed, and another a tenth of them, all
expired: what is measured are the commands, each in a process of its own. A year of minutes are
525,600 checkpoints; each has a segment of one record, and all of it is files in a folder, which
takes some gigabytes while it lasts. Times are those of the processor. No goal is held here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from affidavit._clock import Clock, iso_utc  # noqa: E402
from affidavit._records.chain import Chain  # noqa: E402
from affidavit._records.tokens import Tokens  # noqa: E402
from affidavit.plugin import Ledger  # noqa: E402
from affidavit_ledger.places import checkpoint_key, manifests_key  # noqa: E402
from affidavit_sqlite.ledger import open_ledger  # noqa: E402
from benchmarks.long_log import LongLog  # noqa: E402
from benchmarks.make_archive import WRITERS, LastBatch, drafts_of  # noqa: E402

DAY_MS: Final = 86_400_000
APART_MS: Final = 10
SOME_DAYS: Final = ("--max-age", "1000000")
"""How old the newest checkpoint may be: what stands before takes a while."""
PEOPLE: Final = 1_000
"""How many actors and subjects there are: each has a thousandth of the accesses."""


class LedgerFile:
    """A ledger in a file with everything beside it that commands need."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.url = f"sqlite:///{folder}/ledger.db"
        self.event = ""
        self.day = ""

    def fill(self, records: int, *, age_days: int) -> None:
        """Write records of calls that ended so many days ago; what is asked for lies in between."""
        ledger = open_ledger(urlsplit(self.url))
        tokens = Tokens(ledger.keys.token_key())
        people = [
            (tokens.token("actor", f"actor-{n}"), tokens.token("subject", f"subject-{n}"))
            for n in range(PEOPLE)
        ]
        batch = LastBatch()
        through = Ledger(store=batch, keys=ledger.keys, reader=batch)  # type: ignore[arg-type]
        chains = [Chain(through, Clock(), {"pol": "hipaa@1"}, hot_days=90) for _ in range(WRITERS)]
        begin_ms = time.time_ns() // 1_000_000 - age_days * DAY_MS - records // 2 * APART_MS
        for number in range(records // 2):
            at_ms = begin_ms + number * APART_MS
            for draft in drafts_of(number, at_ms, people[number % PEOPLE]):
                chains[number % WRITERS].append(draft, timeout_s=5)
            if number == records // 4:
                self.event = json.loads(batch.entries[-1].body)["eid"]
                self.day = iso_utc(at_ms)[:10]
            while len(batch.entries) >= 1_000 or (batch.entries and number == records // 2 - 1):
                ledger.store.append(batch.entries[:1_000], timeout_s=60)
                del batch.entries[:1_000]

    def run(self, *words: str) -> tuple[float, float]:
        """Run a command; return seconds of processor and megabytes."""
        env = {
            **os.environ,
            "AFFIDAVIT_LEDGER": self.url,
            "AFFIDAVIT_ARCHIVE": f"file://{self.folder}/archive",
            "AFFIDAVIT_SIGNER": f"file://{self.folder}/sealer.key?name=example.org/ledger",
        }
        return spent([sys.executable, "-m", "affidavit_cli", *words], env)


def spent(command: Sequence[str], env: dict[str, str] | None = None) -> tuple[float, float]:
    """Run a program; return seconds of processor and megabytes.

    Raises:
        SystemExit: It found something, or failed.

    """
    with tempfile.TemporaryFile() as said:
        started = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=said)
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode:
            said.seek(0)
            raise SystemExit(
                f"{command[1:5]}: {started.returncode}\n{said.read()[-2000:].decode()}"
            )
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def commands(ledger: LedgerFile) -> dict[str, tuple[str, ...]]:
    """Return what is asked of a ledger."""
    pub = str(ledger.folder / "sealer.pub")
    return {
        "seal, nothing new": ("seal",),
        "who: a subject": ("who", "--subject", "subject-7"),
        "who: an actor on one day": ("who", "--actor", "actor-7", "--on", ledger.day),
        "prove": ("prove", ledger.event, "--to", str(ledger.folder / "proof.json")),
        "export": ("export", "--file", os.devnull),
        "verify": ("verify", "--public-key", pub, *SOME_DAYS),
        "verify, archive alone": ("verify", "--public-key", pub, "--no-table", *SOME_DAYS),
    }


def write_log(checkpoints: int, folder: Path) -> LongLog:
    """Write a log of so many checkpoints as files."""
    log = LongLog(checkpoints)
    for kind in ("checkpoints", "manifests"):
        (folder / "archive" / kind).mkdir(parents=True)
    made: set[str] = set()
    for number in range(checkpoints):
        data, manifest = log.manifest(number)
        day = manifest.key.rpartition("/")[0]
        if day not in made:
            (folder / "archive" / day).mkdir(parents=True)
            made.add(day)
        (folder / "archive" / manifest.key).write_bytes(data)
        line = manifest.body() + b"\n"
        (folder / "archive" / manifests_key(number, 1, line)).write_bytes(line)
        (folder / "archive" / checkpoint_key(number)).write_text(log.note(number))
    (folder / "sealer.pub").write_bytes(log.signer.public_pem())
    return log


def main() -> int:
    """Measure once."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--checkpoints", type=int, nargs="*", default=[52_560, 525_600])
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    figures: list[dict[str, object]] = []

    def tell(what: str, found: tuple[float, float], per: int = 0) -> None:
        figures.append({"what": what, "seconds": found[0], "megabytes": found[1]})
        rate = f" {per / found[0]:10,.0f}/s" if per else ""
        print(f"{what:52} {found[0]:8.2f} s {found[1]:7.0f} MB{rate}", flush=True)

    with tempfile.TemporaryDirectory(prefix="affidavit-large-") as name:
        folder = Path(name)
        os.chdir(folder)
        for word, records, age in (
            ("live", chosen.records, 0),
            ("live", chosen.records // 10, 0),
            ("expired", chosen.records // 10, 200),
        ):
            if not records:
                continue
            ledger = LedgerFile(folder / f"{word}-{records}")
            ledger.fill(records, age_days=age)
            print(f"{records:,} records, {word}")
            tell("seal all", ledger.run("seal"), records)
            for what, words in commands(ledger).items():
                per = records if words[0] in {"export", "verify"} else 0
                tell(what, ledger.run(*words), per)
        for checkpoints in chosen.checkpoints:
            log = folder / f"log-{checkpoints}"
            write_log(checkpoints, log)
            program = str(ROOT / "docs" / "verify_offline.py")
            print(f"{checkpoints:,} checkpoints, a segment each")
            words = [sys.executable, program, "archive", str(log / "archive")]
            tell("docs/verify_offline.py", spent([*words, str(log / "sealer.pub")]), checkpoints)
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
