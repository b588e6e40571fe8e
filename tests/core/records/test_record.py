"""Records: their form, their size, and reading them back."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies as my
from affidavit._canonical import canonical_bytes, is_canonical, record_bytes
from affidavit._policy.words import Trust
from affidavit._records.accesses import Change, OffRecordAccess, Read
from affidavit._records.record import Origin, Outcome, Phase, Status, event_id
from affidavit._types import Token
from affidavit.plugin import Entry, Record, WriterId
from affidavit.testing import MemorySource, api_gateway_v1, make_runtime, run
from drafts import ACTOR, AT, EXPIRES, SUBJECT, draft, facts
from price_fetcher.handler import handler

WRITER = WriterId("w" * 22)
PREV = "A" * 43

TOKENS = st.text("0123456789abcdef", min_size=32, max_size=32).map(Token)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
OUTCOMES = st.builds(
    Outcome,
    status=st.sampled_from(Status),
    code=st.integers(100, 599),
    error=TEXTS,
    duration_ms=st.integers(0, 900_000),
    reads=st.lists(st.builds(Read, TEXTS, TEXTS, st.just(("a", "b")), st.integers(-1, 9))).map(
        tuple
    ),
    changes=st.lists(st.builds(Change, TEXTS, TOKENS, TOKENS), max_size=3).map(tuple),
    off_record=st.lists(
        st.builds(OffRecordAccess, TEXTS, TEXTS, TEXTS, TEXTS, st.integers(1, 9)),
        max_size=3,
    ).map(tuple),
    redacted=st.dictionaries(my.words().map(str.upper), st.integers(1, 9), max_size=3).map(
        lambda found: tuple(sorted(found.items()))
    ),
)


@given(
    phase=st.sampled_from([phase for phase in Phase if phase is not Phase.GENESIS]),
    outcome=st.none() | OUTCOMES,
    behalf=st.none() | TOKENS,
    actor=st.none() | TOKENS,
    address=st.none() | TOKENS,
    trust=st.sampled_from(Trust),
    words=st.dictionaries(st.sampled_from(["obj", "cls", "why", "rcpt", "ten"]), TEXTS),
    unsafe=st.lists(TEXTS, max_size=2).map(tuple),
)
def test_every_record_is_written_in_canonical_form(
    phase: Phase, outcome: Outcome | None, address: Token | None, **changes: Any
) -> None:
    """The fast writer relies on nested keys being in order; here nothing is taken on trust."""
    origin = Origin(function="f", version="1", region="r", via="direct", address=address)
    made = draft(phase, outcome=outcome, origin=origin, **changes)
    document = made.document(WRITER, 7, PREV)

    assert canonical_bytes(document) == record_bytes(document)
    assert is_canonical(record_bytes(document))


def test_a_closing_record_says_what_happened() -> None:
    """Verdict, duration, statements, changes and counts, under the keys of docs/records.md."""
    outcome = Outcome(
        status=Status.ERROR,
        code=500,
        error="ValueError",
        duration_ms=12,
        reads=(Read("prices", "find_price", ("id",), 1),),
        changes=(Change("price", Token("o" * 32), Token("n" * 32)),),
        redacted=(("EMAIL", 2),),
    )
    said = draft(Phase.OUTCOME, outcome=outcome).document(WRITER, 7, PREV)

    assert {"code": 500, "err": "ValueError", "s": "error"} == said["out"]
    assert 12 == said["dur"]
    assert [{"b": ["id"], "n": "find_price", "r": 1, "s": "prices"}] == said["q"]
    assert [{"f": "price", "n": "n" * 32, "o": "o" * 32}] == said["chg"]
    assert {"EMAIL": 2} == said["red"]
    assert ("O", 7, PREV, WRITER, AT, EXPIRES) == tuple(
        said[key] for key in ("ph", "seq", "prev", "wid", "ts", "exp")
    )


def test_what_is_empty_is_left_out() -> None:
    """A record is paid for by the kilobyte."""
    made = draft(Phase.OUTCOME, actor=None, subject=None, words={"obj": "", "why": "care"})
    said = made.document(WRITER, 1, PREV)

    assert {"obj", "subj", "unsafe", "q", "chg", "red"}.isdisjoint(said)
    assert "care" == said["why"]
    assert {"auth": "authorizer"} == said["actor"]
    assert {"code": 200, "s": "ok"} == said["out"]
    assert "out" not in draft().document(WRITER, 1, PREV)


def test_a_second_name_and_what_weakens_a_control_are_on_record() -> None:
    """For whom a service asks, and every setting that has `unsafe` in its name."""
    said = facts(behalf=Token("c" * 32), unsafe=("unsafe_example",)).said

    assert {"auth": "authorizer", "id": ACTOR, "obo": "c" * 32} == said["actor"]
    assert ["unsafe_example"] == said["unsafe"]
    assert SUBJECT == said["subj"]


@given(via=my.words(), event=st.text())
def test_one_event_has_one_id_whatever_its_text(via: str, event: str) -> None:
    """Half of a hash over source and id; half surrogates do not stop it."""
    text = b"affidavit event 1\x00" + f"{via}\x00{event}".encode("utf-8", "surrogatepass")

    assert hashlib.sha256(text).hexdigest()[:32] == event_id(via, event)


def test_sources_that_use_the_same_id_do_not_collide() -> None:
    """An id is unique within its source only."""
    assert event_id("alb", "1") != event_id("direct", "1")


def _item_bytes(entry: Entry) -> int:
    """Estimate a DynamoDB item: names and values of its attributes, keys of indexes included.

    A number takes a byte per two digits and one more:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    day, month = entry.at[:10], entry.at[:7]
    attributes: dict[str, Any] = {
        "pk": f"W#{entry.writer}",
        "sk": entry.seq,
        "body": entry.body,
        "mac": entry.mac,
        "exp": entry.expires_at,
        "at": entry.at,
    }
    if entry.actor is not None:
        attributes["who"] = f"USER#{entry.actor}#{day}"
    if entry.subject is not None:
        attributes["whose"] = f"SUBJECT#{entry.subject}#{month}"
    return sum(len(name) + _value_bytes(value) for name, value in attributes.items())


