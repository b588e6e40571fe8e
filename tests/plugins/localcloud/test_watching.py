"""Lines become metrics, metrics raise alarms, and an alarm tells whom it is to tell."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from affidavit_localcloud.watching.measured import KEPT_S, Measured, Series, dimensions_of
from affidavit_localcloud.watching.metric_sources import embedded
from localcloud_parts import Aws

FAILS = "def handler(e, c):\n    raise ValueError\n"
COUNTS = (
    "import json, time\n"
    "def handler(e, c):\n"
    "    meta = {'Timestamp': int(time.time() * 1000), 'CloudWatchMetrics': [\n"
    "        {'Namespace': e['space'], 'Dimensions': [['Action']], 'Metrics': [{'Name': 'N'}]}]}\n"
    "    print(json.dumps({'_aws': meta, 'N': e['n'], 'Action': e['action']}))\n"
)


def _eventually(look: Callable[[], Any], wanted: Callable[[Any], bool] = bool) -> Any:
    deadline = time.monotonic() + 30
    while not wanted(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return found


def _alarm(aws: Aws, **more: Any) -> Callable[[], str]:
    name = aws.name("alarm")
    usual = {
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    aws("cloudwatch").put_metric_alarm(AlarmName=name, **{**usual, **more})

    def state() -> str:
        (told,) = aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(told["StateValue"])

    return state


def test_a_line_becomes_a_metric_and_raises_an_alarm(aws: Aws) -> None:
    """As the modules ask: all actions of one metric added up, by Metrics Insights."""
    space = aws.name("space")
    query = f'SELECT SUM(N) FROM SCHEMA("{space}", Action)'  # noqa: S608 - no SQL
    metric = {"Id": "q", "Expression": query, "Period": 60, "ReturnData": True}
    state = _alarm(aws, Metrics=[metric], Threshold=4)
    function = aws.function(COUNTS)
    assert "ALARM" != state()

    for action in ("READ", "WRITE"):
        aws.call(function, {"space": space, "n": [1, 2], "action": action})

    listed = aws("cloudwatch").list_metrics(Namespace=space)["Metrics"]
    assert {"N"} == {one["MetricName"] for one in listed}
    _eventually(state, lambda told: told == "ALARM")


def test_an_error_of_an_alias_raises_a_canarys_alarm(aws: Aws) -> None:
    """Lambda counts by the alias that was called, so a canary can be taken back by itself."""
    function = aws.function(FAILS)
    aws("lambda").publish_version(FunctionName=function)
    aws("lambda").create_alias(FunctionName=function, Name="live", FunctionVersion="1")
    dimensions = {"FunctionName": function, "Resource": f"{function}:live"}
    state = _alarm(
        aws,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
    )
    aws("lambda").invoke(FunctionName=function)
    time.sleep(3)
    assert "ALARM" != state(), "that was not the alias"

    aws("lambda").invoke(FunctionName=function, Qualifier="live")

    _eventually(state, lambda told: told == "ALARM")


def test_an_alarm_tells_its_topic(aws: Aws) -> None:
    """Once, when it is raised, in the words that subscribers read."""
    sns, sqs = aws("sns"), aws("sqs")
    topic = sns.create_topic(Name=aws.name("told"))["TopicArn"]
    queue = sqs.create_queue(QueueName=aws.name("heard"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=json.dumps(
            {
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudwatch.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": topic,
                }
            }
        ),
    )
    space = aws.name("space")
    state = _alarm(
        aws,
        Namespace=space,
        MetricName="M",
        Statistic="Sum",
        Period=60,
        AlarmActions=[topic],
    )
    aws("cloudwatch").put_metric_data(Namespace=space, MetricData=[{"MetricName": "M", "Value": 1}])

    _eventually(state, lambda told: told == "ALARM")
    (message,) = _eventually(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
    assert "ALARM" == json.loads(json.loads(message["Body"])["Message"])["NewStateValue"]


def test_a_message_that_waits_raises_the_alarm_of_its_queue(aws: Aws) -> None:
    """Dead letters are seen without anybody looking."""
    name = aws.name("dead")
    url = aws("sqs").create_queue(QueueName=name)["QueueUrl"]
    state = _alarm(
        aws,
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Statistic="Maximum",
        Period=60,
        Dimensions=[{"Name": "QueueName", "Value": name}],
    )
    aws("sqs").send_message(QueueUrl=url, MessageBody="lost")

    _eventually(state, lambda told: told == "ALARM")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "START RequestId",
        '{"_aws": 1}',
        '{"_aws": {"Timestamp": "x", "CloudWatchMetrics": []}}',
        '{"_aws": {"Timestamp": 1, "CloudWatchMetrics": 1}}',
        '{"_aws": {"Timestamp": 1, "CloudWatchMetrics": [{"Metrics": [{"Name": "N"}]}]}, "N": "1"}',
        '{"_aws"',
    ],
)
def test_a_line_that_is_no_metric_is_none(line: str) -> None:
    """Whatever a function writes, writing it does not fail."""
    assert [] == list(embedded(line))


def test_what_nobody_can_ask_for_any_more_is_forgotten() -> None:
    """A cloud that runs for days does not grow with each line."""
    measured = Measured()
    series = Series("1", "eu-west-1", "n", "m", dimensions_of({"a": "b"}))
    measured.add(series, [1.0, 5.0], at_s=100)
    assert 6.0 == measured.between([series], 100, 101).statistic("Sum")  # type: ignore[union-attr]

    measured.add(series, [1.0], at_s=101 + KEPT_S)

    assert measured.between([series], 0, 101) is None
