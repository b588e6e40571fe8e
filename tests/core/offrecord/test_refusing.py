"""Where a policy refuses, what it does not list does not happen, and the right one is blamed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from affidavit import AffidavitError, AuditContext, UnauditedAccessError, audited
from affidavit._offrecord.observation import Observation
from affidavit._policy.words import OffRecord
from affidavit._types import Token
from affidavit.testing import make_runtime, run
from off_record_parts import holding, off, reached

OUTSIDE = "/etc/passwd"
REFUSING = holding(OffRecord.REFUSE)


def _tried(act: Callable[[], Any]) -> Callable[[], None]:
    def trying() -> None:
        with pytest.raises(UnauditedAccessError):
            act()

    return trying


def test_it_raises_at_the_call_and_stands_in_the_record() -> None:
    """What was tried is on record, and did not happen."""
    act = _tried(lambda: Path(OUTSIDE).read_bytes())

    assert [("file", "open", "refused")] == reached(act, REFUSING)


def test_what_a_list_names_goes_on() -> None:
    """By its own name."""
    policy = holding(OffRecord.REFUSE, paths=("/etc",))

    assert [("file", "open", "allowed")] == reached(lambda: Path(OUTSIDE).read_bytes(), policy)


@pytest.mark.parametrize(
    ("entry", "where", "listed"),
    [
        ("sqs.SendMessage results", "https://sqs.eu-west-1.amazonaws.com/1/results", True),
        ("sqs.* results", "https://sqs.eu-west-1.amazonaws.com/1/results", True),
        ("sqs.SendMessage results", "arn:aws:sqs:eu-west-1:1:results", True),
        ("sqs.SendMessage", "https://sqs.eu-west-1.amazonaws.com/1/results", True),
        ("sqs.SendMessage results", "https://sqs.eu-west-1.amazonaws.com/1/other-results", False),
        ("sqs.SendMessage results", "", False),
        ("sqs.ReceiveMessage results", "results", False),
    ],
)
def test_a_resource_is_listed_by_its_name(entry: str, where: str, listed: bool) -> None:
    """Requests name it by a URL, an ARN or a name; people by its name."""
    rules = holding(OffRecord.RECORD, operations=(entry,)).off_record
    observation = Observation(rules, lambda _, __: Token("t" * 32))
    observation.note("aws", "sqs.SendMessage", where)

    (seen,) = observation.found()
    assert listed == (seen.decision == "allowed")


def test_the_error_holds_no_value(tmp_path: Path) -> None:
    """Not even the path, which may be somebody's name."""

    def act() -> None:
        with pytest.raises(UnauditedAccessError) as caught:
            sqlite3.connect("/var/jane-roe.db")
        assert "jane" not in str(caught.value)
        assert "db sqlite3" in str(caught.value)

    reached(act, REFUSING)


def test_a_handler_that_does_not_catch_it_has_failed() -> None:
    """Its caller gets no answer that was made of what it read."""

    @audited(action="READ", actor="who")
    def handler(event: Any, context: AuditContext) -> Any:
        return {"read": Path(OUTSIDE).read_text()}

    bench = make_runtime(policy=REFUSING)
    with pytest.raises(UnauditedAccessError):
        run(handler, {"who": "jane"}, bench)
    assert "error" == bench.records[-1].status


def test_outside_a_handler_nothing_is_refused() -> None:
    """Neither before nor after one has run in this thread."""
    reached(lambda: None, REFUSING)

    assert Path(OUTSIDE).read_bytes()


def test_a_forked_child_is_refused_too() -> None:
    """It would be on no record of its parent; forking itself is refused unless it is listed."""
    policy = holding(OffRecord.REFUSE, operations=())
    told: list[int] = []

    @audited(action="READ", actor="who")
    def handler(event: Any, context: AuditContext) -> Any:
        with contextlib.suppress(UnauditedAccessError):
            told.append(os.fork())
            if told[0] == 0:
                os._exit(1)
        return {}

    bench = make_runtime(policy=policy)
    run(handler, {"who": "jane"}, bench)

    assert [] == told
    assert [("process", "os.fork", "refused")] == off(bench.records[-1])


