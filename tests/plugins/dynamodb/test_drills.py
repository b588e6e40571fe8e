"""The drills of docs/drills-aws.md and docs/regions.md, on a stand-in for AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from affidavit_dynamodb.sealer import checkpoint_handler, replay_handler, stream_handler
from affidavit_dynamodb.signer import open_signer
from cloud import INDEX, REGION, Cloud, FaultyFront, make_tables, protect, stream_events
from command_line import Terminal
from runbook import Operator

OTHER = "eu-central-1"
WRITES = {"PutItem", "TransactWriteItems"}


class Drill(Operator):
    """A ledger on AWS whose sealer's functions run when the test says so."""

    def __init__(self, cloud: Cloud, terminal: Terminal, patch: pytest.MonkeyPatch) -> None:
        self.cloud = cloud
        for name, value in cloud.environ.items():
            patch.setenv(name, value)
        patch.delenv("AFFIDAVIT_WITNESS")
        super().__init__(terminal, patch)
        self.set("ACTOR", "w")
        (terminal.folder / "sealer.pub").write_bytes(
            open_signer(urlsplit(terminal.signer)).public_pem()
        )
        protect(cloud)
        self.work(3)
        self.seal()

    def work(self, number: int, **changes: str) -> None:
        """Let a function answer, in a chain of its own."""
        plugins = self.cloud.environ["AFFIDAVIT_PLUGINS"]
        self.terminal.invoke(number, AFFIDAVIT_PLUGINS=plugins, **changes)

    def seal(self, *, lost: bool = False) -> None:
        """Let the sealer's functions take what the stream brings; `lost`: it brings nothing."""
        for event in self._news():
            if not lost:
                assert {"batchItemFailures": []} == stream_handler(event, None)
        checkpoint_handler({}, None)

    def _news(self) -> Iterator[dict[str, Any]]:
        seen = getattr(self, "seen", 0)
        for event in stream_events(self.cloud, size=10_000):
            news = event["Records"][seen:]
            self.seen = seen + len(news)
            yield {"Records": news}

    def drain(self) -> None:
        """Let the replayer have what waits in the queue."""
        sqs, queue = self.cloud.aws("sqs"), self.cloud.queue
        while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            event = {"Records": [{"messageId": m["MessageId"], "body": m["Body"]} for m in found]}
            failed = replay_handler(event, None)["batchItemFailures"]
            for message in found:
                if failed:
                    sqs.change_message_visibility(
                        QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                    )
                else:
                    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            assert not failed

    def replica(self) -> str:
        """Make table and keys in another region, as they are there beforehand; return the URL."""
        cloud, kms = self.cloud, self.cloud.aws("kms")
        for key in (cloud.key, cloud.tokens):
            # moto decrypts nothing with a multi-region key; any other it copies, and then fails.
            with suppress(ClientError):
                kms.replicate_key(KeyId=key, ReplicaRegion=OTHER)
            assert cloud.aws("kms", OTHER).describe_key(KeyId=key)
        make_tables(cloud.aws("dynamodb", OTHER), cloud.table, cloud.subjects)
        self.replicate(REGION, OTHER)
        return f"{self.terminal.ledger}&region={OTHER}"

    def replicate(self, source: str, target: str) -> None:
        """Copy rows, as a global table does."""
        there = self.cloud.aws("dynamodb", target)
        rows = self.cloud.aws("dynamodb", source).scan(TableName=self.cloud.table)["Items"]
        for row in rows:
            there.put_item(TableName=self.cloud.table, Item=row)

    def table(self, **changes: Any) -> None:
        """Change how the table is set up."""
        self.cloud.aws("dynamodb").update_table(TableName=self.cloud.table, **changes)

    def expire(self, *, on: bool) -> None:
        """Let rows expire, or not."""
        self.cloud.aws("dynamodb").update_time_to_live(
            TableName=self.cloud.table,
            TimeToLiveSpecification={"Enabled": on, "AttributeName": "x"},
        )


