"""What others write goes through the engine too."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.load import load_policy
from affidavit._policy.words import OutputCapture
from affidavit._redact import Redactor
from affidavit._telemetry.capture import (
    _STANDARD,
    LONGEST,
    RedactedStream,
    _take_print,
    capture,
    own_line,
    processor,
    redact_record,
    settle,
    with_exception,
)

CAPTURE = "affidavit._telemetry.capture"
REDACTOR = Redactor(load_policy("baseline").redaction)
STRICT = Redactor(my.rules())
MAIL = "jane.roe@example.com"


def test_an_event_that_is_replaced_as_a_whole_is_an_event_still() -> None:
    """Renderers take nothing else."""
    redact = processor(Redactor(my.rules(nodes=100)))

    assert {"event": "[LIMIT]"} == redact(None, "info", {str(n): n for n in range(200)})


def test_what_every_log_record_has_is_no_extra() -> None:
    """From Python 3.12 on it has the name of its task, too."""
    assert {*vars(logging.makeLogRecord({})), "asctime", "message", "taskName"} == _STANDARD


def test_what_is_captured_is_taken_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice redacted is twice paid for, and a guard would guard the other."""
    taken: list[str] = []
    takes = {one: lambda _, one=one: taken.append(one.value) for one in OutputCapture}
    monkeypatch.setattr("affidavit._telemetry.capture._TAKE", takes)
    monkeypatch.setattr("affidavit._telemetry.capture._taken", set())
    capture(REDACTOR, [OutputCapture.PRINT])
    capture(REDACTOR, [OutputCapture.PRINT, OutputCapture.LOGGING])
    capture(REDACTOR, OutputCapture)
    assert ["print", "logging"] == taken


def test_a_stream_that_is_no_descriptors_is_guarded_by_its_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody has put it there: what is written to the descriptor is another's."""

    class Own(io.StringIO):
        def fileno(self) -> int:
            return 1

    guarded: list[int] = []
    monkeypatch.setattr(f"{CAPTURE}.DescriptorGuard", lambda number, _: guarded.append(number))
    monkeypatch.setattr(f"{CAPTURE}._guards", {})
    monkeypatch.setattr(sys, "stdout", Own())
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    _take_print(REDACTOR)
    assert [1] == guarded
    assert [False, True] == [isinstance(one, RedactedStream) for one in (sys.stdout, sys.stderr)]


