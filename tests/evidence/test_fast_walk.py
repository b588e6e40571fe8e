"""The fast walk over a chain says what the careful one says."""

from __future__ import annotations

import random
import re
from hashlib import sha256

import pytest

from affidavit._records.chain import link, seal
from affidavit.plugin import Entry, Phase
from affidavit_ledger import chain_check, record_lots
from affidavit_ledger.chain_check import ChainCheck
from affidavit_ledger.findings import FindingKind
from affidavit_ledger.open_invocations import OpenInvocations
from affidavit_ledger.segments import BrokenSegmentError, parts_of
from affidavit_ledger.verify import Evidence, verify
from evidence_world import World


def _chain(records: int = 9) -> tuple[World, list[Entry]]:
    world = World(3, names=["w0"])
    for _ in range(records):
        world.emit(world.writers[0])
    (writer,) = world.table.writers()
    return world, list(world.table.entries(writer))


def _run(world: World, entries: list[Entry]) -> int:
    check = ChainCheck(entries[0].writer, world.keys, OpenInvocations())
    check.prime(entries[0].body)
    stop = check.run([(entry.body, entry.mac) for entry in entries])
    assert (stop, stop) == (check.records, check.next_seq)
    return stop


def test_its_hmac_is_the_chains() -> None:
    """RFC 2104 in two hashes; `seal` has the standard library's."""
    key, body = bytes(range(32)), b"a body"
    block = key + record_lots._REST
    inner = sha256(block.translate(record_lots._INNER) + body).digest()
    outer = sha256(block.translate(record_lots._OUTER) + inner).digest()
    assert seal(key, body) == outer[:16]


def test_it_takes_a_whole_chain() -> None:
    """All of it, and no more."""
    world, entries = _chain()
    assert 10 == _run(world, entries)


@pytest.mark.parametrize("at", range(10))
@pytest.mark.parametrize("part", ["mac", "body", "seq", "prev", "wid", "v", "ph"])
def test_it_stops_where_something_is_wrong(at: int, part: str) -> None:
    """Also where whoever wrote it had the key: then a record is wrong and its MAC holds."""
    world, entries = _chain()
    wrong = entries[at]
    if part == "mac":
        entries[at] = wrong._replace(mac=bytes(16))
    elif part == "body":
        entries[at] = wrong._replace(body=wrong.body.replace(b"test@1", b"test@2"))
    else:
        key = world.keys.open_chain_key(wrong.writer, _wrapped(entries[0].body))
        for _ in range(at):
            key = chain_check.evolve(key)
        body = _lying(wrong.body, part)
        assert body != wrong.body
        entries[at] = wrong._replace(body=body, mac=seal(key, body))
    if at == 0 and part == "wid":
        return
    assert at == _run(world, entries)


@pytest.mark.parametrize("at", [0, 63, 64, 65, 127, 128, 139])
def test_records_are_taken_together_and_told_apart(at: int) -> None:
    """Hashes are made in lots of 64; which record is wrong, and a saved head's link, stay exact."""
    world, entries = _chain(139)
    check = ChainCheck(entries[0].writer, world.keys, OpenInvocations(), watch=at)
    check.prime(entries[0].body)
    parts = [(entry.body, entry.mac) for entry in entries]
    assert 140 == check.run(parts)
    assert link(entries[at].body) == check.watched
    assert (139, link(entries[-1].body)) == check.head
    entries[at] = entries[at]._replace(mac=bytes(16))
    assert at == _run(world, entries)


@pytest.mark.parametrize("number", [1, 70])
def test_an_invocation_that_never_ended_shows_in_an_archive(number: int) -> None:
    """Where keys are at hand the fast walk reads it; the table that it came from is gone."""
    world = World(3, names=["w0"])
    (chain,) = world.writers
    for _ in range(number):
        world.emit(chain)
    world.emit(chain, phase=Phase.INTENT)
    world.seal()
    evidence = Evidence(keys=world.keys, archive=world.archive, verifier=world.signer.public)
    found = verify(evidence, now_ms=world.now_ms + 10**8)
    told = [(one.kind, one.seq) for one in found.findings]
    assert [(FindingKind.CHECKPOINT_STALE, 0), (FindingKind.UNCLOSED, number + 1)] == told


