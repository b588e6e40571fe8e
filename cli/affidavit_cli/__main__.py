"""`python -m affidavit_cli`, and the console script `affidavit`."""

from __future__ import annotations

import gc
import os
import sys
from typing import Final

from affidavit_cli.unheard import let_notes_go_unheard

RARELY: Final = (200_000, 10, 20)
"""Python's own threshold of 700 objects is met again and again while modules are imported. So
many take some 20 MB, which a command may have."""

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    gc.set_threshold(*RARELY)
    _open_streams()
    let_notes_go_unheard()
    _reach_this_machine_directly()
    try:
        import rich  # noqa: F401, PLC0415 - the extra may be missing; all of it is imported later

        from affidavit_cli.main import run  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in {"affidavit", "affidavit_cli"}:
            raise
        sys.stderr.write(
            f"error: the command line needs {error.name}, which is not installed\n"
            "  why: affidavit alone is what a function needs, and no more\n"
            "  next: pip install 'affidavit[cli]'\n"
        )
        sys.exit(3)
    code = _flushed(run())
    gc.freeze()  # nobody needs to search all that was imported for garbage when the process ends
    sys.exit(code)


def _open_streams() -> None:
    """Open what the caller has closed, or the next file that is opened would be stdout.

    What a terminal's encoding does not have, in the locale C or on an older Windows, is written
    as an escape: a result with a few of these is better than none.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            setattr(sys, name, os.fdopen(nowhere, "r" if name == "stdin" else "w"))
        elif name != "stdin" and hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors="backslashreplace")


def _reach_this_machine_directly() -> None:
    """Let no proxy of the company stand between us and a server on this machine.

    urllib, botocore and urllib3 ask these variables, and programs that we start inherit them.
    """
    if any(f"{kind}_PROXY" in map(str.upper, os.environ) for kind in ("HTTP", "HTTPS", "ALL")):
        for name in ("NO_PROXY", "no_proxy"):
            told = os.environ.get(name) or os.environ.get(name.swapcase(), "")
            known = [one for one in told.split(",") if one]
            os.environ[name] = ",".join(dict.fromkeys([*known, *LOOPBACK]))


def _flushed(code: int) -> int:
    """Write what is left. Half a result must not look like a whole one; a closed pipe may."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter would complain again
        if isinstance(error, BrokenPipeError):
            return code
        sys.stderr.write(
            "error: the result could not be written\n"
            f"  why: {(error.strerror or type(error).__name__).lower()}\n"
            "  next: Write it to another place\n"
        )
        return 3
    return code


if __name__ == "__main__":
    main()
