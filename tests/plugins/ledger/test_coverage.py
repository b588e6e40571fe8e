"""An answer says what it does not cover, and a question that cannot match is refused."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from affidavit import LedgerKeyError
from affidavit.plugin import WriterId
from affidavit.testing import MemoryStore, memory_ledger
from affidavit_ledger.archive import FolderArchive
from affidavit_ledger.ledger_profile import PROFILES, WHOLE, hot_days_of, profile_of
from affidavit_ledger.several import as_one
from affidavit_ledger.signing import read_public_key
from affidavit_sqlite.ledger import open_ledger
from command_line import Said, Terminal
from evidence_world import DictWorkspace, World
from repository import ROOT


class Sealed:
    """A ledger with salts whose archive and key are at hand."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.plain = terminal.ledger
        self.salted = f"{terminal.ledger}?subjects={terminal.folder / 'subjects.db'}"
        terminal.invoke(1, AFFIDAVIT_LEDGER=self.salted)
        self.seal()

    def seal(self) -> None:
        self.terminal(
            *("seal", "--ledger", self.plain, "--archive", self.terminal.archive),
            *("--signer", self.terminal.signer),
        )

    def who(self, ledger: str, *asked: str) -> Said:
        key = str(self.terminal.folder / "sealer.pub")
        evidence = ("--archive", self.terminal.archive, "--public-key", key)
        return self.terminal("who", *asked, "--ledger", ledger, *evidence)


@pytest.fixture
def sealed(terminal: Terminal) -> Sealed:
    return Sealed(terminal)


def test_a_subject_is_not_asked_for_without_its_salt(sealed: Sealed) -> None:
    """Refused while each record has one; said beside the answer once some have not."""
    assert "1 access(es)" in sealed.who(sealed.salted, "--subject", "A1").out
    refused = sealed.who(sealed.plain, "--subject", "A1")
    assert (3, True) == (refused.code, "no salts are at hand" in refused.err)
    assert 0 == sealed.who(sealed.plain, "--actor", "nobody").code
    sealed.terminal.invoke(1, AFFIDAVIT_LEDGER=sealed.plain)
    sealed.seal()
    told = sealed.who(sealed.plain, "--subject", "A1").out
    assert ("1 access(es)" in told, "Not covered: what was written with salts" in told) == (
        True,
        True,
    )
    # With the salts at hand, what was written without them is found too.
    assert "2 access(es)" in sealed.who(sealed.salted, "--subject", "A1").out


def test_another_token_key_matches_nothing(sealed: Sealed) -> None:
    """Refused if it is another ledger's; said if it has followed on one that is not at hand."""
    folder = sealed.terminal.folder
    key = folder / "ledger.db.key"
    first = key.read_text()
    key.write_text("ab" * 32 + "\n")
    refused = sealed.who(sealed.salted, "--actor", "w")
    assert (3, True) == (refused.code, "token keys" in refused.err)
    key.write_text(first)
    assert 0 == sealed.terminal("ledger", "rotate", "--ledger", sealed.plain).code
    sealed.terminal.invoke(1, AFFIDAVIT_LEDGER=sealed.salted)
    sealed.seal()
    assert "Not covered" not in sealed.who(sealed.salted, "--actor", "w").out
    key.write_text(key.read_text().splitlines()[1] + "\n")
    told = sealed.who(sealed.salted, "--actor", "w").out
    assert ("1 access(es)" in told, "Not covered: what was written under token key" in told) == (
        True,
        True,
    )


def test_a_tenant_that_no_record_names_is_refused_however_many_there_are(sealed: Sealed) -> None:
    """By the profile, without reading a single record."""
    refused = sealed.who(sealed.salted, "--actor", "w", "--tenant", "typo")
    assert (3, True) == (refused.code, "tenant" in refused.err)


