"""What tests of the local cloud need again and again: clients, functions, patience."""

from __future__ import annotations

import io
import json
import os
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from affidavit_localcloud.running import Running, find_running
from own_process import run_affidavit

T = TypeVar("T")

REGION = "eu-west-1"
ASSUMED_BY_ALL = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"


def command(*arguments: str, expected: int = 0, timeout: float = 60) -> str:
    """Run `affidavit local …` and return its stdout."""
    ran = run_affidavit("local", *arguments, timeout_s=timeout)
    assert expected == ran.returncode, ran.stderr[-2000:]
    return ran.stdout


def policy_text(*statements: dict[str, Any]) -> str:
    """Return a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@contextmanager
def cloud_in(folder: Path, *options: str) -> Iterator[Running]:
    """Start a local cloud as a user starts it; it ends with the block, or with the tests."""
    with_us = ("--with-process", str(os.getpid()))
    command("up", "--detach", "--port", "0", "--state", str(folder), *with_us, *options)
    running = find_running(folder)
    assert running is not None
    try:
        yield running
    finally:
        command("down", "--state", str(folder))


def eventually(look: Callable[[], T], *, within_s: float = 20.0) -> T:
    """Return the first true thing that `look` finds."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found or time.monotonic() > deadline:
            assert found, "it did not come to that in time"
            return found
        time.sleep(0.05)


def packed(files: dict[str, str]) -> bytes:
    """Return a zip."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


class Aws:
    """A cloud's services, and the few things that every test deploys."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._clients: dict[tuple[str, str], Any] = {}
        self._count = time.monotonic_ns()

    def __call__(self, service: str, region: str = REGION) -> Any:
        """Return a client that does not hide a failure by trying again."""
        if (service, region) not in self._clients:
            self._clients[service, region] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name=region,
                aws_access_key_id="local",
                aws_secret_access_key="local",  # noqa: S106 - moto takes anything
                config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
            )
        return self._clients[service, region]

    def name(self, kind: str) -> str:
        """Return a name that nobody has had."""
        self._count += 1
        return f"{kind}-{self._count:x}"

    def role(self, *statements: dict[str, Any]) -> str:
        """Return the ARN of a role that any service may assume, with these rights, or with all."""
        name = self.name("role")
        made = self("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument=policy_text(ASSUMED_BY_ALL)
        )
        policy = policy_text(*(statements or (EVERYTHING,)))
        self("iam").put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=policy)
        return str(made["Role"]["Arn"])

    def permit(self, function: str, service: str, qualifier: str = "") -> None:
        """Let a service call a function."""
        named = {"Qualifier": qualifier} if qualifier else {}
        self("lambda").add_permission(
            FunctionName=function,
            StatementId=self.name("permit"),
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
            **named,
        )

    def function(self, code: str, **settings: Any) -> str:
        """Deploy a handler `app.handler` and return its name."""
        name = str(settings.pop("FunctionName", None) or self.name("fn"))
        variables = settings.pop("variables", {})
        self("lambda").create_function(
            FunctionName=name,
            Role=settings.pop("Role", None) or self.role(),
            Code={"ZipFile": packed({"app.py": code})},
            **{
                "Runtime": RUNTIME,
                "Handler": "app.handler",
                "MemorySize": 256,
                "Timeout": 10,
                "Environment": {"Variables": variables},
                **settings,
            },
        )
        return name

    def call(self, function: str, event: Any = None, **settings: Any) -> Any:
        """Call a function and return what it answers, decoded; errors too."""
        told = self("lambda").invoke(
            FunctionName=function, Payload=json.dumps(event).encode(), **settings
        )
        return json.loads(told["Payload"].read())

    def log(self, function: str) -> list[str]:
        """Return a function's log; nothing if it was never called."""
        group = f"/aws/lambda/{function}"
        if not self("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return []
        found = self("logs").filter_log_events(logGroupName=group)
        return [event["message"] for event in found["events"]]

    def queue(self, **attributes: str) -> tuple[str, str]:
        """Return a queue's URL and ARN."""
        url = self("sqs").create_queue(QueueName=self.name("q"), Attributes=attributes)["QueueUrl"]
        found = self("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    def received(self, url: str) -> list[str]:
        """Return the bodies of messages that are in a queue, and take them out."""
        found = self("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        messages = found.get("Messages", [])
        for message in messages:
            self("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]
