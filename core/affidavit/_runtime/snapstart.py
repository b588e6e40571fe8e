"""Leave nothing in a memory image that many processes will start from.

SnapStart copies a process after its start. What that process has made by then
exists many times: a writer's key, the key behind tokens, salts of subjects. A
chain is opened on first use, so there should be none of it; but warming a
function up before the snapshot is common, and is a first use.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from affidavit._runtime.runtime import renew_runtime

_prepared: set[str] = set()
"""Hooks that this process has registered; a module may have several handlers."""


def prepare(environ: Mapping[str, str]) -> bool:
    """Ask Lambda's runtime to renew ours around a snapshot; tell whether it will.

    Before: no copy shares a key. After: the day is another one, and exemptions
    that ended meanwhile must not hold. Connections are the clients' own; they
    notice that theirs are gone. Source: Lambda developer guide, "Runtime hooks
    for Lambda SnapStart", Python.
    """
    if environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return False
    if not _prepared:
        try:
            hooks = importlib.import_module("snapshot_restore_py")
        except ImportError:
            # Two copies that share a chain then meet in the ledger, and part.
            return False
        hooks.register_before_snapshot(renew_runtime)
        hooks.register_after_restore(renew_runtime)
        _prepared.add("snapshot_restore_py")
    return True
