"""The keys of a ledger in a file, from the key file beside it."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit import LedgerKeyError
from affidavit.plugin import LOCAL_SEED_BYTES, ChainKey, LocalKeys, TokenKey, WriterId
from affidavit_sqlite.key_file import add_key, make_key, read_key
from affidavit_sqlite.location import Location


class FileKeys:
    """The keys of a ledger, from the key file beside it, which is read on first use.

    The file holds a secret a line, the newest last: with that one chains and tokens
    are made, with the others what was written before is opened and found.
    """

    def __init__(self, location: Location) -> None:
        self._location = location
        self._made: Sequence[LocalKeys] = ()

    def new_chain_key(self, writer: WriterId) -> ChainKey:
        """Make the first key of a new chain; the first chain of all makes the key file."""
        return self._keys()[0].new_chain_key(writer)

    def open_chain_key(self, writer: WriterId, wrapped: str) -> bytes:
        """Recover the first key of a chain. Never makes a key file."""
        newest, *older = _each(read_key(self._location.path))
        for keys in older:
            try:
                return keys.open_chain_key(writer, wrapped)
            except LedgerKeyError:
                continue
        return newest.open_chain_key(writer, wrapped)

    def token_key(self) -> TokenKey:
        """Return the key behind tokens."""
        return self._keys()[0].token_key()

    def former_token_keys(self) -> Sequence[TokenKey]:
        """Return the keys behind tokens of earlier times, the newest first."""
        return [keys.token_key() for keys in self._keys()[1:]]

    def rotate(self) -> str:
        """Make a new secret for chains and tokens from now on, and return its name.

        Raises:
            LedgerKeyError: There is none to follow on, or the file cannot be written.

        """
        add_key(self._location.path)
        self._made = ()
        return self.token_key().kid

    def _keys(self) -> Sequence[LocalKeys]:
        if not self._made:
            self._made = _each(make_key(self._location.path))
        return self._made


def _each(secrets: bytes) -> list[LocalKeys]:
    """Return keys by each secret, the newest first."""
    if not secrets or len(secrets) % LOCAL_SEED_BYTES:
        return [LocalKeys(secrets)]  # which says how long it is
    starts = range(0, len(secrets), LOCAL_SEED_BYTES)
    return [LocalKeys(secrets[at : at + LOCAL_SEED_BYTES]) for at in reversed(starts)]
