"""Load plugins, check them, and call each on its own, in name order.

Only this module and `hookspecs.py` import pluggy. A plugin is code in the same
process: what is checked here protects against accidents, not against malice.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import SplitResult

import pluggy

from affidavit import hookspecs
from affidavit._runtime.about import About
from affidavit.errors import PluginError, SettingsError

GROUP = "affidavit"
"""The entry-point group of plugins, and pluggy's project name."""


class Listing(NamedTuple):
    """One plugin as `affidavit plugins list` shows it.

    It is unavailable if there is anything in `missing`, or in `failed`: the type
    of the exception that its import raised.

    >>> "sqlite" in {listing.name for listing in load_plugins().listing()}
    True
    """

    name: str
    version: str
    summary: str
    hooks: tuple[str, ...]
    missing: tuple[str, ...]
    extra: str
    failed: str = ""


class Plugins:
    """The plugins of one process, checked and in name order.

    >>> list(Plugins({}).listing())
    []
    """

    def __init__(
        self, modules: Mapping[str, object], failed: Mapping[str, str] | None = None
    ) -> None:
        """Register `modules` by name. `failed` says what the import of others raised.

        Raises:
            PluginError: A plugin has an unknown hook or a wrapper, or fails.

        """
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self._missing: dict[str, tuple[str, ...]] = {}
        self._failed = dict(failed or {})
        self._about: dict[str, About] = {}
        for name in sorted(modules):
            self._register(name, modules[name])
        self._refuse_unknown_hooks()
        self._refuse_wrappers()
        for name, about in self._call("affidavit_about"):
            if not isinstance(about, About):
                raise _not_asked_for(name, "affidavit_about", about)
            self._about[name] = about
            if about.missing():
                self._missing[name] = about.missing()

    def collect(self, hook: str) -> list[tuple[str, Any]]:
        """Return what every available plugin offers through `hook`, with its name.

        Raises:
            PluginError: A plugin failed. Its message is not repeated.

        """
        found: list[tuple[str, Any]] = []
        for name, things in self._call(hook):
            if not isinstance(things, Sequence):
                raise _not_asked_for(name, hook, things)
            found += [(name, thing) for thing in things]
        return found

    def opener(self, hook: str, *own: Any) -> Callable[[str, SplitResult], Any]:
        """Return what finds the factory of a URL, of those that `hook` offers and of our `own`.

        It is asked with what the error calls the place where the URL stands, and the URL; it
        raises `SettingsError` if no available plugin opens such a one.

        Raises:
            PluginError: Two plugins open the same kind of URL.

        """
        kind = hook.removeprefix("affidavit_").removesuffix("s").replace("_", " ")
        offers = [*(("affidavit", one) for one in own), *self.collect(hook)]
        factories = by_name(f"{kind} scheme", offers, "scheme")

        def find(variable: str, url: SplitResult) -> Any:
            if url.scheme in factories:
                return factories[url.scheme]
            lacking = sorted(self.unavailable())
            parts = f"; not installed completely: {', '.join(lacking)}" if lacking else ""
            raise SettingsError(
                f"{variable} has a scheme that no available plugin opens",
                why=f"available: {', '.join(factories) or 'none'}{parts}",
                fix="; ".join(map(self.install_hint, lacking))
                or "Correct the URL, or add its plugin to AFFIDAVIT_PLUGINS",
            )

        return find

    def withheld(self, hook: str) -> Iterator[tuple[str, Any]]:
        """Yield what plugins would offer through `hook` if what they need were installed."""
        everyone = self._manager.get_plugins()
        for name in sorted(self._missing):
            mine = everyone - {self._manager.get_plugin(name)}
            with contextlib.suppress(Exception):  # it lacks something, and is foreign code
                for things in self._manager.subset_hook_caller(hook, mine)():
                    yield from ((name, thing) for thing in things)

    def observers(self, hook: str) -> tuple[tuple[str, Callable[..., object]], ...]:
        """Return one callable per available plugin that implements `hook`."""
        return tuple(self._callers(hook))

    def listing(self) -> Iterator[Listing]:
        """Describe every plugin, available or not, by name."""
        for name in sorted({*self._names(), *self._failed}):
            plugin = self._manager.get_plugin(name)
            about = self._about.get(name, About(summary=""))
            callers = self._manager.get_hookcallers(plugin) or ()
            yield Listing(
                name=name,
                version=str(getattr(plugin, "__version__", "")),
                summary=about.summary,
                hooks=tuple(sorted(caller.name for caller in callers)),
                missing=self._missing.get(name, ()),
                extra=about.extra,
                failed=self._failed.get(name, ""),
            )

    def labels(self) -> tuple[str, ...]:
        """Return name and version of every plugin that could be imported, as records say them."""
        return tuple(f"{one.name}@{one.version}" for one in self.listing() if not one.failed)

    def install_hint(self, name: str) -> str:
        """Return what makes an unavailable plugin available: a command, or what to mend."""
        if name in self._failed:
            return f"Mend or uninstall plugin {name}: its import raised {self._failed[name]}"
        about = self._about[name]
        if about.linux_only and sys.platform != "linux":
            return "It runs on Linux: use a container, a virtual machine or WSL"
        return about.remedy or f"pip install 'affidavit[{about.extra or name}]'"

    def unavailable(self) -> Mapping[str, tuple[str, ...]]:
        """Return the plugins that cannot be used, and what they need that is not installed.

        One that fails while it is imported is among them, without needs.
        """
        return {**dict.fromkeys(self._failed, ()), **self._missing}

    def _names(self) -> Iterable[str]:
        return (name for name, _ in self._manager.list_name_plugin())

    def _register(self, name: str, plugin: object) -> None:
        try:
            self._manager.register(plugin, name)
        except (ValueError, pluggy.PluginValidationError):
            pass
        else:
            return
        raise PluginError(
            f"plugin {name} cannot be registered",
            why="its hooks do not match, or it is registered already",
            fix="Compare its hooks with docs/hooks.md",
        )

    def _refuse_unknown_hooks(self) -> None:
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            plugin = self._manager.get_name(error.plugin)
        else:
            return
        raise PluginError(
            f"plugin {plugin} implements a hook that affidavit does not have",
            why="a misspelt hook would never be called",
            fix="Compare its hooks with docs/hooks.md",
        )

    def _refuse_wrappers(self) -> None:
        for caller in vars(self._manager.hook).values():
            for impl in caller.get_hookimpls():
                if impl.wrapper or impl.hookwrapper:
                    raise PluginError(
                        f"plugin {impl.plugin_name} wraps {caller.name}",
                        why="a wrapper can change what other plugins return",
                        fix="Return your own objects instead",
                    )

    def _callers(self, hook: str) -> Iterator[tuple[str, pluggy.HookCaller]]:
        """Yield one caller per available plugin: a failure names it and starves nobody."""
        everyone = self._manager.get_plugins()
        for name, plugin in self._manager.list_name_plugin():  # as registered: by name
            if name in self._missing:
                continue
            caller = self._manager.subset_hook_caller(hook, everyone - {plugin})
            if caller.get_hookimpls():
                yield name, caller

    def _call(self, hook: str) -> Iterator[tuple[str, Any]]:
        for name, caller in self._callers(hook):
            failed = ""
            results: list[Any] = []
            try:
                results = caller()
            except Exception as error:  # noqa: BLE001 - a plugin is foreign code
                failed = type(error).__name__
            if failed:
                raise PluginError(
                    f"plugin {name} failed in {hook}",
                    why=f"it raised {failed}, whose text is not repeated",
                    fix="Correct its configuration, or leave it out of AFFIDAVIT_PLUGINS",
                )
            for result in results:
                yield name, result


