"""What the properties of the redaction engine draw from: canaries and hiding places.

A canary is a value that must not get out, written fresh and belonging to nobody.
It is drawn by construction, so that every draw is one that has to be found.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections import ChainMap, OrderedDict, UserDict, deque, namedtuple
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType, SimpleNamespace
from typing import Any
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

from affidavit._policy.model import (
    EntityRule,
    Exemption,
    KeyRule,
    PatternRule,
    Redaction,
    RedactionLimits,
    SinkRule,
)
from affidavit._policy.words import RedactionAction, Sink
from affidavit._types import RuleId

DIGITS = "0123456789"
LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = LOWER.upper()
ALNUM = DIGITS + LOWER + UPPER


def rules(
    actions: dict[str, RedactionAction] | None = None,
    *more: tuple[str, RedactionAction],
    keys: tuple[KeyRule, ...] = (),
    patterns: tuple[PatternRule, ...] = (),
    sinks: Mapping[Sink, SinkRule] | None = None,
    exemptions: tuple[Exemption, ...] = (),
    depth: int = 48,
    string_bytes: int = 65_536,
    nodes: int = 20_000,
) -> Redaction:
    """Redaction rules with `actions` for entities, `more` of them, and what else is given."""
    return Redaction(
        entities=tuple(
            EntityRule(match=(entity,), action=action, rule=RuleId("T-1"))
            for entity, action in (*(actions or {}).items(), *more)
        ),
        keys=keys,
        patterns=patterns,
        sinks=sinks or {},
        exemptions=exemptions,
        limits=RedactionLimits(depth=depth, string_bytes=string_bytes, nodes=nodes),
    )


def check_digit(digits: str) -> str:
    """Luhn's digit for `digits`, computed another way than the engine does."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


def text_of(alphabet: str, least: int, most: int | None = None) -> st.SearchStrategy[str]:
    """Texts over `alphabet`."""
    return st.text(alphabet, min_size=least, max_size=least if most is None else most)


@st.composite
def cards(draw: st.DrawFn) -> str:
    """Card numbers of all brands, without separators."""
    start, size = draw(
        st.sampled_from([
            ("4", 16), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15),
            ("37", 15), ("36", 14), ("38", 14), ("305", 14), ("6011", 16), ("65", 16), ("3530", 16),
            ("3589", 16), ("62", 16), ("62", 19), ("6759", 16), ("6304", 19), ("5018", 16),
            ("2200", 16), ("1800", 15), ("2131", 15), ("9792", 16),
        ])
    )  # fmt: skip
    body = start + draw(text_of(DIGITS, size - 1 - len(start)))
    return body + check_digit(body)


@st.composite
def spaced_cards(draw: st.DrawFn) -> str:
    """Card numbers in groups of four, or as American Express writes them."""
    digits = draw(cards())
    separator = draw(st.sampled_from([" ", "-", "."]))
    if len(digits) == 15:
        return separator.join((digits[:4], digits[4:10], digits[10:]))
    return separator.join(digits[at : at + 4] for at in range(0, len(digits), 4))


@st.composite
def socials(draw: st.DrawFn) -> str:
    """US social security numbers with separators."""
    area = draw(st.integers(1, 899).filter(lambda one: one != 666))
    group, serial = draw(st.integers(1, 99)), draw(st.integers(1, 9999))
    return draw(st.sampled_from(["-", " "])).join((f"{area:03}", f"{group:02}", f"{serial:04}"))


@st.composite
def itins(draw: st.DrawFn) -> str:
    """US taxpayer numbers with separators."""
    group = draw(st.sampled_from([50, 65, 70, 88, 90, 92, 94, 99]))
    return f"9{draw(st.integers(0, 99)):02}-{group}-{draw(st.integers(0, 9999)):04}"


