"""The file that takes what the ledger does not."""

from __future__ import annotations

import fcntl
import os
import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from affidavit import LedgerUnavailableError
from affidavit._records.chain import Chain
from affidavit._records.ledger import LedgerStore
from affidavit._records.record import Phase
from affidavit.plugin import Entry, WriterId
from affidavit.testing import FakeClock
from affidavit_ledger.verify import verify_ledger
from affidavit_sqlite import spill as spilling
from affidavit_sqlite.ledger import open_ledger
from affidavit_sqlite.spill import FileSpill
from drafts import draft

AT = "2026-01-23T12:00:00.000Z"
TIMEOUT_S = 5.0
A_MINUTE = 60.0


def _entry(seq: int, writer: str = "w") -> Entry:
    return Entry(WriterId(writer), seq, b'{"a":"\xc3\xa9"}', bytes(range(16)), 7, AT)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where spilled entries go."""
    return tmp_path / "spill.jsonl"


@pytest.fixture
def spill(file: Path) -> FileSpill:
    """A spill over it."""
    return FileSpill(file)


def test_what_was_kept_comes_back(spill: FileSpill, file: Path) -> None:
    """Byte for byte and in order; only its owner can read it."""
    spill.keep([_entry(0), _entry(1)], timeout_s=TIMEOUT_S)
    spill.keep([_entry(2)], timeout_s=TIMEOUT_S)

    assert [_entry(0), _entry(1), _entry(2)] == list(FileSpill(file).waiting())
    assert 0o600 == file.stat().st_mode & 0o777
    assert 3 == file.read_bytes().count(b"\n")


def test_nothing_waits_where_nothing_was_kept(spill: FileSpill, file: Path) -> None:
    """And asking makes no file."""
    assert [] == list(spill.waiting())
    spill.clear()

    assert not file.exists()


def test_what_was_replayed_goes(spill: FileSpill) -> None:
    """The file stays, empty."""
    spill.keep([_entry(0)], timeout_s=TIMEOUT_S)
    assert 1 == len(list(spill.waiting()))
    spill.clear()

    assert [] == list(spill.waiting())
    spill.keep([_entry(1)], timeout_s=TIMEOUT_S)
    assert [_entry(1)] == list(spill.waiting())


def test_what_came_during_a_replay_stays(spill: FileSpill, file: Path) -> None:
    """A function goes on spilling while an operator replays."""
    spill.keep([_entry(0)], timeout_s=TIMEOUT_S)
    assert 1 == len(list(spill.waiting()))
    FileSpill(file).keep([_entry(1)], timeout_s=TIMEOUT_S)
    spill.clear()

    assert _entry(1) in list(spill.waiting())


def test_clearing_without_having_read_clears_nothing(spill: FileSpill) -> None:
    """Nobody lets go of what nobody has seen."""
    spill.keep([_entry(0)], timeout_s=TIMEOUT_S)
    spill.clear()

    assert [_entry(0)] == list(spill.waiting())


@pytest.mark.parametrize("rest", [b'{"v":1,"wri', b"x" * 10_000, b"{"])
def test_a_line_that_was_cut_off_ends_the_file(spill: FileSpill, file: Path, rest: bytes) -> None:
    """It was never acknowledged, and must not spoil the next one."""
    spill.keep([_entry(0)], timeout_s=TIMEOUT_S)
    with file.open("ab") as handle:
        handle.write(rest)

    assert [_entry(0)] == list(spill.waiting())
    spill.keep([_entry(1)], timeout_s=TIMEOUT_S)
    assert [_entry(0), _entry(1)] == list(spill.waiting())


def test_a_file_of_half_a_line_is_as_good_as_none(spill: FileSpill, file: Path) -> None:
    """Cut off in its very first line."""
    file.write_bytes(b"x" * 5000)
    assert [] == list(spill.waiting())
    spill.keep([_entry(0)], timeout_s=TIMEOUT_S)

    assert [_entry(0)] == list(spill.waiting())


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b"words\n", b'{"v":2}\n'])
def test_a_line_that_is_no_entry_is_refused(spill: FileSpill, file: Path, line: bytes) -> None:
    """Somebody has written into the file; nothing of it is guessed."""
    spill.keep([_entry(0)], timeout_s=TIMEOUT_S)
    with file.open("ab") as handle:
        handle.write(line)
    with pytest.raises(ValueError, match="not a spilled entry"):
        list(spill.waiting())


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("nosuch/spill", "FileNotFoundError", id="no such folder"),
        pytest.param("folder", "IsADirectoryError", id="a folder in its place"),
    ],
)
def test_a_spill_that_cannot_be_written_says_so(tmp_path: Path, name: str, error: str) -> None:
    """Then there is no answer."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(LedgerUnavailableError, match=f"spill file cannot be written.*{error}"):
        FileSpill(tmp_path / name).keep([_entry(0)], timeout_s=TIMEOUT_S)


