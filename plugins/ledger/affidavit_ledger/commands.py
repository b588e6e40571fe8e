"""`affidavit who` and `affidavit verify`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from affidavit.clock import iso_utc
from affidavit.errors import SettingsError
from affidavit.ledger import Ledger
from affidavit.plugins import load_plugins
from affidavit.printout import Printout
from affidavit.runtime import open_ledger
from affidavit.settings import read_settings
from affidavit_ledger.findings import MEANINGS, NOTICES
from affidavit_ledger.heads import load_heads, save_heads
from affidavit_ledger.verify import Evidence, Verdict
from affidavit_ledger.verify import verify as run_verify
from affidavit_ledger.who import Access, find_accesses, window

ledger_option = click.option(
    "--ledger",
    metavar="URL",
    help="The ledger, e.g. sqlite:///ledger.db. Default: AFFIDAVIT_LEDGER.",
)


@click.command()
@click.option("--subject", metavar="S", help="Whose data was touched.")
@click.option("--actor", metavar="A", help="Who touched it.")
@click.option("--on", metavar="DATE", help="One day (UTC), e.g. 2026-01-23 or today.")
@click.option("--from", "since", metavar="TIME", help="From this date or time (UTC).")
@click.option("--to", "until", metavar="TIME", help="Before this date or time (UTC).")
@click.option("--tenant", default="", help="Default: AFFIDAVIT_TENANT.")
@ledger_option
def who(
    subject: str | None,
    actor: str | None,
    on: str | None,
    since: str | None,
    until: str | None,
    tenant: str,
    ledger: str | None,
) -> Printout:
    """Say who accessed what, and when.

    Give a subject, an actor, or both. Names are turned into tokens with the
    ledger's key before anything is searched, and are shown nowhere.
    """
    if not subject and not actor:
        raise click.UsageError("Say --subject or --actor.")
    start, end = window(on, since, until)
    opened, home = _open(ledger)
    accesses = find_accesses(
        opened, actor=actor, subject=subject, since=start, until=end, tenant=tenant or home
    )
    deliveries = sum(access.deliveries for access in accesses)
    return Printout(
        data=[access.json() for access in accesses],
        columns=("at", "action", "resource", "outcome", "actor", "known by", "reads", "request"),
        rows=[_row(access) for access in accesses],
        notes=(f"{len(accesses)} access(es), {deliveries} delivery(ies).",),
    )


@click.command()
@click.option(
    "--heads",
    type=click.Path(path_type=Path),
    help="Heads that were saved earlier; finds what is gone from the end of a chain.",
)
@click.option(
    "--save-heads",
    type=click.Path(path_type=Path),
    help="Save the heads as they are now, if nothing is found. Keep them elsewhere.",
)
@click.option("--no-key", is_flag=True, help="Check links only, without the ledger's key.")
@ledger_option
def verify(
    heads: Path | None, save_heads: Path | None, no_key: bool, ledger: str | None
) -> Printout:
    """Check that no record was changed, moved, inserted or removed.

    Exit code 0: clean. 1: something was found. 3: it could not be checked.
    """
    opened, _ = _open(ledger)
    now_ms = time.time_ns() // 1_000_000
    known = load_heads(heads) if heads is not None else None
    evidence = Evidence(reader=opened.reader, keys=None if no_key else opened.keys, heads=known)
    verdict = run_verify(evidence, now_ms=now_ms, progress=_Progress())
    if save_heads is not None and verdict.clean:
        _save(save_heads, verdict, now_ms)
    return Printout(
        data=verdict.json(),
        columns=("finding", "where", "records", "meaning"),
        rows=[
            (found.kind.value, found.where, found.count, MEANINGS[found.kind])
            for found in verdict.findings
        ],
        notes=tuple(_sentences(verdict, heads_given=known is not None)),
        exit_code=0 if verdict.clean else 1,
    )


def _save(path: Path, verdict: Verdict, now_ms: int) -> None:
    try:
        save_heads(path, verdict.heads, iso_utc(now_ms))
    except OSError as error:
        failed = type(error).__name__
    else:
        return
    raise SettingsError(
        "the heads cannot be saved", why=f"writing raised {failed}", fix="Name another file"
    )


def _row(access: Access) -> tuple[object, ...]:
    told = access.json()
    actor = (access.record.actor or "")[:12]
    many = f" x{access.deliveries}" if access.deliveries > 1 else ""
    reads = told["reads"]
    return (
        access.record.at,
        told["action"],
        told["resource"],
        f"{access.status} {access.record.code or ''}".strip(),
        actor,
        told["known_by"],
        ", ".join(map(str, reads)) if isinstance(reads, list) else "",
        f"{told['request_id']}{many}",
    )


def _sentences(verdict: Verdict, *, heads_given: bool) -> list[str]:
    found = [finding for finding in verdict.findings if finding.kind not in NOTICES]
    notices = len(verdict.findings) - len(found)
    word = "CLEAN" if verdict.clean else "NOT CLEAN"
    size = f"{verdict.records} records in {verdict.chains} chain(s)"
    told = [
        f"{word}: {size}, {len(found)} finding(s), {notices} notice(s), "
        f"{verdict.running} still running."
    ]
    if not verdict.keyed:
        told.append("Without the key only links were checked: a consistent rewrite is not found.")
    if not heads_given:
        told.append(
            "Without saved heads (--heads) nobody can tell whether the newest records "
            "are all there."
        )
    return told


def _open(url: str | None) -> tuple[Ledger, str]:
    environ = {**os.environ, **({"AFFIDAVIT_LEDGER": url} if url else {})}
    settings = read_settings(environ)
    ledger = open_ledger(settings, load_plugins(settings.plugins))
    # Look before asking for keys: a question must not make a key for a ledger
    # that is not there.
    next(iter(ledger.reader.writers()), None)
    return ledger, settings.tenant


class _Progress:
    """Counts on stderr, once a second, for people only."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, records: int) -> None:
        if sys.stderr.isatty() and time.monotonic() - self._last > 1:
            self._last = time.monotonic()
            click.echo(f"\r{records} records checked", nl=False, err=True)
