"""What is found in a text is found wherever programs put the text: in a line, a document, a repr.

The texts are those of the sheet of readings. What has gone from one that stands alone must not
be there when it stands between other words; which surroundings a text gets follows from it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus
from zlib import crc32

import pytest
from tests.core.redact.test_readings import SHEET

from affidavit._policy.load import load_policy
from affidavit._policy.words import Pack, Sink
from affidavit._redact import Redactor
from affidavit._redact.traverse.scanner import Scanner

RULES: Final = load_policy("baseline").redaction._replace(packs=tuple(Pack))
REDACTOR: Final = Redactor(RULES)

LEAST: Final = 6
"""Characters of a value that stands nowhere by chance."""
EACH: Final = 2 if os.environ.get("HYPOTHESIS_PROFILE") == "brief" else 8
"""Surroundings that a text is tried in."""
LONGEST: Final = 300
PARTS: Final = 40

PLAIN: Final = (
    "2026-01-23T10:57:08.114Z INFO worker-1 {}",
    "[ERROR] (thread 4) {}",
    "Jan 23 10:57:08 host app[123]: {}",
    "I0123 10:57:08.114213   1 file.go:42] {}",
    "\x1b[31mERROR\x1b[0m {}",
    "ValueError: {}",
    'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g(x)\nE: {}',
    "starting\n{}\ndone in 3 ms",
    "starting\r\n{}\r\ndone in 3 ms",
    'he said "{}" twice',
    "value '{}' is bad",
    "ran `{}` now",
    "failed ({})",
    "failed [{}]",
    "\u00ab{}\u00bb",
    "\u201c{}\u201d",
    "{}. Next, please.",
    "{}...",
    "{}?",
    "first, {}, last",
    "a=1; {}; b=2",
    "a\t{}\tb",
    "a | {} | b",
    "- **note**: {}",
    "note - {} - end",
    "note\u00a0{}",
    "<p>{}</p>",
    '<msg level="1"><![CDATA[{}]]></msg>',
    '3,"{}",ok',
    ("lorem ipsum dolor sit amet " * 40 + "{}"),
    "msg={}",
    "{}: no such thing",
)
"""What stands around a text that stays as it is."""

ENCODED: Final[tuple[Callable[[str], str], ...]] = (
    lambda text: json.dumps({"level": "info", "msg": text}),
    lambda text: json.dumps({"msg": f"got {text}"}, ensure_ascii=False),
    lambda text: json.dumps({"m": json.dumps({"msg": text})}),
    lambda text: f"level=info msg={json.dumps(text)} took=3ms",
    lambda text: repr({"msg": text}),
    lambda text: repr(["x", text, 3]),
    lambda text: f"error: {text!r} (code 3)",
    lambda text: str(text.encode()),
    quote,
    lambda text: f"a=1&msg={quote_plus(text)}&b=2",
)
"""What writes a text in a form of its own."""

QUOTES: Final = frozenset("\"'`<>")
"""A text with one of those around it would end the quotation that it is put into."""


AMBIGUOUS: Final = re.compile(r"::|^%|[0-9]{5}-[0-9]{4}|\{|[\u2190-\u27ff]|ss:n|<input name")
"""An IPv6 address joins the colon behind it, a per cent sign what it encodes; nine digits are a
postal code but beside others, a brace is a blank to fill in, an arrow none in bytes.
"""


def texts(part: int) -> Iterator[str]:
    """Yield those of the sheet's texts that are in a part."""
    for line in SHEET.read_text(encoding="utf-8").split("\n"):
        text = json.loads(f'"{line.partition(chr(9))[0]}"')
        here = crc32(text.encode()) % PARTS == part
        if here and len(text) <= LONGEST and AMBIGUOUS.search(text) is None:
            yield text


def gone(text: str) -> set[str]:
    """Return the values that a text loses when it stands alone."""
    done = REDACTOR.text(text, Sink.LOG)
    scanner: Scanner = REDACTOR._walker.texts.scanner
    values = {text[hit.start : hit.end].strip() for hit in scanner.find(text)}
    return {one for one in values if len(one) >= LEAST and one.isascii() and one not in done}


def surrounded(text: str) -> Iterator[str]:
    """Yield a text as programs put it somewhere, in a few ways that follow from it."""
    ways = [
        template.format for template in PLAIN if QUOTES.isdisjoint(set(template) & set(text))
    ] + [*ENCODED]
    first = crc32(text.encode()) // PARTS
    for step in range(EACH):
        yield ways[(first + 11 * step) % len(ways)](text)


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_found_alone_is_found_among_other_words(part: int) -> None:
    """And nothing of it is left in any of the forms that programs give a text."""
    leaks = []
    for text in texts(part):
        if lost := gone(text):
            for whole in surrounded(text):
                done = REDACTOR.text(whole, Sink.LOG)
                leaks += [(whole, value, done) for value in lost if value in done]
    assert [] == leaks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mrn 9388667\ndone", "mrn [HEALTH_ID]\ndone"),
        ("refused (412-681357)", "refused ([US_SSN])"),
        ("SSN 412-681357. Next", "SSN [US_SSN]. Next"),
        ("b'has\\xc5\\x82o: abc123'", "b'has\u0142o: [dropped]'"),
        (
            "E: password: |\n  hunter two\n  three\nuser: x",
            "E: password: [dropped]\n[dropped]\nuser: x",
        ),
        ('msg="curl -u \\"jane:hunter2\\" x"', 'msg="curl -u \\"jane:[dropped]\\" x"'),
        ('msg="curl -u \\"key_hunter2:\\" x"', 'msg="curl -u \\"[dropped]\\" x"'),
        ('msg="mysql -p\\"hunter two\\" x"', 'msg="mysql -p\\"[dropped]\\" x"'),
        ("'name=\"ssn\"\\r\\n\\r\\n44 x\\r\\n--b'", "'name=\"ssn\"\\r\\n\\r\\n[US_SSN]\\r\\n--b'"),
        ("npm ERR! code has\u0141o: Qx7hunter", "npm ERR! code has\u0141o: [dropped]"),
        ("x --password 'OK)$hunter22' -v", "x --password '[dropped]' -v"),
        ("a=1&msg=Bearer++hunter2222&b=2", "a=1&msg=Bearer  [dropped]&b=2"),
    ],
    ids=range(12),
)
def test_samples_of_surroundings(text: str, expected: str) -> None:
    """Each was once in the way."""
    assert expected == REDACTOR.text(text, Sink.LOG)


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_written_stays_as_it_is(part: int) -> None:
    """A second reading of a text in its surroundings finds nothing more to do."""
    for text in texts(part):
        for whole in (text, *surrounded(text)):
            done = REDACTOR.text(whole, Sink.LOG)
            assert done == REDACTOR.text(done, Sink.LOG)


def test_words_of_two_lines_are_no_name() -> None:
    """`machine` ends one line, `ID` begins the next."""
    text = "already on this machine\n  ID: 6f1b7e52-3c1d-4a8e-9b0e-2f6b9d1c7a55"
    assert text == REDACTOR.text(text, Sink.LOG)
