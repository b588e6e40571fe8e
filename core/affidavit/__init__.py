"""Make any AWS Lambda handler leave sworn evidence of what it did.

Start with `affidavit._invocation.steps` (what happens) and `affidavit.hookspecs`
(where plugins join). Here is what authors of handlers import; `affidavit.plugin`
has what plugins need, and `affidavit.testing` the stand-ins for tests. Modules
that begin with an underscore may change without notice.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from affidavit import _library  # noqa: F401 - first, because it finds what is compiled
from affidavit._gc_pause import with_gc_paused as _paused
from affidavit._version import VERSION

if TYPE_CHECKING:
    from affidavit._invocation.audit_context import AuditContext as AuditContext
    from affidavit._invocation.audit_context import AuditedSource as AuditedSource
    from affidavit._invocation.decorator import audited as audited
    from affidavit._runtime.runtime import Runtime as Runtime
    from affidavit._sources.request_template import RequestTemplate as RequestTemplate
    from affidavit._sources.source import Query as Query
    from affidavit._sources.source import Row as Row
    from affidavit._sources.source import Scalar as Scalar
    from affidavit._types import LambdaContext as LambdaContext
    from affidavit.errors import AffidavitError as AffidavitError
    from affidavit.errors import AttestationError as AttestationError
    from affidavit.errors import ConflictError as ConflictError
    from affidavit.errors import DeferredError as DeferredError
    from affidavit.errors import ForbiddenError as ForbiddenError
    from affidavit.errors import HandlerError as HandlerError
    from affidavit.errors import InvalidRequestError as InvalidRequestError
    from affidavit.errors import LedgerConflictError as LedgerConflictError
    from affidavit.errors import LedgerError as LedgerError
    from affidavit.errors import LedgerKeyError as LedgerKeyError
    from affidavit.errors import LedgerMissingError as LedgerMissingError
    from affidavit.errors import LedgerRefusedError as LedgerRefusedError
    from affidavit.errors import LedgerUnavailableError as LedgerUnavailableError
    from affidavit.errors import NotFoundError as NotFoundError
    from affidavit.errors import PluginError as PluginError
    from affidavit.errors import PolicyError as PolicyError
    from affidavit.errors import RefusedError as RefusedError
    from affidavit.errors import SettingsError as SettingsError
    from affidavit.errors import SetupError as SetupError
    from affidavit.errors import SourceError as SourceError
    from affidavit.errors import SourceForbiddenError as SourceForbiddenError
    from affidavit.errors import SourceTimeoutError as SourceTimeoutError
    from affidavit.errors import SourceUnavailableError as SourceUnavailableError
    from affidavit.errors import StatementError as StatementError
    from affidavit.errors import TooLargeError as TooLargeError
    from affidavit.errors import UnauditedAccessError as UnauditedAccessError
    from affidavit.errors import UnauthenticatedError as UnauthenticatedError

_NAMES: Final = {
    "errors": (
        "AffidavitError AttestationError ConflictError DeferredError ForbiddenError HandlerError "
        "InvalidRequestError LedgerConflictError LedgerError LedgerKeyError LedgerMissingError "
        "LedgerRefusedError LedgerUnavailableError NotFoundError PluginError PolicyError "
        "RefusedError SettingsError SetupError SourceError SourceForbiddenError "
        "SourceTimeoutError SourceUnavailableError StatementError TooLargeError "
        "UnauditedAccessError UnauthenticatedError"
    ),
    "_invocation.audit_context": "AuditContext AuditedSource",
    "_invocation.decorator": "audited",
    "_runtime.runtime": "Runtime",
    "_sources.request_template": "RequestTemplate",
    "_sources.source": "Query Row Scalar",
    "_types": "LambdaContext",
}
"""What is made in each module."""

_HOME: Final = {name: module for module, names in _NAMES.items() for name in names.split()}
"""Where each name is made."""

__version__ = VERSION

__all__ = [*sorted([*_HOME, "__version__"])]  # noqa: PLE0604 - the names of the table


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for: a command pays for what it uses, and no more."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_paused(lambda: import_module(f"affidavit.{home}")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List what can be imported from here."""
    return [*__all__]
