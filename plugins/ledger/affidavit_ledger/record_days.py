"""How long records have to be kept, by the policies that they name."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Final

from affidavit import PolicyError
from affidavit.plugin import Entry, load_policy

_POLICY: Final = re.compile(rb'"pol":"([a-z][a-z0-9_-]{0,63})@')


def policies_of(bodies: Iterable[bytes]) -> set[str]:
    """Return the names of the policies that records name."""
    found = (_POLICY.search(body) for body in bodies)
    return {match[1].decode() for match in found if match is not None}


@functools.cache
def days_of(policy: str) -> int | None:
    """Return for how many days a policy keeps records; None for one that is not shipped."""
    try:
        return load_policy(policy).retention.archive_days
    except PolicyError:
        return None


def longest_days(entries: Iterable[Entry]) -> int:
    """Return the longest time, in days, that the policies of some records demand.

    A policy that is not shipped is not known here and counts as 0: whoever seals
    its records does so under a policy that keeps them at least as long.
    """
    return max((days_of(name) or 0 for name in policies_of(e.body for e in entries)), default=0)
