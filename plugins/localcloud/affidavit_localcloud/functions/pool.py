"""Every execution environment of every function: which may start, which is free, which must go."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from affidavit_localcloud.functions.debug_ports import DebugPorts
from affidavit_localcloud.functions.environment import Environment
from affidavit_localcloud.functions.environment_start import CannotRunError, PoolConfig, prepare
from affidavit_localcloud.functions.log_stream import LogStream
from affidavit_localcloud.functions.processor_load import ProcessorLoad
from affidavit_localcloud.functions.spawner import Spawner
from affidavit_localcloud.functions.spec import Spec
from affidavit_localcloud.rights.access import AccessControl, of_role, of_service
from affidavit_localcloud.rights.resources import Region

PROCESSORS: Final = os.cpu_count() or 1
STARTS: Final = 2 * PROCESSORS
"""So many environments start at once: starting is work for a processor."""

STANDSTILL_S: Final = 2.0
"""A function of which nothing became free for so long gets one more environment on a busy machine,
too: its calls wait for something, and not for the processor."""

LOOK_S: Final = 0.25
"""How often a call that waits looks whether one more may start."""

START_S: Final = 10.0
"""So long a call waits for others that start."""

ROOM_S: Final = 60.0
"""So long a call waits for room; on AWS, with a thousand places, it would not be refused."""


class ThrottledError(Exception):
    """All environments that a function may have are busy."""


class _Turn:
    """A call that waits: for which version, since when, and what it is given."""

    def __init__(self, key: Spec) -> None:
        self.key = key
        self.since = time.monotonic()
        self.woken = threading.Event()
        self.given: Environment | None = None


class Pool:
    """Starts, keeps and ends environments."""

    def __init__(self, config: PoolConfig, busy: Callable[[], bool] | None = None) -> None:
        """Start nothing yet. `busy` tells whether the machine has no time for another start."""
        self._config = config
        self._machine_is_busy = busy or ProcessorLoad().busy
        self._changed = threading.Lock()
        self._turns: list[_Turn] = []
        self._freed_at: defaultdict[Spec, float] = defaultdict(float)
        self._free: defaultdict[Spec, list[Environment]] = defaultdict(list)
        self._busy: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self._all: set[Environment] = set()
        self._to_start = 0
        self._spawner = Spawner()
        self._closed = False

    @property
    def debug(self) -> DebugPorts:
        """Return which functions wait for a debugger."""
        return self._config.debug

    @property
    def access(self) -> AccessControl:
        """Return who decides what a function may do."""
        return self._config.access

    def acquire(self, spec: Spec, reserved: int | None) -> Environment:
        """Return a free environment of this version, or a new one.

        Raises:
            ThrottledError: The function or this machine has no room.
            CannotRunError: The function needs another Python or another processor.

        """
        name = (spec.account, spec.region, spec.name)
        if self.debug.port_of(spec.name):
            reserved = 1  # there is one port
        with self._changed:
            if self._closed or (reserved is not None and self._busy[name] >= reserved):
                raise ThrottledError
            self._busy[name] += 1
        try:
            return self._free_one(spec) or self._start(spec)
        except BaseException:
            with self._changed:
                self._busy[name] -= 1
            raise

    def release(self, environment: Environment) -> None:
        """Take an environment back; it is kept if it lives."""
        spec = environment.spec
        with self._changed:
            self._busy[(spec.account, spec.region, spec.name)] -= 1
            looked_into = bool(self.debug.port_of(spec.name))
            keep = environment.alive and not self._closed and environment.debugged == looked_into
            if keep:
                self._hand_on(spec.key(), environment)
        if not keep:
            self._end(environment)

    def _hand_on(self, key: Spec, environment: Environment) -> None:
        """Give what is free to the call that waits for it longest; wake nobody else for it."""
        self._freed_at[key] = time.monotonic()
        turn = next((one for one in self._turns if one.key == key), None)
        if turn is None:
            self._free[key].append(environment)
            turn = next(iter(self._turns), None)  # it may make room for another function
        else:
            self._turns.remove(turn)
            turn.given = environment
        if turn is not None:
            turn.woken.set()

    def sweep(self, current: Callable[[Spec], bool]) -> None:
        """End environments that are free for too long, or whose function is not there any more."""
        oldest = time.monotonic() - self._config.limits.idle_s

        def goes(one: Environment) -> bool:
            idle = one.idle_since <= oldest and not one.debugged
            return idle or not one.alive or not current(one.spec)

        self._end_free(goes)

    def look_into(self, wanted: Mapping[str, int]) -> None:
        """Let these functions, by name, wait for a debugger on a port when they are called next."""
        self.debug.replace(wanted)
        self._end_free(lambda one: one.debugged or bool(self.debug.port_of(one.spec.name)))

    def environments(self) -> dict[str, list[int]]:
        """Return the most memory that each environment has had, in MB, by function."""
        with self._changed:
            found: defaultdict[str, list[int]] = defaultdict(list)
            for environment in self._all:
                found[environment.spec.name].append(environment.peak_mb)
            return dict(found)

    def _end_free(self, goes: Callable[[Environment], bool]) -> None:
        """End the environments that are free and have to go."""
        going: list[Environment] = []
        with self._changed:
            for key, those in list(self._free.items()):
                kept = [one for one in those if not goes(one)]
                going += [one for one in those if one not in kept]
                self._free[key] = kept
                if not kept:
                    del self._free[key]
        for environment in going:
            self._end(environment)

    def stop(self, *, for_good: bool = True) -> None:
        """End all environments; with `for_good`, start no more."""
        with self._changed:
            self._closed = for_good
            everyone = list(self._all)
            self._free.clear()
        for environment in everyone:
            self._end(environment)

    def _free_one(self, spec: Spec) -> Environment | None:
        """Return an environment as soon as one is free; None as soon as one more may be started.

        Few start at once: an environment that has answered is free before another has started,
        here as on AWS, where there are more processors. So many calls need few environments.
        """
        turn = _Turn(spec.key())
        with self._changed:
            self._turns.append(turn)
        while True:
            going: list[Environment] = []
            turn.woken.clear()
            with self._changed:
                if turn.given is not None:
                    return turn.given
                waited = time.monotonic() - turn.since
                if self._closed or waited > ROOM_S:
                    self._turns.remove(turn)
                    raise ThrottledError
                found, room = self._choose(turn, going, hurried=waited > START_S)
                if found or room:
                    self._turns.remove(turn)
                    for following in self._turns[:1]:  # there may be room for that one, too
                        following.woken.set()
            for environment in going:
                self._end(environment)
            if found or room:
                return found
            turn.woken.wait(LOOK_S)

    def _choose(
        self, turn: _Turn, going: list[Environment], *, hurried: bool
    ) -> tuple[Environment | None, bool]:
        """Take a free environment, or see to room for one more; `going` are to be ended for it."""
        free = self._free[turn.key]
        while free:
            if (one := free.pop()).alive:
                return one, True
            going.append(one)
        starting = self._to_start + sum(one.starting for one in self._all)
        if starting >= STARTS and not hurried:
            return None, False
        if self._machine_is_busy() and self._moves(turn):
            return None, False
        if len(self._all) + self._to_start >= self._config.limits.environments:
            others = [(e.idle_since, key, e) for key, those in self._free.items() for e in those]
            if not others:
                return None, False
            _, key, oldest = min(others, key=lambda entry: entry[0])
            self._free[key].remove(oldest)
            going.append(oldest)
        self._to_start += 1
        return None, True

    def _moves(self, turn: _Turn) -> bool:
        """Tell whether a function has an environment for each processor, and calls get through.

        One more would take time from those, and each call would take longer.
        """
        those = sum(one.spec.key() == turn.key for one in self._all)
        last = max(turn.since, self._freed_at[turn.key])
        return those >= PROCESSORS and time.monotonic() - last < STANDSTILL_S

    def _start(self, spec: Spec) -> Environment:
        made: list[Environment] = []
        try:
            made.append(self._started(spec))
        finally:
            with self._changed:
                self._to_start -= 1
                self._all.update(made)
        return made[0]

    def _started(self, spec: Spec) -> Environment:
        access = self._config.access
        if not _may_act(access, spec):
            raise CannotRunError("The role defined for the function cannot be assumed by Lambda.")
        if self.debug.port_of(spec.name):  # an older version may hold the port
            self._end_free(lambda one: one.spec.name == spec.name)
        logs = LogStream(spec, of_role(access, spec.role, spec.name, spec.region))
        start = prepare(self._config, self._spawner, spec, logs.name)
        return Environment(spec, start, logs, freeze=self._config.limits.freeze)

    def _end(self, environment: Environment) -> None:
        environment.stop()
        with self._changed:
            self._all.discard(environment)


def _may_act(access: AccessControl, spec: Spec) -> bool:
    """Tell whether the function's role lets Lambda act as it."""
    lambdas = of_service(
        access, "lambda.amazonaws.com", Region(spec.account, spec.region), spec.arn
    )
    return access.assume(lambdas.caller.arn, spec.role, spec.name, lambdas.context) is not None


def forget(folder: Path) -> None:
    """Remove what environments that were killed have left behind."""
    shutil.rmtree(folder / "environments", ignore_errors=True)
    if sys.platform != "linux":
        sys.stderr.write("functions run on Linux only: packages hold Linux libraries\n")
