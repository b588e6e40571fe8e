"""Waivers: `# affidavit: allow AFF101 - the reason`, at the end of a line or alone above it."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from affidavit_lint.lint_rules import RULES, LintFinding

_MARK: Final = re.compile(r"#\s*affidavit\s*:(?P<rest>.*)", re.IGNORECASE)
_FORM: Final = re.compile(
    r"\s*allow\s+(?P<codes>AFF\d{3}(?:\s*,\s*AFF\d{3})*)\s+-\s+(?P<why>\S.{3,})"
)
_NOT_WAIVED: Final = frozenset({"AFF900", "AFF901", "AFF902"})
"""Rules about files and waivers themselves."""


class LintWaiver(NamedTuple):
    """One comment. `line` is the line of code that it speaks of."""

    comment_line: int
    column: int
    line: int
    codes: frozenset[str]
    reason: str


def read_waivers(text: str) -> list[LintWaiver]:
    """Return every comment that is meant as a waiver, usable or not."""
    found = []
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return []
    lines = text.splitlines()
    for token in tokens:
        mark = _MARK.match(token.string) if token.type == tokenize.COMMENT else None
        if mark is None:
            continue
        row, column = token.start
        alone = not lines[row - 1][:column].strip()
        form = _FORM.fullmatch(mark["rest"].rstrip())
        codes = frozenset(re.findall(r"AFF\d{3}", form["codes"])) if form else frozenset()
        usable = codes <= RULES.keys() - _NOT_WAIVED
        line = _next_code(lines, row) if alone else row
        reason = form["why"] if form and usable else ""
        found.append(LintWaiver(row, column + 1, line, codes if usable else frozenset(), reason))
    return found


def apply_waivers(
    path: str, findings: Iterable[LintFinding], waivers: list[LintWaiver]
) -> Iterator[LintFinding]:
    """Yield every finding with the reason that waives it, and what is wrong with waivers."""
    used: set[tuple[int, str]] = set()
    for finding in findings:
        for waiver in waivers:
            lines = range(finding.line, finding.end_line + 1)
            if finding.code in waiver.codes and waiver.line in lines:
                used.add((waiver.comment_line, finding.code))
                finding = finding._replace(reason=waiver.reason)  # noqa: PLW2901 - the same one, waived
        yield finding
    for waiver in waivers:
        idle = sorted(code for code in waiver.codes if (waiver.comment_line, code) not in used)
        if not waiver.reason:
            yield _about(path, waiver, "AFF901", "")
        elif idle:
            yield _about(path, waiver, "AFF902", ", ".join(idle))


def _about(path: str, waiver: LintWaiver, code: str, more: str) -> LintFinding:
    row, column = waiver.comment_line, waiver.column
    what = RULES[code].what
    return LintFinding(
        code, path, row, column, row, column + 1, f"{what}: {more}" if more else what
    )


def _next_code(lines: list[str], row: int) -> int:
    """Return the number of the first line after `row` that is neither empty nor a comment."""
    for number in range(row, len(lines)):
        if lines[number].strip() and not lines[number].lstrip().startswith("#"):
            return number + 1
    return row
