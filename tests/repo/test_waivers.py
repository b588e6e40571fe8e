"""Whoever lifts a rule says which one, and an ignored rule says why."""

from __future__ import annotations

import re
import tokenize
import tomllib
from pathlib import Path

import repository as repo
from affidavit_lint.check_files import check_paths

PYTHON = repo.modules(*repo.SHIPPED) + repo.modules(
    repo.ROOT / "tests", repo.ROOT / "examples", repo.ROOT / "benchmarks"
)
NOQA = re.compile(r"# noqa: [A-Z]+[0-9]+(?:, [A-Z]+[0-9]+)*(?: - \S.*)?$")
IGNORE = re.compile(r"# type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\]")


def _comments(path: Path) -> list[str]:
    with path.open("rb") as file:
        return [
            token.string
            for token in tokenize.tokenize(file.readline)
            if token.type == tokenize.COMMENT
        ]


def test_a_waiver_names_what_it_lifts() -> None:
    """`# noqa` alone would lift everything, and what comes after it."""
    bad = [
        (repo.name(path), comment)
        for path in PYTHON
        for comment in _comments(path)
        if ("noqa" in comment and not NOQA.search(comment))
        or ("type: ignore" in comment and not IGNORE.search(comment))
    ]

    assert [] == bad


def test_affidavit_lint_finds_nothing_in_our_own_code() -> None:
    """What we tell others about their handlers holds for us, or says in its line why not."""
    folders = [repo.ROOT / name for name in ("core", "plugins", "examples")]
    files, found = check_paths(folders)

    assert 300 <= files
    told = {f"{repo.name(Path(one.path))} {one.code}" for one in found if not one.reason}
    assert set() == told
    assert [] != [finding for finding in found if finding.reason]


def test_nothing_is_left_out_of_coverage_in_the_code() -> None:
    """What cannot be covered is said once, in pyproject.toml."""
    shipped = repo.modules(*repo.SHIPPED)

    assert [] == [path for path in shipped if "pragma: no cover" in path.read_text()]


def test_every_rule_that_is_ignored_has_a_reason() -> None:
    """Beside it, in pyproject.toml, for all files and for some."""
    text = (repo.ROOT / "pyproject.toml").read_text()
    ruff = text.partition("[tool.ruff.lint]")[2].partition("[tool.importlinter]")[0]
    ignored = re.findall(r'^    "([A-Z]+[0-9]*)",(.*)$', ruff, flags=re.MULTILINE)

    assert 15 <= len(ignored)
    assert [] == [code for code, rest in ignored if not re.fullmatch(r" +# .{4,}", rest)]


def test_what_coverage_leaves_out_has_a_reason() -> None:
    """Patterns of lines that no test can reach."""
    text = (repo.ROOT / "pyproject.toml").read_text()
    patterns = text.partition("exclude_also = [")[2].partition("]\n")[0]

    for line in filter(None, map(str.strip, patterns.splitlines())):
        assert "#" in line or line == '"@overload",', line


def test_a_mutant_that_changes_nothing_is_of_a_line_that_is_there() -> None:
    """The reason why nobody could see it was given for that line, and for no other."""
    waived = tomllib.loads((repo.ROOT / "tests/equivalent_mutants.toml").read_text())["equivalent"]
    gone = [
        (one["file"], one["line"])
        for one in waived
        if one["line"] not in map(str.strip, (repo.ROOT / one["file"]).read_text().splitlines())
    ]

    assert [] == gone
