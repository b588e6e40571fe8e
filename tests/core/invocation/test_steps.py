"""The seven steps together; `compliance/` holds the promises, here are the edges."""

from __future__ import annotations

import json
from typing import Any

import pytest

import strategies as my
from affidavit import (
    AttestationError,
    HandlerError,
    InvalidRequestError,
    NotFoundError,
    RefusedError,
    UnauditedAccessError,
    UnauthenticatedError,
    audited,
)
from affidavit._records.ledger import Ledger
from affidavit.plugin import TokenKey
from affidavit.testing import (
    FakeContext,
    MemoryStore,
    alb,
    api_gateway_v1,
    make_runtime,
    run,
    step,
)
from affidavit_ledger.verify import verify_ledger

SAID = {"id": "A1", "who": "w"}


def _behave(act: Any) -> Any:
    return my.handler_of(my.Behaviour("acts", act, "", 0))


def _raise(error: BaseException) -> Any:
    def act(_: Any, __: Any) -> Any:
        raise error

    return act


@pytest.mark.parametrize(
    ("event", "error"),
    [
        pytest.param({"id": 7}, UnauthenticatedError, id="nobody named"),
        pytest.param({"id": 7, "who": "w"}, InvalidRequestError, id="refused"),
        pytest.param(step({"id": 7, "who": "w"}), InvalidRequestError, id="refused to a machine"),
    ],
)
def test_a_direct_caller_gets_an_exception(event: Any, error: type[Exception]) -> None:
    """There is no status to answer with; a machine catches by type."""
    with pytest.raises(error):
        run(_behave(lambda _, __: my.Told(note="n")), event, make_runtime())


@pytest.mark.parametrize(
    ("act", "code", "word"),
    [
        pytest.param(lambda _, __: None, 404, "not_found", id="nothing there"),
        pytest.param(
            _raise(NotFoundError("x", why="y", fix="z")), 404, "not_found", id="nothing, loudly"
        ),
        pytest.param(_raise(ValueError("x")), 500, "internal_error", id="failed"),
        pytest.param(_raise(SystemExit(1)), 500, "internal_error", id="exited"),
        pytest.param(lambda _, __: {"other": 1}, 500, "internal_error", id="unfit"),
    ],
)
def test_an_http_caller_gets_a_status(act: Any, code: int, word: str) -> None:
    """With a body of kinds and ids."""
    event = api_gateway_v1(query=SAID, request_id="r-1")
    answer: Any = run(_behave(act), event, make_runtime())
    body = json.loads(answer["body"])

    assert (code, word, "r-1") == (answer["statusCode"], body["error"], body["requestId"])


def test_a_direct_caller_gets_none_for_nothing() -> None:
    """Looking and finding nothing is not an error; the record says 404."""
    bench = make_runtime()

    assert run(_behave(lambda _, __: None), SAID, bench) is None
    assert (404, "ok") == (bench.records[-1].code, bench.records[-1].status)


def test_without_a_model_none_is_an_answer() -> None:
    """Only a response model makes None mean that there is nothing."""
    bench = make_runtime()

    assert run(audited(action="X")(lambda _, __: None), {}, bench) is None
    assert 200 == bench.records[-1].code


def test_an_interrupt_is_recorded_and_passed_on() -> None:
    """Control-C on a laptop still stops the program."""
    bench = make_runtime()
    with pytest.raises(KeyboardInterrupt):
        run(_behave(_raise(KeyboardInterrupt("hunter2"))), SAID, bench)

    assert ["I", "O"] == [record.phase for record in bench.records]
    assert "KeyboardInterrupt" == bench.records[-1].document["out"]["err"]


@pytest.mark.parametrize(
    ("act", "error"),
    [
        pytest.param(_raise(ValueError("hunter2")), HandlerError, id="failed"),
        pytest.param(_raise(RefusedError("hunter2", why="y", fix="z")), RefusedError, id="refused"),
    ],
)
def test_what_a_handler_raised_is_not_chained_to_what_a_caller_gets(
    act: Any, error: type[Exception]
) -> None:
    """Lambda prints whole chains."""
    with pytest.raises(error) as caught:
        run(_behave(act), SAID, make_runtime())

    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "hunter2" not in str(caught.value)


class _NoTokens:
    """Keys that cannot name anybody."""

    def token_key(self) -> TokenKey:
        raise TimeoutError("hunter2")

    def new_chain_key(self, _: Any) -> Any:
        raise AssertionError

    def open_chain_key(self, _: Any, __: str) -> bytes:
        raise AssertionError


@pytest.mark.parametrize("http", [True, False])
def test_without_the_token_key_there_is_no_answer(http: bool) -> None:
    """Nobody can be named, so nothing can be recorded, so the handler does not run."""
    calls: list[Any] = []
    store = MemoryStore()
    bench = make_runtime(ledger=Ledger(store=store, keys=_NoTokens(), reader=store))
    handler = my.handler_of(my.BEHAVIOURS[0], calls)
    if http:
        answer: Any = run(handler, api_gateway_v1(query=SAID), bench)
        assert 503 == answer["statusCode"]
        assert "evidence_unavailable" in answer["body"]
    else:
        with pytest.raises(AttestationError, match="cannot be put on record.*has not run"):
            run(handler, SAID, bench)

    assert [] == calls
    assert {} == store.items
    assert "hunter2" not in "".join(bench.lines)


@pytest.mark.parametrize("part", ["multiValueHeaders", "headers", "requestContext"])
def test_a_crafted_event_is_on_record(part: str) -> None:
    """A direct caller may send what no gateway would; it must not get past the recorder."""
    event = {**alb(multi=True), part: {"x-forwarded-for": {"a": 1}, "elb": {}}}
    bench = make_runtime()
    answer: Any = run(_behave(lambda _, __: my.Told(note="n")), event, bench)

    assert answer["statusCode"] in {400, 401}
    assert ["D"] == [record.phase for record in bench.records]


def test_an_absurd_status_does_not_spoil_the_ledger() -> None:
    """A record holds integers that every reader keeps exactly."""
    bench = make_runtime()
    handler = audited(action="X")(lambda _, __: {"statusCode": 10**30})
    run(handler, api_gateway_v1(), bench)
    verdict = verify_ledger(bench.runtime.ledger.reader, bench.runtime.ledger.keys, now_ms=0)

    assert verdict.clean, verdict.findings
    assert 502 == bench.records[-1].code


@pytest.mark.parametrize("model", [None, my.Told])
def test_an_answer_that_fails_while_it_is_written_is_a_failure(model: Any) -> None:
    """After the handler, before the record; nothing escapes in between."""

    @audited(action="X", response=model)
    def handler(_: Any, __: Any) -> Any:
        return {"note": (1 // zero for zero in [0])}

    bench = make_runtime()
    with pytest.raises(HandlerError, match="cannot be sent"):
        run(handler, {}, bench)

    assert ["I", "O"] == [record.phase for record in bench.records]
    assert "UnfitAnswer" == bench.records[-1].document["out"]["err"]


def test_a_context_of_another_invocation_is_of_no_use() -> None:
    """Rights end with the invocation, also when the handler raised."""
    kept: list[Any] = []

    def act(_: Any, context: Any) -> Any:
        kept.append(context)
        raise ValueError

    with pytest.raises(HandlerError):
        run(_behave(act), SAID, make_runtime(), FakeContext())
    with pytest.raises(UnauditedAccessError, match="after its invocation"):
        kept[0].source("memory")
