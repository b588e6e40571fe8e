"""Every place where a plugin joins affidavit. Read this file first.

Set-up hooks, called once per process, before the first event:

    affidavit_about      say what the plugin is and what it needs
    affidavit_ledgers    offer places to keep records
    affidavit_sources    offer places to read data
    affidavit_notifiers  offer ways to send mail and events
    affidavit_tracers    offer spans
    affidavit_event_sources  offer event sources that are not built in
    affidavit_actor_readers  offer ways to learn who acts

Sealing hooks, called by sealers and by the command line:

    affidavit_archives   offer places to keep sealed evidence
    affidavit_signers    offer keys that sign checkpoints
    affidavit_push_targets  offer places to which sealed records are pushed

Watching hooks, called once per invocation:

    affidavit_finished   look at the closing record

Command-line hooks, never called in a function:

    affidavit_commands   offer commands for `affidavit`

Test hooks, called by the harness, never by an audited function:

    affidavit_test_actions  offer actions for scenarios

Plugins contribute; the core decides. A set-up hook returns objects; the core
sorts them by name and rejects duplicates and wrappers, so the order in which
plugins are installed never matters. A watching hook returns nothing, and what
it raises is logged, not propagated. No hook can change a verdict, a record or
an answer: the seven steps in `invocation.py` are plain calls on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from affidavit._event.event_source import ActorReader, EventSource
    from affidavit._records.archives import ArchiveFactory, PushTargetFactory, SignerFactory
    from affidavit._records.ledger import LedgerFactory
    from affidavit._records.record import Record
    from affidavit._runtime.about import About
    from affidavit._runtime.lazy_command import LazyCommand
    from affidavit._sources.source import SourceFactory
    from affidavit._telemetry.notices import NotifierFactory
    from affidavit._telemetry.tracing import Tracer
    from affidavit._test_actions import AtomicAction

hookspec = pluggy.HookspecMarker("affidavit")
hookimpl = pluggy.HookimplMarker("affidavit")


@hookspec
def affidavit_about() -> About:  # type: ignore[empty-body]
    """Say what the plugin is for, and which packages it needs at run time.

    When: cold start, first. Must not import what it needs.
    Returns: one `About`. A plugin whose needs are not installed is listed as
        unavailable, with the command that installs them, and offers nothing.
    Raises: anything; the cold start fails and says which plugin.
    """


@hookspec
def affidavit_ledgers() -> Sequence[LedgerFactory]:  # type: ignore[empty-body]
    """Offer ledgers, by URL scheme.

    When: cold start, before AFFIDAVIT_LEDGER is opened. Connect lazily.
    Returns: factories. Two plugins offering one scheme is a `PluginError`.
    Raises: anything; the cold start fails and says which plugin.
    """


@hookspec
def affidavit_sources() -> Sequence[SourceFactory]:  # type: ignore[empty-body]
    """Offer data sources, by URL scheme.

    When: cold start, before AFFIDAVIT_SOURCE_<NAME> is opened. Connect lazily.
    Returns: factories. Two plugins offering one scheme is a `PluginError`.
    Raises: anything; the cold start fails and says which plugin.
    """


@hookspec
def affidavit_notifiers() -> Sequence[NotifierFactory]:  # type: ignore[empty-body]
    """Offer notifiers, by URL scheme.

    When: cold start, if AFFIDAVIT_NOTIFY is set. Connect lazily.
    Returns: factories. Two plugins offering one scheme is a `PluginError`.
    Raises: anything; the cold start fails and says which plugin.
    """


@hookspec
def affidavit_tracers() -> Sequence[Tracer]:  # type: ignore[empty-body]
    """Offer a tracer. Without one nothing is traced.

    When: cold start. Its `begin` must not import anything heavy unless the
        invocation is sampled.
    Returns: at most one tracer; a second one, of whatever plugin, is a `PluginError`.
    Raises: anything; the cold start fails and says which plugin.
    """


@hookspec
def affidavit_event_sources() -> Sequence[EventSource]:  # type: ignore[empty-body]
    """Offer event sources, each found by its markers.

    When: cold start.
    Returns: sources. Two plugins offering one `via`, or one that is built in, is a
        `PluginError`. A built-in source with the same marker comes first.
    Raises: anything; the cold start fails and says which plugin.
    """


@hookspec
def affidavit_actor_readers() -> Sequence[ActorReader]:  # type: ignore[empty-body]
    """Offer readers that say who acts where the platform names nobody.

    When: cold start; each is asked once per invocation of its sources, in the order of
        their names, until one knows.
    Returns: readers. Two plugins offering one name is a `PluginError`.
    Raises: anything; the cold start fails and says which plugin.
    """


@hookspec
def affidavit_archives() -> Sequence[ArchiveFactory]:  # type: ignore[empty-body]
    """Offer archives, by URL scheme.

    When: a sealer starts, or a command needs an archive. Connect lazily.
    Returns: factories. Two plugins offering one scheme is a `PluginError`.
    Raises: anything; the start fails and says which plugin.
    """


@hookspec
def affidavit_signers() -> Sequence[SignerFactory]:  # type: ignore[empty-body]
    """Offer keys that sign checkpoints, by URL scheme.

    When: a sealer starts. Connect lazily.
    Returns: factories. Two plugins offering one scheme is a `PluginError`.
    Raises: anything; the start fails and says which plugin.
    """


@hookspec
def affidavit_push_targets() -> Sequence[PushTargetFactory]:  # type: ignore[empty-body]
    """Offer places to which sealed records are pushed, by URL scheme.

    When: `affidavit push` starts. Connect lazily.
    Returns: factories. Two plugins offering one scheme is a `PluginError`.
    Raises: anything; the start fails and says which plugin.
    """


@hookspec
def affidavit_finished(record: Record) -> None:
    """Look at a closing record, after the ledger has kept it.

    When: each invocation, last. Must be quick: the caller is waiting.
    Returns: nothing; a return value is ignored.
    Raises: anything; it is logged as `observer.failed` and goes no further.

    :param record: The closing record. It holds no raw values.
    """


@hookspec
def affidavit_commands() -> Sequence[LazyCommand | click.Command]:  # type: ignore[empty-body]
    """Offer commands or groups for the command line.

    When: `affidavit` starts. A `LazyCommand` is imported when it is used.
    Returns: commands. Two plugins offering one name is a `PluginError`.
    Raises: anything; `affidavit` fails and says which plugin.
    """


@hookspec
def affidavit_test_actions() -> Sequence[AtomicAction]:  # type: ignore[empty-body]
    """Offer actions that scenarios can use.

    When: a scenario is checked or run. Import heavy modules when an action runs.
    Returns: actions. Two plugins offering one name is a `PluginError`.
    Raises: anything; the command or the harness fails and says which plugin.
    """
