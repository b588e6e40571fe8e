"""The key file beside a ledger: 32 random bytes, made once, readable by its owner only."""

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
    """Return the secret of a ledger that exists.

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
    """Return the secret of a ledger, making one if neither it nor the ledger exists.

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


def _make(path: Path) -> None:
    """Write a whole file, then give it its name: nobody ever reads half a key."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_bytes(LOCAL_SEED_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    finally:
        Path(temporary).unlink()


def _unusable(path: Path, why: str, fix: str) -> LedgerKeyError:
    return LedgerKeyError(f"the key file {path.name} cannot be used", why=why, fix=fix)
