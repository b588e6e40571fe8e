"""What random mutants have shown nobody looked at: whole values, compared whole."""

from __future__ import annotations

import csv
import errno
import io
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from affidavit import LedgerMissingError, LedgerUnavailableError
from affidavit.plugin import VERSION, Phase, canonical_bytes
from affidavit_ledger.archive import FolderArchive
from affidavit_ledger.archive_check import check_archive
from affidavit_ledger.export import as_csv, as_ocsf
from affidavit_ledger.findings import MEANINGS, EvidenceFinding, FindingKind, VerdictWord
from affidavit_ledger.log_check import check_log
from affidavit_ledger.places import checkpoint_key
from affidavit_ledger.prove import prove
from evidence_world import World


def _world() -> World:
    world = World(3, names=["w0"])
    world.emit(world.writers[0], request="one")
    return world


def test_an_ocsf_event_has_exactly_these_members() -> None:
    """API Activity, as it was released last."""
    world = _world()
    *_, entry = world.table.items.values()
    said = json.loads(entry.body)
    (line,) = as_ocsf(world.table.items.values())
    hashed = {"algorithm_id": 3, "algorithm": "SHA-256", "value": sha256(entry.body).hexdigest()}

    assert {
        "activity_id": 2,
        "activity_name": "Read",
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": 6003,
        "class_name": "API Activity",
        "type_uid": 600302,
        "severity_id": 1,
        "status_id": 1,
        "status": "ok",
        "status_code": "200",
        "time": world.now_ms,
        "duration": 0,
        "metadata": {
            "version": "1.8.0",
            "profiles": ["cloud"],
            "uid": f"{entry.writer}/1",
            "sequence": 1,
            "correlation_uid": said["eid"],
            "event_code": "disclosure",
            "original_time": said["ts"],
            "log_name": "affidavit",
            "product": {"name": "affidavit", "vendor_name": "affidavit", "version": VERSION},
        },
        "actor": {"user": {"uid": entry.actor, "type_id": 0}},
        "api": {
            "operation": "READ",
            "request": {"uid": "one"},
            "service": {"name": "f", "version": "1"},
        },
        "cloud": {"provider": "AWS", "region": "r"},
        "src_endpoint": {"svc_name": "apigw.v1"},
        "resources": [{"uid": entry.subject}],
        "raw_data": entry.body.decode(),
        "raw_data_size": len(entry.body),
        "raw_data_hash": hashed,
        "unmapped": {"chain_uid": entry.writer, "known_by": "asserted", "policy": said["pol"]},
    } == json.loads(line)


def test_a_row_of_csv_has_exactly_these_cells() -> None:
    """Empty where the record says nothing."""
    world = _world()
    *_, entry = world.table.items.values()
    said = json.loads(entry.body)
    _, row = as_csv(world.table.items.values())

    assert row.removesuffix("\r\n").split(",") == [
        *(said["ts"], "D", "READ", "", "ok", "200", entry.actor, "asserted", entry.subject),
        *("s.q", "", "f", "r", "apigw.v1", "one", said["eid"], said["att"], f"{entry.writer}/1"),
    ]
    of_prices = entry._replace(body=entry.body.replace(b'"out":', b'"obj":"prices","out":'))
    assert 1 == sum(",READ,prices,ok," in line for line in as_csv([of_prices]))

    nobody = json.loads(entry.body)
    del nobody["subj"], nobody["actor"]
    _, row = as_csv([entry._replace(body=canonical_bytes(nobody))])
    assert ["200", "", "", "", "s.q"] == row.split(",")[5:10]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "~", "1", "a", ""])
def test_what_a_spreadsheet_would_run_is_made_text(first: str) -> None:
    """And nothing else is touched."""
    world = _world()
    *_, entry = world.table.items.values()
    body = entry.body.replace(b'"act":"READ"', b'"act":"%sREAD"' % first.encode())
    _, row = as_csv([entry._replace(body=body)])
    mark = "'" if first and first in "=+-@" else ""
    assert f"{mark}{first}READ" == row.split(",")[2]


