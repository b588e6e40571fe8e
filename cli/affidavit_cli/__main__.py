"""`python -m affidavit_cli`, and the console script `affidavit`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    try:
        from affidavit_cli.main import run  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in {"affidavit", "affidavit_cli"}:
            raise
        sys.stderr.write(
            f"error: the command line needs {error.name}, which is not installed\n"
            "  next: pip install 'affidavit[cli]'\n"
        )
        sys.exit(3)
    sys.exit(run())


if __name__ == "__main__":
    main()
