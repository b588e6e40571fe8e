"""`affidavit pack`: an answer, its verification and its proofs on one page."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import click

from affidavit import AffidavitError, SettingsError
from affidavit.plugin import CommandResult, Json, iso_utc, now_ms
from affidavit_ledger.open_evidence import open_signer
from affidavit_ledger.prove import prove
from affidavit_ledger.session import RecordCounter, begin, system_user
from affidavit_ledger.signing import read_public_key
from affidavit_reports.ask import Answer, answer
from affidavit_reports.evidence_options import (
    FILE,
    Sources,
    asking,
    open_sources,
    prepared,
)
from affidavit_reports.loaded import Loaded, load
from affidavit_reports.pack import MOST_ATTACHED, EvidencePack, is_signed, page, signature_of
from affidavit_reports.questions import QUESTIONS
from affidavit_reports.templates import TEMPLATES


@click.group()
def pack() -> None:
    """Write one page with an answer, its verification and its proofs."""


@pack.command()
@asking
@click.option(
    "--template",
    type=click.Choice(sorted(TEMPLATES)),
    default="plain",
    show_default=True,
    help="What the page is for: its title, its clause, the questions that it adds.",
)
@click.option("--to-file", type=FILE, required=True, help="The page, e.g. pack.html.")
@click.option(
    "--proofs",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    help="Events that get a proof.",
)
@click.option("--signer", metavar="URL", help="Sign the page; writes FILE.note beside it.")
def make(
    question: str,
    archive: str | None,
    public_key: Path,
    lake: Path | None,
    ledger: str | None,
    tenant: str,
    template: str,
    to_file: Path,
    proofs: int,
    signer: str | None,
    **options: Any,
) -> CommandResult:
    """Answer QUESTION, and what the template adds, on one page that opens offline."""
    sources = open_sources(archive, public_key, ledger, tenant)
    kind = TEMPLATES[template]
    loaded, answers = _answers((question, *kind.questions), sources, lake, options)
    made = write_pack(
        to_file,
        EvidencePack(
            template=kind,
            asked=asked_as(question, options),
            asked_by=system_user(),
            asked_at=iso_utc(now_ms()),
            answers=answers,
            proofs=_proofs(loaded, answers[0], proofs),
            public_key=sources.verifier.pem().decode(),
            verifier_program=verifier_program(),
        ),
    )
    if signer:
        note = signature_of(made, _signer(signer, archive))
        to_file.with_name(f"{to_file.name}.note").write_bytes(note.encode())
    return _written(to_file, answers[0], len(made), signed=bool(signer))


def _answers(
    names: Sequence[str], sources: Sources, lake: Path | None, options: dict[str, Any]
) -> tuple[Loaded, list[Answer]]:
    """Load the evidence once, and ask everything that the page answers."""
    progress = RecordCounter()
    asked = [
        (QUESTIONS[name], *prepared(QUESTIONS[name], sources, options))
        for name in dict.fromkeys(names)
    ]
    loaded = load(sources.archive, sources.verifier, now_ms=now_ms(), lake=lake, progress=progress)
    progress.done()
    return loaded, [answer(loaded, *one) for one in asked]


def _written(file: Path, told: Answer, size: int, *, signed: bool) -> CommandResult:
    return CommandResult(
        data={
            "file": str(file),
            "rows": len(told.rows),
            "signed": signed,
            "rests_on": told.coverage.json(),
        },
        columns=("file", "rows", "bytes"),
        rows=[(str(file), len(told.rows), size)],
        notes=tuple(told.coverage.sentences()),
        exit_code=0 if told.coverage.whole else 1,
    )


@pack.command()
@click.argument("file", type=FILE)
@click.option("--public-key", type=FILE, required=True, help="The signer's public key (PEM).")
def check(file: Path, public_key: Path) -> CommandResult:
    """Check the signature over a page: FILE.note beside FILE."""
    try:
        data = file.read_bytes()
        note = file.with_name(f"{file.name}.note").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "the page cannot be checked",
            why=f"reading it or its note raised {type(error).__name__}",
            fix="Keep FILE and FILE.note in one folder",
        ) from None
    good = is_signed(data, note, read_public_key(public_key))
    return CommandResult(
        data={"signed": good},
        text="SIGNED by this key." if good else "NOT SIGNED by this key, or changed since.",
        exit_code=0 if good else 1,
    )


def verifier_program() -> str:
    """Return the text of the verifier that needs nothing of ours."""
    packed = resources.files("affidavit_reports").joinpath("verify_offline.py")
    if packed.is_file():
        return packed.read_text("utf-8")
    return (Path(__file__).resolve().parents[3] / "docs" / "verify_offline.py").read_text("utf-8")


def _proofs(loaded: Loaded, told: Answer, most: int) -> list[dict[str, Json]]:
    columns = told.question.columns
    if "event" not in columns:
        return []
    events = dict.fromkeys(str(row[columns.index("event")]) for row in told.rows)
    found: list[dict[str, Json]] = []
    for event in list(events)[:most]:
        try:
            found += prove(loaded.archive, event, within=loaded.segments(event))
        except AffidavitError:
            continue  # the archive has changed since the answer
    return found


def asked_as(question: str, options: dict[str, Any]) -> str:
    """Say the question without whom it is about: the page may be handed on."""
    told = [f"--{name} …" for name in ("subject", "actor") if options[name]]
    shown = {"on": "on", "since": "from", "until": "to", "recipient": "recipient"}
    told += [f"--{word} {options[name]}" for name, word in shown.items() if options[name]]
    return " ".join((question, *told))


def _signer(url: str, archive: str | None) -> Any:
    session = begin(archive=archive, signer=url)
    return open_signer(session.settings, session.plugins)


def write_pack(path: Path, pack: EvidencePack) -> bytes:
    """Write a page, and beside it its answer if that is too large for a page; return the page."""
    data = pack.data()
    whole = data.encode()
    beside = path.with_name(f"{path.name}.json")
    if len(whole) > MOST_ATTACHED:
        beside.write_bytes(whole)
        pack = pack._replace(beside=beside.name)
    made = page(pack, data).encode()
    path.write_bytes(made)
    return made
