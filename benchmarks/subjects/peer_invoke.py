"""The peer: logger, metrics and parser; then the event masked and logged; then idempotency, too."""

import os
import sys

os.environ |= {
    "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "orders",
    "POWERTOOLS_METRICS_NAMESPACE": "bench",
}

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_masking import DataMasking
from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyItemNotFoundError
from aws_lambda_powertools.utilities.idempotency.persistence.base import BasePersistenceLayer
from aws_lambda_powertools.utilities.parser import BaseModel, envelopes, event_parser
from event import Context, make_event
from timing import measure

logger = Logger(stream=open("/dev/null", "w"))  # noqa: PTH123, SIM115
metrics = Metrics()
tracer = Tracer()
masking = DataMasking()
FIELDS = [
    "headers.Authorization",
    "requestContext.identity.sourceIp",
    "requestContext.identity.userAgent",
]
ANSWER = {"statusCode": 200, "body": "{}"}


class Order(BaseModel):
    """A request."""

    order_id: str
    amount: int
    email: str


@logger.inject_lambda_context
@metrics.log_metrics
@event_parser(model=Order, envelope=envelopes.ApiGatewayEnvelope)
def stack(event, context):
    """Answer, and count one metric."""
    metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=1)
    return ANSWER


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
@event_parser(model=Order, envelope=envelopes.ApiGatewayEnvelope)
def traced(event, context):
    """The same with the tracer, disabled."""
    metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=1)
    return ANSWER


def masked(event, context):
    """What somebody who has to mask the event writes today."""
    logger.info("event", extra={"event": masking.erase(event, fields=FIELDS)})
    return traced(event, context)


class MemoryLayer(BasePersistenceLayer):
    """Keeps what was answered in a dictionary."""

    kept = {}  # noqa: RUF012 - one for the process

    def _get_record(self, idempotency_key):
        if idempotency_key not in self.kept:
            raise IdempotencyItemNotFoundError
        return self.kept[idempotency_key]

    def _put_record(self, data_record):
        self.kept[data_record.idempotency_key] = data_record

    _update_record = _put_record

    def _delete_record(self, data_record):
        del self.kept[data_record.idempotency_key]


config = IdempotencyConfig(event_key_jmespath="requestContext.requestId")


@idempotent(persistence_store=MemoryLayer(), config=config)
def recorded(event, context):
    """The same once more, with a record of the answer, the nearest thing to evidence."""
    return masked(event, context)


event, context = make_event(), Context()


def fresh():
    """Serve a request that was not served before."""
    event["requestContext"]["requestId"] = f"r-{len(MemoryLayer.kept)}"
    recorded(event, context)


variants = [
    ("stack", lambda: stack(event, context)),
    ("masked", lambda: masked(event, context)),
    ("recorded", fresh),
]
measure(variants, rounds=int(sys.argv[1]), calls=100)
