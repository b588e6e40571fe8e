"""A deployed service leaves evidence of everything, and nothing that it should not.

The tests stand in an order: the first ones leave a clean ledger, the last one does not.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from affidavit._records.spill_line import pack_spilled
from affidavit._runtime.plugins import load_plugins
from affidavit.plugin import SubjectSalt, Token
from affidavit_dynamodb.archive import S3Archive
from affidavit_ledger.signing import PublicKey
from affidavit_ledger.verify import GRACE_MS, Evidence, verify
from affidavit_release.evidence_check import find_fault
from affidavit_release.lambda_target import LambdaTarget
from affidavit_release.rules import Invoke
from e2e.framework.clouds import REGION
from e2e.framework.commands import affidavit
from e2e.framework.fetch import (
    Answer,
    call,
    entries,
    eventually,
    get,
    log_events,
    log_lines,
    metrics,
    objects,
    public_key,
    records,
    trace_ids,
)
from e2e.framework.nowhere import exits, places
from e2e.framework.stacks import Stack

USER = str(uuid.UUID(int=0x550E8400E29B41D4A716446655440000))
CANARIES = ("078-05-1120", "4111111111111111", "eve.canary@example.org", "Bearer c4n4ry-t0k3n-93")


def _ask(stack: Stack[Any], product: str, **more: str) -> Answer:
    return get(f"{stack.out.url}/price", id=product, userId=USER, **more)


def _settings(stack: Stack[Any]) -> dict[str, str]:
    return {
        **stack.cloud.environ,
        "AFFIDAVIT_ENVIRONMENT": "local",
        "AFFIDAVIT_POLICY": "gdpr",
        "AFFIDAVIT_LEDGER": stack.out.ledger_url,
        "AFFIDAVIT_ARCHIVE": stack.out.archive_url,
    }


def _verify(stack: Stack[Any], to: Path, *options: str) -> dict[str, Any]:
    key = public_key(stack.cloud, stack.out.signer_url, to / "sealer.pub")
    told: dict[str, Any] = affidavit(
        "verify", f"--public-key={key}", "--workers=1", *options,
        environ=_settings(stack), good=(0, 1),
    )  # fmt: skip
    return told


def _seal(stack: Stack[Any]) -> None:
    """Wait until the stream is archived, then sign."""
    group = f"/aws/lambda/{stack.out.stream}"
    there = len(entries(stack.cloud, stack.out.table))
    eventually(lambda: metrics(stack.cloud, group).get("Sealed", 0), lambda sum_: sum_ >= there)
    call(stack.cloud, stack.out.checkpoint, {})


def test_every_answer_has_its_record(stack: Stack[Any]) -> None:
    """200, 404 and 400, each with one closing record of its own."""
    answers = [_ask(stack, "PROD-101"), _ask(stack, "PROD-999"), _ask(stack, "not a product")]
    found = records(stack.cloud, stack.out.table)
    closing = Counter((one["out"]["s"], one["out"]["code"]) for one in found if "out" in one)

    assert [200, 404, 400] == [answer.status for answer in answers]
    assert {"productId": "PROD-101", "price": "99.99", "currency": "USD"} == answers[0].body
    assert {("ok", 200): 1, ("ok", 404): 1, ("deny", 400): 1} == dict(closing)


def test_a_request_id_leads_from_the_gateway_to_the_record(stack: Stack[Any]) -> None:
    """The caller's header, the access log and the log of the function say the same id."""
    answer = _ask(stack, "PROD-101")
    known = {name.lower(): value for name, value in answer.headers.items()}
    request_id = known["apigw-requestid"]
    group = f"/aws/lambda/{stack.out.price}"

    eventually(
        lambda: any(request_id in line for line in log_lines(stack.cloud, stack.out.access_log))
    )
    done = eventually(lambda: log_events(stack.cloud, group, "invocation.completed"))
    assert request_id in {line["request_id"] for line in done}


def test_the_sealer_archives_and_signs(stack: Stack[Any]) -> None:
    """Segments, manifests and checkpoints, each under a lock of the policy's days."""
    _seal(stack)
    found = objects(stack.cloud, stack.out.bucket, "log/")
    kinds = {key.split("/")[1] for key in found}
    s3 = stack.cloud.client("s3")

    assert {"segments", "manifests", "checkpoints"} <= kinds
    for key in (one for one in found if not one.startswith("log/work/")):
        told = s3.head_object(Bucket=stack.out.bucket, Key=key)
        assert "COMPLIANCE" == told["ObjectLockMode"]
        assert 1095 <= (told["ObjectLockRetainUntilDate"] - told["LastModified"]).days <= 1096


