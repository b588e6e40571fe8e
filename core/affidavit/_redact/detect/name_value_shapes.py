"""Names and values in shapes that have no mark between them: lists, SQL, errors, XML.

The same key names count as everywhere; this module only says where the value is.
"""

from __future__ import annotations

import re
from typing import Final

from affidavit._lazy import lazy
from affidavit._policy.words import RedactionAction
from affidavit._redact.detect.blank_values import BIND
from affidavit._redact.detect.contradictions import contradicts
from affidavit._redact.detect.key_value_pairs import Look
from affidavit._redact.detect.secret_values import quoted_end
from affidavit._redact.types.match import Match, TextView

_LISTED: Final = lazy(
    r"([(\[,]\s{0,4})b?(\\?[\"'])(--?[A-Za-z][\w-]{1,60}|[A-Za-z_][\w.-]{1,60})\2\s{0,4},\s{0,24}"
    r"b?(\\?[\"'])"
)
"""A name in quotes and then a value in quotes, as a list or a tuple prints them."""

_GIVEN: Final = r"\s{0,8}[\"'][^\"'\r\n]{0,200}+[\"']\s{0,4},"
_CALLED: Final = lazy(
    r"(?i:\b(?:(?:log_?in|sign_?in|basic_?auth|HTTPBasicAuth|UsernamePassword\w{0,24}"
    rf"|NetworkCredential|SqlCredential|PasswordAuthentication|Cloudant|db\.auth)\({_GIVEN}"
    rf"|(?:mysqli?_connect|mysqli(?:->__construct)?|PDO(?:->__construct)?|getConnection|(?:pymysql|MySQLdb)\.connect)"
    rf"\({_GIVEN}{_GIVEN}))\s{{0,8}}([\"'])"
)
"""A function that logs in: what it is given behind the name of the user is the password."""

_WORD: Final = lazy(r"[a-z_]{1,32}")
_CLOSED: Final = lazy(r"\\?[\"']\s{0,4},?\s{0,4}[)\]]")

_IDENTIFIED: Final = lazy(
    r"(?i)\bidentified\s{1,4}(?:with\s{1,4}\S{1,64}\s{1,4})?(?:by|as)\s{1,4}"
    r"(?:password\s{1,4}|values\s{1,4}|random\s{1,4})?(?:[EN]?(['\"])|(?=[^\s'\"]))"
)
"""`create user` and `alter user` of Oracle, MySQL and MariaDB."""

_PASSWORD: Final = lazy(
    r"(?i)\bpassword(?:\s{1,4}(?:for\s[^=']{1,80}=\s{0,4})?|\s{0,4}\(\s{0,4})[EN]?(')"
)
"""The same of PostgreSQL, `set password` and the function of MySQL."""

_SQL_TEXT: Final = {
    "'": lazy(r"(?:[^'\\]|''|\\.)*+"),
    '"': lazy(r"(?:[^\"\\]|\"\"|\\.)*+"),
}
_SQL_WORD: Final = lazy(r"\S{1,256}+")

_KEY: Final = lazy(r"(?i)\bkey \(([^()]{1,200})\)=\(")
_KEY_VALUE: Final = lazy(
    r"[^\r\n]{1,2000}?(?=\)(?: (?:already|is|conflicts)|\.|\s|\Z))|[^\r\n]{2000,}+"
)
"""The detail of an error of PostgreSQL's: `Key (api_token)=(x) already exists.`"""

_DUPLICATE: Final = lazy(r"(?i)\bduplicate entry '([^\r\n]{1,1000}?)' for key '([\w.$-]{1,128})'")
_ROW: Final = lazy(
    r"(?i)\b(?:failing row contains|duplicate key value is) \(([^\r\n]+(?=\))|[^\r\n]++)"
)
"""A whole row, or the value of some index: nothing names it."""

