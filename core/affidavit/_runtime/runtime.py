"""What is built once per process and shared by every invocation."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import SplitResult

from affidavit._clock import Clock, iso_utc
from affidavit._event.event_source import ActorReader
from affidavit._event.lookup import BUILT_IN, EventSources
from affidavit._gc_pause import with_gc_paused
from affidavit._library import kernel_form
from affidavit._policy.load import load_policy
from affidavit._policy.model import Policy
from affidavit._records.attest import Attestor
from affidavit._records.chain import Chain
from affidavit._records.ledger import Ledger, LedgerFactory, guarded
from affidavit._records.subjects import SubjectTokens
from affidavit._records.tokens import Tokens
from affidavit._redact import Redactor
from affidavit._runtime.event_plugins import offered_readers, offered_sources
from affidavit._runtime.plugins import Plugins, by_name, load_plugins
from affidavit._runtime.settings import Settings, read_settings
from affidavit._sources.source import AnySource
from affidavit._telemetry.capture import own_line
from affidavit._telemetry.log import Logger, make_logger
from affidavit._telemetry.notices import Dispatcher, Notifier
from affidavit._telemetry.tracing import Tracer, held_to
from affidavit._types import Json
from affidavit._version import VERSION
from affidavit.errors import PluginError, SettingsError

Observer = tuple[str, Callable[..., object]]


class Runtime(NamedTuple):
    """Policy, ledger, sources and watchers, checked and in a fixed order.

    >>> make_runtime(policy="hipaa").runtime.policy.name
    'hipaa'
    """

    policy: Policy
    ledger: Ledger
    attestor: Attestor
    tokens: Callable[[], Tokens]
    subjects: SubjectTokens
    redactor: Redactor
    log: Logger
    emit: Callable[[str], None]
    clock: Clock
    sources: Mapping[str, AnySource]
    observers: tuple[Observer, ...]
    namespace: str
    environment: str
    tenant: str
    region: str
    unsafe: tuple[str, ...]
    invocations: Iterator[int]
    """Counts invocations from 0, which is the cold one."""
    dispatcher: Dispatcher = Dispatcher(None)
    tracer: Tracer | None = None
    event_sources: EventSources = BUILT_IN
    actor_readers: tuple[ActorReader, ...] = ()

    def spilled(self) -> int:
        """Return how many entries and salts the spill has taken from this process."""
        return self.attestor.chain.spilled + self.subjects.spilled


def write_line(line: str) -> None:
    """Write one line to stdout, as CloudWatch wants its log lines and its EMF."""
    # Ours has been redacted: it need not be once more where prints are.
    own_line(line)


def build_runtime(
    environ: Mapping[str, str] | None = None,
    *,
    plugins: Plugins | None = None,
    clock: Clock | None = None,
    emit: Callable[[str], None] = write_line,
) -> Runtime:
    """Read the environment, load plugins and policy, open ledger and sources.

    Nothing connects yet: the first invocation does.

    Raises:
        SetupError: One of its subclasses says what is wrong and how to mend it.

    >>> build_runtime({"AFFIDAVIT_LEDGER": "memory:"}).policy.name
    'baseline'
    """
    settings = read_settings(os.environ if environ is None else environ)
    policy = load_policy(settings.policy)
    plugins = plugins or load_plugins(settings.plugins, strict=settings.environment != "local")
    return assemble(
        policy=policy,
        ledger=open_ledger(settings, plugins),
        sources=open_sources(settings, plugins),
        observers=plugins.observers("affidavit_finished"),
        notifier=open_notifier(settings, plugins),
        tracer=find_tracer(policy, settings, plugins),
        clock=clock or Clock(),
        emit=emit,
        log_level=settings.log_level,
        namespace=settings.namespace,
        environment=settings.environment,
        tenant=settings.tenant,
        region=settings.region,
        plugin_names=plugins.labels(),
        event_sources=offered_sources(plugins),
        actor_readers=offered_readers(plugins),
    )._replace(unsafe=settings.unsafe)


def assemble(
    *,
    policy: Policy,
    ledger: Ledger,
    clock: Clock,
    emit: Callable[[str], None],
    sources: Mapping[str, AnySource],
    observers: tuple[Observer, ...] = (),
    notifier: Notifier | None = None,
    tracer: Tracer | None = None,
    log_level: str = "info",
    namespace: str = "affidavit",
    environment: str = "local",
    tenant: str = "",
    region: str = "",
    plugin_names: tuple[str, ...] = (),
    event_sources: EventSources = BUILT_IN,
    actor_readers: tuple[ActorReader, ...] = (),
) -> Runtime:
    """Put a runtime together from parts that are open already."""
    policy = policy.within(environment)
    tokens = _Once(
        lambda: Tokens(guarded("asking for the token key", ledger.keys.token_key), tenant)
    )
    today = iso_utc(clock.now_ms())[:10]
    redactor = Redactor(policy.redaction, tokens=tokens, today=today)
    about: dict[str, Json] = {
        "env": environment,
        "krn": kernel_form(),
        "lib": f"affidavit {VERSION}",
        "pd": policy.digest,
        "plg": list(plugin_names),
        "pol": policy.label,
    }
    chain = Chain(ledger, clock, about, hot_days=policy.retention.hot_days)
    return Runtime(
        policy=policy,
        ledger=ledger,
        attestor=Attestor(chain, remote=ledger.store.remote, tick_ns=clock.tick_ns),
        tokens=tokens,
        subjects=SubjectTokens(tokens, ledger.subjects, spill=ledger.spill, clock=clock),
        redactor=redactor,
        log=make_logger(redactor, clock, emit, log_level),
        emit=emit,
        clock=clock,
        sources=sources,
        observers=observers,
        namespace=namespace,
        environment=environment,
        tenant=tenant,
        region=region,
        unsafe=(),
        invocations=itertools.count(),
        dispatcher=Dispatcher(notifier),
        tracer=tracer,
        event_sources=event_sources,
        actor_readers=actor_readers,
    )


def open_ledger(settings: Settings, plugins: Plugins) -> Ledger:
    """Open the ledger that AFFIDAVIT_LEDGER names.

    Raises:
        SettingsError: No available plugin opens this kind of URL.

    >>> settings = read_settings({"AFFIDAVIT_LEDGER": "memory:"})
    >>> open_ledger(settings, load_plugins()).store.name
    'memory'
    """
    if settings.ledger.scheme == "memory" and settings.in_lambda:
        raise SettingsError(
            "a deployed function cannot keep its ledger in memory",
            why="the evidence would be gone with the process",
            fix="Set AFFIDAVIT_LEDGER to dynamodb://<table>",
        )
    memory = LedgerFactory(scheme="memory", open=_open_memory)
    factory = plugins.opener("affidavit_ledgers", memory)("AFFIDAVIT_LEDGER", settings.ledger)
    ledger: Ledger = factory.open(settings.ledger)
    return ledger


_default: Runtime | None = None
_default_lock = threading.Lock()


def default_runtime() -> Runtime:
    """Return the runtime of this process, built from its environment on first use.

    Raises:
        SetupError: The environment cannot be used; the next call tries again.

    """
    global _default  # noqa: PLW0603 - one process, one writer, one runtime
    with _default_lock:
        if _default is None:
            _default = with_gc_paused(build_runtime)
        return _default


def set_default_runtime(runtime: Runtime | None) -> Runtime | None:
    """Let this process use `runtime` from now on, and return the one that it replaces."""
    global _default
    with _default_lock:
        before, _default = _default, runtime
    return before


def renew_runtime() -> None:
    """Replace this process's runtime by one that nobody has used: no chain, no key, no salt."""
    global _default  # noqa: PLW0603 - see above
    with _default_lock:
        if _default is not None:
            if isinstance(_default.tokens, _Once):
                _default.tokens.forget()  # the old redactor may live on in somebody's logger
            _default = build_runtime()


