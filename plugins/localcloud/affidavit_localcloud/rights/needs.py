"""Which rights a call needs: action, resource, and what conditions may ask about.

Service by service, as the service authorization reference lists actions and
resources: https://docs.aws.amazon.com/service-authorization/latest/reference/.
A call that is not listed needs its own name on `*`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from affidavit_localcloud.rights.aws_requests import ApiCall
from affidavit_localcloud.rights.patterns import NOTHING, Context
from affidavit_localcloud.rights.resources import Region


class Need(NamedTuple):
    """One right that a call needs."""

    action: str
    resource: str
    context: Context = NOTHING


Needs = Iterable[Need]

PREFIXES: Final = {"monitoring": "cloudwatch", "email": "ses"}
"""Services whose actions begin otherwise than their signatures."""

FREE: Final = frozenset({"sts:GetCallerIdentity"})
"""AWS: no policy can take this away."""


def key_needs(place: Region, key: str, through: str, *operations: str) -> Iterator[Need]:
    """Yield what a service needs of a key on behalf of the caller; nothing without a key."""
    via = f"{through}.{place.region}.amazonaws.com"
    context = {"kms:viaservice": (via,), "kms:calleraccount": (place.account,)}
    for operation in operations if key else ():
        yield Need(f"kms:{operation}", key, context)


def plain_need(call: ApiCall) -> Need:
    """Return what a call needs of which nothing else is known."""
    return Need(f"{PREFIXES.get(call.service, call.service)}:{call.operation}", "*")


def of_sqs(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield for SQS: a batch needs the right of one; a queue with a key needs the key, too."""
    told = call.parameters
    name = str(told.get("QueueName") or told.get("QueueUrl") or call.path)
    name = name.rstrip("/").rpartition("/")[2]
    action = call.operation.removesuffix("Batch")
    yield Need(f"sqs:{action}", "*" if action == "ListQueues" else place.arn("sqs", name))
    if action == "SendMessage":
        yield from key_needs(place, place.queue_key(name), "sqs", "GenerateDataKey", "Decrypt")
    if action == "ReceiveMessage":
        yield from key_needs(place, place.queue_key(name), "sqs", "Decrypt")


