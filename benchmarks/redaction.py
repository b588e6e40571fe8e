"""Measure the redaction engine: against `json.dumps`, against a peer, and under attack.

    python -m benchmarks.redaction [--turns N] [--json FILE]

Each figure is a median of CPU time, which a busy machine does not stretch as it does the
clock. Ratios compare what was measured in one run, in turns, in processes of the same
kind, with the kernel pure and compiled.
"""

from __future__ import annotations

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
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT, python_of
from benchmarks.report import Figure, program

FIELDS = ["headers.authorization", "body.customer.email", "body.payment.card"]
STDLIB = (
    "__future__, binascii, bisect, collections.abc, dataclasses, enum, hashlib, hmac, itertools,"
    " json, math, re, types, typing, zlib"
)
"""What the engine imports of the standard library; a Lambda has most of it anyway."""

SHORT, LONG = 4_096, 16_384
DUMPS_US = 7
"""What `json.dumps` of the event takes where the goals in milliseconds were set."""

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
    "0000-", "4000-", "://", ",card'://`", "token - '", "key_", "key-0a", "secret 0a1b2c3d",
    "mixpanel a1", "\u043f\u0430\u0440\u043e\u043b\u0430=", "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSB",
    "VAT AB1 ",
    "key: ", "4000-0566-5566-5556 ", "into t (", "into t (ssn) values (",
    "into t (ssn) values ('a'),(", "into t (ssn) values ('", "into t (ssn) values (a(",
    "curl -u a:b ", "mysql -p'", "sshpass docker login -p ", "&commat;", "&a", "&#6", "%u0040",
    "=3D", "=3D=40", "=\n", "a=40b.", "x=40", "://a", "key_0a", "password a1 ", "token a1 ",
    "pwd|a1", "PWD=/a ", "PWD=/a/b;", "auth=a ", "+ASb", "\u001b[0m", 'password: "" => ',
    "net user a b ", "-apass ", "aB3-", "Private-Lines: 1 aaaaaaaaaaaaaaaa\n",
    "Private-Lines: 1\n", "<RSAKeyValue>", "MIIaaAIBAAK",
    "<RSAKeyValue><Modulus>a</Modulus><Exponent>", 'password "a"\n', "passwords:\n- a\n",
    "tss_A1", 'password = "a" +\n', 'a" +\n"', "login('a', ", "PDO('a','", "\u001b[3G", "ABab",
    "key ABab", "AKIAAAAAAAAAAAAAAAAA ", "machine a login a ", "PASS: a/", "[password=]",
    "ENV password ", "secret key = ", "tax number 12345678901 ", "ssn,a\n", "ssn  a\n", "|ssn|a|\n",
    "ssn\ta\n1\t\n\n", "a,b\n", "params: (", "a = ? params: ('b', ", "<tr><th>ssn</th>",
    "<tr><td>a</td>", "a  b\nName: ssn, dtype: a\n", "[raw sql] (", "(\n",
)  # fmt: skip
"""What recognisers begin with: repeated, the worst that can be done to them."""


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
    parsed = event()
    return {
        "steepest": steepest,
        "longest": longest * 1e3,
        "dumps": median_us(lambda: json.dumps(parsed)),
    }


def measure_import(python: Path) -> float:
    """Return what importing the engine adds to the standard library, in milliseconds of CPU."""
    code = f"""
import {STDLIB}
import sys, time, types, importlib.util
# Only the engine: the package's own front door would import the whole kernel.
package = types.ModuleType("affidavit")
package.__path__ = list(importlib.util.find_spec("affidavit").submodule_search_locations)
sys.modules["affidavit"] = package
begun = time.process_time()
import affidavit._redact
print((time.process_time() - begun) * 1e3)
"""
    _run(python, "-c", code)
    return statistics.median(float(_run(python, "-c", code)) for _ in range(21))


def _run(python: Path, *arguments: str) -> str:
    # With byte code, as a deployed bundle has it.
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [str(python), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env=environ,
    )
    if done.returncode:
        raise RuntimeError(f"a measurement failed:\n{done.stderr}")
    return done.stdout.strip()


def _measured(kind: str, what: str) -> dict[str, float]:
    module = "benchmarks.redaction"
    told: dict[str, float] = json.loads(_run(python_of(kind), "-m", module, what))
    return told


def figures(turns: int) -> list[Figure]:
    """Measure everything, both kernels and the peer in turns."""
    ours: dict[str, list[dict[str, float]]] = {"pure": [], "compiled": []}
    peer: list[float] = []
    for _ in range(turns):
        for kind, found in ours.items():
            found.append(_measured(kind, "ours"))
        peer.append(_measured("peer", "peer")["erase"])
    return [one for kind in ours for one in _of_kind(kind, ours[kind], peer)]


def _of_kind(kind: str, ours: list[dict[str, float]], peer: list[float]) -> list[Figure]:
    attacks = _measured(kind, "attacks")

    def figure(
        what: str, values: list[float], unit: str, goal: float | None, *, at_most: bool = True
    ) -> Figure:
        middle, floor = statistics.median(values), goal or 1.0
        return Figure(
            f"{what}, {kind}", middle, floor, unit, middle, goal, at_most, min(values), max(values)
        )

    def told(key: str, by: str = "") -> list[float]:
        return [one[key] / (one[by] if by else 1.0) for one in ours]

    erase = [one / mine["warm"] for one, mine in zip(peer, ours, strict=True)]
    return [
        figure("1 KB event, body parsed", told("warm", "dumps"), "x dumps", 3),
        figure("1 KB event, never seen", told("cold", "dumps"), "x dumps", 7),
        figure("1 KB event, body as text", told("sent warm", "sent dumps"), "x dumps", None),
        figure("the same, never seen", told("sent cold", "sent dumps"), "x dumps", None),
        figure("DataMasking.erase of three fields", erase, "x ours", 25, at_most=False),
        figure("10 KB line", told("line"), "MB/s", 15, at_most=False),
        figure("10 KB line, never seen", told("line cold"), "MB/s", 15, at_most=False),
        figure("10 KB line, JSON text", told("line text"), "MB/s", 15, at_most=False),
        figure("10 KB line, name=value", told("line plain"), "MB/s", None),
        figure("import of the engine", [measure_import(python_of(kind))], "ms", 15),
        figure(f"steepest of {len(SEEDS)} attacks", [attacks["steepest"]], "exponent", 1.2),
        figure("slowest attack, 16 KB", [attacks["longest"]], "ms", 50),
        figure(
            "the same, by the machine's pace",
            [attacks["longest"] * 1e3 / attacks["dumps"]],
            "x dumps",
            50_000 / DUMPS_US,
        ),
    ]


if __name__ == "__main__":
    part = {"ours": measure_ours, "peer": measure_peer, "attacks": measure_attacks}
    if sys.argv[1:2] and sys.argv[1] in part:
        print(json.dumps(part[sys.argv[1]]()))
    else:
        sys.exit(program(__doc__, figures))
