"""One log stream in CloudWatch Logs: what an environment and Lambda write about it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

from affidavit_localcloud.functions.output import LogLine
from affidavit_localcloud.functions.spec import Spec
from affidavit_localcloud.rights.access import ServiceActor
from affidavit_localcloud.rights.needs import Need


class LogStream:
    """The stream of one environment, named as Lambda names it."""

    def __init__(self, spec: Spec, role: ServiceActor) -> None:
        """Make the stream, and its group if there is none, as far as the function's role may."""
        from moto.logs.models import logs_backends  # noqa: PLC0415 - heavy

        self._backend = logs_backends[spec.account][spec.region]
        self._group = spec.log_group
        day = time.strftime("%Y/%m/%d", time.gmtime())
        self.name = f"{day}/[{spec.version}]{secrets.token_hex(16)}"
        self._role = role
        if self._group not in self._backend.groups and self._may("logs:CreateLogGroup"):
            self._backend.ensure_log_group(self._group)
        if self._group in self._backend.groups and self._may("logs:CreateLogStream"):
            self._backend.create_log_stream(self._group, self.name)

    def write(self, lines: Sequence[LogLine]) -> None:
        """Append lines. A group that was deleted meanwhile is not made again."""
        group = self._backend.groups.get(self._group)
        if not lines or group is None or self.name not in group.streams:
            return
        if not self._may("logs:PutLogEvents"):
            return
        events = [{"timestamp": line.at_ms, "message": line.text} for line in lines]
        self._backend.put_log_events(self._group, self.name, events)

    def _may(self, action: str) -> bool:
        stream = self.name if action == "logs:PutLogEvents" else ""
        path = f"log-group:{self._group}:log-stream:{stream}"
        return self._role.may(Need(action, self._role.place.arn("logs", path)))
