"""One log stream in CloudWatch Logs: what an environment and Lambda write about it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

from affidavit_localcloud.functions.output import Line
from affidavit_localcloud.functions.spec import Spec


class LogStream:
    """The stream of one environment, named as Lambda names it."""

    def __init__(self, spec: Spec) -> None:
        """Make the stream, and its group if there is none."""
        from moto.logs.models import logs_backends  # noqa: PLC0415 - heavy

        self._backend = logs_backends[spec.account][spec.region]
        self._group = spec.log_group
        day = time.strftime("%Y/%m/%d", time.gmtime())
        self.name = f"{day}/[{spec.version}]{secrets.token_hex(16)}"
        self._backend.ensure_log_group(self._group)
        self._backend.create_log_stream(self._group, self.name)

    def write(self, lines: Sequence[Line]) -> None:
        """Append lines. A group that was deleted meanwhile is not made again."""
        if not lines or self._group not in self._backend.groups:
            return
        events = [{"timestamp": line.at_ms, "message": line.text} for line in lines]
        self._backend.put_log_events(self._group, self.name, events)
