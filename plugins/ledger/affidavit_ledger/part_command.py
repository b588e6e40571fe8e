"""The options of `affidavit verify` that divide the work, and what making a part prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from affidavit.plugin import CommandResult, Json
from affidavit_ledger.part_file import load_parts, save_part
from affidavit_ledger.verify import Evidence
from affidavit_ledger.verify_part import PartResult, verify_part

_PART: Final = re.compile("([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")
_WHOLE_ONLY: Final = (
    "heads",
    "save_heads",
    "mark",
    "requests",
    "witness",
    "witness_keys",
    "tsa_certificates",
)


def _read_part(_: click.Context, __: click.Parameter, text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = _PART.fullmatch(text)
    part = (int(found[1]), int(found[2])) if found else (1, 0)
    if part[0] > part[1]:
        raise click.BadParameter("write which of how many, for example 2/8")
    return part


def part_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--part`, `--to`, `--checkpoints` and `--merge`."""
    for option in (
        click.option(
            "--merge",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="Take from the files of this folder what --part has checked.",
        ),
        click.option(
            "--checkpoints",
            type=click.IntRange(min=1),
            help="Divide this many checkpoints, so that all parts divide alike.",
        ),
        click.option(
            "--to",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Where --part writes what it found.",
        ),
        click.option(
            "--part",
            metavar="I/N",
            callback=_read_part,
            help="Check only this part of the archive, for example 2/8, and judge nothing.",
        ),
    ):
        command = option(command)
    return command


def refuse_what_does_not_fit(options: Mapping[str, Any]) -> None:
    """Refuse options that have no meaning for a part, or for a merge.

    Raises:
        click.UsageError: There is one.

    """
    part, merge = options["part"], options["merge"]
    if part is not None and merge is not None:
        raise click.UsageError("A part is made, or parts are merged: leave one of them out.")
    if (part is None) != (options["to"] is None):
        raise click.UsageError("--part I/N and --to FILE go together.")
    if options["checkpoints"] is not None and part is None:
        raise click.UsageError("--checkpoints says what --part divides.")
    if options["no_archive"] and (part or merge):
        raise click.UsageError("Parts are of an archive: leave --no-archive out.")
    given = [f"--{name.replace('_', '-')}" for name in _WHOLE_ONLY if options[name] is not None]
    if part is not None and given:
        raise click.UsageError(f"The merge takes {' and '.join(given)}, a part does not.")
    if merge is not None and options["requests"] is not None:
        raise click.UsageError("Parts hold no requests: leave --requests out, or do not divide.")
    if merge is not None and options["mark"] is not None and options["mark"].exists():
        raise click.UsageError("Parts begin where the log does: name a mark that is not there yet.")


def parts_to_merge(folder: Path, evidence: Evidence) -> list[PartResult]:
    """Read the parts of a folder.

    Raises:
        click.UsageError: There is no archive, or it was checked with keys and there are none now.

    """
    if evidence.archive is None:
        raise click.UsageError("Parts are of an archive: name it with --archive.")
    parts = list(load_parts(folder))
    if any(part.keyed is not (evidence.keys is not None) for part in parts):
        raise click.UsageError("Make all parts and merge them with the ledger's keys, or without.")
    return parts


def make_part(
    evidence: Evidence, options: Mapping[str, Any], progress: Callable[[int], None]
) -> CommandResult:
    """Check one part, write it down, and say how large it was."""
    archive, verifier = evidence.archive, evidence.verifier
    if archive is None or verifier is None:
        raise click.UsageError("A part is of an archive: name one with --archive.")
    part = verify_part(
        archive,
        verifier,
        evidence.keys,
        options["part"],
        checkpoints=options["checkpoints"],
        progress=progress,
    )
    save_part(options["to"], part)
    told: dict[str, Json] = {
        "part": f"{part.part[0]}/{part.part[1]}",
        "checkpoints": part.checkpoints,
        "segments": part.segments,
        "records": part.records,
        "chains": len(part.runs) + len(part.rough),
        "to_read_again": len(part.rough),
    }
    size = f"{part.records} records in {told['chains']} chain(s), {part.checkpoints} checkpoint(s)"
    left = "" if part.start is not None else " Where it begins is damaged: the merge reads it."
    note = f"Part {told['part']}: {size}. What that means, the merge says.{left}"
    return CommandResult(data=told, notes=(note,))
