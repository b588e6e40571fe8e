"""The keys of a ledger in a file, from the key file beside it."""

from __future__ import annotations

from affidavit.plugin import ChainKey, LocalKeys, TokenKey, WriterId
from affidavit_sqlite.key_file import make_key, read_key
from affidavit_sqlite.location import Location


class FileKeys:
    """The keys of a ledger, from the key file beside it, which is read on first use."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._made: LocalKeys | None = None

    def new_chain_key(self, writer: WriterId) -> ChainKey:
        """Make the first key of a new chain; the first chain of all makes the key file."""
        return self._keys().new_chain_key(writer)

    def open_chain_key(self, writer: WriterId, wrapped: str) -> bytes:
        """Recover the first key of a chain. Never makes a key file."""
        return LocalKeys(read_key(self._location.path)).open_chain_key(writer, wrapped)

    def token_key(self) -> TokenKey:
        """Return the key behind tokens."""
        return self._keys().token_key()

    def _keys(self) -> LocalKeys:
        if self._made is None:
            self._made = LocalKeys(make_key(self._location.path))
        return self._made