_MATCHED: Final = lazy(
    r"(?i)([A-Za-z_][\w.]{0,80})[\"`\]]?\s{1,4}(?:not\s{1,4})?(?:i?like|rlike|regexp|in\s{0,4}\()"
    r"\s{0,4}[EN]?'((?:[^'\\]|''|\\.)*+(?:'\s{0,4},\s{0,4}'(?:[^'\\]|''|\\.)*+)*+)"
)
"""A column that is compared with texts: `first_name LIKE 'Zb%'`, `ssn IN ('...', '...')`."""

_SET: Final = lazy(r"\b(?:set|with)(_?[A-Za-z]\w{1,60})\(\s{0,4}(\\{0,3}[\"'])")
"""What code gives to a field: `.withPassword("x")`, `setFirstName('x')`."""

_ELEMENT: Final = lazy(
    r"\b(?:[Nn]ame|[Kk]ey|[Ii]d|[Ff]ield)=\\?[\"']([\w.:/-]{1,80})\\?[\"'][^<>]{0,120}>\s{0,8}"
    r"(?:<(?:(?:value|string)|(?:\w{1,16}:)?AttributeValue(?:\s[^<>]{0,120})?)>\s{0,8}){0,2}(?:<!\[CDATA\[)?([^<]++)"
)
NAMING: Final = ("ame=", "ey=", "id=", "Id=", "ield=")
"""A part of each of these attributes."""

_SIBLING: Final = lazy(
    r"(?i)<(?:\w{1,32}:)?(?:name|key|parametername)>\s{0,8}([^<>]{1,80}?)\s{0,8}</[^<>]{1,64}>\s{0,64}"
    r"(?:<type>[^<>]{1,32}</type>\s{0,64})?"
    r"(?:<(?:\w{1,32}:)?(?:value|string|parametervalue)[^<>]{0,64}>\s{0,8}){1,2}([^<]++)"
)
"""`<param name="password">x</param>`, `<name>password</name><value>x</value>`."""

_ATTRIBUTE: Final = lazy(
    r"<([A-Za-z_][\w.:-]{0,60})\s[^<>]{0,200}?\b(?:value|content)="
    r"(\"[^\"<>]++|'[^'<>]++)"
)
"""`<password value="x"/>`."""

_REVERSED: Final = lazy(
    r"\bvalue=([\"'])([^\"'<>]{1,2000})\1\s[^<>]{0,200}?"
    r"\b(?:name|id|key)=\\?[\"']([\w.:/-]{1,80})[\"']"
)
"""`<input value="x" name="password">`."""

_REFUSED: Final = lazy(
    r"(?m)^([\w.]{1,80})\r?\n[ \t]{1,8}[^\r\n]{1,400}?"
    r"\binput_value=([^\r\n]{1,2000}?), input_type="
)
"""An error of pydantic's: the name of the field on one line, what was given on the next."""

_PACKED: Final = lazy(
    r"(?:\\x[0-9a-f]{2}|(?<![\\\w]))([A-Za-z_][\w.-]{1,40})(?:\\x[0-9a-f]{2}|\\[nrt]){1,6}"
    r"([^\\\"'\r\n]{3,2000})"
)
"""A name and its value with lengths between, as Python prints bytes of a pickle."""

_DECLARED: Final = lazy(
    r"\b(?:variable|output|param|parameter|setting|secret)[ \t]{1,4}\"([\w.-]{1,80})\"[ \t]{0,4}"
    r"\{\s{0,40}(?:(?:type|description|sensitive)[^\r\n]{0,200}\s{1,40}){0,4}(?:default|value)"
    r"[ \t]{0,40}=[ \t]{0,4}([^\r\n]{1,2000})"
)
"""A variable of HCL with its default."""

