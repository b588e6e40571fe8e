"""Print CPU microseconds: to recognise an event of each source, and to answer rows bare."""

import json
import sys
import time

from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

from affidavit import audited, testing
from affidavit._event.request import read_request

EVENTS = {
    "direct": {"id": 1},
    "apigw.v1": testing.api_gateway_v1(),
    "apigw.v2": testing.api_gateway_v2(),
    "function-url": testing.function_url(),
    "alb": testing.alb(),
    "sqs": testing.sqs([{"a": 1}]),
    "sns": testing.sns({"a": 1}),
    "eventbridge": testing.eventbridge({"a": 1}),
    "kinesis": testing.kinesis(["a"]),
    "dynamodb-stream": testing.dynamodb_stream([{"a": {"S": "b"}}]),
    "s3": testing.s3("a"),
    "step-functions": testing.step({"a": 1}),
    "kafka": testing.platform_event("kafka"),
}
MARSHALLER = LambdaMarshaller()
RUNTIME = testing.make_runtime().runtime


def least(act, times):
    """Return the least of several measurements, in microseconds."""
    found = []
    for _ in range(times):
        started = time.process_time_ns()
        act()
        found.append(time.process_time_ns() - started)
    return min(found) / 1e3


def recognising(event):
    """Return what recognises an event 200 times."""
    return lambda: [read_request(event) for _ in range(200)]


def rows(count):
    """Return an answer with so many rows."""
    return [
        {"id": i, "name": f"order {i}", "price": i + 0.9, "tags": ["a", "b"]} for i in range(count)
    ]


def main():
    """Measure all of it once."""
    told = {f"event {name}": least(recognising(one), 15) / 200 for name, one in EVENTS.items()}
    empty = audited(action="ROWS", runtime=RUNTIME)(lambda event, context: None)
    context = testing.FakeContext()
    for count in (50, 1000, 10_000):
        value = {"rows": rows(count)}
        handler = audited(action="ROWS", runtime=RUNTIME)(lambda event, context, v=value: v)
        times = max(7, 20_000 // count)
        wrap = least(lambda h=handler: h({}, context), times) - least(
            lambda: empty({}, context), 50
        )
        told[f"rows {count}"] = wrap
        told[f"marshaller {count}"] = least(lambda v=value: MARSHALLER.marshal_response(v), times)
    json.dump(told, sys.stdout)


main()
