"""Redact a mixed log with our engine, pure and compiled, and with others, in one run.

    python -m benchmarks.redaction_peers [--turns N] [--json FILE] [--megabytes N]

Lines are those of `tests/core/redact/ops_lines.txt`, one in ten with a value of a person in it.
Peers are installed into build/peers when they are first needed; one that cannot be installed is
skipped and said so. Each reads the same lines in a process of its own, with one core, for as long
as it takes or twenty seconds; megabytes by second of CPU time are compared.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path
from typing import Final

from benchmarks.environments import ROOT, python_of
from benchmarks.report import Figure, program

PEERS: Final = ROOT / "build" / "peers"
LOG: Final = PEERS / "mixed.log"
SIZE = 50
"""Megabytes of it."""

PERSONAL: Final = (
    "order for jane.roe@example.com shipped",
    "paid with 4000 0566 5566 5556, approved",
    "call +1 415 555 0132 back",
    "connection from 198.51.100.7 closed",
    "ssn 412-68-1357 on file",
)

LOOP: Final = """
import sys, time
{setup}
lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
done, start = 0, time.process_time()
for line in lines:
    {call}
    done += len(line) + 1
    if time.process_time() - start > 20:
        break
print(done / (time.process_time() - start) / 1e6)
"""

OURS: Final = LOOP.format(
    setup=(
        "from affidavit._policy.load import load_policy\n"
        "from affidavit._policy.words import Sink\n"
        "from affidavit._redact import Redactor\n"
        "redact = Redactor(load_policy('baseline').redaction).text"
    ),
    call="redact(line, Sink.LOG)",
)
OTHERS: Final = {
    "DataFog, its regular expressions": (
        "datafog==4.9.0",
        (
            "from datafog.processing.text_processing.regex_annotator import RegexAnnotator\n"
            "redact = RegexAnnotator().annotate"
        ),
        "redact(line)",
        1.0,
    ),
    "Sentry Relay, in Rust": (
        "sentry-relay==0.10.1",
        (
            "from sentry_relay.processing import pii_strip_event\n"
            "rules = {'applications': {'$string': ['@common']}}"
        ),
        "pii_strip_event(rules, {'logentry': {'formatted': line}})",
        1.0,
    ),
    "detect-secrets": (
        "detect-secrets==1.5.0",
        (
            "from detect_secrets.core.scan import scan_line\n"
            "from detect_secrets.settings import default_settings\n"
            "held = default_settings(); held.__enter__()"
        ),
        "list(scan_line(line))",
        None,
    ),
    "scrubadub": (
        "scrubadub==2.0.1",
        "import scrubadub\nredact = scrubadub.Scrubber().clean",
        "redact(line)",
        None,
    ),
    "Presidio, its pattern recognisers": (
        "presidio-analyzer==2.2.366",
        (
            "from presidio_analyzer import PatternRecognizer, RecognizerRegistry\n"
            "registry = RecognizerRegistry(); registry.load_predefined_recognizers()\n"
            "found = [r for r in registry.recognizers if isinstance(r, PatternRecognizer)]"
        ),
        "[r.analyze(line, r.supported_entities, None) for r in found]",
        None,
    ),
}
"""By name: what is installed, how it is set up, the call for one line, and our goal."""


def write_log(megabytes: int) -> None:
    """Write the log, the same each time."""
    rng = random.Random(7)  # noqa: S311 - the same lines each time
    ops = (ROOT / "tests/core/redact/ops_lines.txt").read_text("utf-8").splitlines()
    PEERS.mkdir(parents=True, exist_ok=True)
    size = 0
    with LOG.open("w", encoding="utf-8") as file:
        while size < megabytes * 1_000_000:
            line = rng.choice(ops) if rng.random() < 0.9 else rng.choice(PERSONAL)
            line = f"{rng.randrange(10**6)} {line}"  # no line twice: nothing is remembered
            size += file.write(line + "\n")


def rate(python: Path, code: str) -> float | None:
    """Return the megabytes by second of CPU time, None if the program does not run."""
    done = subprocess.run(
        [str(python), "-c", code, str(LOG)], capture_output=True, text=True, check=False
    )
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


@cache
def installed(package: str) -> Path | None:
    """Return the Python of an environment that has `package`, None if it cannot be had."""
    folder = PEERS / package.partition("=")[0]
    python, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.exists():
        venv.create(folder, with_pip=True, clear=True)
        done = subprocess.run(
            [str(python), "-m", "pip", "install", "-q", package], capture_output=True, check=False
        )
        if done.returncode:
            return None
        ready.touch()
    return python


def figures(turns: int) -> list[Figure]:
    """Let each read the log in turns."""
    write_log(SIZE)
    found: dict[str, list[float]] = {"pure": [], "compiled": []}
    for _ in range(max(1, turns // 3)):
        for kind in ("pure", "compiled"):
            found[kind].append(rate(python_of(kind), OURS) or 0.0)
        for name, (package, setup, call, _) in OTHERS.items():
            python = installed(package)
            speed = rate(python, LOOP.format(setup=setup, call=call)) if python else None
            if speed is None:
                print(f"skipped: {name}; pip install {package} into {PEERS.relative_to(ROOT)}")
            else:
                found.setdefault(name, []).append(speed)
    middle = {name: statistics.median(rates) for name, rates in found.items()}
    mine = middle["compiled"]
    goals = {name: goal for name, (*_, goal) in OTHERS.items()}
    return [
        Figure("mixed log, pure", middle["pure"], 2.5, "MB/s", middle["pure"], None, at_most=False),
        Figure("mixed log, compiled", mine, 2.5, "MB/s", mine, 2.5, at_most=False),
        *[
            Figure(
                f"to {name}", mine, middle[name], "MB/s", mine / middle[name], goal, at_most=False
            )
            for name, goal in goals.items()
            if name in middle
        ],
    ]


def _megabytes() -> int:
    if "--megabytes" not in sys.argv:
        return 50
    at = sys.argv.index("--megabytes")
    _, said = sys.argv.pop(at), sys.argv.pop(at)
    return int(said)


if __name__ == "__main__":
    SIZE = _megabytes()
    sys.exit(program(__doc__, figures))
