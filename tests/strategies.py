"""What the properties draw from: plural nouns, each with what it covers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from affidavit import AuditContext, ConflictError, NotFoundError, Query, audited
from affidavit._policy.load import load_policy, shipped_policies
from affidavit._policy.model import Policy
from affidavit._policy.words import Declare
from affidavit.testing import MemorySource, alb, api_gateway_v1, api_gateway_v2, function_url, step

FIND = Query(name="find", sql="select note from t where id = :id", binds=frozenset({"id"}))


class Asked(BaseModel):
    """A request with one constrained field and one free one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str
    who: str
    count: int = 1


class Told(BaseModel):
    """An answer with one field."""

    note: str


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a handler does, and how the invocation then ends."""

    name: str
    act: Callable[[Any, AuditContext], Any]
    status: str
    code: int


class Unprintable(Exception):
    """An exception that cannot even be turned into text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def _raises(error: Callable[[], BaseException]) -> Callable[[Any, AuditContext], Any]:
    def act(_: Any, __: AuditContext) -> Any:
        raise error()

    return act


BEHAVIOURS = (
    Behaviour("answers", lambda _, __: Told(note="fine"), "ok", 200),
    Behaviour("answers a dictionary", lambda _, __: {"note": "fine", "extra": 1}, "ok", 200),
    Behaviour("finds nothing", lambda _, __: None, "ok", 404),
    Behaviour("reads", lambda a, c: Told(note=_read(a, c)), "ok", 200),
    Behaviour("answers what does not fit", lambda _, __: {"other": 1}, "error", 500),
    Behaviour("answers what is not JSON", lambda _, __: {"note": object()}, "error", 500),
    Behaviour("raises", _raises(lambda: ValueError("text")), "error", 500),
    Behaviour("raises without text", _raises(Unprintable), "error", 500),
    Behaviour("exits", _raises(lambda: SystemExit("text")), "error", 500),
    Behaviour("recurses", lambda a, c: BEHAVIOURS[9].act(a, c), "error", 500),  # noqa: PLW0108 - it is not there yet
    Behaviour("declines", _raises(lambda: ConflictError("x", why="text", fix="text")), "deny", 409),
    Behaviour(
        "finds nothing, loudly", _raises(lambda: NotFoundError("x", why="t", fix="t")), "ok", 404
    ),
    Behaviour("asks for an unknown source", lambda _, c: c.source("nope"), "error", 500),
)


def _read(asked: Asked, context: AuditContext) -> str:
    row = context.source("memory").fetch_one(FIND, {"id": asked.id})
    return str(row["note"]) if row else ""


def behaviours() -> st.SearchStrategy[Behaviour]:
    """Everything a handler may do to us."""
    return st.sampled_from(BEHAVIOURS)


def handler_of(behaviour: Behaviour, calls: list[Any] | None = None) -> Callable[..., Any]:
    """Return an audited handler that behaves so, and notes that it was called."""

    @audited(
        action="TEST",
        request=Asked,
        response=Told,
        actor="who",
        subject="id",
        resource="things",
        data_class="phi",
        purpose="treatment",
        recipient="clinic",
    )
    def handler(asked: Asked, context: AuditContext) -> Any:
        if calls is not None:
            calls.append(asked)
        return behaviour.act(asked, context)

    return handler


def policies(*names: str) -> st.SearchStrategy[Policy]:
    """The shipped policies, under each way of declaring."""
    shipped = [load_policy(name) for name in names or shipped_policies()]
    return st.builds(
        lambda policy, mode: policy._replace(declare=mode),
        st.sampled_from(shipped),
        st.sampled_from(Declare),
    )


CLAIMS = {"claims": {"sub": "user-of-the-authorizer"}}
JWT = {"jwt": {"claims": {"sub": "user-of-the-authorizer"}}}

SHAPES: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "rest": lambda said: api_gateway_v1(query=said, authorizer=CLAIMS),
    "rest, anonymous": lambda said: api_gateway_v1(query=said),
    "rest, body": lambda said: api_gateway_v1(method="POST", body=said, authorizer=CLAIMS),
    "rest, base64": lambda said: api_gateway_v1(method="POST", body=said, encoded=True),
    "http": lambda said: api_gateway_v2(query=said, authorizer=JWT),
    "http, body": lambda said: api_gateway_v2(method="POST", body=said, authorizer=JWT),
    "url": lambda said: function_url(query=said),
    "alb": lambda said: alb(query=said),
    "alb, many": lambda said: alb(query=said, multi=True),
    "direct": dict,
    "state machine": step,
}
"""Every event source, with the fields where it carries them."""


def shapes() -> st.SearchStrategy[str]:
    """Names of event sources."""
    return st.sampled_from(sorted(SHAPES))


def words() -> st.SearchStrategy[str]:
    """Plain words that no pattern takes for personal data."""
    return st.text("bcdfghkmnpqrstvwxz", min_size=4, max_size=12)


def texts() -> st.SearchStrategy[str]:
    """Any text that JSON can carry, surrogates included."""
    return st.text(max_size=40)


def jsons(depth: int = 3) -> st.SearchStrategy[Any]:
    """Any JSON value."""
    leaves = st.none() | st.booleans() | st.integers() | texts()
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3),
        max_leaves=depth * 4,
    )


def sources() -> MemorySource:
    """Return a source that finds one row for any id."""
    return MemorySource("memory", {"find": [{"note": "fine"}]})
