"""The key file beside a ledger: 32 random bytes a line, readable by its owner only."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from pathlib import Path

from affidavit import LedgerKeyError
from affidavit.plugin import LOCAL_SEED_BYTES

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def key_path(ledger: Path) -> Path:
    """Return where the key of `ledger` lies: `ledger.db.key` beside `ledger.db`."""
    return ledger.with_name(ledger.name + ".key")


def read_key(ledger: Path) -> bytes:
    """Return the secrets of a ledger that exists, 32 bytes each, the newest last.

    Raises:
        LedgerKeyError: There is none, others can read it, or it is damaged.

    """
    path = key_path(ledger)
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii")
        secret = bytes.fromhex(text.strip())
    except FileNotFoundError:
        raise _unusable(path, "it is missing", "Restore it from its backup") from None
    except (OSError, ValueError) as error:
        why = f"reading it raised {type(error).__name__}"
        raise _unusable(path, why, "Restore it from its backup") from None
    if os.name == "posix" and mode & OTHERS:
        raise _unusable(path, "others can read it", f"Run chmod 600 {path.name}")
    return secret


def make_key(ledger: Path) -> bytes:
    """Return the secrets of a ledger, making one if neither it nor the ledger exists.

    Several processes may do so at once; all get the same secret.

    Raises:
        LedgerKeyError: The ledger exists without its key, or the key cannot be kept.

    """
    path = key_path(ledger)
    try:
        # The key is made before the ledger, so a ledger without one has lost it.
        # A new key would leave every earlier record impossible to check.
        if not path.exists() and not (ledger.exists() and ledger.stat().st_size):
            _make(path)
    except FileExistsError:
        pass  # somebody else was faster; theirs counts
    except OSError as error:
        why = f"making it raised {type(error).__name__}"
        raise _unusable(path, why, "Check that the folder exists and is writable") from None
    return read_key(ledger)


def add_key(ledger: Path) -> None:
    """Add a new secret behind those of a ledger that exists: all of the file, or nothing.

    Raises:
        LedgerKeyError: There is none yet, or the file cannot be written.

    """
    path = key_path(ledger)
    before = read_key(ledger)
    pieces = range(0, len(before), LOCAL_SEED_BYTES)
    lines = [before[at : at + LOCAL_SEED_BYTES].hex() + "\n" for at in pieces]
    try:
        _write(path, "".join(lines)).replace(path)
    except OSError as error:
        why = f"writing it raised {type(error).__name__}"
        raise _unusable(path, why, "Check that the folder is writable") from None


def _make(path: Path) -> None:
    """Give a whole file its name, unless that is taken: nobody ever reads half a key."""
    temporary = _write(path, "")
    try:
        os.link(temporary, path)
    finally:
        temporary.unlink()


def _write(path: Path, before: str) -> Path:
    """Write secrets and a new one behind them beside the key file."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(before + secrets.token_bytes(LOCAL_SEED_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        Path(temporary).unlink()
        raise
    return Path(temporary)


def _unusable(path: Path, why: str, fix: str) -> LedgerKeyError:
    return LedgerKeyError(f"the key file {path.name} cannot be used", why=why, fix=fix)