def _ways() -> dict[str, Callable[[Callable[[], Any]], Any]]:
    def in_thread(act: Callable[[], Any]) -> None:
        caught: list[BaseException] = []

        def work() -> None:
            try:
                act()
            except UnauditedAccessError as error:
                caught.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        for error in caught:
            raise error

    def in_pool(act: Callable[[], Any]) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(act).result()

    def in_task(act: Callable[[], Any]) -> None:
        async def main() -> None:
            async def one() -> None:
                act()

            await asyncio.gather(one(), asyncio.to_thread(int))

        asyncio.run(main())

    def forking(act: Callable[[], Any]) -> None:
        # The fork itself is refused, before there is a child: for this handler and no other.
        del act
        if os.fork() == 0:
            os._exit(1)

    kept = ThreadPoolExecutor(4)

    def in_kept_pool(act: Callable[[], Any]) -> None:
        kept.submit(act).result()

    return {
        "fork": forking,
        "here": lambda act: act(),
        "kept pool": in_kept_pool,
        "thread": in_thread,
        "pool": in_pool,
        "task": in_task,
    }


@pytest.mark.parametrize("way", _ways())
def test_fifty_at_once_and_the_right_ones_are_blamed(way: str) -> None:
    """Others go on; no record has what another one did."""
    act = _ways()[way]
    shared = ThreadPoolExecutor(4)

    @audited(action="READ", actor="who")
    def handler(event: Any, context: AuditContext) -> Any:
        if event["bad"]:
            act(lambda: Path(OUTSIDE).read_bytes())
        shared.submit(Path(__file__).read_bytes).result()
        return {"n": event["n"]}

    benches = [make_runtime(policy=REFUSING) for _ in range(50)]

    def one(number: int) -> bool:
        try:
            run(handler, {"who": "j", "n": number, "bad": number % 3 == 0}, benches[number])
        except AffidavitError:
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        answered = list(pool.map(one, range(50)))
    shared.shutdown()

    assert [number % 3 != 0 for number in range(50)] == answered
    blamed = [off(bench.records[-1]) for bench in benches]
    wanted = [("process", "os.fork", "refused") if way == "fork" else ("file", "open", "refused")]
    assert [[] if number % 3 else wanted for number in range(50)] == blamed


def test_one_record_of_a_batch_is_blamed_and_comes_again() -> None:
    """The others are done."""

    @audited(action="READ", actor="who", each=True)
    def handler(event: Any, context: AuditContext) -> None:
        if "b" in event["body"]:
            Path(OUTSIDE).read_bytes()

    records = [
        {"messageId": f"m{n}", "body": f'{{"who":"{n}"}}', "eventSource": "aws:sqs"} for n in "abc"
    ]
    bench = make_runtime(policy=REFUSING)

    answer = run(handler, {"Records": records}, bench)
    assert {"batchItemFailures": [{"itemIdentifier": "mb"}]} == answer


def test_what_outlives_its_invocation_is_refused() -> None:
    """Its record is written: it could be listed nowhere."""
    go, told = threading.Event(), []

    def late() -> None:
        go.wait(10)
        try:
            Path(OUTSIDE).read_bytes()
        except UnauditedAccessError:
            told.append("refused")

    threads = []

    @audited(action="READ", actor="who")
    def handler(event: Any, context: AuditContext) -> Any:
        thread = threading.Thread(target=late)
        threads.append(thread)
        thread.start()
        return {}

    run(handler, {"who": "jane"}, make_runtime(policy=REFUSING))
    # Something else has to run: outside of every handler nothing is looked at.

    @audited(action="READ", actor="who")
    def other(event: Any, context: AuditContext) -> Any:
        go.set()
        threads[0].join()
        return {}

    bench = make_runtime(policy=REFUSING)
    run(other, {"who": "jane"}, bench)
    assert ["refused"] == told
