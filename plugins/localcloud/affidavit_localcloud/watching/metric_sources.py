"""Where metrics come from: lines in CloudWatch's embedded format, calls of functions, queues.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from affidavit_localcloud.watching.measured import Measured, Series, dimensions_of

MOST_METRICS: Final = 100
"""As many does CloudWatch take from one directive."""


def measure_what_is_put(measured: Measured) -> None:
    """See whatever reaches PutMetricData, and what lines of logs say in the embedded format."""
    from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends  # noqa: PLC0415
    from moto.logs.models import LogsBackend  # noqa: PLC0415 - heavy

    put = CloudWatchBackend.put_metric_data
    write = LogsBackend.put_log_events

    def put_metric_data(self: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        put(self, namespace, metric_data)
        for one in metric_data:
            told = {each["Name"]: each["Value"] for each in one.get("Dimensions") or ()}
            series = Series(
                self.account_id, self.region_name, namespace, one["MetricName"], dimensions_of(told)
            )
            at = one.get("Timestamp")
            seconds = at.timestamp() if isinstance(at, datetime) else None
            measured.add(series, list(_values(one)), seconds)

    def put_log_events(self: Any, group: str, stream: str, events: list[dict[str, Any]]) -> Any:
        answer = write(self, group, stream, events)
        backend = cloudwatch_backends[self.account_id][self.region_name]
        for event in events:
            for namespace, data in embedded(str(event.get("message", ""))):
                backend.put_metric_data(namespace, data)
        return answer

    CloudWatchBackend.put_metric_data = put_metric_data
    LogsBackend.put_log_events = put_log_events


def embedded(line: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield namespace and data of each directive of a line; nothing for any other line."""
    if '"_aws"' not in line:
        return
    try:
        told = json.loads(line)
        directives = told["_aws"]["CloudWatchMetrics"]
        at = datetime.fromtimestamp(told["_aws"]["Timestamp"] / 1000, UTC)
    except (ValueError, KeyError, TypeError, OverflowError):
        return
    for directive in directives if isinstance(directives, list) else ():
        data = list(_of_directive(told, directive, at))
        if data:
            yield str(directive.get("Namespace", "")), data


def _of_directive(
    told: Mapping[str, Any], directive: Mapping[str, Any], at: datetime
) -> Iterator[dict[str, Any]]:
    metrics: Sequence[Mapping[str, Any]] = directive.get("Metrics") or ()
    for names in directive.get("Dimensions") or [[]]:
        dimensions = [{"Name": name, "Value": str(told.get(name, ""))} for name in names]
        for metric in metrics[:MOST_METRICS]:
            value = told.get(str(metric.get("Name")))
            values = value if isinstance(value, list) else [value]
            numbers = [float(one) for one in values if isinstance(one, int | float)]
            if numbers:
                yield {
                    "MetricName": metric["Name"],
                    "Dimensions": dimensions,
                    "Values": numbers,
                    "Timestamp": at,
                    "Unit": metric.get("Unit", "None"),
                }


def _values(one: Mapping[str, Any]) -> Iterator[float]:
    if one.get("Values"):
        counts = one.get("Counts") or [1] * len(one["Values"])
        for value, count in zip(one["Values"], counts, strict=False):
            yield from [float(value)] * int(float(count))
    elif one.get("StatisticValues"):
        yield float(one["StatisticValues"]["Sum"])
    else:
        yield float(one.get("Value", 0))


class FunctionMetrics:
    """What Lambda counts of each call: by function, and by the version or alias that was called."""

    def __init__(self, measured: Measured) -> None:
        """Count into `measured`."""
        self._measured = measured

    def count(self, arn: str, **metrics: float) -> None:
        """Count one call of a function, named as it was called."""
        _, _, _, region, account, _, name, *qualifier = arn.split(":")
        places: list[dict[str, str]] = [{"FunctionName": name}, {}]
        if qualifier:
            places.append({"FunctionName": name, "Resource": f"{name}:{qualifier[0]}"})
        for metric, value in metrics.items():
            for place in places:
                series = Series(account, region, "AWS/Lambda", metric, dimensions_of(place))
                self._measured.add(series, [value])


def measure_queues(measured: Measured) -> None:
    """Look how many messages wait in each queue, as SQS does each minute."""
    from moto.sqs.models import sqs_backends  # noqa: PLC0415 - heavy

    for account, regions in list(sqs_backends.items()):
        for region, backend in list(regions.items()):
            for queue in list(backend.queues.values()):
                series = Series(
                    *(account, region, "AWS/SQS", "ApproximateNumberOfMessagesVisible"),
                    dimensions_of({"QueueName": queue.name}),
                )
                measured.add(series, [float(queue.approximate_number_of_messages)])
