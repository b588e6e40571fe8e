"""Thirty shapes in which people write handlers, each around the same act."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import functools
import json
import types
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel, RootModel

from affidavit import Query, audited

FIND = Query(
    name="find_note", sql="select note, ward from notes where id = :id", binds=frozenset({"id"})
)
ROW = {"note": "it is fine", "ward": "north"}
SOURCES = {"notes": {"find_note": ROW, "save_note": [], "find_other": ROW}}

Act = Callable[[Any, Any], Any]
"""What a handler does: it takes what is asked and a context, and returns the answer."""


class HandlerShape(NamedTuple):
    """One shape: makes a handler of an act and a model, and what the suite is told of it."""

    make: Callable[[Act, Any], Any]
    how: dict[str, Any]


SHAPES: dict[str, HandlerShape] = {}


def shape(**how: Any) -> Callable[[Callable[[Act, Any], Any]], Callable[[Act, Any], Any]]:
    """Put a shape on the list."""

    def note(make: Callable[[Act, Any], Any]) -> Callable[[Act, Any], Any]:
        SHAPES[make.__name__] = HandlerShape(make, how)
        return make

    return note


class Told(BaseModel):
    """What every handler below answers."""

    note: str = ""
    ward: str = ""


def wrap(model: Any, **how: Any) -> Callable[[Any], Any]:
    """Return the decorator as most of them use it."""
    return audited(**{"action": "NOTE_READ", "request": model, "response": Told, **how})


@shape()
def function(act: Act, model: Any) -> Any:
    @wrap(model)
    def handler(asked: Any, context: Any) -> Any:
        return act(asked, context)

    return handler


@shape(policy="gdpr")
def under_gdpr(act: Act, model: Any) -> Any:
    return function(act, model)


@shape(policy="pci")
def under_pci(act: Act, model: Any) -> Any:
    return function(act, model)


@shape(policy="part11")
def under_part11(act: Act, model: Any) -> Any:
    return function(act, model)


@shape(policy="baseline")
def under_baseline(act: Act, model: Any) -> Any:
    return function(act, model)


@shape()
def lambda_expression(act: Act, model: Any) -> Any:
    return wrap(model)(lambda asked, context: act(asked, context) or None)


@shape()
def bound_method(act: Act, model: Any) -> Any:
    class Service:
        def __init__(self, act: Act) -> None:
            self._act = act

        def serve(self, asked: Any, context: Any) -> Any:
            return self._act(asked, context)

    return wrap(model)(Service(act).serve)


@shape()
def callable_object(act: Act, model: Any) -> Any:
    class Service:
        def __call__(self, asked: Any, context: Any) -> Any:
            return act(asked, context)

    return wrap(model)(Service())


@shape()
def static_method(act: Act, model: Any) -> Any:
    class Service:
        @staticmethod
        def serve(asked: Any, context: Any) -> Any:
            return act(asked, context)

    return wrap(model)(Service.serve)


@shape()
def class_method(act: Act, model: Any) -> Any:
    class Service:
        @classmethod
        def serve(cls, asked: Any, context: Any) -> Any:
            return act(asked, context)

    return wrap(model)(Service.serve)


@shape()
def dataclass_service(act: Act, model: Any) -> Any:
    @dataclasses.dataclass
    class Service:
        source: str

        def serve(self, asked: Any, context: Any) -> Any:
            return act(asked, context) if self.source else None

    return wrap(model)(Service("notes").serve)


@shape()
def template_method(act: Act, model: Any) -> Any:
    class Base(abc.ABC):
        def __call__(self, asked: Any, context: Any) -> Any:
            return self.work(asked, context)

        @abc.abstractmethod
        def work(self, asked: Any, context: Any) -> Any: ...

    class Concrete(Base):
        def work(self, asked: Any, context: Any) -> Any:
            return act(asked, context)

    return wrap(model)(Concrete())


@shape()
def partial(act: Act, model: Any) -> Any:
    def serve(name: str, asked: Any, context: Any) -> Any:
        return act(asked, context) if name else None

    return wrap(model)(functools.partial(serve, "notes"))


@shape()
def decorated_below(act: Act, model: Any) -> Any:
    def plain(handler: Any) -> Any:
        @functools.wraps(handler)
        def inner(asked: Any, context: Any) -> Any:
            return handler(asked, context)

        return inner

    return wrap(model)(plain(act))


@shape()
def decorated_above(act: Act, model: Any) -> Any:
    good = function(act, model)

    @functools.wraps(good)
    def handler(event: Any, context: Any) -> Any:
        return good(event, context)

    return handler


@shape()
def in_a_module(act: Act, model: Any) -> Any:
    module = types.ModuleType("notes_service")
    module.serve = function(act, model)  # type: ignore[attr-defined]
    return module.serve


@shape()
def two_layers(act: Act, model: Any) -> Any:
    def load(asked: Any, context: Any) -> Any:
        return act(asked, context)

    def present(found: Any) -> Any:
        return found

    return wrap(model)(lambda asked, context: present(load(asked, context)))


@shape()
def with_a_context_manager(act: Act, model: Any) -> Any:
    @contextlib.contextmanager
    def session() -> Iterator[Act]:
        yield act

    @wrap(model)
    def handler(asked: Any, context: Any) -> Any:
        with session() as work:
            return work(asked, context)

    return handler


@shape()
def with_a_generator(act: Act, model: Any) -> Any:
    def rows(asked: Any, context: Any) -> Iterator[Any]:
        yield act(asked, context)

    return wrap(model)(lambda asked, context: next(rows(asked, context)))


@shape()
def with_defaults(act: Act, model: Any) -> Any:
    @wrap(model)
    def handler(asked: Any, context: Any, *, verbose: bool = False) -> Any:
        del verbose
        return act(asked, context)

    return handler


@shape()
def answers_a_dictionary(act: Act, model: Any) -> Any:
    def serve(asked: Any, context: Any) -> Any:
        found = act(asked, context)
        return found.model_dump() if isinstance(found, BaseModel) else found

    return wrap(model, response=dict[str, str])(serve)


@shape()
def answers_a_list(act: Act, model: Any) -> Any:
    class Many(RootModel[list[Told]]):
        """Several."""

    def serve(asked: Any, context: Any) -> Any:
        found = act(asked, context)
        return Many([found]) if isinstance(found, Told) else found

    return wrap(model, response=Many)(serve)


@shape()
def answers_in_an_envelope(act: Act, model: Any) -> Any:
    class Envelope(BaseModel):
        data: Told

    def serve(asked: Any, context: Any) -> Any:
        found = act(asked, context)
        return Envelope(data=found) if isinstance(found, Told) else found

    return wrap(model, response=Envelope)(serve)


@shape()
def measures(act: Act, model: Any) -> Any:
    @wrap(model)
    def handler(asked: Any, context: Any) -> Any:
        context.metrics.add("Asked", 1, "Count")
        return act(asked, context)

    return handler


@shape()
def logs(act: Act, model: Any) -> Any:
    @wrap(model)
    def handler(asked: Any, context: Any) -> Any:
        context.log.info("note.asked_for", length=len(str(asked)))
        return act(asked, context)

    return handler


@shape(via=("step_functions",))
def task_of_a_machine(act: Act, model: Any) -> Any:
    return function(act, model)


@shape(via=("api_gateway_v2",))
def http_api(act: Act, model: Any) -> Any:
    return function(act, model)


@shape(via=("alb",), policy="baseline")
def behind_a_load_balancer(act: Act, model: Any) -> Any:
    return function(act, model)


@shape(via=("function_url",))
def function_url(act: Act, model: Any) -> Any:
    return function(act, model)


@shape(via=("sqs",))
def record_by_record(act: Act, model: Any) -> Any:
    @wrap(model, response=None, each=True)
    def handler(asked: Any, context: Any) -> None:
        act(asked, context)

    return handler


@shape()
def composes_its_answer(act: Act, model: Any) -> Any:
    def serve(asked: Any, context: Any) -> Any:
        found = act(asked, context)
        told = found.model_dump() if isinstance(found, BaseModel) else found
        return {"statusCode": 200, "body": json.dumps(told)}

    return wrap(model, response=None)(serve)
