"""The log of findings, compared whole, and the rules by their codes and names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from affidavit import __version__
from affidavit_cli.main import run
from affidavit_lint.lint_rules import RULES
from affidavit_lint.sarif import sarif
from lint_cases import PLANTED

NAMES = {
    "AFF101": "sql-f-string",
    "AFF102": "sql-concatenation",
    "AFF103": "sql-percent",
    "AFF104": "sql-format",
    "AFF105": "sql-not-constant",
}


def test_a_rule_keeps_its_code_and_its_name() -> None:
    """Waivers in other people's code name them."""
    assert NAMES == {code: RULES[code].name for code in NAMES}
    for code, rule in RULES.items():
        assert code == rule.code
        assert rule.name == rule.name.lower().strip()
        assert set(rule.name) <= set("abcdefghijklmnopqrstuvwxyz-")
    assert len(RULES) == len({rule.name for rule in RULES.values()})


def test_a_log_is_this(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tool, rules, one finding, and one that is waived, with its reason."""
    monkeypatch.chdir(tmp_path)
    text = PLANTED["percent"] + 'password = "tr0ub4dor3"  # affidavit: allow AFF401 - a test\n'
    Path("a b.py").write_text(text)
    assert 1 == run(["lint", "--output", "json", "a b.py"])
    log = json.loads(capsys.readouterr().out)
    (one,) = log.pop("runs")
    assert {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
    } == log
    assert [
        {
            "id": code,
            "name": rule.name,
            "shortDescription": {"text": rule.what},
            "fullDescription": {"text": f"{rule.what}: {rule.why}."},
            "help": {"text": f"{rule.fix}."},
            "defaultConfiguration": {"level": "error"},
            "properties": {"tags": ["security"]},
        }
        for code, rule in RULES.items()
    ] == one["tool"]["driver"].pop("rules")
    tool = {"driver": {"name": "affidavit-lint", "version": __version__}}
    assert (tool, "unicodeCodePoints") == (one.pop("tool"), one.pop("columnKind"))
    found, waived = one.pop("results")
    assert {} == one
    codes = list(RULES)
    for told, code, reason in ((found, "AFF103", ""), (waived, "AFF401", "a test")):
        region = told["locations"][0]["physicalLocation"].pop("region")
        assert {"startLine", "startColumn", "endLine", "endColumn"} == region.keys()
        assert region["startLine"] <= region["endLine"]
        assert told.pop("message")["text"].endswith(f"{RULES[code].fix}.")
        assert {
            "ruleId": code,
            "ruleIndex": codes.index(code),
            "level": "error",
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a%20b.py"}}}],
            "suppressions": [{"kind": "inSource", "justification": reason}] if reason else [],
        } == told
    assert [] == sarif([])["runs"][0]["results"]
