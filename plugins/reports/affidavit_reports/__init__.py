"""Answers from sealed evidence: reports, a columnar copy of the archive, evidence packs."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit import __version__
from affidavit.plugin import About, LazyCommand, hookimpl

__all__ = ["__version__"]


@hookimpl
def affidavit_about() -> About:
    """Say what this plugin is for, and what it needs."""
    return About(
        summary="Ask the archive, and hand the answer over with its proof",
        extra="lake",
        needs=("cryptography", "duckdb", "jinja2", "starlette", "uvicorn"),
    )


@hookimpl
def affidavit_commands() -> Sequence[LazyCommand]:
    """Offer `report`, `archive`, `pack` and `console`."""
    return [
        LazyCommand(
            "archive",
            "Make a columnar copy of the archive, and check it.",
            "affidavit_reports.archive_commands:archive",
        ),
        LazyCommand(
            "console",
            "Look at evidence in a browser, on this machine, read-only.",
            "affidavit_reports.console_command:console",
        ),
        LazyCommand(
            "pack",
            "Write one page with an answer, its verification and its proofs.",
            "affidavit_reports.pack_command:pack",
        ),
        LazyCommand(
            "report",
            "Ask the sealed archive: who, whom, when, refusals, disclosures.",
            "affidavit_reports.report_command:report",
        ),
    ]
