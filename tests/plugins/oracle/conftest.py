"""A stand-in database with three notes, and a source over it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from affidavit_oracle.location import locate
from affidavit_oracle.source import OracleSource
from oracle_stand_in import Server


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """What stands in for a database."""
    path = tmp_path / "notes.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table notes (id text, note text)")
        rows = [(f"A{number}", f"note {number}") for number in range(3)]
        connection.executemany("insert into notes values (?, ?)", rows)
    return Server(str(path))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file with credentials, as a secret has them."""
    path = tmp_path / "secret.json"
    path.write_text(json.dumps({"username": "scott", "password": "tiger"}))
    return path


@pytest.fixture
def make_source(server: Server, secret: Path) -> Callable[..., OracleSource]:
    """Make a source over the stand-in; words become parameters of its URL."""

    def make(wall: Callable[[], float] | None = None, **said: Any) -> OracleSource:
        more = "".join(f"&{name}={value}" for name, value in said.items())
        url = f"oracle://db.example:1521/notes?secret_file={quote(str(secret))}{more}"
        wiring: dict[str, Any] = {"create_pool": server.create_pool}
        if wall is not None:
            wiring["wall"] = wall
        return OracleSource("notes", locate(urlsplit(url)), **wiring)

    return make


@pytest.fixture
def source(make_source: Callable[..., OracleSource]) -> OracleSource:
    """A source over the stand-in."""
    return make_source()
