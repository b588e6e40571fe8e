"""`affidavit lint` as a person, a code host and a hook run it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import repository as repo
from affidavit_cli.main import run
from affidavit_lint.check_files import check_text
from affidavit_lint.lint_rules import RULES
from affidavit_lint.sarif import sarif
from lint_cases import FINE, PLANTED


@pytest.fixture
def bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with one finding, one waived finding, and a name with a space."""
    monkeypatch.chdir(tmp_path)
    text = PLANTED["percent"] + 'password = "tr0ub4dor3"  # affidavit: allow AFF401 - a test\n'
    path = Path("a b.py")
    path.write_text(text)
    return path


def test_findings_are_told_by_line_and_end_with_1(
    bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the form that editors jump to."""
    assert 1 == run(["lint", str(bad)])
    out = capsys.readouterr().out

    assert out.startswith("a b.py:6:32: AFF103 a statement is formatted with %")
    assert "1 file(s), 1 finding(s), 1 waived." in out
    assert "tr0ub4dor3" not in out


def test_each_finding_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its place, its code, what is wrong and what to do, and nothing between two of them."""
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text('password = "tr0ub4dor3"\n\nsecret = "tr0ub4dor4"\n')
    assert 1 == run(["lint", "a.py"])
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("a.py:1:12: AFF401 ")
    assert second == first.replace(":1:12:", ":3:10:").replace("name password", "name secret")
    assert first.endswith(f". {RULES['AFF401'].fix}.")
    assert "1 file(s), 2 finding(s), 0 waived." == last


def test_nothing_found_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says how much was looked at."""
    (tmp_path / "fine.py").write_text(FINE["values as binds"])

    assert 0 == run(["lint", str(tmp_path)])
    assert "1 file(s), 0 finding(s), 0 waived." in capsys.readouterr().out


def test_a_path_that_is_not_there_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    """As every command that is not used rightly; so does no path at all."""
    assert 2 == run(["lint", "nothing-there"])
    assert 2 == run(["lint"])
    assert "" == capsys.readouterr().out


def test_json_is_sarif(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a code host takes, with the waived finding as suppressed."""
    assert 1 == run(["lint", "--output", "json", str(bad)])
    log = json.loads(capsys.readouterr().out)
    _check_sarif(log)
    open_one, waived = log["runs"][0]["results"]

    assert ("AFF103", []) == (open_one["ruleId"], open_one["suppressions"])
    assert [{"kind": "inSource", "justification": "a test"}] == waived["suppressions"]
    place = open_one["locations"][0]["physicalLocation"]
    assert "a%20b.py" == place["artifactLocation"]["uri"]
    assert 6 == place["region"]["startLine"]


def test_sarif_goes_to_a_file_too(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text for the log, a file for the code host, in one run."""
    assert 1 == run(["lint", "--sarif", "lint.sarif", str(bad)])
    assert "AFF103" in capsys.readouterr().out
    _check_sarif(json.loads(Path("lint.sarif").read_text()))
    assert 3 == run(["lint", "--sarif", "not/there.sarif", str(bad)])
    assert "cannot be used" in capsys.readouterr().err


def test_an_absolute_path_is_a_uri(tmp_path: Path) -> None:
    """A relative one is relative to where the command runs."""
    (found,) = check_text((tmp_path / "x.py").as_posix(), "def f(:")
    log = sarif([found, found._replace(path="./src/x.py")])
    uris = [
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for one in log["runs"][0]["results"]
    ]

    assert [f"file://{tmp_path.as_posix()}/x.py", "src/x.py"] == uris


def _check_sarif(log: dict[str, Any]) -> None:
    """Hold a log against what SARIF 2.1.0 demands of the parts that we write."""
    assert ("2.1.0", 1) == (log["version"], len(log["runs"]))
    (one,) = log["runs"]
    rules = one["tool"]["driver"]["rules"]
    assert list(RULES) == [rule["id"] for rule in rules]
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules)
    for result in one["results"]:
        assert result["ruleId"] == rules[result["ruleIndex"]]["id"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert 1 <= region["startLine"] <= region["endLine"]
        assert (region["startLine"], region["startColumn"]) < (
            region["endLine"],
            region["endColumn"],
        )


def test_the_page_lists_every_rule() -> None:
    """With its name and what it finds."""
    page = (repo.DOCS / "lint.md").read_text()

    assert [] == [
        rule.code
        for rule in RULES.values()
        if f"| {rule.code} `{rule.name}` | {rule.what} | {rule.why} | {rule.fix} |" not in page
    ]


def test_the_hook_of_pre_commit_runs_the_command() -> None:
    """`pre-commit` appends the names of changed files."""
    (hook,) = yaml.safe_load((repo.ROOT / ".pre-commit-hooks.yaml").read_text())

    assert {"id", "name", "description", "entry", "language", "types"} <= hook.keys()
    assert ["affidavit", "lint"] == hook["entry"].split()
    assert [".[cli]"] == hook["additional_dependencies"]
    assert 0 == run([*hook["entry"].split()[1:], "--help"])