def test_a_verifier_finds_nothing(stack: Stack[Any], tmp_path: Path) -> None:
    """Table, archive, signatures and the gateway's own list of requests agree."""
    _seal(stack)
    lines = log_lines(stack.cloud, stack.out.access_log)
    asked = tmp_path / "requests.txt"
    asked.write_text("\n".join(json.loads(line)["requestId"] for line in lines))
    told = _verify(stack, tmp_path, f"--requests={asked}")

    assert 4 <= len(lines)
    assert told["clean"], told["findings"]
    assert 1 <= told["checkpoints"]


def test_one_metrics_line_per_invocation(stack: Stack[Any]) -> None:
    """Every invocation ended in one way, and CloudWatch would have taken every metric."""
    group = f"/aws/lambda/{stack.out.price}"
    closed = [one for one in records(stack.cloud, stack.out.table) if "out" in one]
    counted = metrics(stack.cloud, group)
    ways = sum(counted.get(way, 0) for way in ("Answered", "Refused", "Failed", "Withheld"))

    assert len([one for one in closed if one.get("act") == "PRICE_FETCH"]) == ways
    assert 0 == counted.get("MetricsRejected", 0)
    assert 0 == counted.get("Withheld", 0)
    assert trace_ids(stack.cloud, group)


@pytest.mark.parametrize("canary", CANARIES)
def test_a_canary_occurs_nowhere(canary: str, stack: Stack[Any]) -> None:
    """Not in a log, a record, an object or a queue, however it was sent."""
    _ask(stack, canary)
    _ask(stack, "PROD-101", note=canary)
    get(
        f"{stack.out.url}/price",
        {"x-note": canary, "user-agent": canary},
        id="PROD-101",
        userId=USER,
    )
    call(stack.cloud, stack.out.price, {"id": canary, "userId": USER})
    _seal(stack)

    assert [] == places(stack.cloud, stack.name, canary)


def test_the_search_for_canaries_looks_everywhere(stack: Stack[Any]) -> None:
    """What is known to be there is found, in each kind of exit; otherwise silence means nothing."""
    kinds = {one.place.partition(" ")[0] for one in exits(stack.cloud, stack.name)}

    assert {"log", "table", "object"} <= kinds
    assert 3 <= len(places(stack.cloud, stack.name, "PRICE_FETCH"))


