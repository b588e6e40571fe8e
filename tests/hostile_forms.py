"""Forms that languages read differently: blanks, control characters, times, numbers, levels.

What one language takes for a blank, a line, a number or a time is something else in
another. Each case here is one on which a verifier in a third language went another way
before the specification said which.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from affidavit_ledger.merkle import leaf_hash
from affidavit_ledger.places import checkpoint_key
from affidavit_ledger.segments import record_leaf
from hostile_evidence import (
    CLEAN,
    DASH,
    NOT_CLEAN,
    NOT_DECIDABLE,
    ORIGIN,
    TIME,
    Forge,
    Objects,
    begin_of,
    dump,
    frame_line,
    manifest_of,
    sign_begin,
)

LAST: Final = checkpoint_key(2)
GOOD: Final = base64.b64encode(b"x" * 68).decode()

BLANKS: Final = "\t\r\x0b\x0c\x1c\x85\xa0\u1680\u2003\u2028\u3000"
"""Blanks of Unicode's, and control characters, which Python counts among them in part."""
NO_BLANKS: Final = "\x7f\u180e\u200b\ufeff\U0001f600"
"""No blanks of Unicode's, whatever a language thinks."""

TEXTS: Final = {
    b"\\ud800": NOT_CLEAN,
    b"\\udc00\\ud800": NOT_CLEAN,
    b"\\ud83d\\ude00": NOT_CLEAN,
    "\U0001f600\u2028\x7f\ufeff\uffff".encode(): CLEAN,
    b"\\u2028": NOT_CLEAN,
    b"\\u007f": NOT_CLEAN,
    b"\\/": NOT_CLEAN,
    b'\\u001f\\b\\f\\n\\r\\t\\"\\\\': CLEAN,
    b"\\u001F": NOT_CLEAN,
    b"\\u0008": NOT_CLEAN,
    b"\xed\xa0\x80": NOT_CLEAN,
    b"\xc0\x80": NOT_CLEAN,
}
MEMBERS: Final = {
    b"-0": NOT_CLEAN,
    b"1.0": NOT_CLEAN,
    b"1e2": NOT_CLEAN,
    b"NaN": NOT_CLEAN,
    b"1e400": NOT_CLEAN,
    b"9007199254740991": CLEAN,
    b"9007199254740992": NOT_CLEAN,
    b"-9007199254740991": CLEAN,
    b"-9007199254740992": NOT_CLEAN,
    b'{"10":1,"9":2}': CLEAN,
    b'{"9":1,"10":2}': NOT_CLEAN,
    b'{"B":1,"__proto__":2,"a":3}': CLEAN,
    b'{"__proto__":1,"__proto__":2}': NOT_CLEAN,
    b'{"":1,"\\u0001":2}': CLEAN,
    b'{"\\u0041":1}': NOT_CLEAN,
}
TIMES: Final = {
    "2026-09-21T24:00:00.000Z": NOT_DECIDABLE,
    "2026-09-21T23:59:60.000Z": NOT_DECIDABLE,
    "2026-02-29T00:00:00.000Z": NOT_DECIDABLE,
    "2028-02-29T00:00:00.000Z": CLEAN,
    "0001-01-01T00:00:00.000Z": CLEAN,
    "2026-09-21T14:14:02,000Z": NOT_DECIDABLE,
    "2026-W39-1T14:14:02.000Z": NOT_DECIDABLE,
}


def forms(forge: Forge) -> Iterator[tuple[str, str, Objects]]:
    """Archives in which one small form is odd."""
    yield from _names(forge)
    yield from _bodies(forge)
    yield from _begins(forge)