@st.composite
def ibans(draw: st.DrawFn) -> str:
    """IBANs of countries with digits only, compact or in groups of four."""
    country, size = draw(
        st.sampled_from([("DE", 22), ("FR", 27), ("ES", 24), ("NO", 15), ("BE", 16)])
    )
    body = draw(text_of(DIGITS, size - 4))
    number = int(body + "".join(str(ord(one) - 55) for one in country) + "00")
    whole = f"{country}{98 - number % 97:02}{body}"
    if draw(st.booleans()):
        return whole
    return " ".join(whole[at : at + 4] for at in range(0, size, 4))


@st.composite
def nhs_numbers(draw: st.DrawFn) -> str:
    """UK NHS numbers in threes."""
    body = draw(text_of(DIGITS, 9).filter(lambda one: len(set(one)) > 1))
    check = (
        -sum(int(digit) * weight for digit, weight in zip(body, range(10, 1, -1), strict=True)) % 11
    )
    while check == 10:
        body = f"{(int(body) + 1) % 10**9:09}"
        check = (
            -sum(int(digit) * weight for digit, weight in zip(body, range(10, 1, -1), strict=True))
            % 11
        )
    return f"{body[:3]} {body[3:6]} {body[6:]}{check}"


@st.composite
def jwts(draw: st.DrawFn) -> str:
    """JSON web tokens with random claims and signature."""
    parts = ({"alg": "HS256", "kid": draw(text_of(ALNUM, 4))}, {"sub": draw(text_of(ALNUM, 10))})
    coded = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in parts]
    return ".".join([*(one.decode() for one in coded), draw(text_of(ALNUM + "-_", 43))])


def emails() -> st.SearchStrategy[str]:
    """E-mail addresses."""
    return st.builds(
        lambda local, host, top: f"{local}@{host}.{top}",
        st.from_regex(r"[a-z][a-z0-9]{1,8}([.+_-][a-z0-9]{1,8})?", fullmatch=True),
        st.from_regex(r"[a-z][a-z0-9]{1,8}(-[a-z0-9]{1,4})?", fullmatch=True),
        st.sampled_from(["com", "org", "co.uk", "de", "health"]),
    )


def phones() -> st.SearchStrategy[str]:
    """Telephone numbers: international, and North American with separators."""
    area, exchange = st.integers(200, 999), st.integers(200, 999)
    line = st.integers(0, 9999)
    shapes = (
        "+1{a}{e}{n:04}",
        "+1 {a} {e} {n:04}",
        "({a}) {e}-{n:04}",
        "{a}-{e}-{n:04}",
        "{a}.{e}.{n:04}",
    )
    national = st.builds(
        lambda a, e, n, shape: shape.format(a=a, e=e, n=n), area, exchange, line,
        st.sampled_from(shapes),
    )  # fmt: skip
    return national | st.from_regex(r"\+(49|44|33|91)[1-9][0-9]{8}", fullmatch=True)


def addresses() -> st.SearchStrategy[str]:
    """IPv4 and IPv6 addresses that somebody can have."""
    first = st.integers(1, 223).filter(lambda one: one not in {127, 169})
    four = st.builds(lambda *parts: ".".join(map(str, parts)), first, *[st.integers(1, 254)] * 3)
    six = st.builds(
        lambda *parts: ":".join(f"{one:x}" for one in parts),
        st.integers(1, 0xFDFF), *[st.integers(1, 65535)] * 7,
    )  # fmt: skip
    return (
        four
        | six
        | st.builds("2001:db8::{:x}:{:x}".format, st.integers(1, 65535), st.integers(1, 65535))
    )


