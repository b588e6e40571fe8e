"""Lambda's two ways to call a function: wait for the answer, or come back later."""

from __future__ import annotations

import json
import random
import sys
import time
from typing import Any, NamedTuple

from affidavit_localcloud.functions.call_counts import CallCount, CallCounts
from affidavit_localcloud.functions.environment_start import CannotRunError
from affidavit_localcloud.functions.pool import Pool, ThrottledError
from affidavit_localcloud.functions.spec import Spec, read_spec
from affidavit_localcloud.functions.verdict import InvocationReport
from affidavit_localcloud.watching.metric_sources import FunctionMetrics
from affidavit_service.times import new_id, new_root, new_segment


class InvokeRequest(NamedTuple):
    """Which function to call with what. `qualifier` is a version, an alias, or empty."""

    account: str
    region: str
    function: str
    payload: bytes
    qualifier: str = ""
    trace: str = ""
    client_context: str = ""
    request_id: str = ""


class InvokeResponse(NamedTuple):
    """What the caller gets. `error` is empty or `Unhandled`."""

    payload: bytes
    error: str
    tail: str
    version: str
    request_id: str


class Functions:
    """Calls deployed functions."""

    def __init__(self, pool: Pool, metrics: FunctionMetrics) -> None:
        """Use these environments, and count what becomes of calls."""
        self.pool = pool
        self.counts = CallCounts()
        self._metrics = metrics

    def call(self, call: InvokeRequest) -> InvokeResponse:
        """Call a function and wait for its answer.

        Raises:
            ThrottledError: It has no free environment and may not have another one.

        """
        spec = read_spec(_divided(call))
        invocation = InvocationReport(
            request_id=call.request_id or new_id(),
            payload=call.payload or b"{}",
            arn=_invoked_arn(call, spec),
            trace=_trace(call.trace, traced=spec.traced),
            client_context=call.client_context,
        )
        try:
            environment = self.pool.acquire(spec, _reserved(call))
        except CannotRunError as error:
            return _refusal(spec, invocation, str(error))
        except ThrottledError:
            self._metrics.count(invocation.arn, Throttles=1)
            raise
        began = time.monotonic()
        try:
            outcome = environment.run(invocation)
        finally:
            self.pool.release(environment)
        answer = outcome.payload if outcome.error else None
        self.counts.add(spec.name, spec.memory_mb, answer)
        took_ms = 1000 * (time.monotonic() - began)
        failed = 1 if outcome.error else 0
        self._metrics.count(invocation.arn, Invocations=1, Errors=failed, Duration=took_ms)
        return InvokeResponse(
            outcome.payload, outcome.error, outcome.tail, spec.version, invocation.request_id
        )

    def status(self) -> list[dict[str, Any]]:
        """Return what runs and what ran: environments, memory, calls and errors by function."""
        running, counted = self.pool.environments(), self.counts.all()
        return [
            {
                "function": name,
                "environments": len(running.get(name, ())),
                "peak_mb": max(running.get(name, ()), default=0),
                **counted.get(name, CallCount(0))._asdict(),
                "debugger": self.pool.debug.port_of(name),
            }
            for name in sorted({*running, *counted})
        ]

    def sweep(self) -> None:
        """End what is not needed any more."""
        self.pool.sweep(is_current)


def backend(account: str, region: str) -> Any:
    """Return moto's Lambda of one account and region."""
    from moto.awslambda.models import lambda_backends  # noqa: PLC0415 - heavy

    return lambda_backends[account][region]


def find(call: InvokeRequest) -> Any:
    """Return moto's function for a call; an alias leads to its version.

    Raises:
        Exception: moto's own, if there is no such function.

    """
    return backend(call.account, call.region).get_function(call.function, call.qualifier or None)


def _divided(call: InvokeRequest) -> Any:
    """Return the function for one call; an alias with weights draws lots, as Lambda does.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    found = find(call)  # raises moto's own if there is none
    name, qualifier = _named(call)
    aliases = backend(call.account, call.region).list_aliases(name) if qualifier else ()
    routing = next((one.routing_config for one in aliases if one.name == qualifier), None) or {}
    for version, weight in (routing.get("AdditionalVersionWeights") or {}).items():  # one at most
        if random.random() < float(weight):  # noqa: S311 - lots, and no secret
            return find(call._replace(function=name, qualifier=str(version)))
    return found


def is_current(spec: Spec) -> bool:
    """Tell whether a function is still deployed as it was when its environment started."""
    try:
        function = backend(spec.account, spec.region).get_function(spec.arn)
        return read_spec(function).key() == spec.key()
    except Exception:  # noqa: BLE001 - whatever moto raises for a function that is gone
        return False


def _reserved(call: InvokeRequest) -> int | None:
    """Return the function's reserved concurrency, which all its versions share."""
    name, _ = _named(call)
    reserved = backend(call.account, call.region).get_function(name).reserved_concurrency
    return None if reserved is None else int(reserved)


def _named(call: InvokeRequest) -> tuple[str, str]:
    """Return the function's name and the qualifier; one in the name counts, as in moto."""
    name, _, qualifier = call.function.split(":function:")[-1].partition(":")
    return name, qualifier or call.qualifier


def _invoked_arn(call: InvokeRequest, spec: Spec) -> str:
    """Return the ARN as it was called: with the alias or version, if one was named."""
    _, qualifier = _named(call)
    plain = f"arn:aws:lambda:{spec.region}:{spec.account}:function:{spec.name}"
    return f"{plain}:{qualifier}" if qualifier else plain


def _trace(given: str, *, traced: bool) -> str:
    """Return the trace header: the caller's, or a new one that is sampled if tracing is active."""
    fields = dict(part.split("=", 1) for part in given.split(";") if "=" in part)
    root = fields.get("Root") or new_root()
    sampled = fields.get("Sampled") or ("1" if traced else "0")
    return f"Root={root};Parent={new_segment()};Sampled={sampled}"


def _refusal(spec: Spec, invocation: InvocationReport, why: str) -> InvokeResponse:
    """Answer for a function that cannot run here, and say so where the user looks first."""
    sys.stderr.write(f"function {spec.name}: {why}\n")
    body = {"errorType": "LocalCloud.CannotRun", "errorMessage": why}
    return InvokeResponse(
        json.dumps(body).encode(), "Unhandled", why, spec.version, invocation.request_id
    )


__all__ = [
    "Functions",
    "InvokeRequest",
    "InvokeResponse",
    "ThrottledError",
    "backend",
    "find",
    "is_current",
]
