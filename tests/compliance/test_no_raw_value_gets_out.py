"""Promise: no value of a request, a row or an exception gets out, except as the answer.

Two kinds of canary are planted: words that mean nothing to any pattern, which
must stay inside under the policies that do not log events, and typed personal
data, which must stay inside under every policy.
"""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies as my
from affidavit import AuditContext
from affidavit.testing import FakeContext, MemorySource, api_gateway_v1, make_runtime, run

QUIET = ("hipaa", "gdpr", "pci")
"""Policies that do not log the event."""

CARELESS = str(Path(__file__).with_name("careless_function.py"))
"""A program: what it captures cannot be given back."""

PERSONAL = (
    "jane.roe+canary@example.com",
    "536-90-4399",
    "4111 1111 1111 1111",
    "Bearer abcDEF123456.canary-token",
)
"""Typed personal data and a secret, written fresh and belonging to nobody."""


def _exits(handler: Callable[..., Any], event: Any, bench: Any) -> tuple[Any, str]:
    """Run, and return the answer and everything else that left the invocation."""
    told = ""
    answer: Any = None
    try:
        answer = run(handler, event, bench)
    except Exception as error:  # noqa: BLE001 - its text is an exit too
        told = "".join(traceback.format_exception(error)) + repr(error) + str(error.__dict__)
    records = [json.dumps(record.document, ensure_ascii=False) for record in bench.records]
    return answer, "\n".join([told, *bench.lines, *records])


PLACES = ("query", "header", "body", "path", "parameter name", "actor", "subject", "authorizer")


def _event(place: str, canary: str) -> Any:
    said = {"id": "A1", "who": "w"}
    parts: dict[str, Any] = {"authorizer": {"claims": {"sub": "u"}}}
    if place == "header":
        parts["headers"] = {"x-note": canary}
    elif place == "path":
        parts["parameters"] = {"x": canary}
    elif place == "parameter name":
        said[canary] = "x"
    elif place == "actor":
        said["who"] = canary
    elif place == "subject":
        said["id"] = canary
    elif place == "authorizer":
        parts["authorizer"] = {"claims": {"sub": canary}}
    elif place == "query":
        said["unknown"] = canary
    else:
        return api_gateway_v1(method="POST", body={**said, "x": {"y": [canary]}}, **parts)
    return api_gateway_v1(query=said, **parts)


def _leaks(kind: str, canary: str) -> Callable[[Any, AuditContext], Any]:
    """A handler that does something careless with a value."""

    def act(asked: Any, context: AuditContext) -> Any:
        if kind == "raises":
            raise ValueError(f"no price for {canary}")
        if kind == "raises a chain":
            try:
                raise KeyError(canary)
            except KeyError as error:
                raise RuntimeError(f"because of {canary}") from error
        if kind == "exits":
            raise SystemExit(canary)
        if kind == "validates":
            my.Asked.model_validate({"id": canary, "who": canary, "count": canary})
        if kind == "names a class":
            raise type(canary, (Exception,), {})
        if kind == "counts":
            context.metrics.add("Seen", 1, "Count", source=canary, who=canary)
            context.metrics.add(canary, 1, "Count")
        if kind == "answers":
            return {"other": canary}
        if kind == "reads":
            context.source("memory").fetch_one(my.FIND, {"id": canary})
        if kind == "changes":
            context.record_change("note", old=canary, new=canary + "2")
        return None

    return act


KINDS = (
    "raises",
    "raises a chain",
    "exits",
    "validates",
    "names a class",
    "counts",
    "answers",
    "reads",
    "changes",
)


@given(place=st.sampled_from(PLACES), policy=st.sampled_from(QUIET), word=my.words())
def test_words_of_a_request_stay_inside(place: str, policy: str, word: str) -> None:
    """Under a policy that does not log events, no word of a request is anywhere."""
    canary = f"{word}zz-canary-{word}"
    bench = make_runtime(policy=policy, sources=[my.sources()])
    answer, told = _exits(my.handler_of(my.BEHAVIOURS[3]), _event(place, canary), bench)

    assert bench.records
    assert canary not in told
    assert canary not in json.dumps(answer)


@given(
    place=st.sampled_from(PLACES),
    policy=st.sampled_from([*QUIET, "baseline", "part11"]),
    canary=st.sampled_from(PERSONAL),
)
def test_personal_data_of_a_request_stays_inside(place: str, policy: str, canary: str) -> None:
    """Also where the policy logs the event: it is redacted first."""
    bench = make_runtime(policy=policy, sources=[my.sources()])
    answer, told = _exits(my.handler_of(my.BEHAVIOURS[3]), _event(place, canary), bench)

    assert canary not in told
    assert canary not in json.dumps(answer)