def test_the_profile_is_what_the_sealers_have_signed() -> None:
    """What is new is written once, survives lost notes, and is not believed of anybody else."""
    world = World(3, names=["w0"])
    for _ in range(3):
        world.emit(world.writers[0])
        world.now_ms += 1000
        world.seal()
        world.workspace = DictWorkspace()
    facts = profile_of(world.archive, world.signer.public)
    kid = world.keys.token_key().kid
    of_records = {"policy", "token key", "chain key", "salts", "tenant", "function", "hot days"}
    assert {WHOLE, "signing key", *of_records} == set(facts)
    assert all(at for names in facts.values() for at in names.values())
    assert ({"90"}, {world.signer.key_id.hex()}) == (
        set(facts["hot days"]),
        set(facts["signing key"]),
    )
    assert ({kid}, {kid}, {"0"}) == (
        set(facts["token key"]),
        set(facts["chain key"]),
        set(facts["salts"]),
    )
    name = next(key for key in world.archive.objects if key.startswith(PROFILES))
    good = world.archive.objects[name]
    for data in (good.replace(kid.encode(), b"00000000"), b"", b"junk\n\njunk\n"):
        world.archive.objects[name] = data
        assert {} == profile_of(world.archive, world.signer.public)


def test_a_log_that_is_older_than_its_profile_refuses_nothing() -> None:
    """Nobody knows whom its first records name."""
    world = World(3, names=["w0"])
    world.seal()
    for key in [key for key in world.archive.objects if key.startswith(PROFILES)]:
        del world.archive.objects[key]
    world.workspace = DictWorkspace()
    world.emit(world.writers[0])
    world.now_ms += 1000
    world.seal()
    assert WHOLE not in profile_of(world.archive, world.signer.public)


def test_several_ledgers_are_asked_as_one(terminal: Terminal) -> None:
    """Of what moved, each record counts once; each key opens its own."""
    other = f"sqlite:///{terminal.folder / 'other.db'}"
    terminal.invoke(1)
    terminal.invoke(2, AFFIDAVIT_LEDGER=other)
    both = ("--ledger", terminal.ledger, "--ledger", other)
    assert 3 == len(terminal("who", "--actor", "w", *both, "--output", "json").data)
    lines = terminal("export", *both).out.splitlines()
    assert 3 + 5 == len(lines)
    checked = terminal("verify", *both, "--output", "json")
    assert (0, 2, 8) == (checked.code, checked.data["chains"], checked.data["records"])
    twice = ("--ledger", terminal.ledger, "--ledger", terminal.ledger)
    assert 1 == len(terminal("who", "--actor", "w", *twice, "--output", "json").data)
    assert 3 == terminal("verify", "--output", "json", *twice).data["records"]
    refused = terminal("seal", *both, "--archive", terminal.archive)
    assert (2, True) == (refused.code, "works on one ledger" in refused.err)


def test_one_ledger_is_itself() -> None:
    """And several have the keys of each, the first's for what is new."""
    one, two = (memory_ledger(MemoryStore()) for _ in range(2))
    assert one is as_one([one])
    both = as_one([one, two])
    assert one.keys.token_key() == both.keys.token_key()
    assert both.store is one.store


def test_a_chain_of_any_of_several_ledgers_is_opened_with_its_own_key() -> None:
    """The key itself: without it nobody would look at the MACs. A stranger's is an error."""
    one, two, stranger = (memory_ledger(MemoryStore()) for _ in range(3))
    both = as_one([one, two])
    writer = WriterId("w" * 22)
    for ledger in (one, two):
        key = ledger.keys.new_chain_key(writer)
        assert key.key == both.keys.open_chain_key(writer, key.wrapped)
    with pytest.raises(LedgerKeyError):
        both.keys.open_chain_key(writer, stranger.keys.new_chain_key(writer).wrapped)


def test_the_profile_of_an_archive_on_disk_is_read_with_the_public_key(sealed: Sealed) -> None:
    """As an auditor has it."""
    folder = sealed.terminal.folder
    facts = profile_of(FolderArchive(folder / "archive"), read_public_key(folder / "sealer.pub"))
    ledger = open_ledger(urlsplit(sealed.salted))
    assert {ledger.keys.token_key().kid} == set(facts["token key"])


