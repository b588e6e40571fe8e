"""Take event sources and actor readers from plugins, and refuse what would be ambiguous."""

from __future__ import annotations

from affidavit._event.event_source import ActorReader, EventSource
from affidavit._event.lookup import BUILT_IN, EventSources
from affidavit._runtime.plugins import Plugins, by_name
from affidavit.errors import PluginError


def offered_sources(plugins: Plugins) -> EventSources:
    """Return the event sources of this process.

    Raises:
        PluginError: Two plugins offer one name, or one has a name of ours.

    """
    offers = plugins.collect("affidavit_event_sources")
    if not offers:
        return BUILT_IN
    # Imported here: it looks into files, which a function without such a plugin need not.
    from affidavit._event.schemas import event_names  # noqa: PLC0415

    found: dict[str, EventSource] = by_name("event source", offers, "via")
    taken = sorted(found.keys() & set(event_names()))
    if taken:
        raise PluginError(
            "a plugin offers an event source that is built in",
            why=f"it is called {taken[0]}",
            fix="Give it a name of its own, with the plugin's name in it",
        )
    return EventSources(found.values())


def offered_readers(plugins: Plugins) -> tuple[ActorReader, ...]:
    """Return the actor readers of this process, by name.

    Raises:
        PluginError: Two plugins offer one name.

    """
    found = by_name("actor reader", plugins.collect("affidavit_actor_readers"), "name")
    return tuple(found.values())
