"""What starts a function, and how failures are handled: right unless said otherwise."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Text = Annotated[str, Field(min_length=1, max_length=500)]
Arn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:[a-z0-9-]+:")]


class StrictTable(BaseModel):
    """Refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Route(StrictTable):
    """A route of the service's API."""

    type: Literal["route"]
    route: Annotated[str, Field(pattern=r"^(GET|POST|PUT|PATCH|DELETE|HEAD) /[A-Za-z0-9/_{}+.-]*$")]
    public: bool = False


class _Batch(StrictTable):
    """What all sources of batches have. One bad record fails alone."""

    partial_failures: bool = True
    filters: list[Text] = Field(default_factory=list)
    window_s: Annotated[int, Field(ge=0, le=300)] = 0


class Queue(_Batch):
    """Messages of an SQS queue. With `queue` alone Terraform makes it, and one for dead letters."""

    type: Literal["queue"]
    queue: Text
    batch: Annotated[int, Field(ge=1, le=10_000)] = 10
    concurrency: Annotated[int, Field(ge=2, le=1000)] | None = None
    receives: Annotated[int, Field(ge=1, le=1000)] = 5
    fifo: bool = False

    @model_validator(mode="after")
    def _has_time(self) -> Queue:
        if self.fifo and (self.batch > 10 or self.window_s):  # noqa: PLR2004 - AWS's limit
            raise PydanticCustomError("fifo", "a FIFO queue gives at most 10 and has no window")
        if self.batch > 10 and not self.window_s:  # noqa: PLR2004 - AWS's limit
            raise PydanticCustomError("window", "a batch of more than 10 needs window_s")
        return self


class Topic(StrictTable):
    """Messages of an SNS topic."""

    type: Literal["topic"]
    topic: Text
    filters: Annotated[list[Text], Field(max_length=1)] = Field(default_factory=list)
    dead_letters: bool = True


class Rule(StrictTable):
    """Events of an EventBridge bus that fit a pattern."""

    type: Literal["rule"]
    bus: Text = "default"
    pattern: Text
    retries: Annotated[int, Field(ge=0, le=185)] = 24
    age_s: Annotated[int, Field(ge=60, le=86_400)] = 3_600
    dead_letters: bool = True


class _Stream(_Batch):
    """What both kinds of streams have: a record that never works does not block the others."""

    batch: Annotated[int, Field(ge=1, le=10_000)] = 100
    start: Literal["latest", "oldest"] = "oldest"
    retries: Annotated[int, Field(ge=0, le=10_000)] = 5
    age_s: Annotated[int, Field(ge=60, le=604_800)] = 86_400
    bisect: bool = True
    parallel: Annotated[int, Field(ge=1, le=10)] = 1
    tumbling_s: Annotated[int, Field(ge=0, le=900)] = 0
    dead_letters: bool = True


class Table(_Stream):
    """Changes of a DynamoDB table."""

    type: Literal["table"]
    table: Text


class Stream(_Stream):
    """Records of a Kinesis stream."""

    type: Literal["stream"]
    stream: Text


class Bucket(StrictTable):
    """Objects that come into a bucket."""

    type: Literal["bucket"]
    bucket: Text
    events: list[Text] = Field(default_factory=lambda: ["s3:ObjectCreated:*"])
    prefix: str = ""
    suffix: str = ""
    dead_letters: bool = True


class Schedule(StrictTable):
    """A time, as EventBridge says it: rate(5 minutes), cron(0 6 * * ? *)."""

    type: Literal["schedule"]
    expression: Annotated[str, Field(pattern=r"^(rate|cron|at)\(.+\)$")]
    timezone: Text = "UTC"
    retries: Annotated[int, Field(ge=0, le=185)] = 2
    dead_letters: bool = True


Trigger = Annotated[
    Route | Queue | Topic | Rule | Table | Stream | Bucket | Schedule, Field(discriminator="type")
]