CANARIES: dict[str, st.SearchStrategy[str]] = {
    "EMAIL": emails(),
    "PHONE": phones(),
    "US_SSN": socials(),
    "US_ITIN": itins(),
    "CREDIT_CARD": cards() | spaced_cards(),
    "CARD_TRACK": st.builds(";{}=2912101{}?".format, cards(), text_of(DIGITS, 10)),
    "IBAN": ibans(),
    "IP": addresses(),
    "MAC_ADDRESS": st.from_regex(
        r"[0-9a-f]{2}(:[0-9a-f]{2}){4}:[1-9][a-e]|[0-9A-F]{2}(-[0-9A-F]{2}){4}-[1-9][A-E]",
        fullmatch=True,
    ),
    "JWT": jwts(),
    "AUTH_HEADER": st.builds("Bearer {}".format, text_of(ALNUM, 30)),
    "BASIC_AUTH_URL": st.builds("postgresql://svc:{}@db.internal/app".format, text_of(ALNUM, 12)),
    "AWS_KEY": st.builds("AKIA{}".format, text_of(UPPER + DIGITS, 16)),
    "PRIVATE_KEY": st.builds(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----".format,
        text_of(ALNUM + "+/", 64),
    ),
    "API_TOKEN": st.builds(
        "{}{}".format,
        st.sampled_from(["ghp_", "xoxb-", "sk_live_", "glpat-", "AIza", "npm_", "hvs."]),
        text_of(ALNUM, 36),
    ),
    "UK_NHS": nhs_numbers(),
    "UK_NINO": st.from_regex(
        r"[ABCEHJ-M][ABCEHJ-M] [0-9]{2} [0-9]{2} [0-9]{2} [A-D]", fullmatch=True
    ),
    "US_MBI": st.from_regex(
        r"[1-9][AC-HJKM][0-9AC-HJKM][0-9]-[AC-HJKM][0-9AC-HJKM][0-9]-[AC-HJKM]{2}[0-9]{2}",
        fullmatch=True,
    ),
}
"""A strategy for every entity that shows by its shape."""

SENSITIVE: dict[str, tuple[str, ...]] = {
    "SECRET": ("password", "client_secret", "apiKey", "X-Auth-Token", "dbPassword", "session.id"),
    "CARD_CODE": ("cvv", "cardVerificationValue", "pin_code"),
    "NAME": ("lastName", "patient_name", "CardholderName"),
    "ADDRESS": ("street_address", "postalCode", "home-city"),
    "BIRTH_DATE": ("dob", "dateOfBirth"),
    "GOV_ID": ("drivers_license", "taxId"),
    "HEALTH_ID": ("patientMRN", "medical_record_number"),
    "BANK_ACCOUNT": ("accountNumber", "routing_number"),
    "DEVICE_ID": ("imei", "device.serial"),
    "PASSPORT": ("passport_no",),
    "US_MBI": ("mbi",),
    "US_NPI": ("provider_npi",),
    "LOCATION": ("latitude",),
    "CONTACT": ("emergency_contact",),
    "SPECIAL": ("religion", "sexual_orientation"),
}
"""Keys of every entity that is found by its key."""


@dataclass
class Person:
    """A data class of a handler."""

    note: Any
    password: Any = None


Row = namedtuple("Row", "note other")  # noqa: PYI024 - as handlers write them


class Shown:
    """An object whose text holds what it holds."""

    def __init__(self, note: str) -> None:
        self.note = note

    def __repr__(self) -> str:
        return f"Shown(note={self.note!r})"


def _base64(text: str) -> str:
    return base64.b64encode(f"note: {text}".encode()).decode()


def _base64url(text: str) -> str:
    return base64.urlsafe_b64encode(f"note: {text}".encode()).rstrip(b"=").decode()


def _packed(text: str) -> str:
    return base64.b64encode(gzip.compress(f"note: {text}".encode(), mtime=0)).decode()


def _hexadecimal(text: str) -> str:
    return f"note: {text}".encode().hex()


def _percent(text: str) -> str:
    return quote(text, safe="")


def _percent_twice(text: str) -> str:
    return quote(quote(text, safe=""), safe="")


def _zero_width(text: str) -> str:
    return "\u200b".join(text)


def _full_width(text: str) -> str:
    return text.translate({n: n + 0xFEE0 for n in range(ord("!"), ord("~"))})


def _unicode_escapes(text: str) -> str:
    return "".join(f"\\u{ord(one):04x}" for one in text)


