"""Everything that a plugin needs: hooks, their protocols and values, and what helps to write one.

    from affidavit.plugin import About, SourceFactory, check_permit, hookimpl

Names are imported from where they are made when they are first asked for, so a
function pays only for those that its plugins use. `affidavit` has what authors
of handlers import, errors among them; `affidavit.testing` has contract checks.
Modules that begin with an underscore may change without notice.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from affidavit._canonical import canonical_bytes as canonical_bytes
    from affidavit._canonical import is_canonical as is_canonical
    from affidavit._canonical import plain_text as plain_text
    from affidavit._clock import Clock as Clock
    from affidavit._clock import iso_utc as iso_utc
    from affidavit._clock import now_ms as now_ms
    from affidavit._event.event_source import ActorReader as ActorReader
    from affidavit._event.event_source import Claim as Claim
    from affidavit._event.event_source import Delivery as Delivery
    from affidavit._event.event_source import EventSource as EventSource
    from affidavit._event.event_source import ItemAnswer as ItemAnswer
    from affidavit._event.event_source import Report as Report
    from affidavit._event.schemas import event_names as event_names
    from affidavit._event.schemas import event_schema as event_schema
    from affidavit._event.validate import InvalidDataError as InvalidDataError
    from affidavit._event.validate import parse_json as parse_json
    from affidavit._event.validate import write_json as write_json
    from affidavit._invocation.decorator import spec_of as spec_of
    from affidavit._invocation.handler_spec import HandlerSpec as HandlerSpec
    from affidavit._invocation.steps import invoke as invoke
    from affidavit._library import kernel_form as kernel_form
    from affidavit._policy.access_rules import SourceRules as SourceRules
    from affidavit._policy.load import POLICY_FORMAT as POLICY_FORMAT
    from affidavit._policy.load import SHIPPED_POLICIES as SHIPPED_POLICIES
    from affidavit._policy.load import load_policy as load_policy
    from affidavit._policy.load import policy_digest as policy_digest
    from affidavit._policy.load import policy_from as policy_from
    from affidavit._policy.load import shipped_policies as shipped_policies
    from affidavit._policy.model import DEFAULT_ENVIRONMENT as DEFAULT_ENVIRONMENT
    from affidavit._policy.model import ENVIRONMENT_NAME as ENVIRONMENT_NAME
    from affidavit._policy.model import EnvironmentProperties as EnvironmentProperties
    from affidavit._policy.model import Policy as Policy
    from affidavit._policy.model import PolicyRule as PolicyRule
    from affidavit._policy.model import RequestLimits as RequestLimits
    from affidavit._policy.model import Retention as Retention
    from affidavit._policy.words import Declare as Declare
    from affidavit._policy.words import Form as Form
    from affidavit._policy.words import Literals as Literals
    from affidavit._policy.words import Merge as Merge
    from affidavit._policy.words import RedactionAction as RedactionAction
    from affidavit._policy.words import Setting as Setting
    from affidavit._policy.words import Sink as Sink
    from affidavit._policy.words import SinkMode as SinkMode
    from affidavit._policy.words import Trust as Trust
    from affidavit._records.archives import Archive as Archive
    from affidavit._records.archives import ArchiveFactory as ArchiveFactory
    from affidavit._records.archives import PushTarget as PushTarget
    from affidavit._records.archives import PushTargetFactory as PushTargetFactory
    from affidavit._records.archives import Signer as Signer
    from affidavit._records.archives import SignerFactory as SignerFactory
    from affidavit._records.archives import Workspace as Workspace
    from affidavit._records.chain import EVOLVE as EVOLVE
    from affidavit._records.chain import MAC_BYTES as MAC_BYTES
    from affidavit._records.chain import URLSAFE as URLSAFE
    from affidavit._records.chain import Chain as Chain
    from affidavit._records.chain import evolve as evolve
    from affidavit._records.chain import first_link as first_link
    from affidavit._records.chain import seal as seal
    from affidavit._records.ledger import ChainKey as ChainKey
    from affidavit._records.ledger import Entry as Entry
    from affidavit._records.ledger import Ledger as Ledger
    from affidavit._records.ledger import LedgerFactory as LedgerFactory
    from affidavit._records.ledger import LedgerKeys as LedgerKeys
    from affidavit._records.ledger import LedgerReader as LedgerReader
    from affidavit._records.ledger import LedgerSpill as LedgerSpill
    from affidavit._records.ledger import LedgerStore as LedgerStore
    from affidavit._records.ledger import LedgerSubjects as LedgerSubjects
    from affidavit._records.ledger import Spilled as Spilled
    from affidavit._records.ledger import SubjectSalt as SubjectSalt
    from affidavit._records.local_keys import LOCAL_SEED_BYTES as LOCAL_SEED_BYTES
    from affidavit._records.local_keys import LocalKeys as LocalKeys
    from affidavit._records.record import RECORD_FORMAT as RECORD_FORMAT
    from affidavit._records.record import Draft as Draft
    from affidavit._records.record import Facts as Facts
    from affidavit._records.record import Origin as Origin
    from affidavit._records.record import Outcome as Outcome
    from affidavit._records.record import Phase as Phase
    from affidavit._records.record import Record as Record
    from affidavit._records.record import Status as Status
    from affidavit._records.record import state as state
    from affidavit._records.spill_line import pack_spilled as pack_spilled
    from affidavit._records.spill_line import unpack_spilled as unpack_spilled
    from affidavit._records.subjects import SubjectTokens as SubjectTokens
    from affidavit._records.subjects import add_salt as add_salt
    from affidavit._records.subjects import salts_of as salts_of
    from affidavit._records.tokens import TokenKey as TokenKey
    from affidavit._records.tokens import Tokens as Tokens
    from affidavit._redact.classify.key_words import entity_of as entity_of
    from affidavit._redact.redactor import Redactor as Redactor
    from affidavit._redact.types.clean import Clean as Clean
    from affidavit._redact.types.entities import ENTITIES as ENTITIES
    from affidavit._runtime.about import About as About
    from affidavit._runtime.command_result import CommandResult as CommandResult
    from affidavit._runtime.lazy_command import LazyCommand as LazyCommand
    from affidavit._runtime.plugins import Listing as Listing
    from affidavit._runtime.plugins import Plugins as Plugins
    from affidavit._runtime.plugins import by_name as by_name
    from affidavit._runtime.plugins import load_plugins as load_plugins
    from affidavit._runtime.runtime import Runtime as Runtime
    from affidavit._runtime.runtime import build_runtime as build_runtime
    from affidavit._runtime.runtime import open_ledger as open_ledger
    from affidavit._runtime.runtime import open_notifier as open_notifier
    from affidavit._runtime.runtime import open_sources as open_sources
    from affidavit._runtime.settings import Settings as Settings
    from affidavit._runtime.settings import read_settings as read_settings
    from affidavit._runtime.url_parameters import UrlParameters as UrlParameters
    from affidavit._sources.source import Permit as Permit
    from affidavit._sources.source import Query as Query
    from affidavit._sources.source import RequestSource as RequestSource
    from affidavit._sources.source import Row as Row
    from affidavit._sources.source import Scalar as Scalar
    from affidavit._sources.source import Source as Source
    from affidavit._sources.source import SourceFactory as SourceFactory
    from affidavit._sources.source import TransactionalSource as TransactionalSource
    from affidavit._sources.source import check_permit as check_permit
    from affidavit._telemetry.capture import processor as processor
    from affidavit._telemetry.emf import emf_line as emf_line
    from affidavit._telemetry.notices import Medium as Medium
    from affidavit._telemetry.notices import Notice as Notice
    from affidavit._telemetry.notices import Notifier as Notifier
    from affidavit._telemetry.notices import NotifierFactory as NotifierFactory
    from affidavit._telemetry.tracing import Span as Span
    from affidavit._telemetry.tracing import Tracer as Tracer
    from affidavit._test_actions import ActionCall as ActionCall
    from affidavit._test_actions import ActionContext as ActionContext
    from affidavit._test_actions import ActionError as ActionError
    from affidavit._test_actions import ActionParams as ActionParams
    from affidavit._test_actions import ActionResult as ActionResult
    from affidavit._test_actions import AtomicAction as AtomicAction
    from affidavit._test_actions import Effect as Effect
    from affidavit._test_actions import FunctionAnswer as FunctionAnswer
    from affidavit._test_actions import Grant as Grant
    from affidavit._test_actions import LocalFunction as LocalFunction
    from affidavit._test_actions import ScenarioRun as ScenarioRun
    from affidavit._test_actions import always as always
    from affidavit._types import Json as Json
    from affidavit._types import LambdaContext as LambdaContext
    from affidavit._types import Token as Token
    from affidavit._types import WriterId as WriterId
    from affidavit._version import VERSION as VERSION
    from affidavit.hookspecs import hookimpl as hookimpl

_NAMES: Final = {
    "_canonical": "canonical_bytes is_canonical plain_text",
    "_clock": "Clock iso_utc now_ms",
    "_event.event_source": "ActorReader Claim Delivery EventSource ItemAnswer Report",
    "_event.schemas": "event_names event_schema",
    "_event.validate": "InvalidDataError parse_json write_json",
    "hookspecs": "hookimpl",
    "_invocation.decorator": "spec_of",
    "_invocation.handler_spec": "HandlerSpec",
    "_invocation.steps": "invoke",
    "_library": "kernel_form",
    "_policy.access_rules": "SourceRules",
    "_policy.load": (
        "POLICY_FORMAT SHIPPED_POLICIES load_policy policy_digest policy_from shipped_policies"
    ),
    "_policy.model": (
        "DEFAULT_ENVIRONMENT ENVIRONMENT_NAME EnvironmentProperties Policy PolicyRule "
        "RequestLimits Retention"
    ),
    "_policy.words": "Declare Form Literals Merge RedactionAction Setting Sink SinkMode Trust",
    "_records.archives": (
        "Archive ArchiveFactory PushTarget PushTargetFactory Signer SignerFactory Workspace"
    ),
    "_records.chain": "Chain EVOLVE MAC_BYTES URLSAFE evolve first_link seal",
    "_records.ledger": (
        "ChainKey Entry Ledger LedgerFactory LedgerKeys LedgerReader LedgerSpill LedgerStore "
        "LedgerSubjects Spilled SubjectSalt"
    ),
    "_records.local_keys": "LOCAL_SEED_BYTES LocalKeys",
    "_records.record": "Draft Facts Origin Outcome Phase RECORD_FORMAT Record Status state",
    "_records.spill_line": "pack_spilled unpack_spilled",
    "_records.subjects": "SubjectTokens add_salt salts_of",
    "_records.tokens": "TokenKey Tokens",
    "_redact.classify.key_words": "entity_of",
    "_redact.redactor": "Redactor",
    "_redact.types.clean": "Clean",
    "_redact.types.entities": "ENTITIES",
    "_runtime.about": "About",
    "_runtime.command_result": "CommandResult",
    "_runtime.lazy_command": "LazyCommand",
    "_runtime.plugins": "Listing Plugins by_name load_plugins",
    "_runtime.runtime": "Runtime build_runtime open_ledger open_notifier open_sources",
    "_runtime.settings": "Settings read_settings",
    "_runtime.url_parameters": "UrlParameters",
    "_sources.source": (
        "Permit Query RequestSource Row Scalar Source SourceFactory TransactionalSource "
        "check_permit"
    ),
    "_telemetry.capture": "processor",
    "_telemetry.emf": "emf_line",
    "_telemetry.notices": "Medium Notice Notifier NotifierFactory",
    "_telemetry.tracing": "Span Tracer",
    "_test_actions": (
        "ActionCall ActionContext ActionError ActionParams ActionResult AtomicAction Effect "
        "FunctionAnswer Grant LocalFunction ScenarioRun always"
    ),
    "_types": "Json LambdaContext Token WriterId",
    "_version": "VERSION",
}
"""What is made in each module."""

_HOME: Final = {name: module for module, names in _NAMES.items() for name in names.split()}
"""Where each name is made."""

__all__ = [*sorted(_HOME)]  # noqa: PLE0604 - the names of the table


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"affidavit.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List what can be imported from here."""
    return [*__all__]