def _wrapped(genesis: bytes) -> str:
    at = genesis.index(b'"ek":"') + 6
    return genesis[at : genesis.index(b'"', at)].decode()


def _lying(body: bytes, part: str) -> bytes:
    at = body.index(b'"%b":' % part.encode())
    if part == "ph":
        return body.replace(b'"ph":', b'"pi":')
    end = min(body.find(mark, at + 1) for mark in (b",", b"}") if body.find(mark, at + 1) > 0)
    value = {
        "seq": b"77",
        "v": b"2",
        "prev": b'"' + b"x" * 43 + b'"',
        "wid": b'"' + b"x" * 22 + b'"',
    }
    return body[:at] + b'"%b":' % part.encode() + value[part] + body[end:]


def _by_the_page(data: bytes) -> list[tuple[bytes, bytes]] | None:
    """Read a segment line by line, as docs/evidence.md says; None if it is framed otherwise."""
    *lines, rest = data.split(b"\n")
    found = [re.fullmatch(rb'\{"b":(.*),"m":"([0-9a-f]{32})"\}', line) for line in lines]
    if rest or not all(found):
        return None
    return [(one[1], bytes.fromhex(one[2].decode())) for one in found if one is not None]


def test_a_segment_is_taken_apart_as_the_page_says() -> None:
    """All at once; a byte that is changed, lost or added is told in the line that has it."""
    rng = random.Random(5)  # noqa: S311 - segments, not keys
    pieces = [b"{", b'"', b"b", b":", b",", b"m", b"}", b"\n", b"a", b"F", b"\x00"]
    framed = 0
    for _ in range(4_000):
        bodies = [b"".join(rng.choices(pieces[:7], k=rng.randrange(6))) for _ in range(3)]
        lines = [b'{"b":%b,"m":"%032x"}\n' % (body, rng.getrandbits(128)) for body in bodies]
        data = b"".join(lines[: rng.randrange(4)])
        for _ in range(rng.randrange(3)):
            at, kept = rng.randrange(len(data) + 1), rng.randrange(2)
            data = data[:at] + rng.choice([b"", *pieces]) + data[at + kept :]
        wanted = _by_the_page(data)
        framed += wanted is not None
        try:
            assert wanted == parts_of(data)
        except BrokenSegmentError as broken:
            assert wanted is None
            *whole, line = data.split(b"\n")[: broken.line]
            assert not whole or _by_the_page(b"\n".join([*whole, b""])) is not None
            assert broken.line > data.count(b"\n") or _by_the_page(line + b"\n") is None
    assert 500 < framed < 3_500


def test_openings_and_closings_are_followed_together_as_one_by_one() -> None:
    """Whatever their order: most take turns, some are missing, twice or before their opening."""
    rng = random.Random(7)  # noqa: S311 - histories, not keys
    left = 0
    for _ in range(600):
        together, alone = OpenInvocations(), OpenInvocations()
        for lot in range(4):
            told: list[tuple[str, int]] = []
            for attempt in range(lot * 3, lot * 3 + rng.randrange(5)):
                told += [("I", attempt), (rng.choice("OW"), attempt)]
            for _ in range(rng.choice((0, 0, 1, 2))):
                told.insert(rng.randrange(len(told) + 1), (rng.choice("GIOWD"), rng.randrange(14)))
            if told and rng.random() < 0.4:
                told.pop(rng.randrange(len(told)))
            bodies = [
                b'{"att":"%022d","eid":"%032d","ph":"%b","ts":"%024d"}' % (n, n, p.encode(), at)
                for at, (p, n) in enumerate(told)
            ]
            phases = "".join(phase for phase, _ in told).encode()
            together.follow([*bodies, b"more"], phases, "w", 7)
            for seq, (body, phase) in enumerate(zip(bodies, phases, strict=True), 7):
                alone.follow([body], bytes([phase]), "w", seq)
        assert (together.attempts, together.early) == (alone.attempts, alone.early)
        left += len(together.attempts) + len(together.early)
    assert left > 600
