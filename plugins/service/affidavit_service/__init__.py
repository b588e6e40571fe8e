"""One definition of a service: what its functions are, said once and read by everything else."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit import __version__
from affidavit.plugin import About, LazyCommand, hookimpl

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for."""
    return About(summary="One definition of a service, read by bundler, Terraform and releases")


@hookimpl
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `service` and `event`."""
    return [
        LazyCommand(
            "service",
            "Check functions.toml, and write what Terraform and editors read of it.",
            "affidavit_service.service_commands:service",
        ),
        LazyCommand(
            "event",
            "Generate events as Lambda hands them over, of every source that is known.",
            "affidavit_service.event_commands:event",
        ),
    ]
