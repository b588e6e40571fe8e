"""A reader who has gone, as `| head` does; a connection that breaks is something else."""

from __future__ import annotations

import contextlib
import select
import sys
from collections.abc import Iterator
from typing import TextIO

import click

from affidavit_cli.foreign_errors import explain


@contextlib.contextmanager
def unread() -> Iterator[None]:
    """End a command well if nobody reads on; click would end it with 1, the code of a finding.

    Raises:
        SettingsError: What broke is a connection to somewhere else.

    """
    try:
        yield
    except BrokenPipeError as error:
        if reader_has_gone():
            raise click.exceptions.Exit(0) from None
        raise explain(error) from None


def reader_has_gone() -> bool:
    """Tell whether nobody reads stdout or stderr any more; so it is where that cannot be asked."""
    if not hasattr(select, "poll"):
        return True
    return any(_is_broken(stream) for stream in (sys.stdout, sys.stderr))


def _is_broken(stream: TextIO) -> bool:
    poll = select.poll()
    try:
        poll.register(stream.fileno(), 0)
    except (OSError, ValueError):  # no file is behind it
        return False
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
