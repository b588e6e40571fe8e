"""Every word that a check knows is known: by its name, and without what only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from affidavit_lint.check_files import check_text, python_files
from affidavit_lint.lint_rules import RULES

HEAD = "import logging\nfrom affidavit import Query, audited\n"


def _codes(text: str) -> set[str]:
    return {one.code for one in check_text("case.py", HEAD + text) if not one.reason}


def _in_function(body: str, parameter: str = "event") -> set[str]:
    return _codes(f"LOG = logging.getLogger('x')\ndef act({parameter}):\n    {body}\n")


@pytest.mark.parametrize(
    "level",
    [
        *("debug", "info", "warning", "warn", "error", "critical", "exception", "log", "fatal"),
        "msg",
    ],
)
def test_each_level_of_a_logger_is_a_log(level: str) -> None:
    """Given an event, it is raw data in a log; any other method is none."""
    assert {"AFF301"} == _in_function(f"LOG.{level}(event)")
    assert set() == _in_function(f"LOG.{level}s(event)")
    quotes = {"AFF303"} if level == "exception" else set()  # what was raised
    assert quotes == _in_function(f"LOG.{level}(len(event))")


@pytest.mark.parametrize(
    "call",
    [
        *("print", "pprint.pprint", "pprint.pp", "sys.stdout.write", "sys.stderr.write"),
        *("warnings.warn", "os.write"),
    ],
)
def test_each_way_to_print_is_a_log(call: str) -> None:
    """By where it is from, and not by its last word."""
    module = call.partition(".")[0]
    imported = "" if module == call else f"import {module}\n"

    assert {"AFF301"} == _codes(f"{imported}def act(event):\n    {call}(event)\n")
    assert set() == _codes(f"{imported}def act(event):\n    {call}x(event)\n")


@pytest.mark.parametrize(
    "call",
    [
        *("traceback.print_exc", "traceback.format_exc", "traceback.print_exception"),
        *("traceback.print_stack", "traceback.format_exception", "sys.exc_info"),
    ],
)
def test_each_way_to_a_stack_is_found_where_there_is_raw_data(call: str) -> None:
    """It quotes the locals, or the exception's text."""
    text = f"import sys, traceback\ndef act({{}}):\n    {call}()\n"

    assert {"AFF303"} == _codes(text.format("event"))
    assert set() == _codes(text.format("number"))


@pytest.mark.parametrize(
    "name",
    ["event", "events", "record", "records", "request", "payload", "body", "row", "rows"],
)
def test_each_name_of_raw_data_is_one(name: str) -> None:
    """As a parameter of any function; a longer name is another."""
    assert {"AFF301"} == _in_function(f"print({name})", name)
    assert set() == _in_function(f"print({name}_count)", f"{name}_count")


@pytest.mark.parametrize("fetch", ["fetch_one", "fetch_all", "fetchone", "fetchall", "fetchmany"])
def test_each_way_to_fetch_brings_raw_data(fetch: str) -> None:
    """Under whatever name it is kept."""
    assert {"AFF301"} == _in_function(f"told = source.{fetch}(); print(told)", "source")
    assert set() == _in_function(f"told = source.{fetch}x(); print(told)", "source")


@pytest.mark.parametrize("call", ["len", "type", "bool", "id", "isinstance", "hash", "callable"])
def test_what_tells_nothing_of_its_argument_may_be_logged(call: str) -> None:
    """Anything else may show it."""
    assert set() == _in_function(f"print({call}(event))")
    assert {"AFF301"} == _in_function(f"print({call}x(event))")


@pytest.mark.parametrize(
    "made",
    [
        *("logging.getLogger('x')", "structlog.get_logger()", "loguru.logger", "my_logger"),
        *("app_log", "_log", "getLogger()", "get_logger()", "logger.bind(a=1)"),
    ],
)
def test_each_way_to_a_logger_makes_one(made: str) -> None:
    """By where it is from or by its name."""
    assert {"AFF301"} == _codes(
        f"import structlog, loguru\ndef act(event):\n    {made}.info(event)\n"
    )


