"""A moto server over HTTP, the resources that a ledger needs, and faults in between.

moto stands in for AWS. `FaultyFront` is a small proxy before it: it throttles,
fails or delays what a test says, as a bad day would.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import boto3

from keyed_tables import keyed

REGION = "eu-west-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}


@contextmanager
def serving(*command: str) -> Iterator[int]:
    """Run a server in a process of its own; yield its port, which stands for `PORT`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [str(port) if word == "PORT" else word for word in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def moto_server() -> Iterator[str]:
    """Run moto; yield its URL."""
    program = str(Path(__file__).with_name("moto_in_turn.py"))
    with serving(sys.executable, program, "-H", "127.0.0.1", "-p", "PORT") as port:
        yield f"http://127.0.0.1:{port}"


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


@dataclass(slots=True)
class Cloud:
    """One test's resources, with names of their own."""

    endpoint: str
    table: str
    subjects: str
    bucket: str
    witness: str
    queue: str
    key: str
    tokens: str
    signer: str

    @property
    def environ(self) -> dict[str, str]:
        """The settings of a function that uses them."""
        ledger = (
            f"dynamodb://{self.table}?key={self.key}&tokens={self.tokens}"
            f"&spill={quote(self.queue)}&timeout_ms=3000"
        )
        return {
            "AFFIDAVIT_POLICY": "baseline",
            "AFFIDAVIT_ENVIRONMENT": "dev",
            "AFFIDAVIT_PLUGINS": "dynamodb,ledger,policy,sqlite",
            "AFFIDAVIT_LEDGER": ledger,
            "AFFIDAVIT_ARCHIVE": f"s3://{self.bucket}/log",
            "AFFIDAVIT_SIGNER": f"kms://{self.signer}?name=example.org/ledger",
            "AFFIDAVIT_WITNESS": f"s3://{self.witness}",
        }

    def aws(self, service: str, region: str = REGION) -> Any:
        """Return a client that talks to moto directly, past any fault."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - moto takes anything
        )


def make_cloud(endpoint: str) -> Cloud:
    """Create everything that a ledger on AWS needs, under fresh names."""
    name = f"t{uuid.uuid4().hex[:12]}"  # noqa: TID251 - a test's name
    cloud = Cloud(endpoint, f"{name}-records", f"{name}-salts", name, f"{name}-w", "", "", "", "")
    dynamodb, kms, s3, sqs = (cloud.aws(service) for service in ("dynamodb", "kms", "s3", "sqs"))
    make_tables(dynamodb, cloud.table, cloud.subjects)
    cloud.key = kms.create_key()["KeyMetadata"]["KeyId"]
    cloud.tokens = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")[
        "KeyMetadata"
    ]["KeyId"]
    cloud.signer = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"][
        "KeyId"
    ]
    for bucket in (cloud.bucket, cloud.witness):
        s3.create_bucket(
            Bucket=bucket,
            CreateBucketConfiguration={"LocationConstraint": REGION},
            ObjectLockEnabledForBucket=True,
        )
    cloud.queue = sqs.create_queue(QueueName=f"{name}-spill")["QueueUrl"]
    return cloud


INDEX: Final[dict[str, Any]] = {
    "IndexName": "by_subject",
    "KeySchema": keyed(s="S", t="S")["KeySchema"],
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]},
}
"""The index of the table of records, as Terraform makes it."""


def make_tables(dynamodb: Any, records: str, subjects: str) -> None:
    """Create the table of records with its index and stream, and that of salts."""
    dynamodb.create_table(
        TableName=records,
        **keyed(("s", "S"), ("t", "S"), pk="S", sk="N"),
        GlobalSecondaryIndexes=[INDEX],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    dynamodb.create_table(
        TableName=subjects,
        **keyed(pk="S"),
    )


def protect(cloud: Cloud) -> None:
    """Let the table's rows expire, and deny that anybody changes them, as Terraform does."""
    dynamodb = cloud.aws("dynamodb")
    expiry = {"Enabled": True, "AttributeName": "x"}
    dynamodb.update_time_to_live(TableName=cloud.table, TimeToLiveSpecification=expiry)
    arn = dynamodb.describe_table(TableName=cloud.table)["Table"]["TableArn"]
    actions = ["dynamodb:DeleteItem", "dynamodb:UpdateItem"]
    deny = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": actions, "Resource": arn}
    dynamodb.put_resource_policy(ResourceArn=arn, Policy=json.dumps({"Statement": [deny]}))


Fault = Callable[[str, str], "tuple[int, str] | None"]
"""Given a service's operation and the path: a status and error code to answer, or None."""


class FaultyFront:
    """A proxy in front of moto that can be told to misbehave."""

    def __init__(self, endpoint: str) -> None:
        self._target = endpoint.removeprefix("http://")
        self.fault: Fault = lambda _, __: None
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1  # one packet per answer, as AWS does

            def _relay(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                operation = (self.headers.get("X-Amz-Target") or "").rpartition(".")[2]
                bad = front.fault(operation or f"{self.command} {self.path}", self.path)
                if bad is not None:
                    said = f'{{"__type":"x#{bad[1]}","message":"planted"}}'
                    if self.path.startswith("/scans-"):  # a bucket: S3 speaks XML
                        said = f"<Error><Code>{bad[1]}</Code><Message>planted</Message></Error>"
                    self._answer(bad[0], said.encode())
                    return
                connection = http.client.HTTPConnection(front._target, timeout=30)
                headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
                connection.request(
                    self.command, self.path, body, {**headers, "Host": front._target}
                )
                answer = connection.getresponse()
                self._answer(answer.status, answer.read(), dict(answer.getheaders()))
                connection.close()

            def _answer(
                self, status: int, body: bytes, headers: dict[str, str] | None = None
            ) -> None:
                self.send_response(status)
                for name, value in (headers or {"Content-Type": "application/json"}).items():
                    if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _relay

            def handle_expect_100(self) -> bool:
                going_on = super().handle_expect_100()
                self.wfile.flush()  # S3's client waits for it
                return going_on

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def stream_events(cloud: Cloud, size: int = 100) -> Iterator[dict[str, Any]]:
    """Read the table's stream from its beginning, as Lambda's event source would."""
    dynamodb, streams = cloud.aws("dynamodb"), cloud.aws("dynamodbstreams")
    arn = dynamodb.describe_table(TableName=cloud.table)["Table"]["LatestStreamArn"]
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = streams.get_records(ShardIterator=iterator)["Records"]
        for start in range(0, len(records), size):
            yield {"Records": [_as_lambda_sees_it(r) for r in records[start : start + size]]}


def _as_lambda_sees_it(record: dict[str, Any]) -> dict[str, Any]:
    """Turn binary attributes into base64 text, as they travel in an event."""
    import base64

    told = dict(record["dynamodb"])
    for name in ("NewImage", "OldImage"):
        if name in told:
            told[name] = {
                key: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
                for key, value in told[name].items()
            }
    return {**record, "dynamodb": told}


def set_environ(environ: dict[str, str], endpoint: str) -> None:
    """Make this process the function: for subprocesses and fixtures."""
    os.environ.update({**CREDENTIALS, **environ, "AWS_ENDPOINT_URL": endpoint})
