"""What OCSF's released schemas demand of our events: an extract of facts, and drawn records.

`make ocsf` holds the extract to the published schemas; here it is for whoever has no network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from hypothesis import strategies as st

from affidavit.plugin import Entry, WriterId
from affidavit_ledger.segments import encode

REQUIRED: Final = {
    "": {
        *("activity_id", "actor", "api", "category_uid", "class_uid", "metadata"),
        *("severity_id", "src_endpoint", "time", "type_uid"),
    },
    "metadata": {"product", "version"},
    "api": {"operation"},
    "request": {"uid"},
    "cloud": {"provider"},
    "raw_data_hash": {"algorithm_id", "value"},
}
"""Members that must be there, by object; the event itself is the empty name."""

ONE_OF: Final = {
    "actor": {"process", "user", "invoked_by", "session", "app_name", "app_uid"},
    "user": {"account", "name", "uid"},
    "service": {"name", "uid"},
    "product": {"name", "uid"},
    "src_endpoint": {
        *("ip", "uid", "name", "hostname", "svc_name", "instance_uid"),
        *("interface_uid", "interface_name", "domain"),
    },
    "resources": {"name", "uid"},
}
"""Members of which one at least must be there."""

OBJECTS: Final = {
    "metadata": "metadata",
    "api": "api",
    "request": "request",
    "cloud": "cloud",
    "raw_data_hash": "fingerprint",
    "actor": "actor",
    "user": "user",
    "service": "service",
    "product": "product",
    "src_endpoint": "network_endpoint",
    "resources": "resource_details",
}
"""Which object of the schema a member holds."""


def missing(name: str, value: Any) -> Iterator[str]:
    """Say what an event lacks, by the extract."""
    if isinstance(value, list):
        for part in value:
            yield from missing(name, part)
    if not isinstance(value, dict) or name == "unmapped":
        return
    for member in REQUIRED.get(name, set()) - value.keys():
        yield f"{name}.{member}"
    if name in ONE_OF and ONE_OF[name].isdisjoint(value):
        yield f"{name}: one of {sorted(ONE_OF[name])}"
    for member, part in value.items():
        yield from missing(member, part)


_TOKEN = st.text("0123456789abcdef", min_size=32, max_size=32)
_WORD = st.text("abcXYZ_- <>\u00e9\u2028\"'", min_size=1, max_size=12)


@st.composite
def chains(draw: st.DrawFn) -> list[Entry]:
    """One chain of records of every phase, with members there or not."""
    writer = WriterId("w" * 22)
    entries: list[Entry] = []
    prev = "A" * 43
    for seq in range(draw(st.integers(1, 8))):
        phase = "G" if seq == 0 else draw(st.sampled_from("IODW"))
        said: dict[str, Any] = {
            "v": 1,
            "wid": writer,
            "seq": seq,
            "prev": prev,
            "ph": phase,
            "ts": f"2026-09-21T14:14:{seq:02d}.{draw(st.integers(0, 999)):03d}Z",
            "exp": 1_800_000_000,
            "pol": "test@1",
        }
        if phase != "G":
            said |= draw(_facts(phase))
        body = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        entries.append(Entry(writer, seq, body, b"m" * 16, 1_800_000_000, ""))
        prev = encode(sha256(body).digest()).decode()
    return entries


@st.composite
def _facts(draw: st.DrawFn, phase: str) -> dict[str, Any]:
    actor: dict[str, Any] = {"auth": draw(st.sampled_from(["iam", "anonymous", "asserted"]))}
    if draw(st.booleans()):
        actor |= {"id": draw(_TOKEN)} | draw(st.sampled_from([{}, {"obo": "a" * 32}]))
    source = {"fn": draw(_WORD), "ver": "1", "reg": draw(st.sampled_from(["", "eu-west-1"]))}
    source |= {"via": draw(st.sampled_from(["apigw.v1", "direct"]))}
    source |= draw(st.sampled_from([{}, {"ip": "f" * 32}]))
    told: dict[str, Any] = {
        "act": draw(_WORD),
        "actor": actor,
        "eid": draw(_TOKEN),
        "att": "a" * 22,
        "req": draw(_WORD),
        "src": source,
    }
    for name in ("subj", "obj", "cls", "why", "rcpt", "ten"):
        if draw(st.booleans()):
            told[name] = draw(_TOKEN if name == "subj" else _WORD)
    if phase != "I":
        status = draw(st.sampled_from(["ok", "deny", "error", "withheld"]))
        told |= {"out": {"s": status, "code": draw(st.sampled_from([200, 404, 503]))}, "dur": 5}
        if status != "ok":
            told["out"]["err"] = "invalid_request"
        if draw(st.booleans()):
            told["q"] = [{"s": "prices", "n": "find", "b": ["id"], "r": 1}]
        if draw(st.booleans()):
            told["chg"] = [{"f": "dose", "o": "0" * 32, "n": "1" * 32}]
    return told
