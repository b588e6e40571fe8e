"""Mail, events on a bus and messages in a chat, about what is on record."""

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
        summary="Mail through SES, events through EventBridge, messages to Slack and Teams",
        extra="notify",
        needs=("boto3", "jinja2"),
    )


@hookimpl
def affidavit_notifiers() -> Sequence[NotifierFactory]:
    """Offer `ses://sender@example.org?…`, `eventbridge://bus`, `slack://host?…`, `teams://host?…`."""
    return [
        NotifierFactory(scheme="eventbridge", open=_open_bus),
        NotifierFactory(scheme="ses", open=_open_mail),
        NotifierFactory(scheme="slack", open=_open_slack),
        NotifierFactory(scheme="teams", open=_open_teams),
    ]


# Neither boto3 nor jinja2 is imported before the first notice is sent.


def _open_mail(url: SplitResult) -> Notifier:
    from affidavit_notify.notifier import open_mail  # noqa: PLC0415

    return open_mail(url)


def _open_bus(url: SplitResult) -> Notifier:
    from affidavit_notify.notifier import open_bus  # noqa: PLC0415

    return open_bus(url)


def _open_slack(url: SplitResult) -> Notifier:
    from affidavit_notify.webhook import open_slack  # noqa: PLC0415

    return open_slack(url)


def _open_teams(url: SplitResult) -> Notifier:
    from affidavit_notify.webhook import open_teams  # noqa: PLC0415

    return open_teams(url)
