"""The built-in smoke test: a function answers, and leaves records that verify, and metrics.

It asks the function as it is live, and then the ledger that the function's own
variables name. What it finds is told by kind: no word of an answer or a record.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from affidavit.plugin import (
    Ledger,
    Phase,
    Plugins,
    Record,
    Settings,
    WriterId,
    iso_utc,
    now_ms,
    open_ledger,
    read_settings,
)
from affidavit_ledger.chain_check import ChainCheck
from affidavit_ledger.findings import NOTICES
from affidavit_ledger.open_invocations import OpenInvocations
from affidavit_ledger.who import END, find_accesses
from affidavit_release.errors import ReleaseError
from affidavit_release.rules import Invoke
from affidavit_release.targets import Asked, DeployTarget

LOOK_S: Final = 1.0
"""How often the ledger is asked: its indexes lag a little."""

SKEW_MS: Final = 5_000
"""How much earlier than our clock the function's may be."""

_READ: Final = ("POLICY", "LEDGER", "ENVIRONMENT", "TENANT", "NAMESPACE")
"""Of the function's variables. Its sources and senders are none of our business."""


def find_fault(invoke: Invoke, target: DeployTarget, plugins: Plugins, *, timeout_s: float) -> str:
    """Call a function, and say what is wrong with what it leaves; empty if nothing is.

    Raises:
        ReleaseError: The event cannot be read, or the function not be called.
        LedgerError: Its ledger or its keys cannot be read.

    """
    end = time.monotonic() + timeout_s
    since = iso_utc(now_ms() - SKEW_MS)
    event = _read_event(invoke)
    asked = target.ask(invoke.function, json.dumps(event).encode())
    settings = _settings(asked)
    fault = _health(asked) or _metrics(asked, settings.namespace)
    if fault:
        return fault
    ledger = open_ledger(settings, plugins)
    ids = {asked.request_id, *_gateway_id(event)}
    while True:
        found = find_accesses(
            ledger,
            actor=invoke.actor,
            subject=invoke.subject,
            since=since,
            until=END,
            tenant=settings.tenant,
        )
        ours = [one for one in found if one.record.document.get("req") in ids]
        if ours:
            writer = WriterId(ours[-1].place.partition("/")[0])
            return _chain(invoke, ledger, writer, ours[-1].record.attempt)
        if time.monotonic() + LOOK_S > end:
            return "No closing record of it came. Is actor or subject what the handler sees?"
        time.sleep(LOOK_S)


def _settings(asked: Asked) -> Settings:
    """Read what the function reads, in the function's region."""
    names = [f"AFFIDAVIT_{name}" for name in _READ]
    found = {name: asked.variables[name] for name in names if name in asked.variables}
    url = found.get("AFFIDAVIT_LEDGER", "")
    if url.startswith("dynamodb:") and "region=" not in url:
        found["AFFIDAVIT_LEDGER"] = f"{url}&region={asked.region}"
    # As in Lambda: what is not named there has no default here either.
    return read_settings({**found, "AWS_LAMBDA_FUNCTION_NAME": "asked"})


def _read_event(invoke: Invoke) -> Any:
    try:
        return json.loads(invoke.event.read_bytes())
    except (OSError, ValueError) as error:
        failed = type(error).__name__
    raise ReleaseError(
        "the event of a smoke test cannot be read",
        why=f"reading it raised {failed}",
        fix="Put the event, as JSON, where the release policy says",
    )


def _health(asked: Asked) -> str:
    if asked.raised:
        return "The function raised, or did not answer in time: see its log."
    code = asked.answer.get("statusCode") if isinstance(asked.answer, dict) else None
    if isinstance(code, int) and not 200 <= code < 300:  # noqa: PLR2004 - RFC 9110, 15.3
        return f"The function answered with status {code}."
    return ""


def _metrics(asked: Asked, namespace: str) -> str:
    """Look for a line in the embedded metric format that counts an answer."""
    for line in asked.tail.splitlines():
        with suppress(ValueError, LookupError, TypeError):  # not every line is one of ours
            told = json.loads(line)
            spaces = [one["Namespace"] for one in told["_aws"]["CloudWatchMetrics"]]
            if namespace in spaces and told.get("Answered") == 1:
                return ""
    return f"No line of its log counts an answer in the namespace {namespace}."


def _gateway_id(event: Any) -> Iterator[str]:
    """Yield the id that a gateway's event carries; records then have that one."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    if isinstance(context, dict) and isinstance(context.get("requestId"), str):
        yield context["requestId"]


def _chain(invoke: Invoke, ledger: Ledger, writer: WriterId, attempt: str) -> str:
    check = ChainCheck(writer, ledger.keys, OpenInvocations())
    phases, wrong = set(), set()
    for entry in ledger.reader.entries(writer):
        wrong |= {one.kind for one in check.check(entry.seq, entry.body, entry.mac, entry)}
        with suppress(ValueError):
            record = Record.parse(entry.body)
            if record.attempt == attempt:
                phases.add(record.phase)
    wrong |= {one.kind for one in check.finish()}
    kinds = sorted(kind.value for kind in wrong if kind not in NOTICES)
    if kinds:
        return f"The chain of its record does not verify: {', '.join(kinds)}."
    if invoke.opening and Phase.INTENT.value not in phases:
        return "There is no opening record of it, only a closing one."
    return ""
