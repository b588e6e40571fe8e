"""A salt that its store does not take goes to the spill, or there is no answer."""

from __future__ import annotations

import json

import pytest

import strategies as my
from affidavit._records.ledger import Spilled, SubjectSalt
from affidavit._records.spill_line import pack_spilled, unpack_spilled
from affidavit._records.subjects import add_salt, salts_of
from affidavit._types import Token
from affidavit.errors import LedgerUnavailableError
from affidavit.testing import (
    Bench,
    MemorySubjects,
    api_gateway_v1,
    make_runtime,
    memory_ledger,
    run,
)

HANDLER = my.handler_of(my.BEHAVIOURS[3])
NAME = "A1"
LOOKUP = Token("a" * 32)
AT = "2026-01-23T12:00:00.000Z"


class Away(MemorySubjects):
    """Salts that cannot be had, for a reason of the store's own."""

    def keep(self, place: Token, salt: str, *, timeout_s: float) -> str:
        raise OSError(f"{place} {salt} {timeout_s}")


class Spill:
    """A spill in a list, which may be away too."""

    name = "list"

    def __init__(self, *, away: bool = False) -> None:
        self.kept: list[Spilled] = []
        self.away = away

    def keep(self, items: list[Spilled], *, timeout_s: float) -> None:
        if self.away:
            raise LedgerUnavailableError("no spill", why="it is away", fix="Wait")
        assert 0 < timeout_s <= 1
        self.kept += items

    def waiting_count(self) -> int:
        return len(self.kept)


def _bench(spill: Spill | None) -> Bench:
    opened = memory_ledger()._replace(subjects=Away(), spill=spill)
    return make_runtime(ledger=opened, sources=[my.sources()])


def _ask(bench: Bench) -> int:
    answer = run(HANDLER, api_gateway_v1(query={"id": NAME, "who": "w"}), bench)
    return int(answer["statusCode"])


def test_the_answer_leaves_once_the_spill_has_the_salt() -> None:
    """It is counted like a spilled record; what waits says neither name nor why."""
    spill = Spill()
    bench = _bench(spill)
    assert 200 == _ask(bench)
    (salt,) = spill.kept
    assert isinstance(salt, SubjectSalt)
    assert NAME not in pack_spilled(salt)
    assert salt.salt not in repr(salt)
    tokens = bench.runtime.tokens()
    assert tokens.token("subject lookup", NAME) == salt.lookup
    expected = tokens.token("subject", f"{salt.salt}\x00{NAME}")
    assert {expected} == {record.subject for record in bench.records}
    assert 1 == sum(line.get("LedgerSpilled", 0) for line in bench.metrics)
    assert 200 == _ask(bench)
    assert 1 == len(spill.kept)
    assert [1] == [line["LedgerSpilled"] for line in bench.metrics if "LedgerSpilled" in line]


@pytest.mark.parametrize("spill", [None, Spill(away=True)])
def test_without_either_there_is_no_answer(spill: Spill | None) -> None:
    """No salt, no token, no record, no answer."""
    bench = _bench(spill)
    assert 503 == _ask(bench)
    assert [] == bench.records


def test_a_salt_comes_back_from_its_line() -> None:
    """As it was."""
    salt = SubjectSalt(LOOKUP, "a salt", AT)
    assert salt == unpack_spilled(pack_spilled(salt))


@pytest.mark.parametrize(
    "change",
    [{"lookup": "A" * 32}, {"lookup": "short"}, {"salt": ""}, {"at": ""}, {"v": 2}, {"lookup": []}],
)
def test_a_line_that_is_no_salt_is_refused(change: dict[str, object]) -> None:
    """Its text is not repeated."""
    said = {**json.loads(pack_spilled(SubjectSalt(LOOKUP, "hunter2", AT))), **change}
    with pytest.raises(ValueError, match="neither|not a spilled") as caught:
        unpack_spilled(json.dumps(said))
    assert "hunter2" not in str(caught.value)


def test_a_free_place_ends_a_subjects_salts_unless_more_are_asked_for() -> None:
    """Behind places that erasures have freed there may be more."""
    salts = MemorySubjects()
    for text in ("one", "two", "three"):
        add_salt(salts, LOOKUP, text)
    assert 3 == len(salts.salts)
    first, second, third = salts_of(salts, LOOKUP)
    assert LOOKUP == first
    salts.destroy(first)
    salts.destroy(second)
    assert {} == salts_of(salts, LOOKUP)
    assert {third: "three"} == salts_of(salts, LOOKUP, 2)
