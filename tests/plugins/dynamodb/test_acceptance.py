"""Twelve acceptance tests that separate this ledger from its anchors, on AWS's stand-in.

The numbers are those of the list that the design was held against; each name
says what must hold.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import strategies as my
from affidavit import LedgerUnavailableError
from affidavit._canonical import canonical_bytes
from affidavit._records.archives import Archive
from affidavit._records.chain import evolve, first_link, link, seal
from affidavit._runtime.plugins import Plugins, load_plugins
from affidavit._runtime.runtime import Runtime, build_runtime, open_ledger
from affidavit._runtime.settings import read_settings
from affidavit.plugin import Ledger
from affidavit.testing import Bench, FakeContext, api_gateway_v1
from affidavit.testing import run as run_bench
from affidavit_dynamodb import sealer as sealer_functions
from affidavit_ledger.erasures import forget_subject
from affidavit_ledger.findings import NOTICES, FindingKind
from affidavit_ledger.open_evidence import open_archive, open_signer
from affidavit_ledger.places import CHECKPOINTS
from affidavit_ledger.signing import PublicKey
from affidavit_ledger.verify import Evidence, VerificationResult, verify
from affidavit_ledger.who import BEGINNING, END, find_accesses
from cloud import Cloud, FaultyFront, stream_events
from evidence_world import DictArchive, Table

ROOT = Path(__file__).resolve().parents[3]
HANDLER = my.handler_of(my.BEHAVIOURS[3])
STRIDE = int(os.environ.get("AFFIDAVIT_TEST_KILL_STRIDE", "997"))
"""Every 997th line, of some thousands of botocore's and ours."""


@pytest.fixture
def plugins() -> Plugins:
    return load_plugins(["dynamodb", "ledger", "policy", "sqlite"])


def _runtime(cloud: Cloud, plugins: Plugins, **changes: str) -> Runtime:
    base = build_runtime({**cloud.environ, **changes}, plugins=plugins, emit=lambda _: None)
    return base._replace(sources={"memory": my.sources()})


def _ask(runtime: Runtime, number: int, *, context: FakeContext | None = None) -> Any:
    event = api_gateway_v1(query={"id": "A1", "who": "w"}, request_id=f"request-{number}")
    return run_bench(HANDLER, event, Bench(runtime=runtime, store=None), context)


def _seal(cloud: Cloud, *, lose: int = 0) -> list[str]:
    """Run the sealer's functions over the stream; `lose` drops every n-th insertion."""
    lines: list[str] = []
    seen = 0
    with _as_function(cloud) as patch:
        patch.setattr(sealer_functions.sys, "stdout", _Lines(lines))
        for event in stream_events(cloud):
            kept = []
            for record in event["Records"]:
                seen += 1
                if not lose or seen % lose:
                    kept.append(record)
            answer = sealer_functions.stream_handler({"Records": kept}, None)
            assert {"batchItemFailures": []} == answer
        sealer_functions.checkpoint_handler({}, None)
    return lines


