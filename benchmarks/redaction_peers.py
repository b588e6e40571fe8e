"""Redact a mixed log with our engine and with others, in one run.

    python benchmarks/redaction_peers.py [--megabytes N]

Lines are those of `tests/core/redact/ops_lines.txt`, one in ten with a value of a person in it.
Peers are installed into build/peers when they are first needed; one that cannot be installed is
skipped and said so. Each reads the same lines in a process of its own; CPU time is compared.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PEERS: Final = ROOT / "build" / "peers"
LOG: Final = PEERS / "mixed.log"

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
start = time.process_time()
for line in lines:
    {call}
print(time.process_time() - start)
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
    ),
    "Sentry Relay, in Rust": (
        "sentry-relay==0.10.1",
        (
            "from sentry_relay.processing import pii_strip_event\n"
            "rules = {'applications': {'$string': ['@common']}}"
        ),
        "pii_strip_event(rules, {'logentry': {'formatted': line}})",
    ),
}
"""By name: what is installed, how it is set up, and the call for one line."""


def write_log(megabytes: int) -> int:
    """Write the log, the same each time, and return its size."""
    rng = random.Random(7)  # noqa: S311 - the same lines each time
    ops = (ROOT / "tests/core/redact/ops_lines.txt").read_text("utf-8").splitlines()
    PEERS.mkdir(parents=True, exist_ok=True)
    size = 0
    with LOG.open("w", encoding="utf-8") as file:
        while size < megabytes * 1_000_000:
            line = rng.choice(ops) if rng.random() < 0.9 else rng.choice(PERSONAL)
            line = f"{rng.randrange(10**6)} {line}"  # no line twice: nothing is remembered
            size += file.write(line + "\n")
    return size


def seconds(python: str, program: str) -> float | None:
    """Return the CPU seconds of a program over the log, None if it does not run."""
    done = subprocess.run(
        [python, "-c", program, str(LOG)], capture_output=True, text=True, check=False
    )
    return float(done.stdout) if done.returncode == 0 else None


def installed(package: str) -> str | None:
    """Return the Python of an environment that has `package`, None if it cannot be had."""
    folder = PEERS / package.partition("=")[0]
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "-q", package], capture_output=True, check=False
    )
    return str(python) if done.returncode == 0 else None


def main() -> int:
    """Compare; 0 if ours is at least as fast as each peer that ran."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=50)
    size = write_log(parser.parse_args().megabytes)
    ours = seconds(sys.executable, OURS)
    if ours is None:
        raise SystemExit("the engine did not run")
    figures = {"ours": size / ours / 1e6}
    for name, (package, setup, call) in OTHERS.items():
        python = installed(package)
        spent = seconds(python, LOOP.format(setup=setup, call=call)) if python else None
        if spent is None:
            sys.stderr.write(f"skipped: {name}; pip install {package} into {PEERS}\n")
        else:
            figures[name] = size / spent / 1e6
    sys.stdout.write(json.dumps({one: f"{rate:.2f} MB/s" for one, rate in figures.items()}) + "\n")
    return 0 if figures["ours"] >= max(figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
