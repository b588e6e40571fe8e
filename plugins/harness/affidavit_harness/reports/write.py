"""Write reports of several runs in the form that a file's name asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from affidavit import SettingsError, __version__
from affidavit_harness.json_form import to_json
from affidavit_harness.protocol import RunReport
from affidavit_harness.reports.html import html
from affidavit_harness.reports.junit import junit
from affidavit_harness.reports.markdown import markdown
from affidavit_harness.reports.tap import tap

Reports = Sequence[RunReport]


def _json(reports: Reports) -> str:
    told = {
        "schema": "affidavit-reports/v1",
        "affidavit": __version__,
        "runs": [to_json(one) for one in reports],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


FORMS: Final[Mapping[str, Callable[[Reports], str]]] = {
    ".xml": junit,
    ".html": html,
    ".json": _json,
    ".tap": tap,
    ".md": markdown,
}
"""By the file name's ending."""


def write_report(file: Path, reports: Reports) -> None:
    """Write one file.

    Raises:
        SettingsError: Its name ends with something else, or it cannot be written.

    """
    form = FORMS.get(file.suffix)
    if form is None:
        raise SettingsError(
            f"{file.name} is no report's name",
            why=f"it must end with {', '.join(FORMS)}",
            fix="Name it report.html, for example",
        )
    failed = ""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(form(reports), "utf-8")
    except OSError as error:
        failed = type(error).__name__
    if failed:
        raise SettingsError(
            f"{file.name} cannot be written", why=f"it raised {failed}", fix="Name another file"
        )


def add_summary(environ: Mapping[str, str], reports: Reports) -> None:
    """Add the verdicts to the summary of a job on GitHub, if this is one.

    What cannot be written there is in the output anyway, so it changes nothing.
    """
    place = environ.get("GITHUB_STEP_SUMMARY")
    if environ.get("GITHUB_ACTIONS") == "true" and place:
        with suppress(OSError), Path(place).open("a", encoding="utf-8") as summary:
            summary.write("\n" + markdown(reports))
