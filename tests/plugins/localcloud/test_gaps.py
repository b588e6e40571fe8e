"""Where the local cloud is not AWS. Each difference is a test: when it goes, the test fails.

docs/local-cloud-gaps.md is the same list for people; the last test compares the two.
"""

from __future__ import annotations

import ast
import base64
import datetime as dt
import hashlib
import json
import re
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import repository as repo
from keyed_tables import keyed
from localcloud_parts import REGION, Aws, eventually

ECHO = "def handler(e, c):\n    return e\n"


def _table(aws: Aws) -> str:
    name = aws.name("t")
    aws("dynamodb").create_table(
        TableName=name,
        **keyed(pk="S"),
    )
    return name


def _status(act: Any) -> int:
    with pytest.raises(ClientError) as caught:
        act()
    return int(caught.value.response["ResponseMetadata"]["HTTPStatusCode"])


def test_signatures_of_requests_are_not_checked(aws: Aws) -> None:
    """Any key and any secret will do."""
    stranger = boto3.client(
        "dynamodb",
        endpoint_url=aws.endpoint,
        region_name=REGION,
        aws_access_key_id="AKIASTRANGER",
        aws_secret_access_key="guessed",  # noqa: S106 - the point of this test
    )

    assert "TableNames" in stranger.list_tables()


def test_items_do_not_expire(aws: Aws) -> None:
    """TTL is kept and nobody deletes."""
    table = _table(aws)
    ttl = {"Enabled": True, "AttributeName": "x"}
    aws("dynamodb").update_time_to_live(TableName=table, TimeToLiveSpecification=ttl)
    aws("dynamodb").put_item(TableName=table, Item={"pk": {"S": "a"}, "x": {"N": "1"}})
    time.sleep(1)

    assert "Item" in aws("dynamodb").get_item(TableName=table, Key={"pk": {"S": "a"}})


def test_digests_are_hashed_again(aws: Aws) -> None:
    """A signature of a digest is not one that others could verify; sign RAW messages."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    kms = aws("kms")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    public: Any = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    digest = hashlib.sha256(b"m").digest()

    def signature(message: bytes, kind: str) -> bytes:
        told = kms.sign(
            KeyId=key, SigningAlgorithm="ECDSA_SHA_256", Message=message, MessageType=kind
        )
        return bytes(told["Signature"])

    public.verify(signature(b"m", "RAW"), b"m", ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(signature(digest, "DIGEST"), b"m", ECDSA(hashes.SHA256()))


def test_a_wrong_signature_is_told_and_not_raised(aws: Aws) -> None:
    """AWS raises KMSInvalidSignatureException."""
    key = aws("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    said = {
        "KeyId": key["KeyMetadata"]["KeyId"],
        "SigningAlgorithm": "ECDSA_SHA_256",
    }
    signature = aws("kms").sign(Message=b"m", **said)["Signature"]

    assert not aws("kms").verify(Message=b"n", Signature=signature, **said)["SignatureValid"]


def test_a_compliance_lock_can_be_shortened(aws: Aws) -> None:
    """A locked version cannot be deleted; but its date can be moved, which AWS refuses."""
    s3, bucket = aws("s3"), aws.name("locked")
    s3.create_bucket(
        Bucket=bucket,
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    today = dt.datetime.now(dt.UTC)  # noqa: TID251 - S3's clock is the machine's

    def lock(days: int) -> None:
        until = today + dt.timedelta(days=days)
        s3.put_object_retention(
            Bucket=bucket,
            Key="k",
            VersionId=version,
            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until},
        )

    lock(10)
    assert 403 == _status(lambda: s3.delete_object(Bucket=bucket, Key="k", VersionId=version))
    lock(1)


def test_data_protection_does_not_mask(aws: Aws) -> None:
    """The policy is kept, and the line is shown as it was written."""
    group = aws.name("/g")
    aws("logs").create_log_group(logGroupName=group)
    aws("logs").put_data_protection_policy(logGroupIdentifier=group, policyDocument="{}")
    aws("logs").create_log_stream(logGroupName=group, logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": "mail me at ann@example.org"}
    aws("logs").put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])

    shown = aws("logs").filter_log_events(logGroupName=group)["events"][0]["message"]

    assert event["message"] == shown


def test_percentiles_are_the_maximum(aws: Aws) -> None:
    """An alarm on a percentile looks at the greatest value."""
    name = aws.name("alarm")
    aws("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=name,
        MetricName="M",
        ExtendedStatistic="p50",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )
    aws("cloudwatch").put_metric_data(
        Namespace=name, MetricData=[{"MetricName": "M", "Values": [1.0] * 9 + [9.0]}]
    )

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        told = aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        if told["StateValue"] == "ALARM":
            return
        time.sleep(0.2)
    pytest.fail("the alarm looks at the percentile now: the gap is closed")


@pytest.mark.parametrize(
    ("service", "action", "arguments"),
    [
        ("cloudwatch", "put_composite_alarm", {"AlarmName": "a", "AlarmRule": "TRUE"}),
        ("lambda", "list_provisioned_concurrency_configs", {"FunctionName": "f"}),
        ("lambda", "list_code_signing_configs", {}),
        (
            "logs",
            "put_account_policy",
            {"policyName": "p", "policyDocument": "{}", "policyType": "DATA_PROTECTION_POLICY"},
        ),
    ],
)
def test_some_actions_are_missing(
    aws: Aws, service: str, action: str, arguments: dict[str, str]
) -> None:
    """What needs them is planned and tested with mocks, and cannot be applied here."""
    assert _status(lambda: getattr(aws(service), action)(**arguments)) in {404, 501}


def test_a_table_has_no_replicas(aws: Aws) -> None:
    """Asking for one is not an error, and there never is one: Terraform would wait for ever."""
    table = _table(aws)
    aws("dynamodb").update_table(
        TableName=table, ReplicaUpdates=[{"Create": {"RegionName": "eu-central-1"}}]
    )

    assert [] == aws("dynamodb").describe_table(TableName=table)["Table"].get("Replicas", [])


def test_jsonata_does_not_run(aws: Aws) -> None:
    """Machines have to be written with JSONPath."""
    states = aws("stepfunctions")
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Output": "{% 1 + 1 %}", "End": True}},
    }
    machine = states.create_state_machine(
        name=aws.name("m"), definition=json.dumps(definition), roleArn=aws.role()
    )["stateMachineArn"]
    run = states.start_execution(stateMachineArn=machine, input="{}")["executionArn"]

    def ended() -> str:
        status = str(states.describe_execution(executionArn=run)["status"])
        return status if status != "RUNNING" else ""

    assert "FAILED" == eventually(ended)


def test_a_machine_cannot_be_waited_for(aws: Aws) -> None:
    """StartSyncExecution is missing, and an execution writes no log."""
    states, group = aws("stepfunctions"), aws.name("/m")
    aws("logs").create_log_group(logGroupName=group)
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    machine = states.create_state_machine(
        name=aws.name("m"),
        type="EXPRESS",
        definition=json.dumps(definition),
        roleArn=aws.role(),
        loggingConfiguration={
            "level": "ALL",
            "destinations": [
                {
                    "cloudWatchLogsLogGroup": {
                        "logGroupArn": f"arn:aws:logs:{REGION}:123456789012:log-group:{group}:*"
                    }
                }
            ],
        },
    )["stateMachineArn"]

    plain = boto3.client(
        "stepfunctions",
        endpoint_url=aws.endpoint,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - moto takes anything
        config=Config(inject_host_prefix=False),
    )
    assert 501 == _status(lambda: plain.start_sync_execution(stateMachineArn=machine, input="{}"))
    states.start_execution(stateMachineArn=machine, input="{}")
    time.sleep(1)
    assert [] == aws("logs").filter_log_events(logGroupName=group)["events"]


def test_signatures_of_tokens_are_not_checked(aws: Aws) -> None:
    """A gateway takes any token whose issuer, audience and times fit."""
    from affidavit_localcloud.gateway.authorize import Passed, by_token
    from affidavit_service.gateway.http import GatewayRequest

    def part(told: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")

    token = f"{part({'alg': 'none'})}.{part({'iss': 'i', 'aud': 'a', 'exp': 9e9})}.forged"
    request = GatewayRequest(
        "GET", "/", "", (("authorization", token),), b"", "127.0.0.1", "HTTP/1.1"
    )

    assert isinstance(by_token(request, "i", ["a"], ""), Passed)


def test_much_memory_at_once_is_an_error_in_the_function(aws: Aws) -> None:
    """AWS ends the process; here Python raises MemoryError. A little too much ends it here, too."""
    code = "def handler(e, c):\n    return len(bytearray(e << 20))\n"
    name = aws.function(code, MemorySize=128)

    assert "MemoryError" == aws.call(name, 4000)["errorType"]
    assert "Runtime.OutOfMemory" == aws.call(name, 200)["errorType"]


def test_the_code_is_not_in_var_task(aws: Aws) -> None:
    """Ask LAMBDA_TASK_ROOT; files are this machine's, and so is what is not in TMPDIR."""
    code = (
        "import os, tempfile\n"
        "def handler(e, c):\n"
        "    return [os.environ['LAMBDA_TASK_ROOT'], os.getcwd(), tempfile.gettempdir()]\n"
    )
    root, here, temporary = aws.call(aws.function(code))

    assert root == here
    assert root != "/var/task"
    assert temporary != "/tmp"  # noqa: S108 - the point of this test


