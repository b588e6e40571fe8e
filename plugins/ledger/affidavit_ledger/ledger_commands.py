"""`affidavit ledger`: what a ledger needs once in some years."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, unquote

import click

from affidavit import LedgerConflictError, SettingsError
from affidavit.plugin import Archive, CommandResult, LedgerKeys, WriterId, open_ledger
from affidavit_ledger.log_check import check_log
from affidavit_ledger.record_form import read_record
from affidavit_ledger.refill import refill as run_refill
from affidavit_ledger.segments import Manifest, parts_of
from affidavit_ledger.session import (
    archive_option,
    begin,
    ledger_option,
    now_ms,
    write_record,
)


@click.group()
def ledger() -> None:
    """Change a ledger's signing key, or fill its table from the archive."""


@ledger.command()
@click.option("--signer", metavar="URL", help="The signing key. Default: AFFIDAVIT_SIGNER.")
@ledger_option
def rekey(signer: str | None, ledger: str | None) -> CommandResult:
    """Let a new signing key follow on the one in the file.

    Stop the sealer before and seal once behind it. The public keys so far stay in
    the .pub file, in the order of their use: give that to the auditors again. The
    old key signs no more; remove the .retired file once a checkpoint is signed.
    """
    from affidavit_ledger.signing import rotate_key  # noqa: PLC0415 - needs cryptography

    session = begin(ledger=ledger, signer=signer)
    opened, url = session.ledger(), session.settings.signer
    if url is None or url.scheme != "file":
        raise SettingsError(
            "there is no key to change here",
            why="AFFIDAVIT_SIGNER names no file",
            fix="In KMS, make a new key, and give auditors both public keys, the old one first",
        )
    name = parse_qs(url.query).get("name", [""])[0]
    fresh = rotate_key(Path(unquote(url.path)), name)
    write_record(session, opened, "SIGNER_REKEY")
    keys = fresh.public_pem().count(b"BEGIN PUBLIC KEY")
    return CommandResult(
        data={"keys": keys, "key": fresh.key_id.hex()},
        notes=(f"Key {fresh.key_id.hex()} signs from now on; it is the {keys}. of this log.",),
    )


@ledger.command()
@archive_option
@click.option(
    "--public-key",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The sealer's public keys (PEM).",
)
@ledger_option
def refill(archive: str | None, public_key: Path, ledger: str | None) -> CommandResult:
    """Put back into the table what the archive holds and the table lacks.

    After a restore from a backup, into a table in another place, or from SQLite
    into DynamoDB. The new table needs the keys of the old one. What has expired
    stays away. However often it runs, the same rows result.
    """
    from affidavit_ledger.signing import read_public_key  # noqa: PLC0415 - needs cryptography

    session = begin(ledger=ledger, archive=archive)
    # The table may be new; that its keys are the old ones, `_same_keys` sees.
    opened, (place, _) = open_ledger(session.settings, session.plugins), session.archive()
    log = check_log(place, read_public_key(public_key), now_ms=now_ms(), max_age_s=None)
    broken = [found for found in log.findings if found.kind.value not in {"begins", "alarm"}]
    if broken:
        raise LedgerConflictError(
            "the table is not refilled",
            why=f"the log has {len(broken)} finding(s)",
            fix="Run affidavit verify on the archive",
        )
    _same_keys(opened.keys, place, log.manifests)
    told = run_refill(place, log.manifests, opened.reader, opened.store, now_s=now_ms() // 1000)
    write_record(session, opened, "LEDGER_REFILL")
    return CommandResult(
        data=told._asdict(),
        notes=(
            f"{told.added} record(s) put back; {told.there} were there, {told.expired} expired.",
        ),
    )


def _same_keys(keys: LedgerKeys, archive: Archive, manifests: Sequence[Manifest]) -> None:
    """Open the key of the newest chain that begins in the archive.

    Raises:
        LedgerKeyError: These keys are not those under which the records were written.

    """
    for manifest in reversed(manifests):
        for body, _ in parts_of(archive.get(manifest.key)):
            said = read_record(body).document
            if said["seq"] == 0 and "ek" in said:
                keys.open_chain_key(WriterId(said["wid"]), str(said["ek"]))
                return
