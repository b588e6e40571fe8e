"""What a handler gets besides the request: sources, metrics, a log, and Lambda's context.

What the handler holds is a facade. The kernel's side of a running handler, what
goes on record among it, is found by the identity of the facade and is reached by
none of its attributes: whatever a handler changes on it, the records stay true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, final

from affidavit._invocation.handler_state import HandlerState
from affidavit._invocation.together import NOT_ANSWERED, change_together
from affidavit._offrecord.observation import CURRENT, Nobody
from affidavit._policy.words import Literals
from affidavit._records.accesses import Change, Read
from affidavit._sources.source import AnyQuery, AnySource, Query, Row, Scalar, runner
from affidavit._telemetry.notices import Medium, PendingNotice
from affidavit.errors import SettingsError, StatementError, UnauditedAccessError

if TYPE_CHECKING:
    from affidavit._invocation.window import Window
    from affidavit._telemetry.emf import Number
    from affidavit._types import LambdaContext

MAX_ROWS: Final = 1000
"""How many rows `fetch_all` returns unless told otherwise."""


_OPEN: Final[dict[AuditContext, HandlerState]] = {}
"""The state of each handler that runs, by the identity of its context."""


def open_context(state: HandlerState) -> AuditContext:
    """Return what the handler gets. `close_context` has to follow."""
    invocation = state.invocation
    context = AuditContext(invocation.context, invocation.request_id, invocation.attempt)
    _OPEN[context] = state
    return context


def close_context(context: AuditContext) -> None:
    """End every right that this context gives."""
    _OPEN.pop(context, None)


def _state_of(context: AuditContext) -> HandlerState:
    state = _OPEN.get(context)
    if state is None:
        raise UnauditedAccessError(
            "a context was used after its invocation",
            why="the closing record has been written already",
            fix="Read inside the handler; do not keep `context` or its sources",
        )
    return state


@final
class HandlerMetrics:
    """Where a handler counts. What is counted after the invocation goes nowhere."""

    __slots__ = ("_context",)

    def __init__(self, context: AuditContext) -> None:
        self._context = context

    def add(self, name: str, value: Number, unit: str = "None", **dimensions: str | int) -> None:
        """Count `value` under `name`; equal names add up as a list of values.

        Dimensions should have few distinct values (a product family, not a
        product): each combination is a metric that is paid for. Their values are
        redacted. What breaks a rule of CloudWatch is left out and logged.
        """
        state = _OPEN.get(self._context)
        if state is not None:
            state.invocation.metrics.add(name, value, unit, **dimensions)


@final
class AuditedSource:
    """One data source, for the duration of one invocation.

    >>> notes = MemorySource("notes", {"count": [{"n": 2}]})
    >>> count = Query(name="count", sql="select count(*) as n from notes")
    >>> handler = lambda event, context: context.source("notes").fetch_one(count, {})["n"]
    >>> run(audited(action="COUNT")(handler), {}, make_runtime(sources=[notes]))
    2
    """

    __slots__ = ("_context", "_name")

    def __init__(self, name: str, context: AuditContext) -> None:
        self._name = name
        self._context = context

    def fetch_one(self, query: AnyQuery, binds: Mapping[str, Scalar] | None = None) -> Row | None:
        """Return the only row that `query` finds, or None.

        Raises:
            StatementError: It found more than one, a bind name is wrong, or the
                policy wants binds only and the statement holds a literal.
            UnauditedAccessError: The invocation is over.
            AttestationError: The opening record was not kept.
            SourceError: The source failed; see its subclasses.

        """
        rows = self._run(query, binds or {}, 1)
        return rows[0] if rows else None

    def fetch_all(
        self,
        query: AnyQuery,
        binds: Mapping[str, Scalar] | None = None,
        *,
        max_rows: int = MAX_ROWS,
    ) -> Sequence[Row]:
        """Return every row that `query` finds, at most `max_rows` of them.

        More than that is an error, never a result that was cut off. Raises as
        `fetch_one` does.
        """
        return self._run(query, binds or {}, max_rows)

    def execute(self, query: AnyQuery, binds: Mapping[str, Scalar] | None = None) -> Sequence[Row]:
        """Run a query that writes; return the rows of its `returning` clause, if any.

        It waits for the opening record first: what was changed cannot be taken
        back. Raises as `fetch_one` does.
        """
        if not query.write:
            raise StatementError(
                f"query {query.name} does not write",
                why="it was not declared with write=True",
                fix="Use fetch_one or fetch_all, or declare it",
            )
        return self._run(query, binds or {}, MAX_ROWS)

    def execute_together(self, *steps: tuple[Query, Mapping[str, Scalar]]) -> bool:
        """Run queries that write, all or none; False if a condition of one does not hold.

        Raises as `execute` does, and `StatementError` if the source has no transactions.
        """
        state = _state_of(self._context)
        return change_together(state, self._name, _source_of(state, self._name), steps)

    def _run(self, query: AnyQuery, binds: Mapping[str, Scalar], max_rows: int) -> Sequence[Row]:
        query.check_binds(binds)
        state = _state_of(self._context)
        source = _source_of(state, self._name)
        if state.runtime.policy.sources.literals is Literals.REFUSE:
            # Here and not when the query is made: a module constant is made
            # before there is a policy.
            query.check_literals()
        run, told = runner(source, query), list[str]()
        permit = state.permit(told)
        if query.write:
            state.declaration.settle()
        found = NOT_ANSWERED
        before = CURRENT.set(Nobody.KERNEL)  # what the source reaches is on record as a read
        span = state.invocation.span
        span.enter(f"{source.name}.{query.name}")
        try:
            rows = run(permit, query, binds, max_rows=max_rows)
            found = len(rows)
        finally:
            span.leave(failed=found == NOT_ANSWERED)
            CURRENT.reset(before)
            names = tuple(sorted(query.binds))
            read = Read(source.name, query.name, names, found, state.reference(told))
            state.invocation.reads.append(read)
        # The read and the opening record's write ran side by side; nothing that
        # was read goes on before the record is kept.
        state.declaration.settle()
        return rows


def _source_of(state: HandlerState, name: str) -> AnySource:
    try:
        return state.runtime.sources[name]
    except KeyError:
        known = ", ".join(sorted(state.runtime.sources)) or "none"
    raise SettingsError(
        "the handler asks for a source that is not configured",
        why=f"configured: {known}",
        fix="Set AFFIDAVIT_SOURCE_<NAME> to the source's URL",
    )


@final
class AuditContext:
    """What a handler may use. Attributes of Lambda's own context work here too.

    Attributes that a handler sets are its own business: they change what it reads
    back, and nothing that is recorded, logged or measured.

    >>> handler = audited(action="PING")(lambda event, context: context.function_name)
    >>> run(handler, {}, make_runtime())
    'function-under-test'
    """

    def __init__(self, lambda_context: LambdaContext | None, request_id: str, attempt: str) -> None:
        self.lambda_context = lambda_context
        """Lambda's context, as it was handed over."""
        self.request_id = request_id
        """The id that the caller and every record know; the event source's, or Lambda's."""
        self.attempt = attempt
        """Ours: two deliveries of one event have two attempts."""

    @property
    def metrics(self) -> HandlerMetrics:
        """`metrics.add("PriceFetched", 1, "Count", product_family="books")`."""
        return HandlerMetrics(self)

    @property
    def log(self) -> Any:
        """A structlog logger that carries the request id; everything is redacted.

        Raises:
            UnauditedAccessError: The invocation is over. A logger that was asked
                for in time goes on working.

        """
        state = _state_of(self)
        one = state.invocation
        return state.runtime.log.bind(request_id=one.request_id, attempt=one.attempt)

    @property
    def window(self) -> Window | None:
        """The tumbling window of this record and its `state`, which may be changed; or None."""
        item = _state_of(self).invocation.item
        return item.window if item is not None else None

    def source(self, name: str) -> AuditedSource:
        """Return the data source that AFFIDAVIT_SOURCE_<NAME> configures.

        Raises:
            SettingsError: There is none of that name.
            UnauditedAccessError: The invocation is over.

        """
        _source_of(_state_of(self), name)
        return AuditedSource(name, self)

    def record_change(self, field: str, *, old: object, new: object) -> None:
        """Put a change on record: the field's name, and tokens of both values.

        Equal values have equal tokens, so an auditor can follow a value from
        change to change without reading it (21 CFR 11.10(e)). A subject's salt
        goes into them, if it has one: they are forgotten with the subject.

        Raises:
            UnauditedAccessError: The invocation is over.

        """
        state = _state_of(self)
        subject = state.invocation.subject
        token, salt = state.runtime.tokens().token, subject.salt if subject is not None else ""
        state.invocation.changes.append(
            Change(
                field,
                token(f"value {field}", salt + repr(old)),
                token(f"value {field}", salt + repr(new)),
            )
        )

    def mail(
        self, template: str, to: str | Sequence[str], values: Mapping[str, Any] | None = None
    ) -> None:
        """Ask for a mail, to be sent once the answer is decided and on record.

        `to` names audiences that the deployment knows, or addresses in a domain
        that it allows. `values` go through the redactor before the template gets
        them. Whether the mail is sent changes nothing here; see docs/notify.md.

        Raises:
            UnauditedAccessError: The invocation is over.

        """
        names = (to,) if isinstance(to, str) else tuple(to)
        notice = PendingNotice(Medium.MAIL, template, names, dict(values or {}))
        _state_of(self).invocation.notices.append(notice)

    def announce(self, kind: str, detail: Mapping[str, Any] | None = None) -> None:
        """Ask for an event on the deployment's bus. As `mail` in everything else."""
        notice = PendingNotice(Medium.EVENT, kind, (), dict(detail or {}))
        _state_of(self).invocation.notices.append(notice)

    def __getattr__(self, name: str) -> Any:
        """Pass everything else on to Lambda's context."""
        if name == "lambda_context":  # it is missing in a copy that is being made
            raise AttributeError(name)
        return getattr(self.lambda_context, name)

    def __dir__(self) -> list[str]:
        """List Lambda's attributes too, as they can be used here."""
        return sorted({*object.__dir__(self), *dir(self.lambda_context)})
