"""Oracle Database as a data source. Opening one touches neither the driver nor the network."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult

from affidavit import Query, Row, Scalar
from affidavit.plugin import Permit, check_permit
from affidavit_oracle.location import OracleLocation, locate

if TYPE_CHECKING:
    from affidavit_oracle.sessions import Sessions


class OracleSource:
    """One database. Threads share its pool."""

    def __init__(self, name: str, location: OracleLocation, **wiring: Any) -> None:
        """`wiring` goes to `Sessions`: for tests, another way to make a pool."""
        self.name = name
        self._location = location
        self._wiring = wiring
        self._lock = threading.Lock()
        self._sessions: Sessions | None = None

    def run(
        self, permit: Permit, query: Query, binds: Mapping[str, Scalar], *, max_rows: int
    ) -> Sequence[Row]:
        """Run a query; see `affidavit.Source`.

        A query that writes is committed, and returns one row: `changed`, the
        number of rows that it changed.
        """
        check_permit(permit)
        query.check_binds(binds)
        # The driver takes 150 ms to import: only now is it known to be needed.
        from affidavit_oracle.queries import QueryJob, run  # noqa: PLC0415

        return run(self._ready(), QueryJob(self._location, permit, query, binds, max_rows))

    def close(self) -> None:
        """Close every connection; for programs that end. A later query connects again."""
        with self._lock:
            if self._sessions is not None:
                self._sessions.close()

    def _ready(self) -> Sessions:
        from affidavit_oracle.database_login import Secret  # noqa: PLC0415
        from affidavit_oracle.sessions import Sessions  # noqa: PLC0415

        with self._lock:
            if self._sessions is None:
                self._sessions = Sessions(self._location, Secret(self._location), **self._wiring)
            return self._sessions


def open_source(name: str, url: SplitResult) -> OracleSource:
    """Open the source that an `oracle:` URL names; the first query connects.

    Raises:
        SettingsError: The URL is not of the right form.

    """
    return OracleSource(name, locate(url))
