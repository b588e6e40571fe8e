"""The commands of auditors and keepers, on a SQLite ledger with its archive."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from affidavit.plugin import Entry, WriterId
from affidavit_sqlite.ledger import open_ledger
from affidavit_sqlite.ledger_schema import SCHEMA
from affidavit_sqlite.spill import FileSpill
from command_line import Terminal


def _seal(terminal: Terminal) -> None:
    said = terminal(
        *("seal", "--ledger", terminal.ledger, "--archive", terminal.archive),
        *("--signer", terminal.signer),
    )
    assert 0 == said.code, said.err


def _verify(terminal: Terminal, *more: str) -> tuple[int, dict[str, int]]:
    said = terminal(
        *("verify", "--ledger", terminal.ledger, "--archive", terminal.archive),
        *("--public-key", str(terminal.folder / "sealer.pub"), "--output", "json", *more),
    )
    assert said.code in {0, 1}, said.err
    return said.code, said.data["counts"]


def _acts(ledger: str) -> list[str]:
    """Return what is on record of the commands that write, in their order."""
    reader = open_ledger(urlsplit(ledger)).reader
    bodies = [json.loads(e.body) for writer in reader.writers() for e in reader.entries(writer)]
    own = [said for said in bodies if said.get("src", {}).get("fn") == "affidavit-cli"]
    return [said["act"] for said in sorted(own, key=lambda said: str(said["ts"]))]


def _change(terminal: Terminal, sql: str) -> None:
    """Change the table as its owner can: the triggers go first, and come back."""
    with closing(sqlite3.connect(terminal.folder / "ledger.db")) as connection, connection:
        for name in ("records_never_change", "records_stay"):
            connection.execute(f"drop trigger {name}")
        connection.execute(sql)
        connection.commit()
        connection.executescript(SCHEMA)


def test_a_sealed_ledger_is_clean(terminal: Terminal) -> None:
    """With every piece of evidence that there is."""
    terminal.invoke(3)
    _seal(terminal)
    assert (0, {}) == _verify(terminal)


def test_what_happened_after_sealing_is_found(terminal: Terminal) -> None:
    """A changed record, and a newest one that is gone."""
    terminal.invoke(3)
    _seal(terminal)
    _change(terminal, "delete from records where seq = (select max(seq) from records)")
    assert (1, {"gone-early": 1}) == _verify(terminal)


def test_sealing_twice_seals_once(terminal: Terminal) -> None:
    """The second time there is nothing new."""
    terminal.invoke(2)
    _seal(terminal)
    said = terminal(
        *("seal", "--ledger", terminal.ledger, "--archive", terminal.archive),
        *("--signer", terminal.signer, "--output", "json"),
    )
    assert (0, 0, 0) == (said.code, said.data["records"], said.data["segments"])
    assert (0, {}) == _verify(terminal)


def test_the_table_alone_can_be_checked(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although a variable names an archive."""
    terminal.invoke(1)
    monkeypatch.setenv("AFFIDAVIT_ARCHIVE", terminal.archive)
    assert 2 == terminal("verify", "--ledger", terminal.ledger).code
    assert 0 == terminal("verify", "--ledger", terminal.ledger, "--no-archive").code


def test_without_the_key_nothing_is_a_finding(terminal: Terminal) -> None:
    """It could not be checked: 3, and not 1. Links can be."""
    terminal.invoke(1)
    (terminal.folder / "ledger.db.key").unlink()
    said = terminal("verify", "--ledger", terminal.ledger)
    assert 3 == said.code
    assert "is missing" in said.err
    said = terminal("verify", "--ledger", terminal.ledger, "--no-key")
    sentence = "Without the keys only links and seals were checked"
    assert (0, True) == (said.code, sentence in said.out + said.err)
    terminal.folder = terminal.folder / "another"
    terminal.folder.mkdir()
    terminal.ledger = f"sqlite:///{terminal.folder / 'ledger.db'}"
    terminal.invoke(1)
    said = terminal("verify", "--ledger", terminal.ledger)
    assert (0, False) == (said.code, sentence in said.out + said.err)


