"""`affidavit push`: what is sealed goes to a SIEM, and the mark says how far."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import SplitResult, urlsplit

import click

from affidavit import LedgerUnavailableError, SettingsError
from affidavit.plugin import CommandResult, emf_line, now_ms
from affidavit_ledger.ocsf import OCSF_VERSIONS
from affidavit_ledger.open_evidence import open_push_target
from affidavit_ledger.places import place_of
from affidavit_ledger.push import PushMark, PushReport, load_push_mark, push_new, save_push_mark
from affidavit_ledger.session import archive_option, begin

LONGEST_WAIT_S: Final = 60
"""How long it is waited at most after failures, unless rounds are further apart anyway."""

_UNITS: Final = {"PushLag": "Seconds"}
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option(
    "--to",
    "target",
    metavar="URL",
    required=True,
    help="file:, syslog:, eventbridge: or firehose:, or what a plugin offers.",
)
@click.option("--mark", type=_FILE, required=True, help="Where it is written how far was pushed.")
@click.option("--public-key", type=_FILE, required=True, help="The sealer's public key (PEM).")
@click.option(
    "--every",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="Go on pushing, this often, until interrupted.",
)
@click.option(
    "--ocsf-version",
    type=click.Choice(OCSF_VERSIONS),
    default=OCSF_VERSIONS[-1],
    show_default=True,
    help="Of the events.",
)
@archive_option
def push(
    target: str,
    mark: Path,
    public_key: Path,
    every: int | None,
    ocsf_version: str,
    archive: str | None,
) -> CommandResult:
    """Push what is sealed to a SIEM, as OCSF events, from where the mark stands.

    At least once, each chain in its order. With --every a line of metrics goes to
    stdout after each round, in CloudWatch's embedded format; PushLag says how old
    the newest is of what the target has. Exit code 1: something of the archive
    could not be pushed, because it is not what was signed.
    """
    from affidavit_ledger.one_sealer import one_at_a_time  # noqa: PLC0415 - POSIX only
    from affidavit_ledger.signing import read_public_key  # noqa: PLC0415 - needs cryptography

    session = begin(archive=archive)
    url, verifier = _url(target), read_public_key(public_key)
    opened, (place, _) = open_push_target(url, session.plugins), session.archive()
    to = place_of(url)

    def once() -> PushReport:
        return push_new(
            place,
            verifier,
            opened,
            load_push_mark(mark, to),
            lambda reached: save_push_mark(mark, reached, to),
            now_ms=now_ms(),
            version=ocsf_version,
        )

    with one_at_a_time(mark.with_name(f"{mark.name}.lock"), "another push goes on from this mark"):
        if every is not None:
            _go_on(once, lambda: load_push_mark(mark, to), every, session.settings.namespace)
        return _result(once())


def _go_on(
    once: Callable[[], PushReport], reached: Callable[[], PushMark], every: int, namespace: str
) -> NoReturn:
    """Push again and again; what cannot be reached now is tried again, less and less often."""
    failed = 0
    while True:
        try:
            report, failed = once(), 0
        except LedgerUnavailableError as error:
            failed += 1
            click.echo(str(error), err=True)
            log = reached().log
            report = PushReport(origin=log.origin, sealed_at=log.time)
        metrics = {
            "PushedEvents": report.pushed,
            "PushFailures": min(failed, 1),
            "PushLeftOut": len(report.left_out),
        }
        if report.sealed_at:
            metrics["PushLag"] = _lag_s(report.sealed_at)
        about = {"Log": report.origin} if report.origin else {}
        _write(emf_line(metrics, namespace, about, at_ms=now_ms(), units=_UNITS) + "\n")
        time.sleep(min(max(every, LONGEST_WAIT_S), every << min(failed, 6)))


def _write(line: str) -> None:
    try:
        sys.stdout.write(line)
        sys.stdout.flush()
    except BrokenPipeError:  # of any other command that is no failure
        raise SettingsError(
            "the push has ended",
            why="nobody reads its metrics on stdout any more",
            fix="Start it again, with stdout going into a log",
        ) from None


def _result(report: PushReport) -> CommandResult:
    lag_s = _lag_s(report.sealed_at) if report.sealed_at else None
    notes = [
        f"{report.pushed} event(s) pushed.",
        f"The target has what was sealed until {report.sealed_at}, {lag_s} s ago."
        if report.sealed_at
        else "Nothing is sealed that this key has signed.",
    ]
    if report.left_out:
        notes.append(f"{len(report.left_out)} could not be: missing, or not what was signed.")
    if report.findings:
        notes.append("The log has findings. Run affidavit verify.")
    return CommandResult(
        data={**report.json(), "lag_s": lag_s},
        columns=("finding", "where"),
        rows=[(found.kind.value, found.where) for found in report.findings],
        notes=tuple(notes),
        exit_code=1 if report.left_out or report.findings else 0,
    )


def _lag_s(sealed_at: str) -> int:
    """Return how old the newest is of what the target has."""
    return max(0, now_ms() // 1000 - int(datetime.fromisoformat(sealed_at).timestamp()))


def _url(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        pass
    raise SettingsError("--to is not a URL", why="it cannot be parsed", fix="See docs/push.md")
