"""What test actions ask of AWS, and what they find, compared whole: one table, one row a call."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any, NamedTuple

import pytest
from botocore.response import StreamingBody

from affidavit.plugin import ActionContext, ActionError, ScenarioRun
from affidavit_harness.actions.builtin import BUILTIN
from expected_requests import ExpectedRequests

RUN = ScenarioRun(
    id="abc123", scenario="s", case="only", env="dev", started_ms=1_790_000_000_000,
    deadline_ms=1_790_000_900_000,
)  # fmt: skip
P = RUN.prefix
NOW = 1_790_000_001_000
ACTIONS = {one.name: one for one in BUILTIN}
QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/q"
TAP = f"itest-{RUN.id}-tap"
TAG = {"DataType": "String", "StringValue": RUN.id}
ARN = "arn:aws:sqs:eu-west-1:111122223333:q"
RULE = "arn:aws:events:eu-west-1:111122223333:rule/r"
KEPT = {"MessageRetentionPeriod": "3600", "SqsManagedSseEnabled": "true"}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": ARN,
            "Condition": {"ArnEquals": {"aws:SourceArn": RULE}},
        }
    ],
}


def body(data: bytes) -> StreamingBody:
    return StreamingBody(BytesIO(data), len(data))


class Call(NamedTuple):
    """One request of an action, and its answer; an answer that is a word is a refusal."""

    service: str
    operation: str
    asked: dict[str, Any]
    answer: Any


def s(text: str) -> dict[str, str]:
    return {"S": text}


def puts(names: Iterable[object]) -> dict[str, Any]:
    return {"tab": [{"PutRequest": {"Item": {"pk": s(f"{P}{one}")}}} for one in names]}


def deletes(names: Iterable[object]) -> dict[str, Any]:
    return {"tab": [{"DeleteRequest": {"Key": {"pk": s(f"{P}{one}")}}} for one in names]}


MAIL = b"From: a@example.com\nTo: T <ab@example.com>\nCc: c@example.com\nSubject: Hi\n\nabc123 go\n"
EARLY = datetime.fromtimestamp(RUN.started_ms / 1000, UTC) - timedelta(seconds=60)

CALLS: list[tuple[str, dict[str, Any], list[Call], Any]] = [
    (
        "dynamodb.get",
        {"table": "tab", "key": {"pk": "a", "n": 1.5}},
        [
            Call(
                "dynamodb",
                "get_item",
                {
                    "TableName": "tab",
                    "Key": {"pk": s("a"), "n": {"N": "1.5"}},
                    "ConsistentRead": True,
                },
                {"Item": {"pk": s("a"), "n": {"N": "1.5"}, "m": {"N": "2"}, "b": {"B": b"\x01"}}},
            )
        ],
        {"item": {"pk": "a", "n": 1.5, "m": 2, "b": "01"}},
    ),
    (
        "dynamodb.get",
        {"table": "tab", "key": {"pk": "a"}},
        [
            Call(
                "dynamodb",
                "get_item",
                {"TableName": "tab", "Key": {"pk": s("a")}, "ConsistentRead": True},
                {},
            )
        ],
        {"item": None},
    ),
    (
        "dynamodb.get",
        {"table": "tab", "keys": [{"pk": "a"}, {"pk": "b"}]},
        [
            Call(
                "dynamodb",
                "batch_get_item",
                {
                    "RequestItems": {
                        "tab": {"Keys": [{"pk": s("a")}, {"pk": s("b")}], "ConsistentRead": True}
                    }
                },
                {
                    "Responses": {"tab": [{"pk": s("a")}]},
                    "UnprocessedKeys": {"tab": {"Keys": [{"pk": s("b")}]}},
                },
            ),
            Call(
                "dynamodb",
                "batch_get_item",
                {"RequestItems": {"tab": {"Keys": [{"pk": s("b")}]}}},
                {"Responses": {"tab": [{"pk": s("b")}]}, "UnprocessedKeys": {}},
            ),
        ],
        {"items": [{"pk": "a"}, {"pk": "b"}], "count": 2},
    ),
    (
        "dynamodb.put",
        {"table": "tab", "item": {"pk": f"{P}a", "n": 0.1, "l": [0.5, {"x": 0.25}], "t": True}},
        [
            Call(
                "dynamodb",
                "put_item",
                {
                    "TableName": "tab",
                    "Item": {
                        "pk": s(f"{P}a"),
                        "n": {"N": "0.1"},
                        "l": {"L": [{"N": "0.5"}, {"M": {"x": {"N": "0.25"}}}]},
                        "t": {"BOOL": True},
                    },
                },
                {},
            )
        ],
        {"written": True, "count": 1},
    ),
    (
        "dynamodb.put",
        {"table": "tab", "items": [{"pk": f"{P}{n}"} for n in range(26)]},
        [
            Call(
                "dynamodb",
                "batch_write_item",
                {"RequestItems": puts(range(25))},
                {"UnprocessedItems": puts([9])},
            ),
            Call(
                "dynamodb",
                "batch_write_item",
                {"RequestItems": puts([9, 25])},
                {"UnprocessedItems": {}},
            ),
        ],
        {"written": True, "count": 26},
    ),
    (
        "dynamodb.update",
        {
            "table": "tab",
            "key": {"pk": f"{P}a"},
            "set": {"x": 1, "y": "b"},
            "add": {"n": 2},
            "remove": ["z"],
        },
        [
            Call(
                "dynamodb",
                "update_item",
                {
                    "TableName": "tab",
                    "Key": {"pk": s(f"{P}a")},
                    "UpdateExpression": "SET #n0 = :n0, #n1 = :n1 ADD #n2 :n2 REMOVE #n3",
                    "ExpressionAttributeNames": {"#n0": "x", "#n1": "y", "#n2": "n", "#n3": "z"},
                    "ExpressionAttributeValues": {
                        ":n0": {"N": "1"},
                        ":n1": s("b"),
                        ":n2": {"N": "2"},
                    },
                    "ReturnValues": "ALL_NEW",
                },
                {"Attributes": {"pk": s(f"{P}a"), "x": {"N": "1"}}},
            )
        ],
        {"item": {"pk": f"{P}a", "x": 1}},
    ),
    (
        "dynamodb.update",
        {"table": "tab", "key": {"pk": f"{P}a"}, "remove": ["z"]},
        [
            Call(
                "dynamodb",
                "update_item",
                {
                    "TableName": "tab",
                    "Key": {"pk": s(f"{P}a")},
                    "UpdateExpression": "REMOVE #n0",
                    "ExpressionAttributeNames": {"#n0": "z"},
                    "ReturnValues": "ALL_NEW",
                },
                {"Attributes": {}},
            )
        ],
        {"item": {}},
    ),
    (
        "dynamodb.query",
        {"table": "tab", "key": {"pk": "a"}, "begins_with": {"sk": "b"}},
        [
            Call(
                "dynamodb",
                "query",
                {
                    "TableName": "tab",
                    "KeyConditionExpression": "#k0 = :k0 AND begins_with(#b, :b)",
                    "ExpressionAttributeNames": {"#k0": "pk", "#b": "sk"},
                    "ExpressionAttributeValues": {":k0": s("a"), ":b": s("b")},
                    "ConsistentRead": True,
                },
                {"Items": [{"pk": s("a")}]},
            )
        ],
        {"items": [{"pk": "a"}], "count": 1},
    ),
    (
        "dynamodb.query",
        {"table": "tab", "key": {"a": "x", "b": 1}, "index": "by_a"},
        [
            Call(
                "dynamodb",
                "query",
                {
                    "TableName": "tab",
                    "IndexName": "by_a",
                    "KeyConditionExpression": "#k0 = :k0 AND #k1 = :k1",
                    "ExpressionAttributeNames": {"#k0": "a", "#k1": "b"},
                    "ExpressionAttributeValues": {":k0": s("x"), ":k1": {"N": "1"}},
                    "ConsistentRead": False,
                },
                {"Items": []},
            )
        ],
        {"items": [], "count": 0},
    ),
    (
        "dynamodb.delete",
        {"table": "tab", "key": {"pk": f"{P}a"}},
        [Call("dynamodb", "delete_item", {"TableName": "tab", "Key": {"pk": s(f"{P}a")}}, {})],
        {"deleted": True, "count": 1},
    ),
    (
        "dynamodb.delete",
        {"table": "tab", "keys": [{"pk": f"{P}a"}, {"pk": f"{P}b"}]},
        [
            Call(
                "dynamodb",
                "batch_write_item",
                {"RequestItems": deletes("ab")},
                {},
            )
        ],
        {"deleted": True, "count": 2},
    ),
    (
        "s3.get",
        {"bucket": "b", "key": "k"},
        [
            Call(
                "s3",
                "get_object",
                {"Bucket": "b", "Key": "k"},
                {"Body": body(b'{"a": 1}'), "ContentLength": 8, "ContentType": "x/y"},
            )
        ],
        {
            "exists": True,
            "size": 8,
            "body": {"a": 1},
            "sha256": hashlib.sha256(b'{"a": 1}').hexdigest(),
            "content_type": "x/y",
        },
    ),
    (
        "s3.get",
        {"bucket": "b", "key": "k"},
        [
            Call(
                "s3",
                "get_object",
                {"Bucket": "b", "Key": "k"},
                {"Body": body(b"\xff"), "ContentLength": 1},
            )
        ],
        {
            "exists": True,
            "size": 1,
            "body": "\N{REPLACEMENT CHARACTER}",
            "sha256": hashlib.sha256(b"\xff").hexdigest(),
            "content_type": "",
        },
    ),
    (
        "s3.get",
        {"bucket": "b", "key": "k"},
        [Call("s3", "get_object", {"Bucket": "b", "Key": "k"}, "NoSuchKey")],
        {"exists": False},
    ),
    (
        "s3.put",
        {"bucket": "b", "key": f"{P}k", "body": {"a": 1}},
        [
            Call(
                "s3",
                "put_object",
                {
                    "Bucket": "b",
                    "Key": f"{P}k",
                    "Body": b'{"a": 1}',
                    "Tagging": f"itest-run={RUN.id}",
                },
                {"ETag": '"e"'},
            )
        ],
        {"etag": "e"},
    ),
    (
        "s3.delete",
        {"bucket": "b", "key": f"{P}k"},
        [Call("s3", "delete_object", {"Bucket": "b", "Key": f"{P}k"}, {})],
        {"deleted": True},
    ),
    (
        "sqs.send",
        {"queue": QUEUE, "body": {"a": 1}, "attributes": {"kind": "x", "itest-run": "forged"}},
        [
            Call(
                "sqs",
                "send_message",
                {
                    "QueueUrl": QUEUE,
                    "MessageBody": '{"a": 1}',
                    "MessageAttributes": {
                        "kind": {"DataType": "String", "StringValue": "x"},
                        "itest-run": TAG,
                    },
                },
                {"MessageId": "m"},
            )
        ],
        {"message_id": "m"},
    ),
    (
        "sqs.send",
        {"queue": QUEUE, "bodies": [str(n) for n in range(11)]},
        [
            Call(
                "sqs",
                "send_message_batch",
                {
                    "QueueUrl": QUEUE,
                    "Entries": [
                        {
                            "Id": str(n),
                            "MessageBody": str(first + n),
                            "MessageAttributes": {"itest-run": TAG},
                        }
                        for n in range(count)
                    ],
                },
                {
                    "Successful": [
                        {"Id": str(n), "MessageId": f"m{first + n}", "MD5OfMessageBody": "x"}
                        for n in range(count)
                    ],
                    "Failed": [],
                },
            )
            for first, count in ((0, 10), (10, 1))
        ],
        {"message_ids": [f"m{n}" for n in range(11)], "count": 11},
    ),
    (
        "sqs.receive",
        {"queue": QUEUE, "wait_s": 0},
        [
            Call(
                "sqs",
                "receive_message",
                {
                    "QueueUrl": QUEUE,
                    "MaxNumberOfMessages": 10,
                    "WaitTimeSeconds": 0,
                    "VisibilityTimeout": 2,
                    "MessageAttributeNames": ["All"],
                },
                {
                    "Messages": [
                        {
                            "MessageId": "1",
                            "Body": '{"a": 1}',
                            "MessageAttributes": {"itest-run": TAG},
                        },
                        {"MessageId": "2", "Body": "nobody's"},
                        {
                            "MessageId": "3",
                            "Body": "x",
                            "MessageAttributes": {
                                "itest-run": {"DataType": "String", "StringValue": "other"}
                            },
                        },
                    ]
                },
            )
        ],
        {
            "messages": [{"id": "1", "body": {"a": 1}, "attributes": {"itest-run": RUN.id}}],
            "count": 1,
        },
    ),
    (
        "eventbridge.put",
        {"source": "p", "detail_type": "D", "detail": {"a": 1}},
        [
            Call(
                "events",
                "put_events",
                {
                    "Entries": [
                        {
                            "EventBusName": "default",
                            "Source": "p",
                            "DetailType": "D",
                            "Detail": '{"a": 1}',
                        }
                    ]
                },
                {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]},
            )
        ],
        {"event_id": "e"},
    ),
    (
        "eventbridge.tap",
        {"pattern": {"source": ["p"]}, "bus": "mine"},
        [
            Call(
                "sqs",
                "create_queue",
                {
                    "QueueName": TAP,
                    "Attributes": KEPT,
                    "tags": {"itest:run": RUN.id, "itest:expires": "1790000900"},
                },
                {"QueueUrl": QUEUE},
            ),
            Call(
                "sqs",
                "get_queue_attributes",
                {"QueueUrl": QUEUE, "AttributeNames": ["QueueArn"]},
                {"Attributes": {"QueueArn": ARN}},
            ),
            Call(
                "events",
                "put_rule",
                {
                    "Name": TAP,
                    "EventBusName": "mine",
                    "EventPattern": '{"source": ["p"]}',
                    "Tags": [
                        {"Key": "itest:run", "Value": RUN.id},
                        {"Key": "itest:expires", "Value": "1790000900"},
                    ],
                },
                {"RuleArn": RULE},
            ),
            Call(
                "sqs",
                "set_queue_attributes",
                {"QueueUrl": QUEUE, "Attributes": {"Policy": json.dumps(POLICY)}},
                {},
            ),
            Call(
                "events",
                "put_targets",
                {"Rule": TAP, "EventBusName": "mine", "Targets": [{"Id": "queue", "Arn": ARN}]},
                {"FailedEntryCount": 0, "FailedEntries": []},
            ),
        ],
        {"tap": TAP},
    ),
    (
        "eventbridge.untap",
        {"bus": "mine"},
        [
            Call(
                "events",
                "remove_targets",
                {"Rule": TAP, "EventBusName": "mine", "Ids": ["queue"]},
                {},
            ),
            Call("events", "delete_rule", {"Name": TAP, "EventBusName": "mine"}, {}),
            Call("sqs", "get_queue_url", {"QueueName": TAP}, {"QueueUrl": QUEUE}),
            Call("sqs", "delete_queue", {"QueueUrl": QUEUE}, {}),
        ],
        {"removed": 2},
    ),
    (
        "eventbridge.untap",
        {},
        [
            Call(
                "events",
                "remove_targets",
                {"Rule": TAP, "EventBusName": "default", "Ids": ["queue"]},
                "ResourceNotFoundException",
            ),
            Call("sqs", "get_queue_url", {"QueueName": TAP}, "QueueDoesNotExist"),
        ],
        {"removed": 0},
    ),
    (
        "eventbridge.read_tap",
        {},
        [
            Call("sqs", "get_queue_url", {"QueueName": TAP}, {"QueueUrl": QUEUE}),
            *(
                Call(
                    "sqs",
                    "receive_message",
                    {
                        "QueueUrl": QUEUE,
                        "MaxNumberOfMessages": 10,
                        "WaitTimeSeconds": 0,
                        "VisibilityTimeout": 1,
                    },
                    {"Messages": [{"MessageId": one, "Body": f'{{"n": "{one}"}}'} for one in told]},
                )
                for told in ("ab", "", "bc", "", "")
            ),
        ],
        {"events": [{"n": "a"}, {"n": "b"}, {"n": "c"}], "count": 3},
    ),
    (
        "sns.publish",
        {"topic": "arn:aws:sns:eu-west-1:111122223333:t", "message": {"ä": 1}, "subject": "Hi"},
        [
            Call(
                "sns",
                "publish",
                {
                    "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t",
                    "Message": '{"ä": 1}',
                    "MessageAttributes": {"itest-run": TAG},
                    "Subject": "Hi",
                },
                {"MessageId": "m"},
            )
        ],
        {"message_id": "m"},
    ),
    (
        "kinesis.put",
        {"stream": "st", "data": "x"},
        [
            Call(
                "kinesis",
                "put_record",
                {"StreamName": "st", "Data": b"x", "PartitionKey": RUN.id},
                {"ShardId": "sh", "SequenceNumber": "7"},
            )
        ],
        {"shard": "sh", "sequence_number": "7"},
    ),
    (
        "ssm.get",
        {"name": "/a"},
        [
            Call(
                "ssm",
                "get_parameter",
                {"Name": "/a", "WithDecryption": True},
                {"Parameter": {"Value": "v", "Type": "String", "Version": 3}},
            )
        ],
        {"value": "v", "type": "String", "version": 3},
    ),
    (
        "stepfunctions.start",
        {"machine": "arn:m", "input": {"a": 1}},
        [
            Call(
                "stepfunctions",
                "start_execution",
                {
                    "stateMachineArn": "arn:m",
                    "name": f"itest-{RUN.id}-{NOW}",
                    "input": '{"a": 1}',
                },
                {"executionArn": "arn:x", "startDate": EARLY},
            )
        ],
        {"execution": "arn:x"},
    ),
    (
        "stepfunctions.describe",
        {"execution": "arn:x"},
        [
            Call(
                "stepfunctions",
                "describe_execution",
                {"executionArn": "arn:x"},
                {
                    "executionArn": "arn:x",
                    "stateMachineArn": "arn:m",
                    "startDate": EARLY,
                    "status": "FAILED",
                    "output": '{"a": 1}',
                    "error": "E",
                    "cause": "C",
                },
            )
        ],
        {"status": "FAILED", "output": {"a": 1}, "error": "E", "cause": "C"},
    ),
    (
        "lambda.invoke",
        {"function": "fn", "payload": {"a": 1}, "qualifier": "live"},
        [
            Call(
                "lambda",
                "invoke",
                {"FunctionName": "fn", "Payload": b'{"a": 1}', "Qualifier": "live"},
                {
                    "StatusCode": 200,
                    "Payload": body(b'{"body": "{\\"b\\": 2}"}'),
                    "FunctionError": "Unhandled",
                    "ResponseMetadata": {"RequestId": "r"},
                },
            )
        ],
        {
            "status": 200,
            "payload": {"body": '{"b": 2}'},
            "function_error": "Unhandled",
            "request_id": "r",
            "body": {"b": 2},
        },
    ),
    (
        "mail.read",
        {"bucket": "b", "prefix": "in/", "to": "AB@example.com"},
        [
            Call(
                "s3",
                "list_objects_v2",
                {"Bucket": "b", "Prefix": "in/"},
                {
                    "Contents": [
                        {"Key": "old", "LastModified": EARLY - timedelta(seconds=1)},
                        {"Key": "first", "LastModified": EARLY},
                        {"Key": "then", "LastModified": EARLY + timedelta(seconds=9)},
                    ]
                },
            ),
            Call("s3", "get_object", {"Bucket": "b", "Key": "then"}, {"Body": body(b"To: x\n\ny")}),
            Call("s3", "get_object", {"Bucket": "b", "Key": "first"}, {"Body": body(MAIL)}),
        ],
        {
            "messages": [
                {
                    "from": "a@example.com",
                    "to": ["ab@example.com", "c@example.com"],
                    "subject": "Hi",
                    "text": "abc123 go\n",
                    "html": None,
                    "links": [],
                }
            ],
            "count": 1,
        },
    ),
]  # fmt: skip


@pytest.fixture
def aws() -> Iterator[ExpectedRequests]:
    """Services that answer what is expected of an action, and nothing else."""
    held = ExpectedRequests()
    yield held
    held.heard_all()


def _context(aws: ExpectedRequests, left_s: float = 5.0) -> ActionContext:
    return ActionContext(
        run=RUN,
        read_only=False,
        hosts=(),
        loopback=False,
        client=aws.client,
        function=lambda _: None,
        runtime=lambda: None,
        resolve=lambda *_: [],
        left_s=lambda: left_s,
        now_ms=lambda: NOW,
    )


def _expect(aws: ExpectedRequests, calls: list[Call]) -> None:
    for one in calls:
        if isinstance(one.answer, str):
            aws.refuses(one.service, one.operation, one.asked, one.answer)
        else:
            aws.answers(one.service, one.operation, one.asked, one.answer)


@pytest.mark.parametrize("row", range(len(CALLS)), ids=[f"{n}-{r[0]}" for n, r in enumerate(CALLS)])
def test_an_action_asks_this_and_finds_that(aws: ExpectedRequests, row: int) -> None:
    """Each parameter where AWS wants it, and nothing beside."""
    name, said, calls, wanted = CALLS[row]
    _expect(aws, calls)
    action = ACTIONS[name]
    found = dict(action.run(action.params.model_validate(said), _context(aws)))

    took = found.pop("duration_ms", 0)
    assert 0 <= took
    assert wanted == found
    assert json.dumps(found)


OURS = [
    ("s3.put", {"bucket": "b", "key": "KEY", "body": "x"}),
    ("s3.delete", {"bucket": "b", "key": "KEY"}),
    ("dynamodb.put", {"table": "tab", "item": {"pk": "KEY"}}),
    ("dynamodb.put", {"table": "tab", "items": [{"pk": f"{P}a"}, {"pk": "KEY"}]}),
    ("dynamodb.put", {"table": "tab", "key": ["other"], "item": {"pk": f"{P}a", "other": "KEY"}}),
    ("dynamodb.update", {"table": "tab", "key": {"pk": "KEY"}, "set": {"a": 1}}),
    ("dynamodb.delete", {"table": "tab", "key": {"pk": "KEY"}}),
    ("dynamodb.delete", {"table": "tab", "keys": [{"pk": f"{P}a"}, {"pk": "KEY"}]}),
]


@pytest.mark.parametrize("row", range(len(OURS)))
@pytest.mark.parametrize("key", ["real", f"x{P}a", P[:-1], ""])
def test_a_key_that_is_not_the_runs_own_is_never_sent(
    aws: ExpectedRequests, row: int, key: str
) -> None:
    """Neither to be written nor to be undone."""
    name, said = OURS[row]
    action = ACTIONS[name]
    params = action.params.model_validate(json.loads(json.dumps(said).replace("KEY", key)))
    acts = [action.run] if action.undo is None else [action.run, action.undo]

    for act in acts:
        with pytest.raises(ActionError) as error:
            act(params, _context(aws))
        assert "Harness.Key" == error.value.name


@pytest.mark.parametrize(
    ("name", "said", "undo", "params"),
    [
        ("s3.put", {"bucket": "b", "key": f"{P}k", "body": "x"}, "s3.delete",
         {"bucket": "b", "key": f"{P}k"}),
        ("dynamodb.put",
         {"table": "tab", "key": ["pk", "sk"], "item": {"pk": f"{P}a", "sk": 1, "x": 2}},
         "dynamodb.delete", {"table": "tab", "key": {"pk": f"{P}a", "sk": 1}}),
        ("dynamodb.put", {"table": "tab", "items": [{"pk": f"{P}a"}]}, "dynamodb.delete",
         {"table": "tab", "keys": [{"pk": f"{P}a"}]}),
        ("dynamodb.update", {"table": "tab", "key": {"pk": f"{P}a"}, "remove": ["x"]},
         "dynamodb.delete", {"table": "tab", "key": {"pk": f"{P}a"}}),
        ("eventbridge.tap", {"bus": "mine", "pattern": {}, "name": "two"}, "eventbridge.untap",
         {"bus": "mine", "name": "two"}),
    ],
    ids=["object", "item", "items", "update", "tap"],
)  # fmt: skip
def test_the_way_back_is_this(
    aws: ExpectedRequests, name: str, said: Any, undo: str, params: Any
) -> None:
    """It names an action that takes back, with parameters that this one takes."""
    action = ACTIONS[name]
    assert action.undo is not None
    told = action.undo(action.params.model_validate(said), _context(aws))

    assert (undo, params) == told
    assert ACTIONS[undo].compensates
    ACTIONS[undo].params.model_validate(dict(told.params))


def test_a_batch_that_is_not_taken_says_so(aws: ExpectedRequests) -> None:
    """And is not sent again; how many were, is told."""
    entry = {"Id": "0", "MessageBody": "x", "MessageAttributes": {"itest-run": TAG}}
    failed = {"Id": "0", "Code": "Busy", "SenderFault": False}
    answer: dict[str, Any] = {"Successful": [], "Failed": [failed]}
    aws.answers("sqs", "send_message_batch", {"QueueUrl": QUEUE, "Entries": [entry]}, answer)
    action = ACTIONS["sqs.send"]

    with pytest.raises(ActionError, match="the queue says Busy; 0 were") as error:
        action.run(action.params.model_validate({"queue": QUEUE, "bodies": ["x"]}), _context(aws))
    assert "Busy" == error.value.name


@pytest.mark.parametrize("said", [{"items": [{"pk": f"{P}a"}]}, {"keys": [{"pk": "a"}]}])
def test_without_time_nothing_is_asked_again(aws: ExpectedRequests, said: dict[str, Any]) -> None:
    """What DynamoDB had no room for is an error then, and no result."""
    if "items" in said:
        put = puts("a")
        aws.answers(
            "dynamodb", "batch_write_item", {"RequestItems": put}, {"UnprocessedItems": put}
        )
    else:
        keys = {"tab": {"Keys": [{"pk": s("a")}], "ConsistentRead": True}}
        answer = {"Responses": {}, "UnprocessedKeys": keys}
        aws.answers("dynamodb", "batch_get_item", {"RequestItems": keys}, answer)
    action = ACTIONS["dynamodb.put" if "items" in said else "dynamodb.get"]

    with pytest.raises(ActionError) as error:
        action.run(action.params.model_validate({"table": "tab", **said}), _context(aws, 0.0))
    assert "Harness.Timeout" == error.value.name


@pytest.mark.parametrize(("count", "refused"), [(500, False), (501, True)])
def test_a_query_of_five_hundred_is_the_largest(
    aws: ExpectedRequests, count: int, refused: bool
) -> None:
    """Over all of its pages."""
    asked = {
        "TableName": "tab",
        "KeyConditionExpression": "#k0 = :k0",
        "ExpressionAttributeNames": {"#k0": "pk"},
        "ExpressionAttributeValues": {":k0": s("a")},
        "ConsistentRead": True,
    }
    items = [{"pk": s("a"), "n": {"N": str(n)}} for n in range(count)]
    more = {"LastEvaluatedKey": {"pk": s("a")}}
    aws.answers("dynamodb", "query", asked, {"Items": items[:300], **more})
    following = {**asked, "ExclusiveStartKey": {"pk": s("a")}}
    aws.answers("dynamodb", "query", following, {"Items": items[300:]})
    action = ACTIONS["dynamodb.query"]
    params = action.params.model_validate({"table": "tab", "key": {"pk": "a"}})

    if refused:
        with pytest.raises(ActionError, match="finds too much"):
            action.run(params, _context(aws))
    else:
        assert count == action.run(params, _context(aws))["count"]


def test_a_number_that_comes_back_is_as_precise_as_it_went() -> None:
    """A float is no decimal, and a whole number no float."""
    from affidavit_harness.actions.values import plain, typed

    assert {"a": {"N": "0.1"}} == typed({"a": 0.1})
    assert {"a": [1, 2.5], "s": {"x"}} == {
        **plain({"a": {"L": [{"N": "1"}, {"N": "2.5"}]}}),
        "s": set(plain({"s": {"SS": ["x"]}})["s"]),
    }
    assert Decimal("0.1") != 0.1
    assert base64.b64decode("AQ==").hex() == plain({"b": {"B": b"\x01"}})["b"]
