"""Run one promise's property against one handler."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import __version__, given, reproduce_failure
from hypothesis import strategies as st
from hypothesis.control import current_build_context
from hypothesis.errors import DidNotReproduce, Flaky, Unsatisfiable

from affidavit.testing import follow_connection
from affidavit_policy.suite_promises import Promise
from affidavit_testing.broken import BrokenPromiseError
from affidavit_testing.clause_results import NOT_SHOWN
from affidavit_testing.drawable import drawable, unused_hints
from affidavit_testing.premises import Premises, reads_nothing
from affidavit_testing.profiles import PROFILES, least, settings_of
from affidavit_testing.remembered import kept_connections, kept_texts, statements_of
from affidavit_testing.scalars import CannotDrawError
from affidavit_testing.stopping import DeliveryTimeoutError, stoppable
from affidavit_testing.under_test import HandlerUnderTest

_OF_HISTORIES: Final = "any_history_leaves_clean_evidence"
_NO_NAME: Final = re.compile(r"\W")
"""What a lambda and a policy in a file have in their names and no function has."""

_SHOWS_NOTHING: Final[dict[type, str]] = {
    DidNotReproduce: "only one example was tried, and it does not break the promise",
    Unsatisfiable: "no example of what it looks for could be drawn",
}

_BLOB: Final = re.compile(r"reproduce_failure\('([^']+)', (b'[^']*')\)")


def prove(
    subject: HandlerUnderTest,
    promise: Promise,
    *,
    profile: str = "dev",
    again: str = "",
    premises: Premises | None = None,
) -> None:
    """Look for an example that breaks `promise`.

    `again` is what an earlier failure printed, `version:blob`: only that example
    is tried. What occurred meanwhile is counted in `premises`. Where the promise's
    own premise hardly ever did, or it says nothing about this handler, the test is
    skipped and says so.

    Raises:
        BrokenPromiseError: One was found; the smallest one is in the text.

    """
    __tracebackhide__ = True
    problem = _undrawable(subject)
    if problem and promise.name == "a_valid_request_is_answered":
        raise BrokenPromiseError(promise.name, problem)
    subject = _listening(subject._replace(premises=Premises() if premises is None else premises))
    if not applies(subject, promise):
        pytest.skip("the handler does not take its records one by one: @audited(each=True)")
    module, _, function = promise.proof.partition(":")
    proof = getattr(importlib.import_module(f"affidavit_testing.{module}"), function)
    if promise.whole:
        told = _told(lambda: proof(subject, profile))
    else:
        told = _told(_property(subject, promise, proof, profile, again))
    if told is not None:
        raise told
    if not_shown := _not_shown(subject, promise, profile, again):
        pytest.skip(not_shown + (f"; {problem}" if problem else ""))


def _not_shown(subject: HandlerUnderTest, promise: Promise, profile: str, again: str) -> str:
    """Say why a promise that was not broken is not kept either; empty if it is."""
    if again:
        return f"{NOT_SHOWN}: only one example was tried, and it holds"
    if promise.name == "binds_only" and reads_nothing(subject.premises, subject):
        return "the handler runs no statement, and no source was given to it"
    floor = least(profile, histories=promise.name == _OF_HISTORIES)
    lacking = list(subject.premises.lacking(promise.name, subject, floor))
    told = ", ".join(f"{name}: {number}" for name, number in lacking)
    return f"{NOT_SHOWN}: {told} (at least {floor} would show it)" if lacking else ""


def _listening(subject: HandlerUnderTest) -> HandlerUnderTest:
    """Look at what a handler's module keeps already, and listen to its connections."""
    if not subject.baseline:
        subject.baseline.update(kept_texts(subject.handler))
    connections = kept_connections(subject.handler)
    for connection in connections:
        follow_connection(connection)
    prepared = frozenset(text for one in connections for text in statements_of(one))
    return subject._replace(connections=connections, prepared=prepared)


def _undrawable(subject: HandlerUnderTest) -> str:
    """Say why no valid request can be drawn for a handler; empty if some can."""
    schema, reader = subject.schema, subject.request
    if schema is None or reader is None or subject.samples:
        return ""
    if schema.good is None:
        schema.good = drawable(schema, reader.adapter)
    if unused := unused_hints(schema):
        return f"samples and strategy name what is no field of the model: {unused}"
    return schema.good.problem


def applies(subject: HandlerUnderTest, promise: Promise) -> bool:
    """Tell whether a promise says anything about this handler."""
    if promise.name == "batch_failures_are_partial":
        return subject.each and subject.schema is not None
    return True


def _property(
    subject: HandlerUnderTest, promise: Promise, proof: Any, profile: str, again: str
) -> Callable[[], None]:
    left: int | None = None

    def holds(data: st.DataObject) -> None:
        nonlocal left
        if left is not None and not current_build_context().is_final:
            if left == 0:
                data.conjecture_data.mark_overrun()  # small enough: nothing smaller is tried
            left -= 1
        try:
            proof(subject, data)
        except BrokenPromiseError:
            left = PROFILES[profile].shrinks if left is None else left
            raise

    # The name is part of the key under which Hypothesis remembers failures.
    holds.__name__ = _NO_NAME.sub("_", f"{promise.name}_{subject.name}_{subject.policy.name}")
    test = settings_of(profile)(given(st.data())(holds))
    if again:
        version, _, blob = again.partition(":")
        test = reproduce_failure(version, blob.encode())(test)
    return test


def _told(run: Callable[[], None]) -> BaseException | None:
    """Return what broke, with a line on how to see it again, and without the tests' own frames."""
    __tracebackhide__ = True
    again, flaky = "", False
    try:
        with stoppable():
            run()
    except BrokenPromiseError as error:
        first: BrokenPromiseError | None = error
        again = next(filter(None, map(_again, getattr(error, "__notes__", ()))), "")
    except DeliveryTimeoutError as error:
        return DeliveryTimeoutError(*error.args)
    except (CannotDrawError, DidNotReproduce, Unsatisfiable) as error:
        pytest.skip(f"{NOT_SHOWN}: {_SHOWS_NOTHING.get(type(error), error)}")
    except Flaky as error:
        # The same event has come to something else the second time: state, or chance.
        first, flaky = _broken_in(error), True
        if first is None:
            raise
    else:
        return None
    assert first is not None  # noqa: S101 - for mypy; both branches have set it
    text = str(first)
    if flaky:
        text += "\n  once:  the same event did not do so again; the handler keeps state"
    if again:
        text += f"\n  again: --affidavit-again={again}"
    return BrokenPromiseError.again(first, text)


def _broken_in(error: BaseException) -> BrokenPromiseError | None:
    """Return the first broken promise in a group of exceptions, or in what caused one."""
    inner = [*getattr(error, "exceptions", ()), error.__cause__, error.__context__]
    for one in inner:
        if isinstance(one, BrokenPromiseError):
            return one
        found = _broken_in(one) if one is not None else None
        if found is not None:
            return found
    return None


def not_again(again: str) -> str:
    """Say why what was given as a failure's example is none; empty if it may be one."""
    version, colon, blob = again.partition(":")
    if not colon or not blob:
        return f"{again[:80]!r} is not what a failure printed; copy all of VERSION:BLOB"
    if version != __version__:
        return f"printed by Hypothesis {version[:20]}, and this is {__version__}: install that one"
    return ""


def _again(note: str) -> str:
    found = _BLOB.search(note)
    return f"{found.group(1)}:{found.group(2)[2:-1]}" if found else ""
