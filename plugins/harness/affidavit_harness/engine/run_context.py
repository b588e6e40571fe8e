"""Everything that the engine's steps need from outside: nothing is reached for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from affidavit.plugin import ActionContext, ActionResult, LocalFunction, ScenarioRun
from affidavit_harness.engine.input_lookup import References
from affidavit_harness.engine.undo_ledger import UndoLedger
from affidavit_harness.registry import Registry

if TYPE_CHECKING:
    from affidavit.plugin import Runtime


class CaptureShelf(Protocol):
    """Where captures are kept that a run's state cannot carry."""

    def keep(self, run: str, name: str, value: Any) -> str:
        """Keep a value and return where it is."""
        ...

    def fetch(self, place: str) -> Any:
        """Return what was kept there."""
        ...


class KeptAnswer(NamedTuple):
    """What an action found, and when: for actions that say `cache`."""

    at_ms: int
    result: ActionResult


class RunContext(NamedTuple):
    """Where a run happens.

    `sleep` waits, and raises `StoppedError` if somebody asked to stop. `inline_s`
    is how long one step may go on looking before it hands the waiting back. With
    `loopback`, hosts that are listed with a port may be on this machine.
    """

    registry: Registry
    env: str
    read_only: bool
    client: Callable[[str], Any]
    references: References
    ledger: UndoLedger
    hosts: tuple[str, ...]
    resolve: Callable[[str, int], list[str]]
    now_ms: Callable[[], int]
    sleep: Callable[[float], None]
    inline_s: float
    cache: dict[str, KeptAnswer]
    loopback: bool = False
    function: Callable[[str], LocalFunction | None] = lambda _: None
    runtime: Callable[[], Runtime | None] = lambda: None
    shelf: Callable[[], CaptureShelf | None] = lambda: None

    def action_context(self, run: ScenarioRun, timeout_s: float) -> ActionContext:
        """Return what one action gets, with a deadline of its own."""
        end_ms = self.now_ms() + int(timeout_s * 1000)
        return ActionContext(
            run=run,
            read_only=self.read_only,
            hosts=self.hosts,
            loopback=self.loopback,
            client=self.client,
            function=self.function,
            runtime=self.runtime,
            resolve=self.resolve,
            left_s=lambda: max(0.0, (end_ms - self.now_ms()) / 1000),
            now_ms=self.now_ms,
        )
