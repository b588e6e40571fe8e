"""`affidavit lint`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from affidavit.plugin import CommandResult
from affidavit_lint.check_files import check_paths
from affidavit_lint.lint_rules import RULES, LintFinding
from affidavit_lint.sarif import sarif


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--sarif",
    "report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the findings to this file, for a code host.",
)
def lint(paths: tuple[Path, ...], report: Path | None) -> CommandResult:
    """Find what slips past an audit in Python code. Nothing is run or imported.

    PATHS are files, or folders whose Python files are all checked. With
    --output json the result is SARIF 2.1.0. Exit code 1 if there are findings
    without a waiver. A waiver is a comment in the line, or alone above it:
    # affidavit: allow AFF101 - the reason
    """
    count, found = check_paths(paths)
    log = sarif(found)
    if report is not None:
        report.write_text(json.dumps(log, indent=2) + "\n", "utf-8")
    open_ones = [one for one in found if not one.reason]
    waived = len(found) - len(open_ones)
    return CommandResult(
        data=log,
        text="".join(_lines(open_ones)),
        notes=(f"{count} file(s), {len(open_ones)} finding(s), {waived} waived.",),
        exit_code=1 if open_ones else 0,
    )


def _lines(findings: Sequence[LintFinding]) -> list[str]:
    return [
        f"{one.path}:{one.line}:{one.column}: {one.code} {one.message}. {RULES[one.code].fix}.\n"
        for one in findings
    ]
