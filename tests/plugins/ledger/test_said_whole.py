"""What random mutants have shown nobody looked at: what the commands of auditors say."""

from __future__ import annotations

import json
import shutil

import pytest

from affidavit import SettingsError
from affidavit._runtime.plugins import load_plugins
from affidavit._runtime.settings import read_settings
from affidavit.plugin import VERSION
from affidavit_ledger import retention_commands
from affidavit_ledger.open_evidence import open_archive
from affidavit_ledger.push import PushReport
from command_line import Terminal
from evidence_world import DictArchive

DAY_S = 24 * 60 * 60


@pytest.mark.parametrize("option", ["--on", "--from", "--to"])
def test_the_option_that_is_no_date_is_named(option: str, terminal: Terminal) -> None:
    """Of several, the wrong one."""
    terminal.invoke(1)
    said = terminal("who", "--actor", "w", option, "soon", "--ledger", terminal.ledger)
    assert (3, True) == (said.code, f"{option} is not a date" in said.err)


@pytest.mark.parametrize("witness", [False, True])
def test_the_variable_that_is_not_set_is_named(witness: bool) -> None:
    """Of two that name an archive."""
    name = "AFFIDAVIT_WITNESS" if witness else "AFFIDAVIT_ARCHIVE"
    with pytest.raises(SettingsError, match=f"^{name} is not set"):
        open_archive(read_settings({}), load_plugins(), witness=witness)


@pytest.mark.parametrize(("name", "acted"), [("w", True), ("A1", False)])
def test_what_stays_linkable_is_said_of_whom_it_concerns(
    name: str, acted: bool, terminal: Terminal
) -> None:
    """Tokens of actors have no salt that could be destroyed."""
    terminal.ledger += f"?subjects={terminal.folder / 'subjects.db'}"
    terminal.invoke(1)
    said = terminal("shred", name, "--yes", "--ledger", terminal.ledger)
    assert (0, acted) == (said.code, "tokens of actors" in " ".join((said.out + said.err).split()))


def test_salts_that_are_back_stand_under_their_headings(terminal: Terminal) -> None:
    """When it was forgotten, and which record says so."""
    salts = terminal.folder / "salts.db"
    terminal.ledger += f"?subjects={salts}"
    terminal.invoke(1)
    shutil.copy(salts, salts.with_suffix(".backup"))
    assert 0 == terminal("shred", "A1", "--yes", "--ledger", terminal.ledger).code
    for extra in terminal.folder.glob("salts.db-*"):
        extra.unlink()
    shutil.copy(salts.with_suffix(".backup"), salts)
    said = terminal("erasure", "check", "--ledger", terminal.ledger)
    assert (1, True) == (said.code, {"forgotten", "at", "record"} <= set(said.out.split()))


@pytest.mark.parametrize("asked", [False, True])
def test_what_does_not_show_without_a_list_is_said_without_one(
    asked: bool, terminal: Terminal
) -> None:
    """A list of requests comes from somebody else."""
    (terminal.folder / "requests").write_text("\n".join(terminal.invoke(1)) + "\n")
    more = ("--requests", str(terminal.folder / "requests")) if asked else ()
    said = terminal("verify", "--ledger", terminal.ledger, *more)
    words = " ".join((said.out + said.err).split())
    assert (0, not asked) == (said.code, "what was never recorded does not show" in words)


def test_a_verdict_has_exactly_these_members(terminal: Terminal) -> None:
    """Of a second check with a mark; programs read it."""
    told = {}
    for number in (1, 2):
        terminal.invoke(number)
        sealed = ("--ledger", terminal.ledger, "--archive", terminal.archive)
        assert 0 == terminal("seal", *sealed, "--signer", terminal.signer).code
        said = terminal(
            *("verify", *sealed, "--public-key", str(terminal.folder / "sealer.pub")),
            *("--mark", str(terminal.folder / "mark.json"), "--output", "json"),
        )
        assert 0 == said.code, said.err
        told, before = said.data, told
    assert ("", True) == (before["since"], told["since"] > "2026")
    members = ("verdict", "clean", "read_again", "running", "macs_checked", "findings", "counts")
    assert ["clean", True, 0, 0, True, [], {}] == [told.pop(name) for name in members]
    assert {"chains", "records", "sealed", "checkpoints", "since", "time"} == set(told)


