"""Findings as SARIF 2.1.0, the form that code hosts and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from affidavit import __version__
from affidavit_lint.lint_rules import RULES, LintFinding

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Iterable[LintFinding]) -> dict[str, Any]:
    """Return a log with one run. A waived finding is in it, as suppressed, with its reason."""
    codes = list(RULES)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "affidavit-lint",
                        "version": __version__,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, codes.index(one.code)) for one in findings],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    rule = RULES[code]
    return {
        "id": code,
        "name": rule.name,
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": f"{rule.what}: {rule.why}."},
        "help": {"text": f"{rule.fix}."},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["security"]},
    }


def _result(finding: LintFinding, index: int) -> dict[str, Any]:
    waived = [{"kind": "inSource", "justification": finding.reason}] if finding.reason else []
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": "error",
        "message": {"text": f"{finding.message}. {RULES[finding.code].fix}."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.path)},
                    "region": {
                        "startLine": finding.line,
                        "startColumn": finding.column,
                        "endLine": finding.end_line,
                        "endColumn": finding.end_column,
                    },
                }
            }
        ],
        "suppressions": waived,
    }


def _uri(path: str) -> str:
    """Return a relative reference, or a file URI for an absolute path."""
    if PurePosixPath(path).is_absolute():
        return "file://" + quote(path)
    return quote(path.removeprefix("./"))
