"""Write reports of several runs in the form that a file's name asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

from affidavit import SettingsError, __version__
from affidavit_harness.json_form import to_json
from affidavit_harness.protocol import RunReport

Reports = Sequence[RunReport]


def json_text(reports: Reports) -> str:
    """Return the reports as they are; every other form is made from that."""
    told = {
        "schema": "affidavit-reports/v1",
        "affidavit": __version__,
        "runs": [to_json(one) for one in reports],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


FORMS: Final = {
    ".xml": "junit:junit",
    ".html": "html:html",
    ".json": "write:json_text",
    ".tap": "tap:tap",
    ".md": "markdown:markdown",
}
"""Modules of this folder and what makes the text, by the file name's ending."""


def form_of(suffix: str) -> Callable[[Reports], str]:
    """Return what makes a report's text, imported now: few of the forms are ever asked for."""
    module, _, name = FORMS[suffix].partition(":")
    found: Callable[[Reports], str] = getattr(
        import_module(f"affidavit_harness.reports.{module}"), name
    )
    return found


def write_report(file: Path, reports: Reports) -> None:
    """Write one file.

    Raises:
        SettingsError: Its name ends with something else.

    """
    if file.suffix not in FORMS:
        raise SettingsError(
            f"{file.name} is no report's name",
            why=f"it must end with {', '.join(FORMS)}",
            fix="Name it report.html, for example",
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(form_of(file.suffix)(reports), "utf-8")


def add_summary(environ: Mapping[str, str], reports: Reports) -> None:
    """Add the verdicts to the summary of a job on GitHub, if this is one.

    What cannot be written there is in the output anyway, so it changes nothing.
    """
    place = environ.get("GITHUB_STEP_SUMMARY")
    if environ.get("GITHUB_ACTIONS") == "true" and place:
        with suppress(OSError), Path(place).open("a", encoding="utf-8") as summary:
            summary.write("\n" + form_of(".md")(reports))
