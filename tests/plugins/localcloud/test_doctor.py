"""A deployed function that fails is told by the kind of its failure, with what to do.

Each fault is planted for real: a function on the local cloud, under AWS's own
runtime client, is called once, and then looked at from outside.
"""

from __future__ import annotations

import json
import struct
from typing import Any, NamedTuple

import pytest

from affidavit_localcloud.running import Running
from affidavit_service.deployed import Looked, look
from affidavit_service.diagnosis import diagnose
from localcloud_parts import Aws, eventually
from own_process import run_affidavit

OK = "def handler(event, context):\n    return 1\n"
BOTO = "import boto3\ndef handler(event, context):\n    "
RAISE = "def handler(event, context):\n    "
NEVER = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}


class Planted(NamedTuple):
    """One fault: the code, how it is deployed, and what has to be said of it."""

    code: str
    kind: str
    word: str
    settings: dict[str, Any] | None = None


FAULTS = {
    "a module that nobody packed": Planted(f"import requests_x\n{OK}", "module", "requests_x"),
    "a part of a module": Planted(f"import json.nothing\n{OK}", "module", "json.nothing"),
    "a binary for another Python": Planted(
        "raise ModuleNotFoundError(\"No module named 'pydantic_core._pydantic_core'\")",
        "binary",
        "pydantic_core._pydantic_core",
    ),
    "numpy for another Python": Planted(
        "raise ModuleNotFoundError(\"No module named 'numpy._core._multiarray_umath'\")",
        "binary",
        "numpy._core",
    ),
    "another version": Planted(f"from json import gone\n{OK}", "name", "json has no gone"),
    "a library of a desktop": Planted(
        "raise ImportError('libGL.so.1: cannot open shared object file: No such file')",
        "library",
        "libGL.so.1",
    ),
    "a later C library": Planted(
        'raise ImportError("/lib64/libc.so.6: version `GLIBC_2.35\' not found")',
        "glibc",
        "GLIBC_2.35",
    ),
    "a later C++ library": Planted(
        'raise ImportError("libstdc++.so.6: version `GLIBCXX_3.4.30\' not found")',
        "glibc",
        "GLIBCXX_3.4.30",
    ),
    "another processor": Planted(
        "raise ImportError('/var/task/x.so: invalid ELF header')", "processor", "another processor"
    ),
    "an import of its own that fails": Planted(
        "raise ImportError('no')", "import", "raised ImportError"
    ),
    "a handler's module that is not there": Planted(
        OK, "handler-module", "no module main", {"Handler": "main.handler"}
    ),
    "a handler in a folder that is not there": Planted(
        OK, "module", "src", {"Handler": "src.app.handler"}
    ),
    "a handler that is not there": Planted(
        OK, "handler", "app has no handle", {"Handler": "app.handle"}
    ),
    "a handler's name without a dot": Planted(
        OK, "handler-form", "MODULE.FUNCTION", {"Handler": "handler"}
    ),
    "a handler with the name of a built-in": Planted(
        OK, "builtin", "sys", {"Handler": "sys.handler"}
    ),
    "syntax": Planted("def handler(event, context)\n    return 1", "syntax", "app.py line 1"),
    "an indentation": Planted("def handler(e, c):\nreturn 1", "syntax", "app.py line 2"),
    "a variable at import": Planted(
        f"import os\nT = os.environ['TABLE_NAME']\n{OK}", "variable", "TABLE_NAME"
    ),
    "a variable in a call": Planted(
        f"import os\n{RAISE}return os.environ['QUEUE_URL']", "variable", "QUEUE_URL"
    ),
    "a right on a table": Planted(
        f"{BOTO}boto3.client('dynamodb').list_tables()", "rights", "ListTables", {"role": NEVER}
    ),
    "a right on a bucket": Planted(
        f"{BOTO}boto3.client('s3').list_buckets()", "rights", "List", {"role": NEVER}
    ),
    "a right on a queue": Planted(
        f"{BOTO}boto3.client('sqs').list_queues()", "rights", "ListQueues", {"role": NEVER}
    ),
    "a table that is not there": Planted(
        f"{BOTO}boto3.client('dynamodb').describe_table(TableName='nowhere')",
        "resource",
        "DescribeTable",
    ),
    "a bucket that is not there": Planted(
        f"{BOTO}boto3.client('s3').list_objects_v2(Bucket='nowhere-at-all')",
        "resource",
        "ListObjectsV2",
    ),
    "a queue that is not there": Planted(
        f"{BOTO}boto3.client('sqs').get_queue_url(QueueName='nowhere')", "resource", "GetQueueUrl"
    ),
    "a call that takes too long": Planted(
        f"import time\n{RAISE}time.sleep(30)", "time", "1", {"Timeout": 1}
    ),
    "an answer that is not JSON": Planted(f"{RAISE}return object()", "marshal", "not JSON"),
    "an exit": Planted(f"import sys\n{RAISE}sys.exit(1)", "exit", "ended by itself"),
    "a way that is closed": Planted(
        f"import urllib.request\n{RAISE}urllib.request.urlopen('http://127.0.0.1:9/')",
        "network",
        "cannot reach",
    ),
    "no region": Planted(
        "import os, boto3\n"
        "for name in ('AWS_REGION', 'AWS_DEFAULT_REGION'):\n    os.environ.pop(name, None)\n"
        f"C = boto3.client('dynamodb')\n{OK}",
        "region",
        "no region",
    ),
    "affidavit's settings": Planted(
        f"class SettingsError(Exception): pass\nraise SettingsError('AFFIDAVIT_LEDGER')\n{OK}",
        "settings",
        "SettingsError",
    ),
    "records that cannot be kept": Planted(
        f"class AttestationError(Exception): pass\n{RAISE}raise AttestationError('no')",
        "evidence",
        "cannot be kept",
    ),
    "a call without an end": Planted(
        "def handler(event, context):\n    return handler(event, context)", "recursion", "too deep"
    ),
    "a full disk": Planted(
        f"{RAISE}raise OSError(28, 'No space left on device')", "disk", "is full"
    ),
    "a folder that cannot be written": Planted(
        f"{RAISE}raise OSError(30, 'Read-only file system')", "read-only", "nothing can be written"
    ),
    "an error of the code's own": Planted(
        f"{RAISE}raise LookupError('secret-value')", "raised", "LookupError"
    ),
}


