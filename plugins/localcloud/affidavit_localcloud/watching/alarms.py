"""Alarms change their state on what was measured, and tell whom they are to tell.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import json
import operator
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from affidavit_localcloud.functions.arn_delivery import Take, deliver
from affidavit_localcloud.rights.access import AccessControl, of_service
from affidavit_localcloud.rights.resources import Region
from affidavit_localcloud.watching.measured import Measured, Series, dimensions_of

COMPARED: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
QUERY: Final = re.compile(
    r'SELECT (SUM|MAX|MIN|AVG|COUNT)\((\w+)\) FROM SCHEMA\("([^"]+)"((?:, *"?\w+"?)*)\)'
)
"""Of Metrics Insights what the modules use: all series of one metric with these dimensions."""

STATISTICS: Final = {
    "SUM": "Sum",
    "MAX": "Maximum",
    "MIN": "Minimum",
    "AVG": "Average",
    "COUNT": "SampleCount",
}


class AlarmEvaluator:
    """Looks at every alarm again and again.

    A state that somebody sets stays until what was measured says something else than
    before; on AWS it stays until the next look.
    """

    def __init__(self, measured: Measured, access: AccessControl, take: Take) -> None:
        """Look at nothing yet."""
        self._measured = measured
        self._access = access
        self._take = take
        self._last: dict[str, str] = {}

    def look(self) -> None:
        """Evaluate every alarm once."""
        from moto.cloudwatch.models import cloudwatch_backends  # noqa: PLC0415 - heavy

        now = time.time()
        for account, regions in list(cloudwatch_backends.items()):
            for region, backend in list(regions.items()):
                for alarm in list(backend.alarms.values()):
                    self._look_at(alarm, Region(account, region), now)

    def _look_at(self, alarm: Any, place: Region, now: float) -> None:
        state = self._state(alarm, place, now)
        before = self._last.get(alarm.alarm_arn)
        if state is None or state == before:
            return
        self._last[alarm.alarm_arn] = state
        if state == alarm.state_value or (before is None and state != "ALARM"):
            return
        alarm.update_state("Threshold evaluated", json.dumps({"version": "1.0"}), state)
        if alarm.actions_enabled:
            self._tell(alarm, place, state)

    def _state(self, alarm: Any, place: Region, now: float) -> str | None:
        """Return the state that the alarm should have; None if it stays as it is."""
        series, statistic, period = self._watched(alarm, place)
        compare = COMPARED.get(str(alarm.comparison_operator))
        if not series or compare is None:
            return None
        missing = alarm.treat_missing_data or "missing"
        told: list[bool | None] = []
        for back in range(int(alarm.evaluation_periods)):
            end = now + 1 - back * period
            found = self._measured.between(series, end - period, end)
            value = None if found is None else found.statistic(statistic)
            told.append(None if value is None else compare(value, float(alarm.threshold)))
        if missing == "ignore" and None in told:
            return None
        if missing == "missing" and set(told) == {None}:
            return "INSUFFICIENT_DATA"
        breaching = [missing == "breaching" if one is None else one for one in told]
        enough = int(alarm.datapoints_to_alarm or alarm.evaluation_periods)
        return "ALARM" if sum(breaching) >= enough else "OK"

    def _watched(self, alarm: Any, place: Region) -> tuple[list[Series], str, float]:
        if alarm.metric_name:
            told = {one.name: one.value for one in alarm.dimensions}
            series = Series(*place, alarm.namespace, alarm.metric_name, dimensions_of(told))
            return [series], str(alarm.statistic or "p99"), float(alarm.period)
        for query in alarm.metric_data_queries:
            read = QUERY.fullmatch(str(query.expression or "").strip())
            if read is not None:
                kind, metric, namespace, names = read.groups()
                like = Series(*place, namespace, metric, frozenset())
                wanted = frozenset(re.findall(r"\w+", names))
                found = self._measured.with_dimensions(like, wanted)
                return found, STATISTICS[kind], float(query.period or 60)
        return [], "", 0.0

    def _tell(self, alarm: Any, place: Region, state: str) -> None:
        sender = of_service(self._access, "cloudwatch.amazonaws.com", place, alarm.alarm_arn)
        text = json.dumps(
            {
                "AlarmName": alarm.name,
                "AlarmArn": alarm.alarm_arn,
                "AlarmDescription": alarm.description,
                "NewStateValue": state,
                "NewStateReason": alarm.state_reason,
            }
        )
        for arn in _actions(alarm, state):
            deliver(sender, arn, text, self._take)


def _actions(alarm: Any, state: str) -> Iterator[str]:
    listed = {
        "ALARM": alarm.alarm_actions,
        "OK": alarm.ok_actions,
        "INSUFFICIENT_DATA": alarm.insufficient_data_actions,
    }
    yield from (str(one) for one in listed[state] or ())
