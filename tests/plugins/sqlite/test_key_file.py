"""The key beside a ledger: made once, read by its owner, never half."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from affidavit import LedgerKeyError
from affidavit._records.local_keys import LocalKeys
from affidavit.plugin import WriterId
from affidavit_sqlite.file_keys import FileKeys
from affidavit_sqlite.key_file import add_key, key_path, make_key, read_key
from affidavit_sqlite.location import Location


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Where a ledger would lie."""
    return tmp_path / "ledger.db"


def test_a_key_is_made_once(ledger: Path) -> None:
    """And then read."""
    secret = make_key(ledger)

    assert 32 == len(secret)
    assert secret == make_key(ledger) == read_key(ledger)
    assert LocalKeys(secret)
    assert ["ledger.db.key"] == [path.name for path in ledger.parent.iterdir()]


def test_two_ledgers_have_two_keys(tmp_path: Path) -> None:
    """Side by side."""
    assert make_key(tmp_path / "a.db") != make_key(tmp_path / "b.db")


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's; run on Linux or macOS")
def test_only_its_owner_can_read_it(ledger: Path) -> None:
    """Whatever the process's mask."""
    before = os.umask(0)
    try:
        make_key(ledger)
    finally:
        os.umask(before)

    assert 0o600 == stat.S_IMODE(key_path(ledger).stat().st_mode)


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's; run on Linux or macOS")
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o666, 0o601, 0o610])
def test_a_key_that_others_can_use_is_refused(ledger: Path, mode: int) -> None:
    """With the command that mends it."""
    make_key(ledger)
    key_path(ledger).chmod(mode)
    with pytest.raises(LedgerKeyError, match=r"others can read it. Run chmod 600 ledger\.db\.key"):
        read_key(ledger)
    with pytest.raises(LedgerKeyError, match="others can read it"):
        make_key(ledger)


def _write(content: bytes) -> Callable[[Path], None]:
    def act(path: Path) -> None:
        path.write_bytes(content)
        path.chmod(0o600)

    return act


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param(_write(b"no digits at all"), "reading it raised ValueError", id="words"),
        pytest.param(_write(b"\xff" * 64), "reading it raised UnicodeDecodeError", id="bytes"),
        pytest.param(_write(b"abc"), "reading it raised ValueError", id="half a byte"),
        pytest.param(Path.mkdir, "reading it raised IsADirectoryError", id="a folder"),
        pytest.param(
            lambda path: path.symlink_to("nosuch"), "it is missing", id="a link to nowhere"
        ),
    ],
)
def test_a_damaged_key_is_refused(ledger: Path, spoil: Callable[[Path], None], why: str) -> None:
    """And never replaced: earlier records depend on it."""
    spoil(key_path(ledger))
    with pytest.raises(LedgerKeyError, match=f"key file ledger.db.key cannot be used: {why}"):
        read_key(ledger)
    with pytest.raises(LedgerKeyError, match=r"ledger\.db\.key cannot be used"):
        make_key(ledger)


@pytest.mark.parametrize("content", [b"", b"00" * 31, b"00" * 33])
def test_a_key_of_another_length_opens_nothing(ledger: Path, content: bytes) -> None:
    """Cut off, say, by a full disk of somebody who copied it."""
    _write(content)(key_path(ledger))
    with pytest.raises(LedgerKeyError, match="instead of 32"):
        LocalKeys(read_key(ledger))