def test_a_line_of_our_own_stands_behind_what_was_written_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To either descriptor: a log is read in its order."""
    done: list[object] = []

    class Guard:
        def __init__(self, number: int) -> None:
            self.number = number

        def write(self, data: bytes) -> None:
            done.append((self.number, data))

        def drain(self) -> None:
            done.append(self.number)

    monkeypatch.setattr(f"{CAPTURE}._guards", {1: Guard(1), 2: Guard(2)})
    own_line("x")
    assert [(1, b"x\n"), 2] == done


def test_a_record_without_a_stack_has_none_afterwards() -> None:
    """A formatter would write whatever stands there."""
    assert None is _record("said").stack_info
    assert "here" == _record("said", stack_info="here").stack_info


def _caught(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001 - whatever it is
        return caught


def _record(message: object, *args: object, **attributes: object) -> logging.LogRecord:
    record = logging.LogRecord("a.b", logging.INFO, "/var/task/x.py", 3, message, args, None)
    vars(record).update(attributes)
    redact_record(record, REDACTOR)
    return record


def _written(record: logging.LogRecord) -> str:
    """All that a formatter could find."""
    return logging.Formatter().format(record) + repr(vars(record))


class Unprintable:
    """An argument that has no text."""

    def __str__(self) -> str:
        raise RuntimeError(MAIL)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(lambda: _record(f"for {MAIL}"), id="in the message"),
        pytest.param(lambda: _record("for %s", MAIL), id="as an argument"),
        pytest.param(lambda: _record("%s@%s", "jane.roe", "example.com"), id="in two arguments"),
        pytest.param(lambda: _record("password=%s", MAIL), id="behind a name"),
        pytest.param(lambda: _record("%(who)s", {"who": MAIL}), id="as a named argument"),
        pytest.param(lambda: _record({"to": [MAIL]}), id="in an object"),
        pytest.param(lambda: _record("x", user=MAIL), id="in an extra"),
        pytest.param(lambda: _record("x", **{MAIL: 1}), id="as the name of an extra"),
        pytest.param(lambda: _record("x", exc_text=f"Traceback\n{MAIL}"), id="in a traceback"),
        pytest.param(lambda: _record("x", stack_info=f"Stack\n{MAIL}"), id="in a stack"),
        pytest.param(lambda: _record("%s", Unprintable()), id="in what an argument raises"),
        pytest.param(lambda: _record("%d", MAIL), id="in a wrong argument"),
    ],
)
def test_a_log_record_is_redacted(record: Callable[[], logging.LogRecord]) -> None:
    """Whatever the formatter takes from it."""
    assert MAIL not in _written(record())


def test_what_is_no_text_stays_an_object() -> None:
    """Formatters of JSON take it apart."""
    assert {"to": ["[EMAIL]"]} == _record({"to": [MAIL]}).msg


def test_an_exception_of_a_record_has_a_twin_without_source_and_locals() -> None:
    """Its causes are named, its message is redacted, its lines are not quoted."""
    error = _caught(ValueError(f"no price for {MAIL}"))  # canary of the source
    error.__cause__ = KeyError(MAIL)
    record = _record("x", exc_info=(type(error), error, error.__traceback__))
    written = _written(record)

    assert "ValueError: no price for " in written
    assert "test_capture.py>" in written
    assert "KeyError" in written
    assert MAIL not in written
    assert "canary of the source" not in written
    assert record.exc_info
    assert record.exc_info[0] is type(record.exc_info[1])
    assert {} == {
        key: value
        for frame, _ in traceback.walk_tb(record.exc_info[2])
        for key, value in frame.f_locals.items()
        if not key.startswith("__") and key != "error"
    }


def test_what_is_clean_stays_as_it_was() -> None:
    """Level, place and words."""
    record = _record("priced %d of %s", 3, "books", operation="price")

    assert ("priced 3 of books", "INFO", 3, "price") == (
        record.getMessage(),
        record.levelname,
        record.lineno,
        vars(record)["operation"],
    )


def _printed(*pieces: str) -> str:
    beneath = io.StringIO()
    stream = RedactedStream(beneath, STRICT)
    for piece in pieces:
        stream.write(piece)
    stream.flush()
    return beneath.getvalue()


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param((f"for {MAIL}\n",), id="one line"),
        pytest.param(("jane.roe@", "example.com", "\n"), id="in pieces"),
        pytest.param((f"for {MAIL}",), id="without an end"),
        pytest.param((f"a\nb {MAIL} c\nd",), id="many lines"),
        pytest.param((f'{{"email": "{MAIL}"}}\n',), id="JSON"),
    ],
)
def test_what_is_printed_is_redacted(pieces: tuple[str, ...]) -> None:
    """Whole lines: a value may come in pieces."""
    assert "jane" not in _printed(*pieces)
    assert "[EMAIL]" in _printed(*pieces)


def test_a_key_of_many_lines_is_one_value() -> None:
    """`print(pem)` writes it in one piece."""
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n"

    assert "[dropped]\n" == _printed(key)


@given(st.lists(st.text("ab \n", max_size=8)))
def test_what_is_clean_is_printed_unchanged(pieces: list[str]) -> None:
    """Every character, in order."""
    assert "".join(pieces) == _printed(*pieces)


def test_a_line_without_end_is_not_held_back_for_ever() -> None:
    """It is judged as it is: too long to be looked at."""
    beneath = io.StringIO()
    RedactedStream(beneath, STRICT).write("a " * LONGEST)

    assert "[LIMIT]" == beneath.getvalue()


def test_bytes_take_the_same_way() -> None:
    """`sys.stdout.buffer` is a way out, too."""
    beneath = io.StringIO()
    stream = RedactedStream(beneath, STRICT)
    stream.buffer.write(f"for {MAIL}\n".encode())
    stream.writelines(["a\n", "b\n"])
    stream.buffer.flush()

    assert "for [EMAIL]\na\nb\n" == beneath.getvalue()


class _Counting(io.StringIO):
    """Counts how often it is flushed."""

    flushed = 0

    def flush(self) -> None:
        self.flushed += 1


def test_what_is_held_back_is_written_when_it_is_flushed() -> None:
    """And so is the stream beneath, by text and by bytes; what is no text stays readable."""
    beneath = _Counting()
    stream = RedactedStream(beneath, STRICT)

    assert (5, 2) == (stream.write("for j"), stream.buffer.write(b"\xff."))
    assert "" == beneath.getvalue()
    stream.buffer.flush()
    assert ("for j\ufffd.", 1) == (beneath.getvalue(), beneath.flushed)
    stream.flush()
    assert ("for j\ufffd.", 2) == (beneath.getvalue(), beneath.flushed)


def test_how_much_is_held_back() -> None:
    """Up to a mebibyte; one character more goes."""
    beneath = _Counting()
    stream = RedactedStream(beneath, STRICT)
    stream.write("a" * LONGEST)
    assert "" == beneath.getvalue()
    stream.write("a")

    assert ("[LIMIT]", 1) == (beneath.getvalue(), beneath.flushed)


def test_a_stream_of_somebodys_own_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was printed until now is written, whichever of the two it was; one may be closed."""
    beneath, closed = io.StringIO(), io.StringIO()
    out, err = RedactedStream(closed, STRICT), RedactedStream(beneath, STRICT)
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    out.write("a")
    err.write("b")
    closed.close()
    settle()

    assert "b" == beneath.getvalue()