def _raised(text: str) -> BaseException:
    error = ValueError(f"cannot read {text}")
    error.__cause__ = KeyError(text)
    return error


Hide = Callable[[str], str]
Put = Callable[[str], Any]

PLAIN_PLACES: dict[str, Put] = {
    "value": lambda canary: {"note": canary},
    "text": lambda canary: f"seen {canary} here",
    "quoted text": lambda canary: f'seen "{canary}", twice',
    "list": lambda canary: {"notes": ["a", [canary]]},
    "tuple": lambda canary: (1, canary, 2),
    "dict key": lambda canary: {"a": {canary: 1}},
    "json": lambda canary: {"body": json.dumps({"a": [canary]})},
    "json in json": lambda canary: {"body": json.dumps({"body": json.dumps([canary])})},
    "json lines": lambda canary: '{"a": 1}\n' + json.dumps({"a": canary}),
    "json with accents": lambda canary: json.dumps({"a": f"\u00e9 {canary}"}, ensure_ascii=True),
    "xml": lambda canary: f"<a><note>{canary}</note></a>",
    "bytes": lambda canary: {"raw": canary.encode()},
    "utf-16": lambda canary: {"raw": canary.encode("utf-16")},
    "memory": lambda canary: {"raw": memoryview(bytearray(canary.encode()))},
    "set": lambda canary: {"all": {canary}},
    "deque": lambda canary: deque([canary]),
    "mapping": lambda canary: MappingProxyType({"a": UserDict(b=ChainMap(OrderedDict(c=canary)))}),
    "data class": lambda canary: Person(note=canary),
    "named tuple": lambda canary: Row(canary, 1),
    "object": lambda canary: {"it": Shown(canary), "that": SimpleNamespace(note=canary)},
    "exception": lambda canary: {"error": _raised(canary)},
    "logging arguments": lambda canary: ("seen %s", (canary,)),
    "line break": lambda canary: f"first line\r\n{canary}\nlast line",
    "marker": lambda canary: {"note": f"[REDACTED] {canary} [EMAIL]"},
    "surrogate": lambda canary: {"note": f"\ud800 {canary}"},
    "dynamodb": lambda canary: {"NewImage": {"note": {"S": canary}, "all": {"L": [{"S": canary}]}}},
    "number beside": lambda canary: {"n": Decimal("1.5"), "note": canary},
}

ENCODED_PLACES: dict[str, tuple[Hide, Put]] = {
    "percent": (_percent, lambda coded: {"url": f"https://x.example/cb?q={coded}"}),
    "percent in a path": (_percent, lambda coded: {"url": f"/users/{coded}/cards"}),
    "percent twice": (_percent_twice, lambda coded: {"url": f"/cb?next={coded}"}),
    "form": (quote_plus, lambda coded: f"a=1&note={coded}&b=2"),
    "base64": (_base64, lambda coded: {"data": coded}),
    "base64 in a text": (_base64, lambda coded: f"got {coded} from x"),
    "base64 in JSON": (_base64, lambda coded: {"body": json.dumps({"data": coded})}),
    "base64url": (_base64url, lambda coded: {"state": coded}),
    "base64url in a path": (_base64url, lambda coded: f"https://x.example/cb/{coded}/end"),
    "hexadecimal": (_hexadecimal, lambda coded: {"data": coded}),
    "gzip": (_packed, lambda coded: {"awslogs": {"data": coded}}),
    "zero width": (_zero_width, lambda coded: {"note": coded}),
    "full width": (_full_width, lambda coded: {"note": coded}),
    "unicode escapes": (_unicode_escapes, lambda coded: f"seen {coded} here"),
    "unicode escapes in JSON": (_unicode_escapes, lambda coded: {"body": f'{{"a": "{coded}"}}'}),
}

PLACES: dict[str, tuple[Hide, Put]] = {
    name: (str, put) for name, put in PLAIN_PLACES.items()
} | ENCODED_PLACES
"""Where a canary hides: how it is written there, and what is around it."""

