"""Begin to look: once per process, when the first handler is decorated."""

from __future__ import annotations

from collections.abc import Mapping

from affidavit._offrecord.audit_hook import listen
from affidavit._offrecord.observers import attach_when_imported


def look(environ: Mapping[str, str]) -> None:
    """Install the hook and the observers. Outside a handler neither does anything."""
    listen(environ)
    attach_when_imported()