def _value_bytes(value: Any) -> int:
    return (len(str(value)) + 1) // 2 + 1 if isinstance(value, int) else len(value)


@pytest.mark.parametrize("policy", ["baseline", "gdpr", "hipaa", "part11", "pci"])
def test_a_common_item_is_billed_as_one_kilobyte(policy: str) -> None:
    """One byte more than 1,024 would double the price of every write."""
    source = MemorySource("prices", {"find_price": [{"price": "99.99", "currency": "USD"}]})
    bench = make_runtime(policy=policy, sources=[source])
    event = api_gateway_v1(
        query={"id": "PROD-101", "userId": "550e8400-e29b-41d4-a716-446655440000"},
        authorizer={"claims": {"sub": "google-oauth2|117509553887278399680"}},
    )
    answer: Any = run(handler, event, bench)
    assert bench.store is not None
    sizes = [_item_bytes(entry) for entry in bench.store.items.values()]

    assert 200 == answer["statusCode"]
    assert 3 == len(sizes)
    assert max(sizes) <= 1024


RECORD = {"ph": "O", "seq": 1, "v": 1, "wid": "w"}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "not JSON", id="nothing"),
        pytest.param(b"\xff", "not JSON", id="no text"),
        pytest.param(b"{", "not JSON", id="cut off"),
        pytest.param(b"[" * 100_000, "not JSON", id="brackets without end"),
        pytest.param(b"9" * 5000, "not JSON", id="a number without end"),
        pytest.param(b"[]", "not a record", id="a list"),
        pytest.param(b'"O"', "not a record", id="a word"),
        pytest.param(b'{"ph":"O","seq":1,"v":1}', "not a record", id="without a writer"),
    ],
)
def test_what_is_no_record_is_refused(body: bytes, why: str) -> None:
    """With a word about the form and none of the content."""
    with pytest.raises(ValueError, match=why) as caught:
        Record.parse(body)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "part",
    [
        pytest.param({"actor": "x"}, id="an actor that is a word"),
        pytest.param({"actor": {"id": 7}}, id="an actor's token that is a number"),
        pytest.param({"subj": []}, id="a subject's token that is a list"),
        pytest.param({"out": []}, id="an outcome that is a list"),
        pytest.param({"out": {"code": "x"}}, id="a code that is a word"),
        pytest.param({"q": {}}, id="reads that are no list"),
        pytest.param({"q": ["x"]}, id="a read that is a word"),
        pytest.param({"q": [{"n": "x"}]}, id="a read without a source"),
    ],
)
def test_a_record_of_another_form_is_refused(part: dict[str, Any]) -> None:
    """Readers look into these parts; a forged one must not stop them half-way."""
    with pytest.raises(ValueError, match="not a record"):
        Record.parse(json.dumps({**RECORD, **part}).encode())


def test_what_a_newer_version_adds_is_kept() -> None:
    """An old verifier reads new records, and shows all of them."""
    record = Record.parse(json.dumps({**RECORD, "new": {"a": [1]}}).encode())

    assert {"a": [1]} == record.document["new"]


@given(document=my.jsons(), extra=my.jsons())
def test_reading_never_raises_anything_else(document: Any, extra: Any) -> None:
    """A body is refused, or every property of the record can be asked for."""
    if isinstance(document, dict):
        document = {**RECORD, **document, "actor": extra, "out": extra, "q": extra}
    try:
        record = Record.parse(json.dumps(document).encode())
    except ValueError:
        return
    assert isinstance(record.phase + record.at + record.attempt + record.event, str)
    assert isinstance(record.status, str)
    assert isinstance(record.code, int)
    assert record.actor is None or isinstance(record.actor, str)
    assert record.subject is None or isinstance(record.subject, str)


def test_a_record_can_be_asked() -> None:
    """Each property, with and without what it reads."""
    body = record_bytes(draft(Phase.OUTCOME).document(WRITER, 1, PREV))
    told = Record.parse(body)
    opening = Record.parse(json.dumps(RECORD).encode())

    assert ("O", AT, "attempt", "ok", 200) == (
        told.phase,
        told.at,
        told.attempt,
        told.status,
        told.code,
    )
    assert (ACTOR, SUBJECT) == (told.actor, told.subject)
    assert event_id("direct", "attempt") == told.event
    assert ("", "", "", "", 0, None, None) == (
        opening.at,
        opening.attempt,
        opening.event,
        opening.status,
        opening.code,
        opening.actor,
        opening.subject,
    )
