"""Access logs of a gateway: one line per request, as its format says.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any, Final

from affidavit.plugin import now_ms

VARIABLE: Final = re.compile(r"\$context\.([A-Za-z0-9_.]+)")


def write_access_log(settings: Any, values: Mapping[str, object]) -> None:
    """Write a line, if a stage has a log. What is not known is `-`, as on AWS."""
    arn = str((settings or {}).get("destinationArn") or "")
    form = str((settings or {}).get("format") or "")
    if not arn.startswith("arn:") or not form:
        return
    from moto.logs.models import logs_backends  # noqa: PLC0415 - heavy

    _, _, _, region, account, _, group = arn.split(":", 6)
    backend = logs_backends[account][region]
    group = group.removesuffix(":*")
    if group not in backend.groups:
        return
    stream = time.strftime("%Y/%m/%d", time.gmtime())
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
    line = VARIABLE.sub(lambda found: _text(values.get(_name(found))), form)
    backend.put_log_events(group, stream, [{"timestamp": now_ms(), "message": line}])


def common_values(
    request: Any, *, request_id: str, api: str, stage: str, account: str
) -> dict[str, object]:
    """Return what is known of every request before it is served."""
    at = now_ms()
    return {
        "requestId": request_id,
        "extendedRequestId": request_id,
        "accountId": account,
        "apiId": api,
        "stage": stage,
        "httpMethod": request.method,
        "path": request.path,
        "protocol": request.protocol,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(at // 1000)),
        "requestTimeEpoch": at,
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.header("user-agent", "-"),
        "domainName": request.header("host", "-"),
    }


def _name(found: re.Match[str]) -> str:
    return found.group(1).rstrip(".")


def _text(value: object) -> str:
    return "-" if value is None or value == "" else str(value)
