"""A foreign plugin that says what it is."""

from affidavit.plugin import About, hookimpl

__version__ = "7.1"


@hookimpl
def affidavit_about() -> About:
    return About(summary="Says what it is", needs=("json",))