def test_heads_find_what_is_gone_from_the_end(terminal: Terminal) -> None:
    """They were saved while everything was there."""
    terminal.invoke(2)
    heads = str(terminal.folder / "heads.json")
    assert 0 == terminal("verify", "--ledger", terminal.ledger, "--save-heads", heads).code
    _change(terminal, "delete from records where seq = (select max(seq) from records)")
    assert 0 == terminal("verify", "--ledger", terminal.ledger).code
    said = terminal("verify", "--ledger", terminal.ledger, "--heads", heads, "--output", "json")
    assert (1, {"tail-missing": 1}) == (said.code, said.data["counts"])


@pytest.mark.parametrize("form", ["lines", "objects"])
def test_a_gateways_list_finds_what_was_never_recorded(form: str, terminal: Terminal) -> None:
    """One id a line, or access logs as JSON lines."""
    ids = [*terminal.invoke(2), "request-unheard-of"]
    text = "\n".join(ids if form == "lines" else [json.dumps({"requestId": i}) for i in ids])
    (terminal.folder / "requests").write_text(text + "\n")
    said = terminal(
        *("verify", "--ledger", terminal.ledger, "--output", "json"),
        *("--requests", str(terminal.folder / "requests")),
    )
    assert (1, {"request-unrecorded": 1}) == (said.code, said.data["counts"])
    assert "request-unheard-of" in said.out


def test_a_proof_holds_on_its_own_and_not_after_a_change(terminal: Terminal) -> None:
    """It needs the public key and nothing else."""
    terminal.invoke(2)
    _seal(terminal)
    who = terminal("who", "--actor", "w", "--ledger", terminal.ledger, "--output", "json")
    event = who.data[0]["event"]
    file = terminal.folder / "proof.json"
    said = terminal("prove", event, "--archive", terminal.archive, "--to", str(file))
    assert 0 == said.code, said.err
    key = str(terminal.folder / "sealer.pub")
    assert 0 == terminal("verify", "--proof", str(file), "--public-key", key).code
    said = terminal("verify", "--proof", str(file))
    assert (2, True) == (said.code, "--public-key" in said.err)

    file.write_text(file.read_text().replace('\\"code\\":200', '\\"code\\":201'))
    said = terminal("verify", "--proof", str(file), "--public-key", key)
    assert (1, True) == (said.code, "BROKEN" in said.out)


def test_nothing_is_proved_of_what_is_not_there(terminal: Terminal) -> None:
    """An unknown event is an error, not an empty proof."""
    terminal.invoke(1)
    _seal(terminal)
    said = terminal("prove", "0" * 32, "--archive", terminal.archive)
    assert (3, "") == (said.code, said.out)


def test_export_has_every_record_in_every_form(terminal: Terminal) -> None:
    """As hashed with the beginning of the chain; as a table and as events without."""
    terminal.invoke(1)
    lines = terminal("export", "--ledger", terminal.ledger).out.splitlines()
    rows = list(
        csv.DictReader(
            io.StringIO(terminal("export", "--format", "csv", "--ledger", terminal.ledger).out)
        )
    )
    events = [
        json.loads(line)
        for line in terminal(
            "export", "--format", "ocsf", "--ledger", terminal.ledger
        ).out.splitlines()
    ]

    assert ["G", "I", "O"] == [json.loads(line)["ph"] for line in lines]
    assert ["I", "O"] == [row["phase"] for row in rows]
    assert ["intent", "outcome"] == [event["metadata"]["event_code"] for event in events]
    assert {"1.8.0"} == {event["metadata"]["version"] for event in events}


def test_parts_are_made_and_merged(terminal: Terminal) -> None:
    """With the ledger's keys and without; whatever one run would have said."""
    terminal.invoke(3)
    _seal(terminal)
    terminal.invoke(3)
    _seal(terminal)
    folder = terminal.folder / "parts"
    folder.mkdir()
    key = ("--public-key", str(terminal.folder / "sealer.pub"), "--archive", terminal.archive)
    for who in ((), ("--ledger", terminal.ledger)):
        for number in (1, 2):
            said = terminal(
                *("verify", *key, *who, "--part", f"{number}/2", "--to"),
                *(str(folder / f"{number}.json"), "--output", "json"),
            )
            assert (0, f"{number}/2") == (said.code, said.data["part"])
        merged = terminal("verify", *key, *who, "--merge", str(folder), "--output", "json")
        whole = terminal("verify", *key, "--no-table", "--output", "json")
        assert 0 == merged.code
        assert whole.data == merged.data | {"macs_checked": False}
    assert 2 == terminal("verify", *key, "--merge", str(folder)).code  # made with keys


