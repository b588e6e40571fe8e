"""A foreign ledger: one line per entry, in a file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import SplitResult

from affidavit import LedgerConflictError
from affidavit.plugin import (
    LOCAL_SEED_BYTES,
    Entry,
    Ledger,
    LedgerFactory,
    LocalKeys,
    Token,
    WriterId,
    hookimpl,
    pack_spilled,
    unpack_spilled,
)


class Lines:
    name = "lines"
    remote = False
    batch_limit = 2

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        kept = {(one.writer, one.seq): one for one in self._all()}
        fresh = []
        for entry in entries:
            there = kept.get((entry.writer, entry.seq))
            if there is None:
                fresh.append(entry)
            elif there.body != entry.body:
                raise LedgerConflictError("other bytes", why="they differ", fix="Start a chain")
        with self._path.open("a") as file:
            file.writelines(pack_spilled(entry) + "\n" for entry in fresh)

    def writers(self) -> Iterator[WriterId]:
        yield from sorted({one.writer for one in self._all()})

    def entries(self, writer: WriterId) -> Iterator[Entry]:
        mine = (one for one in self._all() if one.writer == writer)
        yield from sorted(mine, key=lambda one: one.seq)

    def by_actor(self, actor: Token, since: str, until: str) -> Iterator[Entry]:
        yield from (o for o in self._all() if o.actor == actor and since <= o.at < until)

    def by_subject(self, subject: Token, since: str, until: str) -> Iterator[Entry]:
        yield from (o for o in self._all() if o.subject == subject and since <= o.at < until)

    def _all(self) -> Iterator[Entry]:
        if self._path.exists():
            yield from map(unpack_spilled, self._path.read_text().splitlines())


def _open(url: SplitResult) -> Ledger:
    lines = Lines(Path(url.path))
    return Ledger(store=lines, keys=LocalKeys(b"k" * LOCAL_SEED_BYTES), reader=lines)


@hookimpl
def affidavit_ledgers() -> Sequence[LedgerFactory]:
    return [LedgerFactory(scheme="acme-lines", open=_open)]
