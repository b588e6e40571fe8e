"""The local cloud weighs rights: what AWS would refuse is refused here, in AWS's words."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from affidavit_localcloud.running import Running
from affidavit_notify.faults import MailNotSentError
from affidavit_notify.location import NotifierLocation
from affidavit_notify.mail_templates import Templates
from keyed_tables import keyed
from localcloud_parts import (
    ASSUMED_BY_ALL,
    EVERYTHING,
    REGION,
    Aws,
    cloud_in,
    command,
    eventually,
    policy_text,
)

ACCOUNT = "123456789012"
ASK = """
import boto3
from botocore.exceptions import ClientError
def handler(event, context):
    service, operation, arguments = event
    try:
        getattr(boto3.client(service), operation)(**arguments)
    except ClientError as error:
        told = error.response
        return [told['ResponseMetadata']['HTTPStatusCode'], told['Error']['Code'],
                told['Error'].get('Message', '')]
    return 'done'
"""


def allow(action: str | list[str], resource: str | list[str], **more: Any) -> dict[str, Any]:
    """Return a statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


LOGS = allow("logs:*", "*")


@pytest.fixture(scope="module")
def table(aws: Aws) -> str:
    """A table that is encrypted with AWS's own key."""
    return make_table(aws)


@pytest.fixture(scope="module")
def aws(cloud: Running) -> Aws:
    """The services, for all tests of this module."""
    return Aws(cloud.endpoint)


def make_table(aws: Aws, key: str = "") -> str:
    """Return a table's name."""
    name = aws.name("t")
    own = {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}}
    aws("dynamodb").create_table(
        TableName=name,
        **keyed(pk="S"),
        **(own if key else {}),
    )
    return name


def arn(table: str) -> str:
    """Return a table's ARN."""
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"