@pytest.mark.parametrize(
    "wrong",
    [
        ("--part", "3/2", "--to", "x"),
        ("--part", "1", "--to", "x"),
        ("--part", "1/2"),
        ("--to", "x"),
        ("--checkpoints", "5"),
        ("--part", "1/2", "--to", "x", "--heads", "heads.json"),
        ("--part", "1/2", "--to", "x", "--merge", "."),
        ("--merge", ".", "--no-archive"),
        ("--merge", ".", "--requests", "ids.txt"),
    ],
)
def test_what_has_no_meaning_for_a_part_is_refused(
    terminal: Terminal, wrong: tuple[str, ...]
) -> None:
    """Nothing that was asked for is passed over."""
    terminal.invoke(1)
    _seal(terminal)
    key = ("--public-key", str(terminal.folder / "sealer.pub"), "--archive", terminal.archive)
    assert 2 == terminal("verify", *key, *wrong).code


def test_the_version_of_ocsf_can_be_chosen(terminal: Terminal) -> None:
    """And has no meaning for other forms."""
    terminal.invoke(1)
    asked = ("export", "--ledger", terminal.ledger, "--ocsf-version", "1.5.0")
    lines = terminal(*asked, "--format", "ocsf").out.splitlines()
    assert {"1.5.0"} == {json.loads(line)["metadata"]["version"] for line in lines}
    assert 2 == terminal(*asked).code


def test_export_to_a_file_is_whole_or_not_there(terminal: Terminal) -> None:
    """And says how much it wrote."""
    terminal.invoke(1)
    target = terminal.folder / "out.ndjson"
    said = terminal(
        "export", "--ledger", terminal.ledger, "--file", str(target), "--output", "json"
    )
    assert (3, 3) == (said.data["lines"], len(target.read_text().splitlines()))
    missing = terminal.folder / "missing" / "out"
    assert 3 == terminal("export", "--ledger", terminal.ledger, "--file", str(missing)).code


def test_a_window_limits_an_export(terminal: Terminal) -> None:
    """In the future there is nothing."""
    terminal.invoke(1)
    assert "" == terminal("export", "--from", "2999-01-01", "--ledger", terminal.ledger).out


def test_a_shredded_subject_is_found_no_more(terminal: Terminal) -> None:
    """And everything verifies as before."""
    terminal.ledger += f"?subjects={terminal.folder / 'salts.db'}"
    terminal.invoke(2)
    _seal(terminal)
    who = ("who", "--subject", "A1", "--ledger", terminal.ledger, "--output", "json")
    assert 2 == len(terminal(*who).data)
    said = terminal("shred", "A1", "--yes", "--ledger", terminal.ledger, "--output", "json")
    assert (0, {"forgotten": True, "acted": False, "unsalted": False}) == (said.code, said.data)
    assert [] == terminal(*who).data
    _seal(terminal)
    assert (0, {}) == _verify(terminal)
    again = terminal("shred", "A1", "--yes", "--ledger", terminal.ledger, "--output", "json")
    assert again.data["forgotten"] is False


def test_a_ledger_without_salts_cannot_forget(terminal: Terminal) -> None:
    """And says so, instead of doing nothing."""
    terminal.invoke(1)
    said = terminal("shred", "A1", "--yes", "--ledger", terminal.ledger)
    assert 3 == said.code
    assert "subjects=" in said.err


def test_spilled_records_are_put_where_they_belong(terminal: Terminal) -> None:
    """However often it runs."""
    terminal.invoke(1)
    with closing(sqlite3.connect(terminal.folder / "ledger.db")) as connection:
        found = connection.execute("select * from records order by seq desc limit 1").fetchone()
    _change(terminal, "delete from records where seq = (select max(seq) from records)")
    writer, *rest = found
    spill = terminal.folder / "spill"
    FileSpill(spill).keep([Entry(WriterId(writer), *rest)], timeout_s=5)
    ledger = f"{terminal.ledger}?spill={spill}"

    said = terminal("replay", "--ledger", ledger, "--output", "json")
    assert (0, {"replayed": 1, "salts": 0, "forgotten": 0}) == (said.code, said.data)
    assert {"replayed": 0, "salts": 0, "forgotten": 0} == terminal(
        "replay", "--ledger", ledger, "--output", "json"
    ).data
    assert 0 == terminal("verify", "--ledger", ledger).code


