"""Run one promise's property against one handler."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given, reproduce_failure
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from affidavit_policy.suite_promises import Promise
from affidavit_testing.broken import BrokenPromiseError
from affidavit_testing.profiles import settings_of
from affidavit_testing.stopping import stoppable
from affidavit_testing.under_test import HandlerUnderTest

_BLOB: Final = re.compile(r"reproduce_failure\('([^']+)', (b'[^']*')\)")


def prove(
    subject: HandlerUnderTest, promise: Promise, *, profile: str = "dev", again: str = ""
) -> None:
    """Look for an example that breaks `promise`.

    `again` is what an earlier failure printed, `version:blob`: only that example
    is tried.

    Raises:
        BrokenPromiseError: One was found; the smallest one is in the text.

    """
    __tracebackhide__ = True
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


def applies(subject: HandlerUnderTest, promise: Promise) -> bool:
    """Tell whether a promise says anything about this handler."""
    if promise.name == "batch_failures_are_partial":
        return subject.each and subject.schema is not None
    return True


def _property(
    subject: HandlerUnderTest, promise: Promise, proof: Any, profile: str, again: str
) -> Callable[[], None]:
    def holds(data: st.DataObject) -> None:
        proof(subject, data)

    # The name is part of the key under which Hypothesis remembers failures.
    holds.__name__ = f"{promise.name}_{subject.name}_{subject.policy.name}"
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


def _again(note: str) -> str:
    found = _BLOB.search(note)
    return f"{found.group(1)}:{found.group(2)[2:-1]}" if found else ""
