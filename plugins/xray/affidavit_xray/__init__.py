"""Spans in AWS X-Ray, for invocations that are sampled; for others nothing is imported."""

from __future__ import annotations

import os
from collections.abc import Sequence

from affidavit import __version__
from affidavit.plugin import About, Span, Tracer, hookimpl

__all__ = ["__version__"]

HEADER = "_X_AMZN_TRACE_ID"
"""Where Lambda's runtime puts the trace header of the invocation that runs."""


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for."""
    return About(
        summary="Spans in AWS X-Ray, with names and codes only",
        extra="xray",
        needs=("aws_xray_sdk",),
    )


@hookimpl
def affidavit_tracers() -> Sequence[Tracer]:
    """Offer the tracer `xray`."""
    return [Tracer(name="xray", begin=_begin)]


def _begin(action: str) -> Span | None:
    # Outside Lambda there is no segment to hang a span on.
    if not os.environ.get("LAMBDA_TASK_ROOT") or not is_sampled(os.environ.get(HEADER, "")):
        return None
    # The SDK takes longer to import than most invocations take: only when sampled.
    from affidavit_xray.span import begin  # noqa: PLC0415

    return begin(action)


def is_sampled(header: str) -> bool:
    """Tell whether a trace header says that this invocation is traced.

    `Root=1-…;Parent=…;Sampled=1` (X-Ray developer guide, "Tracing header").
    """
    return any(part.strip().lower() == "sampled=1" for part in header.split(";"))