@contextmanager
def _as_function(cloud: Cloud) -> Iterator[pytest.MonkeyPatch]:
    """Set the environment of a deployed function, for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cloud.environ.items():
            patch.setenv(name, value)
        yield patch


class _Lines:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, text: str) -> None:
        self._lines.append(text)


def _evidence(cloud: Cloud, plugins: Plugins, *, table: bool = True) -> Evidence:
    settings = read_settings(cloud.environ)
    ledger = open_ledger(settings, plugins)
    return Evidence(
        reader=ledger.reader if table else None,
        keys=ledger.keys,
        archive=open_archive(settings, plugins)[0],
        verifier=PublicKey.load(open_signer(settings, plugins).public_pem()),
        witness=open_archive(settings, plugins, witness=True)[0],
    )


def _verify(cloud: Cloud, plugins: Plugins, **options: Any) -> VerificationResult:
    return verify(_evidence(cloud, plugins), now_ms=time.time_ns() // 1_000_000, **options)


def _kinds(verdict: VerificationResult) -> set[FindingKind]:
    return {finding.kind for finding in verdict.findings} - NOTICES


def _ledger(cloud: Cloud, plugins: Plugins) -> Ledger:
    return open_ledger(read_settings(cloud.environ), plugins)


def _records(cloud: Cloud, plugins: Plugins) -> Iterator[dict[str, Any]]:
    reader = _ledger(cloud, plugins).reader
    for writer in reader.writers():
        for entry in reader.entries(writer):
            yield json.loads(entry.body)


@pytest.mark.parametrize("gone", range(1, 6))
def test_01_removing_the_newest_is_counted(gone: int, cloud: Cloud, plugins: Plugins) -> None:
    """Of checkpoints and of records: the number that is reported is the number that is gone."""
    runtime = _runtime(cloud, plugins)
    for number in range(4):
        _ask(runtime, number)
    for _ in range(5):
        _seal(cloud)
    assert _verify(cloud, plugins).clean

    dynamodb, s3 = cloud.aws("dynamodb"), cloud.aws("s3")
    newest = sorted(dynamodb.scan(TableName=cloud.table)["Items"], key=lambda i: int(i["sk"]["N"]))
    for item in newest[-gone:]:
        dynamodb.delete_item(TableName=cloud.table, Key={"pk": item["pk"], "sk": item["sk"]})
    early = [f for f in _verify(cloud, plugins).findings if f.kind is FindingKind.GONE_EARLY]
    assert gone == sum(finding.count for finding in early)

    keys = [
        found["Key"]
        for found in s3.list_objects_v2(Bucket=cloud.bucket, Prefix=f"log/{CHECKPOINTS}")[
            "Contents"
        ]
    ]
    for key in sorted(keys)[-gone:]:
        s3.delete_object(Bucket=cloud.bucket, Key=key)  # a marker: moto and S3 allow that much
    rolled = [f for f in _verify(cloud, plugins).findings if f.kind is FindingKind.ROLLED_BACK]
    expected = min(len(keys), gone)
    assert expected == sum(finding.count for finding in rolled)


def test_02_killed_at_any_moment(cloud: Cloud, plugins: Plugins) -> None:
    """No answer without a record, when the process is killed between any two of our lines."""
    done = subprocess.run(
        [
            sys.executable,
            ROOT / "tests" / "compliance" / "kill_sweep.py",
            cloud.environ["AFFIDAVIT_LEDGER"],
            "overlap",
            str(STRIDE),
            str(time.time_ns() % STRIDE + 1),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    swept = json.loads(done.stdout)
    assert swept["killed"] > 3, swept
    closed = {
        record["req"]: str(record["out"]["code"])
        for record in _records(cloud, plugins)
        if record["ph"] in {"O", "D"}
    }
    answered = {name: code for name, code in swept["answers"].items() if code}
    assert answered
    assert answered == {name: closed.get(name) for name in answered}


def test_03_six_calls_at_once_lose_nothing(cloud: Cloud, plugins: Plugins) -> None:
    """One user's page fans out six calls within the same milliseconds: all are stored."""
    rounds, aside = 40, 6
    runtimes = [_runtime(cloud, plugins) for _ in range(aside)]
    barrier = threading.Barrier(aside)
    failures: list[Any] = []

    def work(place: int) -> None:
        for number in range(rounds):
            barrier.wait(60)
            answer = _ask(runtimes[place], place * rounds + number)
            if answer["statusCode"] != 200:
                failures.append(answer)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(aside)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    phases = [record["ph"] for record in _records(cloud, plugins)]
    assert [] == failures
    assert rounds * aside == phases.count("O") == phases.count("I")
    assert aside == phases.count("G")


