"""`affidavit who`: who accessed what, and when?"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from affidavit.plugin import CommandResult
from affidavit_ledger.coverage import coverage_of, public_key_option
from affidavit_ledger.session import archive_option, begin, ledgers_option, record_reading
from affidavit_ledger.who import Access, find_accesses, window

_TOKEN: Final = 32


@click.command()
@click.option("--subject", metavar="S", help="Whose data was touched.")
@click.option("--actor", metavar="A", help="Who touched it.")
@click.option("--on", metavar="DATE", help="One day (UTC), e.g. 2026-01-23 or today.")
@click.option("--from", "since", metavar="TIME", help="From this date or time (UTC).")
@click.option("--to", "until", metavar="TIME", help="Before this date or time (UTC).")
@click.option("--tenant", default="", help="Default: AFFIDAVIT_TENANT.")
@archive_option
@public_key_option
@ledgers_option
def who(
    subject: str | None,
    actor: str | None,
    on: str | None,
    since: str | None,
    until: str | None,
    tenant: str,
    archive: str | None,
    public_key: Path | None,
    ledger: tuple[str, ...],
) -> CommandResult:
    """Say who accessed what, and when.

    Give a subject, an actor, or both. Names are turned into tokens with the
    ledger's key before anything is searched, and are shown nowhere. With the
    archive and --public-key the answer is held against what the ledger's sealer
    has seen: what it does not cover is said, and what cannot match is refused.
    """
    if not subject and not actor:
        raise click.UsageError("Say --subject or --actor.")
    start, end = window(on, since, until)
    session = begin(ledgers=ledger, tenant=tenant, archive=archive)
    opened = session.ledger()
    whose = session.settings.tenant
    accesses = find_accesses(
        opened, actor=actor, subject=subject, since=start, until=end, tenant=whose
    )
    covers = coverage_of(session, opened, since or on or "", end, public_key)
    if not accesses:
        covers.refuse_what_cannot_match(whose, about_subject=subject is not None)
    record_reading(session, opened, "LEDGER_WHO")
    deliveries = sum(access.deliveries for access in accesses)
    told = f"{len(accesses)} access(es), {deliveries} delivery(ies)."
    return CommandResult(
        data=[access.json() for access in accesses],
        columns=("at", "action", "resource", "outcome", "actor", "known by", "reads", "request"),
        rows=[_row(access) for access in accesses],
        notes=(told, *covers.of_answer(whose, about_subject=subject is not None)),
    )


def _row(access: Access) -> tuple[object, ...]:
    told = access.json()
    actor = (access.record.actor or "")[:12]
    many = f" x{access.deliveries}" if access.deliveries > 1 else ""
    ends = dict.fromkeys(f"{one.status} {one.record.code or ''}".strip() for one in access.outcomes)
    return (
        access.record.at,
        told["action"],
        told["resource"],
        ", ".join(ends),
        actor,
        told["known_by"],
        ", ".join([*access.reads, *(f"off the record: {one}" for one in _short(access))]),
        f"{told['request_id']}{many}",
    )


def _short(access: Access) -> list[str]:
    """Return what was reached past the sources, tokens as short as an actor's."""
    parts = (one.partition(":") for one in access.off_record)
    return [f"{kind} {name if len(name) != _TOKEN else name[:12]}" for kind, _, name in parts]
