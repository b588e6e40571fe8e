"""What is found in code, and what is not."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import repository as repo
from affidavit_lint.check_files import check_file, check_paths, check_text, python_files
from affidavit_lint.lint_rules import RULES
from lint_cases import FINE, PLANTED, expected


def _found(text: str) -> list[tuple[str, int]]:
    return [(one.code, one.line) for one in check_text("case.py", text) if not one.reason]


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_mistake_is_found_in_its_line(case: str) -> None:
    """Once, and nothing else with it."""
    assert 1 == len(expected(PLANTED[case]))
    assert expected(PLANTED[case]) == _found(PLANTED[case])


@pytest.mark.parametrize("case", FINE)
def test_what_only_looks_like_a_mistake_is_not_found(case: str) -> None:
    """A check that cries wolf is switched off."""
    assert [] == _found(FINE[case])


def test_there_are_enough_cases_and_every_rule_has_one() -> None:
    """Rules about waivers and files have their tests below."""
    planted = {code for text in PLANTED.values() for code, _ in expected(text)}

    assert 40 <= len(PLANTED)
    assert {"AFF900", "AFF901", "AFF902"} == RULES.keys() - planted


def test_a_tree_of_all_cases_is_checked_at_once(tmp_path: Path) -> None:
    """Every planted file is named, no other is."""
    for number, text in enumerate(PLANTED.values()):
        (tmp_path / f"planted_{number:02}.py").write_text(text)
    for number, text in enumerate(FINE.values()):
        (tmp_path / f"fine_{number:02}.py").write_text(text)
    count, found = check_paths([tmp_path])

    assert len(PLANTED) + len(FINE) == count
    assert {f"planted_{number:02}.py" for number in range(len(PLANTED))} == {
        Path(one.path).name for one in found
    }


def test_the_examples_are_clean() -> None:
    """People copy them."""
    count, found = check_paths([repo.ROOT / "examples"])

    assert 4 <= count
    assert [] == found


@pytest.mark.parametrize("case", PLANTED)
def test_no_finding_repeats_a_literal(case: str) -> None:
    """A report with the secret in it is a second leak."""
    for one in check_text("case.py", PLANTED[case]):
        assert not re.search("tr0ub4dor|AKIA|BEGIN|eyJ|select|insert|postgres", one.message)


# -- waivers -------------------------------------------------------------------

_SECRET = 'password = "tr0ub4dor&3"'  # noqa: S105 - planted


@pytest.mark.parametrize(
    "text",
    [
        f"{_SECRET}  # affidavit: allow AFF401 - a container on this machine",
        f"# affidavit: allow AFF401 - a container on this machine\n{_SECRET}",
        f"# affidavit: allow AFF401 - a container on this machine\n# and more\n\n{_SECRET}",
        f"{_SECRET}  # AFFIDAVIT: allow AFF401 - a container on this machine",
        f"connect(\n    user='app',\n    {_SECRET},  # affidavit: allow AFF401 - a container\n)",
    ],
)
def test_a_waiver_with_a_reason_holds(text: str) -> None:
    """For its line, or alone above it; the finding stays on record with the reason."""
    (found,) = check_text("case.py", text)

    assert ("AFF401", True) == (found.code, found.reason.startswith("a container"))


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        pytest.param("allow AFF401", {"AFF401", "AFF901"}, id="no reason"),
        pytest.param("allow AFF401 -", {"AFF401", "AFF901"}, id="an empty reason"),
        pytest.param("allow AFF401 - ok", {"AFF401", "AFF901"}, id="a word of a reason"),
        pytest.param("allow all - because", {"AFF401", "AFF901"}, id="every rule"),
        pytest.param("allow - because of that", {"AFF401", "AFF901"}, id="no rule"),
        pytest.param("allow AFF999 - because of that", {"AFF401", "AFF901"}, id="unknown rule"),
        pytest.param("allow AFF901 - because of that", {"AFF401", "AFF901"}, id="a waiver's rule"),
        pytest.param("alow AFF401 - because of that", {"AFF401", "AFF901"}, id="misspelt"),
        pytest.param("allow AFF101 - because of that", {"AFF401", "AFF902"}, id="another rule"),
        pytest.param("allow AFF101, AFF401 - because of that", {"AFF902"}, id="one too many"),
    ],
)
def test_a_waiver_that_is_not_usable_is_found_itself(comment: str, codes: set[str]) -> None:
    """It would look as if somebody had thought about it."""
    found = check_text("case.py", f"{_SECRET}  # affidavit: {comment}\n")

    assert codes == {one.code for one in found if not one.reason}


def test_a_waiver_for_nothing_is_found() -> None:
    """It would hide the next mistake."""
    assert [("AFF902", 1)] == _found("# affidavit: allow AFF101 - was needed once\nx = 1\n")


def test_a_waiver_reaches_no_other_line() -> None:
    """Neither the one before nor the one after."""
    text = f"{_SECRET}\ntoken = 'tr0ub4dor3'  # affidavit: allow AFF401 - a test\n{_SECRET}"

    assert [("AFF401", 1), ("AFF401", 3)] == _found(text)


def test_a_text_that_looks_like_a_waiver_is_none() -> None:
    """Comments only."""
    assert [("AFF401", 1)] == _found(f'{_SECRET}; x = "# affidavit: allow AFF401 - because"')


# -- files ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"def f(:\n", id="not Python"),
        pytest.param(b"x = '\xff\xfe'\n", id="not UTF-8"),
        pytest.param(b"# coding: nothing-like-it\nx = 1\n", id="no such encoding"),
        pytest.param(b"x = 1\x00\n", id="a NUL"),
        pytest.param(b"x = " + b"(" * 5000 + b"1" + b")" * 5000, id="too deep"),
        pytest.param(b"x = " + b"-" * 50_000 + b"1", id="too deep in another way"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path, content: bytes) -> None:
    """What is not read is not checked, and that is said."""
    path = tmp_path / "x.py"
    path.write_bytes(content)
    (found,) = check_file(path)

    assert "AFF900" == found.code


def test_a_file_in_another_encoding_is_read(tmp_path: Path) -> None:
    """As Python reads it, with or without a mark at its beginning."""
    for number, (encoding, head) in enumerate(
        [("latin-1", "# coding: latin-1\n"), ("utf-8-sig", "")]
    ):
        path = tmp_path / f"{number}.py"
        path.write_bytes((head + 'ö = 1\npassword = "größer-als"\n').encode(encoding))

        assert ["AFF401"] == [one.code for one in check_file(path)]


def test_folders_of_others_are_left_alone_and_links_are_not_followed(tmp_path: Path) -> None:
    """A file that is named is checked wherever it lies."""
    for name in ("a.py", "b/c.py", ".venv/d.py", "b/node_modules/e.py", "b/__pycache__/f.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    (tmp_path / "b" / "link.py").symlink_to(tmp_path / "a.py")
    (tmp_path / "text.txt").write_text("x = 1\n")
    named = tmp_path / ".venv" / "d.py"

    assert ["a.py", "b/c.py"] == sorted(
        found.relative_to(tmp_path).as_posix() for found in python_files([tmp_path])
    )
    assert [named] == list(python_files([named]))
    assert 2 == check_paths([tmp_path, tmp_path / "a.py"])[0]


_LINES = """
a = b
b = a
a = f'{b}'
a += b
Query(name='q', sql=a)
def a(b, a):
    return a(b)
    a = b = c
for a in b: print(a)
c.execute(a)
class B:
    self.sql = self.sql
a, *b = c
x = lambda a, b: a
log = log.bind(log)
log.info(a)
# affidavit: allow AFF101 - because
@audited
def handler(event, context):
    log = context.log
    print(event)
d[a] = b
""".splitlines()


@given(lines=st.lists(st.sampled_from(_LINES), max_size=14))
def test_any_text_is_checked_to_the_end(lines: list[str]) -> None:
    """Circles of names included."""
    for one in check_text("case.py", "\n".join(lines)):
        assert one.code in RULES
        assert one.line >= 1
        assert one.column >= 1


def test_a_large_file_is_checked_in_moments() -> None:
    """Time grows with the text."""
    text = "\n".join(
        f"def f{n}(event, context):\n    a{n} = event\n    b{n} = a{n}\n    return b{n}"
        for n in range(1500)
    )
    started = time.monotonic()
    assert 1500 == len(_found(text))

    assert time.monotonic() - started < 20
