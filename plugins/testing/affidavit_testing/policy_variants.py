"""Draw policies: the shipped ones, and variations that stay within what a policy may say."""

from __future__ import annotations

from hypothesis import strategies as st

from affidavit.plugin import (
    Declare,
    Policy,
    RequestLimits,
    Retention,
    load_policy,
    shipped_policies,
)


def policies(*names: str) -> st.SearchStrategy[Policy]:
    """Draw policies by name (all shipped ones if none is given), varied.

    What varies is when the opening record is kept, how long records stay, and
    how large a request may be.
    """
    held = [load_policy(name) for name in names or shipped_policies()]
    return st.builds(
        _varied,
        policy=st.sampled_from(held),
        declare=st.sampled_from(Declare),
        days=st.integers(1, 4000),
        limits=st.builds(
            RequestLimits, request_bytes=st.integers(200, 10_000), depth=st.integers(4, 64)
        ),
    )


def _varied(policy: Policy, declare: Declare, days: int, limits: RequestLimits) -> Policy:
    kept = Retention(days, max(days, policy.retention.archive_days))
    return policy._replace(declare=declare, retention=kept, limits=limits)
