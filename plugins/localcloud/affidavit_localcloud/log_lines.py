"""Lines of the logs of one function or of all, once or as they come."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple, TextIO

from affidavit.plugin import iso_utc

FUNCTIONS: Final = "/aws/lambda/"
LOOK_S: Final = 0.5
"""How often a log that is followed is looked at."""


class CloudLogLine(NamedTuple):
    """One event of a log."""

    at: str
    group: str
    stream: str
    message: str

    def text(self, *, named: bool) -> str:
        """Return the line as it is shown; `named` with its function."""
        name = f"{self.group.removeprefix(FUNCTIONS)} " if named else ""
        return f"{self.at} {name}{self.message}"


def read_logs(client: Any, group: str | None, since_ms: int) -> list[CloudLogLine]:
    """Return what was logged since then, oldest first."""
    return [line for _, line in _read(client, group, since_ms)]


def follow_logs(client: Any, group: str | None, since_ms: int, out: TextIO) -> None:
    """Write what is logged as it comes, until Ctrl-C."""
    seen: set[str] = set()
    with suppress(KeyboardInterrupt):
        while True:
            for name, line in _read(client, group, since_ms):
                if name not in seen:
                    seen.add(name)
                    out.write(f"{line.text(named=group is None)}\n")
            out.flush()
            time.sleep(LOOK_S)
    sys.stderr.write("stopped\n")


def _read(client: Any, group: str | None, since_ms: int) -> list[tuple[str, CloudLogLine]]:
    found = []
    for name in _groups(client, group):
        pages = client.get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=name, startTime=since_ms):
            for one in page["events"]:
                line = CloudLogLine(
                    iso_utc(one["timestamp"]), name, one["logStreamName"], one["message"]
                )
                found.append((f"{name} {one['eventId']}", line))
    return sorted(found, key=lambda one: one[1].at)


def _groups(client: Any, group: str | None) -> Iterator[str]:
    if group is not None:
        yield group if group.startswith("/") else f"{FUNCTIONS}{group}"
        return
    pages = client.get_paginator("describe_log_groups")
    for page in pages.paginate(logGroupNamePrefix=FUNCTIONS):
        for one in page["logGroups"]:
            yield one["logGroupName"]
