"""Functions run as Lambda runs them: their own process, their limits, their log."""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from localcloud_parts import RUNTIME, Aws, eventually, packed

ECHO = """
import os
def handler(event, context):
    print("seen", event)
    return {"event": event, "pid": os.getpid(), "arn": context.invoked_function_arn,
            "version": context.function_version, "env": os.environ.get("COLOUR"),
            "left": context.get_remaining_time_in_millis(), "trace": os.environ["_X_AMZN_TRACE_ID"]}
"""


def test_a_deployed_zip_answers(aws: Aws) -> None:
    """Its event, its variables, its ARN, its time."""
    name = aws.function(ECHO, variables={"COLOUR": "blue"}, Timeout=7)

    answer = aws.call(name, {"a": 1})

    assert {"a": 1} == answer["event"]
    assert "blue" == answer["env"]
    assert answer["arn"].endswith(f":function:{name}")
    assert 5000 < answer["left"] <= 7000


def test_an_environment_is_used_again(aws: Aws) -> None:
    """Cold once, warm then."""
    name = aws.function(ECHO)

    assert aws.call(name)["pid"] == aws.call(name)["pid"]


def test_events_at_the_same_time_have_environments_of_their_own(aws: Aws, tmp_path: Path) -> None:
    """One environment serves one event at a time; none answers before the last one has begun."""
    waits = (
        "import os, time\nfrom pathlib import Path\n"
        "def handler(here, context):\n"
        "    (Path(here) / str(os.getpid())).touch()\n"
        "    while len(os.listdir(here)) < 3:\n"
        "        time.sleep(0.05)\n"
        "    return os.getpid()\n"
    )
    name = aws.function(waits, Timeout=50)
    with ThreadPoolExecutor(3) as pool:
        pids = list(pool.map(lambda _: aws.call(name, str(tmp_path)), range(3)))

    assert {int(file.name) for file in tmp_path.iterdir()} == set(pids)
    assert 3 == len(set(pids))


def test_reserved_concurrency_is_a_limit(aws: Aws) -> None:
    """Who comes too early is sent away with 429; zero means nobody."""
    name = aws.function(ECHO)
    aws("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)

    with pytest.raises(ClientError) as caught:
        aws.call(name)

    assert "TooManyRequestsException" == caught.value.response["Error"]["Code"]
    assert 429 == caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_what_a_handler_raises_is_the_answer(aws: Aws) -> None:
    """With the type, the text and the header; the environment lives on."""
    name = aws.function("def handler(e, c):\n    raise ValueError('no')\n")

    told = aws("lambda").invoke(FunctionName=name)

    assert "Unhandled" == told["FunctionError"]
    answer = json.loads(told["Payload"].read())
    assert ("ValueError", "no") == (answer["errorType"], answer["errorMessage"])
    assert 1 == sum(line.startswith("[ERROR] ValueError") for line in aws.log(name))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import time\ndef handler(e, c):\n    time.sleep(60)\n", "Sandbox.Timedout"),
        ("import os\ndef handler(e, c):\n    os._exit(3)\n", "Runtime.ExitError"),
        ("def handler(e, c):\n    return len(b'x' * (300 << 20))\n", "Runtime.OutOfMemory"),
        ("raise RuntimeError('at import')\n", "RuntimeError"),
        ("import nowhere_to_be_found\n", "Runtime.ImportModuleError"),
        ("other = 1\n", "Runtime.HandlerNotFound"),
        ("def handler(e, c):\n    return 'x' * (7 << 20)\n", "Function.ResponseSizeTooLarge"),
    ],
)
def test_a_function_that_breaks_says_how(aws: Aws, code: str, kind: str) -> None:
    """And the next event gets a new environment."""
    # One second is for the handler that waits for it; a busy machine takes that for 300 MB.
    name = aws.function(code, Timeout=1 if kind == "Sandbox.Timedout" else 60)

    assert kind == aws.call(name)["errorType"]
    assert kind == aws.call(name)["errorType"]


