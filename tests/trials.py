"""A pytest plugin that tries sabotage on tests which stand ready, in a fork for each trial.

`pytest -s -p trials FILES` collects the tests once and then reads trials, a line of JSON each:
`file` and `text`, a module and what shall stand in it (neither for a control), and `tests`, the
functions to run in their order with the seconds of processor that each may take. The answer is a
line too: `killed` by which test, `killed by time`, `lived`, or `outside`: what changes runs when
the module is imported, and a fork comes too late.
"""

from __future__ import annotations

import gc
import json
import os
import re
import resource
import select
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, TypeAlias

import pytest

Functions: TypeAlias = defaultdict[tuple[str, str], list[FunctionType]]

CONSTANTS = (int, str, bytes, tuple, frozenset, set, list, dict, re.Pattern, timedelta)
"""What a module may hold that is used by its name; the rest is left to a process of its own."""

WALL = 4
"""How much longer than its processor time a test may take: others use the machine too."""

_LIVED, _KILLED, _OUTSIDE = 0, 1, 70

_called: set[CodeType] = set()
"""What ran while the tests were collected: what it has made then, a fork does not see."""


def pytest_addoption() -> None:
    """Note what is called from now on: the first hook, before anything of ours is imported."""
    here = str(Path.cwd())

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(here):
            _called.add(frame.f_code)

    sys.setprofile(note)


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Answer trials until there are no more, instead of running the tests."""
    sys.setprofile(None)
    asked, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    ready: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in session.items:
        ready[item.nodeid].append(item)
        if "[" in item.nodeid:
            ready[item.nodeid.partition("[")[0]].append(item)
    held = loaded()
    gc.freeze()
    print(json.dumps({"ready": len(ready)}), file=answers, flush=True)
    with asked, answers:
        for line in asked:
            said = json.loads(line)
            said["items"] = [(test, ready[test]) for test in said["tests"] if ready.get(test)]
            print(json.dumps(_trial(session, said, held)), file=answers, flush=True)
    return True


def _trial(session: pytest.Session, said: dict[str, Any], held: Functions) -> dict[str, Any]:
    """Fork, sabotage, run; return the verdict, the test that noticed, and seconds of processor."""
    spent = _spent()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        code = _OUTSIDE
        try:
            os.setsid()
            code = _run(session, said, held, writing)
        finally:
            os._exit(code)
    os.close(writing)
    code, by = _ended(child, reading, said["tests"])
    os.close(reading)
    verdict = {_LIVED: "lived", _KILLED: "killed", _OUTSIDE: "outside"}.get(code, "killed by time")
    return {"verdict": verdict, "by": by, "spent": _spent() - spent}


def _ended(child: int, reading: int, seconds: dict[str, float]) -> tuple[int, str]:
    """Wait for a child, end what it has started; return its exit code, -1 if late, and its test."""
    code, by, pid = -1, "", 0
    until = time.monotonic() + 30
    while not pid and time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
        if select.select([reading], [], [], 0 if pid else 0.01)[0]:
            begun = os.read(reading, 65536).decode().split("\n")
            if len(begun) > 1:
                by = begun[-2]
                until = time.monotonic() + WALL * seconds[by]
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if not pid:
        os.waitpid(child, 0)
    return (_KILLED if code < 0 and -code not in {signal.SIGXCPU, 1} else code), by


def _run(session: pytest.Session, said: dict[str, Any], held: Functions, told: int) -> int:
    changed = sabotage(said["file"], said["text"], held) if said["file"] else "nothing"
    if not changed:
        return _OUTSIDE
    following = [item for _, items in said["items"] for item in items][1:]
    for test, items in said["items"]:
        os.write(told, f"{test}\n".encode())
        limit = int(time.process_time() + said["tests"][test]) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        for item in items:
            after = following.pop(0) if following else None
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if session.testsfailed:
                return _KILLED
    return _LIVED if changed in {"code", "nothing"} else _OUTSIDE


def sabotage(file: str, text: str, held: Functions) -> str:
    """Give loaded functions the code that a module's new text has; return what was changed.

    That is `code`, `called code` if it has run before, `constants`, or nothing if more differs.
    """
    try:
        old = compile(Path(file).read_text(), file, "exec", dont_inherit=True)
        new = compile(text, file, "exec", dont_inherit=True)
    except SyntaxError:
        return ""
    pairs = _pairs(old, new)
    if not pairs:
        return "constants" if _rebind(file, new) else ""
    changed = "code"
    for before, after, outermost in pairs:
        same = [f for f in held[file, before.co_qualname] if _bare(f.__code__) == _bare(before)]
        if outermost and not same:
            return ""
        for function in same:
            changed = "called code" if function.__code__ in _called else changed
            try:
                function.__code__ = after
            except ValueError:  # it closes over other names now
                return ""
    return changed


def _rebind(file: str, code: CodeType) -> bool:
    """Give constants the values that a module's new code makes; False if none differs."""
    module = next(m for m in sys.modules.values() if getattr(m, "__file__", None) == file)
    fresh = {name: value for name, value in vars(module).items() if name.startswith("__")}
    try:
        exec(code, fresh)  # noqa: S102 - what an import does
    except Exception:  # noqa: BLE001 - whoever imports it will see
        return False
    found = False
    for name, value in fresh.items():
        before = vars(module).get(name)
        if type(value) is type(before) and isinstance(value, CONSTANTS) and value != before:
            found = True
            for other in list(sys.modules.values()):
                if getattr(other, "__dict__", {}).get(name) is before:
                    setattr(other, name, value)
    return found


def loaded() -> Functions:
    """Return every function that this process holds, by its file and its name in it."""
    found: Functions = defaultdict(list)
    for thing in gc.get_objects():
        if type(thing) is FunctionType:
            code = thing.__code__
            found[code.co_filename, code.co_qualname].append(thing)
    return found


def _pairs(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType, bool]]:
    """Return functions before and after, and whether each is outermost; none if more differs."""
    if _bare(old, inner=False) != _bare(new, inner=False):
        return []
    found = []
    for before, after in zip(_inner(old), _inner(new), strict=True):
        if _bare(before) == _bare(after):
            continue
        if not before.co_flags & 2:  # a class body: what runs in it has run
            within = _pairs(before, after)
            if not within:
                return []
            found += within
        else:
            found.append((before, after, True))
            found += _nested(before, after)
    return found


def _nested(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType, bool]]:
    """Pair functions that a function has made, which may have been called already."""
    for before, after in zip(_inner(old), _inner(new), strict=False):
        if before.co_qualname == after.co_qualname and _bare(before) != _bare(after):
            yield before, after, False
            yield from _nested(before, after)


def _inner(code: CodeType) -> list[CodeType]:
    return [const for const in code.co_consts if isinstance(const, CodeType)]


def _bare(code: CodeType, *, inner: bool = True) -> CodeType:
    """Return code without its lines: a sabotage may be shorter than what stood there."""
    consts = tuple(
        (_bare(const) if inner else const.co_qualname) if isinstance(const, CodeType) else const
        for const in code.co_consts
    )
    return code.replace(co_linetable=b"", co_firstlineno=1, co_consts=consts)


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