def test_04_a_redelivered_event_counts_once(cloud: Cloud, plugins: Plugins) -> None:
    """Three deliveries of one event are one access with three deliveries."""
    runtime = _runtime(cloud, plugins)
    for _ in range(3):
        _ask(runtime, 1)

    (access,) = find_accesses(
        _ledger(cloud, plugins), actor="w", subject=None, since=BEGINNING, until=END
    )
    assert (3, "ok") == (access.deliveries, access.status)


def test_05_throttled_altogether(cloud: Cloud, plugins: Plugins, front: FaultyFront) -> None:
    """Without the table entries are spilled; without both no answer; then all is mended."""
    runtime = _runtime(cloud, plugins)
    assert 200 == _ask(runtime, 0)["statusCode"]
    writes = {"PutItem", "TransactWriteItems"}

    front.fault = lambda operation, _: (400, "ThrottlingException") if operation in writes else None
    spilled = [_ask(runtime, number)["statusCode"] for number in range(1, 6)]
    assert [200] * 5 == spilled
    front.fault = lambda operation, _: (
        (400, "ThrottlingException") if operation in {*writes, "SendMessage"} else None
    )
    refused = [_ask(runtime, number)["statusCode"] for number in range(6, 9)]
    assert [503] * 3 == refused
    front.fault = lambda _, __: None
    assert 200 == _ask(runtime, 9)["statusCode"]

    _replay(cloud)
    _seal(cloud)
    verdict = _verify(cloud, plugins)
    assert set() == _kinds(verdict), verdict.findings
    closing = [r for r in _records(cloud, plugins) if r["ph"] == "O"]
    answered = {r["req"] for r in closing if r["out"]["s"] == "ok"}
    assert {"request-0", *(f"request-{n}" for n in range(1, 6)), "request-9"} <= answered
    withheld = {r["req"] for r in _records(cloud, plugins) if r["ph"] == "W"}
    assert {"request-6", "request-7", "request-8"} == withheld


def _replay(cloud: Cloud) -> None:
    sqs = cloud.aws("sqs")
    while messages := sqs.receive_message(QueueUrl=cloud.queue, MaxNumberOfMessages=10).get(
        "Messages"
    ):
        event = {"Records": [{"messageId": m["MessageId"], "body": m["Body"]} for m in messages]}
        for _ in range(2):  # twice: replaying is idempotent
            with _as_function(cloud):
                assert {"batchItemFailures": []} == sealer_functions.replay_handler(event, None)
        for message in messages:
            sqs.delete_message(QueueUrl=cloud.queue, ReceiptHandle=message["ReceiptHandle"])


def test_06_a_stream_that_loses_records_is_mended(cloud: Cloud, plugins: Plugins) -> None:
    """What the stream loses is fetched from the table, and the sealer says so."""
    runtime = _runtime(cloud, plugins)
    for number in range(20):
        _ask(runtime, number)
    lines = _seal(cloud, lose=7)

    told = [json.loads(line) for line in lines]
    assert sum(line.get("Repaired", 0) for line in told) > 0
    assert 0 == sum(line.get("Lost", 0) for line in told)
    verdict = _verify(cloud, plugins)
    assert set() == _kinds(verdict), verdict.findings


def test_07_a_shortened_expiry_is_an_alarm_and_a_legal_one_is_not(
    cloud: Cloud, plugins: Plugins
) -> None:
    """The expiry that counts is inside the sealed body."""
    runtime = _runtime(cloud, plugins)
    for number in range(3):
        _ask(runtime, number)
    dynamodb = cloud.aws("dynamodb")
    victim = next(
        item for item in dynamodb.scan(TableName=cloud.table)["Items"] if item["sk"]["N"] == "3"
    )
    dynamodb.put_item(TableName=cloud.table, Item={**victim, "x": {"N": "1"}})
    dynamodb.delete_item(TableName=cloud.table, Key={"pk": victim["pk"], "sk": victim["sk"]})
    _seal(cloud)
    later = _verify(cloud, plugins)

    alarms = sorted(f.place.split(" at ")[0] for f in later.findings if f.kind is FindingKind.ALARM)
    assert ["modified", "removed"] == alarms
    assert FindingKind.GONE_EARLY in _kinds(later)
    # Long after every expiry nothing in the table is missed; only the alarms stay.
    far = time.time_ns() // 1_000_000 + 90 * 86_400_000
    verdict = verify(_evidence(cloud, plugins), now_ms=far, max_age_s=None)
    assert {FindingKind.ALARM} == _kinds(verdict)


