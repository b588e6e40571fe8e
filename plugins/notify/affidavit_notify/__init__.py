"""Mail through SES and events through EventBridge, about what is on record."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import SplitResult

from affidavit import __version__
from affidavit.plugin import About, Notifier, NotifierFactory, hookimpl

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for."""
    return About(
        summary="Mail through SES from templates in S3, events through EventBridge",
        extra="notify",
        needs=("boto3", "jinja2"),
    )


@hookimpl
def affidavit_notifiers() -> Sequence[NotifierFactory]:
    """Offer `ses://sender@example.org?…` and `eventbridge://bus`."""
    return [
        NotifierFactory(scheme="eventbridge", open=_open_bus),
        NotifierFactory(scheme="ses", open=_open_mail),
    ]


# Neither boto3 nor jinja2 is imported before the first notice is sent.


def _open_mail(url: SplitResult) -> Notifier:
    from affidavit_notify.notifier import open_mail  # noqa: PLC0415

    return open_mail(url)


def _open_bus(url: SplitResult) -> Notifier:
    from affidavit_notify.notifier import open_bus  # noqa: PLC0415

    return open_bus(url)
