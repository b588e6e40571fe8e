"""`affidavit shred` and `affidavit erasure`: forget somebody, show it, and see that it stays so."""

from __future__ import annotations

import click

from affidavit import SettingsError
from affidavit.plugin import CommandResult, Ledger
from affidavit_ledger.erasures import (
    ACTION,
    ErasureReport,
    erasures_of,
    find_restored,
    forget_subject,
    report_on_subject,
)
from affidavit_ledger.session import begin, ledger_option, record_reading, write_record

tenant_option = click.option("--tenant", default="", help="Default: AFFIDAVIT_TENANT.")


@click.command()
@click.argument("subject")
@tenant_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@ledger_option
def shred(subject: str, tenant: str, yes: bool, ledger: str | None) -> CommandResult:
    """Forget whom the records about SUBJECT are about.

    Destroys the subject's salt: the records stay as they are, and verify, and
    nobody can connect them with the subject any more. It cannot be undone. Works
    for ledgers that keep salts (`subjects=` in the ledger's URL).
    """
    session = begin(ledger=ledger, tenant=tenant)
    opened = session.ledger()
    if opened.subjects is None:
        raise SettingsError(
            "this ledger cannot forget a subject",
            why="it keeps no salt per subject, so tokens follow from names",
            fix="Add subjects= to AFFIDAVIT_LEDGER; it counts for records from then on",
        )
    if not yes:
        click.confirm("This cannot be undone. Go on?", abort=True, err=True)
    # In the table and not in the spill: what waits there is held against the table.
    table = opened._replace(spill=None)
    salts = forget_subject(
        opened,
        session.settings.tenant,
        subject,
        lambda lookup, said: write_record(
            session, table, ACTION, lookup, resource=said, archived=True
        ),
    )
    told = report_on_subject(opened, session.settings.tenant, subject)
    word = "forgotten" if salts else "not known"
    return CommandResult(
        data={
            "forgotten": bool(salts),
            "acted": bool(told.acted),
            "unsalted": bool(told.unsalted),
        },
        notes=(f"The subject is {word}.", *_waiting(opened), *_linkable(told)),
    )


def _waiting(ledger: Ledger) -> list[str]:
    waiting = ledger.spill.waiting_count() if ledger.spill is not None else 0
    told = f"{waiting} item(s) wait in the spill; salts of this name among them go when replayed."
    return [told] if waiting else []


@click.group()
def erasure() -> None:
    """Show that somebody was forgotten, and see that it stays so."""


@erasure.command()
@click.argument("subject")
@tenant_option
@ledger_option
def report(subject: str, tenant: str, ledger: str | None) -> CommandResult:
    """Say what the ledger has of SUBJECT: for whoever asked to see it, or to be forgotten.

    Counts accesses that can be connected with the name, as a subject and as an
    actor, and names the times at which it was forgotten.
    """
    session = begin(ledger=ledger, tenant=tenant)
    opened = session.ledger()
    told = report_on_subject(opened, session.settings.tenant, subject)
    record_reading(session, opened, "LEDGER_ERASURE_REPORT")
    known = f"{told.about + told.unsalted} access(es) are about this name, {told.acted} by it."
    erased = [f"It was forgotten at {at}." for at in told.erased] or ["It was never forgotten."]
    return CommandResult(
        data={**told._asdict(), "erased": list(told.erased)},
        notes=(known, *erased, *_linkable(told)),
    )


@erasure.command()
@click.option("--again", is_flag=True, help="Destroy them again.")
@ledger_option
def check(again: bool, ledger: str | None) -> CommandResult:
    """Say which salts are back that were destroyed: after a backup of them was restored.

    Every erasure is on record, so nobody need know the names. Exit code 1 if any is.
    """
    session = begin(ledger=ledger)
    opened = session.ledger()
    if opened.subjects is None:
        raise SettingsError(
            "there are no salts to look at",
            why="the ledger's URL names no store of them",
            fix="Add subjects= to AFFIDAVIT_LEDGER",
        )
    erasures = list(erasures_of(opened.reader))
    found = find_restored(erasures, opened.subjects)
    back = [one for one, _ in found]
    if again:
        for _, place in found:
            opened.subjects.destroy(place)
        write_record(session, opened, "ERASURE_AGAIN")
    told = "destroyed again" if again else "back: run it with --again"
    return CommandResult(
        data={"erasures": len(erasures), "back": [one.place for one in back]},
        columns=("forgotten at", "record"),
        rows=[(one.at, one.place) for one in back],
        notes=(f"{len(erasures)} erasure(s) on record; {len(back)} salt(s) {told}.",),
        exit_code=1 if back and not again else 0,
    )


def _linkable(told: ErasureReport) -> list[str]:
    """Say what stays linkable with a name, whatever is forgotten."""
    notes = []
    if told.acted:
        notes.append(
            "Records of what this name did itself stay linkable with it: tokens of actors "
            "have no salt, and last as long as the token key."
        )
    if told.unsalted:
        notes.append(
            "Records about it that were written without a salt stay linkable with it too: the "
            "ledger has not always kept salts, or a function does not."
        )
    return notes
