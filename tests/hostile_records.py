"""Records that were sealed and want to be something else: markup, formulas, commands, paths.

A sealer takes whatever has the form of a record, and a function that somebody else has taken over
writes what it likes into it. So whoever shows evidence shows this, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from affidavit._records.chain import first_link, link
from affidavit.plugin import Entry, Json, Ledger, LocalKeys, WriterId, canonical_bytes, iso_utc
from affidavit_ledger.archive import open_folder
from affidavit_ledger.seal import Sealer
from affidavit_ledger.signing import PublicKey, open_file_signer
from affidavit_ledger.workspace import Notes
from archive_world import BEGIN_MS, DAY_MS, SECRET, ArchiveWorld, Batch

EVIL: Final = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(2)>'",
    "</pre></td></table></title><h1>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(3)",
    "\x1b[2J\x1b]0;title\x07\x9b1A\r",
    "\u202etxt.exe\u2066",
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)",
    "../../../../etc/passwd",
    "' OR 1=1; DROP TABLE records; --",
    "%0d%0aSet-Cookie:%20a=b",
    "&lt;b&gt;&#x3c;",
    "a\nb\tc\0d",
    "\U0001f4a5 \u00fc \u05d0",
    "x" * 1_000,
)

TIMES: Final = ("../../x", "/../../", "2024-02-31T25:61:61.000Z", "yesterday", "", "9999", "-1")
"""What a record may say instead of a time: the third has the form of one, and is none."""

_WRITER: Final = WriterId("w" * 22)


def hostile_bodies(count: int) -> Iterator[tuple[bytes, str]]:
    """Yield so many accesses, a record each, and the time that it says."""
    prev = first_link()
    for number in range(count):

        def evil(place: int, number: int = number) -> str:
            return EVIL[(number + place) % len(EVIL)]

        at = iso_utc(BEGIN_MS + number * DAY_MS * 365 // max(count, 1))
        if number % 50 == 49:
            at = TIMES[number // 50 % len(TIMES)]
        said: dict[str, Json] = {
            "act": evil(0),
            "actor": {"auth": evil(1), "id": evil(2), "obo": evil(3)},
            "att": f"{number:022}",
            "chg": [{"f": evil(4), "n": evil(5), "o": 7}, 7, {}],
            "cls": evil(6),
            "dur": evil(7) if number % 3 else number,
            "eid": f"{number:032x}" if number % 4 else f"{evil(8)}{number}",
            "exp": 2**33,
            "obj": evil(9) if number % 5 else {"a": [evil(9)]},
            "off": [{"k": evil(10), "n": evil(11)}],
            "out": {"code": 200, "err": evil(12), "s": ("ok", evil(13))[number % 2]},
            "ph": "O",
            "pol": evil(14),
            "prev": prev,
            "q": [{"n": evil(15), "r": evil(0) if number % 2 else 2, "s": evil(1)}],
            "rcpt": evil(2),
            "req": f"{number:08}",
            "seq": number,
            "src": {"fn": evil(3), "ip": evil(4), "reg": evil(5), "ver": evil(6), "via": evil(7)},
            "subj": evil(8),
            "ten": evil(9),
            "ts": at,
            "v": 1,
            "why": evil(10),
            "wid": _WRITER,
        }
        body = canonical_bytes(said)
        prev = link(body)
        yield body, at


def make_hostile(folder: Path, count: int) -> ArchiveWorld:
    """Seal so many hostile accesses into a folder."""
    url = f"file://{folder / 'archive'}"
    archive, workspace = open_folder(urlsplit(url))
    signer = open_file_signer(urlsplit(f"file://{folder / 'sealer.key'}?name=example.org/ledger"))
    sealer = Sealer(
        archive, signer, Notes(workspace, signer), now_ms=lambda: BEGIN_MS, archive_days=2190
    )
    entries = (
        Entry(_WRITER, number, body, bytes(16), 2**33, "2026-01-01T00:00:00.000Z")
        for number, (body, _) in enumerate(hostile_bodies(count))
    )
    sealer.write_segments(entries, shard="hostile")
    sealer.checkpoint()
    key_file = folder / "sealer.pub"
    store = Batch()
    ledger = Ledger(store=store, keys=LocalKeys(SECRET), reader=store)  # type: ignore[arg-type]
    return ArchiveWorld(archive, PublicKey.load(key_file.read_bytes()), ledger, url, key_file)
