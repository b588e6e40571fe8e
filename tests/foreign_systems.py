"""Ask typeshed what of the code does not exist on other systems: `make platforms`.

mypy checks the packages as if they ran there. What it finds must be on the list below, where it
says why nobody meets it.
"""

from __future__ import annotations

import re
import subprocess
import sys

import repository as repo

KNOWN = {
    "win32": {
        "core/affidavit/_telemetry/descriptors.py": "a larger pipe where there is one",
        "plugins/bundle/affidavit_bundle/make.py": "Linux only, and says so",
        "plugins/http/affidavit_http/timed_socket.py": "a deployed function's source",
        "plugins/ledger/affidavit_ledger/one_sealer.py": "`seal`: POSIX only, and says so",
        "plugins/localcloud/": "Linux only, and says so",
        "plugins/release/": "POSIX only, and says so",
        "plugins/service/affidavit_service/function_process.py": "for `dev`, which is Linux only",
        "plugins/sqlite/affidavit_sqlite/spill.py": "`replay`: POSIX only, and says so",
        "plugins/testing/affidavit_testing/stopping.py": "where there are timers",
    },
    "darwin": {
        "core/affidavit/_telemetry/descriptors.py": "a larger pipe where there is one",
        "plugins/localcloud/": "Linux only, and says so",
    },
}
FOUND = re.compile(r"^(\S+?):\d+: error: (.*)  \[attr-defined\]$", re.MULTILINE)


def main() -> int:
    """Return 1 if something is used that a system does not have."""
    wrong = 0
    for system, known in KNOWN.items():
        command = ["mypy", "--platform", system, "--cache-dir", f"build/mypy-{system}"]
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=repo.ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        found = FOUND.findall(done.stdout.replace("\\", "/"))
        news = [(where, what) for where, what in found if not where.startswith(tuple(known))]
        for where, what in news:
            print(f"{system}: {where}: {what}")
        print(f"{system}: {len(found)} places, {len(news)} of them new")
        wrong += len(news) + (done.returncode not in {0, 1})
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