@pytest.fixture
def drill(
    cloud: Cloud,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Drill:
    terminal = Terminal(capsys, tmp_path)
    terminal.ledger = cloud.environ["AFFIDAVIT_LEDGER"]
    terminal.archive = cloud.environ["AFFIDAVIT_ARCHIVE"]
    terminal.signer = cloud.environ["AFFIDAVIT_SIGNER"]
    return Drill(cloud, terminal, monkeypatch)


def test_salts_cannot_be_had(drill: Drill, front: FaultyFront) -> None:
    """The function answers; the replayer brings the salt, and the name finds all of it again."""
    url = f"{drill.terminal.ledger}&subjects={drill.cloud.subjects}"
    drill.set("AFFIDAVIT_LEDGER", url)
    denied = (400, "AccessDeniedException")
    drill.work(1, AFFIDAVIT_LEDGER=url)
    front.fault = lambda operation, _: denied if operation == "GetItem" else None
    drill.work(1, AFFIDAVIT_LEDGER=url)
    front.fault = lambda _, __: None

    def who() -> tuple[str, bool]:
        said = drill.run("affidavit who --subject A1")
        (number,) = re.findall(r"(\d+) access\(es\)", said.out + said.err)
        return number, "the spill (1)" in said.out + said.err

    assert ("4", True) == who()  # three of them have no salt
    front.fault = lambda operation, _: denied if operation == "PutItem" else None
    with pytest.raises(AssertionError):
        drill.drain()  # it waits on
    front.fault = lambda _, __: None
    drill.drain()
    assert ("5", False) == who()
    drill.run("affidavit shred A1 --yes")
    assert ("3", False) == who()
    rows = drill.cloud.aws("dynamodb").scan(TableName=drill.cloud.subjects)
    assert 0 == rows["Count"]


def test_the_stream_has_a_gap(drill: Drill) -> None:
    """A chain that began and ended while nobody listened is sealed by hand, and once."""
    drill.work(2)
    drill.seal(lost=True)
    told = drill.follow("The stream has a gap")
    assert "Sealed 5 record(s)" in told[0].out + told[0].err
    drill.seal()
    assert [] == drill.finds()


def test_the_table_throttles(drill: Drill, front: FaultyFront) -> None:
    """What went to the queue waits there, and is where it belongs once it was replayed."""
    front.fault = lambda name, _: (400, "ThrottlingException") if name in WRITES else None
    drill.work(2)
    front.fault = lambda _, __: None
    assert "waiting" in drill.finds()
    drill.drain()
    drill.seal()
    drill.follow("The table throttles")
    assert [] == drill.finds()


def test_rows_no_longer_expire(drill: Drill) -> None:
    """Until Terraform has switched it on again."""
    drill.expire(on=False)
    assert "rows do not expire" in drill.drifted()
    drill.expire(on=True)
    drill.follow("Rows no longer expire")


def test_an_index_is_gone(drill: Drill) -> None:
    """Nobody is told that there was nothing; once it is back the answer is whole."""
    drill.table(GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_subject"}}])
    assert "by_subject" in drill.drifted()
    assert 3 == drill.run("affidavit who --actor w --on today").code
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("s", "t")]
    drill.table(AttributeDefinitions=attributes, GlobalSecondaryIndexUpdates=[{"Create": INDEX}])
    told = drill.follow("An index is gone")
    assert "3 access(es)" in told[1].out + told[1].err


def test_a_region_is_lost_and_comes_back(drill: Drill) -> None:
    """What the other region took meanwhile comes with the replica, and is sealed by hand."""
    there = drill.replica()
    drill.work(2, AFFIDAVIT_LEDGER=there)
    drill.replicate(OTHER, REGION)
    drill.seal(lost=True)  # longer than its stream remembers
    told = drill.follow("Go back")
    assert "Sealed 5 record(s)" in told[0].out + told[0].err


def test_a_region_is_lost_for_good(drill: Drill) -> None:
    """The copy of the archive proves what it has; a log of its own goes on over the replica."""
    there, folder = drill.replica(), drill.terminal.folder
    drill.work(2, AFFIDAVIT_LEDGER=there)
    drill.set("AFFIDAVIT_LEDGER", there)
    drill.set("COPY", drill.terminal.archive)
    drill.set("NEW_ARCHIVE", f"file://{folder / 'archive'}")
    drill.set("NEW_SIGNER", f"file://{folder / 'new.key'}?name=example.org/ledger-2")
    told = drill.follow("The first region never comes back")
    assert "Sealed 12 record(s)" in told[1].out + told[1].err


def test_each_key_of_kms_is_disabled(drill: Drill, front: FaultyFront) -> None:
    """Neither a verdict nor a checkpoint is made meanwhile; enabled, all is as before."""
    for calls, line in (
        ({"GenerateDataKey", "Decrypt"}, "verify --public-key sealer.pub"),
        ({"GenerateMac"}, "verify --public-key sealer.pub"),
        ({"Sign"}, "seal"),
    ):
        front.fault = lambda name, _, calls=calls: (  # type: ignore[misc]
            (400, "DisabledException") if name in calls else None
        )
        said = drill.run(f"affidavit {line}")
        assert (3, True) == (said.code, "DisabledException" in said.err), said
    front.fault = lambda _, __: None
    drill.follow("A key is not at hand")
