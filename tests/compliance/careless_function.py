"""A function that says a value in every way it can, run by AWS's own runtime client.

    python careless_function.py POLICY < value

What the policy captures is captured, as `@audited` does it in a deployed function. The
answer and the error that Lambda would get are written to stdout, too: they are ways out.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import traceback
import warnings
from typing import Any

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

from affidavit import audited
from affidavit._policy.load import load_policy
from affidavit._telemetry.capture import capture
from affidavit.testing import api_gateway_v1, make_runtime


class Client:
    """Stands in for the Lambda service: shows what the runtime client would send there."""

    marshaller = LambdaMarshaller()

    def post_invocation_result(self, _: str, result: str, *__: Any) -> None:
        """Show an answer."""
        sys.stdout.write(f"\nANSWER {result}\n")

    def post_invocation_error(self, _: str, error: str, fault: str, *__: Any) -> None:
        """Show an error and what goes to X-Ray."""
        sys.stdout.write(f"\nERROR {error} {fault}\n")


def careless(event: Any, context: Any) -> Any:
    """Say the value, then raise it."""
    value = event["said"]
    log = logging.getLogger("shop.prices")
    print("printed", value)
    print(json.dumps({"note": f"as JSON {value}"}))
    print("to stderr", value, file=sys.stderr)
    print("in ", "pieces ", value, sep="")
    sys.stdout.buffer.write(f"as bytes {value}\n".encode())
    logging.getLogger().warning("root %s", value)
    log.warning("child %s", value, extra={"customer": value})
    log.error({"structured": value})
    logging.getLogger("botocore.endpoint").debug("Making request with params: %s", event)
    logging.getLogger("urllib3.connectionpool").debug('"GET /orders?q=%s HTTP/1.1" 200 2', value)
    warnings.warn(f"about {value}", stacklevel=1)
    context.log.info("said", note=value)
    context.metrics.add("Said", 1, "Count", who=value)
    try:
        raise KeyError(value)
    except KeyError as error:
        log.exception("caught %s", value)
        traceback.print_exc()
        failure = RuntimeError(f"because of {value}")
        failure.add_note(f"noted {value}")
        raise ExceptionGroup(f"together {value}", [failure, ValueError(value)]) from error


def main() -> None:
    """Run one invocation, with the log level that shows most."""
    policy, value = sys.argv[1], sys.stdin.read()
    sink = bootstrap.StandardLogSink()
    bootstrap._setup_logging("TEXT", "DEBUG", sink)
    bench = make_runtime(policy=policy)
    capture(bench.runtime.redactor, load_policy(policy).redaction.capture)
    late = logging.getLogger("late")
    late.addHandler(_every_attribute())
    late.warning("a handler that was added later %s", value, extra={"v": value})
    handler = audited(action="TEST", actor="who", runtime=bench.runtime)(careless)
    os.environ.setdefault("_X_AMZN_TRACE_ID", "")
    event, deadline = json.dumps(_event(policy, value)), int(time.time() * 1000) + 30_000
    said = ("id-1", event, "application/json", "{}", "{}", "arn", deadline, None)
    bootstrap.handle_event_request(Client(), handler, *said, sink)
    sys.stdout.write("\n".join(bench.lines) + "\n")
    sys.stdout.flush()
    sys.stderr.flush()


def _event(policy: str, value: str) -> Any:
    """A direct call, whose error is an exception, where a caller's own word is believed."""
    said = {"said": value, "who": "w"}
    if policy == "gdpr":
        return said
    return api_gateway_v1(query=said, authorizer={"claims": {"sub": "u"}}) | said


def _every_attribute() -> logging.Handler:
    """Return a handler that writes all that a record holds, as formatters for JSON do."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s %(v)s"))
    return handler


if __name__ == "__main__":
    main()
