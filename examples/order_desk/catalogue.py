"""The catalogue that stands in for Oracle: `python -m order_desk.catalogue` in `examples`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

FILE = Path(__file__).with_name("catalogue.db")


def make(path: Path = FILE) -> Path:
    """Write the catalogue, the same each time, and return where it is."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table catalogue (product text primary key, price text)")
        database.execute("insert into catalogue values ('PROD-101', '9.50')")
    return path


if __name__ == "__main__":
    make()
