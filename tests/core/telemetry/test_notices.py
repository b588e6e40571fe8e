"""Notices wait for nobody, and nobody waits for them longer than is said."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from affidavit import AuditContext, UnauditedAccessError, audited
from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor
from affidavit._telemetry.notices import Dispatcher
from affidavit.plugin import Medium, Notice
from affidavit.testing import MemoryStore, api_gateway_v1, make_runtime, run

CLEAN = Redactor(load_policy("baseline").redaction).clean({"order": "O-1"}, Sink.LOG)


class Post:
    """A notifier in memory. `gate` holds it up until it is set."""

    def __init__(self, *faults: BaseException | None) -> None:
        self.faults = list(faults)
        self.sent: list[Notice] = []
        self.gate = threading.Event()
        self.gate.set()

    def send(self, notice: Notice, *, timeout_s: float) -> None:
        """Keep it, or raise what was planned."""
        assert timeout_s > 0
        self.gate.wait(20)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.sent.append(notice)


def _notice(name: str) -> Notice:
    return Notice(Medium.EVENT, name, (), CLEAN, "r-1", "A")


def test_one_that_fails_does_not_hold_up_the_next() -> None:
    """Even if it wants to end the process."""
    post = Post(ValueError("secret"), None, SystemExit(1))
    sent, failed = Dispatcher(post).send([_notice(n) for n in "abc"], timeout_s=5)

    assert (1, ["b"]) == (sent, [notice.name for notice in post.sent])
    assert [("a", "ValueError"), ("c", "SystemExit")] == [(one.name, one.why) for one in failed]


def test_a_notifier_that_takes_a_moment_is_waited_for() -> None:
    """It opens the connection that the next ones use."""
    post = Post()
    post.gate.clear()
    threading.Timer(0.05, post.gate.set).start()

    assert (1, []) == Dispatcher(post).send([_notice("a")], timeout_s=20)


def test_a_notifier_that_hangs_is_left_alone_until_it_is_back() -> None:
    """The second invocation does not even wait."""
    post = Post()
    post.gate.clear()
    dispatcher = Dispatcher(post)
    first = dispatcher.send([_notice("a"), _notice("b")], timeout_s=0.2)
    second = dispatcher.send([_notice("c")], timeout_s=5)
    post.gate.set()
    for _ in range(100):
        if len(post.sent) == 2:
            break
        time.sleep(0.02)
    third = dispatcher.send([_notice("d")], timeout_s=5)

    assert (0, ["TimedOut", "TimedOut"]) == (first[0], [one.why for one in first[1]])
    assert (0, ["StillBusy"]) == (second[0], [one.why for one in second[1]])
    assert (1, []) == third


def test_what_was_sent_in_time_counts() -> None:
    """The rest did not get its turn."""
    post = Post()
    slow = Post()

    class Mixed:
        def send(self, notice: Notice, *, timeout_s: float) -> None:
            (post if notice.name == "a" else slow).send(notice, timeout_s=timeout_s)

    slow.gate.clear()
    sent, failed = Dispatcher(Mixed()).send([_notice(n) for n in "ab"], timeout_s=0.3)
    slow.gate.set()

    assert (1, [("b", "TimedOut")]) == (sent, [(one.name, one.why) for one in failed])


def test_a_notice_is_sent_after_the_closing_record_is_kept() -> None:
    """And with what the redactor leaves."""
    store, seen = MemoryStore(), list[int]()

    class Looking(Post):
        def send(self, notice: Notice, *, timeout_s: float) -> None:
            seen.append(len(store.items))
            super().send(notice, timeout_s=timeout_s)

    post = Looking()

    @audited(action="SHIP")
    def handler(_: Any, context: AuditContext) -> None:
        context.mail("shipped", ["ops", "b@example.org"], {"ssn": "123-45-6789", "n": 1})
        assert [] == post.sent

    bench = make_runtime(store=store, notifier=post)
    run(handler, {}, bench)
    (notice,) = post.sent

    assert [3] == seen
    assert (Medium.MAIL, "shipped", ("ops", "b@example.org"), "SHIP") == (
        notice.medium,
        notice.name,
        notice.to,
        notice.action,
    )
    assert "123-45-6789" not in str(notice.values.value)


@pytest.mark.parametrize("policy", ["baseline", "hipaa", "gdpr"])
def test_a_name_that_holds_data_is_refused(policy: str) -> None:
    """A template or a type is a word of the code; it would be sent as it is."""
    post = Post()

    @audited(action="SHIP")
    def handler(_: Any, context: AuditContext) -> None:
        context.announce("Shipped to jane.roe@example.com")
        context.announce("OrderShipped")

    bench = make_runtime(policy=policy, notifier=post)
    run(handler, api_gateway_v1(authorizer={"claims": {"sub": "s"}}), bench)

    assert ["OrderShipped"] == [notice.name for notice in post.sent]
    assert ["NameRefused"] == [o["error_type"] for o in bench.logs if o["event"] == "notice.failed"]
    assert "jane.roe" not in "".join(bench.lines)


def test_nothing_is_sent_for_an_answer_that_was_withheld() -> None:
    """There is no evidence of what the mail would say."""
    from affidavit import LedgerUnavailableError

    store, post = MemoryStore(), Post()

    @audited
    def handler(_: Any, context: AuditContext) -> None:
        context.announce("OrderShipped")

        def down(_: object) -> None:
            raise LedgerUnavailableError("down", why="planted", fix="Nothing")

        store.before = down

    bench = make_runtime(store=store, notifier=post)
    with pytest.raises(Exception, match="record was not kept"):
        run(handler, {}, bench)

    assert [] == post.sent
    assert [1] == [line["NoticesDropped"] for line in bench.metrics if "NoticesDropped" in line]


def test_a_notice_after_the_end_is_refused() -> None:
    """Nobody would ever send it."""
    kept: list[AuditContext] = []
    run(_keeper(kept), {}, make_runtime())

    with pytest.raises(UnauditedAccessError):
        kept[0].announce("OrderShipped")


def _keeper(kept: list[AuditContext]) -> Any:
    @audited
    def handler(_: Any, context: AuditContext) -> None:
        kept.append(context)

    return handler


def test_a_notifier_that_hangs_keeps_no_process_alive() -> None:
    """Its thread ends with the process, whatever it waits for."""
    seen: list[bool] = []

    class Looks:
        """A notifier that looks at its own thread."""

        def send(self, notice: Notice, *, timeout_s: float) -> None:
            """Note whether the process would wait for it."""
            seen.append(threading.current_thread().daemon)

    assert (1, []) == Dispatcher(Looks()).send([_notice("a")], timeout_s=5)
    assert [True] == seen
