"""Starting, ending, being killed, keeping state: no orphans, nothing half done."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from affidavit_localcloud.running import Running, find_running
from affidavit_localcloud.serving import LOOK_S
from keyed_tables import keyed
from localcloud_parts import (
    ASSUMED_BY_ALL,
    RUNTIME,
    Aws,
    cloud_in,
    command,
    eventually,
    policy_text,
)
from own_process import run_affidavit

SLEEPER = """
import os, subprocess, time
def handler(event, context):
    child = subprocess.Popen(["sleep", "600"])
    if event:
        time.sleep(event)
    return [os.getpid(), child.pid]
"""

AT_START = {
    f"moto.{service}.models"
    for service in (
        *("apigatewayv2", "athena", "awslambda", "cloudwatch", "dynamodb"),
        *("dynamodbstreams", "ecr", "events", "iam", "kinesis", "kms", "logs", "s3"),
        *("scheduler", "sns", "sqs", "stepfunctions", "sts", "xray"),
    )
}
"""What the local cloud patches or polls; every other service is loaded when it is asked for."""


def lives(pid: int) -> bool:
    """Whether a process runs; one that waits for its parent to notice its end does not."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_it_is_ready_when_it_says_where(tmp_path: Path) -> None:
    """Programs get JSON, shells get something to source."""
    told = json.loads(
        command("up", "--detach", "--port", "0", "--state", str(tmp_path), "--output", "json")
    )
    try:
        assert [] == Aws(told["endpoint"])("lambda").list_functions()["Functions"]
        assert told["endpoint"] == told["environment"]["AWS_ENDPOINT_URL"]
        assert f"export AWS_ENDPOINT_URL={told['endpoint']}" in command(
            "up", "--detach", "--state", str(tmp_path)
        )
        status = json.loads(command("status", "--state", str(tmp_path), "--output", "json"))
        assert told["endpoint"] == status["endpoint"]
        again = command("up", "--detach", "--state", str(tmp_path), "--output", "json")
        assert told["pid"] == json.loads(again)["pid"], "a second start finds the first"
    finally:
        command("down", "--state", str(tmp_path))
    assert not (tmp_path / "cloud.json").exists()
    command("status", "--state", str(tmp_path), expected=1)


def test_it_starts_with_what_it_serves_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python says what it imports: who starts it waits for no services, it for no others."""
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    asked = run_affidavit("local", "up", "--detach", "--port", "0", "--state", str(tmp_path))
    monkeypatch.undo()
    try:
        assert 0 == asked.returncode, asked.stderr[-2000:]
        started = _imported((tmp_path / "cloud.log").read_text())
    finally:
        command("down", "--state", str(tmp_path))

    assert "affidavit_localcloud.running" in _imported(asked.stderr)
    assert not {"boto3", "botocore", "moto", "werkzeug"} & _imported(asked.stderr)
    assert started >= {"moto.awslambda.models", "moto.dynamodb.models"}
    assert set() == {name for name in started if _is_service(name)} - AT_START


def _imported(log: str) -> set[str]:
    lines = (line for line in log.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


def _is_service(name: str) -> bool:
    parts = name.split(".")
    return 3 == len(parts) and ("moto", "models") == (parts[0], parts[2]) and "core" != parts[1]


def test_it_listens_on_the_loopback_only(tmp_path: Path) -> None:
    """Every socket of the process and of what it starts."""
    with cloud_in(tmp_path) as running:
        aws = Aws(running.endpoint)
        pids = [
            running.pid,
            aws.call(aws.function("import os\ndef handler(e, c): return os.getpid()")),
        ]
        listening = {inode for pid in pids for inode in _sockets(pid)}
        addresses = [address for address, inode in _listeners() if inode in listening]

    assert addresses
    assert {"0100007F"} == {address.partition(":")[0] for address in addresses}


def test_down_ends_everything_that_it_started(tmp_path: Path) -> None:
    """Functions, and what functions have started."""
    with cloud_in(tmp_path) as running:
        aws = Aws(running.endpoint)
        pids = aws.call(aws.function(SLEEPER))
        assert all(map(lives, pids))
    for pid in [running.pid, *pids]:
        eventually(lambda pid=pid: not lives(pid))
    assert not list((tmp_path / "environments").glob("*"))


def test_a_killed_cloud_leaves_no_function_behind(tmp_path: Path) -> None:
    """Frozen or at work: Linux ends them with their parent."""
    with cloud_in(tmp_path) as running:
        aws = Aws(running.endpoint)
        frozen, _ = aws.call(aws.function(SLEEPER))
        busy = aws.function(SLEEPER, Timeout=60)
        aws("lambda").invoke(FunctionName=busy, InvocationType="Event", Payload=b"60")
        told = eventually(lambda: _environments(running.pid, 2))
        os.kill(running.pid, signal.SIGKILL)
        for pid in {*told, frozen}:
            eventually(lambda pid=pid: not lives(pid))
    for pid in _sleepers():
        os.kill(pid, signal.SIGKILL)  # what a function started is its own affair when killed


def test_it_ends_with_the_process_that_it_was_told_to(tmp_path: Path) -> None:
    """Even one that was killed, and could not end it; what it was to keep is kept."""
    user = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        told = ("--with-process", str(user.pid), "--state", str(tmp_path), "--keep")
        command("up", "--detach", "--port", "0", *told)
        running = find_running(tmp_path)
        assert running is not None
        time.sleep(2 * LOOK_S)
        assert lives(running.pid)
        user.kill()
        eventually(lambda: not lives(running.pid))  # `user` is a zombie still, and has ended
    finally:
        user.kill()
        user.wait()
        command("down", "--state", str(tmp_path))
    assert not (tmp_path / "cloud.json").exists()
    assert (tmp_path / "state.pickle").exists()


def test_ctrl_c_ends_it_in_the_foreground(tmp_path: Path) -> None:
    """Exit code 0, and the port is free again."""
    port = _free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "affidavit_cli", "local", "up", "--state", str(tmp_path)),
            *("--port", str(port)),
        ],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        running = eventually(lambda: find_running(tmp_path))
        assert port == running.port
        aws = Aws(running.endpoint)
        slow = aws.function(SLEEPER, Timeout=600)
        aws("lambda").invoke(FunctionName=slow, InvocationType="Event", Payload=b"600")
        eventually(lambda: _environments(running.pid, 1))
        process.send_signal(signal.SIGINT)
        assert 0 == process.wait(60), "it does not wait for a function that sleeps"
    finally:
        process.kill()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    """At once, with what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        where = ("--port", str(port), "--state", str(tmp_path))
        ran = run_affidavit("local", "up", "--detach", *where)

    assert 3 == ran.returncode
    assert f"port {port} cannot be used" in ran.stderr
    assert "--port 0" in ran.stderr


