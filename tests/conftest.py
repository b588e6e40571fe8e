"""Hypothesis profiles, and a clean environment. Nothing else."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings

_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]

settings.register_profile(
    "dev", max_examples=60, deadline=timedelta(seconds=5), suppress_health_check=_SLOW_IS_FINE
)
settings.register_profile(
    "ci",
    max_examples=100,
    # The same examples for the same code: what is green stays green. `nightly` looks further.
    derandomize=True,
    deadline=timedelta(seconds=30),
    suppress_health_check=_SLOW_IS_FINE,
    print_blob=True,
)
settings.register_profile(
    "nightly",
    parent=settings.get_profile("ci"),
    max_examples=3000,
    derandomize=False,
    deadline=None,
)
settings.register_profile("brief", parent=settings.get_profile("ci"), max_examples=40)
settings.register_profile("mutants", parent=settings.get_profile("ci"), max_examples=30)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own AFFIDAVIT_ variables must not change a test."""
    for name in list(os.environ):
        if name.startswith(("AFFIDAVIT_", "AWS_")) and not name.startswith("AFFIDAVIT_TEST_"):
            monkeypatch.delenv(name)
