"""What a program has written into a line is read as it was before: JSON behind words, a literal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor

REDACTOR: Final = Redactor(load_policy("hipaa").redaction)

OBJECTS: Final[tuple[Any, ...]] = (
    {"columns": ["id", "last_name"], "data": [[1, "Quastenhuber"]]},
    {"label": "Last name", "answer": "Quastenhuber"},
    {"op": "replace", "path": "/lastName", "value": "Quastenhuber"},
    {"name": {"formatted": "Petronela Quastenhuber"}},
    [["vcard", [["fn", {}, "text", "Petronela Quastenhuber"]]]],
    {"name": "Petronela Quastenhuber", "email": "p@x.example"},
    {"Name": "custom:tax_id", "patient": {"name": "Quastenhuber"}},
)
LINES: Final = (
    "2026-01-23 10:57:08,114 ERROR [main] c.e.App - {}", "<13>Jan 23 10:57:08 host app[1]: {}",
    "got {} (code 3)", "request={} status=400", "[INFO] {}", "{} and {}", "data:\n  {}\n", "> {}",
)  # fmt: skip


@pytest.mark.parametrize("spaced", [True, False])
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("value", OBJECTS, ids=lambda one: str(next(iter(one)))[:12])
def test_an_object_is_read_behind_other_words(value: Any, line: str, spaced: bool) -> None:
    """As it is read where it stands alone, and what stands around it stays."""
    written = json.dumps(value, separators=None if spaced else (",", ":"))
    text = line.replace("{}", written)
    done = REDACTOR.text(text, Sink.LOG)

    assert "Quastenhuber" not in done
    assert done.startswith(line.partition("{}")[0])


@pytest.mark.parametrize(
    "text",
    [
        'INFO {"a": 1, "b": 2.50, "a": 3}', 'x {"a": {"b": 1, "b": 2}',
        'x {"n":1.50}, {"m": [1,2]}',
        'WARN ["a", "b"] {"k": "v"} [1, 2]', "see [1] and {x}",
    ],
)  # fmt: skip
def test_what_is_clean_stays_letter_by_letter(text: str) -> None:
    """Numbers as they are written, names that stand twice."""
    assert REDACTOR.text(text, Sink.LOG) == text


SAID: Final = (
    "PRAGMA key = 'hunter2wins'", "a\nb: c\npassword\t'hunter2wins'",
    "SELECT crypt('hunter2wins', x)",
    "From: Q Hunter2wins <q@x.example>\nTo: x", 'PRAGMA main.rekey = "hunter2wins"',
    "id,last_name\n1,hunter2wins\n", "password \u21d2 hunter2wins",
    "echo -e 'hunter2wins\\nhunter2wins' | passwd jane",
)  # fmt: skip
WRITTEN: Final[tuple[Callable[[str], str], ...]] = (
    repr, lambda text: repr(repr(text)), lambda text: str(text.encode()),
    lambda text: repr({"msg": text}), lambda text: f"error: {text!r} (3)",
    lambda text: f"level=info msg={json.dumps(text)} n=3",
    lambda text: f"level=info msg={json.dumps(json.dumps(text))}",
)  # fmt: skip


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("text", SAID)
def test_a_literal_is_read_as_it_was(text: str, written: Callable[[str], str]) -> None:
    """Its quotes and its ends of lines have backslashes before them, once or twice."""
    assert "hunter2wins" not in REDACTOR.text(text, Sink.LOG).lower()

    assert "hunter2wins" not in REDACTOR.text(written(text), Sink.LOG).lower()