def test_a_damaged_spill_is_said_and_kept(terminal: Terminal) -> None:
    """Nothing of it is replayed, and nothing is thrown away."""
    terminal.invoke(1)
    spill = terminal.folder / "spill"
    spill.write_bytes(b"nonsense\n")
    said = terminal("replay", "--ledger", f"{terminal.ledger}?spill={spill}")
    assert (3, b"nonsense\n") == (said.code, spill.read_bytes())


@pytest.mark.parametrize("command", ["who", "verify", "export", "replay"])
def test_a_question_makes_no_ledger(command: str, terminal: Terminal) -> None:
    """Asking about a ledger that is not there leaves nothing behind."""
    more = ["--actor", "a"] if command == "who" else []
    assert 3 == terminal(command, *more, "--ledger", terminal.ledger).code
    assert [] == list(terminal.folder.iterdir())


def test_a_public_key_that_proves_nothing_decides_nothing(terminal: Terminal) -> None:
    """Neither clean nor tampered with: 4, and the reason."""
    terminal.invoke(1)
    _seal(terminal)
    weak = terminal.folder / "weak.pub"
    weak.write_text("junk")
    said = terminal(
        *("verify", "--archive", terminal.archive, "--no-table", "--public-key", str(weak)),
        *("--output", "json"),
    )
    assert (4, "not decidable") == (said.code, said.data["verdict"])


def test_a_mark_makes_the_next_check_cost_what_is_new(terminal: Terminal) -> None:
    """It is made by the first check that finds nothing, and moved by each one after."""
    mark = terminal.folder / "mark.json"
    for number in (2, 1):
        terminal.invoke(number)
        _seal(terminal)
        assert (0, {}) == _verify(terminal, "--mark", str(mark))
    assert 2 == json.loads(mark.read_text())["checkpoints"]
    said = terminal(
        *("verify", "--archive", terminal.archive, "--no-table", "--mark", str(mark)),
        *("--public-key", str(terminal.folder / "sealer.pub")),
    )
    assert (0, True) == (said.code, "was checked before" in said.out + said.err)
    _change(terminal, "delete from records where seq = (select max(seq) from records)")
    terminal.invoke(1)
    before = mark.read_text()
    _seal(terminal)
    assert 1 == _verify(terminal)[0]
    assert before == mark.read_text()


def test_an_event_is_proved_by_its_time(terminal: Terminal) -> None:
    """As `who` shows it, or by its day."""
    terminal.invoke(2)
    _seal(terminal)
    who = terminal("who", "--actor", "w", "--ledger", terminal.ledger, "--output", "json")
    event, at = who.data[0]["event"], who.data[0]["at"]
    for when in (at, at[:10]):
        said = terminal("prove", event, "--archive", terminal.archive, "--at", when)
        assert (0, 2) == (said.code, len(json.loads(said.out))), said.err
    said = terminal("prove", "0" * 32, "--archive", terminal.archive, "--at", at)
    assert (True, True) == (said.code != 0, "within an hour" in said.err)