def told(aws: Aws, name: str, alias: str | None = None) -> list[Looked]:
    return look(name, alias, client=aws)


def faults(found: list[Looked]) -> dict[str, str]:
    return {one.fault.kind: one.fault.found for one in found if one.fault}


@pytest.mark.parametrize("case", FAULTS)
def test_a_planted_fault_is_named(aws: Aws, case: str) -> None:
    """By its kind, and by the name that matters; never by a value."""
    planted = FAULTS[case]
    settings = dict(planted.settings or {})
    role = settings.pop("role", None)
    if role is not None:
        settings["Role"] = aws.role(role, LOGS)
    name = aws.function(planted.code, **settings)
    aws("lambda").invoke(FunctionName=name, Payload=b"{}")

    found = eventually(lambda: faults(told(aws, name)).keys() - {"no-log"} and told(aws, name))

    named = faults(found)
    assert {planted.kind} == named.keys() - {"slow-start"}
    assert planted.word in named[planted.kind]
    assert "secret-value" not in str(found)


LOGS = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}


def test_a_function_that_works_has_nothing_to_mend(aws: Aws, cloud: Running) -> None:
    """From the command line, too."""
    name = aws.function(OK)
    aws("lambda").invoke(FunctionName=name, Payload=b"{}")
    eventually(lambda: not faults(told(aws, name)))

    environ = {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    ran = run_affidavit("doctor", "--function", name, "--output", "json", environ=environ)
    assert 0 == ran.returncode, ran.stderr
    assert all(one["ok"] for one in json.loads(ran.stdout))


def test_a_function_that_may_not_run_is_named(aws: Aws) -> None:
    """Nothing is in its log, because nothing happened."""
    name = aws.function(OK)
    aws("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert {"concurrency", "no-log"} >= faults(told(aws, name)).keys() >= {"concurrency"}


def test_a_function_that_is_not_there_is_an_error(aws: Aws) -> None:
    """With what to check."""
    from affidavit_service.errors import ServiceError

    with pytest.raises(ServiceError, match="there is no function nowhere"):
        told(aws, "nowhere")


@pytest.mark.parametrize("kind", ["alias", "latest", "old-version", "canary"])
def test_an_alias_that_is_wrong_is_named(aws: Aws, kind: str) -> None:
    """Missing, on what anybody may change, behind, or divided."""
    name = aws.function(OK)
    client, named = aws("lambda"), {"FunctionName": name}
    first = client.publish_version(**named)["Version"]
    if kind != "alias":
        version = "$LATEST" if kind == "latest" else first
        client.create_alias(**named, Name="live", FunctionVersion=version)
    if kind in {"old-version", "canary"}:
        client.update_function_configuration(**named, MemorySize=512)
        second = client.publish_version(**named)["Version"]
        if kind == "canary":
            weights = {"AdditionalVersionWeights": {second: 0.1}}
            client.update_alias(**named, Name="live", RoutingConfig=weights)
    found = faults(told(aws, name, "live"))
    assert kind in found


@pytest.mark.parametrize("kind", ["visibility", "no-dead-letters", "trigger", "dead-letters"])
def test_a_trigger_that_is_wrong_is_named(aws: Aws, kind: str) -> None:
    """Too short a time, no dead letters, switched off, or dead letters that wait."""
    sqs, name = aws("sqs"), aws.function(OK)
    letters = sqs.create_queue(QueueName=aws.name("letters"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["QueueArn"])["Attributes"]
    redrive = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": "5"}
    attributes = {"VisibilityTimeout": "60", "RedrivePolicy": json.dumps(redrive)}
    if kind == "visibility":
        attributes["VisibilityTimeout"] = "10"
        aws("lambda").update_function_configuration(FunctionName=name, Timeout=60)
    if kind == "no-dead-letters":
        del attributes["RedrivePolicy"]
    if kind == "dead-letters":
        sqs.send_message(QueueUrl=letters, MessageBody="x")
    url = sqs.create_queue(QueueName=aws.name("queue"), Attributes=attributes)["QueueUrl"]
    source = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    aws("lambda").create_event_source_mapping(
        FunctionName=name, EventSourceArn=source["QueueArn"], Enabled=kind != "trigger"
    )
    assert {kind} == faults(told(aws, name)).keys() - {"no-log"}


def test_a_real_library_for_another_processor_is_named(aws: Aws) -> None:
    """Loaded for real: a file that begins as ELF and is for nothing that is here."""
    head = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + struct.pack("<HHI", 3, 183, 1) + b"\0" * 200
    code = (
        "import importlib.machinery, importlib.util, pathlib, tempfile\n"
        f"p = pathlib.Path(tempfile.mkdtemp()) / 'fast.so'\np.write_bytes({head!r})\n"
        "s = importlib.util.spec_from_file_location('fast', p)\n"
        f"importlib.util.module_from_spec(s)\n{OK}"
    )
    name = aws.function(code)
    aws("lambda").invoke(FunctionName=name, Payload=b"{}")
    found = eventually(lambda: faults(told(aws, name)).keys() - {"no-log"})
    assert found <= {"processor", "import", "library"}


def test_forty_faults_are_planted_here_and_a_quiet_log_has_none() -> None:
    """Those of the code, four of an alias, four of a trigger, and one of concurrency."""
    assert 40 <= len(FAULTS) + 4 + 4 + 1
    assert [] == diagnose(["START RequestId: 1", "REPORT Duration: 3 ms", '{"message": "fine"}'])
