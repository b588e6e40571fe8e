"""Remember how far a log was verified, so that the next check costs what is new.

A mark is the verifier's own: whoever can change it can have things passed over.
It holds no key and no name; what it holds of chain keys is wrapped.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit import SettingsError
from affidavit.plugin import Json
from affidavit_ledger.archive_check import ArchiveFacts
from affidavit_ledger.chain_point import ChainPoint, LogPoint
from affidavit_ledger.heads import save_json
from affidavit_ledger.open_invocations import Place

FORMAT: Final = "affidavit mark 1"

KEPT_S: Final = 30 * 86_400
"""How long after its last record expired a chain is remembered: a spill forgets sooner."""


class Mark(NamedTuple):
    """How far a log was verified, and which invocations were running then."""

    log: LogPoint
    running: Mapping[bytes, Place]


def mark_after(
    log: LogPoint | None, facts: ArchiveFacts, before: Mapping[str, ChainPoint], now_s: int
) -> Mark | None:
    """Return the mark after an archive was checked, before anything else is.

    None if nothing is signed, or records of a chain have not come yet: what
    comes late is compared with its neighbours, which a mark does not hold.
    """
    if log is None:
        return None
    chains = dict(before)
    for sealed in facts.writers.values():
        chain = sealed.chain
        if chain.missing.count or chain.head is None:
            return None
        seq, link = chain.head
        chains[chain.writer] = ChainPoint(seq + 1, link, chain.first_key, sealed.expires_at)
    kept = {name: at for name, at in chains.items() if at.expires_at + KEPT_S > now_s}
    return Mark(log._replace(chains=kept), dict(facts.opened.attempts))


def save_mark(path: Path, mark: Mark) -> None:
    """Write a mark to a file, whole or not at all."""
    document: dict[str, Any] = {
        "format": FORMAT,
        **document_of(mark.log),
        "chains": {writer: list(point) for writer, point in mark.log.chains.items()},
        "running": {
            attempt.decode(): [writer, seq, at.decode(), event.decode()]
            for attempt, (writer, seq, at, event) in mark.running.items()
        },
    }
    save_json(path, document)


def load_mark(path: Path) -> Mark | None:
    """Read a mark; None if there is no file yet.

    Raises:
        SettingsError: The file is no mark.

    """
    try:
        if not path.exists():
            return None
        said: Any = json.loads(path.read_text())
        if said["format"] != FORMAT:
            raise ValueError  # noqa: TRY301 - the handler below says it
        chains = {str(writer): ChainPoint(*point) for writer, point in said["chains"].items()}
        log = point_of(said)._replace(chains=chains)
        running = {
            attempt.encode(): (str(writer), int(seq), at.encode(), event.encode())
            for attempt, (writer, seq, at, event) in said["running"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        failed = type(error).__name__
    else:
        return Mark(log, running)
    raise SettingsError(
        "the mark cannot be used",
        why=f"reading it raised {failed}",
        fix="Name a file that --mark wrote, or verify without it from the beginning",
    )


def document_of(log: LogPoint) -> dict[str, Json]:
    """Return a place in a log, without its chains, as it is kept."""
    return {
        "checkpoints": log.number,
        "origin": log.origin,
        "size": log.size,
        "stack": [b64encode(node).decode() for node in log.stack],
        "prev": log.prev,
        "time": log.time,
    }


def point_of(said: Mapping[str, Any]) -> LogPoint:
    """Read a place in a log.

    Raises:
        ValueError, KeyError, TypeError: It is none.

    """
    return LogPoint(
        int(said["checkpoints"]),
        str(said["origin"]),
        int(said["size"]),
        tuple(map(b64decode, said["stack"])),
        str(said["prev"]),
        str(said["time"]),
        {},
    )
