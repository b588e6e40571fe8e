"""Where a check goes on that does not begin at the beginning: in the log, and in each chain."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from affidavit_ledger.notes import FIRST
from affidavit_ledger.open_invocations import Place


class ChainPoint(NamedTuple):
    """How far one chain has been checked.

    `link` is what the next record says in `prev`; `key` is the chain's first key,
    wrapped, as its first record holds it (empty: not known, so MACs are not
    checked); `expires_at` is when the newest record so far expires.
    """

    next_seq: int
    link: str
    key: str
    expires_at: int


class ChainRun(NamedTuple):
    """Records of one chain that follow each other, and in which nothing is wrong.

    They go from `first` to before `next_seq`; `prev` is what the first of them names
    and `link` what the record behind them has to name. `opened` and `closed` are
    attempts that begin and end in them without the other.
    """

    writer: str
    first: int
    prev: str
    next_seq: int
    link: str
    key: str
    expires_at: int
    opened: Mapping[bytes, Place] = MappingProxyType({})
    closed: frozenset[bytes] = frozenset()


class LogPoint(NamedTuple):
    """How far a log has been checked: the next checkpoint, and what it has to follow.

    `size` and `stack` are the tree's frontier; `prev` is what checkpoint `number`
    says of the one before it, whose time was `time`.
    """

    number: int
    origin: str
    size: int
    stack: tuple[bytes, ...]
    prev: str
    time: str
    chains: Mapping[str, ChainPoint]


BEGINNING: Final = LogPoint(0, "", 0, (), FIRST, "", MappingProxyType({}))
"""Where a check begins that nothing went before."""
