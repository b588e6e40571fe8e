"""Make a sealed archive of so many records in a folder, for benchmarks and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

from affidavit._clock import Clock, iso_utc
from affidavit._policy.words import Trust
from affidavit._records.chain import Chain
from affidavit._records.local_keys import LocalKeys
from affidavit._records.record import Draft, Facts, Origin, Outcome, Phase, Read, Status, state
from affidavit.plugin import Entry, Ledger, Token, WriterId
from affidavit_ledger.archive import open_folder
from affidavit_ledger.seal import Sealer
from affidavit_ledger.signing import open_file_signer
from affidavit_ledger.workspace import Notes

WRITERS = 50
SECRET = bytes(32)
DAYS = 90


class LastBatch:
    """A store that holds what came since it was last emptied."""

    name = "last-batch"
    remote = False
    batch_limit = 100_000

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        self.entries += entries

    def writers(self) -> Iterator[WriterId]:
        return iter(())


PEOPLE = (Token("a" * 32), Token("b" * 32))


def facts_of(number: int, actor: Token, subject: Token) -> Facts:
    """Return what the records of one API call say."""
    return state(
        action="PRICE_FETCH",
        trust=Trust.AUTHORIZER,
        actor=actor,
        behalf=None,
        subject=subject,
        origin=Origin("price-fetcher", "42", "eu-west-1", "apigw.v1", "c" * 32),
        event=f"{number:032x}",
        attempt=f"{number:022d}",
        request_id=f"00000000-0000-4000-8000-{number:012d}",
        policy="hipaa@1#123456789012",
        words={"obj": "product_prices"},
    )


def drafts_of(
    number: int, now_ms: int, people: tuple[Token, Token] = PEOPLE
) -> tuple[Draft, Draft]:
    """Return the opening and the closing record of one API call by somebody about somebody."""
    facts, at, keep = facts_of(number, *people), iso_utc(now_ms), now_ms // 1000 + DAYS * 86_400
    reads = (Read("prices", "find_price", ("id",), 1),)
    outcome = Outcome(status=Status.OK, code=200, duration_ms=12, reads=reads)
    return Draft(Phase.INTENT, facts, at, keep), Draft(Phase.OUTCOME, facts, at, keep, outcome)


def make_archive(folder: Path, records: int, batch: int = 10_000) -> int:
    """Write `records` records by 50 writers; return the bytes of one record.

    They are sealed once, or with a smaller `batch` after each segment of so many.
    """
    store, keys, clock = LastBatch(), LocalKeys(SECRET), Clock()
    ledger = Ledger(store=store, keys=keys, reader=store)  # type: ignore[arg-type]
    chains = [Chain(ledger, clock, {"pol": "hipaa@1"}, hot_days=DAYS) for _ in range(WRITERS)]
    archive, workspace = open_folder(urlsplit(f"file://{quote(str(folder / 'archive'))}"))
    url = f"file://{quote(str(folder / 'sealer.key'))}?name=example.org/ledger"
    signer = open_file_signer(urlsplit(url))
    sealer = Sealer(
        archive,
        signer,
        Notes(workspace, signer),
        now_ms=clock.now_ms,
        archive_days=DAYS,
    )
    for number in range(records // 2):
        chain = chains[number % WRITERS]
        for draft in drafts_of(number, clock.now_ms()):
            chain.append(draft, timeout_s=5)
        if len(store.entries) >= batch:
            sealer.write_segments(store.entries, shard=f"{number:09d}")
            size = len(store.entries[-1].body)
            store.entries.clear()
            if batch < 10_000:
                sealer.checkpoint()
    if store.entries:
        sealer.write_segments(store.entries, shard="x")
        size = len(store.entries[-1].body)
    sealer.checkpoint()
    return size
