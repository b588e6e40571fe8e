"""Play drawn events and values through the kernel that is installed; print what came of each.

    python play.py COUNT SEED

The clock, the ids and the keys are fixed, so two kernels that behave alike print the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import random
import re
import secrets
import sys
from collections import OrderedDict, UserDict, deque, namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from pathlib import Path, PurePosixPath
from types import MappingProxyType, SimpleNamespace
from typing import Any
from uuid import UUID

from pydantic import BaseModel, SecretStr

from affidavit import Query, RefusedError, audited
from affidavit._canonical import canonical_bytes, plain_text
from affidavit._event.validate import parse_json, write_json
from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._records.ledger import Ledger
from affidavit._records.local_keys import LocalKeys
from affidavit._records.tokens import Tokens
from affidavit._redact import Redactor
from affidavit._redact.classify.key_words import entity_of, split
from affidavit._runtime import runtime
from affidavit._sources.statements import read_statement
from affidavit._telemetry.emf import Metrics
from affidavit._telemetry.failure import describe
from affidavit.plugin import kernel_form, shipped_policies
from affidavit.testing import (
    Bench,
    FakeClock,
    FakeContext,
    MemorySource,
    MemoryStore,
    alb,
    api_gateway_v1,
    api_gateway_v2,
    eventbridge,
    function_url,
    kinesis,
    make_runtime,
    platform_event,
    run,
    s3,
    sns,
    sqs,
    step,
)
from event_samples import PLATFORM, SAMPLES

TESTS = Path(__file__).resolve().parents[1]
LINES = (TESTS / "core/redact/ops_lines.txt").read_text("utf-8").splitlines()
POLICIES = sorted(shipped_policies())

Point = namedtuple("Point", "lat lon email")  # noqa: PYI024 - as handlers have them


class Colour(Enum):
    """A choice."""

    RED = "red"
    NUMBER = 7


class Level(IntEnum):
    """A choice that is a number."""

    HIGH = 3


class Text(str):
    """A string of somebody's own."""

    __slots__ = ()


class Number(int):
    """A number of somebody's own."""


class Real(float):
    """Another."""


class Hostile:
    """Raises when it is looked at."""

    __slots__ = ()

    def __repr__(self) -> str:
        raise RuntimeError("no")

    def __iter__(self) -> Iterator[object]:
        raise RuntimeError("no")


@dataclass
class Customer:
    """An object of a handler."""

    name: str
    email: str
    card: object = None


class Order(BaseModel):
    """A request."""

    order_id: str
    amount: int = 0
    email: str = ""
    secret: SecretStr | None = None


class Accepted(BaseModel):
    """An answer."""

    accepted: bool
    price: Decimal | None = None
    at: datetime | None = None


KEYS = (
    "id", "email", "password", "Authorization", "userName", "card", "ssn", "note", "price", "token",
    "items", "headers", "body", "address", "version", "name", "value", "key", "client_ip", "phone",
    "cvv", "x-api-key", "DB_PASSWORD", "patientId", "date_of_birth", "Kennwort", "mot_de_passe",
    "S", "M", "L", "sql", "params", "columns", "rows", "event", "timestamp", "iban", "sid", "a b",
    "", "\u00fc", "\ud83d\ude00", "geburtsdatum", "account_number", "pin", "Cookie", "set-cookie",
)  # fmt: skip
PARTS = (
    "jane.roe@example.com", "4000 0566 5566 5556", "4000056655665556", "412-68-1357", "203.0.113.7",
    "+1 415 555 0132", "DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "2001:db8::1",
    "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl", "password=hunter2!x", "token: abc",
    "AKIAIOSFODNN7EXAMPLE", "https://u:p@example.com/a?code=xyz1234567", "ok", "10.0.0.1",
    "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----", "a" * 50, "1 2 3 4", "\u200bx",
    "insert into users (name, ssn) values ('jane', '412-68-1357')", '{"password": "x1y2z3"}', "%40",
    "mysql -u root -psecret1", "card 4000-0566-5566-5556 cvv 123", "\ud800", "\x00\x1b[0m", "{",
    "jane at example dot com", "passport C01X00T47", "born 1990-02-03", "MRN 00123456", "\uff14",
    "Key (email)=(jane.roe@example.com) already exists", "GET /a?token=abcdefgh HTTP/1.1", "NaN",
)  # fmt: skip


