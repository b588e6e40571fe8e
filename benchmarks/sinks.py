"""Write one value by every way out that a program has, and look what arrives.

    python benchmarks/sinks.py [--json FILE]

Each way runs in a process of its own, as a deployed function, under each policy. Libraries
come from the registry into `build/sinks`, made once. Exit code 0 if nothing leaks that is
not listed as such, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
PLACE: Final = ROOT / "build" / "sinks"
LIBRARIES: Final = (
    "aws-lambda-powertools==3.37.0", "aws-xray-sdk", "loguru", "structlog", "sentry-sdk",
    "pydantic", "pluggy",
)  # fmt: skip
POLICIES: Final = ("baseline", "part11", "hipaa", "gdpr", "pci")
VALUE: Final = "jane.roe@example.com"

BEFORE: Final = """
import logging, os, subprocess, sys, threading, warnings
{early}
from affidavit import audited
from affidavit._runtime import runtime
from affidavit.testing import make_runtime
runtime._default = make_runtime(policy=sys.argv[1]).runtime
@audited
def handler(event, context): ...
who = os.environ['WHO']
"""


class Way(NamedTuple):
    """One way out: what stands before `@audited`, what is done after, what it needs.

    `prints`: guarded where the policy captures `print`. `listed`: why it leaks anyway.
    """

    late: str
    early: str = ""
    needs: str = ""
    prints: bool = False
    listed: str = ""


RAISED: Final = "try:\n    raise ValueError(who)\nexcept ValueError:\n    "

WAYS: Final = {
    "logging, root": Way("logging.basicConfig(stream=sys.stdout); logging.warning('x %s', who)"),
    "logging, early handler": Way(
        "logging.getLogger('a').warning('x %s', who)",
        "h = logging.StreamHandler(sys.stdout); logging.getLogger().addHandler(h)",
    ),
    "logging, a filter adds": Way(
        "logging.getLogger('a').warning('x')",
        "class F(logging.Filter):\n"
        "    def filter(self, record):\n"
        "        record.user = os.environ['WHO']; return True\n"
        "h = logging.StreamHandler(sys.stdout); h.addFilter(F())\n"
        "h.setFormatter(logging.Formatter('%(message)s %(user)s'))\n"
        "logging.getLogger().addHandler(h)",
    ),
    "logging, an extra": Way(
        "logging.getLogger('a').warning('x', extra={'user': who})",
        "h = logging.StreamHandler(sys.stdout)\n"
        "h.setFormatter(logging.Formatter('%(message)s %(user)s'))\n"
        "logging.getLogger().addHandler(h)",
    ),
    "logging, a formatter of one's own": Way(
        "logging.getLogger('a').warning('x')",
        "class F(logging.Formatter):\n"
        "    def format(self, record): return record.getMessage() + ' ' + os.environ['WHO']\n"
        "h = logging.StreamHandler(sys.stdout); h.setFormatter(F())\n"
        "logging.getLogger().addHandler(h)",
    ),
    "logging, exception": Way(f"logging.basicConfig()\n{RAISED}logging.exception('x')"),
    "logging, stack": Way("logging.basicConfig(); logging.warning(who, stack_info=True)"),
    "logging, a thread's name": Way(
        "logging.basicConfig(format='%(threadName)s'); logging.warning('x')",
        "threading.current_thread().name = os.environ['WHO']",
    ),
    "logging, to a file": Way(
        "logging.getLogger().addHandler(logging.FileHandler('/dev/stderr'))\n"
        "logging.warning('x %s', who)"
    ),
    "logging, memory handler": Way(
        "from logging.handlers import MemoryHandler\n"
        "h = MemoryHandler(10, target=logging.StreamHandler())\n"
        "logging.getLogger().addHandler(h); logging.warning('x %s', who); h.flush()"
    ),
    "logging, makeLogRecord": Way(
        "logging.getLogger().addHandler(logging.StreamHandler())\n"
        "logging.getLogger().handle(logging.makeLogRecord({'msg': who, 'levelno': 30}))",
        prints=True,
    ),
    "logging, lastResort": Way("logging.getLogger('a').warning('x %s', who)"),
    "warnings": Way("logging.basicConfig(); warnings.warn('x ' + who)"),
    "print": Way("print(who)", prints=True),
    "print, stderr": Way("print(who, file=sys.stderr)", prints=True),
    "print, early stream": Way("print(who, file=out)", "out = sys.stdout", prints=True),
    "sys.__stdout__": Way("sys.__stdout__.write(who + '\\n')", prints=True),
    "sys.stdout.buffer": Way("sys.stdout.buffer.write(who.encode() + b'\\n')", prints=True),
    "os.writev": Way("os.writev(1, [who.encode(), b'\\n'])", prints=True),
    "without a line's end": Way("print(who, end='')", prints=True),
    "in pieces": Way(
        "for one in who: print(one, end='', flush=True)\nprint()", prints=True
    ),
    "os.write 1": Way("os.write(1, who.encode() + b'\\n')", prints=True),
    "os.write 2": Way("os.write(2, who.encode() + b'\\n')", prints=True),
    "a new stream of descriptor 1": Way(
        "print(who, file=os.fdopen(os.dup(1), 'w'), flush=True)", prints=True
    ),
    "child process": Way("subprocess.run(['echo', who])", prints=True),
    "child of a shell": Way("os.system('echo ' + who)", prints=True),
    "forked child": Way(
        "pid = os.fork()\nif pid == 0:\n    print(who, flush=True); os._exit(0)\n"
        "os.waitpid(pid, 0)",
        prints=True,
    ),
    "thread": Way(
        "t = threading.Thread(target=print, args=(who,)); t.start(); t.join()", prints=True
    ),
    "a thread that fails": Way(
        "def f(): raise ValueError(who)\nt = threading.Thread(target=f); t.start(); t.join()",
        prints=True,
    ),
    "uncaught exception": Way("raise ValueError(who)", prints=True),
    "traceback.print_exc": Way(f"import traceback\n{RAISED}traceback.print_exc()", prints=True),
    "traceback of a finaliser": Way(
        "class D:\n    def __del__(self): raise ValueError(who)\nd = D(); del d", prints=True
    ),
    "pprint": Way("import pprint; pprint.pprint({'mail': who})", prints=True),
    "asyncio, debug": Way(
        "import asyncio\nlogging.basicConfig(level=10)\n"
        "import time\ndef f(a): time.sleep(0.2)\n"
        "async def g():\n"
        "    asyncio.get_running_loop().call_soon(f, who); await asyncio.sleep(0.3)\n"
        "asyncio.run(g(), debug=True)"
    ),
    "powertools, appended key": Way(
        "logger.append_keys(user=who); logger.info('x')",
        "from aws_lambda_powertools import Logger\nlogger = Logger(service='a')", "powertools",
    ),
    "powertools, correlation id": Way(
        "logger.set_correlation_id(who); logger.info('x')",
        "from aws_lambda_powertools import Logger\nlogger = Logger(service='a')", "powertools",
    ),
    "powertools, exception": Way(
        f"{RAISED}logger.exception('x')",
        "from aws_lambda_powertools import Logger\nlogger = Logger(service='a')", "powertools",
    ),
    "powertools, metrics": Way(
        "m = Metrics(namespace='a', service='b'); m.add_metadata('user', who)\n"
        "m.add_metric('n', 'Count', 1); m.flush_metrics()",
        "from aws_lambda_powertools import Metrics", "powertools", prints=True,
    ),
    "loguru": Way("logger.info('x {}', who)", "from loguru import logger", "loguru", prints=True),
    "loguru, exception": Way(
        f"{RAISED}logger.exception('x')", "from loguru import logger", "loguru", prints=True
    ),
    "structlog": Way(
        "structlog.get_logger().info('x', user=who)", "import structlog", "structlog", prints=True
    ),
    "structlog over logging": Way(
        "structlog.configure(logger_factory=structlog.stdlib.LoggerFactory())\n"
        "logging.basicConfig(level=20); structlog.get_logger().info('x', user=who)",
        "import structlog", "structlog",
    ),
    "sentry, from logging": Way(
        f"{RAISED}logging.exception('x %s', who)",
        "import json, sentry_sdk\n"
        "def out(e, h):\n"
        "    sys.stdout.write(json.dumps(e, default=str) + '\\n')\n    return None\n"
        "sentry_sdk.init('https://k@s.example/1', before_send=out, max_breadcrumbs=5)",
        "sentry",
    ),
    "sentry, directly": Way(
        f"{RAISED}sentry_sdk.capture_exception()",
        "import json, sentry_sdk\n"
        "def out(e, h):\n"
        "    os.write(9, json.dumps(e, default=str).encode())\n    return None\n"
        "os.dup2(1, 9)\n"
        "sentry_sdk.init('https://k@s.example/1', before_send=out)",
        "sentry", listed="it sends what it is given over the network, past every stream",
    ),
    "x-ray annotation": Way(
        "xray_recorder.configure(context_missing='LOG_ERROR', emitter=E(), sampling=False)\n"
        "s = xray_recorder.begin_segment('a'); s.put_annotation('user', who)\n"
        "xray_recorder.end_segment()",
        "from aws_xray_sdk.core import xray_recorder\n"
        "os.dup2(1, 9)\n"
        "class E:\n    def send_entity(self, e): os.write(9, e.serialize().encode())",
        "xray", listed="its daemon is told over UDP; spans of affidavit are redacted",
    ),
}  # fmt: skip
"""By name. Those that need a library have its name in `needs`."""


def run(way: Way, policy: str, python: str, *, deployed: bool = True) -> str:
    """Run one way under one policy; return all that arrived at its outputs.

    Where it is not deployed nothing is guarded: so a way shows that it writes anything.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
        script.write(BEFORE.format(early=way.early) + way.late)
        script.flush()
        done = subprocess.run(
            [python, script.name, policy],
            env={
                **os.environ,
                **({"AWS_LAMBDA_FUNCTION_NAME": "sinks"} if deployed else {}),
                "WHO": VALUE,
                "PYTHONPATH": os.pathsep.join(
                    [str(ROOT / "core"), *(str(one) for one in (ROOT / "plugins").iterdir())]
                ),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    if "Traceback" in done.stderr and "affidavit/" in done.stderr:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout + done.stderr


def is_guarded(way: Way, policy: str) -> bool:
    """Tell whether the policy says that this way is guarded."""
    return not way.prints or policy in {"hipaa", "gdpr", "pci"}


def leaks(python: str, needs: Sequence[str]) -> tuple[dict[str, list[str]], int]:
    """Return the policies under which each way leaks, and how many were tried."""
    found: dict[str, list[str]] = {}
    tried = 0
    for name, way in WAYS.items():
        if way.needs and way.needs not in needs:
            continue
        if not _holds(run(way, "baseline", python, deployed=False)):
            found[name] = ["writes nothing, so nothing can be said of it"]
            continue
        for policy in POLICIES:
            tried += 1
            written = run(way, policy, python)
            if _holds(written) and is_guarded(way, policy):
                found.setdefault(name, []).append(policy)
    return found, tried


def _holds(written: str) -> bool:
    return VALUE in written.replace("\\u0040", "@")


def _python() -> str:
    python = PLACE / "bin" / "python"
    if not python.is_file():
        venv.create(PLACE, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *LIBRARIES], check=True)
    return str(python)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every way under every policy and print what leaked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, help="write the results to this file, too")
    options = parser.parse_args(arguments)
    found, tried = leaks(_python(), ["powertools", "loguru", "structlog", "sentry", "xray"])
    open_ways = {name: where for name, where in found.items() if not WAYS[name].listed}
    for name, where in found.items():
        why = WAYS[name].listed
        print(f"{'LISTED' if why else 'LEAK':8} {name}: {', '.join(where)}{why and f' ({why})'}")
    print(f"{len(WAYS)} ways, {tried} runs; ways that leak and are not listed: {len(open_ways)}")
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 1 if open_ways else 0


if __name__ == "__main__":
    sys.exit(main())
