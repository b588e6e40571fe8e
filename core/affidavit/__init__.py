"""Make any AWS Lambda handler leave sworn evidence of what it did.

Start with `affidavit.invocation` (what happens) and `affidavit.hookspecs`
(where plugins join). Everything that a handler or a plugin may import is here;
`affidavit.testing` has the stand-ins. What is imported from another submodule
may change without notice.
"""

from affidavit.about import About
from affidavit.commands import LazyCommand
from affidavit.context import AuditContext, AuditedSource
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
from affidavit.ledger import (
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
from affidavit.notices import Medium, Notice, Notifier, NotifierFactory
from affidavit.record import Record
from affidavit.redact import Clean
from affidavit.runtime import Runtime, build_runtime
from affidavit.sources import Permit, Query, Row, Scalar, Source, SourceFactory
from affidavit.tokens import TokenKey
from affidavit.tracing import Span, Tracer
from affidavit.types import LambdaContext, Token, WriterId
from affidavit.version import VERSION
from affidavit.wrap import audited

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