def words(rng: random.Random) -> str:
    """Return a text as programs write it."""
    drawn = rng.random()
    if drawn < 0.3:
        return rng.choice(LINES)
    text = rng.choice(["", " ", "=", ": ", ", ", "\n"]).join(
        rng.choice(PARTS) if rng.random() < 0.6 else rng.choice(LINES)
        for _ in range(rng.randrange(1, 5))
    )
    if drawn < 0.4:
        return base64.b64encode(text.encode("utf-8", "replace")).decode()
    if drawn < 0.5:
        return json.dumps({rng.choice(KEYS): text, "n": rng.randrange(10**9)})
    if drawn < 0.55:
        return "".join(chr(rng.choice((rng.randrange(1, 0x250), 0x20, 0x31))) for _ in range(40))
    return text


def number(rng: random.Random) -> Any:
    """Return a number, at the edges often."""
    edges = (0, 1, -1, 2**53, 2**53 - 1, -(2**53), 10**12, 2 * 10**12, 4000056655665556, 10**400)
    near = rng.choice(edges) + rng.choice((-1, 0, 0, 1))
    floats = (0.5, -0.0, 1e308, math.nan, math.inf, -math.inf, 4000056655665556.0, 200.0, 1e-320)
    return rng.choice((
        near, rng.randrange(-(10**6), 10**6), rng.choice(floats), rng.uniform(-1e6, 1e6),
        Decimal("129.95"), Decimal("NaN"), Fraction(1, 3), True, Number(7), Real(2.5), Level.HIGH,
        complex(1, 2),
    ))  # fmt: skip


def value(rng: random.Random, depth: int = 0) -> Any:
    """Return any object, nested up to some depth."""
    drawn = rng.random()
    if depth > 4 or drawn < 0.35:
        return words(rng)
    if drawn < 0.5:
        return number(rng)
    if drawn < 0.72:
        found = {rng.choice(KEYS): value(rng, depth + 1) for _ in range(rng.randrange(6))}
        return rng.choice((dict, dict, dict, OrderedDict, UserDict, MappingProxyType))(found)
    if drawn < 0.84:
        found = [value(rng, depth + 1) for _ in range(rng.randrange(5))]
        return rng.choice((list, list, tuple, deque))(found)
    return rng.choice(ODD)(rng, depth + 1)


ODD: tuple[Callable[[random.Random, int], Any], ...] = (
    lambda rng, _: None,
    lambda rng, _: words(rng).encode("utf-8", "replace"),
    lambda rng, _: bytearray(words(rng).encode("utf-8", "replace")),
    lambda rng, _: Text(words(rng)),
    lambda rng, _: {
        1: words(rng),
        None: 2,
        ("a", 1): 3,
        2.5: number(rng),
        Text("email"): "x@y.zz",
    },
    lambda rng, _: Point(number(rng), number(rng), words(rng)),
    lambda rng, depth: Customer(words(rng), words(rng), value(rng, depth)),
    lambda rng, depth: SimpleNamespace(password=words(rng), other=value(rng, depth)),
    lambda rng, _: Hostile(),
    lambda rng, _: Order(
        order_id=words(rng).encode("utf-8", "replace").decode(), secret=SecretStr(words(rng))
    ),
    lambda rng, _: rng.choice((Colour.RED, Colour.NUMBER, Level.HIGH, Sink.LOG)),
    lambda rng, _: datetime(2026, 1, rng.randrange(1, 29), tzinfo=UTC),
    lambda rng, _: date(1990, 2, rng.randrange(1, 28)),
    lambda rng, _: UUID(int=rng.getrandbits(128), version=4),
    lambda rng, _: PurePosixPath("/data", "jane.roe@example.com"),
    lambda rng, _: failure(rng),
    lambda rng, _: frozenset({rng.choice(PARTS)}),
    lambda rng, depth: [("password", words(rng)), ["--token", words(rng)], (1, 2)],
    lambda rng, depth: {"Name": "/prod/password", "Type": "SecureString", "Value": words(rng)},
    lambda rng, depth: {"columns": ["id", "email"], "rows": [[1, words(rng)], [2, words(rng)]]},
    lambda rng, depth: {"M": {rng.choice(KEYS): {"S": words(rng)}, "n": {"N": "42"}}},
    lambda rng, depth: range(3),
)


def refusal(text: str) -> RefusedError:
    """Return what a handler refuses with."""
    return RefusedError(text, why="it says so", fix="ask again")


