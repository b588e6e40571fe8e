"""`affidavit attest`: put the digest of a file on record, to hold the file against it later."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import click

from affidavit.plugin import CommandResult, SubjectTokens, Tokens
from affidavit_ledger.session import WRITE_TIMEOUT_S, begin, ledger_option, write_record


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--tenant", default="", help="Default: AFFIDAVIT_TENANT.")
@ledger_option
def attest(file: Path, tenant: str, ledger: str | None) -> CommandResult:
    """Put the digest of FILE on record, for instance of a compliance report.

    The record's subject is `sha256:` and the digest. Whoever has the file later finds
    with `affidavit who --subject` who attested it and when; once the ledger is sealed,
    `affidavit prove` shows that the record was there.
    """
    subject = f"sha256:{sha256(file.read_bytes()).hexdigest()}"
    session = begin(ledger=ledger, tenant=tenant)
    opened = session.ledger()
    tokens = Tokens(opened.keys.token_key(), session.settings.tenant)
    subjects = SubjectTokens(lambda: tokens, opened.subjects, spill=opened.spill)
    token = subjects.of(subject, timeout_s=WRITE_TIMEOUT_S).token
    write_record(session, opened, "REPORT_ATTEST", token)
    return CommandResult(
        data={"file": file.name, "subject": subject},
        text=f"{file.name} is on record.\n",
        notes=(f"Find it with: affidavit who --subject {subject}",),
    )
