"""The estimate is arithmetic over what was measured, and the measures are still true."""

from __future__ import annotations

import json
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from benchmarks.make_archive import drafts_of, make_archive
from hypothesis import given
from hypothesis import strategies as st

from affidavit._canonical import record_bytes
from affidavit._policy.load import load_policy, shipped_policies
from affidavit._policy.words import Declare
from affidavit._records.record import Draft, Phase
from affidavit.plugin import Entry, WriterId
from affidavit_dynamodb.items import item_of
from affidavit_release.cost import DAYS, Load, choices_of, estimate
from affidavit_release.errors import ReleaseError
from affidavit_release.tariff import read_tariff
from cloud import INDEX
from command_line import Terminal
from write_units import Charge, charge

TARIFF = read_tariff()
NOW_MS = 1_790_000_000_000


def totals(load: Load, policy: str) -> list[float]:
    rules = load_policy(policy)
    choices = choices_of(rules)
    bill = estimate(load, rules, choices, TARIFF)
    return [sum(line.usd[number] for line in bill) for number in range(len(choices))]


def position(item: str, load: Load, policy: str = "hipaa") -> float:
    rules = load_policy(policy)
    bill = estimate(load, rules, choices_of(rules), TARIFF)
    return next(line.usd[0] for line in bill if line.item == item)


def size_of(draft: Draft, seq: int) -> Charge:
    """What a record costs once it is in the table that Terraform makes."""
    document = draft.document(WriterId("w" * 22), seq, "A" * 43)
    facts = draft.facts
    entry = Entry(
        WriterId("w" * 22),
        seq,
        record_bytes(document),
        bytes(16),
        draft.expires_at,
        draft.at,
        facts.actor,
        facts.subject,
    )
    return charge(item_of(entry), [INDEX])


def test_the_measured_sizes_are_what_is_written() -> None:
    """Records that grow make the estimate wrong; then measure again."""
    first, second = drafts_of(1, NOW_MS)
    opening, closing = size_of(first, 2), size_of(second, 3)
    only = size_of(second._replace(phase=Phase.DISCLOSURE), 2)
    sizes = TARIFF.sizes

    for name, measured in (("opening", opening), ("closing", closing), ("only", only)):
        assert sizes[f"{name}_write_units"] == measured.units
        assert sizes[f"{name}_bytes"] == pytest.approx(measured.item_bytes, rel=0.03)
    assert sizes["index_bytes"] == pytest.approx(opening.index_bytes, rel=0.05)
    assert (0, opening.index_bytes) == (closing.index_bytes, only.index_bytes)


def test_the_measured_archive_is_what_is_sealed(tmp_path: Path) -> None:
    """With everything that lies beside the records."""
    records = 4000
    make_archive(tmp_path, records)
    files = [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]

    found = sum(path.stat().st_size for path in files) / records
    assert TARIFF.sizes["archived_bytes"] == pytest.approx(found, rel=0.03)


def test_the_measured_log_is_what_the_example_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first scene of the demonstration."""
    first = Terminal(capsys, tmp_path)("demo", "--output", "json").data["scenes"][0]
    lines = [*first["metrics"], *first["logs"]]

    assert TARIFF.sizes["log_lines"] == len(lines)
    assert TARIFF.sizes["log_bytes"] == pytest.approx(sum(map(len, lines)), rel=0.05)


def test_writes_are_three_units_an_event() -> None:
    """One for each record, one for the index, and three where a chain begins; counted by hand."""
    million_events = Load(events_per_day=1_000_000)

    assert 1_000_000 * DAYS * (3 + 3 / 500) / 1e6 * 0.625 == pytest.approx(
        position("table: writes", million_events)
    )


def test_the_archive_is_years_of_records() -> None:
    """Two records an event, 675 bytes each, 2192 days; counted by hand."""
    gigabytes = 1_000_000 * 2 * 675 * 2192 / 1e9

    assert gigabytes * 0.023 == pytest.approx(
        position("archive: storage", Load(events_per_day=1_000_000))
    )


def test_traces_are_a_sample() -> None:
    """Five of a hundred in prod, all of them in dev."""
    prod, dev = (position("X-Ray", Load(1_000_000, environment=name)) for name in ("prod", "dev"))

    assert 1_000_000 * DAYS * 0.05 / 1e6 * 5 == pytest.approx(prod)
    assert 20 * prod == pytest.approx(dev)


@given(
    policy=st.sampled_from(shipped_policies()),
    events=st.integers(0, 10**9),
    more=st.integers(0, 10**9),
)
def test_more_events_never_cost_less(policy: str, events: int, more: int) -> None:
    """Whichever way they are kept, and nothing is negative."""
    few, many = (totals(Load(number), policy) for number in (events, events + more))

    assert all(0 < low <= high for low, high in zip(few, many, strict=True))


@pytest.mark.parametrize("policy", shipped_policies())
def test_every_choice_keeps_what_the_policy_asks_for(policy: str) -> None:
    """The policy's own is first, and nobody is offered less."""
    retention = load_policy(policy).retention
    own, *others = choices_of(load_policy(policy))

    assert (retention.hot_days, retention.archive_days) == (own.hot_days, own.archive_days)
    for choice in others:
        assert choice.hot_days >= retention.hot_days
        assert choice.archive_days >= retention.archive_days