def test_somebody_who_holds_the_file_is_waited_for(spill: FileSpill, file: Path) -> None:
    """As long as there is time."""
    spill.keep([_entry(0)], timeout_s=TIMEOUT_S)
    with file.open("rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(LedgerUnavailableError, match="BlockingIOError"):
            spill.keep([_entry(1)], timeout_s=0.02)
        threading.Timer(0.05, lambda: fcntl.flock(handle, fcntl.LOCK_UN)).start()
        spill.keep([_entry(2)], timeout_s=TIMEOUT_S)

    assert [_entry(0), _entry(2)] == list(spill.waiting())


_FULL = """
import resource, signal, sys
from pathlib import Path
from affidavit import LedgerUnavailableError
from affidavit.plugin import Entry
from affidavit_sqlite import spill as spilling
from affidavit_sqlite.spill import FileSpill

def entry(seq):
    return Entry("w", seq, b"{}", b"m" * 16, 7, "2026")

spill = FileSpill(Path(sys.argv[1]))
spill.keep([entry(0)], timeout_s=5)
size = Path(sys.argv[1]).stat().st_size
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, resource.RLIM_INFINITY))
try:
    spill.keep([entry(1)], timeout_s=5)
except LedgerUnavailableError:
    print("refused", Path(sys.argv[1]).stat().st_size == size)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
spill.keep([entry(2)], timeout_s=5)
print([found.seq for found in spill.waiting()])
"""


@pytest.mark.skipif(
    not hasattr(resource, "RLIMIT_FSIZE"), reason="needs file size limits; run on Linux or macOS"
)
def test_a_disk_that_is_full_leaves_no_half_line(file: Path) -> None:
    """What is written afterwards can be read."""
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "refused True\n[0, 2]\n" == done.stdout, done.stderr


def test_threads_do_not_mix_their_lines(spill: FileSpill) -> None:
    """Whoever writes has the file alone."""

    def work(writer: str) -> None:
        for seq in range(20):
            spill.keep([_entry(2 * seq, writer), _entry(2 * seq + 1, writer)], timeout_s=TIMEOUT_S)

    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = list(spill.waiting())

    assert 160 == len(found)
    for writer in "0123":
        assert list(range(40)) == [entry.seq for entry in found if entry.writer == writer]


class Patience:
    """One store that is opened twice: for as long as it takes, and for no time at all."""

    name = "sqlite"
    remote = False
    batch_limit = 1_000

    def __init__(self, patient: LedgerStore, hasty: LedgerStore) -> None:
        self.patient, self.hasty, self.locked = patient, hasty, False

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        """Wait for somebody who will not let go only as long as the test can wait."""
        store = self.hasty if self.locked else self.patient
        store.append(entries, timeout_s=timeout_s)


def test_a_chain_goes_on_while_its_ledger_is_locked(tmp_path: Path) -> None:
    """Into the spill, under the same key; replayed, the chain is whole."""
    path = tmp_path / "ledger.db"
    url = f"sqlite:///{quote(str(path))}?spill={quote(str(tmp_path / 'spill'))}"
    ledger = open_ledger(urlsplit(url))
    store = Patience(ledger.store, open_ledger(urlsplit(f"{url}&timeout_ms=1")).store)
    # A machine under load has a minute: only the lock decides what is spilled.
    chain = Chain(ledger._replace(store=store), FakeClock().clock(), {}, hot_days=1)
    chain.append(draft(Phase.INTENT, "a" * 22), timeout_s=A_MINUTE)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    store.locked = True
    chain.append(draft(Phase.OUTCOME, "a" * 22), timeout_s=A_MINUTE)
    store.locked = False
    other.execute("rollback")
    other.close()
    chain.append(draft(Phase.DISCLOSURE, "b" * 22), timeout_s=A_MINUTE)
    assert 1 == chain.spilled
    assert not verify_ledger(ledger.reader, ledger.keys, now_ms=0).clean
    assert ledger.spill is not None
    for entry in ledger.spill.waiting():  # type: ignore[attr-defined]
        ledger.store.append([entry], timeout_s=A_MINUTE)

    assert verify_ledger(ledger.reader, ledger.keys, now_ms=0).clean


@pytest.mark.parametrize("torn", [0, 1, 4094, 4095, 4096, 4097, 8191, 8192, 9000])
def test_a_torn_line_of_any_length_costs_no_whole_one(torn: int, tmp_path: Path) -> None:
    """Wherever the end of the last whole line lies among the blocks that are looked at."""
    path = tmp_path / "lines"
    for whole in (b"", b"\n", b"one\n", b"one\n" + b"2" * 5000 + b"\n"):
        path.write_bytes(whole + b"x" * torn)
        handle = os.open(path, os.O_RDWR)
        try:
            spilling._append(handle, b"new\n")
        finally:
            os.close(handle)
        assert whole + b"new\n" == path.read_bytes()