def test_a_timeout_ends_the_process_and_what_it_started(aws: Aws) -> None:
    """A subprocess of the handler must not live on."""
    code = (
        "import os, subprocess, time\n"
        "def handler(e, c):\n"
        "    child = subprocess.Popen(['sleep', '300'])\n"
        "    print('PIDS', os.getpid(), child.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    name = aws.function(code, Timeout=1)

    assert "Sandbox.Timedout" == aws.call(name)["errorType"]
    line = next(line for line in aws.log(name) if line.startswith("PIDS"))
    for pid in line.split()[1:]:
        eventually(lambda pid=pid: not _lives(pid))


def test_nothing_of_this_machine_can_be_imported(aws: Aws) -> None:
    """Only the zip, the standard library, and what Lambda brings along."""
    code = (
        "import importlib.util as u\n"
        "def handler(e, c):\n"
        "    return [n for n in e if u.find_spec(n)]\n"
    )
    name = aws.function(code)

    found = aws.call(name, ["pytest", "affidavit", "moto", "pydantic", "boto3", "awslambdaric"])

    assert ["boto3", "awslambdaric"] == found


def test_work_after_the_answer_stands_still(aws: Aws) -> None:
    """Lambda freezes an environment between two events; so threads do not go on."""
    code = (
        "import threading, time\n"
        "ticks = []\n"
        "def tick():\n"
        "    while True:\n"
        "        ticks.append(1)\n"
        "        time.sleep(0.01)\n"
        "threading.Thread(target=tick, daemon=True).start()\n"
        "def handler(e, c):\n"
        "    return len(ticks)\n"
    )
    name = aws.function(code)
    first = aws.call(name)
    time.sleep(1)

    assert first + 60 > aws.call(name), "it went on for a second, which is a hundred ticks"


def test_the_log_has_the_form_of_lambda(aws: Aws) -> None:
    """START, the lines, END, REPORT, with one request id."""
    name = aws.function(ECHO)
    told = aws("lambda").invoke(FunctionName=name, LogType="Tail")
    request_id = told["ResponseMetadata"]["RequestId"]

    lines = aws.log(name)
    tail = base64.b64decode(told["LogResult"]).decode()

    assert lines[0].startswith("INIT_START Runtime Version: python:")
    assert f"START RequestId: {request_id} Version: $LATEST" == lines[1]
    assert lines[2].startswith("seen ")
    assert f"END RequestId: {request_id}" == lines[-2]
    assert lines[-1].startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert "Init Duration: " in lines[-1]
    assert "\tMax Memory Used: " in lines[-1]
    assert tail.splitlines()[0] == lines[1]


def test_json_logs_are_json(aws: Aws) -> None:
    """The platform's lines too; they go to the group that the function names."""
    group = aws.name("/custom/log")
    aws("logs").create_log_group(logGroupName=group)
    name = aws.function(
        "import logging\ndef handler(e, c):\n    logging.warning('hot')\n",
        LoggingConfig={"LogFormat": "JSON", "LogGroup": group},
    )
    aws.call(name)
    events = aws("logs").filter_log_events(logGroupName=group)["events"]
    lines = [json.loads(event["message"]) for event in events]

    assert {"platform.initStart", "platform.start", "platform.report"} <= {
        line.get("type") for line in lines
    }
    assert "hot" in [line.get("message") for line in lines]


def test_an_alias_leads_to_its_version_and_new_code_to_a_new_one(aws: Aws) -> None:
    """The alias stays with the old code until it is moved."""
    name = aws.function("def handler(e, c):\n    return 1\n", Publish=True)
    aws("lambda").create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    aws("lambda").update_function_code(
        FunctionName=name, ZipFile=packed({"app.py": "def handler(e, c):\n    return 2\n"})
    )
    second = aws("lambda").publish_version(FunctionName=name)["Version"]

    assert (1, 2) == (aws.call(name, Qualifier="live"), aws.call(name))
    aws("lambda").update_alias(FunctionName=name, Name="live", FunctionVersion=second)
    assert 2 == aws.call(f"{name}:live")


def test_new_variables_are_seen_by_the_next_event(aws: Aws) -> None:
    """A warm environment has the old ones and is not used again."""
    name = aws.function(ECHO, variables={"COLOUR": "blue"})
    assert "blue" == aws.call(name)["env"]
    aws("lambda").update_function_configuration(
        FunctionName=name, Environment={"Variables": {"COLOUR": "red"}}
    )

    assert "red" == aws.call(name)["env"]


def test_a_layer_is_on_the_path_below_the_code(aws: Aws) -> None:
    """What both have is the code's."""
    layer = aws("lambda").publish_layer_version(
        LayerName=aws.name("layer"),
        Content={"ZipFile": packed({"python/deep.py": "N = 7\n", "python/both.py": "N = 1\n"})},
    )
    name = aws.name("fn")
    aws("lambda").create_function(
        FunctionName=name,
        Role=aws.role(),
        Runtime=RUNTIME,
        Handler="app.handler",
        Layers=[layer["LayerVersionArn"]],
        Code={
            "ZipFile": packed(
                {
                    "app.py": "import both, deep\n"
                    "def handler(e, c):\n    return [deep.N, both.N]\n",
                    "both.py": "N = 2\n",
                }
            )
        },
    )

    assert [7, 2] == aws.call(name)


def test_a_function_acts_as_its_role(aws: Aws) -> None:
    """STS names the role, in a session that is called like the function."""
    code = (
        "import boto3\n"
        "def handler(e, c):\n"
        "    return boto3.client('sts').get_caller_identity()['Arn']\n"
    )
    name = aws.function(code, MemorySize=512)

    arn = aws.call(name)

    assert ":assumed-role/role-" in arn
    assert arn.endswith(f"/{name}")


def test_an_active_trace_is_sampled(aws: Aws) -> None:
    """And REPORT names it."""
    name = aws.function(ECHO, TracingConfig={"Mode": "Active"})

    trace = aws.call(name)["trace"]

    assert trace.startswith("Root=1-")
    assert trace.endswith(";Sampled=1")
    assert f"XRAY TraceId: {trace[5:40]}" in aws.log(name)[-1]


def test_segments_of_a_function_can_be_looked_up(aws: Aws) -> None:
    """It sends them to the daemon by UDP, as the X-Ray SDK does."""
    code = (
        "import json, os, socket, time\n"
        "def handler(e, c):\n"
        "    trace = os.environ['_X_AMZN_TRACE_ID'].split(';')[0].partition('=')[2]\n"
        "    host, port = os.environ['AWS_XRAY_DAEMON_ADDRESS'].split(':')\n"
        "    now = time.time()\n"
        "    segment = {'name': 's', 'id': '70de5b6f19ff9a0a', 'trace_id': trace,\n"
        "               'start_time': now, 'end_time': now}\n"
        '    text = \'{"format": "json", "version": 1}\\n\' + json.dumps(segment)\n'
        "    here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "    here.sendto(text.encode(), (host, int(port)))\n"
        "    return trace\n"
    )
    trace = aws.call(aws.function(code, TracingConfig={"Mode": "Active"}))

    def found() -> list[str]:
        traces = aws("xray").batch_get_traces(TraceIds=[trace])["Traces"]
        return [segment["Document"] for one in traces for segment in one["Segments"]]

    assert ["s"] == [json.loads(one)["name"] for one in eventually(found)]


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"Runtime": "python3.14"}, "no Python for the runtime python3.14"),
        ({"Architectures": ["arm64"]}, "this machine is"),
    ],
)
def test_what_cannot_run_here_says_what_to_do(
    aws: Aws, settings: dict[str, object], word: str
) -> None:
    """Not a hang and not a wrong answer."""
    answer = aws.call(aws.function(ECHO, **settings))

    assert "LocalCloud.CannotRun" == answer["errorType"]
    assert word in answer["errorMessage"]