def test_a_line_of_ones_own_is_written_beneath(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has been redacted; with a stream of somebody's own, and without."""
    beneath, plain = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stdout", RedactedStream(beneath, STRICT))
    own_line(MAIL)
    monkeypatch.setattr("sys.stdout", plain)
    own_line(MAIL)

    assert (f"{MAIL}\n",) * 2 == (beneath.getvalue(), plain.getvalue())


def test_a_stream_is_otherwise_the_one_beneath() -> None:
    """Libraries ask whether it is a terminal."""
    beneath = io.StringIO()

    assert beneath.isatty() is RedactedStream(beneath, STRICT).isatty()


def test_events_of_other_structlog_loggers_are_redacted() -> None:
    """By a processor of theirs."""
    event = processor(REDACTOR)(None, "info", {"event": f"for {MAIL}", "n": 1, "password": "x"})

    assert {"n": 1, "password": "[dropped]"} == {key: event[key] for key in ("n", "password")}
    assert MAIL not in str(event)


@pytest.mark.parametrize("form", ["error", "tuple", "true"])
def test_an_exception_of_an_event_is_described(form: str) -> None:
    """In each of the ways that structlog accepts."""
    try:
        raise ValueError(MAIL)
    except ValueError as error:
        said: dict[str, Any] = {"error": error, "tuple": sys.exc_info(), "true": True}
        told = with_exception({"event": "x", "exc_info": said[form]}, REDACTOR)

    assert "ValueError" == told["exception"]["error_type"]
    assert "exc_info" not in told
    assert MAIL not in str(told)


def test_no_exception_is_nothing() -> None:
    """`exc_info=False`, or no exception at all."""
    assert {"event": "x"} == with_exception({"event": "x", "exc_info": False}, REDACTOR)
    assert {"event": "x"} == with_exception({"event": "x", "exc_info": True}, REDACTOR)


DEPLOYED = """
import logging, sys, warnings
from affidavit import audited
from affidavit._runtime import runtime
from affidavit.testing import make_runtime
runtime._default = make_runtime(policy=sys.argv[1]).runtime
logging.basicConfig(stream=sys.stdout)
@audited
def handler(event, context): ...
@audited
def another(event, context): ...
logging.getLogger("a.b").warning("logged %s", sys.argv[2])
warnings.warn("warned " + sys.argv[2])
print("printed", sys.argv[2])
print("told", sys.argv[2], file=sys.stderr)
"""


@pytest.mark.parametrize(("policy", "printed"), [("baseline", False), ("hipaa", True)])
def test_a_deployed_function_captures_what_its_policy_says(policy: str, printed: bool) -> None:
    """From its first `@audited` on, once; in a process of its own, because it lasts."""
    done = subprocess.run(
        [sys.executable, "-c", DEPLOYED, policy, MAIL],
        env={**os.environ, "AWS_LAMBDA_FUNCTION_NAME": "prices"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = (done.stdout + done.stderr).splitlines()

    assert [True, True, printed, printed] == [
        MAIL not in line
        for word in ("logged", "warned", "printed", "told")
        for line in lines
        if word in line and "sys.argv" not in line
    ]


@given(st.sampled_from(sorted(my.CANARIES)), st.data())
def test_no_canary_passes_a_log_record_or_a_stream(entity: str, data: st.DataObject) -> None:
    """Every kind of value."""
    canary = data.draw(my.CANARIES[entity])
    record = logging.LogRecord("a", 20, "x", 1, "for %s", (canary,), None)
    redact_record(record, STRICT)

    assert my.core(canary) not in record.getMessage()
    assert my.core(canary) not in _printed(f"for {canary}\n")
