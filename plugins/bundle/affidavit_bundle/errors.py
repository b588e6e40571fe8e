"""What can be wrong with a bundle."""

from __future__ import annotations

from affidavit import SetupError


class BundleError(SetupError):
    """A bundle cannot be made, or is not what it says. Names packages and files, never values."""