def test_a_return_in_a_cell_ends_no_row() -> None:
    """Else whoever is recorded writes rows of the table, and nothing in it tells them apart."""
    world = _world()
    *_, entry = world.table.items.values()
    body = entry.body.replace(b'"act":"READ"', rb'"act":"READ\r2030-01-01,D,READ"')
    table = io.StringIO("".join(as_csv([entry._replace(body=body)])), newline="")

    assert [18, 18] == [len(row) for row in csv.reader(table)]


def test_the_word_of_a_finding_is_its_name() -> None:
    """Reports are read by programs; the words are an interface."""
    assert [kind.name.lower().replace("_", "-") for kind in FindingKind] == [
        kind.value for kind in FindingKind
    ]
    assert ["clean", "not clean", "not decidable"] == [word.value for word in VerdictWord]
    assert MEANINGS.keys() == set(FindingKind)


def test_each_hole_in_the_log_is_told_where_it_begins_and_how_long_it_is() -> None:
    """Two holes are two findings."""
    world = _world()
    for _ in range(8):
        world.now_ms += 60_000
        world.seal()
    for gone in (1, 2, 5):
        del world.archive.objects[checkpoint_key(gone)]
    log = check_log(world.archive, world.signer.public, now_ms=world.now_ms)

    assert [(checkpoint_key(1), 2), (checkpoint_key(5), 1)] == [
        (finding.place, finding.count) for finding in log.findings
    ]
    assert {FindingKind.CHECKPOINT_MISSING} == {finding.kind for finding in log.findings}


def test_what_two_workers_find_of_one_segment_is_told_once(tmp_path: Path) -> None:
    """Each has walked its own chains through it."""
    world = World(3, names=[f"w{n}" for n in range(6)])
    for chain in world.writers:
        world.emit(chain)
    world.seal()
    log = check_log(world.archive, world.signer.public, now_ms=world.now_ms)
    lies = [m._replace(writers=dict.fromkeys(m.writers, (0, 9, 10))) for m in log.manifests]
    folder = FolderArchive(tmp_path)
    for key, data in world.archive.objects.items():
        folder.put(key, data, retain_until=2**33)
    for workers in (1, 2):
        facts = check_archive(folder, lies, world.keys, now_s=0, salt=b"", workers=workers)
        assert [FindingKind.OBJECT_ALTERED] == [finding.kind for finding in facts.findings]


@pytest.mark.parametrize("workers", [2, 3])
def test_several_workers_find_what_one_finds(workers: int, tmp_path: Path) -> None:
    """Of every chain, whoever walked it: its end, its sums, what is open in it and what is gone."""
    world = World(3, names=[f"w{n}" for n in range(5)])
    for number in range(30):
        phase = Phase.INTENT if number % 3 else Phase.DISCLOSURE
        world.emit(world.writers[number * number % 5], phase=phase)
        if number % 7 == 0:
            world.now_ms += 1000
            world.seal()
    world.seal()
    log = check_log(world.archive, world.signer.public, now_ms=world.now_ms)
    folder = FolderArchive(tmp_path)
    for key, data in world.archive.objects.items():
        folder.put(key, data, retain_until=2**33)
    found = [
        check_archive(
            *(folder, log.manifests[:3] + log.manifests[4:], world.keys),
            now_s=world.now_ms // 1000,
            salt=b"s",
            wanted=frozenset({"request-3"}),
            workers=number,
        )
        for number in (1, workers)
    ]
    one, several = (
        (
            facts.records,
            sorted((f.writer, f.seq, f.kind) for f in facts.findings),
            {
                name: (sealed.chain.next_seq, sealed.sums, list(sealed.chain.finish()))
                for name, sealed in sorted(facts.writers.items())
            },
            sorted(facts.opened.attempts.values()),
            facts.requests,
        )
        for facts in found
    )
    assert one[:4] == several[:4]
    assert one[0] > 20


