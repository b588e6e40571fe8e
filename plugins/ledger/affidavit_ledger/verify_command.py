"""`affidavit verify`: is the evidence intact?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from affidavit import LedgerKeyError
from affidavit.plugin import CommandResult, iso_utc, now_ms
from affidavit_ledger.cosignatures import read_witness_keys
from affidavit_ledger.findings import MEANINGS, NOTICES, VerdictWord
from affidavit_ledger.heads import load_heads, save_heads
from affidavit_ledger.log_check import MAX_AGE_S
from affidavit_ledger.mark import load_mark, save_mark
from affidavit_ledger.part_command import (
    make_part,
    part_options,
    parts_to_merge,
    refuse_what_does_not_fit,
)
from affidavit_ledger.places import place_of
from affidavit_ledger.session import (
    RecordCounter,
    Session,
    archive_option,
    begin,
    ledgers_option,
    read_requests,
    record_reading,
)
from affidavit_ledger.verify import Evidence, VerificationResult
from affidavit_ledger.verify import verify as run_verify

_EXIT = {VerdictWord.CLEAN: 0, VerdictWord.NOT_CLEAN: 1, VerdictWord.NOT_DECIDABLE: 4}
"""3 is what the command line says of itself: it could not look."""

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option(
    "--heads",
    type=FILE,
    help="Heads that were saved earlier; finds what is gone from the end of a chain.",
)
@click.option(
    "--save-heads",
    type=FILE,
    help="Save the heads as they are now, if nothing is found. Keep them elsewhere.",
)
@click.option(
    "--mark",
    type=FILE,
    help="Go on where this file says, and save there how far it came, if nothing is found.",
)
@click.option("--no-key", is_flag=True, help="Check without the ledger's keys.")
@click.option("--no-table", is_flag=True, help="Check the archive alone, without the ledger.")
@click.option("--no-archive", is_flag=True, help="Check the ledger alone, without its archive.")
@archive_option
@click.option("--public-key", type=FILE, help="The sealer's public key (PEM).")
@click.option("--witness", metavar="URL", help="Copies of the checkpoints. AFFIDAVIT_WITNESS.")
@click.option("--witness-keys", type=FILE, help="Keys of those who cosign, one a line.")
@click.option("--tsa-certificates", type=FILE, help="Whose time stamps are believed (PEM).")
@click.option(
    "--requests", type=FILE, help="Request ids that a gateway has logged, one a line or as JSON."
)
@click.option(
    "--max-age",
    type=click.IntRange(min=0),
    default=MAX_AGE_S,
    show_default=True,
    help="How old the newest checkpoint may be, in seconds; 0 for an archive that has ended.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes. Default: one per core.")
@part_options
@click.option("--proof", type=FILE, help="Check a proof file instead; needs only --public-key.")
@ledgers_option
def verify(
    proof: Path | None, save_heads: Path | None, mark: Path | None, **options: Any
) -> CommandResult:
    """Check that no record was changed, moved, inserted or removed.

    The more evidence is given, the more shows. With --archive, --public-key and
    --no-table it runs offline, without credentials. With --part several machines
    share the work, and --merge gives the verdict. Exit code 0: clean. 1:
    something was found. 3: it could not be looked at. 4: it cannot be judged, for
    example because a newer version wrote it.
    """
    weak = _proves_nothing(options["public_key"])
    if weak is not None or proof is not None:
        return weak or _check_proofs(proof, options["public_key"])
    refuse_what_does_not_fit({**options, "save_heads": save_heads, "mark": mark})
    if mark is not None and (save_heads is not None or options["heads"] is not None):
        raise click.UsageError("A mark holds the heads of all chains; leave the others out.")
    progress = RecordCounter()
    urls = {name: options[name] for name in ("archive", "witness")}
    session = begin(ledgers=options["ledger"], **urls)
    evidence, opened = _evidence(session, options)
    if options["part"] is not None:
        return make_part(evidence, options, progress)
    parts = None if options["merge"] is None else parts_to_merge(options["merge"], evidence)
    checked_at = now_ms()
    verdict = run_verify(
        evidence,
        now_ms=checked_at,
        max_age_s=options["max_age"] or None,
        mark=load_mark(mark) if mark is not None else None,
        parts=parts,
        workers=options["workers"],
        progress=progress,
    )
    progress.done()
    if opened is not None:
        record_reading(session, opened, "LEDGER_VERIFY")
    if verdict.clean:
        _keep(save_heads, mark, verdict, checked_at)
    return _printout(verdict, evidence, session)


def _evidence(session: Session, options: dict[str, Any]) -> tuple[Evidence, Any]:
    """Gather what there is to check. An archive alone is enough."""
    has_archive = session.settings.archive is not None and not options["no_archive"]
    if has_archive and options["public_key"] is None:
        raise click.UsageError("An archive is checked with --public-key; or say --no-archive.")
    alone = has_archive and (options["no_table"] or not session.ledger_named)
    opened = None if alone else session.ledger()
    keys = opened.keys if opened is not None and not options["no_key"] else None
    if keys is not None:
        keys.token_key()  # a lost key is no finding about each chain: nothing can be checked
    # Parts are of the archive: of a ledger that is named only its keys count.
    table = opened if not options["part"] and options["merge"] is None else None
    return Evidence(
        reader=table.reader if table is not None else None,
        keys=keys,
        archive=session.archive()[0] if has_archive else None,
        verifier=_public_key(options["public_key"]) if has_archive else None,
        witness=session.witness() if has_archive else None,
        requests=read_requests(options["requests"]) if options["requests"] else None,
        heads=load_heads(options["heads"]) if options["heads"] else None,
        witnesses=_cosigners(session, options["witness_keys"]) if has_archive else (),
        authorities=_authorities(session, options["tsa_certificates"]) if has_archive else None,
        waiting=table.spill.waiting_count() if table is not None and table.spill else 0,
    ), opened


def _cosigners(session: Session, path: Path | None) -> tuple[Any, ...]:
    """Return the keys of witnesses: of a file, and of the witness that is named by its address."""
    named = tuple(witness.key for witness in session.witnesses())
    return (*named, *(read_witness_keys(path) if path is not None else ()))


def _authorities(session: Session, path: Path | None) -> Any:
    """Return whose time stamps are believed: by a file, or by how the authority is named."""
    if path is None:
        named = session.tsa()
        return None if named is None else named.known
    from affidavit_ledger.timestamps import Authorities  # noqa: PLC0415 - an extra of its own

    return Authorities.read(path)


def _proves_nothing(path: Path | None) -> CommandResult | None:
    """Return the verdict on evidence whose public key cannot be used; None if it can."""
    try:
        if path is not None:
            _public_key(path)
    except LedgerKeyError as error:
        why = error.why
    else:
        return None
    word = VerdictWord.NOT_DECIDABLE
    return CommandResult(
        data={"verdict": word.value, "clean": False, "reason": why},
        notes=(f"{word.value.upper()}: the public key proves nothing: {why}.",),
        exit_code=_EXIT[word],
    )


def _public_key(path: Path | None) -> Any:
    from affidavit_ledger.signing import read_public_key  # noqa: PLC0415 - needs cryptography

    if path is None:
        raise click.UsageError("A proof is checked with --public-key.")
    return read_public_key(path)


def _check_proofs(path: Path | None, key: Path | None) -> CommandResult:
    from affidavit_ledger.prove import judge_proofs, word_of  # noqa: PLC0415 - rarely needed

    judged = judge_proofs(path.read_bytes() if path else b"", _public_key(key))
    return CommandResult(
        data=[one._asdict() for one in judged],
        columns=("proof", "record", "sealed by"),
        rows=[(one.verdict, one.record, one.sealed) for one in judged],
        exit_code=_EXIT[word_of(judged)],
    )


def _keep(heads: Path | None, mark: Path | None, verdict: VerificationResult, at_ms: int) -> None:
    """Write down what a later check will start from."""
    if heads is not None:
        save_heads(heads, verdict.heads, iso_utc(at_ms))
    if mark is not None and verdict.mark is not None:
        save_mark(mark, verdict.mark)


def _printout(verdict: VerificationResult, evidence: Evidence, session: Session) -> CommandResult:
    return CommandResult(
        data=verdict.json(),
        columns=("finding", "where", "records", "meaning"),
        rows=[
            (found.kind.value, found.where, found.count, MEANINGS[found.kind])
            for found in verdict.findings
        ],
        notes=(*_sentences(verdict, evidence), _checked(evidence, session)),
        exit_code=_EXIT[verdict.word],
    )


def _checked(evidence: Evidence, session: Session) -> str:
    """Say where the evidence lies that was looked at."""
    ledgers, sealed = (session.settings, *session.more), session.settings.archive
    tables = [place_of(one.ledger) for one in ledgers if evidence.reader is not None]
    archives = [place_of(sealed)] if sealed is not None and evidence.archive is not None else []
    parts = (("the table", tables), ("the archive", archives))
    return f"Checked: {', '.join(f'{what} ' + ' and '.join(of) for what, of in parts if of)}."


def _sentences(verdict: VerificationResult, evidence: Evidence) -> Iterator[str]:
    if verdict.read_again:
        yield f"{verdict.read_again} records were read again here: there the parts do not fit."
    if verdict.since:
        yield f"What was sealed until {verdict.since} was checked before, and not again."
    found = [finding for finding in verdict.findings if finding.kind not in NOTICES]
    notices = len(verdict.findings) - len(found)
    word = verdict.word.value.upper()
    size = f"{verdict.records} records in {verdict.chains} chain(s)"
    sealed = f", {verdict.sealed} sealed by {verdict.checkpoints} checkpoint(s)"
    yield f"{word}: {size}{sealed if evidence.archive is not None else ''}."
    yield f"{len(found)} finding(s), {notices} notice(s), {verdict.running} still running."
    if evidence.keys is None:
        yield "Without the keys only links and seals were checked, not who wrote the records."
    if evidence.archive is None and evidence.heads is None:
        yield (
            "Without an archive or saved heads nobody can tell whether the newest records "
            "are all there."
        )
    if evidence.archive is not None:
        yield verdict.time.sentence()
    if evidence.archive is not None and evidence.witness is None and not evidence.witnesses:
        yield "Without a witness the sealer's own key could have signed another history."
    if evidence.requests is None:
        yield "Without an independent list of requests, what was never recorded does not show."
