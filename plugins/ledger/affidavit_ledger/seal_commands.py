"""`affidavit seal`, `prove`, `export` and `replay`: what a ledger's keeper does."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click

from affidavit import SettingsError
from affidavit.plugin import CommandResult, Entry, Ledger, Spilled, now_ms
from affidavit_ledger.coverage import coverage_of, public_key_option
from affidavit_ledger.export import FORMATS
from affidavit_ledger.ocsf import OCSF_VERSIONS, as_ocsf
from affidavit_ledger.places import sealed_to
from affidavit_ledger.prove import prove as make_proofs
from affidavit_ledger.record_form import is_fit
from affidavit_ledger.replay import replay_spilled
from affidavit_ledger.seal import Sealer
from affidavit_ledger.seal_report import SealReport
from affidavit_ledger.seal_table import seal_new
from affidavit_ledger.session import (
    WRITE_TIMEOUT_S,
    Session,
    archive_days,
    archive_option,
    begin,
    ledger_option,
    ledgers_option,
    record_reading,
)
from affidavit_ledger.who import moment, window
from affidavit_ledger.workspace import Notes

OUT = click.Path(path_type=Path, dir_okay=False, writable=True)


@click.command()
@archive_option
@click.option(
    "--signer",
    metavar="URL",
    help="The signing key, e.g. file:///sealer.key?name=example.org/ledger. AFFIDAVIT_SIGNER.",
)
@click.option(
    "--witness", metavar="URL", help="An archive elsewhere, or who cosigns. AFFIDAVIT_WITNESS."
)
@click.option("--tsa", metavar="URL", help="Who stamps each checkpoint's time. AFFIDAVIT_TSA.")
@click.option(
    "--every",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="Go on sealing, this often, until interrupted.",
)
@ledger_option
def seal(
    archive: str | None,
    signer: str | None,
    witness: str | None,
    tsa: str | None,
    every: int | None,
    ledger: str | None,
) -> CommandResult:
    """Archive what is new in a local ledger, and sign a checkpoint.

    On AWS the sealer function does this from the table's stream. The key is
    made on first use; its public half, for auditors, lies beside it as .pub.
    """
    session = begin(ledger=ledger, archive=archive, signer=signer, witness=witness, tsa=tsa)
    opened = session.ledger()
    sealer = _sealer(session, opened)
    sealed = _seal_once(session, sealer, opened)
    while every is not None:
        click.echo(_sentence(sealed), err=True)
        time.sleep(every)
        sealed = _seal_once(session, sealer, opened)
    return CommandResult(
        data={
            "size": sealed.checkpoint.size,
            "time": sealed.checkpoint.time,
            "segments": sealed.segments,
            "records": sealed.records,
            "repaired": sealed.repaired,
            "lost": sealed.lost,
            "aside": sealed.aside,
            "unsigned": sealed.unsigned,
            "unstamped": sealed.unstamped,
        },
        notes=(_sentence(sealed),),
    )


@click.command()
@click.argument("event")
@archive_option
@click.option(
    "--at",
    metavar="TIME",
    help="When it was, as `who` shows it (UTC): then an archive of years costs seconds.",
)
@click.option("--to", "target", type=OUT, help="Write the proof here instead of to stdout.")
def prove(event: str, archive: str | None, at: str | None, target: Path | None) -> CommandResult:
    """Prove that the records of EVENT stand in the sealed log.

    EVENT is an event id, as `affidavit who --output json` shows it. The proof
    needs nothing but the sealer's public key to be checked:
    `affidavit verify --proof FILE --public-key PEM`.
    """
    proofs = make_proofs(begin(archive=archive).archive()[0], event, moment(at, "--at") or "")
    text = json.dumps(proofs, indent=1) + "\n"
    if target is None:
        return CommandResult(data=list(proofs), text=text)
    _write(target, [text])
    return CommandResult(
        data={"proofs": len(proofs), "file": target.name},
        notes=(f"{len(proofs)} proof(s) in {target.name}.",),
    )


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(sorted(FORMATS)),
    default="ndjson",
    show_default=True,
    help="Records as they were hashed, a table, or OCSF API Activity events.",
)
@click.option(
    "--ocsf-version",
    type=click.Choice(OCSF_VERSIONS),
    help=f"Of the events. Default: {OCSF_VERSIONS[-1]}.",
)
@click.option("--from", "since", metavar="TIME", help="From this date or time (UTC).")
@click.option("--to", "until", metavar="TIME", help="Before this date or time (UTC).")
@click.option("--file", "target", type=OUT, help="Write here instead of to stdout.")
@archive_option
@public_key_option
@ledgers_option
def export(
    form: str,
    ocsf_version: str | None,
    since: str | None,
    until: str | None,
    target: Path | None,
    archive: str | None,
    public_key: Path | None,
    ledger: tuple[str, ...],
) -> CommandResult | int:
    """Hand the records of a ledger, or of several, to other tools.

    What the export covers is said beside it, on stderr if it goes to stdout.
    """
    write = FORMATS[form] if ocsf_version is None else partial(as_ocsf, version=ocsf_version)
    if ocsf_version is not None and form != "ocsf":
        raise click.UsageError("--ocsf-version belongs to --format ocsf.")
    start, end = window(None, since, until)
    session = begin(ledgers=ledger, archive=archive)
    opened = session.ledger()
    covers = coverage_of(session, opened, since or "", end, public_key)
    entries = _between(opened, start, end)
    first = next(entries, None)
    if first is None:
        covers.refuse_expired()
    lines = write(chain(() if first is None else (first,), entries))
    record_reading(session, opened, "LEDGER_EXPORT")
    if target is None:
        for line in lines:
            sys.stdout.write(line)
        for sentence in covers.of_export():
            click.echo(sentence, err=True)
        return 0
    written, told = _write(target, lines), tuple(covers.of_export())
    return CommandResult(
        data={"lines": written, "covers": list(told)},
        notes=(f"{written} line(s) in {target.name}.", *told),
    )


@click.command()
@ledger_option
def replay(ledger: str | None) -> CommandResult:
    """Put records and salts that were spilled beside a local ledger where they belong.

    However often it runs, the same results. On AWS a function does this.
    """
    session = begin(ledger=ledger)
    opened = session.ledger()
    spill: Any = opened.spill
    if spill is None or not hasattr(spill, "waiting"):
        raise SettingsError(
            "there is nothing to replay from",
            why="the ledger's URL names no spill file",
            fix="Add spill=FILE to AFFIDAVIT_LEDGER; queues are replayed by a function",
        )
    done = replay_spilled(opened, _waiting(spill), timeout_s=WRITE_TIMEOUT_S)
    spill.clear()
    notes = [f"{done.records} record(s) replayed."]
    if done.salts or done.forgotten:
        notes.append(
            f"{done.salts} salt(s) replayed; {done.forgotten} of forgotten subjects let go."
        )
    return CommandResult(
        data={"replayed": done.records, "salts": done.salts, "forgotten": done.forgotten},
        notes=tuple(notes),
    )


def _waiting(spill: Any) -> list[Spilled]:
    with suppress(ValueError):
        return list(spill.waiting())
    raise SettingsError(
        "the spill cannot be replayed",
        why="a line of it is neither a record nor a salt, so somebody has changed it",
        fix="Nothing was replayed. Move that line away, keep it, and run this again",
    )


def _sealer(session: Session, ledger: Ledger) -> Sealer:
    archive, workspace = session.archive()
    signer = session.signer()
    return Sealer(
        archive,
        signer,
        Notes(workspace, signer),
        now_ms=now_ms,
        archive_days=archive_days(session),
        reader=ledger.reader,
        witness=session.witness(),
        witnesses=session.witnesses(),
        tsa=session.tsa(),
        places=sealed_to(session.settings),
    )


def _seal_once(session: Session, sealer: Sealer, ledger: Ledger) -> SealReport:
    """Seal, alone: two sealers of one folder would tread on each other's notes."""
    from affidavit_ledger.one_sealer import one_at_a_time  # noqa: PLC0415 - POSIX only

    url = session.settings.archive
    if url is None or url.scheme != "file":
        return seal_new(sealer, ledger.reader)
    folder = Path(unquote(url.path))
    folder.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder / ".sealing"):
        return seal_new(sealer, ledger.reader)


def _sentence(sealed: SealReport) -> str:
    return (
        f"Sealed {sealed.records} record(s) in {sealed.segments} segment(s); "
        f"the log has {sealed.checkpoint.size} leaves at {sealed.checkpoint.time}."
        f"{' A witness has not signed.' if sealed.unsigned else ''}"
        f"{' It has no time stamp: the authority was away.' if sealed.unstamped else ''}"
    )


def _between(ledger: Ledger, since: str, until: str) -> Iterator[Entry]:
    for writer in ledger.reader.writers():
        for entry in ledger.reader.entries(writer):
            if since <= entry.at < until and is_fit(entry):
                yield entry


def _write(target: Path, lines: Iterable[str]) -> int:
    """Write a whole file or none; return the number of lines."""
    temporary = target.with_name(target.name + ".part")
    count = 0
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            for line in lines:
                file.write(line)
                count += 1
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return count