def test_without_an_opening_record_there_is_one_write_less() -> None:
    """`declare: none` saves the opening record and what it takes to keep."""
    rules = load_policy("hipaa")
    lean = rules._replace(declare=Declare.NONE)
    load, choices = Load(1_000_000), choices_of(rules)
    both = (estimate(load, one, choices, TARIFF)[0].usd[0] for one in (rules, lean))

    assert 3.006 / 2.006 == pytest.approx(next(both) / next(both))


def test_every_price_has_a_source_and_a_day() -> None:
    """And every size says how it is known."""
    folder = resources.files("affidavit_release")
    prices = json.loads((folder / "prices.json").read_text("utf-8"))
    sizes = json.loads((folder / "sizes.json").read_text("utf-8"))

    assert date(2025, 1, 1) < date.fromisoformat(prices["as_of"])
    assert all(
        one["source"].startswith("https://aws.amazon.com/") for one in prices["prices"].values()
    )
    assert {"measured", "documented", "assumed"} == sizes.keys()
    assert all(one["how"] for group in sizes.values() for one in group.values())


def test_the_command_shows_choices_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a table and as data, with the same total."""
    terminal = Terminal(capsys, tmp_path)
    arguments = ("release", "cost", "--events-per-day", "1000000", "--policy", "hipaa")
    table, told = terminal(*arguments), terminal(*arguments, "--output", "json").data

    assert 0 == table.code
    assert f"{told['totals'][0]:.2f}" in table.out
    assert 4 == len(told["choices"]) == len(told["totals"])
    assert 2 == terminal("release", "cost", "--events-per-day", "-1").code
    assert 3 == terminal("release", "cost", "--events-per-day", "1", "--policy", "none-such").code


def own_prices(folder: Path, **changes: object) -> Path:
    """The shipped file with other prices; a change of None leaves a member out."""
    shipped = (resources.files("affidavit_release") / "prices.json").read_text("utf-8")
    told = json.loads(shipped) | changes
    path = folder / "prices.json"
    path.write_text(json.dumps({name: one for name, one in told.items() if one is not None}))
    return path


@pytest.mark.parametrize(
    ("as_of", "today", "old"),
    [
        ("2026-02-01", date(2026, 2, 1), False),
        ("2026-02-01", date(2027, 2, 1), False),
        ("2026-02-01", date(2027, 2, 2), True),
        ("2026-02-28", date(2027, 3, 1), True),
        ("2024-02-29", date(2025, 2, 28), False),
        ("2026-12-31", date(2026, 1, 1), False),
    ],
)
def test_prices_are_old_after_twelve_months(as_of: str, today: date, old: bool) -> None:
    """To the day."""
    assert old == TARIFF._replace(as_of=as_of).is_old(today)


def test_old_prices_are_pointed_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people and for programs; new ones are not."""
    terminal = Terminal(capsys, tmp_path)
    for as_of, old in (("2020-01-01", True), ("9999-01-01", False)):
        file = str(own_prices(tmp_path, as_of=as_of))
        arguments = ("release", "cost", "--events-per-day", "1", "--prices", file)
        assert old == ("twelve months old" in terminal(*arguments).out)
        assert old is terminal(*arguments, "--output", "json").data["old"]


def test_ones_own_prices_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All of them doubled doubles the bill."""
    prices = {name: {"usd": 2 * usd} for name, usd in TARIFF.prices.items()}
    file = own_prices(tmp_path, region="eu-west-1", prices=prices)
    terminal = Terminal(capsys, tmp_path)
    shipped, ours = (
        terminal("release", "cost", "--events-per-day", "1000", *more, "--output", "json").data
        for more in ((), ("--prices", str(file)))
    )

    assert "eu-west-1" == ours["region"]
    assert [2 * total for total in shipped["totals"]] == pytest.approx(ours["totals"])


@pytest.mark.parametrize(
    "changes",
    [
        {"as_of": None},
        {"as_of": "yesterday"},
        {"as_of": 20260201},
        {"region": ""},
        {"prices": None},
        {"prices": {}},
        {"prices": {name: {"usd": 1} for name in list(TARIFF.prices)[1:]}},
        {"prices": {name: {"usd": 1} for name in [*TARIFF.prices, "s3_putt_thousand"]}},
        {"prices": {name: {"usd": -1} for name in TARIFF.prices}},
        {"prices": {name: {"usd": float("nan")} for name in TARIFF.prices}},
        {"prices": {name: {"usd": "1"} for name in TARIFF.prices}},
        {"prices": {name: {"usd": True} for name in TARIFF.prices}},
        {"prices": dict.fromkeys(TARIFF.prices, 1)},
    ],
)
def test_prices_that_are_none_are_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    """Too few, too many, or no numbers; a bill of half the prices would look cheap."""
    with pytest.raises(ReleaseError, match="file of prices cannot be used"):
        read_tariff(own_prices(tmp_path, **changes))


@pytest.mark.parametrize("data", [None, b"", b"[]", b"\xff", b"[" * 100_000])
def test_a_file_of_prices_that_is_none_is_refused(tmp_path: Path, data: bytes | None) -> None:
    """It is no crash."""
    path = tmp_path / "prices.json"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(ReleaseError, match="file of prices cannot be used"):
        read_tariff(path)