def open_sources(settings: Settings, plugins: Plugins) -> dict[str, AnySource]:
    """Open every source that AFFIDAVIT_SOURCE_<NAME> configures.

    Raises:
        SettingsError: No available plugin opens one of these URLs.

    >>> open_sources(read_settings({}), Plugins({}))
    {}
    """
    find = plugins.opener("affidavit_sources")
    return {
        name: find(f"AFFIDAVIT_SOURCE_{name.upper()}", url).open(name, url)
        for name, url in settings.sources.items()
    }


def open_notifier(settings: Settings, plugins: Plugins) -> Notifier | None:
    """Open what AFFIDAVIT_NOTIFY names; None if it names nothing.

    Raises:
        SettingsError: No available plugin opens this kind of URL.

    >>> open_notifier(read_settings({}), Plugins({})) is None
    True
    """
    if settings.notify is None:
        return None
    factory = plugins.opener("affidavit_notifiers")("AFFIDAVIT_NOTIFY", settings.notify)
    notifier: Notifier = factory.open(settings.notify)
    return notifier


def find_tracer(policy: Policy, settings: Settings, plugins: Plugins) -> Tracer | None:
    """Return the tracer of the installed plugins; None if the policy samples nothing here.

    Raises:
        PluginError: There are two. A span belongs to one trace.

    """
    found = plugins.collect("affidavit_tracers")
    tracers: Mapping[str, Tracer] = by_name("tracer", found, "name")
    if len(tracers) > 1:
        raise PluginError(
            "two plugins offer a tracer",
            why=f"they are {' and '.join(plugin for plugin, _ in found)}; a span has one home",
            fix="Leave one of them out of AFFIDAVIT_PLUGINS",
        )
    percent = policy.environment(settings.environment).sample_percent
    tracer = next(iter(tracers.values()), None) if percent else None
    return None if tracer is None else held_to(percent, tracer)


def _open_memory(_: SplitResult) -> Ledger:
    # Imported here, because no deployed function needs it.
    from affidavit._records.memory import memory_ledger  # noqa: PLC0415

    return memory_ledger()


class _Once:
    """Calls `make` on first use and keeps what it returned; tries again if it raised."""

    __slots__ = ("_kept", "_make")

    def __init__(self, make: Callable[[], Tokens]) -> None:
        self._make = make
        self._kept: Tokens | None = None

    def __call__(self) -> Tokens:
        kept = self._kept
        if kept is None:
            kept = self._kept = self._make()
        return kept

    def forget(self) -> None:
        self._kept = None
