"""Hold a plugin's ledger or source to the promises that the kernel relies on.

Each check raises `AssertionError` with the promise that was broken. Run them in
your plugin's tests; ours run them too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from affidavit._canonical import canonical_bytes
from affidavit._records.chain import first_link, link, seal
from affidavit._records.ledger import Entry, Ledger
from affidavit._sources.source import AnyQuery, AnySource, Permit, Row, Scalar, runner
from affidavit._types import Token, WriterId
from affidavit.errors import (
    LedgerConflictError,
    LedgerError,
    LedgerKeyError,
    LedgerRefusedError,
    LedgerUnavailableError,
    SourceError,
    StatementError,
    UnauditedAccessError,
)

HOSTILE: Final[tuple[str, ...]] = (
    "' or '1'='1",
    "'; drop table t; --",
    '" or ""="',
    "1) union select null --",
    "%",
    "_",
    "*/ or 1=1 /*",
    "\\' or 1=1",
    "\x00",
    "\u02bc or 1=1",
    ":id",
    "${id}",
)
"""Bind values that mean something to a SQL parser, should one ever see them."""

_TIMEOUT_S = 10.0
_ACTOR, _SUBJECT = Token("a" * 32), Token("b" * 32)
_EXPIRES = 4_102_444_800  # 2100-01-01T00:00:00Z


def check_ledger(open_ledger: Callable[[], Ledger]) -> None:
    """Hold a ledger to its contract; `open_ledger` opens the same one each time.

    Raises:
        AssertionError: A promise was broken; the message says which.

    >>> check_ledger(lambda ledger=memory_ledger(): ledger)  # raises what is wrong
    """
    ledger, again = open_ledger(), open_ledger()
    # Keys first, as the kernel does: a store may hold that records without keys
    # have lost them.
    _check_keys(ledger, again)
    first, second = _entries(WriterId("contract-ledger-000001"), 2)
    ledger.store.append([first, second], timeout_s=_TIMEOUT_S)
    _expect(
        list(again.reader.entries(first.writer)) == [first, second],
        "what was appended can be read by somebody else, byte for byte and in order",
    )
    _expect(first.writer in set(again.reader.writers()), "every chain is named")
    _expect(
        list(again.reader.entries(first.writer, 1)) == [second],
        "a chain can be read from one of its records on",
    )
    _expect(not list(again.reader.damage()), "a store that nobody has touched has no damage")
    ledger.store.append([first], timeout_s=_TIMEOUT_S)
    _expect(
        list(again.reader.entries(first.writer)) == [first, second],
        "appending the same entry again succeeds and adds nothing",
    )
    _check_conflict(ledger, again, first, second)
    _check_search(again)
    _check_deadline(ledger)
    _check_batch_limit(ledger, again)


def check_source(
    source: AnySource,
    *,
    query: AnyQuery,
    binds: Mapping[str, Scalar],
    rows: Sequence[Row],
    hostile_bind: str,
) -> None:
    """Hold a source to its contract.

    `query` with `binds` must find exactly `rows`, at least one, by comparing
    the text column or bind named `hostile_bind` for equality.

    Raises:
        AssertionError: A promise was broken; the message says which.

    >>> rows = [{"id": "A1"}]
    >>> source = MemorySource("notes", {"all": lambda b: rows if b["id"] == "A1" else []})
    >>> every = Query(name="all", sql="select id from notes where id = :id", binds={"id"})
    >>> check_source(source, query=every, binds={"id": "A1"}, rows=rows, hostile_bind="id")
    """
    permit = Permit(deadline_s=_TIMEOUT_S, request_id="contract", function="contract", actor=None)
    run = runner(source, query)
    found = run(permit, query, binds, max_rows=len(rows))
    _expect([dict(row) for row in found] == [dict(row) for row in rows], "it finds the rows")
    _expect(all(key == key.lower() for row in found for key in row), "column names are lower-case")
    _refuses(
        UnauditedAccessError,
        lambda: run(object(), query, binds, max_rows=1),
        "it does nothing without a permit",
    )
    _refuses(
        StatementError,
        lambda: run(permit, query, {**binds, "unknown_bind": "x"}, max_rows=1),
        "it refuses binds that the query does not declare",
    )
    _refuses(
        StatementError,
        lambda: run(permit, query, binds, max_rows=len(rows) - 1),
        "more rows than asked for are an error, not a cut",
    )
    for value in HOSTILE:
        try:
            many = run(permit, query, {**binds, hostile_bind: value}, max_rows=10_000)
        except SourceError as error:
            _expect(value not in str(error), "an error does not repeat a bind value")
        else:
            _expect(len(many) == 0, "a bind value is a value, never SQL")


def _check_conflict(ledger: Ledger, again: Ledger, first: Entry, second: Entry) -> None:
    other = second._replace(body=second.body.replace(b'"seq":1', b'"seq":1,"x":1'))
    third = _entries(first.writer, 3)[2]
    _refuses(
        LedgerConflictError,
        lambda: ledger.store.append([third, other], timeout_s=_TIMEOUT_S),
        "another body in the same place is a conflict",
    )
    _expect(
        list(again.reader.entries(first.writer)) == [first, second],
        "a conflict changes nothing, and keeps nothing of its batch",
    )


def _check_search(ledger: Ledger) -> None:
    since, until = "2026-01-23T00:00:00.000Z", "2026-01-24T00:00:00.000Z"
    reader = ledger.reader
    _expect(len(list(reader.by_actor(_ACTOR, since, until))) == 2, "records are found by actor")
    _expect(
        len(list(reader.by_subject(_SUBJECT, since, until))) == 2, "records are found by subject"
    )
    _expect(not list(reader.by_actor(_ACTOR, until, "9999")), "the time window counts")
    _expect(not list(reader.by_actor(_SUBJECT, since, until)), "an actor is not a subject")


def _check_keys(ledger: Ledger, again: Ledger) -> None:
    writer = WriterId("contract-ledger-000002")
    made = ledger.keys.new_chain_key(writer)
    _expect(
        again.keys.open_chain_key(writer, made.wrapped) == made.key,
        "a verifier recovers a chain's first key",
    )
    _expect(made.key.hex() not in made.wrapped, "the wrapped key does not show the key")
    _refuses(
        LedgerKeyError,
        lambda: again.keys.open_chain_key(WriterId("somebody-else-00000001"), made.wrapped),
        "a key made for one writer does not open for another",
    )
    _expect(ledger.keys.token_key() == again.keys.token_key(), "tokens are the same everywhere")


def _check_deadline(ledger: Ledger) -> None:
    late = _entries(WriterId("contract-ledger-000003"), 1)
    _refuses(
        LedgerUnavailableError,
        lambda: ledger.store.append(late, timeout_s=0.0),
        "without time left it refuses",
    )


def _check_batch_limit(ledger: Ledger, again: Ledger) -> None:
    limit = ledger.store.batch_limit
    _expect(limit >= 2, "a chain's first two records fit into one append")
    many = _entries(WriterId("contract-ledger-000004"), limit + 1)
    _refuses(
        LedgerRefusedError,
        lambda: ledger.store.append(many, timeout_s=_TIMEOUT_S),
        "more entries than its limit are refused for good, not for now",
    )
    _expect(not list(again.reader.entries(many[0].writer)), "what is refused is not kept")
    ledger.store.append(many[:limit], timeout_s=_TIMEOUT_S)
    _expect(
        len(list(again.reader.entries(many[0].writer))) == limit,
        "as many entries as its limit fit into one append",
    )


def _entries(writer: WriterId, count: int) -> list[Entry]:
    """Return a small chain under a fixed key."""
    found: list[Entry] = []
    prev = first_link()
    for seq in range(count):
        at = f"2026-01-23T12:00:00.{seq:03d}Z"
        body = canonical_bytes(
            {"exp": _EXPIRES, "ph": "D", "prev": prev, "seq": seq, "ts": at, "v": 1, "wid": writer}
        )
        prev = link(body)
        found.append(
            Entry(
                writer=writer,
                seq=seq,
                body=body,
                mac=seal(bytes(32), body),
                expires_at=_EXPIRES,
                at=at,
                actor=_ACTOR,
                subject=_SUBJECT,
            )
        )
    return found


def _expect(holds: bool, promise: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise AssertionError(f"broken promise: {promise}")


def _refuses(
    error: type[LedgerError | SourceError], act: Callable[[], object], promise: str
) -> None:
    try:
        act()
    except error:
        return
    except Exception as other:
        raise AssertionError(f"broken promise: {promise}") from other
    raise AssertionError(f"broken promise: {promise}")