def test_nothing_is_purged_before_its_time(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And then it goes, the log begins behind it, everything that is left is right."""
    from affidavit_ledger import retention_commands, seal_commands

    terminal.invoke(2)
    _seal(terminal)
    where = ("--archive", terminal.archive, "--ledger", terminal.ledger)
    said = terminal(
        *("retention", "report", *where, "--signer", terminal.signer, "--output", "json")
    )
    assert 0 == said.code, said.err
    assert (0, 0) == (said.data["segments"], said.data["rows"])
    alone = terminal("retention", "report", *where[:2], "--signer", terminal.signer)
    assert "0 expired row(s) in the table." in alone.out + alone.err
    later = seal_commands.now_ms() + 400 * 86_400_000
    for module in (retention_commands, seal_commands):
        monkeypatch.setattr(module, "now_ms", lambda: later)
    terminal.invoke(1)
    _seal(terminal)
    purge = ("retention", "purge", "--yes", "--days", "365", *where, "--output", "json")
    said = terminal(*purge, "--signer", terminal.signer)
    assert 0 == said.code, said.err
    assert 0 == said.data["locked"]
    assert said.data["removed"] >= 2
    key = ("--public-key", str(terminal.folder / "sealer.pub"))
    said = terminal("verify", "--no-table", "--archive", terminal.archive, *key, "--max-age", "0")
    assert (0, True) == (said.code, "begins" in said.out), said.out


def test_a_signing_key_is_followed_by_another(terminal: Terminal) -> None:
    """The log goes on, and the file of public keys checks all of it."""
    terminal.invoke(1)
    _seal(terminal)
    said = terminal(
        *("ledger", "rekey", "--ledger", terminal.ledger, "--signer", terminal.signer),
        *("--archive", terminal.archive, "--output", "json"),
    )
    assert 0 == said.code, said.err
    assert (2, {"keys", "key"}) == (said.data["keys"], said.data.keys())
    terminal.invoke(1)
    _seal(terminal)
    assert (0, {}) == _verify(terminal)
    other = f"file://{terminal.folder / 'other.key'}?name=example.org/ledger"
    said = terminal(
        *("ledger", "rekey", "--ledger", terminal.ledger, "--signer", terminal.signer),
        *("--archive", terminal.archive, "--to", other),
    )
    assert (0, True) == (said.code, "it is the 3. of this log" in said.out + said.err)
    terminal.signer = other
    terminal.invoke(1)
    _seal(terminal)
    assert ["SIGNER_REKEY", "SIGNER_REKEY"] == _acts(terminal.ledger)
    for name in ("sealer.pub", "other.pub"):  # each leads to all
        assert (0, {}) == _verify(terminal, "--public-key", str(terminal.folder / name))
    said = terminal(
        *("ledger", "rekey", "--ledger", terminal.ledger, "--signer", "kms:///a?name=b"),
        *("--archive", terminal.archive),
    )
    assert (3, True) == (said.code, "name it with --to" in said.err)


@pytest.mark.parametrize("command", ["seal", "retention report", "retention purge --yes"])
def test_a_signing_key_that_is_lost_with_its_public_half_is_not_replaced(
    command: str, terminal: Terminal
) -> None:
    """The archive says that there was one."""
    terminal.invoke(1)
    _seal(terminal)
    for name in ("sealer.key", "sealer.pub"):
        (terminal.folder / name).unlink()
    said = terminal(
        *command.split(),
        *("--ledger", terminal.ledger, "--archive", terminal.archive),
        *("--signer", terminal.signer),
    )
    assert (3, True) == (said.code, "the signing key is lost" in said.err)
    assert [] == list(terminal.folder.glob("sealer.*"))


def test_keys_change_and_everything_is_found_and_forgotten(terminal: Terminal) -> None:
    """Records name both keys; `who` and `shred` reach what was written under each."""
    terminal.ledger += f"?subjects={terminal.folder / 'subjects.db'}"
    terminal.invoke(1)
    said = terminal("ledger", "rotate", "--ledger", terminal.ledger, "--output", "json")
    assert 0 == said.code, said.err
    terminal.invoke(1)
    _seal(terminal)
    assert (0, {}) == _verify(terminal)
    reader = open_ledger(urlsplit(terminal.ledger)).reader
    first = [json.loads(next(reader.entries(writer)).body) for writer in reader.writers()]
    assert {1} == {one["salts"] for one in first}
    assert all(one["ck"] == one["tk"] for one in first)
    assert 2 == len({one["tk"] for one in first})
    assert said.data["key"] in {one["tk"] for one in first}
    for name, number in (("--subject", 2), ("--actor", 2)):
        who = {"--subject": "A1", "--actor": "w"}[name]
        found = terminal("who", name, who, "--ledger", terminal.ledger, "--output", "json")
        assert number == len(found.data), found.err
    assert 0 == terminal("shred", "A1", "--yes", "--ledger", terminal.ledger).code
    assert (
        []
        == terminal("who", "--subject", "A1", "--ledger", terminal.ledger, "--output", "json").data
    )


def test_a_table_is_filled_from_its_archive(terminal: Terminal) -> None:
    """Another file under the same key; under another key nothing is written."""
    terminal.invoke(3)
    _seal(terminal)
    new = terminal.folder / "new.db"
    (terminal.folder / "new.db.key").write_bytes((terminal.folder / "ledger.db.key").read_bytes())
    (terminal.folder / "new.db.key").chmod(0o600)
    fill = (
        *("ledger", "refill", "--archive", terminal.archive, "--output", "json"),
        *("--public-key", str(terminal.folder / "sealer.pub"), "--ledger"),
    )
    said = terminal(*fill, f"sqlite:///{new}")
    assert 0 == said.code, said.err
    assert (7, 0) == (said.data["added"], said.data["there"])
    assert 7 == terminal(*fill, f"sqlite:///{new}").data["there"]
    said = terminal("who", "--actor", "w", "--ledger", f"sqlite:///{new}", "--output", "json")
    assert 3 == len(said.data)
    other = terminal(*fill, f"sqlite:///{terminal.folder / 'other.db'}")
    assert (True, False) == (other.code != 0, (terminal.folder / "other.db").exists())


def test_other_ledgers_are_merged_into_one(terminal: Terminal) -> None:
    """With their keys before its own; a row that is no record stays behind."""
    folder = terminal.folder
    others = [f"sqlite:///{folder / name}.db" for name in ("north", "south")]
    for number, url in enumerate(others, 1):
        terminal.invoke(number, AFFIDAVIT_LEDGER=url)
    terminal.invoke(1)
    open_ledger(urlsplit(others[1])).store.append(
        [Entry(WriterId("x" * 22), 0, b"{}", bytes(16), 2**33, "2026-01-23T12:00:00.000Z")],
        timeout_s=5,
    )
    merge = ("ledger", "merge", "--from", others[0], "--from", others[1], "--output", "json")
    refused = terminal(*merge, "--ledger", terminal.ledger)
    assert (3, True) == (refused.code, "cannot be opened" in refused.err)
    files = [folder / f"{name}.db.key" for name in ("north", "south", "ledger")]
    keys = "".join(file.read_text() for file in files)
    files[2].write_text(keys)
    for counts in ((8, 0), (0, 8)):
        said = terminal(*merge, "--ledger", terminal.ledger)
        assert (0, *counts, 1) == (said.code, *(said.data[k] for k in ("added", "there", "left")))
    assert ["LEDGER_MERGE", "LEDGER_MERGE"] == _acts(terminal.ledger)
    _seal(terminal)
    assert (0, {}) == _verify(terminal)
    found = terminal("who", "--actor", "w", "--ledger", terminal.ledger, "--output", "json")
    assert 4 == len(found.data)


def test_an_answer_says_what_it_covers(terminal: Terminal) -> None:
    """Which table, which time, which tenant, which token key."""
    terminal.invoke(1)
    said = terminal("who", "--actor", "w", "--ledger", terminal.ledger)
    told = said.out + said.err
    assert all(word in told for word in ("Asked:", "no tenant", "token key", "without salts"))


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (("--actor", "w", "--tenant", "typo"), "tenant"),
        (("--actor", "w", "--to", "2020-01-01"), "let go"),
    ],
)
def test_a_question_that_cannot_match_is_refused(
    asked: tuple[str, ...], reason: str, terminal: Terminal
) -> None:
    """Nobody acts on "0 access(es)" that come of a typing mistake."""
    terminal.invoke(1)
    said = terminal("who", *asked, "--ledger", terminal.ledger)
    assert (True, True) == (said.code != 0, reason in said.err), said.err
    assert 0 == terminal("who", "--actor", "nobody", "--ledger", terminal.ledger).code


def test_shredding_says_what_stays_linkable(terminal: Terminal) -> None:
    """An actor who is the subject as well is still found by what they did."""
    ledger = f"{terminal.ledger}?subjects={terminal.folder / 'subjects.db'}"
    terminal.invoke(1, AFFIDAVIT_LEDGER=ledger)
    for name, acted in (("w", True), ("A1", False)):
        said = terminal("shred", name, "--yes", "--ledger", ledger, "--output", "json")
        assert acted is said.data["acted"]


@pytest.mark.parametrize(("answer", "code", "gone"), [("n", 130, False), ("y", 0, True)])
def test_who_shreds_is_asked_first(
    answer: str, code: int, gone: bool, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever does not agree has destroyed nothing."""
    terminal.ledger += f"?subjects={terminal.folder / 'subjects.db'}"
    terminal.invoke(1)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{answer}\n"))
    said = terminal("shred", "A1", "--ledger", terminal.ledger)
    assert (code, True) == (said.code, "cannot be undone" in said.err + said.out)
    said = terminal("shred", "A1", "--yes", "--ledger", terminal.ledger, "--output", "json")
    assert said.data["forgotten"] is not gone
