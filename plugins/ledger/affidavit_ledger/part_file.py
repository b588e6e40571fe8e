"""What one part found, as a file: for whoever merges parts, on another machine and later.

Like a mark it is the verifier's own: whoever can change it can have things passed over. It
holds no key and no name; what it holds of chain keys is wrapped.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from affidavit import SettingsError
from affidavit_ledger.chain_point import ChainRun
from affidavit_ledger.findings import EvidenceFinding, FindingKind
from affidavit_ledger.heads import save_json
from affidavit_ledger.log_walk import WalkState
from affidavit_ledger.notes import Checkpoint
from affidavit_ledger.verify_part import PartResult

FORMAT: Final = "affidavit part 1"
_BYTES: Final = "latin-1"
"""How bytes of any kind are written as text, one letter each."""


def save_part(path: Path, part: PartResult) -> None:
    """Write a part to a file, whole or not at all."""
    save_json(path, part_json(part), indent=None)


def load_parts(folder: Path) -> Iterator[PartResult]:
    """Read the parts of a folder: every `.json` in it.

    Raises:
        SettingsError: There is none, or one of them is no part.

    """
    names = sorted(folder.glob("*.json"))
    if not names:
        raise SettingsError(
            "there is nothing to merge",
            why="the folder holds no part, which is a file that ends in .json",
            fix="Run affidavit verify --part 1/4 --to FOLDER/1.json, and so on",
        )
    for path in names:
        try:
            yield part_of(json.loads(path.read_text()))
            continue
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            failed = type(error).__name__
        raise SettingsError(
            f"{path.name} is no part of a verification",
            why=f"reading it raised {failed}",
            fix="Keep files of --part and nothing else in the folder",
        )


def part_json(part: PartResult) -> dict[str, Any]:
    """Return a part as JSON."""
    return {
        "format": FORMAT,
        **part._asdict(),
        "start": _state_json(part.start),
        "end": _state_json(part.end),
        "findings": list(map(_finding_json, part.findings)),
        "objects": list(map(_finding_json, part.objects)),
        "runs": [
            [
                *run[:7],
                {
                    attempt.decode(_BYTES): [writer, seq, at.decode(_BYTES), event.decode(_BYTES)]
                    for attempt, (writer, seq, at, event) in run.opened.items()
                },
                sorted(attempt.decode(_BYTES) for attempt in run.closed),
            ]
            for run in part.runs
        ],
        "rough": [name.decode(_BYTES) for name in part.rough],
    }


def part_of(said: Any) -> PartResult:
    """Read a part back.

    Raises:
        ValueError: It is none; `KeyError`, `TypeError` and `AttributeError` say so, too.

    """
    if said.pop("format") != FORMAT:
        raise ValueError("another format")
    number, of = map(int, said["part"])
    return PartResult(
        **{
            **said,
            "part": (number, of),
            "start": _state_of(said["start"]),
            "end": _state_of(said["end"]),
            "findings": list(map(_finding_of, said["findings"])),
            "objects": list(map(_finding_of, said["objects"])),
            "runs": list(map(_run_of, said["runs"])),
            "rough": [name.encode(_BYTES) for name in said["rough"]],
        }
    )


def _state_json(state: WalkState | None) -> list[Any] | None:
    if state is None:
        return None
    newest = state.newest
    told = None if newest is None else [*newest[:2], b64encode(newest.root).decode(), *newest[3:]]
    stack = [b64encode(node).decode() for node in state.stack]
    return [*state[:3], told, state.size, stack, *state[6:]]


def _state_of(said: Any) -> WalkState | None:
    if said is None:
        return None
    at, number, prev, told, size, stack, key, over = said
    newest = None
    if told is not None:
        origin, leaves, root, time, before = told
        newest = Checkpoint(origin, leaves, b64decode(root), time, before)
    return WalkState(at, number, prev, newest, size, tuple(map(b64decode, stack)), key, over)


def _finding_json(found: EvidenceFinding) -> list[Any]:
    return [found.kind.value, found.writer, found.seq, found.count, found.event, found.place]


def _finding_of(said: Iterable[Any]) -> EvidenceFinding:
    kind, writer, seq, count, event, place = said
    kinds = FindingKind(kind)
    return EvidenceFinding(
        kind=kinds, writer=writer, seq=seq, count=count, event=event, place=place
    )


def _run_of(said: Any) -> ChainRun:
    writer, first, before, next_seq, link, key, expires_at, opened, closed = said
    place = (writer, first, before, next_seq, link, key, expires_at)
    attempts = {
        attempt.encode(_BYTES): (writer, seq, at.encode(_BYTES), event.encode(_BYTES))
        for attempt, (writer, seq, at, event) in opened.items()
    }
    return ChainRun(*place, attempts, frozenset(attempt.encode(_BYTES) for attempt in closed))