@pytest.mark.parametrize(
    ("imported", "call"),
    [
        ("import pprint", "pprint.pp"),
        ("import pprint as shown", "shown.pp"),
        ("import os.path", "os.write"),
        ("from pprint import pp", "pp"),
        ("from pprint import pp as shown", "shown"),
    ],
)
def test_each_form_of_an_import_is_followed(imported: str, call: str) -> None:
    """With another name or without, of a module or of a part of it."""
    assert {"AFF301"} == _codes(f"{imported}\ndef act(event):\n    {call}(event)\n")


@pytest.mark.parametrize(
    "fill", ["format", "format_map", "replace", "substitute", "safe_substitute", "translate"]
)
def test_each_way_to_fill_a_text_is_found(fill: str) -> None:
    """In a statement."""
    text = f"def find(who):\n    return Query(name='q', sql=TEXT.{fill}(who))\n"

    assert {"AFF104"} == _codes(f"TEXT = 'select a'\n{text}")


@pytest.mark.parametrize(
    "sink",
    [
        *("fetch_one", "fetch_all", "execute", "executemany", "executescript"),
        *("execute_statement", "read_sql", "read_sql_query"),
    ],
)
def test_each_place_for_a_statement_is_looked_at(sink: str) -> None:
    """Its first argument, or one that is named like a statement."""
    assert {"AFF101"} == _codes(f"def find(c, who):\n    c.{sink}(f'select {{who}}')\n")
    for name in ("sql", "query", "statement", "operation"):
        assert {"AFF101"} == _codes(f"def find(c, who):\n    c.{sink}({name}=f'select {{who}}')\n")


@pytest.mark.parametrize(
    "kept", ["strip", "lstrip", "rstrip", "dedent", "cleandoc", "lower", "upper"]
)
def test_what_keeps_a_text_is_seen_through(kept: str) -> None:
    """A statement that was put together stays one."""
    assert {"AFF101"} == _codes(f"def find(c, who):\n    c.execute(f'select {{who}}'.{kept}())\n")
    assert {"AFF101"} == _codes(f"def find(c, who):\n    c.execute({kept}(f'select {{who}}'))\n")


@pytest.mark.parametrize("code", sorted(RULES))
def test_a_rule_about_files_and_waivers_is_not_waived(code: str) -> None:
    """Every other one is, where it is broken."""
    text = f"x = 1  # affidavit: allow {code} - because of that\n"
    fixed = code in {"AFF900", "AFF901", "AFF902"}

    assert {"AFF901" if fixed else "AFF902"} == _codes(text)


@pytest.mark.parametrize(
    "folder", ["__pycache__", "node_modules", "site-packages", "build", "dist", "venv", ".git"]
)
def test_a_folder_that_is_nobodys_code_is_left_out(folder: str, tmp_path: Path) -> None:
    """Below what was named; what is named itself is looked at."""
    for place in (tmp_path / folder / "a.py", tmp_path / f"{folder.strip('.')}s" / "b.py"):
        place.parent.mkdir()
        place.write_text("x = 1\n")

    assert ["b.py"] == [one.name for one in python_files([tmp_path])]
    assert ["a.py"] == [one.name for one in python_files([tmp_path / folder / "a.py"])]


A, B = "A", "a1"
SECRETS = [
    ("AKI" + "A", A * 16, A * 15),
    ("ASI" + "A", A * 16, A * 15),
    *(("gh" + kind + "_", B * 18, B * 17) for kind in "pousr"),
    *(("xox" + kind + "-", B * 5, B * 4) for kind in "abposr"),
    *((kind + "k_li" + "ve_", B * 8, B * 7) for kind in "sr"),
    ("eyJ" + B * 4 + ".eyJ" + B * 4 + ".", B * 4, B * 3),
    ("postgres://me:", "pw" + "@db", "pw" + "-db"),
]


@pytest.mark.parametrize("row", range(len(SECRETS)))
def test_a_shape_of_a_secret_is_found_at_its_shortest(row: int) -> None:
    """Under a name that says nothing of it; a character less is none."""
    begins, ends, short = SECRETS[row]
    assert {"AFF401"} == _codes(f'thing = "{begins}{ends}"\n')
    assert set() == _codes(f'thing = "{begins}{short}"\n')
