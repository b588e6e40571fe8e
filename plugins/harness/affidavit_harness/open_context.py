"""Put a context together for a run in this process."""

from __future__ import annotations

import functools
from pathlib import Path

from affidavit.plugin import now_ms
from affidavit_harness.actions.guard import resolve
from affidavit_harness.engine.clients import Clients
from affidavit_harness.engine.input_lookup import References
from affidavit_harness.engine.run_context import RunContext
from affidavit_harness.engine.stop import Stop
from affidavit_harness.engine.undo_ledger import FileUndoLedger
from affidavit_harness.files.environments_file import ChosenEnvironment, outside
from affidavit_harness.files.transition_budget import INLINE_S
from affidavit_harness.registry import Registry

STATE = Path(".affidavit-harness")
"""Where runs of this process are kept, unless `--state` says otherwise."""


def open_context(
    here: ChosenEnvironment, registry: Registry, state: Path, stop: Stop
) -> RunContext:
    """Return the context of `here`. Nothing connects yet."""
    from affidavit_harness.in_process_backend import InProcessBackend  # noqa: PLC0415 - heavy

    backend = InProcessBackend(here, state)
    clients = Clients(read_only=here.read_only)
    return RunContext(
        registry=registry,
        env=here.env,
        read_only=here.read_only,
        client=clients,
        references=References(
            clients, here.settings.outputs, functools.partial(outside, here.folder)
        ),
        ledger=FileUndoLedger(state / "runs"),
        hosts=tuple(here.settings.hosts),
        resolve=resolve,
        now_ms=now_ms,
        sleep=stop.sleep,
        inline_s=INLINE_S,
        cache={},
        loopback=here.settings.local_targets,
        function=backend.function,
        runtime=backend.runtime,
    )
