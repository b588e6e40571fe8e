"""`sns.publish`, `kinesis.put`, `ssm.get`, `stepfunctions.start` and `stepfunctions.describe`."""

from __future__ import annotations

import contextlib
import json
from typing import Annotated, Any

from pydantic import Field

from affidavit.plugin import ActionContext, ActionParams, ActionResult, AtomicAction, Grant, always


class Publish(ActionParams):
    """A message: text as it is, anything else as JSON."""

    topic: Annotated[str, Field(description="ARN of the topic.")]
    message: Any
    subject: str | None = None
    attributes: dict[str, str] = Field(default_factory=dict)


class StreamPut(ActionParams):
    """One record of a stream: text as it is, anything else as JSON."""

    stream: str
    data: Any
    partition: Annotated[str | None, Field(description="The run's id if unset.")] = None


class ParameterGet(ActionParams):
    """One parameter of the Systems Manager."""

    name: str
    decrypt: bool = True


class ExecutionStart(ActionParams):
    """Which state machine, with what."""

    machine: Annotated[str, Field(description="ARN of the state machine.")]
    input: Any = Field(default_factory=dict)


class ExecutionAsk(ActionParams):
    """Which execution to look at."""

    execution: Annotated[str, Field(description="ARN of the execution.")]


def publish(params: Publish, context: ActionContext) -> ActionResult:
    """Publish one message with the run's id; return its `message_id`."""
    attributes = {**params.attributes, "itest-run": context.run.id}
    asked: dict[str, Any] = {
        "TopicArn": params.topic,
        "Message": _text(params.message),
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
        },
    }
    if params.subject is not None:
        asked["Subject"] = params.subject
    return {"message_id": context.client("sns").publish(**asked)["MessageId"]}


def put_record(params: StreamPut, context: ActionContext) -> ActionResult:
    """Put one record; return its `shard` and `sequence_number`."""
    told = context.client("kinesis").put_record(
        StreamName=params.stream,
        Data=_text(params.data).encode(),
        PartitionKey=params.partition or context.run.id,
    )
    return {"shard": told["ShardId"], "sequence_number": told["SequenceNumber"]}


def get_parameter(params: ParameterGet, context: ActionContext) -> ActionResult:
    """Return `value`, `type` and `version`."""
    told = context.client("ssm").get_parameter(Name=params.name, WithDecryption=params.decrypt)
    found = told["Parameter"]
    return {"value": found["Value"], "type": found["Type"], "version": found["Version"]}


def start_execution(params: ExecutionStart, context: ActionContext) -> ActionResult:
    """Start an execution named after the run; return its ARN as `execution`."""
    told = context.client("stepfunctions").start_execution(
        stateMachineArn=params.machine,
        name=f"itest-{context.run.id}-{context.now_ms()}",
        input=json.dumps(params.input),
    )
    return {"execution": told["executionArn"]}


def describe_execution(params: ExecutionAsk, context: ActionContext) -> ActionResult:
    """Return `status` and, once it has ended, `output`, `error` and `cause`."""
    told = context.client("stepfunctions").describe_execution(executionArn=params.execution)
    output = told.get("output")
    with contextlib.suppress(TypeError, ValueError):
        output = json.loads(output)
    ended = {"error": told.get("error"), "cause": told.get("cause")}
    return {"status": told["status"], "output": output, **ended}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


ACTIONS = (
    AtomicAction(
        name="sns.publish",
        summary="Publish a message that carries the run's id",
        params=Publish,
        run=publish,
        effects=always("write"),
        grants=(Grant("topics", ("sns:Publish",)),),
    ),
    AtomicAction(
        name="kinesis.put",
        summary="Put a record into a stream",
        params=StreamPut,
        run=put_record,
        effects=always("write"),
        grants=(Grant("streams", ("kinesis:PutRecord",)),),
    ),
    AtomicAction(
        name="ssm.get",
        summary="Read a parameter",
        params=ParameterGet,
        run=get_parameter,
        grants=(Grant("parameters", ("ssm:GetParameter",)),),
        cacheable=True,
    ),
    AtomicAction(
        name="stepfunctions.start",
        summary="Start an execution of a state machine",
        params=ExecutionStart,
        run=start_execution,
        effects=always("invoke"),
        grants=(Grant("machines", ("states:StartExecution",)),),
    ),
    AtomicAction(
        name="stepfunctions.describe",
        summary="Look at an execution",
        params=ExecutionAsk,
        run=describe_execution,
        grants=(Grant("executions", ("states:DescribeExecution",)),),
    ),
)
