"""Make any AWS Lambda handler leave sworn evidence of what it did.

Start with `affidavit._invocation.steps` (what happens) and `affidavit.hookspecs`
(where plugins join). Everything that a handler or a plugin may import is here;
`affidavit.testing` has the stand-ins. What is imported from another submodule
may change without notice.
"""

from affidavit._invocation.audit_context import AuditContext, AuditedSource
from affidavit._invocation.decorator import audited
from affidavit._records.ledger import (
    ChainKey,
    Entry,
    Ledger,
    LedgerFactory,
    LedgerKeys,
    LedgerReader,
    LedgerSpill,
    LedgerStore,
    LedgerSubjects,
)
from affidavit._records.record import Record
from affidavit._records.tokens import TokenKey
from affidavit._redact import Clean
from affidavit._runtime.about import About
from affidavit._runtime.lazy_command import LazyCommand
from affidavit._runtime.runtime import Runtime, build_runtime
from affidavit._sources.source import Permit, Query, Row, Scalar, Source, SourceFactory
from affidavit._telemetry.notices import Medium, Notice, Notifier, NotifierFactory
from affidavit._telemetry.tracing import Span, Tracer
from affidavit._types import LambdaContext, Token, WriterId
from affidavit._version import VERSION
from affidavit.errors import (
    AffidavitError,
    AttestationError,
    ConflictError,
    DeferredError,
    ForbiddenError,
    HandlerError,
    InvalidRequestError,
    LedgerConflictError,
    LedgerError,
    LedgerKeyError,
    LedgerMissingError,
    LedgerUnavailableError,
    NotFoundError,
    PluginError,
    PolicyError,
    RefusedError,
    SettingsError,
    SetupError,
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
    TooLargeError,
    UnauditedAccessError,
    UnauthenticatedError,
)
from affidavit.hookspecs import hookimpl

__version__ = VERSION

__all__ = [
    "About",
    "AffidavitError",
    "AttestationError",
    "AuditContext",
    "AuditedSource",
    "ChainKey",
    "Clean",
    "ConflictError",
    "DeferredError",
    "Entry",
    "ForbiddenError",
    "HandlerError",
    "InvalidRequestError",
    "LambdaContext",
    "LazyCommand",
    "Ledger",
    "LedgerConflictError",
    "LedgerError",
    "LedgerFactory",
    "LedgerKeyError",
    "LedgerKeys",
    "LedgerMissingError",
    "LedgerReader",
    "LedgerSpill",
    "LedgerStore",
    "LedgerSubjects",
    "LedgerUnavailableError",
    "Medium",
    "NotFoundError",
    "Notice",
    "Notifier",
    "NotifierFactory",
    "Permit",
    "PluginError",
    "PolicyError",
    "Query",
    "Record",
    "RefusedError",
    "Row",
    "Runtime",
    "Scalar",
    "SettingsError",
    "SetupError",
    "Source",
    "SourceError",
    "SourceFactory",
    "SourceForbiddenError",
    "SourceTimeoutError",
    "SourceUnavailableError",
    "Span",
    "StatementError",
    "Token",
    "TokenKey",
    "TooLargeError",
    "Tracer",
    "UnauditedAccessError",
    "UnauthenticatedError",
    "WriterId",
    "__version__",
    "audited",
    "build_runtime",
    "hookimpl",
]