@pytest.mark.usefixtures("_no_settings_from_outside")
def test_the_built_in_smoke_test_finds_what_it_should(
    stack: Stack[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function answers, its records verify, its metrics are there; of others it finds none."""
    for name, value in stack.cloud.environ.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "event.json").write_text(json.dumps({"id": "PROD-101", "userId": USER}))
    target = LambdaTarget("live", f"{stack.name}-", REGION)
    invoke = Invoke("price", tmp_path / "event.json", USER, None, opening=True)
    plugins = load_plugins(("dynamodb", "ledger"))

    assert "" == find_fault(invoke, target, plugins, timeout_s=30)
    assert "" == find_fault(
        invoke._replace(actor=None, subject="PROD-101"), target, plugins, timeout_s=30
    )
    other = invoke._replace(actor=str(uuid.UUID(int=1)))
    assert "No closing record" in find_fault(other, target, plugins, timeout_s=3)


def test_a_subject_is_forgotten_by_its_salt(stack: Stack[Any]) -> None:
    """The record stays as it is; nobody finds it by the name any more."""
    _ask(stack, "PROD-101")

    def look() -> list[Any]:
        found: list[Any] = affidavit("who", "--subject=PROD-101", environ=_settings(stack))
        return found

    def salts() -> int:
        return int(stack.cloud.client("dynamodb").scan(TableName=stack.out.subjects)["Count"])

    before = entries(stack.cloud, stack.out.table)
    kept = salts()
    assert look()
    told = affidavit("shred", "PROD-101", "--yes", environ=_settings(stack))

    assert told["forgotten"] is True
    assert [] == look()
    assert kept - 1 == salts()
    after = {(one.writer, one.seq): one.body for one in entries(stack.cloud, stack.out.table)}
    assert all(one.body == after[one.writer, one.seq] for one in before)


def test_a_second_plan_changes_nothing(stack: Stack[Any]) -> None:
    """What was deployed is what the code says."""
    assert [] == stack.drift()


def test_a_function_that_is_killed_leaves_an_opening_record(
    stack: Stack[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda ends it after its timeout; the sealed archive alone shows that it never closed.

    A verifier grants 15 minutes, Lambda's longest timeout: until then it is running, then unclosed.
    """
    ended = call(stack.cloud, stack.out.slow, {"user": "somebody"})
    found = [one for one in records(stack.cloud, stack.out.table) if one.get("act") == "SLOW_READ"]
    _seal(stack)
    key = PublicKey.load(
        public_key(stack.cloud, stack.out.signer_url, tmp_path / "pem").read_bytes()
    )
    for name, value in stack.cloud.environ.items():
        monkeypatch.setenv(name, value)
    sealed = Evidence(archive=S3Archive(stack.out.bucket, "log/", REGION), verifier=key)
    now, later = (
        verify(sealed, now_ms=int(time.time() * 1000) + wait_ms, max_age_s=None, workers=1)
        for wait_ms in (0, GRACE_MS + 60_000)
    )

    assert "timed out" in ended["errorMessage"]
    assert ["I"] == [one["ph"] for one in found]
    assert (1, []) == (now.running, now.findings)
    assert ["unclosed"] == [one.kind.value for one in later.findings]


def test_spilled_entries_come_back_and_a_poison_message_stays_alone(stack: Stack[Any]) -> None:
    """The queue brings good and bad together; the good one is in the table again."""
    sqs, dynamodb = stack.cloud.client("sqs"), stack.cloud.client("dynamodb")
    lost = entries(stack.cloud, stack.out.table)[-1]
    key = {"pk": {"S": f"W#{lost.writer}"}, "sk": {"N": str(lost.seq)}}
    # What the table did not take looks like this to the replayer: a message and a gap.
    again = lost._replace(writer=type(lost.writer)(f"{lost.writer}x"))
    salt = SubjectSalt(Token("5" * 32), "a salt", lost.at)
    sqs.send_message_batch(
        QueueUrl=stack.out.spill_url,
        Entries=[
            {"Id": "bad", "MessageBody": "no entry at all"},
            {"Id": "good", "MessageBody": f"{pack_spilled(again)}\n{pack_spilled(salt)}"},
        ],
    )
    moved = {**key, "pk": {"S": f"W#{again.writer}"}}
    found = eventually(
        lambda: dynamodb.get_item(TableName=stack.out.table, Key=moved).get("Item"), deadline_s=60
    )
    group = f"/aws/lambda/{stack.out.replay}"
    told = eventually(
        lambda: metrics(stack.cloud, group), lambda sums: sums.get("ReplayFailed", 0) >= 1
    )

    place = {"pk": {"S": f"K#{salt.lookup}"}}
    kept = dynamodb.get_item(TableName=stack.out.subjects, Key=place)["Item"]
    assert (lost.body, salt.salt) == (bytes(found["b"]["B"]), kept["salt"]["S"])
    assert 2 == told["Replayed"]
    left = sqs.get_queue_attributes(QueueUrl=stack.out.spill_url, AttributeNames=["All"])
    waiting = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    assert 1 == sum(int(left["Attributes"][name]) for name in waiting)


def test_a_change_of_the_table_is_an_alarm_and_a_finding(stack: Stack[Any], tmp_path: Path) -> None:
    """Somebody with administrator's rights goes past everything: it shows, and names the record.

    On AWS the table's own policy refuses this; the local cloud keeps the policy without obeying it.
    """
    if stack.cloud.target == "aws":
        pytest.skip(
            "on AWS the table's policy refuses the change; only the local cloud lets it pass"
        )
    before = metrics(stack.cloud, f"/aws/lambda/{stack.out.stream}").get("TableAlarms", 0)
    victim = next(one for one in entries(stack.cloud, stack.out.table) if b'"ph":"O"' in one.body)
    stack.cloud.client("dynamodb").update_item(
        TableName=stack.out.table,
        Key={"pk": {"S": f"W#{victim.writer}"}, "sk": {"N": str(victim.seq)}},
        UpdateExpression="SET b = :b",
        ExpressionAttributeValues={":b": {"B": victim.body.replace(b'"s":"ok"', b'"s":"no"')}},
    )
    eventually(
        lambda: metrics(stack.cloud, f"/aws/lambda/{stack.out.stream}"),
        lambda sums: sums.get("TableAlarms", 0) > before,
    )
    call(stack.cloud, stack.out.checkpoint, {})
    told = _verify(stack, tmp_path)
    places_ = [(one["writer"], one["seq"]) for one in told["findings"]]

    assert not told["clean"]
    assert (str(victim.writer), victim.seq) in places_
