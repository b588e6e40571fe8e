"""The one model of `functions.toml`. Reader, JSON Schema, bundler and Terraform all use it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from affidavit_service.triggers import Arn, Route, StrictTable, Text, Trigger

FORMAT: Final = "affidavit-service/v1"
ENVIRONMENTS: Final = ("local", "dev", "qa", "uat", "prod", "dr")

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,19}$")]
Plugin = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Handler = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$")]
RESERVED: Final = ("AWS_", "LAMBDA_", "AFFIDAVIT_", "_HANDLER")
"""Variables that Lambda or Terraform sets."""


class Identity(StrictTable):
    """Where an event says who acts and who is acted on, as dotted paths."""

    actor: Text | None = None
    subject: Text | None = None


class Statement(StrictTable):
    """One right: actions on resources."""

    actions: Annotated[list[Text], Field(min_length=1)]
    resources: Annotated[list[Text], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_narrow(self) -> Statement:
        if any(action == "*" or action.endswith(":*") for action in self.actions):
            raise PydanticCustomError("too_wide", "name the actions; a whole service is too much")
        return self


class Rights(StrictTable):
    """What the function may do beside what its sources, triggers and plugins need."""

    statements: list[Statement] = Field(default_factory=list)
    managed: list[Arn] = Field(default_factory=list)


class Network(StrictTable):
    """Where the function runs, if not outside every network."""

    subnets: Annotated[list[Text], Field(min_length=1)]
    security_groups: list[Text] = Field(default_factory=list)


class Mail(StrictTable):
    """From whom mail goes, and which version of which templates."""

    sender: Text
    bucket: Text
    prefix: Text
    version: Text
    identity: Text | None = None
    kms_key_arn: Arn | None = None
    audiences: dict[str, list[Text]] = Field(default_factory=dict)
    domains: list[Text] = Field(default_factory=list)


SCHEMES: Final = {
    "dynamodb": "dynamodb",
    "http": "http",
    "https": "http",
    "oracle": "oracle",
    "s3": "dynamodb",
    "sqlite": "sqlite",
}
"""Sources by the scheme of their URL, and the plugin that opens them."""


class Canary(StrictTable):
    """How a release gets its first share of the traffic."""

    weight: Annotated[float, Field(gt=0, lt=1)] | None = None
    minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    max_errors: Annotated[int, Field(ge=0)] | None = None


class Function(StrictTable):
    """One function."""

    handler: Handler
    runtime: Literal["python3.11", "python3.12", "python3.13", "python3.14"] = "python3.13"
    architecture: Literal["x86_64", "arm64"] = "arm64"
    plugins: list[Plugin] = Field(default_factory=lambda: ["dynamodb"])
    requirements: list[Text] = Field(default_factory=list)
    include: list[Text] = Field(default_factory=list)
    sources: dict[str, Text] = Field(default_factory=dict)
    tables: dict[str, Literal["read", "write"]] = Field(default_factory=dict)
    layers: list[Arn] = Field(default_factory=list)
    identity: Identity = Identity()
    tenant: Text | None = None
    variables: dict[Variable, str] = Field(default_factory=dict)
    secrets: dict[Variable, Text] = Field(default_factory=dict)
    triggers: list[Trigger] = Field(default_factory=list)
    rights: Rights = Rights()
    memory_mb: Annotated[int, Field(ge=128, le=10_240)] = 512
    timeout_s: Annotated[int, Field(ge=1, le=900)] = 10
    concurrency: Annotated[int, Field(ge=0, le=1000)] | None = 10
    snap_start: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    network: Network | None = None
    mail: Mail | None = None
    bus: Text | None = None
    event_source: Text | None = None
    canary: Canary | None = None

    @property
    def routes(self) -> list[str]:
        """Return the routes of the API that lead here."""
        return [one.route for one in self.triggers if isinstance(one, Route)]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Function:
        taken = [name for name in (*self.variables, *self.secrets) if name.startswith(RESERVED)]
        if taken or self.variables.keys() & self.secrets.keys():
            raise PydanticCustomError(
                "taken", "a variable is Lambda's or affidavit's, or is there twice"
            )
        if (self.mail or self.bus) and "notify" not in self.plugins:
            raise PydanticCustomError("no_notify", "mail and bus need the plugin notify")
        for name, url in self.sources.items():
            plugin = SCHEMES.get(url.partition(":")[0])
            if plugin is not None and plugin not in self.plugins:
                raise PydanticCustomError(
                    "no_plugin",
                    "the source {source} needs the plugin {plugin}",
                    {"source": name, "plugin": plugin},
                )
        return self


class ServiceSettings(StrictTable):
    """What the functions have in common, and what is of the service."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    policy: Text | None = None
    source: Text = "."
    requirements: list[Text] = Field(default_factory=list)
    lock: Text | None = None


class ServiceFile(StrictTable):
    """The whole file, with defaults and environments laid over each other already."""

    service: ServiceSettings
    functions: Annotated[dict[Name, Function], Field(min_length=1)]

    @model_validator(mode="after")
    def _has_each_route_once(self) -> ServiceFile:
        routes = [route for one in self.functions.values() for route in one.routes]
        if len(routes) != len(set(routes)):
            raise PydanticCustomError("routes", "two functions have the same route")
        if self.functions.keys() & {"sealer", "harness"}:
            raise PydanticCustomError("names", "sealer and harness are names of affidavit's own")
        return self


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file as it is written, for editors."""
    schema = ServiceFile.model_json_schema()
    parts = schema["$defs"]
    partial = {key: value for key, value in parts["Function"].items() if key != "required"}
    parts["PartOfFunction"] = {**partial, "title": "PartOfFunction"}
    parts["Function"]["properties"]["environments"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"$ref": "#/$defs/PartOfFunction"} for name in ENVIRONMENTS},
    }
    # A default may stand in for what a function does not say.
    parts["Function"].pop("required", None)
    schema["properties"]["defaults"] = {"$ref": "#/$defs/PartOfFunction"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": FORMAT, **schema}
