"""Each patch of moto is needed still, and does what it says.

The first half of each test asks the moto that is installed, without a patch. On
the day when it can do the thing itself, that half fails: then the patch can go.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud import moto_server
from keyed_tables import keyed
from localcloud_parts import REGION, Aws, eventually, packed

PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})


@pytest.fixture(scope="module")
def plain() -> Iterator[Aws]:
    """The moto that is installed, as it is."""
    with moto_server() as endpoint:
        yield Aws(endpoint)


def refused(act: Any) -> int:
    """Return the HTTP status of a refusal."""
    with pytest.raises(ClientError) as caught:
        act()
    return int(caught.value.response["ResponseMetadata"]["HTTPStatusCode"])


def test_an_action_that_is_missing_is_not_worth_another_try(plain: Aws, aws: Aws) -> None:
    """`refuse_unknown_actions_at_once`: 501 instead of 500, which Terraform repeats for minutes."""

    def act(cloud: Aws) -> int:
        return refused(
            lambda: cloud("logs").put_account_policy(
                policyName="p", policyDocument="{}", policyType="DATA_PROTECTION_POLICY"
            )
        )

    assert 500 == act(plain)
    assert 501 == act(aws)


def test_services_are_not_looked_for_in_the_file_system_at_every_request() -> None:
    """`list_modules_once`: under a lock, and two hundred files each time."""

    def listed(patch: str) -> int:
        code = f"""