@pytest.mark.parametrize(
    ("finding", "where"),
    [
        ({"writer": "w", "seq": 7}, "w/7"),
        ({"writer": "w", "seq": 7, "count": 3}, "w/7-9"),
        ({"writer": "w", "seq": 7, "place": "segments/x"}, "segments/x"),
    ],
)
def test_a_finding_says_where_it_is(finding: dict[str, Any], where: str) -> None:
    """One record, several, or what is no record."""
    assert where == EvidenceFinding(kind=FindingKind.ALTERED, **finding).where


def test_a_finding_has_exactly_these_members() -> None:
    """As a verdict lists it; programs read them."""
    finding = EvidenceFinding(
        kind=FindingKind.ALTERED, writer="w", seq=7, count=3, event="e", place="p"
    )
    told = finding.json()
    assert ("altered", "w", 7, 3, "e", "p") == tuple(
        told[name] for name in ("kind", "writer", "seq", "count", "event", "place")
    )


def test_what_a_witness_has_seen_beyond_the_end_is_named() -> None:
    """By its first checkpoint, and how many there are."""
    world = _world()
    for _ in range(3):
        world.now_ms += 1000
        world.emit(world.writers[0])
        world.seal()
    for number in (1, 2):
        del world.archive.objects[checkpoint_key(number)]
    findings = world.verify(4).findings
    found = [(f.place, f.count) for f in findings if f.kind is FindingKind.ROLLED_BACK]
    assert [(checkpoint_key(1), 2)] == found


def test_what_a_sealer_met_is_written_in_these_words() -> None:
    """Archives keep them for years: another word would be another fact."""
    world = _world()
    world.seal()
    (said,) = (
        data.decode() for key, data in world.archive.objects.items() if key.startswith("profiles/")
    )
    title, origin, facts, *_ = said.split("\n")
    keys = world.ledger.keys.token_key().kid

    assert ("affidavit ledger profile 1", "example.org/ledger") == (title, origin)
    assert {
        ("chain key", keys),
        ("function", "f"),
        ("hot days", "90"),
        ("policy", "test@1"),
        ("salts", "0"),
        ("signing key", world.signer.key_id.hex()),
        ("tenant", ""),
        ("token key", keys),
        ("whole", ""),
    } == {(kind, name) for kind, name, _ in json.loads(facts)}


def test_what_lies_in_an_archive_is_called_so() -> None:
    """Each name and each first line is what others read by."""
    world = _world()
    world.seal()
    objects = world.archive.objects
    manifest = json.loads(objects[min(key for key in objects if key.startswith("manifests/"))])
    (writer,) = world.table.writers()
    (event,) = {json.loads(entry.body)["eid"] for entry in world.table.entries(writer, 1)}
    proof = prove(world.archive, event)[0]

    assert {"checkpoints", "manifests", "profiles", "segments"} == {
        key.partition("/")[0] for key in objects
    }
    assert {"bytes", "count", "key", "kind", "note", "root", "sha256", "v", "writers"} == set(
        manifest
    )
    assert {"format", "record", "mac", "segment", "manifest", "log", "checkpoint"} == set(proof)
    assert ("affidavit proof 1", 2) == (proof["format"], manifest["v"])


def test_an_object_that_cannot_be_read_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a broken disk, say: whoever restores the object from a copy would change nothing."""

    def broken(_: Path) -> bytes:
        raise OSError(errno.EIO, "the disk is broken")

    archive = FolderArchive(tmp_path)
    with pytest.raises(LedgerMissingError):
        archive.get("segments/a")
    monkeypatch.setattr("affidavit_ledger.archive.read_regular", broken)
    with pytest.raises(LedgerUnavailableError, match="reading raised OSError") as caught:
        archive.get("segments/a")
    assert not isinstance(caught.value, LedgerMissingError)
