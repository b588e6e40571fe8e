"""Post to somebody outside who signs: a witness, or a time-stamping authority."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError
from urllib.request import Request, build_opener

from affidavit import LedgerError

TIMEOUT_S: Final = 5.0
LONGEST: Final = 1 << 16
"""How many bytes an answer may have: signatures, a chain of certificates."""


def post(asked: Request, refused: Callable[[str], LedgerError]) -> tuple[int, bytes]:
    """Return status and answer, of which at most one byte more than `LONGEST` is read.

    Raises:
        LedgerError: What `refused` makes of why there was no answer.

    """
    try:
        with build_opener().open(asked, timeout=TIMEOUT_S) as answer:
            return answer.status, answer.read(LONGEST + 1)
    except HTTPError as error:
        with error:
            return error.code, error.read(LONGEST + 1)
    except (OSError, HTTPException, ValueError) as error:
        failed = type(error).__name__
    raise refused(f"asking it raised {failed}")
