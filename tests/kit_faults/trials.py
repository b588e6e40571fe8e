"""Choose faults, shapes and models, and ask the suite what it finds."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

from affidavit_policy.suite_promises import BY_NAME
from affidavit_testing.suite import examine, verdict_on
from affidavit_testing.under_test import HandlerUnderTest, subject_of
from kit_faults.faults import MISTAKES, Mistake, answer, planted
from kit_faults.shapes import SHAPES, SOURCES
from model_shapes import SHAPES as MODELS

FAULTS = 100
CORRECT = 40
FOUND_AT_LEAST = 95

_OBJECTS_ONLY = frozenset({"task_of_a_machine"})
_LISTS = frozenset({"Numbers", "Lines"})
_TELLING = (
    *("AnchoredPattern", "AnyAddress", "AnyUuid", "Camel", "Card", "DigitPattern", "FilePath"),
    *("IpAny", "IpFour", "IpInterface", "IpNetwork", "Isbn", "KnownKeys", "OptionalPattern"),
    *("UuidFive", "UuidOne", "WebAddress"),
)
"""Models of whose requests nearly each one has a value that cannot occur by chance."""

_NO_ANSWER = frozenset({"record_by_record"})
"""Shapes whose answer is nobody's: what stands in it or around it is no fault there."""


class Trial(NamedTuple):
    """One handler to make: a fault or none, a shape, and a model."""

    fault: str
    shape: str
    model: str


class Outcome(NamedTuple):
    """What the suite said: the promise that was asked for, its result, and what was accused."""

    trial: Trial
    promise: str
    result: str
    said: str


def faults() -> list[Trial]:
    """Return the hundred faults, the same each time; every shape is among them."""
    usable = [name for name, one in MISTAKES.items() if not one.library or find_spec(one.library)]
    found: list[Trial] = []
    while len(found) < FAULTS:
        number = len(found)
        name = usable[number % len(usable)]
        fault = MISTAKES[name]
        shapes = [one for one in SHAPES if one not in _NO_ANSWER or _is_inside(fault)]
        shape = shapes[(number * 7 + number // len(usable)) % len(shapes)]
        found.append(Trial(name, shape, _model_for(fault, shape, number)))
    return found


def correct() -> list[Trial]:
    """Return forty handlers without a fault, every shape among them."""
    shapes = list(SHAPES)
    return [
        Trial(
            "", shapes[number % len(shapes)], _any_model(shapes[number % len(shapes)], number + 50)
        )
        for number in range(CORRECT)
    ]


def try_fault(trial: Trial) -> Outcome:
    """Ask for the promise that the fault breaks."""
    fault = MISTAKES[trial.fault]
    subject = _subject(trial, planted(fault, SHAPES[trial.shape].make, MODELS[trial.model].model))
    verdict = verdict_on(subject, BY_NAME[fault.promise], profile="verdict")
    return Outcome(trial, fault.promise, verdict.result, verdict.message)


def try_correct(trial: Trial) -> Outcome:
    """Ask for every promise; none may be broken."""
    handler = SHAPES[trial.shape].make(answer, MODELS[trial.model].model)
    verdicts = examine(handler, profile="dev", **_how(trial))
    broken = [one for one in verdicts if one.result == "broken"]
    result = "broken" if broken else "kept"
    promise = ", ".join(one.promise.name for one in broken)
    return Outcome(trial, promise, result, "\n".join(one.message for one in broken))


def _how(trial: Trial) -> dict[str, Any]:
    told = {"policy": "hipaa", "sources": SOURCES}
    return {**told, **MODELS[trial.model].how, **SHAPES[trial.shape].how}


def _subject(trial: Trial, handler: Any) -> HandlerUnderTest:
    return subject_of(handler, **_how(trial))


def _is_inside(fault: Mistake) -> bool:
    answers = {"the_answer_fits_its_model", "errors_quote_nothing", "idempotent_under_redelivery"}
    return fault.around is None and fault.promise not in answers


def _model_for(fault: Mistake, shape: str, number: int) -> str:
    if fault.needs != "value":
        return _any_model(shape, number)
    names = [name for name in _fitting(shape) if name in _TELLING]
    return names[number * 11 % len(names)]


def _any_model(shape: str, number: int) -> str:
    names = _fitting(shape)
    return names[number * 11 % len(names)]


def _fitting(shape: str) -> tuple[str, ...]:
    return tuple(name for name in MODELS if shape not in _OBJECTS_ONLY or name not in _LISTS)


def counts(outcomes: list[Outcome]) -> Iterator[str]:
    """Yield how many faults of each promise were found."""
    for promise in sorted({one.promise for one in outcomes}):
        mine = [one for one in outcomes if one.promise == promise]
        found = sum(one.result == "broken" for one in mine)
        yield f"{promise:32} {found:3} of {len(mine):3} found"
