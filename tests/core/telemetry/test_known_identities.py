"""What `actor=` and `subject=` name is a token in everything that is written.

The values have no shape and stand under keys that mean nothing: nothing else finds them.
"""

from __future__ import annotations

import base64
import contextvars
import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, Final, NoReturn
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from affidavit import AuditContext, audited
from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Identities, Redactor
from affidavit._redact.replace import known_identities
from affidavit._redact.replace.hidden_names import KnownNames
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
    assert KnownNames() == kept.known
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


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


ENCODINGS: Final[dict[str, Callable[[str], str]]] = {
    "base64": _b64,
    "base64 without padding": lambda text: _b64(text).rstrip("="),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
    "JSON object": lambda text: json.dumps({"id": text, "n": 1}),
    "JSON list, other letters as they are": lambda text: json.dumps([1, text], ensure_ascii=False),
    "form": lambda text: f"a=1&id={quote_plus(text)}&z=2",
    "query": lambda text: "id=" + quote(text, safe=""),
    "percent, all of it": lambda text: "".join(f"%{one:02x}" for one in text.encode()),
    "form part beside a picture": lambda text: base64.b64encode(
        f'--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n{text}\r\n--x\r\n\r\n'.encode()
        + b"\x89PNG\r\n\x1a\n\xff\xfe\x00"
    ).decode(),
}
"""How what an event carries is written: each may stand in another one."""

_NAMES = st.one_of(
    st.from_regex(r"[a-z0-9]{4,12}", fullmatch=True),
    st.from_regex(r"[A-Za-z]{2,8}[-_.@ \\\\/'\"+&=:][a-z0-9]{2,8}", fullmatch=True),
    st.sampled_from(
        ["m\u00fcller", "\u0418\u0432\u0430\u043d", 'O"Neil', "ACME\\jdoe", "zz-tarn-7"]
    ),
)


def _keeps(value: Any, name: str) -> bool:
    """Tell whether an object holds a text that has `name` in it."""
    if isinstance(value, dict):
        return any(_keeps(one, name) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return any(_keeps(one, name) for one in value)
    return isinstance(value, str) and name in value


@given(name=_NAMES, chain=st.lists(st.sampled_from(sorted(ENCODINGS)), min_size=1, max_size=3))
def test_a_name_is_known_in_every_encoding(name: str, chain: list[str]) -> None:
    """However an event carries it, and in whatever that is carried again.

    A word of under 24 letters is taken for encoded twice at most.
    """
    sent = inner = ENCODINGS[chain[0]](name)
    for one in chain[1:]:
        sent = ENCODINGS[one](sent)
    assume(len(chain) < 3 or len(sent) >= 24)
    redactor = Redactor(load_policy("baseline").redaction)
    with Identities({name: "(?)"}):
        told = redactor.clean([sent, {"body": sent, "isBase64Encoded": True}], Sink.LOG).value

    assert not _keeps(told, sent)
    assert not _keeps(told, inner)
    assert not _keeps(told, name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (_b64('{"a": "other"}'), _b64('{"a": "other"}')), (_b64("a=quill&b"), _b64("a=quill&b")),
        ("/files/" + _b64("quillon-one"), "/files/T"), ("key " + _b64("quillon"), "key T"),
        (_b64('{"id": "abc"}'), "V"), ('{"id": "abc", "n": 12345}', '{"id": "V", "n": "N"}'),
        (_b64('{"id": 12345}'), "N"), (_b64("id=12345"), "N"), ("%71uillon", "T"),
        ("INFO a\\nquillon", "INFO a\\nT"), (_b64("x" * 70) + "\n", _b64("x" * 70) + "\n"),
        (_b64("\x89PNG... quillon \xff"), "T"), ({"B": _b64("quillon")}, {"B": "T"}),
        ("quillons=%71", "quillons=%71"), ("a b+c", "a b+c"), ("", ""),
        ({"%71": "%71"}, {"%71": "%71"}),
    ],
)  # fmt: skip
def test_what_is_encoded_is_replaced_as_one(value: Any, expected: Any) -> None:
    """A token in place of an encoded word; nothing else is written anew."""
    with Identities({"quillon": "T", "12345": "N", "abc": "V"}):
        assert expected == known_identities.replace_known(value, undone=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("id=jane+roe&b=1", "id=T&b=1"), ("id=jane%20roe&b=a+b", "id=T&b=a+b"),
        ("q=jane%2Broe", "q=T"), ("x+jane+roe", "x+T"),
        ("id=jane\\u0020roe", "id=T"), ("<b>jane&#32;roe</b>", "<b>T</b>"),
    ],
)  # fmt: skip
def test_a_blank_in_a_name_is_written_in_many_ways(value: str, expected: str) -> None:
    """As a plus in a form, in percent-encoding, as an escape, as a reference."""
    with Identities({"jane roe": "T"}):
        assert expected == known_identities.replace_known(value, undone=True)


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


def test_what_encodings_hide_is_looked_for_within_bounds() -> None:
    """What is too deep or too much to look at is not written either."""
    deep = "quillon"
    for _ in range(9):
        deep = _b64(deep)
    bomb = base64.b64encode(gzip.compress(b"a quillon " * 1_000_000)).decode()
    redactor = Redactor(load_policy("baseline").redaction)
    with Identities({"quillon": "T"}):
        assert "LIMIT" in redactor.text(deep, Sink.LOG)
        assert "[LIMIT]" == known_identities.replace_known(bomb, undone=True)


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
