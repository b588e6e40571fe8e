"""What `actor=` and `subject=` name is a token in everything that is written.

The values have no shape and stand under keys that mean nothing: nothing else finds them.
"""

from __future__ import annotations

import contextvars
import json
import subprocess
import sys
import threading
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import AuditContext, audited
from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Identities, Redactor
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


def test_threads_are_told_apart_and_a_stranger_knows_all() -> None:
    """A thread without an invocation, as the one that reads what is printed, is careful."""
    redactor = Redactor(load_policy("baseline").redaction)
    ready, told = threading.Barrier(3), {}

    def work(name: str, token: str) -> None:
        with Identities({name: token}):
            ready.wait(10)
            told[name] = redactor.text("alpha beta", Sink.LOG)
            ready.wait(10)

    threads = [threading.Thread(target=work, args=pair) for pair in (("alpha", "A"), ("beta", "B"))]
    for one in threads:
        one.start()
    ready.wait(10)
    assert "A B" == redactor.text("alpha beta", Sink.LOG)
    ready.wait(10)
    for one in threads:
        one.join(10)

    assert {"alpha": "A beta", "beta": "alpha B"} == told
    assert "alpha beta" == redactor.text("alpha beta", Sink.LOG)


def test_nothing_is_kept_when_a_block_fails() -> None:
    """Also not by a task that copied the context and outlives it."""
    copies: list[contextvars.Context] = []

    def fail() -> NoReturn:
        with Identities({"alpha": "A"}):
            copies.append(contextvars.copy_context())
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    kept = copies[0][known_identities._current]
    assert not known_identities._open
    assert kept is not None
    assert ([], {}) == (kept.names, kept.numbers)
    assert "alpha" == known_identities.replace_known("alpha")


@given(
    name=st.text(min_size=4, max_size=20),
    before=st.sampled_from(["", " ", "(", "/", '"', "=", "_", ", "]),
    after=st.sampled_from(["", " ", ")", "/", '"', ".", "_", ": "]),
)
def test_a_whole_word_never_remains(name: str, before: str, after: str) -> None:
    """Whatever stands around it, and however often."""
    with Identities({name: "\0"}):
        done = known_identities.replace_known([before + name + after, {name: name}])

    assert [f"{before}\0{after}", {"\0": "\0"}] == done


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12345", "T"), (12345, "T"), (123456, 123456), ("x12345", "x12345"), ("123456", "123456"),
        ("a-12345", "a-T"), (True, True), (None, None), (1.5, 1.5), ('{"a":"12345"}', '{"a":"T"}'),
        ("m\\u00fcller", "U"), ("/m%C3%BCller", "/U"), ("abc", "V"), ("an abc", "an abc"),
    ],
)  # fmt: skip
def test_words_numbers_and_spellings(value: Any, expected: Any) -> None:
    """Whole words of four characters, in the spellings of JSON and URLs; shorter ones alone."""
    with Identities({"12345": "T", "müller": "U", "abc": "V"}):
        assert expected == known_identities.replace_known(value)


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
