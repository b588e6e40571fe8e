"""Prices and sizes: the files of this package, or prices of one's own."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit_release.errors import ReleaseError

MONTHS: Final = 12
"""Prices that are older may be others by now."""

_MOST_BYTES: Final = 1_000_000


class Tariff(NamedTuple):
    """Prices and sizes."""

    as_of: str
    region: str
    prices: Mapping[str, float]
    sizes: Mapping[str, float]

    def is_old(self, today: date) -> bool:
        """Tell whether the prices are more than twelve months old."""
        said = date.fromisoformat(self.as_of)
        months = (today.year - said.year) * 12 + today.month - said.month
        return (months, today.day) > (MONTHS, said.day)


def read_tariff(file: Path | None = None) -> Tariff:
    """Read the two data files of this package, or the prices from a file of the same form.

    A file needs `as_of`, `region`, and of every price that the package has its
    `usd`; the rest of it is for people.

    Raises:
        ReleaseError: It cannot be read, or lacks something. Says names, no values.

    """
    folder = resources.files("affidavit_release")
    own: dict[str, Any] = json.loads((folder / "prices.json").read_text("utf-8"))
    sizes: dict[str, Any] = json.loads((folder / "sizes.json").read_text("utf-8"))
    told = own if file is None else _read(file, own["prices"].keys())
    return Tariff(
        told["as_of"],
        told["region"],
        {name: float(one["usd"]) for name, one in told["prices"].items()},
        {name: one["is"] for group in sizes.values() for name, one in group.items()},
    )


def _read(file: Path, names: Any) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            told = json.loads(stream.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise _bad(f"reading it raised {type(error).__name__}") from None
    if not isinstance(told, dict) or not isinstance(told.get("prices"), dict):
        raise _bad("it has no prices")
    wrong = [] if _is_day(told.get("as_of")) else ["as_of"]
    wrong += [] if told.get("region") and isinstance(told["region"], str) else ["region"]
    wrong += sorted(name for name in names if not _is_price(told["prices"].get(name)))
    if wrong:
        raise _bad(f"missing, or not of the right form: {', '.join(wrong)}")
    unknown = len(told["prices"].keys() - names)
    if unknown:
        raise _bad(f"{unknown} price(s) that nothing is computed from: a name is misspelt")
    return told


def _is_day(said: Any) -> bool:
    try:
        return isinstance(said, str) and bool(date.fromisoformat(said))
    except ValueError:
        return False


def _is_price(said: Any) -> bool:
    usd = said.get("usd") if isinstance(said, dict) else None
    if isinstance(usd, bool) or not isinstance(usd, int | float):
        return False
    return math.isfinite(usd) and usd >= 0


def _bad(why: str) -> ReleaseError:
    return ReleaseError(
        "the file of prices cannot be used",
        why=why,
        fix="Copy prices.json of affidavit_release and change its numbers; see docs/cost.md",
    )
