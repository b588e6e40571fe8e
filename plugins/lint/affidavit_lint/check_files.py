"""Check one file, or every file below a folder."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from affidavit_lint.built_statements import check_statements
from affidavit_lint.handlers import check_handlers
from affidavit_lint.hard_coded import check_secrets
from affidavit_lint.lint_rules import RULES, LintFinding
from affidavit_lint.module import Module
from affidavit_lint.raw_logs import check_logs
from affidavit_lint.waivers import apply_waivers, read_waivers

_CHECKS: Final = (check_statements, check_handlers, check_logs, check_secrets)
_NOT_OURS: Final = frozenset(
    {"__pycache__", "node_modules", "site-packages", "build", "dist", "venv"}
)
"""Folders that hold what others wrote or what was made. So do those that begin with a dot."""


def check_paths(paths: Iterable[Path]) -> tuple[int, list[LintFinding]]:
    """Return how many files were checked, and what was found, in order."""
    files = sorted(set(python_files(paths)))
    return len(files), [finding for path in files for finding in check_file(path)]


def python_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield every file that is named, and every Python file below a folder; follows no links."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for found in path.rglob("*.py"):
            above = found.relative_to(path).parts[:-1]
            if not found.is_symlink() and not any(_is_foreign(part) for part in above):
                yield found


def check_file(path: Path) -> list[LintFinding]:
    """Return what is found in one file; a file that cannot be read is a finding."""
    try:
        data = path.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (OSError, SyntaxError, UnicodeDecodeError, LookupError) as error:
        return [_unreadable(path.as_posix(), type(error).__name__, 1)]
    return check_text(path.as_posix(), text.lstrip("\ufeff"))


def check_text(path: str, text: str) -> list[LintFinding]:
    """Return what is found in a text, waived or not, in order of place."""
    try:
        module = Module(ast.parse(text))
        places = {(code, place): more for check in _CHECKS for code, place, more in check(module)}
    except SyntaxError as error:
        return [_unreadable(path, "SyntaxError", error.lineno or 1)]
    except (ValueError, RecursionError, MemoryError) as error:
        return [_unreadable(path, type(error).__name__, 1)]
    found = [_finding(path, code, place, more) for (code, place), more in places.items()]
    found = list({(one.code, one.line, one.column): one for one in found}.values())
    found = list(apply_waivers(path, found, read_waivers(text)))
    return sorted(found, key=lambda one: (one.line, one.column, one.code))


def _finding(path: str, code: str, place: ast.AST, more: str) -> LintFinding:
    line, column = getattr(place, "lineno", 1), getattr(place, "col_offset", 0)
    end_line, end = getattr(place, "end_lineno", line), getattr(place, "end_col_offset", column)
    if isinstance(place, ast.FunctionDef | ast.AsyncFunctionDef):
        end_line, end = line, column + len("def ") + len(place.name)  # its first line says it all
    what = RULES[code].what
    message = f"{what}: {more}" if more else what
    return LintFinding(code, path, line, column + 1, end_line, end + 1, message)


def _unreadable(path: str, why: str, line: int) -> LintFinding:
    return LintFinding("AFF900", path, line, 1, line, 2, f"{RULES['AFF900'].what}: {why}")


def _is_foreign(name: str) -> bool:
    return name in _NOT_OURS or name.startswith(".")