def as_role(aws: Aws, *statements: dict[str, Any], boundary: str = "") -> Any:
    """Return what makes clients with the keys of a role that has these rights."""
    role = aws.role(*statements)
    name = role.rpartition("/")[2]
    if boundary:
        aws("iam").put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
    told = aws("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=aws.endpoint,
            region_name=REGION,
            aws_access_key_id=told["AccessKeyId"],
            aws_secret_access_key=told["SecretAccessKey"],
            aws_session_token=told["SessionToken"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    client.role = role  # type: ignore[attr-defined]
    return client


def refused(act: Any, **arguments: Any) -> tuple[int, str, str]:
    """Return status, code and text of an error."""
    with pytest.raises(ClientError) as caught:
        act(**arguments)
    told = caught.value.response
    return (
        told["ResponseMetadata"]["HTTPStatusCode"],
        told["Error"]["Code"],
        told["Error"].get("Message", ""),
    )


ITEM = {"pk": {"S": "x"}}


def test_a_function_may_do_what_its_role_may(aws: Aws, table: str) -> None:
    """And nothing else: the same code, with and without the right."""
    put = ["dynamodb", "put_item", {"TableName": table, "Item": ITEM}]
    allowed = aws.function(ASK, Role=aws.role(LOGS, allow("dynamodb:PutItem", arn(table))))
    denied = aws.function(ASK, Role=aws.role(LOGS, allow("dynamodb:GetItem", arn(table))))

    status, code, text = aws.call(denied, put)

    assert "done" == aws.call(allowed, put)
    assert (400, "AccessDeniedException") == (status, code)
    assert f":assumed-role/{'role'}" in text
    assert text.endswith(
        f"is not authorized to perform: dynamodb:PutItem on resource: {arn(table)} "
        "because no identity-based policy allows the dynamodb:PutItem action"
    )


def test_a_function_without_rights_to_its_log_leaves_none(aws: Aws) -> None:
    """As on AWS, where that is how one finds out."""
    name = aws.function(
        "def handler(e, c):\n    print('here')\n", Role=aws.role(allow("s3:*", "*"))
    )

    aws.call(name)

    assert [] == aws.log(name)


def test_a_role_that_lambda_may_not_assume_runs_nothing(aws: Aws) -> None:
    """Its trust policy is asked."""
    made = aws("iam").create_role(
        RoleName=aws.name("role"),
        AssumeRolePolicyDocument=policy_text(
            {
                "Effect": "Allow",
                "Principal": {"Service": "states.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ),
    )
    name = aws.function("def handler(e, c):\n    return 1\n", Role=made["Role"]["Arn"])

    assert "cannot be assumed by Lambda" in aws.call(name)["errorMessage"]


def test_an_explicit_deny_of_a_table_wins(aws: Aws) -> None:
    """Over a role that may do everything."""
    name = make_table(aws)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:UpdateItem"}
    aws("dynamodb").put_resource_policy(
        ResourceArn=arn(name), Policy=policy_text({**deny, "Resource": arn(name)})
    )
    dynamodb = as_role(aws, EVERYTHING)("dynamodb")

    dynamodb.put_item(TableName=name, Item=ITEM)
    _, code, text = refused(dynamodb.update_item, TableName=name, Key=ITEM)

    assert "AccessDeniedException" == code
    assert text.endswith("with an explicit deny in a resource-based policy")


def test_a_table_needs_its_key_through_dynamodb_only(aws: Aws) -> None:
    """The right to the key is asked on the way, with the service in `kms:ViaService`."""
    key = aws("kms").create_key(Policy=_account_decides())["KeyMetadata"]["Arn"]
    name = make_table(aws, key)
    items = allow("dynamodb:PutItem", arn(name))
    via = {"StringEquals": {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}}
    decrypt = allow("kms:Decrypt", key, Condition=via)

    as_role(aws, items, decrypt)("dynamodb").put_item(TableName=name, Item=ITEM)
    _, _, without = refused(as_role(aws, items)("dynamodb").put_item, TableName=name, Item=ITEM)
    blob = aws("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    _, _, directly = refused(as_role(aws, decrypt)("kms").decrypt, CiphertextBlob=blob)

    assert "perform: kms:Decrypt on resource: " + key in without
    assert "perform: kms:Decrypt on resource: " + key in directly


def test_a_key_that_does_not_name_the_account_lets_nobody_in(aws: Aws) -> None:
    """Unless its policy or a grant names them: a role's own policy is not enough."""
    other = {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}, "Resource": "*"}
    policy = policy_text({"Effect": "Allow", "Action": "kms:*", **other})
    key = aws("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    client = as_role(aws, EVERYTHING)
    asked = {"KeyId": key, "KeySpec": "AES_256"}

    _, _, text = refused(client("kms").generate_data_key, **asked)
    aws("kms").create_grant(KeyId=key, GranteePrincipal=client.role, Operations=["GenerateDataKey"])

    assert text.endswith("no resource-based policy allows the kms:GenerateDataKey action")
    assert client("kms").generate_data_key(**asked)["Plaintext"]


def test_a_boundary_limits(aws: Aws, table: str) -> None:
    """What both the role's policy and its boundary allow, and no more."""
    made = aws("iam").create_policy(
        PolicyName=aws.name("boundary"),
        PolicyDocument=policy_text(allow("dynamodb:GetItem", "*")),
    )
    dynamodb = as_role(aws, EVERYTHING, boundary=made["Policy"]["Arn"])("dynamodb")

    dynamodb.get_item(TableName=table, Key=ITEM)
    _, _, text = refused(dynamodb.put_item, TableName=table, Item=ITEM)

    assert text.endswith("no permissions boundary allows the dynamodb:PutItem action")


def test_leading_keys_are_known(aws: Aws, table: str) -> None:
    """Of items, keys, queries, batches and transactions."""
    own = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["itest-*"]}}
    there = {"Null": {"dynamodb:LeadingKeys": "false"}}
    right = allow("dynamodb:*", arn(table), Condition={**own, **there})
    dynamodb = as_role(aws, right)("dynamodb")
    ours, theirs = {"pk": {"S": "itest-1"}}, {"pk": {"S": "W#1"}}

    def query(key: dict[str, Any]) -> dict[str, Any]:
        return {
            "KeyConditionExpression": "#p = :p",
            "ExpressionAttributeNames": {"#p": "pk"},
            "ExpressionAttributeValues": {":p": key["pk"]},
        }

    def transaction(key: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"Put": {"TableName": table, "Item": key}}]

    dynamodb.put_item(TableName=table, Item=ours)
    dynamodb.query(TableName=table, **query(ours))
    dynamodb.transact_write_items(TransactItems=transaction(ours))
    refused(dynamodb.put_item, TableName=table, Item=theirs)
    refused(dynamodb.query, TableName=table, **query(theirs))
    refused(dynamodb.scan, TableName=table)
    refused(dynamodb.transact_write_items, TransactItems=transaction(theirs))
    refused(
        dynamodb.batch_write_item,
        RequestItems={table: [{"PutRequest": {"Item": ours}}, {"DeleteRequest": {"Key": theirs}}]},
    )


def test_an_object_that_is_not_there_is_forbidden_to_who_may_not_list(aws: Aws) -> None:
    """S3 says 403, not 404, and so whether something exists cannot be asked."""
    bucket = aws.name("bucket")
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    reads = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    lists = allow("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    asked = {"Bucket": bucket, "Key": "none"}

    blind = as_role(aws, reads)("s3")
    seeing = as_role(aws, reads, lists)("s3")

    assert (403, "AccessDenied") == refused(blind.get_object, **asked)[:2]
    assert 403 == refused(blind.head_object, **asked)[0]
    assert (404, "NoSuchKey") == refused(seeing.get_object, **asked)[:2]
    assert 404 == refused(seeing.head_object, **asked)[0]


def test_a_mail_without_html_is_sent_by_who_may_see_what_is_missing(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rights of the module `notices`; before, the missing part was forbidden, not missing."""
    bucket = aws.name("mail")
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for part in ("subject", "text"):
        aws("s3").put_object(Bucket=bucket, Key=f"p/v1/low.{part}.j2", Body=b"a price fell")
    read = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/p/v1/*")
    prefix = {"StringLikeIfExists": {"s3:prefix": "p/v1/*"}}
    see = allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", Condition=prefix)
    place = NotifierLocation("", bucket, "p", "v1", "", "", REGION, {}, frozenset())

    def html(*rights: dict[str, Any]) -> str:
        s3 = as_role(aws, *rights)("s3")
        monkeypatch.setattr("affidavit_notify.mail_templates.client", lambda *_: s3)
        return Templates(place).render("low", {}).html

    assert "" == html(read, see)
    with pytest.raises(MailNotSentError):
        html(read)


def test_conditions_of_a_buckets_policy_are_weighed(aws: Aws) -> None:
    """Requests count as sent with TLS; a put that may overwrite is refused."""
    bucket = aws.name("bucket")
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    everybody = {"Effect": "Deny", "Principal": "*", "Resource": f"arn:aws:s3:::{bucket}/*"}
    tls = {"Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    once = {"Action": "s3:PutObject", "Condition": {"Null": {"s3:if-none-match": "true"}}}
    aws("s3").put_bucket_policy(
        Bucket=bucket, Policy=policy_text({**everybody, **tls}, {**everybody, **once})
    )
    s3 = as_role(aws, EVERYTHING)("s3")

    s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")
    assert (403, "AccessDenied") == refused(s3.put_object, Bucket=bucket, Key="k", Body=b"2")[:2]


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "status", "code"),
    [
        ("s3", "list_buckets", {}, 403, "AccessDenied"),
        ("lambda", "list_functions", {}, 403, "AccessDeniedException"),
        ("sqs", "list_queues", {}, 403, "AccessDenied"),
        ("iam", "list_roles", {}, 403, "AccessDenied"),
        ("kms", "list_keys", {}, 400, "AccessDeniedException"),
        ("cloudwatch", "list_metrics", {}, 400, "AccessDeniedException"),
        ("sns", "list_topics", {}, 403, "AccessDenied"),
        ("stepfunctions", "list_state_machines", {}, 400, "AccessDeniedException"),
        ("sesv2", "list_email_identities", {}, 403, "AccessDeniedException"),
    ],
)
def test_every_protocol_says_no_as_aws_does(
    aws: Aws, service: str, operation: str, arguments: dict[str, Any], status: int, code: str
) -> None:
    """JSON, XML and CBOR, as SDKs read them."""
    client = as_role(aws, LOGS)(service)

    found = refused(getattr(client, operation), **arguments)

    assert (status, code) == found[:2]
    assert "is not authorized to perform" in found[2]


def test_a_users_key_has_the_users_rights(aws: Aws) -> None:
    """Keys that IAM made are weighed; a key of nobody is the operator's."""
    name = aws.name("user")
    aws("iam").create_user(UserName=name)
    key = aws("iam").create_access_key(UserName=name)["AccessKey"]
    client = boto3.client(
        "sqs",
        endpoint_url=aws.endpoint,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )

    assert "user/" in refused(client.create_queue, QueueName=aws.name("q"))[2]


def test_a_session_of_another_cloud_is_no_session(aws: Aws) -> None:
    """Its keys look like a role's and belong to nobody here."""
    client = boto3.client(
        "sqs",
        endpoint_url=aws.endpoint,
        region_name=REGION,
        aws_access_key_id="ASIAUNKNOWN",
        aws_secret_access_key="x",  # noqa: S106 - a key of nobody
    )

    assert 403 == refused(client.list_queues)[0]


def test_a_mapping_reads_with_the_functions_rights(aws: Aws) -> None:
    """Without `ListStreams` Lambda cannot find the shards, and nothing arrives."""
    name = aws.name("t")
    aws("dynamodb").create_table(
        TableName=name,
        **keyed(pk="S"),
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    stream = aws("dynamodb").describe_table(TableName=name)["Table"]["LatestStreamArn"]
    reads = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
    code = "def handler(e, c):\n    print('got', len(e['Records']))\n"
    blind = aws.function(code, Role=aws.role(LOGS, allow(reads, stream)))
    seeing = aws.function(code, Role=aws.role(LOGS, allow([*reads, "dynamodb:ListStreams"], "*")))
    for function in (blind, seeing):
        aws("lambda").create_event_source_mapping(
            FunctionName=function, EventSourceArn=stream, StartingPosition="TRIM_HORIZON"
        )
    aws("dynamodb").put_item(TableName=name, Item=ITEM)

    eventually(lambda: any("got 1" in line for line in aws.log(seeing)))

    assert [] == aws.log(blind)


def test_a_rules_dead_letters_need_the_queues_policy(aws: Aws) -> None:
    """EventBridge may not call the function; what it sends aside arrives where it may."""
    function = aws.function("def handler(e, c):\n    return 1\n")
    target = aws("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    rule = aws.name("rule")
    made = aws("events").put_rule(Name=rule, EventPattern=json.dumps({"source": [rule]}))
    closed, closed_arn = aws.queue()
    open_, open_arn = aws.queue()
    aws("sqs").set_queue_attributes(
        QueueUrl=open_,
        Attributes={
            "Policy": policy_text(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": open_arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": made["RuleArn"]}},
                }
            )
        },
    )
    aws("events").put_targets(
        Rule=rule,
        Targets=[
            {"Id": str(place), "Arn": target, "DeadLetterConfig": {"Arn": queue}}
            for place, queue in enumerate((open_arn, closed_arn))
        ],
    )
    aws("events").put_events(Entries=[{"Source": rule, "DetailType": "d", "Detail": "{}"}])

    eventually(lambda: aws.received(open_))

    assert [] == aws.received(closed)
    assert [] == aws.log(function)


def test_a_bucket_needs_the_functions_permission(aws: Aws) -> None:
    """Without a statement that names S3 nothing is called."""
    name, bucket = aws.function("def handler(e, c):\n    return 1\n"), aws.name("bucket")
    target = aws("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    aws("s3").put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {"LambdaFunctionArn": target, "Events": ["s3:ObjectCreated:*"]}
            ]
        },
    )
    aws("s3").put_object(Bucket=bucket, Key="1", Body=b"x")
    time.sleep(1)
    before = aws.log(name)
    aws.permit(name, "s3")
    aws("s3").put_object(Bucket=bucket, Key="2", Body=b"x")

    eventually(lambda: aws.log(name))

    assert [] == before


def _ended(aws: Aws, function: str, role: str) -> str:
    """Return how an execution of a machine with this role ends, whose one task calls a function."""
    target = aws("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    states = aws("stepfunctions")
    definition = {
        "StartAt": "T",
        "States": {"T": {"Type": "Task", "Resource": target, "End": True}},
    }
    machine = states.create_state_machine(
        name=aws.name("m"), definition=json.dumps(definition), roleArn=role
    )["stateMachineArn"]
    run = states.start_execution(stateMachineArn=machine)["executionArn"]

    def status() -> str:
        found = states.describe_execution(executionArn=run)["status"]
        return "" if found == "RUNNING" else str(found)

    return eventually(status)


ONE = "def handler(e, c):\n    return 1\n"


def test_a_machine_calls_with_its_own_role(aws: Aws) -> None:
    """A task whose function the role may not call fails with Lambda's error."""
    function = aws.function(ONE)
    target = aws("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]

    assert "SUCCEEDED" == _ended(aws, function, aws.role(allow("lambda:InvokeFunction", target)))
    assert "FAILED" == _ended(aws, function, aws.role(LOGS))


def test_a_machine_acts_as_its_role_after_a_reset_too(tmp_path: Path) -> None:
    """The keys that it had are nobody's then; a role of the same name has others."""
    with cloud_in(tmp_path) as running:
        aws = Aws(running.endpoint)
        role = aws.role()
        before = _ended(aws, aws.function(ONE), role)
        command("reset", "--state", str(tmp_path))
        name = role.rpartition("/")[2]
        trusts, may = policy_text(ASSUMED_BY_ALL), policy_text(EVERYTHING)
        aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trusts)
        aws("iam").put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=may)
        after = _ended(aws, aws.function(ONE), role)

    assert ("SUCCEEDED", "SUCCEEDED") == (before, after)


def test_the_report_says_what_was_used_denied_and_never_used(
    aws: Aws, cloud: Running, table: str
) -> None:
    """For one role, as a table, as JSON, and as a policy that would have done."""
    client = as_role(aws, allow(["dynamodb:GetItem", "dynamodb:PutItem"], arn(table)))
    client("dynamodb").get_item(TableName=table, Key=ITEM)
    refused(client("dynamodb").scan, TableName=table)
    options = ("--state", str(cloud.folder), "--role", client.role.rpartition("/")[2])

    text = command("rights", *options, expected=1)
    (told,) = json.loads(command("rights", *options, "--output", "json", expected=1))
    policy = json.loads(command("rights", *options, "--policy"))

    assert ["dynamodb:GetItem"] == [one["action"] for one in told["used"]]
    assert ["dynamodb:Scan"] == [one["action"] for one in told["denied"]]
    assert ["dynamodb:PutItem"] == [one["action"] for one in told["unused"]]
    assert all(word in text for word in ("used", "denied", "unused"))
    assert [allow(["dynamodb:GetItem"], [arn(table)])] == policy["Statement"]


def test_who_may_ask_a_workgroup_may_not_ask_another(aws: Aws) -> None:
    """A saved query and one that runs are the workgroup's; an answer needs a right of its own."""
    athena, name = aws("athena"), aws.name("lake")
    answers = f"arn:aws:s3:::{name}/answers/*"
    for group in (name, f"{name}-other"):
        place = {"OutputLocation": f"s3://{name}/answers/"}
        athena.create_work_group(Name=group, Configuration={"ResultConfiguration": place}, Tags=[])
    saved = athena.create_named_query(
        Name="q", Database="d", QueryString="SELECT 1", WorkGroup=f"{name}-other"
    )["NamedQueryId"]
    ask = allow("athena:*", f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/{name}")
    through = {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}
    write = allow("s3:PutObject", answers, Condition=through)
    auditor, mute = as_role(aws, ask, write), as_role(aws, ask)

    def start(who: Any, group: str = name) -> Any:
        return who("athena").start_query_execution(QueryString="SELECT 1", WorkGroup=group)

    assert start(auditor)["QueryExecutionId"]
    assert "s3:PutObject" in refused(lambda: start(mute))[2]
    assert f"workgroup/{name}-other" in refused(lambda: start(auditor, f"{name}-other"))[2]
    assert "other" in refused(auditor("athena").get_named_query, NamedQueryId=saved)[2]
    assert 403 == refused(auditor("s3").put_object, Bucket=name, Key="answers/a", Body=b"")[0]


def test_a_table_of_glue_is_read_with_its_database_and_the_catalogue(aws: Aws) -> None:
    """All three, as AWS asks; another table is none of one's business."""
    glue, name = aws("glue"), aws.name("lake").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": name})
    for table in ("records", "others"):
        glue.create_table(DatabaseName=name, TableInput={"Name": table})
    whole = [
        f"arn:aws:glue:{REGION}:{ACCOUNT}:{part}"
        for part in ("catalog", f"database/{name}", f"table/{name}/records")
    ]
    reads, lacks = (
        as_role(aws, allow("glue:GetTable", those))("glue") for those in (whole, whole[1:])
    )

    assert "records" == reads.get_table(DatabaseName=name, Name="records")["Table"]["Name"]
    assert "others" in refused(reads.get_table, DatabaseName=name, Name="others")[2]
    assert "catalog" in refused(lacks.get_table, DatabaseName=name, Name="records")[2]
    assert "DeleteTable" in refused(reads.delete_table, DatabaseName=name, Name="records")[2]


def test_an_alias_is_made_with_the_right_on_it_and_on_its_key(aws: Aws) -> None:
    """AWS asks for both; the alias has no policy of its own."""
    key = aws("kms").create_key()["KeyMetadata"]
    name = f"alias/{aws.name('k')}"
    alias = f"arn:aws:kms:{REGION}:{ACCOUNT}:{name}"
    settings = {"AliasName": name, "TargetKeyId": key["KeyId"]}

    for one in (key["Arn"], alias):
        client = as_role(aws, allow("kms:CreateAlias", one))
        refused(client("kms").create_alias, **settings)
    both = as_role(aws, allow("kms:CreateAlias", [key["Arn"], alias]))
    both("kms").create_alias(**settings)


def test_the_report_says_which_statement_would_be_missed(
    aws: Aws, cloud: Running, table: str
) -> None:
    """Two that allow the same are one too many; one that nobody used is missed by nobody."""
    client = as_role(
        aws,
        allow("dynamodb:GetItem", arn(table)),
        allow(["dynamodb:GetItem", "dynamodb:Query"], arn(table)),
        allow("dynamodb:PutItem", arn(table)),
        allow("dynamodb:Scan", arn(table)),
    )
    client("dynamodb").get_item(TableName=table, Key=ITEM)
    client("dynamodb").put_item(TableName=table, Item=ITEM)
    role = ("--role", client.role.rpartition("/")[2])
    report = command("rights", "--state", str(cloud.folder), *role, "--output", "json")
    (told,) = json.loads(report)

    assert [False, False, True, False] == [one["missed"] for one in told["statements"]]


def test_rights_can_be_off_and_that_shows(tmp_path: Path) -> None:
    """A function whose role may do nothing then may do everything."""
    with cloud_in(tmp_path, "--rights", "off") as running:
        aws = Aws(running.endpoint)
        name = make_table(aws)
        put = ["dynamodb", "put_item", {"TableName": name, "Item": ITEM}]
        function = aws.function(ASK, Role=aws.role(LOGS))

        told = json.loads(command("status", "--state", str(tmp_path), "--output", "json"))

        assert "done" == aws.call(function, put)
        assert "off" == told["rights"]


def test_rights_are_on_unless_said_otherwise(cloud: Running) -> None:
    """And that shows, too."""
    told = json.loads(command("status", "--state", str(cloud.folder), "--output", "json"))

    assert "on" == told["rights"]


def _account_decides() -> str:
    return policy_text(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    )