_EMPTY: Final = ("", "-")
_ARROWS: Final = ("->", "<-")
_WIDE_ARROWS: Final = ("\u2192", "\u27a1", "\u21d2", "\u21a6", "\u27f6")
_LONGEST_NAME: Final = 66
_POINTS: Final = lazy(r"([A-Za-z_][\w.-]{1,60})[\"']?\s{0,2}$")
_POINTED: Final = lazy(r"(?![A-Za-z_]\w{0,60}\()\s{0,2}(?=\S)([^\r\n]{1,4096}+)")
"""What it points at; not a method of an object, as in `$token->check(...)`."""

_BLOCK: Final = lazy(
    r"(?<![\w.-])([A-Za-z_][\w.-]{1,60})[\"']?:[ \t]+[|>][+-]?[0-9]?[+-]?[ \t]*\r?\n"
)
"""The head of a block scalar (YAML 1.2.2, 8.1), also behind other words in its line."""
_INDENTED: Final = lazy(r"[ \t]*")


_FOREIGN: Final = ord("?")
"""What stands in `raw` for a character that is beyond Latin-1."""


def find_shapes(seen: TextView, look: Look, hits: list[Match]) -> None:
    """Add the values whose names are sensitive."""
    text, lower = seen.text, seen.lower
    if "'," in text or '",' in text or "' ," in text or '" ,' in text:
        _listed(text, look, hits)
    if "identified" in lower or "password" in lower:
        _statements(text, hits)
    _code(text, lower, look, hits)
    if "key" in lower or "row " in lower:
        _errors(text, lower, look, hits)
    if ">" in text or "<" in text or _FOREIGN in seen.raw:
        _elements(text, lower, look, hits)
        _arrows(seen, look, hits)
    if "\\x" in text:
        _add_second(_PACKED, text, look, hits)
    if "input_value=" in text:
        _add_second(_REFUSED, text, look, hits)
    if "default" in text or "output" in text:
        _add_second(_DECLARED, text, look, hits)
    if ": |" in text or ": >" in text:
        _blocks(text, look, hits)


def _blocks(text: str, look: Look, hits: list[Match]) -> None:
    """Add block scalars."""
    for found in _BLOCK.finditer(text):
        if verdict := look(found[1]):
            begin = found.end()
            hits.append(Match(begin, _block_end(text, found.start(), begin), *verdict))


def _block_end(text: str, name: int, begin: int) -> int:
    """Return where the lines end that are indented more than that of a name."""
    head = _INDENTED.match(text, text.rfind("\n", 0, name) + 1)
    least, end, line = len(head.group()) if head else 0, begin, begin
    while line < len(text) and (blank := _INDENTED.match(text, line)):
        feed = text.find("\n", line)
        close = feed if feed >= 0 else len(text)
        if text[blank.end() : close].strip():
            if blank.end() - line <= least:
                break
            end = line + len(text[line:close].rstrip())
        line = close + 1
    return end


def _code(text: str, lower: str, look: Look, hits: list[Match]) -> None:
    """Add what statements compare columns with, and what code gives to fields."""
    if "like" in lower or " in (" in lower or " in(" in lower or "regexp" in lower:
        _compared(text, look, hits)
    if '("' in text or "('" in text or "(\\" in text:
        _given(text, look, hits)


def _add_second(form: re.Pattern[str], text: str, look: Look, hits: list[Match]) -> None:
    """Add the second group of `form` where the first is the name of something."""
    for found in form.finditer(text):
        verdict = look(found[1].rpartition(":")[2].rpartition(".")[2])
        if verdict:
            hits.append(Match(*found.span(2), *verdict))


def _arrows(seen: TextView, look: Look, hits: list[Match]) -> None:
    """Add what an arrow points at."""
    text = seen.text
    for arrow in (*_ARROWS, *_WIDE_ARROWS) if _FOREIGN in seen.raw else _ARROWS:
        at = text.find(arrow)
        while at >= 0:
            name = _POINTS.search(text[max(0, at - _LONGEST_NAME) : at])
            at += len(arrow)
            verdict = look(name[1]) if name else None
            value = _POINTED.match(text, at) if verdict else None
            if verdict and value:
                hits.append(Match(*value.span(1), *verdict))
            at = text.find(arrow, at)


