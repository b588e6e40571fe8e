"""Exceptions leave with their names and without their texts."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import ConflictError, HandlerError, NotFoundError, SourceUnavailableError, audited
from affidavit._invocation.redacted_error import is_control_flow, named_error
from affidavit.testing import api_gateway_v1, make_runtime, run

SECRET = "s3cr3t-value"  # noqa: S105 - nobody's


class OrderNotFound(Exception):
    """A business error, as a state machine catches it."""


class Typed(Exception):
    """One that cannot be made without its arguments, and shows them."""

    def __init__(self, order: str, *, patient: str) -> None:
        super().__init__(f"{order} of {patient}")
        self.patient = patient

    def __str__(self) -> str:
        return f"patient {self.patient}"

    def __reduce__(self) -> Any:
        return Typed, (self.patient,)


class Final(Exception):
    """One that refuses to be extended."""

    def __init_subclass__(cls) -> None:
        raise TypeError(SECRET)


class Slotted(Exception):
    """One with a layout and a maker of its own."""

    __slots__ = ("patient",)

    def __new__(cls, patient: str) -> Self:
        return super().__new__(cls, patient)


class Gone(ConflictError):
    """A refusal of the handler's own."""

    status = 410
    code = "gone"


CAUSES = [
    OrderNotFound(SECRET),
    Typed("o", patient=SECRET),
    Final(SECRET),
    Slotted(SECRET),
    Gone(SECRET, why=SECRET, fix=SECRET),
    ConflictError(SECRET, why=SECRET, fix=SECRET),
    NotFoundError(SECRET, why=SECRET, fix=SECRET),
    SourceUnavailableError(SECRET, why=SECRET, fix=SECRET),
    ValueError(SECRET),
    KeyError(SECRET),
    OSError(2, SECRET, SECRET),
    UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET),
    ExceptionGroup(SECRET, [ValueError(SECRET)]),
    StopIteration(SECRET),
    SystemExit(SECRET),
    GeneratorExit(SECRET),
]


def _raising(error: BaseException) -> Any:
    @audited(action="X")
    def handler(_: Any, __: Any) -> None:
        try:
            raise RuntimeError(SECRET)
        except RuntimeError:
            raise error from None

    return handler


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: type(cause).__name__)
def test_a_name_survives_and_a_text_does_not(cause: BaseException) -> None:
    """Neither does an argument, an attribute, or a cause."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of any class
        run(_raising(cause), {}, make_runtime())
    found = caught.value

    assert type(cause).__name__ == type(found).__name__
    assert SECRET not in f"{found} {found!r} {found.args} {vars(found)}"
    assert (None, None) == (found.__cause__, found.__context__)
    assert cause is not found
    assert "See the function's log" in str(found)


@pytest.mark.parametrize(
    "cause", [one for one in CAUSES if isinstance(one, OrderNotFound | Typed | OSError)]
)
def test_a_caller_in_the_same_process_catches_it_by_its_class(cause: Exception) -> None:
    """An audited function that calls another one."""
    with pytest.raises(type(cause)) as caught:
        run(_raising(cause), {}, make_runtime())

    assert isinstance(caught.value, HandlerError)
    # A traceback names it as its author does.
    assert type(cause).__module__ == type(caught.value).__module__
    assert type(cause).__qualname__ == type(caught.value).__qualname__


def test_a_refusal_is_of_its_own_class() -> None:
    """`ConflictError` is what `Retry` of a state machine names."""
    with pytest.raises(Gone) as caught:
        run(_raising(Gone(SECRET, why=SECRET, fix=SECRET)), {}, make_runtime())

    assert "the handler refused the request: it said gone" in str(caught.value)


@given(
    st.text("abcdefghijklmnopqrstuvwxyzABCXYZ_", min_size=1, max_size=30),
    st.text("0123456789é", min_size=12),
)
def test_the_name_of_any_exception_survives(name: str, text: str) -> None:
    """Whatever the class is called, and whatever it says."""
    kind = type(name, (Exception,), {})
    bench = make_runtime()
    with pytest.raises(kind) as caught:
        run(_raising(kind(text)), {}, bench)

    assert name == type(caught.value).__name__ == bench.records[-1].document["out"]["err"]
    assert text not in str(caught.value)


def test_a_name_that_gives_something_away_is_no_name() -> None:
    """A class can be made at run time."""
    kind = type("ada_at_example.org", (Exception,), {})
    with pytest.raises(HandlerError) as caught:
        run(_raising(kind()), {}, make_runtime())

    assert "Exception" == type(caught.value).__name__


def test_it_can_be_copied_and_sent_to_another_process() -> None:
    """As exceptions are in pools; what arrives says the same."""
    error = named_error("Odd.Name", HandlerError("a", why="b", fix="c"))

    assert str(error) == str(copy.copy(error)) == str(pickle.loads(pickle.dumps(error)))  # noqa: S301


class Suspend(BaseException):
    """Another library's signal: it ends the call, and is no failure."""

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.token = token


@pytest.mark.parametrize("event", [{}, api_gateway_v1()], ids=["direct", "http"])
def test_a_signal_of_another_library_passes_and_is_on_record(event: Any) -> None:
    """The very object: whoever waits for it reads its attributes."""
    bench, signal = make_runtime(), Suspend("t")
    with pytest.raises(Suspend) as caught:
        run(_raising(signal), event, bench)
    closing = bench.records[-1].document["out"]

    assert signal is caught.value
    assert ("ok", 202, "Suspend") == (closing["s"], closing["code"], closing["err"])


@pytest.mark.parametrize(
    ("error", "signal"),
    [
        pytest.param(Suspend("t"), True, id="a signal"),
        pytest.param(ValueError(), False, id="a failure"),
        pytest.param(SystemExit(), False, id="the end of the process"),
        pytest.param(BaseExceptionGroup("x", [Suspend("t")]), False, id="a group"),
    ],
)
def test_what_is_a_signal(error: BaseException, signal: bool) -> None:
    """A class beside `Exception` that is not Python's own."""
    assert signal is is_control_flow(error)