def test_a_gateway_does_not_throttle(aws: Aws) -> None:
    """One request a second is allowed, twenty are served."""
    import http.client

    gateway, name = aws("apigatewayv2"), aws.function(ECHO)
    arn = aws("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    api = gateway.create_api(Name="a", ProtocolType="HTTP", RouteKey="GET /", Target=arn)["ApiId"]
    if "$default" not in {s["StageName"] for s in gateway.get_stages(ApiId=api)["Items"]}:
        gateway.create_stage(
            ApiId=api,
            StageName="$default",
            DefaultRouteSettings={"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1.0},
        )
    host = aws.endpoint.removeprefix("http://")
    statuses = set()
    for _ in range(20):
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", f"/_aws/execute-api/{api}/")
        statuses.add(connection.getresponse().status)
        connection.close()

    assert 429 not in statuses


def test_athena_runs_no_statement(aws: Aws) -> None:
    """It is kept and counts as done; there are no rows, and nothing lies where answers lie."""
    athena = aws("athena")
    asked = athena.start_query_execution(QueryString="SELECT 1", WorkGroup="primary")
    query = {"QueryExecutionId": asked["QueryExecutionId"]}

    def done() -> bool:
        told = athena.get_query_execution(**query)["QueryExecution"]
        return bool(told["Status"]["State"] == "SUCCEEDED")

    eventually(done)
    assert [] == athena.get_query_results(**query)["ResultSet"]["Rows"]


def test_the_page_lists_these_differences() -> None:
    """Each line of the page names its test, and each test is on the page."""
    page = (repo.DOCS / "local-cloud-gaps.md").read_text()
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", page))
    here = {
        node.name
        for node in ast.parse(Path(__file__).read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }

    assert here - {"test_the_page_lists_these_differences"} <= named
    folder = Path(__file__).parent
    known = {
        found
        for path in folder.glob("test_*.py")
        for found in re.findall(r"def (test_[a-z0-9_]+)", path.read_text())
    }
    assert set() == named - known