def of_kms(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield for KMS: the key by whatever name, and what the ciphertext is bound to.

    Who makes, moves or removes an alias needs the right on the alias and on the key.
    """
    told = call.parameters
    alias = str(told.get("AliasName") or "")
    if alias:
        yield Need(f"kms:{call.operation}", place.arn("kms", alias))
    name = str(told.get("KeyId") or told.get("TargetKeyId") or alias)
    name = name or _key_of(told.get("CiphertextBlob"))
    context = {
        f"kms:encryptioncontext:{key.lower()}": (str(value),)
        for key, value in (told.get("EncryptionContext") or {}).items()
    }
    context["kms:calleraccount"] = (place.account,)
    if "alias/" in name:
        context["kms:requestalias"] = ("alias/" + name.partition("alias/")[2],)
    listing = call.operation in {"CreateKey", "ListKeys", "ListAliases", "GenerateRandom"}
    arn = "*" if listing else place.key_arn(name) or place.arn("kms", f"key/{name}")
    yield Need(f"kms:{call.operation}", arn, context)


def _key_of(blob: object) -> str:
    """Return the id of the key that a ciphertext names."""
    import base64  # noqa: PLC0415 - beside its use

    from moto.kms import utils  # noqa: PLC0415 - heavy

    try:
        told = base64.b64decode(str(blob))
        return str(utils._deserialize_ciphertext_blob(told).key_id)  # noqa: SLF001 - no other way
    except Exception:  # noqa: BLE001 - no ciphertext of this cloud
        return ""


def passed(role: object, service: str) -> Iterator[Need]:
    """Yield what handing a role to a service takes; nothing without a role."""
    if role:
        yield Need("iam:PassRole", str(role), {"iam:passedtoservice": (service,)})


def of_api_gateway(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield for API Gateway, whose actions are the methods of HTTP and whose ARNs are paths."""
    path = call.path.removeprefix("/v2").removeprefix("/v1")
    yield Need(f"apigateway:{call.method}", f"arn:aws:apigateway:{place.region}::{path}")


def of_scheduler(call: ApiCall, _: Region) -> Iterator[Need]:
    """Yield for EventBridge Scheduler: the role of the target is handed over."""
    yield plain_need(call)
    target = call.parameters.get("Target")
    yield from passed((target or {}).get("RoleArn"), "scheduler.amazonaws.com")


def of_lambda(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield for Lambda: a function, with the alias or version that is named."""
    yield from passed(call.parameters.get("Role"), "lambda.amazonaws.com")
    name = str(call.parameters.get("FunctionName") or "")
    if not name:
        yield plain_need(call)
        return
    qualifier = str(call.parameters.get("Qualifier") or call.query.get("Qualifier") or "")
    plain = name.partition(":function:")[2] or name
    resource = f"function:{plain}" + (f":{qualifier}" if qualifier and ":" not in plain else "")
    action = {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction"}.get(call.operation)
    yield Need(f"lambda:{action or call.operation}", place.arn("lambda", resource))


def of_logs(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield for CloudWatch Logs: a group or a stream in it."""
    told = call.parameters
    name = str(told.get("logGroupName") or told.get("logGroupIdentifier") or "")
    name = name.partition(":log-group:")[2] or name
    stream = f"log-stream:{told.get('logStreamName') or ''}"
    resource = place.arn("logs", f"log-group:{name.removesuffix(':*')}:{stream}") if name else "*"
    yield Need(f"logs:{call.operation}", resource)


def of_events(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield for EventBridge: each entry's bus, or a rule on its bus."""
    told = call.parameters
    if call.operation == "PutEvents":
        entries: list[dict[str, Any]] = told.get("Entries") or [{}]
        for entry in entries:
            bus = str(entry.get("EventBusName") or "default")
            context = {
                "events:source": (str(entry.get("Source") or ""),),
                "events:detail-type": (str(entry.get("DetailType") or ""),),
            }
            yield Need("events:PutEvents", place.arn("events", f"event-bus/{bus}"), context)
        return
    rule = str(told.get("Rule") or told.get("Name") or "")
    bus = str(told.get("EventBusName") or "default").rpartition("/")[2]
    known = rule and call.operation.endswith(("Rule", "Targets"))
    path = f"rule/{rule}" if bus == "default" else f"rule/{bus}/{rule}"
    yield Need(f"events:{call.operation}", place.arn("events", path) if known else "*")


def of_states(call: ApiCall, _: Region) -> Iterator[Need]:
    """Yield for Step Functions: a machine or an execution."""
    told = call.parameters
    yield from passed(told.get("roleArn"), "states.amazonaws.com")
    named = told.get("stateMachineArn") or told.get("executionArn") or "*"
    yield Need(f"states:{call.operation}", str(named))


def of_secrets(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield for Secrets Manager: a secret, and the key that encrypts it."""
    name = str(call.parameters.get("SecretId") or "")
    secret = place.secret(name)
    arn = str(secret.arn) if secret is not None else place.arn("secretsmanager", f"secret:{name}")
    yield Need(f"secretsmanager:{call.operation}", arn if name else "*")
    key = getattr(secret, "kms_key_id", None)
    if call.operation in {"GetSecretValue", "PutSecretValue"} and key:
        own = place.key_arn(str(key)) if "alias/aws/" not in str(key) else ""
        extra = ("GenerateDataKey",) if call.operation == "PutSecretValue" else ()
        yield from key_needs(place, own, "secretsmanager", "Decrypt", *extra)


def of_parameters(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield for parameters of Systems Manager."""
    told = call.parameters
    names = told.get("Names") or [told.get("Name") or told.get("Path")]
    for name in names:
        path = f"parameter/{str(name).lstrip('/')}"
        yield Need(f"ssm:{call.operation}", place.arn("ssm", path) if name else "*")


def of_mail(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield for SES: the identity that a sender's address belongs to."""
    told = call.parameters
    sender = str(told.get("FromEmailAddress") or told.get("Source") or "")
    address = sender.rpartition("<")[2].rstrip(">")
    known = getattr(place.backend("ses"), "addresses", ())
    identity = address if address in known else address.rpartition("@")[2]
    context = {"ses:fromaddress": (address,)}
    resource = place.arn("ses", f"identity/{identity}") if address else "*"
    yield Need(f"ses:{call.operation}", resource, context)


def of_topics(call: ApiCall, _: Region) -> Iterator[Need]:
    """Yield for SNS: a topic."""
    told = call.parameters
    yield Need(f"sns:{call.operation}", str(told.get("TopicArn") or told.get("ResourceArn") or "*"))


def of_roles(call: ApiCall, _: Region) -> Iterator[Need]:
    """Yield for STS: the role that is to be assumed."""
    yield Need(f"sts:{call.operation}", str(call.parameters.get("RoleArn") or "*"))


def of_iam(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield for IAM: a role, a policy or a user."""
    told = call.parameters
    named: Mapping[str, str] = {"RoleName": "role", "PolicyName": "policy", "UserName": "user"}
    arn = str(told.get("PolicyArn") or "")
    for member, kind in named.items():
        if told.get(member) and (kind != "policy" or not arn):
            arn = f"arn:aws:iam::{place.account}:{kind}/{told[member]}"
            break
    yield Need(f"iam:{call.operation}", arn or "*")


def of_metrics(call: ApiCall, _: Region) -> Iterator[Need]:
    """Yield for CloudWatch: metrics have a namespace and no resource."""
    namespace = call.parameters.get("Namespace")
    context = {"cloudwatch:namespace": (str(namespace),)} if namespace else {}
    yield Need(f"cloudwatch:{call.operation}", "*", context)


def of_athena(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield for Athena: the workgroup, also of a query that is saved or runs.

    An answer is written in the name of who asks. What a statement reads is not known here,
    because none is run.
    """
    told = call.parameters
    lake = place.backend("athena")
    held = lake.named_queries.get(told.get("NamedQueryId")) or lake.executions.get(
        told.get("QueryExecutionId")
    )
    group = str(told.get("WorkGroup") or getattr(held and held.workgroup, "name", "primary"))
    listing = call.operation in {"ListDataCatalogs", "ListWorkGroups", "ListEngineVersions"}
    arn = str(told.get("ResourceARN") or place.arn("athena", f"workgroup/{group}"))
    yield Need(f"athena:{call.operation}", "*" if listing else arn)
    known = lake.work_groups.get(group)
    if call.operation == "StartQueryExecution" and known is not None:
        said = known.configuration.get("ResultConfiguration") or {}
        answers = str(said.get("OutputLocation") or "").removeprefix("s3://")
        via = {"aws:calledvia": ("athena.amazonaws.com",)}
        if answers:
            yield Need("s3:PutObject", f"arn:aws:s3:::{answers}answer.csv", via)


def of_glue(call: ApiCall, place: Region) -> Iterator[Need]:
    """Yield for Glue: a table, its database and the catalogue, all three of them."""
    told = call.parameters
    if told.get("ResourceArn"):
        yield Need(f"glue:{call.operation}", str(told["ResourceArn"]))
        return
    of_database = call.operation.endswith("Database")
    inside = told.get("DatabaseInput" if of_database else "TableInput") or {}
    name = str(told.get("Name") or told.get("TableName") or inside.get("Name") or "")
    database = name if of_database else str(told.get("DatabaseName") or "")
    parts = ["catalog"]
    parts += [f"database/{database}"] if database else []
    parts += [f"table/{database}/{name}"] if name and not of_database else []
    for part in parts:
        yield Need(f"glue:{call.operation}", place.arn("glue", part))


Reader = Callable[[ApiCall, Region], Any]

OF_SERVICE: Final[Mapping[str, Reader]] = {
    "apigateway": of_api_gateway,
    "scheduler": of_scheduler,
    "sqs": of_sqs,
    "kms": of_kms,
    "lambda": of_lambda,
    "logs": of_logs,
    "events": of_events,
    "states": of_states,
    "secretsmanager": of_secrets,
    "ssm": of_parameters,
    "email": of_mail,
    "ses": of_mail,
    "sns": of_topics,
    "sts": of_roles,
    "iam": of_iam,
    "monitoring": of_metrics,
    "athena": of_athena,
    "glue": of_glue,
}
