"""What one invocation has read and changed, and what it has reached past its sources."""

from __future__ import annotations

from typing import NamedTuple

from affidavit._types import Json, Token


class Read(NamedTuple):
    """One statement that was run: source, query, bind names and row count.

    `reference` is the id under which the other side has logged it, if it says one.
    """

    source: str
    query: str
    binds: tuple[str, ...]
    rows: int
    reference: str = ""

    def said(self) -> dict[str, Json]:
        """Return what a record says of it in `q`, its keys in order."""
        told: dict[str, Json] = {"b": list(self.binds)}
        if self.reference:
            told["i"] = self.reference
        return told | {"n": self.query, "r": self.rows, "s": self.source}


class Change(NamedTuple):
    """One field that was changed, with tokens for what it was and what it is."""

    field: str
    old: Token
    new: Token


class OffRecordAccess(NamedTuple):
    """One way in which a handler reached past its sources, and how often that was noticed.

    `name` is a word of the code, `where` one that the policy lists, or a token.
    """

    kind: str
    name: str
    where: str
    decision: str
    times: int

    def said(self) -> dict[str, Json]:
        """Return what a record says of it in `off`, its keys in order."""
        told: dict[str, Json] = {"c": self.times, "d": self.decision, "k": self.kind}
        return told | {"n": self.name} | ({"r": self.where} if self.where else {})
