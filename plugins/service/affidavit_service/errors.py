"""What can go wrong with a definition."""

from __future__ import annotations

from affidavit import AffidavitError


class ServiceError(AffidavitError):
    """The definition of a service cannot be used, or something does not agree with it."""
