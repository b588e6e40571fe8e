"""CloudFormation, Config, CodePipeline, CodeDeploy, CodeCommit and Secrets Manager."""

from __future__ import annotations

from typing import Any

from affidavit._event.event_source import Delivery, EventSource, has, joined, listed
from affidavit._types import Event
from affidavit._untrusted import mapping, text


def _cloudformation(event: Event, _: Any) -> Delivery:
    name = text(event.get("RequestId"))
    return Delivery(event=name, label=name, service=text(event.get("StackId")))


def _macro(event: Event, _: Any) -> Delivery:
    name = text(event.get("requestId"))
    return Delivery(event=name, label=name, service=text(event.get("transformId")))


def _of_macro(answer: Any) -> int:
    """CloudFormation takes every word but one for a failure."""
    return 200 if mapping(answer).get("status") == "success" else 500


def _config(event: Event, _: Any) -> Delivery:
    arn = text(event.get("configRuleArn"))
    # The token is the rule's right to answer; only its hash stands in a record.
    return Delivery(event=joined(arn, text(event.get("resultToken"))), service=arn)


def _codepipeline(event: Event, _: Any) -> Delivery:
    job = mapping(event.get("CodePipeline.job"))
    name = text(job.get("id"))
    return Delivery(
        event=name, label=name, service=f"codepipeline.amazonaws.com/{text(job.get('accountId'))}"
    )


def _codedeploy(event: Event, _: Any) -> Delivery:
    name = text(event.get("LifecycleEventHookExecutionId"))
    return Delivery(event=name, service=text(event.get("DeploymentId")))


def _codecommit(record: Event, _: Any) -> Delivery:
    name = text(record.get("eventId"))
    repository = text(record.get("eventSourceARN"))
    return Delivery(
        event=joined(repository, name),
        label=name,
        service=repository,
        cause=text(record.get("userIdentityARN")),
    )


def _secret(event: Event, _: Any) -> Delivery:
    secret = text(event.get("SecretId"))
    step = f"{text(event.get('ClientRequestToken'))}|{text(event.get('Step'))}"
    return Delivery(event=joined(secret, step), service=secret)


CLOUDFORMATION = EventSource(
    "cloudformation",
    _cloudformation,
    markers=("ResponseURL",),
    recognise=has("StackId", "RequestType"),
)
MACRO = EventSource(
    "cloudformation",
    _macro,
    markers=("transformId",),
    recognise=has("fragment", "requestId"),
    code=_of_macro,
)
CONFIG = EventSource("config", _config, markers=("configRuleArn",), recognise=has("resultToken"))
CODEPIPELINE = EventSource("codepipeline", _codepipeline, markers=("CodePipeline.job",))
CODEDEPLOY = EventSource(
    "codedeploy",
    _codedeploy,
    markers=("LifecycleEventHookExecutionId",),
    recognise=has("DeploymentId"),
)
CODECOMMIT = EventSource(
    "codecommit",
    _codecommit,
    markers=("record:aws:codecommit",),
    records=listed("Records"),
    batch=True,
)
SECRETS_MANAGER = EventSource(
    "secrets-manager",
    _secret,
    markers=("ClientRequestToken",),
    recognise=has("SecretId", "Step"),
)