KEYED_PLACES: dict[str, Callable[[str, str], Any]] = {
    "object": lambda key, canary: {key: canary},
    "upper case": lambda key, canary: {key.upper(): canary},
    "nested": lambda key, canary: {"a": [{"b": {key: canary}}]},
    "subtree": lambda key, canary: {key: {"a": [canary, {"b": canary}]}},
    "json": lambda key, canary: {"body": json.dumps({key: canary})},
    "pair": lambda key, canary: {"attributes": [{"Name": key, "Value": canary}]},
    "headers": lambda key, canary: {"headers": [[key, canary], ["accept", "*/*"]]},
    "tuple": lambda key, canary: (key, canary),
    "bytes key": lambda key, canary: {key.encode(): canary},
    "dynamodb": lambda key, canary: {"NewImage": {key: {"S": canary}}},
    "hidden characters": lambda key, canary: {"\u200b".join(key): canary},
    "full width": lambda key, canary: {
        key.translate({n: n + 0xFEE0 for n in range(97, 123)}): canary
    },
    "assignment": lambda key, canary: f"seen {key}={canary} here",
    "colon": lambda key, canary: f"seen\n{key}: {canary}\nhere",
    "form": lambda key, canary: f"a=1&{key}={quote_plus(canary)}&b=2",
    "xml": lambda key, canary: f"<r><{key}>{canary}</{key}></r>",
    "repr": lambda key, canary: repr({key: canary}),
    "bytes": lambda key, canary: {"raw": json.dumps({key: canary}).encode()},
    "form part": lambda key, canary: (
        f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{canary}\r\n--b--'
    ),
    "html": lambda key, canary: f'<input name="{key}" value="{canary}">',
}
"""Where a value hides whose name is sensitive."""


def core(canary: str) -> str:
    """The part of a canary that must not be seen; around it, some may stay."""
    if canary.startswith("Bearer "):
        return canary.removeprefix("Bearer ")
    return canary.partition("://svc:")[2].partition("@")[0] or canary


def seen_in(value: object) -> str:
    """Everything that a reader of `value` could search."""
    text = json.dumps(value, ensure_ascii=False)
    return "\n".join((text, repr(value), value if isinstance(value, str) else ""))


def scalars() -> st.SearchStrategy[Any]:
    """Plain values, some of them odd."""
    return (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=40)
        | st.text("0123456789 -.@:=/%+{}[]()\"'\\<>abAB", max_size=60)
        | st.binary(max_size=40)
        | st.decimals()
        | st.datetimes()
        | st.uuids()
    )


def trees() -> st.SearchStrategy[Any]:
    """Values of any shape and type."""
    keys = (
        st.text(max_size=12) | st.integers() | st.sampled_from(["email", "name", "value", "Name"])
    )
    return st.recursive(
        scalars(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(keys, inner, max_size=4)
            | st.tuples(inner, inner)
            | st.builds(Person, inner)
            | st.builds(lambda one: deque([one]), inner)
            | st.builds(lambda one: ValueError("bad", one), inner)
        ),
        max_leaves=12,
    )


def crowded_texts() -> st.SearchStrategy[str]:
    """Texts in which canaries, names, marks and labels stand too close together."""
    marks = [*" =:\"'{}[](),;&%+\\<>@.-_/\n\t#|*", '": "', "://", "%3D", "\\u0040", "&#64;"]
    words = ["Bearer ", 'name="', "tok_k1_EMAIL_", "[EMAIL]", "[dropped]", "eyJ", '{"a":', "\u200b"]
    names = [name for group in SENSITIVE.values() for name in group] + ["email", "ssn", "cc", "ip"]
    parts = (
        st.sampled_from([*marks, *words, *names])
        | st.one_of(*CANARIES.values())
        | st.text(max_size=4)
        | text_of(DIGITS, 1, 20)
    )
    return st.lists(parts, max_size=10).map("".join)