def test_a_secret_follows_on_others(ledger: Path) -> None:
    """The newest makes what is new; each opens and finds what it made."""
    keys = FileKeys(Location(ledger, None))
    made = [keys.new_chain_key(WriterId("a"))]
    names = [keys.token_key().kid]
    for _ in range(2):
        names.append(keys.rotate())
        made.append(keys.new_chain_key(WriterId("a")))
    again = FileKeys(Location(ledger, None))
    assert names == [one.name for one in made]
    assert names[::-1] == [again.token_key().kid, *(k.kid for k in again.former_token_keys())]
    assert [one.key for one in made] == [
        again.open_chain_key(WriterId("a"), one.wrapped) for one in made
    ]
    for one in made:
        with pytest.raises(LedgerKeyError, match="cannot be opened"):
            again.open_chain_key(WriterId("b"), one.wrapped)
    assert 0o600 == key_path(ledger).stat().st_mode & 0o777
    assert [key_path(ledger)] == list(ledger.parent.iterdir())


def test_nothing_follows_on_a_secret_that_is_not_there(ledger: Path) -> None:
    """Only the first record of all makes one."""
    with pytest.raises(LedgerKeyError, match="it is missing"):
        FileKeys(Location(ledger, None)).rotate()
    assert [] == list(ledger.parent.iterdir())


def test_a_ledger_that_lost_its_key_gets_no_new_one(ledger: Path) -> None:
    """Every earlier record would be impossible to check."""
    ledger.write_bytes(b"x")
    with pytest.raises(LedgerKeyError, match="it is missing. Restore it from its backup"):
        make_key(ledger)
    with pytest.raises(LedgerKeyError, match="it is missing"):
        read_key(ledger)

    assert not key_path(ledger).exists()


def test_an_empty_ledger_has_nothing_to_lose(ledger: Path) -> None:
    """Another process may have made the file and nothing in it yet."""
    ledger.write_bytes(b"")

    assert 32 == len(make_key(ledger))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("nosuch/ledger.db", "FileNotFoundError", id="no such folder"),
        pytest.param("file/ledger.db", "NotADirectoryError", id="below a file"),
        pytest.param("x" * 255, "OSError", id="a name without room for more"),
    ],
)
def test_a_key_that_cannot_be_kept_is_not_made(tmp_path: Path, name: str, error: str) -> None:
    """There is no ledger without a key file."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerKeyError, match=f"making it raised {error}"):
        make_key(tmp_path / name)


_FULL = """
import resource, signal, sys
from pathlib import Path
from affidavit import LedgerKeyError
from affidavit_sqlite.key_file import make_key

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
try:
    make_key(Path(sys.argv[1]))
except LedgerKeyError as error:
    print(error.why)
"""


@pytest.mark.skipif(
    not hasattr(resource, "RLIMIT_FSIZE"), reason="needs file size limits; run on Linux or macOS"
)
def test_a_disk_that_is_full_leaves_no_half_key(ledger: Path) -> None:
    """Neither under the key's name nor under another."""
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(ledger)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "making it raised OSError\n" == done.stdout, done.stderr
    assert [] == list(ledger.parent.iterdir())


_MAKES = """
import sys
from pathlib import Path
from affidavit_sqlite.key_file import make_key

sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
print(make_key(Path(sys.argv[1])).hex())
"""


def test_processes_that_start_together_share_one_key(ledger: Path) -> None:
    """Whoever is first wins; nobody ever reads half of it."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _MAKES, str(ledger)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
    told = {process.communicate("go\n", timeout=60)[0].strip() for process in started}

    assert {read_key(ledger).hex()} == told
    assert ["ledger.db.key"] == [path.name for path in ledger.parent.iterdir()]


def test_a_key_that_cannot_be_added_leaves_the_old_one(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole, alone, and readable; the error names the file and the kind of failure."""
    secret = make_key(ledger)

    def full(_: int) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LedgerKeyError) as caught:
        add_key(ledger)
    assert ("writing it raised OSError", "Check that the folder is writable") == (
        *(caught.value.why, caught.value.fix),
    )
    assert ["ledger.db.key"] == [path.name for path in ledger.parent.iterdir()]
    monkeypatch.undo()
    assert secret == read_key(ledger)
    add_key(ledger)
    assert (secret, 64) == (read_key(ledger)[:32], len(read_key(ledger)))
