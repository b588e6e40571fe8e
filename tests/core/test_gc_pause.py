"""Nobody looks for garbage while modules are imported, and everybody does as before afterwards."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from affidavit._gc_pause import with_gc_paused

WATCHED = """
import gc, os, sys
os.environ |= {"AFFIDAVIT_LEDGER": "memory:", "AFFIDAVIT_PLUGINS": "policy"}

class Watch:
    seen = {}
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("affidavit.", "affidavit_")):
            self.seen.setdefault(gc.isenabled(), []).append(name)

import affidavit
sys.meta_path.insert(0, Watch())
STATEMENTS
print(len(Watch.seen.get(False, ())) > LEAST, Watch.seen.get(True, []), gc.isenabled())
"""

BUILD = "from affidavit._runtime import runtime; runtime.default_runtime()"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    enabled = gc.isenabled()
    yield
    if enabled:
        gc.enable()
    else:
        gc.disable()


def _raise() -> bool:
    raise KeyError


@pytest.mark.parametrize("switch", [gc.enable, gc.disable], ids=["on", "off"])
def test_the_switch_stands_as_before(switch: Callable[[], None]) -> None:
    """Also when something is raised; a host that has switched it off finds it off."""
    switch()
    before = gc.isenabled()

    assert with_gc_paused(gc.isenabled) is False
    assert before == gc.isenabled()
    with pytest.raises(KeyError):
        with_gc_paused(_raise)
    assert before == gc.isenabled()


def test_a_pause_within_a_pause_does_not_end_it() -> None:
    """A name that is imported imports others."""
    gc.enable()
    assert with_gc_paused(lambda: (with_gc_paused(gc.isenabled), gc.isenabled())) == (False, False)
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("statements", "least"),
    [
        ("from affidavit import audited", 50),
        ("from affidavit import Runtime; Watch.seen.clear(); BUILD", 2),
    ],
    ids=["the decorator", "the runtime"],
)
def test_what_a_handler_imports_is_imported_in_a_pause(statements: str, least: int) -> None:
    """A third of what a cold start takes on top of boto3 was that."""
    code = WATCHED.replace("STATEMENTS", statements.replace("BUILD", BUILD))
    code = code.replace("LEAST", str(least))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    assert "True [] True" == done.stdout.strip()
