"""Queues, streams, schedules, topics and asynchronous events call functions, as on AWS."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from keyed_tables import keyed
from localcloud_parts import Aws, eventually

TELL = """
import boto3, json, os
queue = boto3.client("sqs")
def handler(event, context):
    queue.send_message(QueueUrl=os.environ["TO"], MessageBody=json.dumps(event))
    if "bad" in json.dumps(event):
        raise ValueError("bad")
    return {}
"""

REPORT = """
import json
def handler(event, context):
    bad = [r["messageId"] for r in event["Records"] if "poison" in r["body"]]
    print("BATCH", json.dumps([r["body"] for r in event["Records"]]))
    return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}
"""


def _listening(aws: Aws, **settings: Any) -> tuple[str, str]:
    """Return a function that tells a queue of each event, and the queue."""
    url, _ = aws.queue()
    return aws.function(TELL, variables={"TO": url}, MemorySize=512, **settings), url


def test_an_event_for_later_is_tried_three_times_and_buried(aws: Aws) -> None:
    """Each try has the same request id; the dead-letter queue gets the event itself."""
    dead, dead_arn = aws.queue()
    name, url = _listening(aws, DeadLetterConfig={"TargetArn": dead_arn})

    told = aws("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b'{"is":"bad"}')
    buried = eventually(
        lambda: (
            aws("sqs").receive_message(QueueUrl=dead, MessageAttributeNames=["All"]).get("Messages")
        )
    )

    assert 202 == told["StatusCode"]
    assert {"is": "bad"} == json.loads(buried[0]["Body"])
    attributes = {k: v["StringValue"] for k, v in buried[0]["MessageAttributes"].items()}
    assert told["ResponseMetadata"]["RequestId"] == attributes["RequestID"]
    assert "bad" == attributes["ErrorMessage"]
    assert 3 == len(aws.received(url))
    starts = [line for line in aws.log(name) if line.startswith("START ")]
    assert {attributes["RequestID"]} == {line.split()[2] for line in starts}


@pytest.mark.parametrize(("event", "condition"), [("good", "Success"), ("bad", "RetriesExhausted")])
def test_a_destination_hears_of_the_outcome(aws: Aws, event: str, condition: str) -> None:
    """With what was asked and what was answered; no retry if none is wanted."""
    url, arn = aws.queue()
    name, _ = _listening(aws)
    aws("lambda").put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnSuccess": {"Destination": arn}, "OnFailure": {"Destination": arn}},
    )
    aws("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode()
    )

    told = json.loads(eventually(lambda: aws.received(url))[0])

    assert condition == told["requestContext"]["condition"]
    assert 1 == told["requestContext"]["approximateInvokeCount"]
    assert event == told["requestPayload"]


def test_a_queue_calls_a_function_and_a_message_is_gone_when_it_is_done(aws: Aws) -> None:
    """With all that a message carries."""
    name, heard = _listening(aws)
    url, arn = aws.queue(VisibilityTimeout="1")
    aws("lambda").create_event_source_mapping(FunctionName=name, EventSourceArn=arn, BatchSize=5)
    aws("sqs").send_message(
        QueueUrl=url,
        MessageBody="hello",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "greeting"}},
    )

    record = json.loads(eventually(lambda: aws.received(heard))[0])["Records"][0]

    assert "hello" == record["body"]
    assert "greeting" == record["messageAttributes"]["kind"]["stringValue"]
    assert "1" == record["attributes"]["ApproximateReceiveCount"]
    assert ("aws:sqs", arn) == (record["eventSource"], record["eventSourceARN"])
    eventually(lambda: _waiting(aws, url) == 0)


def test_a_poison_message_does_not_take_the_others_along(aws: Aws) -> None:
    """It is tried as often as the queue says and then lies with the dead; the rest is done once."""
    dead, dead_arn = aws.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = aws.queue(VisibilityTimeout="1", RedrivePolicy=redrive)
    for body in ("one", "poison", "two"):
        aws("sqs").send_message(QueueUrl=url, MessageBody=body)
    name = aws.function(REPORT)
    aws("lambda").create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=arn,
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )

    assert ["poison"] == eventually(lambda: aws.received(dead))
    batches = [json.loads(x.partition(" ")[2]) for x in aws.log(name) if x.startswith("BATCH")]
    seen = [body for batch in batches for body in batch]
    assert (1, 1, 2) == (seen.count("one"), seen.count("two"), seen.count("poison"))


def test_a_stream_brings_changes_in_order_and_again_until_they_are_done(aws: Aws) -> None:
    """What comes before the first reported failure is not brought again."""
    code = (
        "import json\n"
        "failed = []\n"
        "def handler(event, context):\n"
        "    keys = [r['dynamodb']['Keys']['pk']['S'] for r in event['Records']]\n"
        "    print('KEYS', json.dumps(keys), event['Records'][0]['eventName'])\n"
        "    if 'b' in keys and not failed:\n"
        "        failed.append(1)\n"
        "        number = event['Records'][keys.index('b')]['dynamodb']['SequenceNumber']\n"
        "        return {'batchItemFailures': [{'itemIdentifier': number}]}\n"
    )
    name, table = aws.function(code), _table(aws)
    for key in ("a", "b", "c"):
        aws("dynamodb").put_item(TableName=table, Item={"pk": {"S": key}, "b": {"B": b"\x00"}})
    _stream_to(aws, table, name, FunctionResponseTypes=["ReportBatchItemFailures"])

    def batches() -> list[list[str]]:
        lines = [line for line in aws.log(name) if line.startswith("KEYS")]
        return [json.loads(line.rpartition(" ")[0][5:]) for line in lines]

    eventually(lambda: len(batches()) >= 2)
    assert [["a", "b", "c"], ["b", "c"]] == batches()


def test_a_stream_brings_binary_and_nested_values_as_on_aws(aws: Aws) -> None:
    """Base64 once, at any depth; numbers as text."""
    heard, table = aws.queue()[0], _table(aws)
    name = aws.function(TELL, variables={"TO": heard}, MemorySize=512)
    _stream_to(aws, table, name)
    deep = {"M": {"b": {"B": b"\x00\xff"}, "l": {"L": [{"N": "7"}]}}}
    aws("dynamodb").put_item(
        TableName=table, Item={"pk": {"S": "a"}, "b": {"B": b"\x00\xff"}, "deep": deep}
    )

    image = json.loads(eventually(lambda: aws.received(heard))[0])["Records"][0]["dynamodb"]

    assert {
        "pk": {"S": "a"},
        "b": {"B": "AP8="},
        "deep": {"M": {"b": {"B": "AP8="}, "l": {"L": [{"N": "7"}]}}},
    } == image["NewImage"]
    assert isinstance(image["ApproximateCreationDateTime"], int)


def test_a_stream_gives_up_where_it_was_told_to(aws: Aws) -> None:
    """The destination hears which records were given up, and the next ones come."""
    url, arn = aws.queue()
    heard, table = aws.queue()[0], _table(aws)
    name = aws.function(TELL, variables={"TO": heard}, MemorySize=512)
    _stream_to(
        aws,
        table,
        name,
        BatchSize=1,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    for key in ("bad", "fine"):
        aws("dynamodb").put_item(TableName=table, Item={"pk": {"S": key}})

    told = json.loads(eventually(lambda: aws.received(url))[0])

    assert (2, 1) == (
        told["requestContext"]["approximateInvokeCount"],
        told["DDBStreamBatchInfo"]["batchSize"],
    )
    seen: list[str] = []
    eventually(lambda: seen.extend(aws.received(heard)) or any('"fine"' in one for one in seen))


def test_a_kinesis_stream_brings_each_shard_in_order_and_gives_up_where_it_was_told(
    aws: Aws,
) -> None:
    """A bad record holds up its own shard alone, and its place is told at the end."""
    url, arn = aws.queue()
    heard = aws.queue()[0]
    name = aws.function(TELL, variables={"TO": heard}, MemorySize=512)
    stream = aws.name("stream")
    aws("kinesis").create_stream(StreamName=stream, ShardCount=2)
    told = aws("kinesis").describe_stream(StreamName=stream)["StreamDescription"]
    aws("lambda").create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=told["StreamARN"],
        StartingPosition="TRIM_HORIZON",
        BatchSize=1,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    low, high = (one["HashKeyRange"]["StartingHashKey"] for one in told["Shards"])
    for key, data in ((low, b'"YmFk"'), (low, b"fine"), (high, b"other")):
        aws("kinesis").put_record(
            StreamName=stream, PartitionKey="bad" if data[:1] == b'"' else "k",
            ExplicitHashKey=key, Data=data,
        )  # fmt: skip

    lost = json.loads(eventually(lambda: aws.received(url))[0])
    seen: list[str] = []
    eventually(lambda: seen.extend(aws.received(heard)) or len(seen) >= 4)
    records = [json.loads(one)["Records"][0] for one in seen]

    assert ("RetryAttemptsExhausted", 1) == (
        lost["requestContext"]["condition"],
        lost["KinesisBatchInfo"]["batchSize"],
    )
    assert {"aws:kinesis"} == {one["eventSource"] for one in records}
    assert {"fine", "other", '"YmFk"'} == {
        base64.b64decode(one["kinesis"]["data"]).decode() for one in records
    }


def test_a_filter_keeps_what_nobody_wants_away(aws: Aws) -> None:
    """Only removals pass, and the others are done with."""
    heard, table = aws.queue()[0], _table(aws)
    name = aws.function(TELL, variables={"TO": heard}, MemorySize=512)
    wanted = json.dumps({"eventName": ["REMOVE"]})
    _stream_to(aws, table, name, FilterCriteria={"Filters": [{"Pattern": wanted}]})
    aws("dynamodb").put_item(TableName=table, Item={"pk": {"S": "a"}})
    aws("dynamodb").delete_item(TableName=table, Key={"pk": {"S": "a"}})

    records = json.loads(eventually(lambda: aws.received(heard))[0])["Records"]

    assert ["REMOVE"] == [record["eventName"] for record in records]


def test_a_topic_calls_a_function_and_its_publisher_does_not_wait(aws: Aws) -> None:
    """Asynchronously, as on AWS: a slow function does not slow the publisher."""
    name, heard = _listening(aws)
    topic = aws("sns").create_topic(Name=aws.name("topic"))["TopicArn"]
    arn = aws("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    aws.permit(name, "sns")
    told = aws("sns").publish(
        TopicArn=topic,
        Message="news",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "good"}},
    )

    record = json.loads(eventually(lambda: aws.received(heard))[0])["Records"][0]

    assert ("news", topic) == (record["Sns"]["Message"], record["Sns"]["TopicArn"])
    assert told["MessageId"] == record["Sns"]["MessageId"]
    assert {"kind": {"Type": "String", "Value": "good"}} == record["Sns"]["MessageAttributes"]


def test_a_bucket_calls_a_function(aws: Aws) -> None:
    """With the name of the object."""
    name, heard = _listening(aws)
    bucket = aws.name("bucket")
    aws("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    arn = aws("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    aws("s3").put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
            ]
        },
    )
    aws.permit(name, "s3")
    aws("s3").put_object(Bucket=bucket, Key="k", Body=b"x")

    eventually(lambda: any('"key": "k"' in one for one in aws.received(heard)))


def test_a_rule_sends_events_to_a_function(aws: Aws) -> None:
    """Those that its pattern wants."""
    name, heard = _listening(aws)
    arn = aws("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    rule = aws.name("rule")
    aws("events").put_rule(Name=rule, EventPattern=json.dumps({"source": ["shop"]}))
    aws("events").put_targets(Rule=rule, Targets=[{"Id": "f", "Arn": arn}])
    aws.permit(name, "events")
    for source in ("other", "shop"):
        aws("events").put_events(
            Entries=[{"Source": source, "DetailType": "sold", "Detail": '{"n": 1}'}]
        )

    event = json.loads(eventually(lambda: aws.received(heard))[0])

    assert ("shop", "sold", {"n": 1}) == (event["source"], event["detail-type"], event["detail"])
    assert isinstance(event["time"], str)


def test_a_schedule_is_due_once(aws: Aws) -> None:
    """`at(…)` in a moment, with its own input."""
    import time

    name, heard = _listening(aws)
    arn = aws("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 2))
    aws("scheduler").create_schedule(
        Name=aws.name("schedule"),
        ScheduleExpression=f"at({at})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": aws.role(), "Input": '{"tick": 1}'},
    )

    assert {"tick": 1} == json.loads(eventually(lambda: aws.received(heard))[0])


def test_a_rate_of_the_scheduler_begins_at_once(aws: Aws) -> None:
    """As EventBridge Scheduler does without a start date; a rule of EventBridge waits."""
    name, heard = _listening(aws)
    arn = aws("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    aws("scheduler").create_schedule(
        Name=aws.name("schedule"),
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": aws.role(), "Input": '{"tick": 2}'},
    )

    assert {"tick": 2} == json.loads(eventually(lambda: aws.received(heard))[0])


def test_a_state_machine_runs_real_code(aws: Aws) -> None:
    """An error is caught by its type, and the answer goes on."""
    code = (
        "def handler(e, c):\n"
        "    if e['n'] == 2:\n"
        "        raise ValueError('two')\n"
        "    return e['n']\n"
    )
    name = aws.function(code)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": name, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "Catch": [{"ErrorEquals": ["ValueError"], "ResultPath": "$.error", "Next": "Caught"}],
        "End": True,
    }
    inner = {
        "StartAt": "Call",
        "States": {"Call": task, "Caught": {"Type": "Pass", "Result": "caught", "End": True}},
    }
    definition = {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemProcessor": inner,
                "End": True,
            }
        },
    }
    states = aws("stepfunctions")
    machine = states.create_state_machine(
        name=aws.name("machine"), definition=json.dumps(definition), roleArn=aws.role()
    )["stateMachineArn"]
    run = states.start_execution(
        stateMachineArn=machine, input=json.dumps({"items": [{"n": 1}, {"n": 2}, {"n": 3}]})
    )["executionArn"]

    def ended() -> Any:
        told = states.describe_execution(executionArn=run)
        return told if told["status"] != "RUNNING" else None

    told = eventually(ended)
    assert ("SUCCEEDED", [1, "caught", 3]) == (told["status"], json.loads(told["output"]))


def test_a_function_that_was_deleted_is_called_no_more(aws: Aws) -> None:
    """Its mapping stays quiet, and the rest of the cloud goes on."""
    name = aws.function(REPORT)
    url, arn = aws.queue()
    aws("lambda").create_event_source_mapping(FunctionName=name, EventSourceArn=arn)
    aws("lambda").delete_function(FunctionName=name)
    aws("sqs").send_message(QueueUrl=url, MessageBody="nobody listens")
    again = aws.function("def handler(e, c):\n    return 1\n")

    assert 1 == aws.call(again)


def _table(aws: Aws) -> str:
    name = aws.name("table")
    aws("dynamodb").create_table(
        TableName=name,
        **keyed(pk="S"),
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return name


def _stream_to(aws: Aws, table: str, function: str, **settings: Any) -> None:
    arn = aws("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    aws("lambda").create_event_source_mapping(
        FunctionName=function, EventSourceArn=arn, StartingPosition="TRIM_HORIZON", **settings
    )


def _waiting(aws: Aws, url: str) -> int:
    found = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(found["ApproximateNumberOfMessages"]) + int(
        found["ApproximateNumberOfMessagesNotVisible"]
    )
