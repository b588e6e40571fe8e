"""`affidavit demo`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import click

from affidavit.plugin import (
    CommandResult,
    Json,
    Ledger,
    load_plugins,
    now_ms,
    open_ledger,
    read_settings,
)
from affidavit_cli.demo.demo_stage import USER, DemoStage, pretty, set_stage
from affidavit_cli.demo.scenes import SCENES, DemoScene
from affidavit_cli.demo.tamper import altered_copy, shortened_copy
from affidavit_ledger.findings import MEANINGS
from affidavit_ledger.heads import Heads
from affidavit_ledger.verify import VerificationResult, verify_ledger
from affidavit_ledger.who import BEGINNING, END, find_accesses


@click.command()
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Leave the files here, to try `affidavit who` and `affidavit verify` on them.",
)
def demo(keep: Path | None) -> CommandResult:
    """Show the example service, the evidence it leaves, and what tampering looks like."""
    if keep is not None:
        keep.mkdir(parents=True)
        return _perform(keep)
    with tempfile.TemporaryDirectory(prefix="affidavit-demo-") as folder:
        return _perform(Path(folder))


def _perform(folder: Path) -> CommandResult:
    stage = set_stage(folder)
    acts: list[Json] = []
    text: list[str] = []
    for number, scene in enumerate(SCENES, 1):
        act = _act(stage, scene)
        acts.append(act)
        text += _scene_text(number, scene, act)
    text += _who_text(stage)
    checks = list(_checks(stage))
    text += _checks_text(checks)
    data: Json = {
        "scenes": acts,
        "checks": [{"title": title, **verdict.json()} for title, verdict in checks],
    }
    return CommandResult(data=data, text="\n".join(text))


def _act(stage: DemoStage, scene: DemoScene) -> dict[str, Json]:
    with scene.meanwhile(stage.ledger):
        answer, lines, records = stage.play(scene.event)
    return {
        "title": scene.title,
        "answer": answer,
        "records": [dict(record.document) for record in records],
        "metrics": [pretty(line) for line in lines if '"_aws"' in line],
        "logs": [pretty(line) for line in lines if '"_aws"' not in line],
    }


def _scene_text(number: int, scene: DemoScene, act: dict[str, Json]) -> Iterator[str]:
    query = scene.event["queryStringParameters"]
    yield f"{number}. {scene.title}"
    yield f"   request  GET /price?id={query['id']}&userId={query['userId']}"
    yield f"   answer   {_answer_text(act['answer'])}"
    for record in _list(act["records"]):
        yield f"   record   {_record_text(record)}"
    for kind, name in (("metrics", "metric"), ("logs", "log")):
        for line in _list(act[kind]):
            yield f"   {name:8} {line}"
    yield f"   look     {scene.look}"
    yield ""


def _answer_text(answer: Json) -> str:
    return f"{answer['statusCode']} {answer['body']}" if isinstance(answer, dict) else str(answer)


def _record_text(record: Json) -> str:
    """Return the parts of a record that a reader wants first."""
    if not isinstance(record, dict):
        return str(record)
    if record["ph"] == "G":
        return f"G {record['wid']}/0 opens a chain under {record['pol']}"
    shown = {key: record[key] for key in ("actor", "subj", "obj", "q", "out") if key in record}
    told = " ".join(f"{key}={_short(value)}" for key, value in shown.items())
    return f"{record['ph']} {record['wid']}/{record['seq']} {record['act']} {told}"


def _short(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + " ".join(f"{key}:{_short(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + " ".join(map(_short, value)) + "]"
    text = str(value)
    return text[:12] if len(text) == TOKEN_LENGTH else text


def _who_text(stage: DemoStage) -> Iterator[str]:
    yield f"$ affidavit who --actor {USER}"
    accesses = find_accesses(
        stage.runtime.ledger, actor=USER, subject=None, since=BEGINNING, until=END
    )
    for access in accesses:
        told = access.json()
        yield (
            f"   {told['at']} {told['action']} {told['resource']} "
            f"{told['outcome']} {told['code']} subject={str(told['subject'])[:12]}"
        )
    yield ""


def _checks(stage: DemoStage) -> Iterator[tuple[str, VerificationResult]]:
    """Verify the ledger as it is, and two copies that somebody tampered with."""
    clean = _verify(stage.runtime.ledger)
    yield "the ledger as it is", clean
    heads: Heads = clean.heads
    altered = _opened(altered_copy(stage.ledger, "altered.db"))
    yield "a copy in which one letter of one record was changed", _verify(altered)
    shortened = _opened(shortened_copy(stage.ledger, "shortened.db"))
    yield "a copy without its newest record, and nothing to compare with", _verify(shortened)
    yield "the same copy, against the heads that were saved before", _verify(shortened, heads)


def _checks_text(checks: list[tuple[str, VerificationResult]]) -> Iterator[str]:
    for title, verdict in checks:
        yield f"$ affidavit verify    # {title}"
        word = "CLEAN" if verdict.clean else "NOT CLEAN"
        yield f"   {word}: {verdict.records} records in {verdict.chains} chain(s)"
        for found in verdict.findings:
            yield f"   {found.kind.value} {found.where}: {MEANINGS[found.kind]}"
        yield ""
    yield (
        "A chain alone cannot tell that its newest records are gone: it just looks shorter.\n"
        "A head that somebody else keeps can. Save one with `affidavit verify --save-heads`."
    )


def _opened(file: Path) -> Ledger:
    settings = read_settings({"AFFIDAVIT_LEDGER": f"sqlite:///{quote(str(file.resolve()))}"})
    return open_ledger(settings, load_plugins(["sqlite"]))


def _verify(ledger: Ledger, heads: Heads | None = None) -> VerificationResult:
    return verify_ledger(ledger.reader, ledger.keys, now_ms=now_ms(), heads=heads)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


TOKEN_LENGTH = 32
"""Tokens and event ids are cut for the screen; `--output json` shows them whole."""