@pytest.mark.parametrize(("days", "code"), [("0", 2), ("1", 0)])
def test_a_day_is_the_shortest_time_to_keep(days: str, code: int, terminal: Terminal) -> None:
    """None is no time."""
    terminal.invoke(1)
    sealed = ("--archive", terminal.archive, "--signer", terminal.signer)
    assert 0 == terminal("seal", "--ledger", terminal.ledger, *sealed).code
    said = terminal("retention", "report", *sealed, "--days", days, "--ledger", terminal.ledger)
    assert code == said.code, said.err


def test_the_chain_of_a_command_says_what_wrote_it_under_which_policy(terminal: Terminal) -> None:
    """As those of functions do."""
    terminal.invoke(1)
    assert 0 == terminal("who", "--actor", "w", "--ledger", terminal.ledger).code
    lines = terminal("export", "--ledger", terminal.ledger).out.splitlines()
    records = [json.loads(line) for line in lines]
    chains = [one for one in records if one["ph"] == "G" and one["wid"] == records[-1]["wid"]]
    assert [(f"affidavit {VERSION}", "baseline@")] == [
        (one["lib"], one["pol"].partition("@")[0] + "@") for one in chains
    ]


def test_a_table_is_not_filled_from_a_log_with_findings(terminal: Terminal) -> None:
    """It would be full of what nobody has signed."""
    for _ in range(2):
        terminal.invoke(1)
        sealed = ("--ledger", terminal.ledger, "--archive", terminal.archive)
        assert 0 == terminal("seal", *sealed, "--signer", terminal.signer).code
    first, _ = sorted((terminal.folder / "archive").glob("manifests/*"))
    first.unlink()
    said = terminal(
        *("ledger", "refill", *sealed),
        *("--public-key", str(terminal.folder / "sealer.pub")),
    )
    assert said.code != 0
    assert "Run affidavit verify on the archive" in said.err


def test_what_is_sealed_is_locked_for_whole_days(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From now on, to the second: of objects that fewer days demanded, all."""
    terminal.invoke(1)
    sealed = ("--archive", terminal.archive, "--signer", terminal.signer)
    assert 0 == terminal("seal", "--ledger", terminal.ledger, *sealed).code
    until: dict[str, int] = {}

    class Locking(DictArchive):
        def extend(self, key: str, retain_until: int) -> bool:
            until[key.partition("/")[0]] = retain_until - 1000
            return True

    locking = Locking(now_s=lambda: 1000)
    for path in (terminal.folder / "archive").rglob("*"):
        if path.is_file():
            name = path.relative_to(terminal.folder / "archive").as_posix()
            locking.put(name, path.read_bytes(), retain_until=2000)
    beside = {"begins", "cosignatures", "keys", "timestamps"}
    for name in beside:
        locking.put(f"{name}/x", b"", retain_until=2000)
    monkeypatch.setattr(retention_commands.Session, "archive", lambda _: (locking, None))
    monkeypatch.setattr(retention_commands, "_now_s", lambda: 1000)
    said = terminal("retention", "extend", *sealed, "--days", "4000")
    assert 0 == said.code, said.err
    kept = {"segments", "manifests", "checkpoints", "profiles", *beside}
    assert dict.fromkeys(kept, 4000 * DAY_S) == until


def test_an_answer_has_exactly_these_columns_and_members(terminal: Terminal) -> None:
    """People read the first, programs the second."""
    terminal.invoke(1)
    asked = ("who", "--actor", "w", "--ledger", terminal.ledger)
    heads = {"at", "action", "resource", "outcome", "actor", "known", "by", "reads", "request"}
    assert heads <= set(terminal(*asked).out.split())
    (access,) = terminal(*asked, "--output", "json").data
    assert set(access) == {
        *("at", "action", "resource", "outcome", "code", "actor", "known_by", "subject", "reads"),
        *("off_record", "purpose", "request_id", "event", "deliveries", "outcomes", "place"),
    }
    assert 1 == access["deliveries"]


def test_filling_a_table_is_on_record(terminal: Terminal) -> None:
    """As every command is that writes."""
    terminal.invoke(1)
    sealed = ("--ledger", terminal.ledger, "--archive", terminal.archive)
    assert 0 == terminal("seal", *sealed, "--signer", terminal.signer).code
    key = str(terminal.folder / "sealer.pub")
    assert 0 == terminal("ledger", "refill", *sealed, "--public-key", key).code
    assert '"LEDGER_REFILL"' in terminal("export", "--ledger", terminal.ledger).out


def test_a_round_of_pushing_has_exactly_these_members() -> None:
    """Schedulers read them."""
    told = PushReport("o", "then", 3, ["x"], []).json()
    assert {"origin": "o", "sealed_at": "then", "pushed": 3, "left_out": ["x"]} == {
        key: value for key, value in told.items() if key != "findings"
    }
