"""`python -m affidavit_cli`, and the console script `affidavit`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    _open_streams()
    try:
        from affidavit_cli.main import run  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in {"affidavit", "affidavit_cli"}:
            raise
        sys.stderr.write(
            f"error: the command line needs {error.name}, which is not installed\n"
            "  why: affidavit alone is what a function needs, and no more\n"
            "  next: pip install 'affidavit[cli]'\n"
        )
        sys.exit(3)
    sys.exit(_flushed(run()))


def _open_streams() -> None:
    """Open what the caller has closed, or the next file that is opened would be stdout."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            setattr(sys, name, os.fdopen(nowhere, "r" if name == "stdin" else "w"))


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
