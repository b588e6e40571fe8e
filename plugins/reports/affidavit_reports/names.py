"""Say in an answer who is meant, from a list that never reaches the ledger.

The list is a CSV file, for instance of staff: an identifier as requests carry
it, and a name to show. Tokens are computed here, with the ledger's own token
key, and matched; a token that nobody on the list has stays a token.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from affidavit import SettingsError
from affidavit.plugin import Ledger
from affidavit_ledger.token_keys import actor_tokens, subject_tokens

_HEADERS: Final = {"id", "identifier"}
SHOWN: Final = frozenset({"actor", "on_behalf", "subject"})
"""Columns that hold tokens of people."""


def read_names(path: Path) -> dict[str, str]:
    """Read identifiers and names: two columns, with or without a header.

    Raises:
        SettingsError: The file cannot be read, or a line has no name.

    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [line for line in csv.reader(file) if any(map(str.strip, line))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = f"reading it raised {type(error).__name__}"
    else:
        short = next((number for number, line in enumerate(lines, 1) if len(line) < 2), 0)  # noqa: PLR2004
        if not short:
            start = 1 if lines and lines[0][0].strip().lower() in _HEADERS else 0
            return {line[0].strip(): line[1].strip() for line in lines[start:]}
        why = f"line {short} has one column"
    raise SettingsError(
        "the list of names cannot be used",
        why=why,
        fix="Write one person a line, as CSV: identifier, name to show",
    )


def tokens_of(names: Mapping[str, str], ledger: Ledger, tenants: Iterable[str]) -> dict[str, str]:
    """Return the names by the tokens that records have in their place, for each tenant.

    Raises:
        LedgerError: The token key cannot be had.

    """
    found: dict[str, str] = {}
    for tenant in {"", *tenants}:
        for identifier, name in names.items():
            told = actor_tokens(ledger, tenant, identifier)
            told += subject_tokens(ledger, tenant, identifier)
            found |= dict.fromkeys(told, name)
    return found