import os
from moto import backends
from affidavit_localcloud.patches.dispatch import list_modules_once
{patch}
count, listdir = [], os.listdir
os.listdir = lambda path: count.append(path) or listdir(path)
before = sorted(backends.list_of_moto_modules())
assert "stepfunctions" in before and before == sorted(backends.list_of_moto_modules())
print(len(count))
"""
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
        )
        return int(done.stdout)

    assert 2 == listed("")
    assert 0 == listed("list_modules_once()")


def test_a_definition_is_validated(plain: Aws, aws: Aws) -> None:
    """`validate_definitions`: the provider asks when it plans."""

    def act(cloud: Aws, definition: str) -> Any:
        return cloud("stepfunctions").validate_state_machine_definition(definition=definition)

    assert 500 == refused(lambda: act(plain, PASS))
    assert "OK" == act(aws, PASS)["result"]
    wrong = act(aws, PASS.replace("Pass", "Nonsense"))
    assert "FAIL" == wrong["result"]
    assert "Nonsense" in wrong["diagnostics"][0]["message"]


def test_versions_of_machines_are_listed(plain: Aws, aws: Aws) -> None:
    """`list_versions_of_machines`: the provider asks at every refresh."""

    def act(cloud: Aws) -> Any:
        made = cloud("stepfunctions").create_state_machine(
            name=cloud.name("m"), definition=PASS, roleArn=cloud.role(), publish=True
        )
        return cloud("stepfunctions").list_state_machine_versions(
            stateMachineArn=made["stateMachineArn"]
        )

    assert 500 == refused(lambda: act(plain))
    assert 1 == len(act(aws)["stateMachineVersions"])


def test_machines_run(plain: Aws, aws: Aws) -> None:
    """`run_machines`: moto only pretends unless it is told."""

    def act(cloud: Aws) -> str:
        states = cloud("stepfunctions")
        machine = states.create_state_machine(
            name=cloud.name("m"), definition=PASS, roleArn=cloud.role()
        )["stateMachineArn"]
        run = states.start_execution(stateMachineArn=machine, name="r", input="{}")["executionArn"]
        for _ in range(30):
            told = states.describe_execution(executionArn=run)
            if told["status"] != "RUNNING":
                break
            time.sleep(0.1)
        return str(told["status"])

    assert "RUNNING" == act(plain)
    assert "SUCCEEDED" == act(aws)


def test_policies_of_aws_can_be_attached(plain: Aws, aws: Aws) -> None:
    """`run_machines` loads them, too: roles of functions use the basic execution one."""
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"

    def act(cloud: Aws) -> None:
        role = cloud.role().rpartition("/")[2]
        cloud("iam").attach_role_policy(RoleName=role, PolicyArn=arn)

    assert 404 == refused(lambda: act(plain))
    act(aws)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("DeadLetterConfig", {"TargetArn": f"arn:aws:sqs:{REGION}:123456789012:q"}),
        ("LoggingConfig", {"LogFormat": "JSON", "LogGroup": "/g"}),
        ("SnapStart", {"ApplyOn": "PublishedVersions"}),
    ],
)
def test_settings_of_functions_are_told_back(
    plain: Aws, aws: Aws, setting: str, value: dict[str, str]
) -> None:
    """`keep_function_settings`: else Terraform plans to set them for ever."""

    def act(cloud: Aws) -> Any:
        name = cloud.function("def handler(e, c): ...\n", **{setting: value})
        return cloud("lambda").get_function_configuration(FunctionName=name).get(setting) or {}

    assert not value.items() <= act(plain).items()
    assert value.items() <= act(aws).items()


def test_tracing_can_be_changed(plain: Aws, aws: Aws) -> None:
    """`keep_function_settings` on an update; a published version keeps what it had."""

    def act(cloud: Aws) -> tuple[str, str]:
        name = cloud.function("def handler(e, c): ...\n", Publish=True)
        cloud("lambda").update_function_configuration(
            FunctionName=name, TracingConfig={"Mode": "Active"}
        )
        told = cloud("lambda").get_function_configuration
        latest, first = told(FunctionName=name), told(FunctionName=name, Qualifier="1")
        return latest["TracingConfig"]["Mode"], first["TracingConfig"]["Mode"]

    assert ("PassThrough", "PassThrough") == act(plain)
    assert ("Active", "PassThrough") == act(aws)


def test_data_protection_and_saved_queries_are_kept(plain: Aws, aws: Aws) -> None:
    """`add_log_actions`: six actions that moto does not have."""

    def protect(cloud: Aws) -> str:
        group = cloud.name("/g")
        cloud("logs").create_log_group(logGroupName=group)
        cloud("logs").put_data_protection_policy(logGroupIdentifier=group, policyDocument="{}")
        told = cloud("logs").get_data_protection_policy(logGroupIdentifier=group)
        cloud("logs").delete_data_protection_policy(logGroupIdentifier=group)
        return str(told["policyDocument"])

    def save(cloud: Aws) -> list[str]:
        name = cloud.name("query")
        made = cloud("logs").put_query_definition(name=name, queryString="fields @message")
        found = cloud("logs").describe_query_definitions(queryDefinitionNamePrefix=name)
        cloud("logs").delete_query_definition(queryDefinitionId=made["queryDefinitionId"])
        return [one["queryString"] for one in found["queryDefinitions"]]

    assert 500 == refused(lambda: protect(plain))
    assert 500 == refused(lambda: save(plain))
    assert "{}" == protect(aws)
    assert ["fields @message"] == save(aws)


def test_a_stream_keeps_the_tags_that_it_was_made_with(plain: Aws, aws: Aws) -> None:
    """`keep_tags_of_streams`: the provider sends them with the stream."""

    def act(cloud: Aws) -> bool:
        name = cloud.name("stream")
        cloud("kinesis").create_stream(StreamName=name, ShardCount=1, Tags={"Service": "desk"})
        told = cloud("kinesis").list_tags_for_stream(StreamName=name)["Tags"]
        return bool([{"Key": "Service", "Value": "desk"}] == told)

    assert not act(plain)
    assert act(aws)


def test_a_redrive_policy_is_told_as_it_was_sent(plain: Aws, aws: Aws) -> None:
    """`tell_redrive_policies_as_sent`: the provider compares letters."""

    def act(cloud: Aws) -> bool:
        _, dead = cloud.queue()
        sent = json.dumps(
            {"deadLetterTargetArn": dead, "maxReceiveCount": 5}, separators=(",", ":")
        )
        url, _ = cloud.queue(RedrivePolicy=sent)
        told = cloud("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
        return bool(sent == told["Attributes"]["RedrivePolicy"])

    assert not act(plain)
    assert act(aws)


def test_addresses_of_gateways_are_here(plain: Aws, aws: Aws) -> None:
    """`point_gateways_here` and `point_urls_here`: what Terraform puts out can be asked."""

    def act(cloud: Aws) -> list[str]:
        api = cloud("apigatewayv2").create_api(Name="a", ProtocolType="HTTP")["ApiEndpoint"]
        name = cloud.function("def handler(e, c): ...\n")
        url = cloud("lambda").create_function_url_config(FunctionName=name, AuthType="NONE")
        return [api, url["FunctionUrl"]]

    assert all(address.startswith("https://") for address in act(plain))
    assert all(address.startswith(f"{aws.endpoint}/_aws/") for address in act(aws))


def test_functions_run(plain: Aws, aws: Aws) -> None:
    """`run_functions_here`: moto needs containers."""

    def act(cloud: Aws) -> bytes:
        name = cloud.function("def handler(e, c):\n    return 41 + e\n")
        told = cloud("lambda").invoke(FunctionName=name, Payload=b"1")
        return bytes(told["Payload"].read())

    assert b"42" != act(plain)
    assert b"42" == act(aws)


def test_a_mapping_follows_its_alias(plain: Aws, aws: Aws) -> None:
    """`keep_aliases_of_mappings`: moto takes the version that the alias meant on that day."""

    def act(cloud: Aws) -> tuple[str, str, str]:
        name = cloud.function("def handler(e, c):\n    print('OLD')\n", Publish=True)
        alias = cloud("lambda").create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        url, arn = cloud.queue()
        made = cloud("lambda").create_event_source_mapping(
            FunctionName=alias["AliasArn"], EventSourceArn=arn
        )
        return name, url, str(made["FunctionArn"])

    assert act(plain)[2].endswith(":1")
    name, url, arn = act(aws)
    assert arn.endswith(":live")
    aws("lambda").update_function_code(
        FunctionName=name, ZipFile=packed({"app.py": "def handler(e, c):\n    print('NEW')\n"})
    )
    second = aws("lambda").publish_version(FunctionName=name)["Version"]
    aws("lambda").update_alias(FunctionName=name, Name="live", FunctionVersion=second)
    aws("sqs").send_message(QueueUrl=url, MessageBody="m")

    assert eventually(lambda: "NEW" in aws.log(name))
    assert "OLD" not in aws.log(name)


def test_a_rule_reaches_functions(plain: Aws, aws: Aws) -> None:
    """`send_events_to_functions`: moto knows queues, logs and buses as targets."""

    def act(cloud: Aws) -> None:
        name = cloud.function("def handler(e, c): ...\n")
        arn = cloud("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
        rule = cloud.name("rule")
        source = cloud.name("source")
        cloud("events").put_rule(Name=rule, EventPattern=json.dumps({"source": [source]}))
        cloud("events").put_targets(Rule=rule, Targets=[{"Id": "f", "Arn": arn}])
        cloud("events").put_events(Entries=[{"Source": source, "DetailType": "d", "Detail": "{}"}])

    assert 500 == refused(lambda: act(plain))
    act(aws)


def test_a_conditional_put_has_one_winner(aws: Aws) -> None:
    """`one_at_a_time`: moto looks first and writes then, and others come between."""
    from concurrent.futures import ThreadPoolExecutor

    table = aws.name("t")
    aws("dynamodb").create_table(
        TableName=table,
        **keyed(pk="S"),
    )

    def put(number: int) -> bool:
        try:
            aws("dynamodb").put_item(
                TableName=table,
                Item={"pk": {"S": f"k{number // 8}"}, "n": {"N": str(number)}},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except aws("dynamodb").exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(put, range(160)))

    assert 20 == sum(won)


def test_a_bucket_that_wants_tls_can_be_used(plain: Aws, aws: Aws) -> None:
    """`leave_conditions_of_bucket_policies_out`: a condition that is not known is no refusal."""

    def act(cloud: Aws) -> None:
        bucket = cloud.name("bucket")
        s3 = cloud("s3")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        statement = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": f"arn:aws:s3:::{bucket}/*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
        s3.put_object(Bucket=bucket, Key="k", Body=b"")

    assert 403 == refused(lambda: act(plain))
    act(aws)


def test_sampling_rules_are_kept(plain: Aws, aws: Aws) -> None:
    """`keep_sampling_rules`: made, read, changed, deleted; and not obeyed."""
    assert refused(lambda: plain("xray").get_sampling_rules()) in {404, 500}
    rule = {
        "RuleName": aws.name("rule"),
        "Priority": 9000,
        "FixedRate": 0.05,
        "ReservoirSize": 1,
        "ServiceName": "*",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "ResourceARN": "*",
        "Version": 1,
    }
    xray = aws("xray")
    xray.create_sampling_rule(SamplingRule=rule)
    change = {"RuleName": rule["RuleName"], "FixedRate": 0.5}
    xray.update_sampling_rule(SamplingRuleUpdate=change)
    rates = {
        item["SamplingRule"]["RuleName"]: item["SamplingRule"]["FixedRate"]
        for item in xray.get_sampling_rules()["SamplingRuleRecords"]
    }
    assert 0.5 == rates[rule["RuleName"]]
    xray.delete_sampling_rule(RuleName=rule["RuleName"])


def test_a_key_for_several_regions_unwraps_what_it_wrapped(plain: Aws, aws: Aws) -> None:
    """`make_room_for_ids_of_multi_region_keys`: moto's header is too short for its id."""

    def act(cloud: Aws) -> bytes:
        kms = cloud("kms")
        key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
        wrapped = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
        return bytes(kms.decrypt(CiphertextBlob=wrapped)["Plaintext"])

    assert 400 == refused(lambda: act(plain))
    assert b"secret" == act(aws)


