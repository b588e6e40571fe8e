"""Why a notice was not sent. Operators see the type's name, so the name has to say it."""

from __future__ import annotations

from affidavit import AffidavitError


class NoticeError(AffidavitError):
    """A notice was not sent."""


class RecipientRefusedError(NoticeError):
    """A recipient is no known audience, or an address outside the allowed domains."""


class TemplateMissingError(NoticeError):
    """There is no template of that name and version."""


class TemplateFaultError(NoticeError):
    """A template cannot be rendered: its grammar, a value that is missing, its size."""


class MailNotSentError(NoticeError):
    """SES or S3 refused, or could not be reached."""


class EventNotSentError(NoticeError):
    """EventBridge refused, or could not be reached."""


class NoBusError(NoticeError):
    """An event was asked for, and the deployment names no bus."""


class NoMailError(NoticeError):
    """A mail was asked for, and the deployment names no sender or no templates."""


class WebhookAddressError(NoticeError):
    """The address of a webhook cannot be read, or is of another host than the URL names."""


class WebhookNotSentError(NoticeError):
    """A webhook refused, or could not be reached."""
