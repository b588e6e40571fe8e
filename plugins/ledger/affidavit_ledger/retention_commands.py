"""`affidavit retention`: what of a ledger has outlived its time, and letting go of it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import click

from affidavit import SettingsError
from affidavit.plugin import CommandResult, Json, Ledger, iso_utc, now_ms
from affidavit_ledger.log_check import check_log
from affidavit_ledger.record_days import longest_days
from affidavit_ledger.retention import RetentionReport, outlived, shed
from affidavit_ledger.sealer_state import SealerState
from affidavit_ledger.segments import entries_of, parts_of
from affidavit_ledger.session import (
    Session,
    archive_days,
    archive_option,
    begin,
    ledger_option,
    write_record,
)
from affidavit_ledger.signing import PublicKey
from affidavit_ledger.workspace import Notes

DAY_S = 86_400

signer_option = click.option(
    "--signer", metavar="URL", help="The sealer's signing key. Default: AFFIDAVIT_SIGNER."
)
days_option = click.option(
    "--days",
    type=click.IntRange(min=1),
    help="Keep at least this long. Default: as AFFIDAVIT_POLICY says; records may demand more.",
)


@runtime_checkable
class Expiring(Protocol):
    """A store that does not remove expired rows by itself."""

    def remove_expired(self, now_s: int, writer: str, below: int) -> int:
        """Remove the expired rows of one chain below a seq; return how many."""
        ...


@runtime_checkable
class Extending(Protocol):
    """An archive whose locks can be made longer, and never shorter."""

    def extend(self, key: str, retain_until: int) -> bool:
        """Lock an object until then; False if it is locked that long already."""
        ...


@click.group()
def retention() -> None:
    """Say what has outlived its time, let go of it, or keep it longer."""


@retention.command()
@archive_option
@signer_option
@days_option
@ledger_option
def report(
    archive: str | None, signer: str | None, days: int | None, ledger: str | None
) -> CommandResult:
    """Say what is past its time and still there, in the archive and in the table.

    Changes nothing. Policies that records name and that nobody here knows are
    named too: say with --days for how long they demand.
    """
    session = begin(ledger=ledger, archive=archive, signer=signer)
    found = _outlived(session, days)
    rows = _expired_rows(session.ledger()) if session.ledger_named else 0
    return CommandResult(
        data=_data(found, rows), notes=(_sentence(found), f"{rows} expired row(s) in the table.")
    )


@retention.command()
@archive_option
@signer_option
@days_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@ledger_option
def purge(
    archive: str | None, signer: str | None, days: int | None, yes: bool, ledger: str | None
) -> CommandResult:
    """State where the log begins from now on, and remove what is older.

    The oldest part goes as a whole: what a record in it demands longer for stays,
    and all behind it. What is not clean, or locked, stays too. Expired rows of a
    table that does not remove them itself go once they are sealed.
    """
    session = begin(ledger=ledger, archive=archive, signer=signer)
    opened = session.ledger()
    found = _outlived(session, days)
    if found.unknown and days is None:
        raise SettingsError(
            "nothing is removed",
            why=f"records name policies that are not known here: {', '.join(found.unknown)}",
            fix="Say with --days for how long they demand that records are kept",
        )
    if not yes:
        click.echo(_sentence(found), err=True)
        click.confirm("This cannot be undone. Go on?", abort=True, err=True)
    place, workspace = session.archive()
    key = session.signer()
    keep_s = _days(session, days) * DAY_S
    rows = _remove_rows(opened, SealerState(place, Notes(workspace, key), _now_s, keep_s))
    removed, locked = shed(place, key, found, now_ms=now_ms(), keep_s=keep_s)
    write_record(session, opened, "RETENTION_PURGE")
    told = f"{removed} object(s) and {rows} row(s) removed; {locked} locked still."
    data = {**_data(found, rows), "removed": removed, "locked": locked}
    return CommandResult(data=data, notes=(_sentence(found), told))


@retention.command()
@archive_option
@signer_option
@click.option("--days", type=click.IntRange(min=1), required=True, help="Keep at least this long.")
def extend(archive: str | None, signer: str | None, days: int) -> CommandResult:
    """Lock what is sealed for longer, because a policy demands more than it did.

    A lock can be made longer and never shorter. Each segment is locked for
    --days, or as long as a record in it demands, from now on.
    """
    session = begin(archive=archive, signer=signer)
    place, _ = session.archive()
    if not isinstance(place, Extending):
        raise SettingsError(
            "there is nothing to extend",
            why="this archive locks nothing",
            fix="Keep the folder where nobody can remove it, or use S3 with Object Lock",
        )
    key = PublicKey.load(session.signer().public_pem())
    log = check_log(place, key, now_ms=now_ms(), max_age_s=None)
    extended = 0
    for manifest in log.manifests:
        demanded = max(days, longest_days(entries_of(parts_of(place.get(manifest.key)))))
        extended += place.extend(manifest.key, _now_s() + demanded * DAY_S)
    beside = ("cosignatures/", "timestamps/", "begins/", "keys/", "profiles/")
    for name in ("checkpoints/", "manifests/", *beside):
        extended += sum(place.extend(k, _now_s() + days * DAY_S) for k in place.keys(name))
    return CommandResult(
        data={"extended": extended, "segments": len(log.manifests)},
        notes=(f"{extended} object(s) are locked for longer.",),
    )


def _outlived(session: Session, days: int | None) -> RetentionReport:
    place, _ = session.archive()
    key = PublicKey.load(session.signer().public_pem())
    return outlived(place, key, now_ms=now_ms(), days=_days(session, days))


def _days(session: Session, days: int | None) -> int:
    return days or archive_days(session)


def _expired_rows(ledger: Ledger) -> int:
    now_s = _now_s()
    rows = (e for writer in ledger.reader.writers() for e in ledger.reader.entries(writer))
    return sum(entry.expires_at <= now_s for entry in rows)


def _remove_rows(ledger: Ledger, state: SealerState) -> int:
    store = ledger.store
    if not isinstance(store, Expiring):
        return 0
    now_s, sealed = _now_s(), state.load()
    return sum(
        store.remove_expired(
            now_s, writer, sealed.gaps[writer][0][0] if writer in sealed.gaps else seen.next_seq
        )
        for writer, seen in sealed.writers.items()
    )


def _now_s() -> int:
    return now_ms() // 1000


def _data(found: RetentionReport, rows: int) -> dict[str, Json]:
    return {
        "days": found.days,
        "until": found.point.time if found.point is not None else "",
        "segments": len(found.manifests),
        "records": found.records,
        "rows": rows,
        "unknown_policies": list(found.unknown),
        "at": iso_utc(now_ms()),
    }


def _sentence(found: RetentionReport) -> str:
    unknown = f" Not known here: {', '.join(found.unknown)}." if found.unknown else ""
    if found.point is None:
        return f"Nothing in the archive is older than {found.days} days.{unknown}"
    return (
        f"{found.records} record(s) in {len(found.manifests)} segment(s), sealed until "
        f"{found.point.time}, are older than {found.days} days.{unknown}"
    )