def _listed(text: str, look: Look, hits: list[Match]) -> None:
    """Add values of options in a list of arguments, and of couples."""
    at = 0
    for called in _CALLED.finditer(text):
        end = quoted_end(text, called.end(), called[1])
        if end > called.end():
            hits.append(Match(called.end(), end, "SECRET"))
    while found := _LISTED.search(text, at):
        at = found.end()
        name = found[3]
        verdict = look(name.lstrip("-"))
        if verdict is None:
            at = found.start(2)
            continue
        end = quoted_end(text, at, found[4])
        value = text[at:end]
        option = name.startswith("-")
        couple = found[1][0] != "," and (end == len(text) or _CLOSED.match(text, end))
        if option or (couple and (found[1][0] == "(" or not _WORD.fullmatch(value))):
            hits.append(Match(at, end, *verdict))
            at = end


def _statements(text: str, hits: list[Match]) -> None:
    """Add passwords that SQL sets."""
    for form in (_IDENTIFIED, _PASSWORD):
        for found in form.finditer(text):
            value = _SQL_TEXT.get(found[1] or "", _SQL_WORD).match(text, found.end())
            if value and value.group() and (found[1] or not BIND.fullmatch(value.group())):
                hits.append(Match(*value.span(), "SECRET"))


def _compared(text: str, look: Look, hits: list[Match]) -> None:
    """Add texts that SQL compares a column with."""
    for found in _MATCHED.finditer(text):
        verdict = look(found[1].rpartition(".")[2]) if found[2].strip("%_") else None
        if verdict and not contradicts(found[1], verdict.entity, found[2], spaced=False):
            hits.append(Match(*found.span(2), *verdict))


def _given(text: str, look: Look, hits: list[Match]) -> None:
    """Add texts that code gives to a field."""
    for found in _SET.finditer(text):
        verdict = look(found[1])
        end = quoted_end(text, found.end(), found[2]) if verdict else 0
        value = text[found.end() : end]
        if verdict and value and not contradicts(found[1], verdict.entity, value, spaced=False):
            hits.append(Match(found.end(), end, *verdict))


def _errors(text: str, lower: str, look: Look, hits: list[Match]) -> None:
    """Add what databases quote in their errors."""
    if "key (" in lower:
        for found in _KEY.finditer(text):
            names = [one.strip(' "') for one in found[1].split(",")]
            verdict = next(filter(None, map(look, names)), None)
            value = _KEY_VALUE.match(text, found.end()) if verdict else None
            if verdict and value:
                hits.append(Match(*value.span(), *verdict))
    if "duplicate entry '" in lower:
        for found in _DUPLICATE.finditer(text):
            verdict = look(found[2].rpartition(".")[2]) or look(found[2].replace(".", "_"))
            if verdict:
                hits.append(Match(*found.span(1), *verdict))
    if "row contains (" in lower or "key value is (" in lower:
        hits.extend(
            Match(*found.span(1), "UNKNOWN", RedactionAction.REPLACE)
            for found in _ROW.finditer(text)
        )


def _elements(text: str, lower: str, look: Look, hits: list[Match]) -> None:
    """Add what stands in an element that says its name in an attribute, or beside itself."""
    forms: list[re.Pattern[str]] = []
    if any(one in text for one in NAMING):
        forms.append(_ELEMENT)
    if "name>" in lower or "key>" in lower:
        forms.append(_SIBLING)
    if "value=" in text or "content=" in text:
        _add_second(_ATTRIBUTE, text, look, hits)
        hits.extend(
            Match(*found.span(2), *verdict)
            for found in _REVERSED.finditer(text)
            if (verdict := look(found[3].rpartition("/")[2]))
        )
    for form in forms:
        for found in form.finditer(text):
            verdict = look(found[1].rpartition("/")[2])
            if verdict and found[2].strip() not in _EMPTY:
                hits.append(Match(*found.span(2), *verdict))
