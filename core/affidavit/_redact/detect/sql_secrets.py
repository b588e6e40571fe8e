"""Keys and passwords that SQL is given without an assignment.

`CREATE SECRET (TYPE s3, SECRET 'x')`, `pgp_sym_encrypt(ssn, 'x')`, `PRAGMA key = 'x'`.
Sources: the manuals of PostgreSQL (pgcrypto), MySQL, SQL Server, Oracle, Snowflake, Spark,
ClickHouse, DuckDB, Redshift and SQLCipher.
"""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.key_value_pairs import Look
from affidavit._redact.types.entities import SECRETS
from affidavit._redact.types.match import Match

_CIPHERS: Final = lazy(
    r"(?i)\b(?:pgp_(?:sym|pub)_(?:en|de)crypt(?:_bytea)?|(?:try_)?aes_(?:en|de)crypt(?:_mysql)?"
    r"|des3?_(?:en|de)crypt|(?:en|de)cryptbypassphrase|dbms_crypto\.(?:encrypt|decrypt|mac)"
    r"|dbms_obfuscation_toolkit\.\w{3,24}|(?:try_)?(?:en|de)crypt(?:_raw|_iv)?|hmac|crypt)\("
)
"""Functions that take a key or a passphrase: all texts they are given are secret."""

_STATEMENT: Final = (
    "select", "insert", "update", "values", "call ", " set ", "where", "begin", ":=",
)  # fmt: skip
_TOKEN: Final = lazy(r"'((?:[^'\\]|''|\\.)*+)'|\"((?:[^\"\\]|\\.)*+)\"|[(),]")
_SETTING: Final = lazy(r"\b(?:current_setting|getenv|get_key)\(\s?$")
_LONGEST_CALL: Final = 20
_ALGORITHM: Final = lazy(
    r"(?i)(?:aes|bf|des3?|3des|sha|md5|hmac|utf|al32|gcm|cbc|ecb|base64|hex|none|pkcs|default|blowfish"
    r"|cipher-algo|compress|s2k)[\w=,./: -]{0,40}|bf|"
)
_REACH: Final = 4096

_BESIDE: Final = lazy(r"(?<![\w'])([A-Za-z_]\w{1,40})\s{1,4}(?:=>?\s{0,4})?'([^'\r\n]{1,2000})'")
_KEPT: Final = lazy(
    r"\b(?:create|alter)\s(?:\w{2,12}\s){0,4}(?:secret|credential)\b|\b(?:copy|unload)\b"
)
"""What makes something that others use, or reads a file of somebody else's."""

_OPENED: Final = lazy(
    r"(?i)\bpragma\s{1,4}(?:\w{1,40}\.)?(?:text|hex)?(?:re)?key\s{0,4}=\s{0,4}(?:'([^'\r\n]{1,512})'"
    r"|\"([^\"\r\n]{1,512})\")|\battach\b[^;\r\n]{1,400}?\sas"
    r"\s{1,4}\S{1,64}\s{1,4}key\s{1,4}'([^'\r\n]{1,512})'"
)
"""A file of SQLCipher's."""

_TEXT: Final = r"'((?:[^'\r\n]|''){3,400}+)'"
_GIVEN: Final = r"(?:\s{0,4}(?:'[^'\r\n]{0,400}'|[^,()'\r\n]{1,200}),)"
_REMOTE: Final = lazy(
    rf"\b(?:(?:mysql|postgresql|mongodb)\({_GIVEN}{{4}}"
    rf"|(?:s3|s3Cluster|gcs|oss|cosn|deltaLake|iceberg|hudi)\({_GIVEN}{{2,3}}?|remote(?:Secure)?\({_GIVEN}{{3,4}}?)\s{{0,4}}{_TEXT}"
)
"""A table of another server: the password behind the user's name, the secret behind the key's."""


def find_sql_secrets(text: str, lower: str, look: Look, hits: list[Match]) -> None:
    """Add what a statement encrypts with, or opens something with."""
    if "'" not in text and '"' not in text:
        return
    if "crypt" in lower or "hmac(" in lower:
        _ciphers(text, lower, hits)
    if "secret" in lower or "credential" in lower or "access_key" in lower:
        _beside(text, lower, look, hits)
    if "key" in lower and ("pragma" in lower or "attach" in lower):
        hits.extend(
            Match(*found.span(found.lastindex or 0), "SECRET") for found in _OPENED.finditer(text)
        )
    if "('" in text and "from " in lower:
        hits.extend(Match(*found.span(1), "SECRET") for found in _REMOTE.finditer(text))


def _ciphers(text: str, lower: str, hits: list[Match]) -> None:
    """Add the texts that functions are given which encrypt, but the names of how."""
    sure = "pgp_sym" in lower or "aes_" in lower or "dbms_" in lower
    if not sure and not any(one in lower for one in _STATEMENT):
        return
    done = 0
    for call in _CIPHERS.finditer(text):
        if call.start() >= done:  # else it stands inside of another one, which was read with it
            done = _given(text, call.end(), hits)


def _given(text: str, start: int, hits: list[Match]) -> int:
    """Add the texts between the brackets of a call, if there are several; return where it ends."""
    depth, several, end = 1, False, start
    given: list[Match] = []
    for token in _TOKEN.finditer(text, start, start + _REACH):
        sign, group, end = token.group(), token.lastindex or 0, token.end()
        if group:
            before = text[max(start, token.start() - _LONGEST_CALL) : token.start()]
            if not _ALGORITHM.fullmatch(token[group]) and not _SETTING.search(before):
                given.append(Match(*token.span(group), "SECRET"))
        elif sign == ",":
            several = several or depth == 1
        else:
            depth += 1 if sign == "(" else -1
            if depth == 0:
                break
    if several:
        hits.extend(given)
    return end


def _beside(text: str, lower: str, look: Look, hits: list[Match]) -> None:
    """Add texts behind names of secrets, where a statement keeps them for later."""
    if not _KEPT.search(lower):
        return
    for found in _BESIDE.finditer(text):
        verdict = look(found[1])
        if verdict and verdict.entity in SECRETS:
            hits.append(Match(*found.span(2), *verdict))
        elif found[1].lower() == "key_id":
            hits.append(Match(*found.span(2), "AWS_KEY"))
