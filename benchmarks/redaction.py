"""Measure the redaction engine: against `json.dumps`, against a peer, and under attack.

    python benchmarks/redaction.py [--turns N] [--json FILE]

Each figure is a median of CPU time, which a busy machine does not stretch as it does the
clock. Ratios compare what was measured in one run, in turns, in processes of the same
kind. The peer lives in build/bench, made once. Exit code 0 if all goals are reached, 1
otherwise.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
import venv
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "build" / "bench"
PEER = "aws-lambda-powertools[all]==3.37.0"
FIELDS = ["headers.authorization", "body.customer.email", "body.payment.card"]
STDLIB = (
    "__future__, binascii, bisect, collections.abc, dataclasses, enum, hashlib, hmac, itertools,"
    " json, math, re, types, typing, zlib"
)
"""What the engine imports of the standard library; a Lambda has most of it anyway."""

SHORT, LONG = 4_096, 16_384
SEEDS = (
    "a", ".", "1", "1 ", "1-", "1.", "12-", "123-", "0.0.0.", "@", "a@", "a.b@", "a@b.", '"a"@',
    "::", "0:", "1:", "ab:", "-", "--", "//", "/a", "http://a:", "a:b@", "eyJ", "eyJa.", "(", "(1",
    "+1", "AA00 ", "DE12", "DE12 ", "A1 ", "password=", "password: ", "password={", "password=(\n",
    '"password":"', 'key: "', "\n", "-----", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "'", '"',
    "\\", '\\"', '{"', "{", "[", "{}", "[1]", '"a" ', "Bearer ", "Bearer aaaaaaaa ", "Basic ",
    "Digest username=", "%40", "%25", "%", "%41%", "+a", "a+", "&a=", "<a ", "<a>", "<password>",
    'name="password"', 'name="x"\n\n', "name: ", "address: a ", "=", "\\u0040", "&#64;", "ghp_",
    "AKIA", "sk-", "SG.", "aGVsbG8g", "QUJD", "616263", "AB12 34 56 C ", "4111 ",
    "4111-1111-1111-1111 ", "412-68-1357 ", "\u200b", "\u202e", "\uff11", "\u00e9",
    "jane at x dot ", "[at]", " dot ", "(at) ", "datetime.date(", "a=b ", "card ", "ssn 412681357 ",
    "mail a at b.", "mail at ", "phone: (1", "phone: 1 ", "00000000-0000-", "0-0-", "Root=1-",
    "1EG4-",
    "pesel 1", "passport A1", "dob 1/", "born 1 a ", "gps 1.11,", "wallet 0x", "999999-", "1.1.1-",
    "A1234567", "dni 1", "\u0391\u039c\u039a\u0391 1", "00-0a-",
    "aws ", "st ", "12 a ", "www.", "x-", "a1-", "1-1 ", "ey", "\uff21\uff21",
)  # fmt: skip
"""What recognisers begin with: repeated, the worst that can be done to them."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value and its goal. `at_most` tells which side of the goal is good."""

    what: str
    value: float
    unit: str
    goal: float | None = None
    at_most: bool = True

    @property
    def reached(self) -> bool:
        """True if the goal is reached, or there is none."""
        if self.goal is None:
            return True
        return self.value <= self.goal if self.at_most else self.value >= self.goal


def event() -> dict[str, Any]:
    """One event of an HTTP API, one kilobyte as JSON; its body is parsed already."""
    return {
        "version": "2.0",
        "routeKey": "POST /orders",
        "rawPath": "/orders",
        "headers": {
            "host": "api.example.com",
            "user-agent": "Mozilla/5.0 (X11; Linux x86_64)",
            "authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MjQyNDI0MjQyIn0.c2lnbmF0dXJl",
            "content-type": "application/json",
            "x-forwarded-for": "198.51.100.7",
            "x-amzn-trace-id": "Root=1-65b0f3a1-0a1b2c3d4e5f60718293a4b5",
        },
        "requestContext": {
            "accountId": "424242424242",
            "apiId": "q7w8e9r0t1",
            "requestId": "JKJaXmPLvHcESHA=",
            "http": {"method": "POST", "path": "/orders", "sourceIp": "198.51.100.7"},
            "time": "23/Jan/2026:10:57:08 +0000",
            "timeEpoch": 1769165828123,
            "stage": "$default",
        },
        "body": {
            "orderId": "ORD-8812",
            "customer": {
                "firstName": "Jane",
                "lastName": "Roe",
                "email": "jane.roe@example.com",
                "phone": "+1 415 555 0132",
            },
            "payment": {"card": "4000 0566 5566 5556", "cvv": "123", "amount": 129.95},
            "items": [{"sku": "SKU-1", "qty": 2, "price": 19.5}, {"sku": "SKU-2", "qty": 1}],
            "note": "leave it at the door please, ring twice",
        },
        "isBase64Encoded": False,
    }


