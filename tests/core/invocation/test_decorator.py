"""The decorator: what it takes, what it gives back, and how it is typed."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

import strategies as my
from affidavit import SettingsError, SetupError, audited
from affidavit._invocation.decorator import spec_of
from affidavit._policy.words import OutputCapture
from affidavit._runtime import runtime
from affidavit.testing import make_runtime, run


def plain(event: Any, context: Any) -> Any:
    """Answer with the event."""
    return {"event": event}


def test_a_bare_decorator_takes_the_functions_name() -> None:
    """Nothing else has to be said, and the function still looks like itself."""
    wrapped = audited(plain)

    assert "plain" == spec_of(wrapped).action
    assert ("plain", "Answer with the event.") == (wrapped.__name__, wrapped.__doc__)
    assert wrapped.__wrapped__ is plain
    assert {"event": 7} == run(wrapped, 7, make_runtime())


def test_words_stand_in_the_plan_under_the_records_keys() -> None:
    """What is not said is left out."""
    spec = spec_of(
        audited(
            action="PRICE_FETCH",
            actor="user.id",
            subject="id",
            resource="prices",
            data_class="phi",
            purpose="treatment",
            recipient="clinic",
        )(plain)
    )

    assert ("PRICE_FETCH", "user.id", "id") == (spec.action, spec.actor, spec.subject)
    assert {"obj": "prices", "cls": "phi", "why": "treatment", "rcpt": "clinic"} == spec.words
    assert {} == spec_of(audited(plain)).words


def test_models_stand_in_the_plan() -> None:
    """Under their own names."""
    spec = spec_of(audited(request=my.Asked, response=my.Told)(plain))

    assert spec.request is not None
    assert spec.response is not None
    assert ("Asked", "Told") == (spec.request.name, spec.response.name)


def test_one_decorator_can_serve_two_functions() -> None:
    """It keeps what it was told."""
    decorate = audited(action="READ", resource="prices")

    def other(event: Any, context: Any) -> None: ...

    plans = [spec_of(decorate(plain)), spec_of(decorate(other))]
    assert [("READ", {"obj": "prices"})] * 2 == [(spec.action, spec.words) for spec in plans]


async def _coroutine(event: Any, context: Any) -> Any:
    return {"event": event}


def _generator(event: Any, context: Any) -> Iterator[Any]:
    yield event


async def _async_generator(event: Any, context: Any) -> AsyncIterator[Any]:
    yield event


class _AsyncObject:
    async def __call__(self, event: Any, context: Any) -> Any:
        return {"event": event}


class _Object:
    own = "an attribute"

    def __call__(self, event: Any, context: Any) -> Any:
        return {"event": event}

    def method(self, event: Any, context: Any) -> Any:
        return {"event": event}


class Adapter(_Object):
    """As Mangum and the WSGI adapters are."""


@pytest.mark.parametrize(
    ("handler", "why"),
    [
        pytest.param(_generator, "takes one answer", id="generator"),
        pytest.param(_async_generator, "takes one answer", id="async generator"),
        pytest.param(_Object, "it is not a function", id="class"),
        pytest.param("handler", "it is not a function", id="a name"),
        pytest.param(audited(plain), "audited already", id="twice"),
    ],
)
def test_what_cannot_be_wrapped_is_refused(handler: Any, why: str) -> None:
    """At import, with or without words."""
    with pytest.raises(SetupError, match=why):
        audited(handler)
    with pytest.raises(SetupError, match=why):
        audited(action="X")(handler)


@pytest.mark.parametrize(
    ("handler", "action"),
    [
        pytest.param(Adapter(), "Adapter", id="an object, by its class"),
        pytest.param(Adapter().method, "method", id="a method"),
        pytest.param(functools.partial(plain), "plain", id="a partial function"),
        pytest.param(functools.partial(functools.partial(plain)), "plain", id="twice partial"),
        pytest.param(functools.partial(Adapter()), "Adapter", id="a partial object"),
        pytest.param(functools.lru_cache(plain), "plain", id="a wrapped function"),
    ],
)
def test_what_can_be_called_is_a_handler_and_has_a_name(handler: Any, action: str) -> None:
    """As Lambda would call it."""
    wrapped = audited(handler)

    assert action == spec_of(wrapped).action
    assert {"event": 7} == run(wrapped, 7, make_runtime())
    assert not hasattr(wrapped, "own")


@pytest.mark.parametrize("handler", [_coroutine, _AsyncObject(), functools.partial(_coroutine)])
def test_an_async_handler_runs(handler: Any) -> None:
    """As teams that come from FastAPI write them."""
    assert {"event": 7} == run(audited(action="X")(handler), 7, make_runtime())


def test_async_handlers_share_a_loop_and_see_their_callers_variables() -> None:
    """A connection pool belongs to a loop; a trace id comes in a context variable."""
    trace = contextvars.ContextVar("trace", default="")
    loops: list[Any] = []

    @audited
    async def handler(event: Any, context: Any) -> Any:
        loops.append(asyncio.get_running_loop())
        await asyncio.sleep(0)
        return trace.get()

    trace.set("t-1")
    bench = make_runtime()
    assert ["t-1", "t-1"] == [run(handler, {}, bench), run(handler, {}, bench)]
    assert loops[0] is loops[1]


def test_an_async_handlers_failure_is_one() -> None:
    """Its name survives as any other's."""

    @audited
    async def handler(event: Any, context: Any) -> None:
        raise LookupError("s3cr3t")

    with pytest.raises(LookupError, match="it raised LookupError"):
        run(handler, {}, make_runtime())


