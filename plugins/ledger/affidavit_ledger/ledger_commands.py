"""`affidavit ledger`: what a ledger needs once in some years."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable
from urllib.parse import unquote

import click

from affidavit import LedgerConflictError, SettingsError
from affidavit.plugin import (
    Archive,
    CommandResult,
    Ledger,
    LedgerKeys,
    LedgerReader,
    WriterId,
    iso_utc,
    now_ms,
    open_ledger,
)
from affidavit_ledger.ledger_profile import WHOLE, profile_under
from affidavit_ledger.log_check import check_log
from affidavit_ledger.record_form import is_fit, read_record
from affidavit_ledger.refill import Refilled, copy_rows
from affidavit_ledger.refill import refill as run_refill
from affidavit_ledger.segments import Manifest, parts_of
from affidavit_ledger.session import (
    archive_days,
    archive_option,
    begin,
    ledger_option,
    write_record,
)

_keys_option = click.option(
    "--public-key",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The sealer's public keys (PEM).",
)


@click.group()
def ledger() -> None:
    """Say what a ledger is made of, change its keys, fill its table, move it or merge others."""


@ledger.command()
@click.option("--signer", metavar="URL", help="The signing key. Default: AFFIDAVIT_SIGNER.")
@click.option("--to", "follower", metavar="URL", help="The key that follows, if not a new file.")
@archive_option
@ledger_option
def rekey(
    signer: str | None, follower: str | None, archive: str | None, ledger: str | None
) -> CommandResult:
    """Let another signing key follow on the one that signs now.

    Stop the sealer before and seal once behind it. The archive gets a statement
    that both keys sign, so that auditors need not be handed the new one. Without
    --to a new key takes the place of the one in the file; remove the .retired
    file once a checkpoint is signed. With --to, for instance a key of KMS, set
    AFFIDAVIT_SIGNER to it afterwards.
    """
    from affidavit_ledger.key_succession import state_change  # noqa: PLC0415 - cryptography
    from affidavit_ledger.signing import next_key, take_over  # noqa: PLC0415 - cryptography

    session = begin(ledger=ledger, signer=signer, archive=archive)
    opened, url = session.ledger(), session.settings.signer
    old, (place, _) = session.signer(), session.archive()
    file: Path | None = None
    if follower is not None:
        fresh = begin(signer=follower).signer()
    elif url is not None and url.scheme == "file":
        file = Path(unquote(url.path))
        fresh = next_key(file, old.name)
    else:
        raise SettingsError(
            "there is no key to change here",
            why="AFFIDAVIT_SIGNER names no file",
            fix="Make a new key, and name it with --to",
        )
    until = now_ms() // 1000 + archive_days(session) * 86_400
    keys = state_change(place, old, fresh, at=iso_utc(now_ms()), retain_until=until)
    if file is not None:
        take_over(file, old.key_id.hex(), keys)
    write_record(session, opened, "SIGNER_REKEY")
    number, name = len(keys.ders()), fresh.key_id.hex()
    return CommandResult(
        data={"keys": number, "key": name},
        notes=(f"Key {name} signs from now on; it is the {number}. of this log.",),
    )


@ledger.command()
@archive_option
@_keys_option
def profile(archive: str | None, public_key: Path) -> CommandResult:
    """Say what the ledger is made of, as its sealers have signed it.

    Its keys, tenants, policies, functions and environments, salts or none, for how
    long records are in the table, and where they are archived; each with the time of
    its first record. Needs no ledger and no credentials beyond the archive's.
    """
    facts = profile_under(begin(archive=archive).archive()[0], public_key)
    whole = bool(facts.pop(WHOLE, None))
    rows = [(what, name, at) for what, names in sorted(facts.items()) for name, at in names.items()]
    told = "since the log began" if whole else "and not since the log began: there may be more"
    return CommandResult(
        data={what: {**names} for what, names in facts.items()},
        columns=("what", "name", "since"),
        rows=sorted(rows),
        notes=(f"{len(rows)} fact(s), {told}.",),
    )


@runtime_checkable
class RotatingKeys(LedgerKeys, Protocol):
    """Keys that can follow on each other by themselves."""

    def rotate(self) -> str:
        """Make new keys for chains and tokens from now on, and return their name."""
        ...


@ledger.command()
@ledger_option
def rotate(ledger: str | None) -> CommandResult:
    """Let new keys make chains and tokens from now on.

    The old ones stay: they open what was written under them, and find it. Restart
    what writes into the ledger, and back up the key file again.
    """
    session = begin(ledger=ledger)
    opened = session.ledger()
    if not isinstance(opened.keys, RotatingKeys):
        raise SettingsError(
            "there are no keys to change here",
            why="they are those of a key service",
            fix="Make new ones there, and name them before the old: key=new,old&tokens=new,old",
        )
    name = opened.keys.rotate()
    write_record(session, opened, "LEDGER_ROTATE")
    return CommandResult(
        data={"key": name}, notes=(f"Key {name} makes chains and tokens from now on.",)
    )


@ledger.command()
@archive_option
@_keys_option
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
        data={"added": told.added, "there": told.there, "expired": told.expired},
        notes=(
            f"{told.added} record(s) put back; {told.there} were there, {told.expired} expired.",
        ),
    )


@ledger.command()
@click.option("--to", "target", metavar="URL", required=True, help="The ledger that goes on.")
@ledger_option
def move(target: str, ledger: str | None) -> CommandResult:
    """Copy every row of a ledger into another table, which goes on in its place.

    Into another file, table, account or region, or from SQLite into DynamoDB. Rows
    that are not sealed yet come along. The new ledger's URL names the keys of the
    old one; salts of subjects stay in their own store.
    """
    session, there = begin(ledger=ledger), begin(ledger=target)
    opened, new = session.ledger(), open_ledger(there.settings, there.plugins)
    told = _copy(opened, new)
    write_record(session, opened, "LEDGER_MOVE")
    write_record(there, new, "LEDGER_MOVE")
    return _copied(told)


@ledger.command()
@click.option(
    "--from", "sources", metavar="URL", multiple=True, required=True, help="What goes into it."
)
@ledger_option
def merge(sources: tuple[str, ...], ledger: str | None) -> CommandResult:
    """Copy the rows of other ledgers into this one.

    Chains stay what they are. This ledger's URL names the keys of the others too.
    Its sealer seals what comes in; the others' archives prove what they have sealed.
    """
    session = begin(ledger=ledger)
    opened = session.ledger()
    told = [_copy(begin(ledger=url).ledger(), opened) for url in sources]
    write_record(session, opened, "LEDGER_MERGE")
    return _copied(Refilled(*map(sum, zip(*told, strict=True))))


def _copy(source: Ledger, target: Ledger) -> Refilled:
    _opens(target.keys, source.reader)
    return copy_rows(source.reader, target.reader, target.store, now_s=now_ms() // 1000)


def _copied(told: Refilled) -> CommandResult:
    note = f"{told.added} record(s) copied; {told.there} were there, {told.expired} expired."
    left = (f"{told.left} row(s) are no records, and stayed.",) if told.left else ()
    return CommandResult(data=told._asdict(), notes=(note, *left))


def _opens(keys: LedgerKeys, reader: LedgerReader) -> None:
    """Open a chain that was begun under each of another ledger's keys.

    Raises:
        LedgerKeyError: These keys are not those under which the records were written.

    """
    seen = set()
    for writer in reader.writers():
        first = next(reader.entries(writer), None)
        said = read_record(first.body).document if first is not None and is_fit(first) else {}
        name = str(said.get("ck", ""))
        if said.get("seq") == 0 and "ek" in said and name not in seen:
            keys.open_chain_key(writer, str(said["ek"]))
            seen.add(name)


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
