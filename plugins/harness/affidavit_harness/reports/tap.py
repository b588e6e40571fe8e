"""TAP 14: one line per case, and the troubles below it."""

from __future__ import annotations

from collections.abc import Sequence

from affidavit_harness.protocol import RunReport
from affidavit_harness.reports.summary import remarks, troubles


def tap(reports: Sequence[RunReport]) -> str:
    """Return the reports as TAP."""
    lines = ["TAP version 14", f"1..{len(reports)}"]
    for number, report in enumerate(reports, 1):
        word = "ok" if report.verdict in {"PASSED", "NOT RUN"} else "not ok"
        skipped = " # SKIP it was not run" if report.verdict == "NOT RUN" else ""
        lines.append(f"{word} {number} - {report.title.replace('#', '?')}{skipped}")
        lines += [f"# {one}".replace("\n", " ") for one in (*troubles(report), *remarks(report))]
    return "\n".join(lines) + "\n"
