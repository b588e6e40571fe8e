"""Several commands at once, one effect at a time: whoever plays says whose turn it is.

Each command runs in a thread of its own and stops before every effect: a
record, a put into the vault, an installation, a switch, a smoke test. The
player lets one of them do its effect, or kills it there. The same choices give
the same history.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from affidavit_release import canary, decide
from affidavit_release.errors import ReleaseRefusedError
from affidavit_release.make_release import ReleaseResult
from affidavit_release.release_reports import show_history, show_status
from affidavit_release.versions import read_version
from release_world import Ticking, World

PATIENCE_S = 60.0
"""Of the player with one command. Nothing here waits for anything but a small file."""


class KilledError(BaseException):
    """Nothing of ours catches it."""


class Racer:
    """One command under way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.at = ""
        self.done: ReleaseResult | None = None
        self.refused: ReleaseRefusedError | None = None
        self.error: BaseException | None = None
        self.over = False
        self._go, self._told, self._kill = threading.Event(), threading.Event(), False

    def begin(self, act: Callable[[], ReleaseResult]) -> None:
        """Start it; it stops before its first effect."""
        self._thread = threading.Thread(target=self._run, args=(act,), daemon=True)
        self._thread.start()
        self._await()

    def effect(self, name: str, act: Callable[[], Any]) -> Any:
        """Wait for the turn, then do it. Runs in the command's thread."""
        self.at = name
        self._pause()
        return act()

    def _pause(self) -> None:
        self._told.set()
        assert self._go.wait(PATIENCE_S)
        self._go.clear()
        if self._kill:
            raise KilledError

    def step(self) -> None:
        """Let it do its effect, and go on to the next one."""
        self._told.clear()
        self._go.set()
        self._await()

    def kill(self) -> None:
        """End it before its effect."""
        self._kill = True
        self.step()

    def _await(self) -> None:
        assert self._told.wait(PATIENCE_S)
        if self.over:
            self._thread.join(PATIENCE_S)

    def _run(self, act: Callable[[], ReleaseResult]) -> None:
        try:
            self.done = act()
        except ReleaseRefusedError as refused:
            self.refused = refused
        except KilledError:
            pass
        except Exception as error:  # noqa: BLE001 - the player looks at it
            self.error = error
        finally:
            self.over = True
            self._told.set()


class Races:
    """A world in which commands meet. Every command opens everything anew, as a process does."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.clock = Ticking(1_800_000_000_000)  # later than whatever has happened there
        self.world.clock = self.clock
        self.under_way: list[Racer] = []
        self.ended: list[Racer] = []

    def start(self, name: str, act: Callable[[World], ReleaseResult]) -> None:
        """Begin a command; it stops before its first effect."""
        racer = Racer(name)
        world = World(
            self.world.folder, effect=racer.effect, clock=self.clock, broken=self.world.broken
        )
        racer.begin(lambda: act(world))
        self._keep(racer)

    def step(self, index: int) -> None:
        """Let one of those under way do its effect."""
        racer = self.under_way.pop(index % len(self.under_way))
        racer.step()
        self._keep(racer)

    def kill(self, index: int) -> None:
        """Kill one of those under way before its effect."""
        racer = self.under_way.pop(index % len(self.under_way))
        racer.kill()
        self._keep(racer)

    def _keep(self, racer: Racer) -> None:
        (self.ended if racer.over else self.under_way).append(racer)

    def finish(self) -> None:
        """Let everybody come to an end, in turns."""
        while self.under_way:
            self.step(0)

    # -- what must hold -----------------------------------------------------------------

    def check(self) -> None:
        """Nothing contradicts anything, whatever is still under way."""
        for racer in self.ended:
            assert racer.error is None, (racer.name, racer.error)
        line = self.world.pipeline()
        died_at = {name: _place(one.died) for name, one in line.releases.items()}
        for step in self.world.context().steps.read():
            passed = step.kind.name == "SMOKE" and step.ok and step.phase != "I"
            if passed and died_at.get(step.version):
                # Only what had passed there before may be looked at again.
                first = _first_pass(self, step.version, step.environment)
                assert first <= step.number
                assert first < died_at[step.version], (step.version, step.environment)

    def check_end(self) -> None:
        """When all is quiet: what is live is what history says, and the ledger verifies."""
        self.check()
        assert self.world.verdict().clean
        line = self.world.pipeline()
        for name, stage in line.stages.items():
            if stage.pending or stage.rollback_needed:
                continue
            live = line.live(name)
            wanted = self.world.context().vault.open(read_version(live)).zips if live else {}
            assert wanted == self.world.bytes_in(name), (name, live)
        for racer in self.ended:
            if racer.done is not None and racer.done.state == "passed":
                found = line.releases[racer.done.version]
                assert racer.done.environment in found.passed
            if racer.done is not None and racer.done.state == "rejected":
                assert line.releases[racer.done.version].died is not None
        reports = self.world.context()
        settled = not any(one.pending or one.rollback_needed for one in line.stages.values())
        assert not settled or 0 == show_status(reports).exit_code
        for row in show_history(reports).data or []:
            assert (row["died_in"] is None) == (line.releases[row["version"]].died is None)

    def mend(self) -> None:
        """Do what a person would after a kill: run the commands that were cut off again."""
        self.finish()
        for _ in range(10):
            line = self.world.pipeline()
            unsettled = [
                (name, stage.candidate)
                for name, stage in line.stages.items()
                if stage.candidate and (stage.pending or stage.rollback_needed)
            ]
            if not unsettled:
                return
            for name, version in unsettled:
                again = World(self.world.folder, clock=self.clock, broken=self.world.broken)
                try:
                    again.sync(version) if name == "dr" else again.deploy(version, name)
                except ReleaseRefusedError:
                    continue
        raise AssertionError("an environment does not settle")


def _place(step: Any) -> int:
    return 0 if step is None else int(step.number)


def _first_pass(races: Races, version: str, environment: str) -> int:
    return next(
        step.number
        for step in races.world.context().steps.read()
        if (step.kind.name, step.phase, step.ok) == ("SMOKE", "O", True)
        and (step.version, step.environment) == (version, environment)
    )


def reject(world: World, version: str) -> ReleaseResult:
    """As the command does: the decision, and then what is left of its traffic."""
    context = world.context()
    done = decide.reject(context, read_version(version), "morgan", "it is not good")
    canary.withdraw(context, read_version(version))
    return done


def promote(world: World, version: str) -> ReleaseResult:
    """Deploy to wherever it goes next."""
    from affidavit_release.gates import next_environment

    context = world.context()
    release = context.pipeline().known(read_version(version))
    following = next_environment(release, context.rules)
    if following in {"", context.rules.mirror}:
        return world.sync(version)
    return world.deploy(version, following)
