"""How long the suite looks: settings profiles, apart from those of your own properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from hypothesis import HealthCheck, Phase, Verbosity, settings


class Profile(NamedTuple):
    """Examples for each promise, and histories and steps for the one with a memory.

    `shrinks` is how many times at most an example which breaks a promise is tried again to make
    it smaller. Most of that is won at first, and somebody is waiting for the failure.
    """

    examples: int
    histories: int
    steps: int
    shrinks: int


PROFILES: Final[Mapping[str, Profile]] = {
    "dev": Profile(examples=40, histories=8, steps=8, shrinks=60),
    "ci": Profile(examples=120, histories=25, steps=15, shrinks=500),
    "nightly": Profile(examples=2000, histories=300, steps=40, shrinks=5000),
    # Where only the verdict counts, and nobody reads the example.
    "verdict": Profile(examples=120, histories=25, steps=15, shrinks=0),
}

_SLOW_IS_FINE: Final = [
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
    HealthCheck.nested_given,
]


def least(name: str, *, histories: bool = False) -> int:
    """Return how often a promise's premise must occur at least for the promise to be shown.

    A promise about histories is tried with fewer of them, each of several steps.
    """
    profile = PROFILES[name]
    return max(1, (profile.histories if histories else profile.examples) // 10)


def settings_of(name: str, *, histories: bool = False) -> settings:
    """Return Hypothesis' settings of a profile: `dev`, `ci`, `nightly` or `verdict`."""
    profile = PROFILES[name]
    left_out = {Phase.explain} if profile.shrinks else {Phase.explain, Phase.shrink}
    return settings(
        max_examples=profile.histories if histories else profile.examples,
        stateful_step_count=profile.steps,
        deadline=None,  # a delivery has a limit of its own
        suppress_health_check=_SLOW_IS_FINE,
        print_blob=True,
        report_multiple_bugs=False,
        verbosity=Verbosity.normal,
        phases=[phase for phase in Phase if phase not in left_out],
    )