def test_no_frame_that_an_error_tracker_prints_has_data() -> None:
    """Neither the event nor the answer nor the cause is a local of what is left."""

    def handler(event: Any, context: Any) -> None:
        raise ValueError(event["name"])

    wrapped = audited(runtime=make_runtime().runtime)(handler)
    with pytest.raises(ValueError, match="not repeated") as caught:
        wrapped({"name": "s3cr3t"}, None)

    assert "s3cr3t" not in str([line.frame.f_locals for line in caught.traceback[1:]])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param({"nosuch": "x"}, r"unknown words \['nosuch'\]", id="unknown"),
        pytest.param({"request_model": "x"}, "unknown words", id="almost known"),
        pytest.param({"action": "a b"}, "`action` is not 1 to 64", id="a space"),
        pytest.param({"action": "1ST"}, "`action` is not", id="a digit first"),
        pytest.param({"action": "a" * 65}, "`action` is not", id="too long"),
        pytest.param({"action": "prix-é"}, "`action` is not", id="beyond ASCII"),
        pytest.param({"action": "a\n"}, "`action` is not", id="a line break"),
        pytest.param({"resource": "é"}, "cannot use `resource`", id="a resource beyond ASCII"),
        pytest.param({"purpose": "a\nb"}, "cannot use `purpose`", id="a purpose of two lines"),
        pytest.param({"recipient": "a" * 257}, "cannot use `recipient`", id="a long recipient"),
        pytest.param({"data_class": "\x00"}, "cannot use `data_class`", id="a control character"),
    ],
)
def test_a_word_that_is_not_usable_is_refused(words: dict[str, str], why: str) -> None:
    """It would stand in every record."""
    with pytest.raises(SetupError, match=why):
        audited(**words)(plain)  # type: ignore[call-overload]


@pytest.mark.parametrize("action", ["a", "A" * 64, "price:fetch.v2_x-1"])
def test_actions_that_are_fine(action: str) -> None:
    """Letters first, then digits and four marks."""
    assert action == spec_of(audited(action=action)(plain)).action


def test_a_function_without_a_usable_name_needs_an_action() -> None:
    """`<lambda>` says nothing in a record."""
    with pytest.raises(SetupError, match=r"no name that can be its action.*@audited\(action="):
        audited(lambda _, __: None)
    with pytest.raises(SetupError, match="no name that can be its action"):
        audited(_Object())
    assert "X" == spec_of(audited(action="X")(lambda _, __: None)).action


@pytest.mark.parametrize("thing", [plain, 7, None, type("X", (), {"__affidavit__": "forged"})()])
def test_only_an_audited_function_has_a_plan(thing: object) -> None:
    """Whoever asks for another one is told."""
    with pytest.raises(SetupError, match="not decorated with @audited"):
        spec_of(thing)