def failure(rng: random.Random) -> BaseException:
    """Return an exception as handlers raise it."""
    kind: Any = rng.choice((ValueError, KeyError, RuntimeError, OSError, SystemExit, refusal))
    error: BaseException = kind(words(rng))
    if rng.random() < 0.3:
        error.__cause__ = TypeError(words(rng))
    if rng.random() < 0.2:
        error = ExceptionGroup("several", [ValueError(words(rng)), KeyError("k")])
    return error


class Keys(LocalKeys):
    """Keys that are the same each time."""

    def new_chain_key(self, writer: Any) -> Any:
        before = secrets.token_bytes
        secrets.token_bytes = lambda size=0: bytes(size)
        try:
            return super().new_chain_key(writer)
        finally:
            secrets.token_bytes = before


class Salts:
    """Salts that follow from whom they are for."""

    def read(self, place: str) -> str:
        return hashlib.md5(place.encode(), usedforsecurity=False).hexdigest()

    def keep(self, place: str, salt: str, *, timeout_s: float) -> str:
        return self.read(place)

    def destroy(self, place: str) -> bool:
        return False


FIND = Query(name="find", sql="select x from t where id = :id", binds=frozenset({"id"}))


def plain(event: Any, context: Any) -> Any:
    """Answer as drawn, after what handlers do."""
    rng = random.Random(CASE)  # noqa: S311 - the same each time
    act = rng.randrange(8)
    if act == 0:
        raise failure(rng)
    if act == 1:
        return value(rng)
    if act == 2:
        context.metrics.add(words(rng)[:40], number(rng), "Count", family=words(rng)[:20])
        context.log.info("something.happened", found=value(rng), patient=words(rng))
    if act == 3:
        context.record_change("price", old=number(rng), new=words(rng))
        context.source("slow").fetch_one(FIND, {"id": "1"})
    if act == 4:
        context.mail("template", "owner", {"value": words(rng)})
        context.announce("kind", {"value": words(rng)})
    if act == 5:
        return {"statusCode": rng.choice((200, 404, 500, "200", 200.0)), "body": words(rng)}
    return {"seen": number(rng), "rows": [value(rng) for _ in range(2)]}


def modelled(order: Order, context: Any) -> Any:
    """Answer a model, or something that does not fit."""
    rng = random.Random(CASE)  # noqa: S311 - the same each time
    context.metrics.add("Orders", number(rng), "Count")
    return rng.choice((
        Accepted(accepted=True, price=Decimal("1.50")), None, {"accepted": "yes"}, {"accepted": 1},
        {"other": words(rng)}, Accepted(accepted=False, at=datetime(2026, 1, 2, tzinfo=UTC)),
    ))  # fmt: skip


CASE = ""
PLAIN = audited(action="PLAIN")(plain)
NAMED = audited(action="NAMED", actor="email", subject="order_id", resource="orders")(plain)
MODEL = audited(
    action="MODEL", request=Order, response=Accepted, actor="email", subject="order_id"
)(modelled)
BATCH = audited(action="BATCH", each=True, actor="email")(plain)
HANDLERS = (PLAIN, NAMED, MODEL, BATCH)


def event(rng: random.Random) -> Any:
    """Return an event of any source, sometimes with something in it that is not as it should be."""
    amount = rng.choice((1, 2**53, -4, 12.5, 200.0, "7", None, True))
    order = {"order_id": words(rng), "amount": amount, "email": "jane.roe@example.com"}
    text = rng.choice((
        json.dumps(order, default=str), words(rng), "", "{}", '{"order_id": "o-1", "amount": 3}',
        '{"order_id": "o-1", "amount": "three"}', '{"order_id": "o-1", "order_id": "o-2"}', "[1]",
    ))  # fmt: skip
    text = text.encode("utf-8", "replace").decode()  # a source carries bytes
    query = {"order_id": "o-1", "email": words(rng)[:60]}
    made = rng.choice((
        lambda: api_gateway_v1(body=text, query=query), lambda: api_gateway_v2(body=text),
        lambda: function_url(body=text), lambda: alb(query={"order_id": "o-7"}),
        lambda: sqs([order, {"order_id": "o-2"}, text]), lambda: sns(order),
        lambda: eventbridge(order), lambda: kinesis([order, text]),
        lambda: s3("a/" + rng.choice(KEYS[:40])),
        lambda: step(order), lambda: platform_event(rng.choice(PLATFORM)),
        lambda: json.loads(json.dumps(SAMPLES[rng.choice(sorted(SAMPLES))])),
        lambda: order, lambda: value(rng), lambda: {"order_id": "o-1", "amount": 42},
    ))()  # fmt: skip
    if isinstance(made, dict) and made and rng.random() < 0.25:
        key = rng.choice(sorted(made, key=str))
        made = {**made, key: value(rng, 2)}
    return made