def line() -> dict[str, Any]:
    """One structured log line of ten kilobytes with five personal values in it."""
    chance = random.Random(7)  # noqa: S311 - the same line each time
    personal = {
        "customer_email": "jane.roe@example.com",
        "card": "4000 0566 5566 5556",
        "ssn": "412-68-1357",
        "callback": "+14155550132",
        "client_ip": "198.51.100.7",
    }
    items: list[dict[str, Any]] = []
    told: dict[str, Any] = {"level": "INFO", "service": "orders", "event": "priced", "items": items}
    while len(json.dumps(told)) < 10_000:
        items.append({
            "sku": f"SKU-{chance.randrange(100_000):05}",
            "title": chance.choice(["cotton shirt, blue", "steel bottle 750ml", "office chair"]),
            "qty": chance.randrange(1, 10),
            "price": round(chance.uniform(1, 400), 2),
            "warehouse": f"eu-west-1{chance.choice('abc')}",
            "ref": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "tags": ["seasonal", f"promo-{chance.randrange(40)}"],
        })  # fmt: skip
        if len(items) % 10 == 0 and personal:
            items[-1].update([personal.popitem()])
    return told


def plain_line() -> str:
    """The same as words: ten kilobytes of `name=value`."""
    return " ".join(f"{key}={value}" for item in line()["items"] for key, value in item.items())


def median_us(call: Callable[[], object], *, turns: int = 30) -> float:
    """Return the median time of one call in microseconds, over batches of five milliseconds."""
    call()
    begun = time.process_time()
    call()
    batch = max(1, int(0.005 / max(time.process_time() - begun, 1e-7)))
    taken = []
    for _ in range(turns):
        begun = time.process_time()
        for _ in range(batch):
            call()
        taken.append((time.process_time() - begun) / batch)
    return statistics.median(taken) * 1e6


def measure_ours() -> dict[str, float]:
    """Measure the engine in this process; times in microseconds."""
    from affidavit._policy.load import load_policy  # noqa: PLC0415 - the peer has no affidavit
    from affidavit._policy.words import Sink  # noqa: PLC0415
    from affidavit._redact import Redactor  # noqa: PLC0415

    rules = load_policy("baseline").redaction

    def make() -> Redactor:
        return Redactor(rules)

    def cold(value: object) -> float:
        # The clock, not CPU time, which takes as long to ask for as a part of this does:
        # of so many short calls the median one is not interrupted.
        taken = []
        gc.collect()
        for _ in range(500):
            redactor = make()
            begun = time.perf_counter()
            redactor.clean(value, Sink.LOG)
            taken.append(time.perf_counter() - begun)
        return statistics.median(taken) * 1e6

    parsed, logged, plain = event(), line(), plain_line()
    text = json.dumps(logged)
    sent = parsed | {"body": json.dumps(parsed["body"])}
    redactor = make()
    return {
        "dumps": median_us(lambda: json.dumps(parsed)),
        "warm": median_us(lambda: redactor.clean(parsed, Sink.LOG)),
        "cold": cold(parsed),
        "sent dumps": median_us(lambda: json.dumps(sent)),
        "sent warm": median_us(lambda: redactor.clean(sent, Sink.LOG)),
        "sent cold": cold(sent),
        "line": len(text) / median_us(lambda: redactor.clean(logged, Sink.LOG)),
        "line cold": len(text) / cold(logged),
        "line text": len(text) / median_us(lambda: redactor.text(text, Sink.LOG)),
        "line plain": len(plain) / median_us(lambda: redactor.text(plain, Sink.LOG)),
    }


def measure_peer() -> dict[str, float]:
    """Measure the peer in this process, masking three fields of the same event."""
    from aws_lambda_powertools.utilities.data_masking import (  # type: ignore[import-not-found] # noqa: PLC0415
        DataMasking,
    )

    masking, parsed = DataMasking(), event()
    return {"erase": median_us(lambda: masking.erase(parsed, fields=FIELDS))}


def measure_attacks() -> dict[str, float]:
    """Return the steepest exponent and the longest time in milliseconds, over all attacks."""
    from affidavit._policy.load import load_policy  # noqa: PLC0415
    from affidavit._policy.words import Sink  # noqa: PLC0415
    from affidavit._redact import Redactor  # noqa: PLC0415

    rules = load_policy("baseline").redaction

    def best_s(text: str) -> float:
        taken = []
        for _ in range(5):
            redactor = Redactor(rules)
            begun = time.process_time()
            redactor.text(text, Sink.LOG)
            taken.append(time.process_time() - begun)
        return min(taken)

    steepest, longest = 0.0, 0.0
    for seed in SEEDS:
        pairs = []
        for _ in range(3):
            short, long = best_s((seed * SHORT)[:SHORT]), best_s((seed * LONG)[:LONG])
            # Less than half a millisecond is the clock and the cache, not the text.
            pairs.append((math.log(long / max(short, 5e-4), LONG / SHORT), long))
        steepest = max(steepest, min(pairs)[0])
        longest = max(longest, min(long for _, long in pairs))
    return {"steepest": steepest, "longest": longest * 1e3}