def test_a_wrong_setting_of_a_deployed_function_shows_at_import(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not on the first request; where a runtime is given, the environment does not count."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "prices")
    monkeypatch.setattr(runtime, "_default", None)
    with pytest.raises(SettingsError, match="AFFIDAVIT_POLICY is not set"):
        audited(plain)

    assert audited(runtime=make_runtime().runtime)(plain)


def test_a_deployed_function_is_ready_after_import_and_has_no_chain_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A SnapStart image must not hold a writer's key."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "prices")
    bench = make_runtime()
    monkeypatch.setattr(runtime, "_default", bench.runtime)
    # As if it had been done: what is captured stays so as long as the process lives.
    monkeypatch.setattr("affidavit._telemetry.capture._taken", set(OutputCapture))
    wrapped = audited(plain)

    assert bench.store is not None
    assert {} == bench.store.items
    assert bench.runtime.attestor.chain._head is None
    assert {"event": 1} == wrapped(1, None)
    assert 3 == len(bench.store.items)


def test_a_handler_with_a_runtime_of_its_own_uses_that() -> None:
    """For tests."""
    bench = make_runtime()
    wrapped = audited(action="X", runtime=bench.runtime)(plain)

    assert {"event": None} == wrapped(None, None)
    assert ["I", "O"] == [record.phase for record in bench.records]


_TYPED = """
from collections.abc import Callable
from typing import Any, assert_type

from pydantic import BaseModel
from affidavit import AuditContext, audited


class Asked(BaseModel):
    id: str


@audited
def bare(event: dict[str, str], context: object) -> int:
    return 1


@audited(action="X", actor="id", resource="things")
def words(event: dict[str, str], context: object) -> int:
    return 1


@audited(action="X", request=Asked, response=Asked)
def models(asked: Asked, context: AuditContext) -> Asked:
    return asked


@audited(response=list[int])
def listing(event: object, context: AuditContext) -> list[int]:
    return [1]


assert_type(bare({}, None), int)
assert_type(words({}, None), int)
assert_type(models, Callable[[Any, Any], Any])
assert_type(listing, Callable[[Any, Any], Any])
keeps: Callable[[dict[str, str], object], int] = bare
bare(7, None)
words({}, None, None)


@audited(request=Asked)
def other(asked: int, context: AuditContext) -> None: ...


audited(action=7)
audited(nosuch="x")
models(object())
"""


def test_the_types_are_those_that_a_reader_expects(tmp_path: Path) -> None:
    """Bare or with words only the function keeps its type; models make an entry point."""
    program = tmp_path / "typed.py"
    program.write_text(_TYPED)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"),
            f"--cache-dir={tmp_path}",
            str(program),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
    )
    found = [line.split(": ")[0].rsplit(":", 1)[-1] for line in done.stdout.splitlines()]
    lines = _TYPED.splitlines()
    wrong = sorted({lines[int(number) - 1] for number in found if number.isdigit()})

    assert "" == done.stderr
    assert [
        "@audited(request=Asked)",
        "audited(action=7)",
        'audited(nosuch="x")',
        "bare(7, None)",
        "models(object())",
        "words({}, None, None)",
    ] == wrong, done.stdout


def _beside(event: Any, context: Any, *more: Any, db: str = "", **others: Any) -> Any:
    return [event, context is None, list(more), db, others]


@pytest.mark.parametrize(
    "call",
    [
        lambda handler: handler({"a": 1}, None, db="x"),
        lambda handler: handler({"a": 1}, None, 7, 8, db="x", more=True),
        lambda handler: handler(event={"a": 1}, context=None),
        lambda handler: handler({"a": 1}, context=None, db="x"),
    ],
)
def test_what_a_decorator_above_hands_over_arrives(call: Any) -> None:
    """Middlewares add arguments of their own, and may name the usual two."""
    wanted, found = (
        call(_beside),
        call(audited(action="X", runtime=make_runtime().runtime)(_beside)),
    )
    wanted[1] = found[1]  # the context is ours

    assert wanted == found


def test_the_usual_two_may_have_other_names_and_defaults() -> None:
    """As without the wrap; what the handler does not take is a TypeError, likewise."""

    def handler(evt: Any, ctx: Any = None) -> Any:
        return {"got": evt}

    wrapped: Any = audited(action="X", runtime=make_runtime().runtime)(handler)

    assert {"got": 1} == wrapped(1) == wrapped(evt=1) == wrapped(ctx=None, evt=1)
    for given, named in (((), {}), ((1, 2, 3), {}), ((1,), {"context": 2})):
        with pytest.raises(TypeError):
            wrapped(*given, **named)


def test_an_asynchronous_handler_takes_more_arguments_too() -> None:
    """It is called as the plain one is."""

    async def handler(event: Any, context: Any, *, db: str) -> Any:
        return {"db": db}

    wrapped: Any = audited(action="X", runtime=make_runtime().runtime)(handler)

    assert {"db": "x"} == wrapped({}, None, db="x")


def test_arguments_beside_the_usual_two_are_in_no_frame_of_a_failure() -> None:
    """Error trackers print the locals of frames."""

    def handler(event: Any, context: Any, *, db: str) -> Any:
        raise ValueError(db)

    wrapped: Any = audited(action="X", runtime=make_runtime().runtime)(handler)
    with pytest.raises(ValueError, match="not repeated") as raised:
        wrapped({"name": "s3cr3t"}, None, db="s3cr3t")

    inner = [entry.frame.f_locals for entry in raised.traceback[1:]]
    assert inner
    assert "s3cr3t" not in str(inner)
