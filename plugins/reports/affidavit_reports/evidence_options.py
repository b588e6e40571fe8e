"""What every command here works on: an archive, a key, perhaps a copy, a ledger and names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from affidavit.plugin import Archive, Ledger
from affidavit_ledger.session import archive_option, begin, ledger_option
from affidavit_ledger.signing import PublicKey, read_public_key
from affidavit_ledger.who import window
from affidavit_reports.ask import named, uncovered, values_of
from affidavit_reports.names import read_names
from affidavit_reports.questions import QUESTIONS, Question

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)

key_option = click.option(
    "--public-key", type=FILE, required=True, help="The sealer's public key (PEM)."
)
lake_option = click.option(
    "--lake", type=FOLDER, help="A columnar copy, made by `affidavit archive compact`."
)


class Sources(NamedTuple):
    """What a question is asked of, opened."""

    archive: Archive
    verifier: PublicKey
    ledger: Ledger | None
    tenant: str


def asking(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a question to a command."""
    for option in reversed(
        (
            click.argument("question", type=click.Choice(sorted(QUESTIONS)), metavar="QUESTION"),
            click.option("--subject", metavar="S", help="Whose data was touched; or token:T."),
            click.option("--actor", metavar="A", help="Who touched it; or token:T."),
            click.option("--recipient", metavar="R", help="To whom it was disclosed."),
            click.option("--on", metavar="DATE", help="One day (UTC), e.g. 2026-01-23."),
            click.option("--from", "since", metavar="TIME", help="From this time (UTC)."),
            click.option("--to", "until", metavar="TIME", help="Before this time (UTC)."),
            click.option("--tenant", default="", help="Default: AFFIDAVIT_TENANT."),
            click.option(
                "--names",
                type=FILE,
                help="People to show by name: a CSV file of identifier and name. Needs --ledger.",
            ),
            archive_option,
            key_option,
            lake_option,
            ledger_option,
        )
    ):
        command = option(command)
    return command


def open_sources(archive: str | None, public_key: Path, ledger: str | None, tenant: str) -> Sources:
    """Open the archive and the key; the ledger too, if one is named."""
    session = begin(archive=archive, ledger=ledger, tenant=tenant)
    opened = session.ledger() if ledger else None
    return Sources(
        session.archive()[0], read_public_key(public_key), opened, session.settings.tenant
    )


def prepared(
    question: Question, sources: Sources, options: dict[str, Any]
) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return what a question is asked with, the names to show by token, and what is not covered."""
    start, end = window(options["on"], options["since"], options["until"])
    said = {name: options[name] for name in ("subject", "actor", "recipient")}
    values = values_of(
        question,
        sources.ledger,
        sources.tenant,
        since=start,
        until=end,
        said=said,
    )
    known = read_names(options["names"]) if options["names"] else {}
    names = named(known, sources.ledger, [sources.tenant])
    gaps = uncovered(
        question,
        sources.archive,
        sources.verifier,
        sources.ledger,
        tenant=sources.tenant,
        said=said,
    )
    return values, names, gaps
