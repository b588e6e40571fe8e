"""Put a world together for a run in this process."""

from __future__ import annotations

from pathlib import Path

from affidavit_harness.actions.guard import resolve
from affidavit_harness.engine.inputs import References
from affidavit_harness.engine.kit import Clients
from affidavit_harness.engine.local import Stop
from affidavit_harness.engine.undo_ledger import FileUndoLedger
from affidavit_harness.engine.world import World, now_ms
from affidavit_harness.files.budget import INLINE_S
from affidavit_harness.inside import Inside
from affidavit_harness.places_file import Here
from affidavit_harness.registry import Registry

STATE = Path(".affidavit-harness")
"""Where runs of this process are kept, unless `--state` says otherwise."""


def open_world(here: Here, registry: Registry, state: Path, stop: Stop) -> World:
    """Return the world of `here`. Nothing connects yet."""
    inside = Inside(here, state)
    clients = Clients(read_only=here.read_only)
    return World(
        registry=registry,
        env=here.env,
        read_only=here.read_only,
        client=clients,
        references=References(clients, here.place.outputs),
        ledger=FileUndoLedger(state / "runs"),
        hosts=tuple(here.place.hosts),
        resolve=resolve,
        now_ms=now_ms,
        sleep=stop.sleep,
        inline_s=INLINE_S,
        cache={},
        function=inside.function,
        runtime=inside.runtime,
    )
