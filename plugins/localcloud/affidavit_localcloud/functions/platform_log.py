"""The lines that Lambda itself writes: START, END, REPORT, in text or as JSON.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html for text,
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html for JSON.
"""

from __future__ import annotations

import json
import math
from typing import NamedTuple

from affidavit.plugin import iso_utc
from affidavit_localcloud.functions.spec import Spec


class Measures(NamedTuple):
    """What REPORT says. Durations in milliseconds, memory in MB."""

    duration_ms: float
    memory_mb: int
    init_ms: float | None
    status: str
    error_type: str
    trace: str


def init_start(spec: Spec, now_ms: int) -> str:
    """Return the line that a new environment begins with."""
    version = f"{spec.runtime.replace('python', 'python:')}.local"
    if spec.log_format == "JSON":
        record = {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": version,
            "functionName": spec.name,
            "functionVersion": spec.version,
        }
        return _json("platform.initStart", record, now_ms)
    return f"INIT_START Runtime Version: {version}\tRuntime Version ARN: local"


def start(spec: Spec, request_id: str, now_ms: int) -> str:
    """Return the line before an invocation."""
    if spec.log_format == "JSON":
        return _json("platform.start", {"requestId": request_id, "version": spec.version}, now_ms)
    return f"START RequestId: {request_id} Version: {spec.version}"


def end(spec: Spec, request_id: str, measures: Measures, now_ms: int) -> list[str]:
    """Return the lines after an invocation."""
    if spec.log_format == "JSON":
        return [_json("platform.report", _report(spec, request_id, measures), now_ms)]
    lines = [f"END RequestId: {request_id}", _report_line(spec, request_id, measures)]
    if measures.status == "timeout":
        lines.insert(
            0, f"{iso_utc(now_ms)} {request_id} Task timed out after {spec.timeout_s}.00 seconds"
        )
    return lines


def _report_line(spec: Spec, request_id: str, measures: Measures) -> str:
    fields = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {measures.duration_ms:.2f} ms",
        f"Billed Duration: {_billed(measures)} ms",
        f"Memory Size: {spec.memory_mb} MB",
        f"Max Memory Used: {measures.memory_mb} MB",
    ]
    if measures.init_ms is not None:
        fields.append(f"Init Duration: {measures.init_ms:.2f} ms")
    if measures.status != "success":
        fields.append(f"Status: {measures.status}")
    if measures.error_type:
        fields.append(f"Error Type: {measures.error_type}")
    root, _, rest = measures.trace.removeprefix("Root=").partition(";")
    if rest.endswith("Sampled=1"):
        parent = rest.partition("Parent=")[2].partition(";")[0]
        fields.append(f"\nXRAY TraceId: {root}\tSegmentId: {parent}\tSampled: true")
    return "\t".join(fields) + "\t"


def _report(spec: Spec, request_id: str, measures: Measures) -> dict[str, object]:
    told: dict[str, object] = {
        "durationMs": round(measures.duration_ms, 3),
        "billedDurationMs": _billed(measures),
        "memorySizeMB": spec.memory_mb,
        "maxMemoryUsedMB": measures.memory_mb,
    }
    if measures.init_ms is not None:
        told["initDurationMs"] = round(measures.init_ms, 3)
    report: dict[str, object] = {
        "requestId": request_id,
        "metrics": told,
        "status": measures.status,
    }
    if measures.error_type:
        report["errorType"] = measures.error_type
    return report


def _billed(measures: Measures) -> int:
    return math.ceil(measures.duration_ms + (measures.init_ms or 0.0))


def _json(kind: str, record: object, now_ms: int) -> str:
    return json.dumps({"time": iso_utc(now_ms), "type": kind, "record": record})