def _names(forge: Forge) -> Iterator[tuple[str, str, Objects]]:
    """Names with odd characters, and texts with some that no note has."""
    note = forge.honest[LAST].decode()
    text = note.partition("\n\n")[0]
    for verdict, characters in ((NOT_CLEAN, BLANKS), (CLEAN, NO_BLANKS)):
        for character in characters:
            stranger = f"{DASH} a{character}b {GOOD}\n"
            objects = {**forge.honest, LAST: f"{note}{stranger}".encode()}
            yield f"a stranger called with {character!a}", verdict, objects
            yield f"an origin with {character!a}", verdict, _called(forge, f"x{character}y")
    for name, tail in {"loose bits": "AB==", "three bytes": "AAAA", "much padding": "A==="}.items():
        objects = {**forge.honest, LAST: f"{note}{DASH} ab {tail}\n".encode()}
        yield f"a stranger's base64 with {name}", CLEAN, objects
    yield "a byte order mark", NOT_CLEAN, {**forge.honest, LAST: f"\ufeff{note}".encode()}
    odd = forge.sign(f"{text}\n\x01\n")
    yield "a control character in a signed text", NOT_CLEAN, {**forge.honest, LAST: odd}
    for time, verdict in TIMES.items():
        told = text.replace(TIME.format(2), time).replace(text.split("\n")[3], f"time {time}")
        yield f"signed at {time}", verdict, {**forge.honest, LAST: forge.sign(f"{told}\n")}


def _called(forge: Forge, origin: str) -> Objects:
    """Return the honest log under another name."""
    objects, prev = dict(forge.honest), "-"
    for number in range(3):
        key = checkpoint_key(number)
        text = forge.honest[key].decode().partition("\n\n")[0].replace(ORIGIN, origin)
        text = "\n".join([*text.split("\n")[:4], f"prev {prev}", ""])
        objects[key] = forge.sign(text, origin)
        prev = base64.b64encode(sha256(text.encode()).digest()).decode()
    return objects


def _bodies(forge: Forge) -> Iterator[tuple[str, str, Objects]]:
    """Records whose texts, numbers and members are written oddly."""
    subject, duration = b'"00000000000000000000000000000001"', b'"dur":0'
    for text, verdict in TEXTS.items():
        changed = _last_with(forge, subject, b'"%b"' % text)
        yield f"a text {text!r}", verdict, changed
    for member, verdict in MEMBERS.items():
        yield f"a member {member!r}", verdict, _last_with(forge, duration, b'"dur":' + member)


def _last_with(forge: Forge, old: bytes, new: bytes) -> Objects:
    *others, last = forge.batches
    body, mac = last[-1]
    assert old in body
    return forge.archive([*others, [*last[:-1], (body.replace(old, new, 1), mac)]])


def _begins(forge: Forge) -> Iterator[tuple[str, str, Objects]]:
    """Statements of where the log begins, with odd members and in odd places."""
    begin = begin_of(forge, forge.honest)
    text, key = begin.text(), "begins/000000000001"

    def signed(changed: str, name: str = key, **more: bytes) -> Objects:
        return {**forge.honest, **more, name: sign_begin(forge, changed, ORIGIN)}

    lines = text.split("\n")
    first = next(line for line in lines if line.startswith("chain "))
    words = first.split(" ")
    for word, verdict, place, value in (
        ("an expiry of 16 digits", CLEAN, 4, "9007199254740991"),
        ("a key of 1,024 characters", CLEAN, 5, "x" * 1024),
        ("a key of one more", NOT_DECIDABLE, 5, "x" * 1025),
        ("a blank in a key", NOT_DECIDABLE, 5, "a\xa0b"),
        ("a tab in a key", CLEAN, 5, "a\tb"),  # no note, so nobody's: all is there and is read
    ):
        changed = " ".join([*words[:place], value, *words[place + 1 :]])
        yield f"begin: {word}", verdict, signed(text.replace(first, changed))
    leaves = [leaf for name in sorted(forge.honest) if name.startswith("manifests/")
              for leaf in forge.honest[name].split(b"\n")[:1]]  # fmt: skip
    node = base64.b64encode(leaf_hash(leaves[0])).decode()
    number, _, link = lines[2].split(" ")
    less = text.replace(lines[2], f"{number} 1 {link}").replace(lines[6], f"node {node}")
    yield "begin: a leaf less than its checkpoint signs", NOT_CLEAN, signed(less)
    late = text.replace("days 0", "days 99999")
    late = late.replace(f"time {begin.stated}", "time 9999-12-31T23:59:59.999Z")
    yield "begin: many days later", CLEAN, signed(late)
    good, later = signed(text)[key], text.replace("begins 1", "begins 2")
    yield (
        "begin: an older one of a later version",
        CLEAN,
        signed(later, "begins/000000000000") | {key: good},
    )
    yield (
        "begin: a newer one of a later version",
        NOT_DECIDABLE,
        signed(later, "begins/000000000002"),
    )
    there = [name for name in forge.honest if name.startswith(("checkpoints/", "states/"))]
    for name in there:
        objects = {**forge.honest, "begins/000000000009": forge.honest[name]}
        yield f"begin: {name} in its place", CLEAN, objects
    other = signed(f"affidavit log keys 1\n{ORIGIN}\n", "begins/000000000009")
    yield "begin: another signed statement in its place", CLEAN, other


