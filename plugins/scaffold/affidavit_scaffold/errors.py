"""What `affidavit new` and `affidavit add` refuse."""

from affidavit import SettingsError


class ScaffoldError(SettingsError):
    """A repository cannot be made or added to; nothing has been changed."""
