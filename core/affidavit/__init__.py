"""Make any AWS Lambda handler leave sworn evidence of what it did.

Start with `affidavit._invocation.steps` (what happens) and `affidavit.hookspecs`
(where plugins join). Here is what authors of handlers import; `affidavit.plugin`
has what plugins need, and `affidavit.testing` the stand-ins for tests. Modules
that begin with an underscore may change without notice.
"""

import typing

from affidavit import _library  # noqa: F401 - first, because it finds what is compiled
from affidavit._invocation.audit_context import AuditContext, AuditedSource
from affidavit._invocation.decorator import audited
from affidavit._runtime.runtime import Runtime
from affidavit._sources.source import Query, Row, Scalar
from affidavit._types import LambdaContext
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
    LedgerRefusedError,
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

if typing.TYPE_CHECKING:
    from affidavit._sources.request_template import RequestTemplate

__version__ = VERSION

__all__ = [
    "AffidavitError",
    "AttestationError",
    "AuditContext",
    "AuditedSource",
    "ConflictError",
    "DeferredError",
    "ForbiddenError",
    "HandlerError",
    "InvalidRequestError",
    "LambdaContext",
    "LedgerConflictError",
    "LedgerError",
    "LedgerKeyError",
    "LedgerMissingError",
    "LedgerRefusedError",
    "LedgerUnavailableError",
    "NotFoundError",
    "PluginError",
    "PolicyError",
    "Query",
    "RefusedError",
    "RequestTemplate",
    "Row",
    "Runtime",
    "Scalar",
    "SettingsError",
    "SetupError",
    "SourceError",
    "SourceForbiddenError",
    "SourceTimeoutError",
    "SourceUnavailableError",
    "StatementError",
    "TooLargeError",
    "UnauditedAccessError",
    "UnauthenticatedError",
    "__version__",
    "audited",
]


def __getattr__(name: str) -> typing.Any:
    """Import what only functions with a request need, when one asks for it."""
    if name == "RequestTemplate":
        from affidavit._sources.request_template import RequestTemplate  # noqa: PLC0415

        return RequestTemplate
    raise AttributeError(f"module affidavit has no attribute {name!r}")
