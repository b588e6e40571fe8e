"""Schedules: EventBridge rules and EventBridge Scheduler, `rate(…)`, `cron(…)` and `at(…)`."""

from __future__ import annotations

import calendar
import contextlib
import json
import re
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from affidavit.plugin import iso_utc, now_ms
from affidavit_localcloud.functions.asynchronous import AsynchronousQueue
from affidavit_localcloud.patches.eventbridge import SERVICE as RULES
from affidavit_localcloud.patches.eventbridge import EventSender, send_to_target
from affidavit_localcloud.rights.access import AccessControl
from affidavit_localcloud.rights.resources import Region
from affidavit_localcloud.ticker import every
from affidavit_service.times import new_id

RATE: Final = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
CRON: Final = re.compile(r"cron\(([^)]+)\)")
AT: Final = re.compile(r"at\(([0-9T:-]+)\)")
SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86_400}
DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS: Final = (
    *("JAN", "FEB", "MAR", "APR", "MAY", "JUN"),
    *("JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
NUMBERS: Final = {name: n for names in (DAYS, MONTHS) for n, name in enumerate(names, 1)}
NAMED: Final = re.compile("|".join(NUMBERS))
LOOK_S: Final = 0.5
SCHEDULER: Final = "scheduler.amazonaws.com"


class Due(NamedTuple):
    """One schedule with one target."""

    name: str
    expression: str
    place: Region
    target: Mapping[str, Any]
    text: str
    arn: str
    service: str
    begins: float = 0.0


class Schedules:
    """Sends what is due. Time zones other than UTC are not known here."""

    def __init__(
        self, queue: AsynchronousQueue, access: AccessControl, stopping: threading.Event
    ) -> None:
        """Start looking."""
        self._access = access
        self._queue = queue
        self._next: dict[tuple[str, str], float | None] = {}
        self._refused: set[str] = set()
        every(LOOK_S, self._look, stopping)

    def _look(self) -> None:
        found = {(one.name, one.expression): one for one in (*_rules(), *_schedules())}
        for gone in self._next.keys() - found.keys():
            del self._next[gone]
        for key, one in found.items():
            if key not in self._next:
                self._next[key] = self._first(one)
            at = self._next[key]
            if at is not None and at <= time.time():
                self._next[key] = self._after(one, at)
                with contextlib.suppress(Exception):  # the target may be gone
                    self._send(one)

    def _send(self, one: Due) -> None:
        send_to_target(
            EventSender(self._access, one.place, one.service, one.arn),
            one.target,
            one.text,
            self._queue,
        )

    def _first(self, one: Due) -> float | None:
        """EventBridge Scheduler begins a rate at its start date, without one at once; a rule waits.

        https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
        """
        begins = max(one.begins, time.time())
        at_once = one.service == SCHEDULER and RATE.fullmatch(one.expression)
        return begins if at_once else self._after(one, begins)

    def _after(self, one: Due, moment: float) -> float | None:
        try:
            return next_time(one.expression, moment)
        except ValueError:
            if one.name not in self._refused:
                self._refused.add(one.name)
                sys.stderr.write(f"schedule {one.name} is not understood here\n")
            return None


def next_time(expression: str, after: float) -> float | None:
    """Return when a schedule is due next after `after`, in seconds since 1970; None for never.

    Raises:
        ValueError: The expression is not understood.

    """
    rate = RATE.fullmatch(expression)
    if rate is not None:
        return after + int(rate.group(1)) * SECONDS[rate.group(2)]
    once = AT.fullmatch(expression)
    if once is not None:
        at = calendar.timegm(time.strptime(once.group(1), "%Y-%m-%dT%H:%M:%S"))
        return float(at) if at > after else None
    cron = CRON.fullmatch(expression)
    if cron is not None:
        return _next_cron(cron.group(1), after)
    raise ValueError("neither rate, cron nor at")


def _next_cron(fields: str, after: float) -> float | None:
    minute, hour, day, month, weekday, _year = fields.split()
    wanted = (
        _values(minute, 0, 59),
        _values(hour, 0, 23),
        _values(day, 1, 31),
        _values(month, 1, 12),
        _values(weekday, 1, 7),
    )
    at = int(after) // 60 * 60 + 60
    for _ in range(366 * 24 * 60):
        now = time.gmtime(at)
        here = (now.tm_min, now.tm_hour, now.tm_mday, now.tm_mon, (now.tm_wday + 1) % 7 + 1)
        if all(value in allowed for value, allowed in zip(here, wanted, strict=True)):
            return float(at)
        at += 60
    return None


def _values(field: str, low: int, high: int) -> set[int]:
    """Return the numbers of one field. L, W and # are not known here."""
    found: set[int] = set()
    for part in NAMED.sub(lambda name: str(NUMBERS[name.group()]), field).split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span in {"*", "?"}:
            start, end = low, high
        else:
            start = int(first)
            end = int(last) if last else (high if step else start)
        found |= set(range(start, end + 1, int(step or 1)))
    return found


def _rules() -> Iterator[Due]:
    from moto.events.models import events_backends  # noqa: PLC0415 - heavy

    for account, regions in list(events_backends.items()):
        for region, backend in list(regions.items()):
            for bus in list(backend.event_buses.values()):
                for rule in list(bus.rules.values()):
                    if rule.scheduled_expression and rule.state == "ENABLED":
                        for target in list(rule.targets):
                            event = target.get("Input") or _event(account, region, rule.arn)
                            name = f"{rule.arn}/{target['Id']}"
                            place, when = Region(account, region), rule.scheduled_expression
                            yield Due(name, when, place, target, event, rule.arn, RULES)


def _schedules() -> Iterator[Due]:
    from moto.scheduler.models import scheduler_backends  # noqa: PLC0415 - heavy

    for account, regions in list(scheduler_backends.items()):
        for region, backend in list(regions.items()):
            for group in list(backend.schedule_groups.values()):
                for one in list(group.schedules.values()):
                    if one.state == "ENABLED":
                        text = one.target.get("Input") or "{}"
                        place, when = Region(account, region), one.schedule_expression
                        begins = float(one.start_date or 0)
                        yield Due(
                            one.arn, when, place, one.target, text, one.arn, SCHEDULER, begins
                        )


def _event(account: str, region: str, rule: str) -> str:
    event = {
        "version": "0",
        "id": new_id(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account,
        "time": iso_utc(now_ms())[:19] + "Z",
        "region": region,
        "resources": [rule],
        "detail": {},
    }
    return json.dumps(event)