def said(error: BaseException) -> list[str]:
    """Return all that an exception says."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return [*kinds, str(error), repr(error.args), repr(error.__cause__), repr(error.__context__)]


def told(act: Callable[[], object]) -> object:
    """Return what came of a call, as text."""
    try:
        return re.sub(r" at 0x[0-9a-f]+", "", repr(act()))  # an address says nothing
    except BaseException as error:  # noqa: BLE001 - whatever it is, both have to raise it
        return said(error)


def played(rng: random.Random) -> list[object]:
    """Invoke one or two times, and return the answers and everything that was left."""
    store = MemoryStore(remote=rng.random() < 0.2)
    clock = FakeClock().clock()
    if store.remote:  # a thread of its own writes: who asks for the time first is chance
        clock = clock._replace(tick_ns=lambda: 1_000)
    ledger = Ledger(store=store, keys=Keys(bytes(32)), reader=store, subjects=Salts())
    bench: Bench = make_runtime(
        policy=rng.choice(POLICIES), ledger=ledger, clock=clock,
        sources=[MemorySource("slow", {"find": [{"x": 1}]})],
        tenant=rng.choice(("", "t1")),
    )  # fmt: skip
    handler = rng.choice(HANDLERS)
    answers = []
    for _ in range(rng.randrange(1, 3)):
        asked = event(rng)
        context = FakeContext(remaining_ms=rng.choice((30_000,) * 8 + (250, 0)))
        answers.append(
            told(lambda asked=asked, context=context: run(handler, asked, bench, context))
        )
    kept = [
        (one.seq, one.body.decode(), one.mac.hex(), one.expires_at, one.actor, one.subject)
        for one in store.items.values()
    ]
    return [answers, kept, bench.lines]


REDACTORS = {name: load_policy(name).redaction for name in POLICIES}


def judged(rng: random.Random) -> list[object]:
    """Put one value through what looks at values."""
    name = rng.choice(POLICIES)
    keys = Keys(bytes(32))
    redactor = Redactor(
        REDACTORS[name], tokens=lambda: Tokens(keys.token_key(), "t"), today="2026-01-23"
    )
    sink, found, text = rng.choice(list(Sink)), value(rng), words(rng)
    rejected: list[object] = []
    metrics = Metrics(redactor, lambda *why: rejected.append(why))
    for _ in range(rng.randrange(3)):
        metrics.add(rng.choice(KEYS + PARTS), number(rng), rng.choice(("Count", "None", "Bogus")))
    error = failure(rng)
    return [
        name,
        told(lambda: redactor.clean(found, sink)),
        told(lambda: redactor.clean({"event": "a", rng.choice(KEYS): text}, sink)),
        told(lambda: redactor.text(text, sink)),
        told(lambda: redactor.word(rng.choice(KEYS))),
        told(lambda: metrics.lines(1_769_169_600_000, "ns", {"FunctionName": "f", "Action": "A"})),
        rejected,
        told(lambda: canonical_bytes(found)),
        told(lambda: plain_text(text, 64)),
        told(lambda: write_json(found)),
        told(lambda: parse_json(text.encode("utf-8", "replace"))),
        told(lambda: entity_of(split(rng.choice(KEYS)))),
        told(lambda: read_statement(text)),
        told(lambda: describe(error, redactor)),
    ]


def main() -> None:
    """Play each case from a seed of its own, so that one can be played alone."""
    global CASE  # noqa: PLW0603 - what handlers draw from
    count, seed = int(sys.argv[1]), sys.argv[2]
    # The one word in which records differ; every later one has the hash of it.
    runtime.kernel_form = lambda: "pure"
    sys.stdout.write(kernel_form() + "\n")
    for place in range(count):
        CASE = f"{seed}-{place}"
        rng = random.Random(CASE)  # noqa: S311 - the same each time
        found = played(rng) if rng.random() < 0.4 else judged(rng)
        sys.stdout.write(json.dumps([CASE, found], default=repr) + "\n")


if __name__ == "__main__":
    main()
