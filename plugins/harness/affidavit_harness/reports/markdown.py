"""Reports as Markdown: for the summary of a job, or a comment on a change."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit_harness.protocol import RunReport
from affidavit_harness.reports.summary import remarks, troubles
from affidavit_harness.run_ids import short


def markdown(reports: Sequence[RunReport]) -> str:
    """Return a table of verdicts, and below it what somebody should look at."""
    lines = ["| scenario | verdict | took | leaked | run |", "|---|---|---|---|---|"]
    for one in reports:
        took = f"{one.took_ms / 1000:.1f} s"
        cells = (one.title, one.verdict, took, one.leaked, short(one.run))
        lines.append(f"| {' | '.join(_cell(str(cell)) for cell in cells)} |")
    found = [
        f"- **{_cell(one.title)}** `{_code(told)}`"
        for one in reports
        for told in (*troubles(one), *remarks(one))
    ]
    return "\n".join([*lines, "", *found]).rstrip("\n") + "\n"


def _cell(text: str) -> str:
    """Return text that cannot end its cell."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def _code(text: str) -> str:
    """Return text as it may stand between backticks: nothing in it becomes a link or markup."""
    return text.replace("`", "'").replace("\n", " ")
