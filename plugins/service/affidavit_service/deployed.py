"""Look at a function that is deployed: log, dead letters, alias, start, metrics; change nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from affidavit_service.diagnosis import Fault, diagnose
from affidavit_service.errors import ServiceError

MOST_EVENTS: Final = 2_000
SLOW_START_MS: Final = 5_000
"""Half of the ten seconds that Lambda gives a function to start."""

STARTED: Final = re.compile(r"Init Duration: ([\d.]+) ms")


class Looked(NamedTuple):
    """One thing that was looked at. `fault` is None if it is as it should be."""

    what: str
    found: str
    fault: Fault | None = None


def look(name: str, alias: str | None, *, client: Callable[[str], Any]) -> list[Looked]:
    """Look at one function, since it was last changed.

    Rights: lambda:GetFunctionConfiguration, GetFunctionConcurrency, GetAlias,
    ListEventSourceMappings, logs:FilterLogEvents, sqs:GetQueueAttributes,
    cloudwatch:GetMetricStatistics.

    Raises:
        ServiceError: There is no such function, or it may not be looked at.

    """
    config = _asked(client("lambda").get_function_configuration, FunctionName=name)
    if config is None:
        raise ServiceError(
            f"there is no function {name[:64]}",
            why="Lambda does not know it in this region and account",
            fix="Check the name, AWS_REGION and the credentials",
        )
    since = datetime.fromisoformat(re.sub(r"\+0000$", "+00:00", config["LastModified"]))
    return [
        *_state(config),
        *_concurrency(name, client),
        *_log(name, config, since, client),
        *_versions(name, alias, client),
        *_letters(name, config, client),
        *_metrics(name, since, client),
    ]


def _state(config: dict[str, Any]) -> Iterator[Looked]:
    state = f"{config.get('State', 'Active')}, {config['Runtime']}, {config['MemorySize']} MB"
    bad = config.get("State", "Active") == "Failed" or config.get("LastUpdateStatus") == "Failed"
    fault = Fault(
        "state",
        f"its last change failed: {config.get('LastUpdateStatusReasonCode', 'no reason given')}",
        "Change it again; the code tells what AWS could not do",
    )
    yield Looked("state", state, fault if bad else None)


def _concurrency(name: str, client: Callable[[str], Any]) -> Iterator[Looked]:
    told = _asked(client("lambda").get_function_concurrency, FunctionName=name) or {}
    reserved = told.get("ReservedConcurrentExecutions")
    fault = Fault("concurrency", "it may not run at all: its concurrency is 0", "Raise concurrency")
    yield Looked(
        "concurrency",
        str("shared" if reserved is None else reserved),
        None if reserved != 0 else fault,
    )


def _log(
    name: str, config: dict[str, Any], since: datetime, client: Callable[[str], Any]
) -> Iterator[Looked]:
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    events: list[str] = []
    token: dict[str, str] = {}
    while len(events) < MOST_EVENTS:
        told = _asked(
            client("logs").filter_log_events,
            logGroupName=group,
            startTime=int(since.timestamp() * 1000),
            **token,
        )
        if told is None:
            fix = "Call it once; if there is still none, let its role write logs"
            yield Looked(
                "log", "none", Fault("no-log", "there is no log since it was changed", fix)
            )
            return
        events += [str(one["message"]) for one in told.get("events", ())]
        if not told.get("nextToken"):
            break
        token = {"nextToken": told["nextToken"]}
    faults = diagnose(events)
    if not faults:
        yield Looked("log", f"{len(events)} lines since it was changed, no error")
    for fault in faults:
        yield Looked("log", fault.found, fault)
    starts = [float(one) for event in events for one in STARTED.findall(event)]
    if starts:
        slow = Fault("slow-start", f"a start took {max(starts):.0f} ms", "Import and connect later")
        told_text = f"{len(starts)}, at most {max(starts):.0f} ms"
        yield Looked("starts", told_text, slow if max(starts) > SLOW_START_MS else None)


def _versions(name: str, alias: str | None, client: Callable[[str], Any]) -> Iterator[Looked]:
    if alias is None:
        return
    told = _asked(client("lambda").get_alias, FunctionName=name, Name=alias)
    if told is None:
        fix = f"Create the alias {alias}, or release: affidavit release deploy"
        yield Looked("alias", "none", Fault("alias", f"there is no alias {alias}", fix))
        return
    version = str(told["FunctionVersion"])
    weights = (told.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    fault = None
    if version == "$LATEST":
        fix = "Publish a version and point the alias to it"
        fault = Fault("latest", f"{alias} names $LATEST, which anybody may change", fix)
    elif weights:
        fix = "Finish the canary, or take it back: affidavit release canary"
        fault = Fault("canary", f"{alias} divides traffic between two versions", fix)
    else:
        pages = client("lambda").get_paginator("list_versions_by_function")
        versions = [
            int(one["Version"])
            for page in pages.paginate(FunctionName=name)
            for one in page["Versions"]
            if str(one["Version"]).isdigit()
        ]
        if versions and int(version) < max(versions):
            fix = "Point it to the newest one, if it was meant to be deployed"
            fault = Fault(
                "old-version", f"{alias} names {version}, and {max(versions)} is there", fix
            )
    yield Looked("alias", f"{alias} names {version}", fault)


def _letters(name: str, config: dict[str, Any], client: Callable[[str], Any]) -> Iterator[Looked]:
    mappings = _asked(client("lambda").list_event_source_mappings, FunctionName=name) or {}
    queues = {str((config.get("DeadLetterConfig") or {}).get("TargetArn") or "")}
    for one in mappings.get("EventSourceMappings", ()):
        source = str(one.get("EventSourceArn", ""))
        if one.get("State") in {"Disabled", "Disabling"}:
            fix = "Enable it: update-event-source-mapping --enabled"
            yield Looked("trigger", "disabled", Fault("trigger", "a trigger is switched off", fix))
        if ":sqs:" in source:
            yield from _queue(source, config, client)
            queues.add(_dead_letters(source, client))
        target = (one.get("DestinationConfig") or {}).get("OnFailure") or {}
        queues.add(str(target.get("Destination", "")))
    for arn in sorted(one for one in queues if ":sqs:" in one):
        count = int(_attributes(arn, client).get("ApproximateNumberOfMessages", 0))
        fix = "Look at them, mend the cause, and send them again: start-message-move-task"
        fault = Fault("dead-letters", f"{count} dead letters wait", fix) if count else None
        yield Looked("dead letters", str(count), fault)


def _queue(arn: str, config: dict[str, Any], client: Callable[[str], Any]) -> Iterator[Looked]:
    told = _attributes(arn, client)
    if not told:
        fix = "Create it again, or correct the trigger"
        yield Looked("queue", "none", Fault("queue", "the queue of a trigger is not there", fix))
        return
    visible = int(told.get("VisibilityTimeout", 30))
    if visible < int(config["Timeout"]):
        fix = "Make it six times the function's timeout, as AWS advises"
        fault = Fault("visibility", "a message comes again while it is being handled", fix)
        yield Looked("queue", f"hidden for {visible} s", fault)
    if "RedrivePolicy" not in told:
        fix = "Give the queue a redrive policy"
        fault = Fault("no-dead-letters", "a message that never works comes again for ever", fix)
        yield Looked("queue", "no dead letters", fault)


def _dead_letters(arn: str, client: Callable[[str], Any]) -> str:
    found = re.search(
        r'"deadLetterTargetArn": ?"([^"]+)"', _attributes(arn, client).get("RedrivePolicy", "")
    )
    return found[1] if found else ""


def _attributes(arn: str, client: Callable[[str], Any]) -> dict[str, str]:
    url = _asked(client("sqs").get_queue_url, QueueName=arn.rpartition(":")[2])
    if url is None:
        return {}
    told = _asked(
        client("sqs").get_queue_attributes, QueueUrl=url["QueueUrl"], AttributeNames=["All"]
    )
    found: dict[str, str] = (told or {}).get("Attributes", {})
    return found


def _metrics(name: str, since: datetime, client: Callable[[str], Any]) -> Iterator[Looked]:
    now = datetime.fromtimestamp(time.time(), UTC)
    counts = {}
    for metric in ("Invocations", "Errors", "Throttles"):
        told = _asked(
            client("cloudwatch").get_metric_statistics,
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            StartTime=max(since, now - timedelta(days=1)),
            EndTime=now + timedelta(minutes=1),
            Period=86_400,
            Statistics=["Sum"],
        )
        counts[metric] = int(sum(one["Sum"] for one in (told or {}).get("Datapoints", ())))
    text = ", ".join(f"{count} {metric.lower()}" for metric, count in counts.items())
    fault = None
    if counts["Throttles"]:
        fault = Fault(
            "throttles", f"{counts['Throttles']} calls were throttled", "Raise concurrency"
        )
    yield Looked("metrics", text, fault)


def _asked(call: Callable[..., Any], **arguments: Any) -> Any:
    """Return what AWS answers, or None for what is not there.

    Raises:
        ServiceError: It may not be asked, or cannot be reached.

    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - heavy

    try:
        return call(**arguments)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "Unknown"))
    except BotoCoreError as error:
        code = type(error).__name__
    if "NotFound" in code or "NonExistent" in code or "DoesNotExist" in code:
        return None
    raise ServiceError(
        "AWS cannot be asked about the function",
        why=f"it answered {code}",
        fix="Check the credentials, the region, and the rights of who runs this",
    )