# -- Proofs -----------------------------------------------------------------------------


def files(proof: dict[str, Any]) -> Iterator[tuple[str, str, bytes]]:
    """Files of proofs that are JSON to some."""
    data = json.dumps(proof).encode()

    def more(value: bytes) -> bytes:
        return data[:-1] + b',"more":' + value + b"}"

    for levels, verdict in ((31, CLEAN), (32, NOT_CLEAN), (5_000, NOT_CLEAN)):
        nested = b"[" * (levels - 1) + b"1" + b"]" * (levels - 1)
        yield f"a member of {levels} levels", verdict, more(nested)
    for word, verdict, value in (
        ("NaN", NOT_CLEAN, b"NaN"),
        ("1.0", NOT_CLEAN, b"1.0"),
        ("1e3", NOT_CLEAN, b"1e3"),
        ("-0", CLEAN, b"-0"),
        ("half a pair", CLEAN, b'"\\ud800"'),
        ("a key twice, once escaped", NOT_CLEAN, b'{"a":1,"\\u0061":2}'),
        ("a prototype", CLEAN, b'{"__proto__":{"format":"x"}}'),
    ):
        yield f"a member that is {word}", verdict, more(value)
    yield "a byte order mark before it", NOT_CLEAN, b"\xef\xbb\xbf" + data
    yield "in UTF-16", NOT_CLEAN, data.decode().encode("utf-16")
    yield "a form feed behind it", NOT_CLEAN, data + b"\f"
    yield "a later format and nothing else", NOT_DECIDABLE, b'{"format":"affidavit proof 2"}'


def forged(forge: Forge) -> Iterator[tuple[str, str, bytes]]:
    """Proofs of a log whose sealer signs what he likes."""
    (body, mac), other = forge.chains[0][:2]
    later = body.replace(b'"v":1', b'"v":2')
    wrong = {"index": 0, "size": 2, "path": ["0" * 64]}

    def proof(*, record: bytes = body, form: str = "", **leaf: Any) -> dict[str, Any]:
        parts = [(record, mac), other]
        data = b"".join(frame_line(*part) for part in parts)
        line = dump(manifest_of(parts, "segments/2026/09/21/s-0-1-x.ndjson", data) | leaf)
        root = base64.b64encode(leaf_hash(line)).decode()
        text = f"{ORIGIN}\n1\n{root}\ntime {TIME.format(0)}\nprev -\n{form}"
        return {
            "format": "affidavit proof 1",
            "record": record.decode(),
            "mac": mac.hex(),
            "segment": {"index": 0, "size": 2, "path": [record_leaf(*other).hex()]},
            "manifest": line.decode(),
            "log": {"index": 0, "size": 1, "path": []},
            "checkpoint": forge.sign(text).decode(),
        }

    for word, verdict, made in (
        ("as it should be", CLEAN, proof()),
        ("under an alarm", NOT_CLEAN, proof(kind="alarm")),
        ("of a record of version 2", NOT_DECIDABLE, proof(record=later)),
        ("of such a record in another place", NOT_CLEAN, {**proof(record=later), "segment": wrong}),
        ("under a manifest of version 3", NOT_DECIDABLE, proof(v=3)),
        ("under such a manifest in another place", NOT_CLEAN, {**proof(v=3), "log": wrong}),
        ("under such a manifest, and no record", NOT_DECIDABLE, {**proof(v=3), "record": "x"}),
        ("under a checkpoint of another form", NOT_DECIDABLE, proof(form="more\n")),
        ("under such a one, and no manifest", NOT_DECIDABLE, {**proof(form="x\n"), "manifest": ""}),
        ("whose manifest has less than no bytes", NOT_CLEAN, proof(bytes=-1)),
    ):  # fmt: skip
        yield f"a proof {word}", verdict, json.dumps(made).encode()