def test_a_replica_of_a_key_is_what_it_is_asked_to_be(plain: Aws, aws: Aws) -> None:
    """`keep_what_replicas_are_given`: moto gives it the primary's description and no tags."""
    tags = [{"TagKey": "Name", "TagValue": "copy"}]

    def act(cloud: Aws) -> tuple[object, ...]:
        kms, there = cloud("kms"), cloud("kms", "eu-central-1")
        key = kms.create_key(MultiRegion=True, Description="first")["KeyMetadata"]["KeyId"]
        kms.replicate_key(KeyId=key, ReplicaRegion="eu-central-1", Description="second", Tags=tags)
        first, second = (one.describe_key(KeyId=key)["KeyMetadata"] for one in (kms, there))
        kinds = [one["MultiRegionConfiguration"]["MultiRegionKeyType"] for one in (first, second)]
        tagged = there.list_resource_tags(KeyId=key)["Tags"]
        return kinds, first["Description"], second["Description"], tagged

    expected = (["PRIMARY", "REPLICA"], "first", "second", tags)
    assert expected == act(aws)
    assert expected != act(plain)


def test_a_workgroup_changes_and_a_saved_query_goes(plain: Aws, aws: Aws) -> None:
    """`add_lake_actions`: the provider changes the one, removes the other, and reads tags."""

    def acts(cloud: Aws) -> tuple[Any, ...]:
        athena, name = cloud("athena"), cloud.name("lake")
        athena.create_work_group(
            Name=name, Configuration={"BytesScannedCutoffPerQuery": 10_000_000}
        )
        query = athena.create_named_query(
            Name="q", Database=name, QueryString="SELECT 1", WorkGroup=name
        )["NamedQueryId"]
        own = f"arn:aws:athena:{REGION}:123456789012:workgroup/{name}"
        return (
            lambda: athena.list_tags_for_resource(ResourceARN=own)["Tags"],
            lambda: athena.update_work_group(
                WorkGroup=name,
                ConfigurationUpdates={"BytesScannedCutoffPerQuery": 20_000_000},
            ),
            lambda: athena.delete_named_query(NamedQueryId=query),
            lambda: athena.get_work_group(WorkGroup=name)["WorkGroup"]["Configuration"],
            lambda: athena.list_named_queries(WorkGroup=name)["NamedQueryIds"],
        )

    assert [400, 500, 500] == [refused(act) for act in acts(plain)[:3]]
    tags, update, delete, configuration, queries = acts(aws)
    assert [] == tags()
    update()
    assert 20_000_000 == configuration()["BytesScannedCutoffPerQuery"]
    delete()
    assert [] == queries()