def test_a_sealer_that_began_before_the_first_record_knows_all_of_it() -> None:
    """As on AWS, where a checkpoint is signed each minute from the first on."""
    world = World(3, names=["w0"])
    world.seal()
    world.emit(world.writers[0])
    world.now_ms += 1000
    world.seal()
    facts = profile_of(world.archive, world.signer.public)
    assert {WHOLE, "tenant"} <= set(facts)
    assert all(at for names in facts.values() for at in names.values())


def test_a_ledger_says_what_it_is_made_of(sealed: Sealed) -> None:
    """From the archive alone; what has expired is the records' own window, not a policy's here."""
    folder, archive = sealed.terminal.folder, sealed.terminal.archive
    evidence = ("--archive", archive, "--public-key", str(folder / "sealer.pub"))
    told = sealed.terminal("ledger", "profile", *evidence, "--output", "json").data
    assert ({"30"}, {archive}) == (set(told["hot days"]), set(told["archive"]))
    shown = sealed.terminal("ledger", "profile", *evidence).out
    assert ("since the log began." in shown, archive in shown) == (True, True)
    answer = sealed.who(sealed.salted, "--actor", "w").out
    assert f"older than 30 days has expired there, and is in the archive {archive}" in answer
    url = str(folder / "ledger.db")
    assert f"Asked: the table sqlite:///{url}, from the beginning to now" in answer


def test_for_how_long_records_are_in_the_table_they_say_themselves() -> None:
    """The longest of what they say; a policy of here only where they say nothing."""
    assert 90 == hot_days_of({"hot days": {"30": "2026", "90": "2025"}}, 7)
    assert 7 == hot_days_of({}, 7)


def test_an_export_says_what_it_covers(sealed: Sealed) -> None:
    """Beside the records, not among them; of a time that has expired there is none."""
    folder, terminal = sealed.terminal.folder, sealed.terminal
    evidence = ("--archive", terminal.archive, "--public-key", str(folder / "sealer.pub"))
    plain = terminal("export", "--ledger", sealed.plain)
    assert all(line.startswith("{") for line in plain.out.splitlines())
    told = terminal("export", "--ledger", sealed.plain, *evidence)
    assert (plain.out, True) == (told.out, f"is in the archive {terminal.archive}" in told.err)
    spilled = f"{sealed.plain}?spill={folder / 'spill'}"
    (folder / "spill").write_text("{}\n")
    assert "waits in the spill (1)" in terminal("export", "--ledger", spilled).err
    target = ("--file", str(folder / "out"), "--output", "json")
    assert 2 == len(terminal("export", "--ledger", sealed.plain, *target).data["covers"])
    old = terminal("export", "--ledger", sealed.plain, "--to", "2020-01-01")
    assert (3, "", True) == (old.code, old.out, "let go of" in old.err)


def test_a_verification_says_what_it_has_checked(sealed: Sealed) -> None:
    """Table and archive, or either."""
    folder, terminal = sealed.terminal.folder, sealed.terminal
    evidence = ("--archive", terminal.archive, "--public-key", str(folder / "sealer.pub"))
    both = terminal("verify", "--ledger", sealed.plain, *evidence).out
    assert f"ledger.db, the archive {terminal.archive}." in both
    alone = terminal("verify", "--no-table", *evidence).out
    assert f"Checked: the archive {terminal.archive}." in alone


def test_the_sealer_may_write_whatever_it_writes() -> None:
    """Terraform names each folder of an archive, and no other."""
    from affidavit_ledger.places import FOLDERS

    text = Path(ROOT / "terraform/modules/audit_archive/iam.tf").read_text()
    listed = text.partition("folders = [")[2].partition("]")[0]
    assert sorted(FOLDERS) == sorted(f"{name}/" for name in listed.split('"')[1::2])
