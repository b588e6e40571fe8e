"""What is built once per process and shared by every invocation."""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult

from affidavit.attest import Attestor
from affidavit.chain import Chain
from affidavit.clock import Clock, iso_utc
from affidavit.errors import SettingsError
from affidavit.ledger import Ledger, LedgerFactory, guarded
from affidavit.load_policy import load_policy
from affidavit.log import Logger, make_logger
from affidavit.plugins import Plugins, by_name, load_plugins
from affidavit.policy import Policy
from affidavit.redact import Redactor
from affidavit.settings import Settings, read_settings
from affidavit.sources import Source, SourceFactory
from affidavit.subjects import SubjectTokens
from affidavit.tokens import Tokens
from affidavit.types import Json
from affidavit.version import VERSION

Watcher = tuple[str, Callable[..., object]]


class Runtime(NamedTuple):
    """Policy, ledger, sources and watchers, checked and in a fixed order."""

    policy: Policy
    ledger: Ledger
    attestor: Attestor
    tokens: Callable[[], Tokens]
    subjects: SubjectTokens
    redactor: Redactor
    log: Logger
    emit: Callable[[str], None]
    clock: Clock
    sources: Mapping[str, Source]
    watchers: tuple[Watcher, ...]
    namespace: str
    environment: str
    tenant: str
    region: str
    unsafe: tuple[str, ...]
    invocations: Iterator[int]
    """Counts invocations from 0, which is the cold one."""


def write_line(line: str) -> None:
    """Write one line to stdout, as CloudWatch wants its log lines and its EMF."""
    sys.stdout.write(line + "\n")


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

    """
    settings = read_settings(os.environ if environ is None else environ)
    policy = load_policy(settings.policy)
    plugins = plugins or load_plugins(settings.plugins)
    return assemble(
        policy=policy,
        ledger=open_ledger(settings, plugins),
        sources=open_sources(settings, plugins),
        watchers=plugins.watchers("affidavit_finished"),
        clock=clock or Clock(),
        emit=emit,
        log_level=settings.log_level,
        namespace=settings.namespace,
        environment=settings.environment,
        tenant=settings.tenant,
        region=settings.region,
        plugin_names=tuple(f"{item.name}@{item.version}" for item in plugins.listing()),
    )


def assemble(
    *,
    policy: Policy,
    ledger: Ledger,
    clock: Clock,
    emit: Callable[[str], None],
    sources: Mapping[str, Source],
    watchers: tuple[Watcher, ...] = (),
    log_level: str = "info",
    namespace: str = "affidavit",
    environment: str = "local",
    tenant: str = "",
    region: str = "",
    plugin_names: tuple[str, ...] = (),
) -> Runtime:
    """Put a runtime together from parts that are open already."""
    tokens = _once(
        lambda: Tokens(guarded("asking for the token key", ledger.keys.token_key), tenant)
    )
    today = iso_utc(clock.now_ms())[:10]
    redactor = Redactor(policy.redaction, tokens=tokens, today=today)
    about: dict[str, Json] = {
        "env": environment,
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
        subjects=SubjectTokens(tokens, ledger.subjects),
        redactor=redactor,
        log=make_logger(redactor, clock, emit, log_level),
        emit=emit,
        clock=clock,
        sources=sources,
        watchers=watchers,
        namespace=namespace,
        environment=environment,
        tenant=tenant,
        region=region,
        unsafe=(),
        invocations=itertools.count(),
    )


def open_ledger(settings: Settings, plugins: Plugins) -> Ledger:
    """Open the ledger that AFFIDAVIT_LEDGER names.

    Raises:
        SettingsError: No available plugin opens this kind of URL.

    """
    factories: Mapping[str, LedgerFactory] = {
        "memory": LedgerFactory(scheme="memory", open=_open_memory),
        **by_name("ledger scheme", plugins.collect("affidavit_ledgers"), "scheme"),
    }
    if settings.ledger.scheme == "memory" and settings.in_lambda:
        raise SettingsError(
            "a deployed function cannot keep its ledger in memory",
            why="the evidence would be gone with the process",
            fix="Set AFFIDAVIT_LEDGER to dynamodb://<table>",
        )
    factory = _factory("AFFIDAVIT_LEDGER", settings.ledger, factories, plugins)
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
            _default = build_runtime()
        return _default


def open_sources(settings: Settings, plugins: Plugins) -> dict[str, Source]:
    """Open every source that AFFIDAVIT_SOURCE_<NAME> configures.

    Raises:
        SettingsError: No available plugin opens one of these URLs.

    """
    factories: Mapping[str, SourceFactory] = by_name(
        "source scheme", plugins.collect("affidavit_sources"), "scheme"
    )
    return {
        name: _factory(f"AFFIDAVIT_SOURCE_{name.upper()}", url, factories, plugins).open(name, url)
        for name, url in settings.sources.items()
    }


def _factory(
    variable: str, url: SplitResult, factories: Mapping[str, Any], plugins: Plugins
) -> Any:
    if url.scheme in factories:
        return factories[url.scheme]
    unavailable = plugins.unavailable()
    hints = [plugins.install_hint(name) for name in sorted(unavailable)]
    raise SettingsError(
        f"{variable} has a scheme that no available plugin opens",
        why=f"available: {', '.join(sorted(factories)) or 'none'}; "
        f"not installed completely: {', '.join(sorted(unavailable)) or 'none'}",
        fix="; ".join(hints)
        if hints
        else "Correct the URL, or add its plugin to AFFIDAVIT_PLUGINS",
    )


def _open_memory(_: SplitResult) -> Ledger:
    # Imported here, because no deployed function needs it.
    from affidavit.memory import memory_ledger  # noqa: PLC0415

    return memory_ledger()


def _once(make: Callable[[], Tokens]) -> Callable[[], Tokens]:
    """Call `make` on first use and keep what it returned; try again if it raised."""
    kept: list[Tokens] = []

    def get() -> Tokens:
        if not kept:
            kept.append(make())
        return kept[0]

    return get