def quoted(running: Running) -> str:
    """Return an address as it stands in another one: the spill queue in a ledger's URL."""
    return f"dynamodb://t?spill={quote(running.endpoint, safe='')}%2Fq"


def test_what_is_kept_is_there_again(tmp_path: Path) -> None:
    """Records, objects, keys that sign, functions, streams, machines; and only if asked for."""
    with cloud_in(tmp_path, "--keep") as running:
        aws = Aws(running.endpoint)
        aws("s3").create_bucket(
            Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        aws("s3").put_object(Bucket="kept", Key="k", Body=b"x" * 100_000)
        key = aws("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        key_id = key["KeyMetadata"]["KeyId"]
        public = aws("kms").get_public_key(KeyId=key_id)["PublicKey"]
        where = {"Variables": {"QUEUE": f"{running.endpoint}/q", "IN_URL": quoted(running)}}
        told = (
            "import os\n"
            "def handler(e, c):\n"
            "    return [e, os.environ['QUEUE'], os.environ['IN_URL']]\n"
        )
        name = aws.function(told, Publish=True, Environment=where)
        gateway = aws("apigatewayv2")
        api = gateway.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
        aws("lambda").create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        assert 1 == aws.call(name, 1)[0]
        url, _ = aws.queue()
        aws("sqs").send_message(QueueUrl=url, MessageBody="waits")
        aws("dynamodb").create_table(
            TableName="t",
            **keyed(pk="S"),
        )
        aws("dynamodb").put_item(TableName="t", Item={"pk": {"S": "a"}})
    assert 0o600 == (tmp_path / "state.pickle").stat().st_mode & 0o777

    with cloud_in(tmp_path, "--keep") as running:
        aws = Aws(running.endpoint)
        body = aws("s3").get_object(Bucket="kept", Key="k")["Body"].read()
        assert b"x" * 100_000 == body
        assert public == aws("kms").get_public_key(KeyId=key_id)["PublicKey"]
        signing = {"KeyId": key_id, "SigningAlgorithm": "ECDSA_SHA_256", "Message": b"m"}
        signature = aws("kms").sign(**signing)["Signature"]
        assert aws("kms").verify(**signing, Signature=signature)["SignatureValid"]
        # Another port: what holds the address of the cloud before leads here.
        here = [2, f"{running.endpoint}/q", quoted(running)]
        assert here == aws.call(name, 2, Qualifier="live")
        assert aws("apigatewayv2").get_api(ApiId=api)["ApiEndpoint"].startswith(running.endpoint)
        assert 1 == aws("dynamodb").scan(TableName="t")["Count"]
        waiting = aws("sqs").get_queue_url(QueueName=url.rpartition("/")[2])["QueueUrl"]
        waiting = f"{running.endpoint}/{'/'.join(waiting.split('/')[3:])}"
        assert ["waits"] == aws.received(waiting)

    with cloud_in(tmp_path) as running:
        assert [] == Aws(running.endpoint)("s3").list_buckets()["Buckets"]


def test_state_that_somebody_else_could_have_written_is_refused(tmp_path: Path) -> None:
    """Reading it could run their code."""
    state = tmp_path / "state.pickle"
    state.write_bytes(b"whatever")
    state.chmod(0o666)
    log = tmp_path / "cloud.log"

    command("up", "--detach", "--port", "0", "--keep", "--state", str(tmp_path), expected=3)

    assert "somebody else could have written it" in log.read_text()


def test_reset_forgets_everything_and_goes_on(tmp_path: Path) -> None:
    """Environments too."""
    with cloud_in(tmp_path) as running:
        aws = Aws(running.endpoint)
        name = aws.function("import os\ndef handler(e, c):\n    return os.getpid()\n")
        pid = aws.call(name)
        command("reset", "--state", str(tmp_path))

        assert [] == aws("lambda").list_functions()["Functions"]
        eventually(lambda: not lives(pid))
        assert 7 == aws.call(aws.function("def handler(e, c):\n    return 7\n"))


def test_the_command_line_calls_a_function_and_shows_its_log(tmp_path: Path) -> None:
    """Exit code 1 for one that failed; an event may come from a file."""
    event = tmp_path / "event.json"
    event.write_text('{"n": 1}')
    state = ["--state", str(tmp_path / "state"), "--region", "eu-west-1"]
    with cloud_in(tmp_path / "state") as running:
        aws = Aws(running.endpoint)
        name = aws.function("def handler(e, c):\n    print('seen')\n    return 1 / (2 - e['n'])\n")

        assert "1.0" == command("invoke", name, "--event", f"@{event}", *state).strip()
        told = json.loads(
            command("invoke", name, "--event", '{"n":2}', "--output", "json", *state, expected=1)
        )
        assert "ZeroDivisionError" == json.loads(told["answer"])["errorType"]
        log = json.loads(command("logs", name, "--output", "json", *state))
        assert 2 == sum(line["message"] == "seen" for line in log)


def test_commands_without_a_cloud_say_how_to_start_one(tmp_path: Path) -> None:
    """Exit code 3; `down` has nothing to do, which is fine."""
    command("reset", "--state", str(tmp_path), expected=3)
    command("down", "--state", str(tmp_path))


def test_another_python_can_be_named(tmp_path: Path) -> None:
    """One that has the runtime client; here our own, under its own name."""
    with cloud_in(tmp_path, "--interpreter", f"{RUNTIME}={sys.executable}") as running:
        aws = Aws(running.endpoint)
        assert 1 == aws.call(aws.function("def handler(e, c):\n    return 1\n"))


def _environments(parent: int, count: int) -> list[int]:
    """Return the processes that run functions of this cloud, once there are so many."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            line = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and b"launch.py" in line:
            found.append(int(path.parent.name))
    return found if len(found) >= count else []


def _sleepers() -> list[int]:
    """Return processes that this test's functions have left: `sleep 600` without a parent."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == b"sleep\x00600\x00":
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def _sockets(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def _listeners() -> list[tuple[str, str]]:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [(row[1], row[9]) for row in rows if row[3] == "0A"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_each_of_many_requests_at_once_is_answered_once_and_in_one_piece(cloud: Running) -> None:
    """Terraform closed a connection between headers and body, and made the same role again."""
    names = [f"at-once-{number}" for number in range(60)]
    with ThreadPoolExecutor(20) as clients:
        made = list(clients.map(lambda name: _first_read(cloud, "CreateRole", name), names))
        found = list(clients.map(lambda name: _first_read(cloud, "GetRole", name), names))
    for name, answer in zip([*names, *names], [*made, *found], strict=True):
        assert answer.startswith(b"HTTP/1.1 200"), answer[:300]
        assert f"<RoleName>{name}</RoleName>".encode() in answer
        assert answer.endswith(b"Response>"), "headers and body came one after the other"


def _first_read(cloud: Running, action: str, name: str) -> bytes:
    """Return what a client has read when it has read once."""
    trust = policy_text(ASSUMED_BY_ALL)
    asked = {"Action": action, "Version": "2010-05-08", "RoleName": name}
    body = urlencode({**asked, "AssumeRolePolicyDocument": trust}).encode()
    scope = "Credential=local/20260101/us-east-1/iam/aws4_request"
    head = (
        "POST / HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    )
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=60) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
        return connection.recv(1 << 16)


def test_a_body_is_asked_for_at_once(cloud: Running) -> None:
    """S3's clients send the headers first, and the body a second later if nobody asks for it."""
    head = (
        f"PUT /no-such-bucket/key HTTP/1.1\r\nHost: 127.0.0.1:{cloud.port}\r\n"
        "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=30) as connection:
        connection.sendall(head.encode())
        asked = connection.recv(4096)
        connection.sendall(b"body")
        answered = connection.recv(4096)

    assert b"HTTP/1.1 100 Continue\r\n\r\n" == asked
    assert answered.startswith(b"HTTP/1.1 404")
