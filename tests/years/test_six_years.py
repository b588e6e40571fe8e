"""Six years of a ledger: after each, every answer is right and costs what is new.

`make years` plays all six; the suite plays the first two, with everything that
happens in them.
"""

from __future__ import annotations

import os
from pathlib import Path

from affidavit.plugin import iso_utc
from affidavit_ledger.export import FORMATS
from affidavit_ledger.key_succession import all_keys
from affidavit_ledger.ledger_drift import look
from affidavit_ledger.ledger_profile import profile_of
from affidavit_ledger.mark import Mark
from affidavit_ledger.prove import check_proof, prove
from affidavit_ledger.token_keys import token_keys
from offline import OFFLINE
from years.six_years import ARCHIVE_DAYS, DAY_MS, HOT_DAYS, SUBJECTS, SixYears

YEARS = int(os.environ.get("AFFIDAVIT_YEARS", "1"))
DAYS = 365


def test_every_answer_is_right_after_each_year(tmp_path: Path) -> None:
    """`verify` with keys and table, from a mark and offline; `who`, `prove` and `export`."""
    world, mark, costs = SixYears(tmp_path), None, []
    for year in range(1, YEARS + 1):
        _play(world, year)
        mark, cost = _verified(world, mark)
        costs.append(cost)
        _answers(world)
        print(f"year {year}: {len(world.happened)} accesses, {cost} reads from the mark")
    # Each year costs what it brought, not what went before it.
    assert max(costs) <= 1.1 * costs[0]
    _ends(world)


def _play(world: SixYears, year: int) -> None:
    """Play a year's days and what happens in it."""
    for number in range((year - 1) * DAYS, year * DAYS):
        day = number % DAYS
        if day == 40 and year % 2:  # the sealer stands still for three days
            world.sealing = False
        if day == 43:
            world.sealing = True
        if day == 80 and year % 2 == 0:  # the table cannot be written for a day
            world.store.out = world.salts.out = True
        if day == 81 and world.store.out:
            world.store.out = world.salts.out = False
            assert all(world.replay())
        if day == 120 and year == 1:
            world.shredded.add(SUBJECTS[0])
            assert world.shred(SUBJECTS[0])
            world.happened = [one for one in world.happened if one.subject != SUBJECTS[0]]
        if day == 150 and year in {1, 3}:
            kept = world.backup()
        if day == 157 and year in {1, 3}:
            assert world.restore(kept, f"restored-{year}").added > 0
        if day == 200 and year in {1, 4}:
            assert world.move(f"moved-{year}").added > 0
        if day == 250 and year == 3:
            world.policy = "hipaa@4"
        world.day(number)
    world.rekey()
    world.rotate()
    world.day(year * DAYS)


def _verified(world: SixYears, mark: Mark | None) -> tuple[Mark, int]:
    whole, _ = world.verify()
    assert whole.clean, whole.findings[:5]
    found, cost = world.verify(mark)
    assert found.clean, found.findings[:5]
    assert found.mark is not None
    (world.folder / "key.pem").write_bytes(world.handed.pem())
    assert ([], []) == OFFLINE.check("archive", world.folder / "archive", world.folder / "key.pem")
    return found.mark, cost


def _answers(world: SixYears) -> None:
    """Ask over the boundaries of month and year, export the hot window, prove old and new."""
    now = world.now_ms
    hot = iso_utc(now - (HOT_DAYS - 2) * DAY_MS)
    for since, until in ((hot, "9999"), (iso_utc(now - 40 * DAY_MS), iso_utc(now - 3 * DAY_MS))):
        for name in ({"subject": SUBJECTS[3]}, {"actor": "clerk-1"}):
            found = sorted(access.record.at for access in world.who(since, until, **name))
            assert world.truth(since, until, **name) == found
    reader = world.ledger.reader
    entries = [entry for writer in reader.writers() for entry in reader.entries(writer)]
    recent = [entry for entry in entries if entry.at >= hot and entry.actor is not None]
    assert len(world.truth(hot, "9999")) == len(recent)
    assert len(entries) == len(list(FORMATS["ndjson"](iter(entries))))
    facts = profile_of(world.archive, all_keys(world.archive, world.handed))
    assert {key.kid for key in token_keys(world.ledger)} == set(facts["token key"])
    assert [] == look(world.ledger, None, None, now_ms=now)
    for entry in (recent[0], recent[-1]):
        event = entry.body.partition(b'"eid":"')[2][:32].decode()
        (proof,) = prove(world.archive, event, entry.at.removesuffix("Z"))
        record, _ = check_proof(proof, world.signer.public)
        assert entry.at == record.at


def _ends(world: SixYears) -> None:
    """Retention ends for the first days: they go, and everything that is left is right."""
    days = min(ARCHIVE_DAYS, (YEARS - 1) * DAYS + 100)
    world.policy = "test@1"
    before = world.verify()[0].sealed
    if YEARS < 6:  # the policies of the records demand six years
        assert (0, 0) == world.end_retention(days)
        world.now_ms += (ARCHIVE_DAYS - days) * DAY_MS
        world.restart()
        world.day(0)
        days = ARCHIVE_DAYS
    else:
        for number in range(40):
            world.day(number)
    removed, locked = world.end_retention(days)
    assert (True, 0) == (removed > 20, locked)
    found, _ = world.verify()
    assert (True, {"begins"}) == (found.clean, {one.kind.value for one in found.findings})
    assert found.sealed < before + 200
    _answers(world)
    assert ([], []) == OFFLINE.check("archive", world.folder / "archive", world.folder / "key.pem")