def load_plugins(only: Sequence[str] | None = None, *, strict: bool = False) -> Plugins:
    """Import the installed plugins, or `only` those, and check them.

    With `only`, installed distributions are not searched, which is what takes
    time at a cold start: `sqlite` means the module `affidavit_sqlite`, and
    `acme=acme_plugin` names a module of your own.

    What was not asked for by name and cannot be imported is listed as
    unavailable, so that it breaks nobody else's work; not if `strict`.

    Raises:
        PluginError: A plugin cannot be used, or one that was named, or any if
            `strict`, cannot be imported.

    >>> [one.name for one in load_plugins(["sqlite=affidavit_sqlite"]).listing()]
    ['sqlite']
    """
    modules: dict[str, object] = {}
    failed: dict[str, str] = {}
    for name, path in _wanted(only):
        module, raised = _import(path)
        if not raised:
            modules[name] = module
        elif only is None and not strict:
            failed[name] = raised
        else:
            raise PluginError(
                f"plugin {name} cannot be imported",
                why=f"module {path} raised {raised}",
                fix="Install it, correct AFFIDAVIT_PLUGINS, or uninstall what is broken",
            )
    return Plugins(modules, failed)


def by_name(kind: str, offers: Iterable[tuple[str, Any]], key: str) -> dict[str, Any]:
    """Index what plugins offer by its attribute `key`, and refuse duplicates.

    Raises:
        PluginError: Two plugins offer the same.

    >>> by_name("ledger", [("shelf", LedgerFactory("shelf", open=print))], "scheme").keys()
    dict_keys(['shelf'])
    """
    found: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for plugin, thing in offers:
        name = getattr(thing, key, None)
        if not isinstance(name, str):
            raise _not_asked_for(plugin, f"its hook for {kind}s", thing)
        if name in found:
            raise PluginError(
                f"two plugins offer the {kind} {name}",
                why=f"{owners[name]} and {plugin}; a record could not say which one was used",
                fix="Leave one of them out of AFFIDAVIT_PLUGINS, or uninstall it",
            )
        found[name], owners[name] = thing, plugin
    return dict(sorted(found.items()))


def _not_asked_for(plugin: str, hook: str, thing: object) -> PluginError:
    return PluginError(
        f"plugin {plugin} returns something else than {hook} asks for",
        why=f"it returns a {type(thing).__name__}",
        fix="Compare its hooks with docs/hooks.md",
    )


def _wanted(only: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    if only is None:
        seen: dict[str, str] = {}
        for point in importlib.metadata.entry_points(group=GROUP):
            if seen.setdefault(point.name, point.value) != point.value:
                raise PluginError(
                    f"two installed distributions have a plugin named {point.name}",
                    why="a record could not say which one was used",
                    fix="Uninstall one of them",
                )
        yield from seen.items()
        return
    for item in only:
        name, _, path = item.partition("=")
        yield name, path or f"affidavit_{name}"


def _import(path: str) -> tuple[object, str]:
    """Return a module and nothing, or nothing and the type of what its import raised."""
    try:
        return importlib.import_module(path), ""
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin is foreign code
        return None, type(error).__name__
