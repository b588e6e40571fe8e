"""What a handler gets besides the request: sources, metrics, a log, and Lambda's context."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, final

from affidavit._policy.model import Literals
from affidavit._records.record import Change, Read
from affidavit._sources.source import Permit, Query, Row, Scalar, Source
from affidavit._telemetry.notices import Medium, PendingNotice
from affidavit._telemetry.tracing import NO_SPAN, SafeSpan
from affidavit.errors import SettingsError, StatementError, UnauditedAccessError

if TYPE_CHECKING:
    from affidavit._records.attest import Declaration
    from affidavit._records.tokens import Tokens
    from affidavit._telemetry.emf import Metrics
    from affidavit._telemetry.log import Logger
    from affidavit._types import LambdaContext

MAX_ROWS = 1000
"""How many rows `fetch_all` returns unless told otherwise."""

NOT_ANSWERED = -1
"""The row count on record of a statement that failed: it was tried all the same."""


@final
class AuditedSource:
    """One data source, for the duration of one invocation."""

    __slots__ = ("_context", "_source")

    def __init__(self, source: Source, context: AuditContext) -> None:
        self._source = source
        self._context = context

    def fetch_one(self, query: Query, binds: Mapping[str, Scalar] | None = None) -> Row | None:
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
        query: Query,
        binds: Mapping[str, Scalar] | None = None,
        *,
        max_rows: int = MAX_ROWS,
    ) -> Sequence[Row]:
        """Return every row that `query` finds, at most `max_rows` of them.

        More than that is an error, never a result that was cut off. Raises as
        `fetch_one` does.
        """
        return self._run(query, binds or {}, max_rows)

    def execute(self, query: Query, binds: Mapping[str, Scalar] | None = None) -> Sequence[Row]:
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

    def _run(self, query: Query, binds: Mapping[str, Scalar], max_rows: int) -> Sequence[Row]:
        query.check_binds(binds)
        context = self._context
        if context.literals is Literals.REFUSE:
            # Here and not when the query is made: a module constant is made
            # before there is a policy.
            query.check_literals()
        permit = context.permit()
        if query.write:
            context.declaration.settle()
        found = NOT_ANSWERED
        context.span.enter(f"{self._source.name}.{query.name}")
        try:
            rows = self._source.run(permit, query, binds, max_rows=max_rows)
            found = len(rows)
        finally:
            context.span.leave(failed=found == NOT_ANSWERED)
            names = tuple(sorted(query.binds))
            context.reads.append(Read(self._source.name, query.name, names, found))
        # The read and the opening record's write ran side by side; nothing that
        # was read goes on before the record is kept.
        context.declaration.settle()
        return rows


@final
class AuditContext:
    """What a handler may use. Attributes of Lambda's own context work here too."""

    def __init__(
        self,
        *,
        lambda_context: LambdaContext | None,
        request_id: str,
        attempt: str,
        sources: Mapping[str, Source],
        permit: Callable[[], Permit],
        literals: Literals,
        declaration: Declaration,
        metrics: Metrics,
        log: Logger,
        tokens: Tokens,
        salt: str,
        span: SafeSpan = NO_SPAN,
    ) -> None:
        self.lambda_context = lambda_context
        """Lambda's context, as it was handed over."""
        self.request_id = request_id
        """The id that the caller and every record know; the event source's, or Lambda's."""
        self.attempt = attempt
        """Ours: two deliveries of one event have two attempts."""
        self.metrics = metrics
        """`metrics.add("PriceFetched", 1, "Count", product_family="books")`."""
        self.literals = literals
        self.declaration = declaration
        self.reads: list[Read] = []
        self.changes: list[Change] = []
        self.wishes: list[PendingNotice] = []
        self.span = span
        self._sources = sources
        self._permit: Callable[[], Permit] | None = permit
        self._log = log
        self._tokens = tokens
        self._salt = salt

    @property
    def log(self) -> Any:
        """A structlog logger that carries the request id; everything is redacted."""
        return self._log.bind(request_id=self.request_id, attempt=self.attempt)

    def source(self, name: str) -> AuditedSource:
        """Return the data source that AFFIDAVIT_SOURCE_<NAME> configures.

        Raises:
            SettingsError: There is none of that name.

        """
        try:
            return AuditedSource(self._sources[name], self)
        except KeyError:
            known = ", ".join(sorted(self._sources)) or "none"
        raise SettingsError(
            "the handler asks for a source that is not configured",
            why=f"configured: {known}",
            fix="Set AFFIDAVIT_SOURCE_<NAME> to the source's URL",
        )

    def record_change(self, field: str, *, old: object, new: object) -> None:
        """Put a change on record: the field's name, and tokens of both values.

        Equal values have equal tokens, so an auditor can follow a value from
        change to change without reading it (21 CFR 11.10(e)). A subject's salt
        goes into them, if it has one: they are forgotten with the subject.
        """
        self.changes.append(
            Change(
                field,
                self._tokens.token(f"value {field}", self._salt + repr(old)),
                self._tokens.token(f"value {field}", self._salt + repr(new)),
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
        self._wish(PendingNotice(Medium.MAIL, template, names, dict(values or {})))

    def announce(self, kind: str, detail: Mapping[str, Any] | None = None) -> None:
        """Ask for an event on the deployment's bus. As `mail` in everything else."""
        self._wish(PendingNotice(Medium.EVENT, kind, (), dict(detail or {})))

    def _wish(self, wish: PendingNotice) -> None:
        self.permit()
        self.wishes.append(wish)

    def permit(self) -> Permit:
        """Return leave to read now, while the invocation lasts.

        Raises:
            UnauditedAccessError: The invocation is over.

        """
        if self._permit is None:
            raise UnauditedAccessError(
                "a source was used after its invocation",
                why="the closing record has been written already",
                fix="Read inside the handler; do not keep `context` or its sources",
            )
        return self._permit()

    def close(self) -> None:
        """End every right that this context gives."""
        self._permit = None

    def __getattr__(self, name: str) -> Any:
        """Pass everything else on to Lambda's context."""
        return getattr(self.lambda_context, name)