@given(kind=st.sampled_from(KINDS), canary=st.sampled_from(PERSONAL), http=st.booleans())
def test_a_careless_handler_lets_nothing_out(kind: str, canary: str, http: bool) -> None:
    """Exceptions, metrics and bad answers are exits too."""
    said = {"id": "A1", "who": "w"}
    source = MemorySource("memory", {"find": ValueError(f"duplicate key {canary}")})
    bench = make_runtime(sources=[source])
    behaviour = my.Behaviour(kind, _leaks(kind, canary), "", 0)
    event = api_gateway_v1(query=said) if http else said
    answer, told = _exits(my.handler_of(behaviour), event, bench)

    assert bench.records
    assert canary not in told
    assert canary not in json.dumps(answer)


@given(kind=st.sampled_from(KINDS), word=my.words())
def test_words_of_a_careless_handler_stay_inside(kind: str, word: str) -> None:
    """Under HIPAA not even the redacted message of an exception is logged."""
    canary = f"{word}zz-canary-{word}"
    source = MemorySource("memory", {"find": ValueError(f"duplicate key {canary}")})
    bench = make_runtime(policy="hipaa", sources=[source])
    behaviour = my.Behaviour(kind, _leaks(kind, canary), "", 0)
    event = api_gateway_v1(query={"id": "A1", "who": "w"}, authorizer={"claims": {"sub": "user"}})
    answer, told = _exits(my.handler_of(behaviour), event, bench)

    assert canary not in told
    assert canary not in json.dumps(answer)


@given(canary=st.sampled_from(PERSONAL))
def test_a_row_reaches_the_answer_only(canary: str) -> None:
    """What the handler may disclose goes to its caller, and to nobody else."""
    source = MemorySource("memory", {"find": [{"note": canary}]})
    bench = make_runtime(sources=[source])
    answer, told = _exits(my.handler_of(my.BEHAVIOURS[3]), {"id": "A1", "who": "w"}, bench)

    assert {"note": canary} == answer
    assert canary not in told


@given(canary=st.sampled_from(PERSONAL))
def test_what_the_handler_logs_is_redacted(canary: str) -> None:
    """`context.log` is for handlers, and handlers are careless."""

    def act(_: Any, context: AuditContext) -> None:
        context.log.info("price.asked", note=f"for {canary}", nested={"a": [canary]})
        context.log.warning(f"careless {canary}")
        try:
            raise ValueError(canary)
        except ValueError:
            context.log.exception("price.failed")

    bench = make_runtime()
    _, told = _exits(
        my.handler_of(my.Behaviour("logs", act, "", 0)), {"id": "A1", "who": "w"}, bench
    )

    assert 4 == len(bench.logs)
    assert canary not in told


def test_a_response_rule_takes_a_field_out_of_the_answer() -> None:
    """Minimum necessary: what the policy says nobody needs does not leave."""
    from affidavit._policy.model import ResponseRule
    from affidavit._types import RuleId

    rule = ResponseRule(path="orders.*.card", rule=RuleId("X-01"))
    bench = make_runtime(response=(rule,))

    def act(event: Any, _: Any) -> Any:
        return {"statusCode": 200, "body": json.dumps({"orders": [{"card": "4", "n": 1}]})}

    from affidavit import audited

    handler = audited(act)
    answer: Any = run(handler, api_gateway_v1(), bench)
    assert {"orders": [{"n": 1}]} == json.loads(answer["body"])

    direct = audited(action="X")(lambda _, __: {"orders": [{"card": "4", "n": 1}], "card": 2})
    assert {"orders": [{"n": 1}], "card": 2} == run(direct, {}, bench)


@pytest.mark.parametrize("policy", ["baseline", *QUIET, "part11"])
def test_the_lambda_context_is_not_logged(policy: str) -> None:
    """Identity and client context belong to the caller."""
    context = FakeContext(identity={"cognito_identity_id": "canary-identity"})
    bench = make_runtime(policy=policy)
    run_safely = _exits(my.handler_of(my.BEHAVIOURS[0]), {"id": "A1", "who": "w"}, bench)
    assert "canary-identity" not in run_safely[1]
    assert context.identity is not None


@pytest.mark.parametrize("policy", QUIET)
@pytest.mark.parametrize("canary", PERSONAL)
def test_nothing_that_a_function_writes_holds_a_value(policy: str, canary: str) -> None:
    """Prints, log records of any logger, warnings, tracebacks; and what AWS's client sends."""
    done = subprocess.run(
        [sys.executable, CARELESS, policy],
        input=canary,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told = done.stdout + done.stderr

    assert canary not in told
    for said in ("printed", "as JSON", "to stderr", "in pieces", "as bytes", "root", "child",
                 "structured", "Making request", "GET /orders", "about", "caught",
                 "added later", '"event":"said"', '"Said"'):  # fmt: skip
        assert said in told
    assert ("ERROR" if policy == "gdpr" else "ANSWER") in told
