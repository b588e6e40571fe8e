"""What `actor=` and `subject=` name is a token in everything that is written.

The values have no shape and stand under keys that mean nothing: nothing else finds them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from affidavit import AuditContext, audited
from affidavit._redact.replace import known_identities
from affidavit.testing import api_gateway_v1, make_runtime, run, sqs

POLICIES = ("baseline", "hipaa", "gdpr", "pci", "part11")
WHO, WHOM = "quillon", "zz-tarn-7"


@audited(action="LOOK", actor="who", subject="about")
def careless(event: Any, context: AuditContext) -> dict[str, int]:
    """Name both in every way that the context has."""
    said = event.get("queryStringParameters") or event
    who, whom = said["who"], said["about"]
    context.log.info("a", patient=whom, asked=[{"x": who}])
    context.log.warning(f"{who} asked about {whom}.", **{whom: 1})
    context.metrics.add("Looked", 1, "Count", source=whom, table=who)
    if said.get("fails"):
        raise ValueError(f"nothing about {whom} for {who}")
    return {}


def _told(bench: Any) -> str:
    return "\n".join(bench.lines)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("fails", ["", "1"])
def test_actor_and_subject_are_tokens_in_every_line(policy: str, fails: str) -> None:
    """Those of the record: a line and a record can be brought together."""
    bench = make_runtime(policy=policy)
    said = {"who": WHO, "about": WHOM, "fails": fails}
    run(careless, api_gateway_v1(query=said, authorizer={"claims": {"sub": "user-of-pool"}}), bench)
    told = _told(bench)

    assert WHO not in told
    assert WHOM not in told
    assert "user-of-pool" not in told
    if policy == "baseline":
        line = next(one for one in bench.logs if one["event"] == "a")
        assert bench.records[0].subject == line["patient"]
        assert f"asked about {line['patient']}." in told
    assert not known_identities._open


def test_each_record_of_a_batch_has_its_own() -> None:
    """What the first is about says nothing about the second."""
    bench = make_runtime()

    @audited(action="EACH", each=True, actor="who", subject="about")
    def handler(record: Any, context: AuditContext) -> None:
        context.log.info("both", a="first-1", b="second-2", c=json.loads(record["body"])["about"])

    bodies = [{"who": "w", "about": "first-1"}, {"who": "w", "about": "second-2"}]
    run(handler, sqs(bodies), bench)
    one, two = (line for line in bench.logs if line["event"] == "both")

    assert ("second-2", "first-1") == (one["b"], two["a"])
    assert one["a"] == one["c"] != "first-1"
    assert two["b"] == two["c"] != "second-2"


@pytest.mark.parametrize("policy", POLICIES)
def test_a_body_that_is_base64_is_received_as_a_token(policy: str) -> None:
    """The line that shows the event, under the policies that write it."""
    bench = make_runtime(policy=policy)
    body, who = {"who": WHO, "about": WHOM}, {"claims": {"sub": "user-of-pool"}}
    event = api_gateway_v1(method="POST", body=body, encoded=True, authorizer=who)

    @audited(action="LOOK", subject="about")
    def handler(event: Any, context: AuditContext) -> dict[str, str]:
        context.log.info("a", raw=event["body"], deep=json.dumps([json.dumps(event)]))
        return {}

    run(handler, event, bench)

    assert event["body"] not in _told(bench)
    assert bench.records[0].subject
    if policy == "baseline":
        received = bench.logs[-1]["received"]
        assert bench.records[0].subject == received["body"]


PRINTS = """
import logging, sys
from affidavit import audited
from affidavit._policy.load import load_policy
from affidavit._telemetry.capture import capture
from affidavit.testing import api_gateway_v1, make_runtime, run
bench = make_runtime(policy=sys.argv[1])
capture(bench.runtime.redactor, load_policy("hipaa").redaction.capture)

@audited(action="LOOK", actor="who", subject="about")
def handler(event, context):
    event = event["queryStringParameters"]
    print("printed", event["who"], event["about"])
    logging.getLogger("x").warning("logged %s", event["about"], extra={"patient": event["who"]})
    logging.getLogger("x").warning({"x": event["who"]})
    print("in part", event["about"], end="")

logging.basicConfig(format="%(message)s")
said = {"who": "quillon", "about": "zz-tarn-7"}
run(handler, api_gateway_v1(query=said, authorizer={"claims": {"sub": "u"}}), bench)
"""


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_printed_and_logged_has_tokens(policy: str) -> None:
    """The thread that reads it is done with it before the names are forgotten."""
    done = subprocess.run(
        [sys.executable, "-c", PRINTS, policy],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = done.stdout + done.stderr

    assert WHO not in told
    assert WHOM not in told
    assert {"printed", "logged", "part"} <= set(told.split())