def measure_import() -> float:
    """Return what importing the engine adds to the standard library, in milliseconds of CPU."""
    program = f"""
import {STDLIB}
import sys, time, types
# Only the engine: the package's own front door would import the whole kernel.
package = types.ModuleType("affidavit")
package.__path__ = [{str(ROOT / "core" / "affidavit")!r}]
sys.modules["affidavit"] = package
begun = time.process_time()
import affidavit._redact
print((time.process_time() - begun) * 1e3)
"""
    _run(sys.executable, "-c", program)
    return statistics.median(float(_run(sys.executable, "-c", program)) for _ in range(21))


def _run(python: str | Path, *arguments: str) -> str:
    # With bytecode, as a deployed bundle has it.
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [str(python), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env=environ,
    )
    if done.returncode:
        raise SystemExit(f"a measurement failed:\n{done.stderr}")
    return done.stdout.strip()


def _peer_python() -> Path:
    """Return the peer's interpreter, making its environment if need be."""
    python = PEERS / "peer" / "bin" / "python"
    ready = PEERS / "peer" / ".ready"
    if not ready.exists():
        print(f"installing {PEER} ...", file=sys.stderr)
        venv.create(PEERS / "peer", with_pip=True, clear=True)
        _run(
            python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", PEER, "boto3"
        )
        ready.touch()
    return python


def collect(turns: int) -> list[Figure]:
    """Measure everything, ours and the peer in turns."""
    ours: list[dict[str, float]] = []
    peer: list[float] = []
    for _ in range(turns):
        ours.append(json.loads(_run(sys.executable, __file__, "--measure", "ours")))
        peer.append(json.loads(_run(_peer_python(), __file__, "--measure", "peer"))["erase"])
    attacks = json.loads(_run(sys.executable, __file__, "--measure", "attacks"))

    def middle(key: str, by: str = "") -> float:
        return statistics.median(one[key] / (one[by] if by else 1.0) for one in ours)

    erase = statistics.median(one / mine["warm"] for one, mine in zip(peer, ours, strict=True))
    return [
        Figure("json.dumps of a 1 KB event", middle("dumps"), "us"),
        Figure("1 KB event, body parsed, warm", middle("warm", "dumps"), "x dumps", 3),
        Figure("1 KB event, body parsed, cold", middle("cold", "dumps"), "x dumps", 7),
        Figure("1 KB event, body as text, warm", middle("sent warm", "sent dumps"), "x dumps"),
        Figure("1 KB event, body as text, cold", middle("sent cold", "sent dumps"), "x dumps"),
        Figure(
            "DataMasking.erase, three fields, of the same event",
            erase, "x ours", 25, at_most=False,
        ),
        Figure("10 KB log line", middle("line"), "MB/s", 15, at_most=False),
        Figure("10 KB log line, never seen", middle("line cold"), "MB/s", 15, at_most=False),
        Figure("10 KB log line, JSON text", middle("line text"), "MB/s", 15, at_most=False),
        Figure("10 KB log line, name=value text", middle("line plain"), "MB/s"),
        Figure("import of the engine, CPU", measure_import(), "ms", 15),
        Figure(f"steepest of {len(SEEDS)} attacks", attacks["steepest"], "exponent", 1.2),
        Figure("slowest attack, 16 KB", attacks["longest"], "ms", 50),
    ]  # fmt: skip


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table for people."""
    rows = [("what", "measured", "goal", "")]
    for figure in figures:
        sign = "<=" if figure.at_most else ">="
        goal = "" if figure.goal is None else f"{sign} {figure.goal:g}"
        verdict = "" if figure.goal is None else "reached" if figure.reached else "SHORT"
        rows.append((figure.what, f"{figure.value:.2f} {figure.unit}", goal, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5, help="turns of each pair (default 5)")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--measure", choices=["ours", "peer", "attacks"], help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        measure = {"ours": measure_ours, "peer": measure_peer, "attacks": measure_attacks}
        print(json.dumps(measure[options.measure]()))
        return 0
    figures = collect(options.turns)
    print(table(figures))
    if options.json is not None:
        told = [{**asdict(figure), "reached": figure.reached} for figure in figures]
        options.json.write_text(json.dumps(told, indent=1) + "\n")
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