def test_a_dry_run_calls_nothing(aws: Aws) -> None:
    """204, and no log."""
    name = aws.function(ECHO)

    assert 204 == aws("lambda").invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"]


def test_a_function_that_is_not_there_is_named(aws: Aws) -> None:
    """As on AWS: ResourceNotFoundException, also when nobody waits."""
    for how in ("RequestResponse", "Event"):
        with pytest.raises(ClientError) as caught:
            aws("lambda").invoke(FunctionName="never-deployed", InvocationType=how)

        assert "ResourceNotFoundException" == caught.value.response["Error"]["Code"]


def _lives(pid: str) -> bool:
    from pathlib import Path

    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_an_alias_divides_its_traffic(aws: Aws) -> None:
    """By lots, one per event; without weights all of it goes to the main version again."""
    name = aws.function("def handler(e, c):\n    return c.function_version\n", Publish=True)
    aws("lambda").update_function_configuration(FunctionName=name, Description="two")
    second = aws("lambda").publish_version(FunctionName=name)["Version"]
    alias = {"FunctionName": name, "Name": "live", "FunctionVersion": "1"}
    aws("lambda").create_alias(**alias, RoutingConfig={"AdditionalVersionWeights": {second: 0.5}})

    # One in 2**40 that a fair coin shows one side only.
    assert {"1", second} == {aws.call(name, Qualifier="live") for _ in range(41)}
    assert {"1"} == {aws.call(name, Qualifier="1") for _ in range(4)}
    aws("lambda").update_alias(**alias, RoutingConfig={"AdditionalVersionWeights": {}})
    assert {"1"} == {aws.call(name, Qualifier="live") for _ in range(8)}