def test_08_an_auditor_without_credentials(cloud: Cloud, plugins: Plugins, tmp_path: Path) -> None:
    """Archive and public key are enough, for us and for the independent verifier."""
    runtime = _runtime(cloud, plugins)
    for number in range(5):
        _ask(runtime, number)
    _seal(cloud)
    _download(cloud, tmp_path / "archive")
    pem = open_signer(read_settings(cloud.environ), plugins).public_pem()
    (tmp_path / "key.pem").write_bytes(pem)
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    ours = [
        *(sys.executable, "-m", "affidavit_cli", "verify", "--no-table"),
        *("--archive", f"file://{quote(str(tmp_path / 'archive'))}"),
        *("--public-key", str(tmp_path / "key.pem")),
    ]
    theirs = [
        *(sys.executable, str(ROOT / "docs" / "verify_offline.py"), "archive"),
        *(str(tmp_path / "archive"), str(tmp_path / "key.pem")),
    ]
    for command in (ours, theirs):
        done = subprocess.run(
            command, env=bare, capture_output=True, text=True, timeout=60, check=False
        )
        assert 0 == done.returncode, done.stdout + done.stderr
        assert "CLEAN" in done.stdout


def _download(cloud: Cloud, folder: Path) -> None:
    s3 = cloud.aws("s3")
    for found in s3.list_objects_v2(Bucket=cloud.bucket, Prefix="log/")["Contents"]:
        target = folder / found["Key"].removeprefix("log/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(s3.get_object(Bucket=cloud.bucket, Key=found["Key"])["Body"].read())


@pytest.mark.parametrize("other", [0, 2])
def test_09_a_record_of_another_version_is_not_accepted(
    other: int, cloud: Cloud, plugins: Plugins
) -> None:
    """Even with the chain's key in hand: an older form cannot stand in a newer one's place."""
    _ask(_runtime(cloud, plugins), 1)
    ledger = _ledger(cloud, plugins)
    (writer,) = ledger.reader.writers()
    table, key, prev = Table(), b"", first_link()
    for entry in ledger.reader.entries(writer):
        said = json.loads(entry.body)
        key = evolve(key) if key else ledger.keys.open_chain_key(writer, said["ek"])
        body = canonical_bytes({**said, "v": other, "prev": prev})
        table.put(entry._replace(body=body, mac=seal(key, body)))
        prev = link(body)

    verdict = verify(Evidence(reader=table, keys=ledger.keys), now_ms=time.time_ns() // 1_000_000)
    assert {FindingKind.VERSION} == _kinds(verdict)


def _copy(archive: Archive) -> DictArchive:
    """Return what is evidence in an archive; a sealer's own notes are not."""
    keys = [key for key in archive.keys("") if not key.startswith(("work/", "profiles/"))]
    return DictArchive({key: archive.get(key) for key in keys})


def test_10_any_changed_byte_is_found(cloud: Cloud, plugins: Plugins) -> None:
    """Every byte of a small log, changed in three ways, with archive and key only."""
    _ask(_runtime(cloud, plugins), 1)
    _seal(cloud)
    evidence = _evidence(cloud, plugins, table=False)._replace(keys=None, witness=None)
    assert evidence.archive is not None
    archive = _copy(evidence.archive)
    evidence = evidence._replace(archive=archive)
    now_ms = time.time_ns() // 1_000_000
    assert verify(evidence, now_ms=now_ms).clean

    missed = []
    for key, data in list(archive.objects.items()):
        for place, change in itertools.product(range(len(data)), (0x01, 0x20, 0x80)):
            damaged = bytearray(data)
            damaged[place] ^= change
            archive.objects[key] = bytes(damaged)
            if verify(evidence, now_ms=now_ms).clean:
                missed.append((key, place, change))
        archive.objects[key] = data
    assert [] == missed


@pytest.mark.parametrize("more", [b"x", b"\n", b"\x00", b'{"b":{},"m":""}\n'])
def test_12_appended_bytes_are_found(more: bytes, cloud: Cloud, plugins: Plugins) -> None:
    """After the last line of any object, with archive and key only."""
    _ask(_runtime(cloud, plugins), 1)
    _seal(cloud)
    evidence = _evidence(cloud, plugins, table=False)._replace(keys=None, witness=None)
    assert evidence.archive is not None
    archive = _copy(evidence.archive)
    for key, data in list(archive.objects.items()):
        archive.objects[key] = data + more
        verdict = verify(evidence._replace(archive=archive), now_ms=time.time_ns() // 1_000_000)
        assert not verdict.clean, key
        archive.objects[key] = data


def test_without_the_key_service_there_is_no_answer(
    cloud: Cloud, plugins: Plugins, front: FaultyFront
) -> None:
    """A cold start without KMS answers 503, and works as soon as KMS does; a warm one goes on."""
    warm = _runtime(cloud, plugins)
    assert 200 == _ask(warm, 0)["statusCode"]
    keys = {"GenerateDataKey", "GenerateMac"}
    front.fault = lambda operation, _: (500, "KMSInternalException") if operation in keys else None
    cold = _runtime(cloud, plugins)
    assert 503 == _ask(cold, 1)["statusCode"]
    assert 200 == _ask(warm, 2)["statusCode"]
    front.fault = lambda _, __: None
    assert 200 == _ask(cold, 3)["statusCode"]

    _seal(cloud)
    assert set() == _kinds(_verify(cloud, plugins))


def test_without_the_archive_nothing_is_lost(
    cloud: Cloud, plugins: Plugins, front: FaultyFront
) -> None:
    """The sealer fails its batch, handlers go on, and later everything is sealed."""
    runtime = _runtime(cloud, plugins)
    assert 200 == _ask(runtime, 0)["statusCode"]
    events = list(stream_events(cloud))
    front.fault = lambda operation, path: (
        (503, "SlowDown") if operation.startswith("PUT ") and cloud.bucket in path else None
    )
    with _as_function(cloud):
        for event in events:
            with pytest.raises(LedgerUnavailableError):  # Lambda tries the batch again
                sealer_functions.stream_handler(event, None)
    assert 200 == _ask(runtime, 1)["statusCode"]
    front.fault = lambda _, __: None

    _seal(cloud)
    verdict = _verify(cloud, plugins)
    assert set() == _kinds(verdict), verdict.findings
    assert verdict.records == verdict.sealed > 0


def test_11_a_shredded_subject_verifies(cloud: Cloud, plugins: Plugins) -> None:
    """Nobody can connect the records with the subject any more, and they are all intact."""
    url = f"{cloud.environ['AFFIDAVIT_LEDGER']}&subjects={cloud.subjects}"
    runtime = _runtime(cloud, plugins, AFFIDAVIT_LEDGER=url)
    _ask(runtime, 1)
    _seal(cloud)
    ledger = open_ledger(read_settings({**cloud.environ, "AFFIDAVIT_LEDGER": url}), plugins)

    def found() -> int:
        return len(find_accesses(ledger, actor=None, subject="A1", since=BEGINNING, until=END))

    assert 1 == found()
    assert 1 == forget_subject(ledger, "", "A1", lambda _, __: None)
    assert 0 == found()
    assert set() == _kinds(_verify(cloud, plugins))
