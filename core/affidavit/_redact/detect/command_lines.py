"""Passwords on command lines: behind the names of options, and where a letter stands for one."""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.key_value_pairs import NOTHING, Look
from affidavit._redact.detect.secret_values import is_blank, value_span
from affidavit._redact.detect.value_forms import ONE, value_at
from affidavit._redact.types.entities import SECRETS
from affidavit._redact.types.match import Match, TextView

_BARE: Final = r"(?!\$\{?[A-Z_][A-Z0-9_]{0,64}\}?(?:\s|$))(\S{1,256}+)"
"""A word; the name of a variable is none."""

_VALUE: Final = rf"(?:\"([^\"]{{1,256}}+)(?:\"(?!\S)|\Z)|'([^']{{1,256}}+)(?:'(?!\S)|\Z)|{_BARE})"
_USER: Final = lazy(
    r"(?<=\s)(?:-[uU][ =]{0,4}|--(?:proxy-)?user[ =]{1,4})"
    r"(?:\"([^:\"]{8,128}:)\"|'([^:']{8,128}:)'|([^:\"'\s]{8,128}:)(?!\S)"  # a key, no password
    r"|\"[^:\"]{0,128}:([^\"]{1,256}+)|'[^:']{0,128}:([^']{1,256}+)"
    rf"|(?:\"[^\"]{{0,128}}\"|'[^']{{0,128}}'|[^:\"'\s]{{0,128}}):{_VALUE})"
)
_GLUED: Final = lazy(rf"(?<=\s)-p{_VALUE}")
_SPACED: Final = lazy(rf"(?<=\s)-p[ =]?{_VALUE}")
_FIRST: Final = lazy(rf"\A\s-p ?{_VALUE}")
_AUTH: Final = lazy(rf"(?<=\s)-a {_VALUE}")

_OPTION: Final = lazy(
    r"(?<![\w-])--([A-Za-z][\w-]{1,40}+) {1,2}"
    r"(?!-?-[A-Za-z](?:\s|\Z)|--(?:[a-z]{2,24}(?:[-_]?[A-Z]?[a-z]{2,24}){0,5})?+(?:[=\s]|\Z))(\S)"
)
"""An option and the word behind it that is no other option: words of letters after dashes."""

_OPTIONS: Final = {
    "curl": _USER,
    "wget": _USER,
    "mysql": _GLUED,
    "mysqladmin": _GLUED,
    "mysqldump": _GLUED,
    "mysqlimport": _GLUED,
    "mariadb": _GLUED,
    "mariadb-dump": _GLUED,
    "sshpass": _FIRST,
    "docker login": _SPACED,
    "podman login": _SPACED,
    "mongo": _SPACED,
    "mongosh": _SPACED,
    "mongodump": _SPACED,
    "mongorestore": _SPACED,
    "redis-cli": _AUTH,
}
"""How each command takes a password.

`mysql -p x` asks for the password and opens the database `x`: there it must be glued.
Behind `sshpass -p x` stands another command, whose `-p` is a port. Sources: their manuals.
"""

_COMMAND: Final = lazy(
    rf"(?<![\w.-])({'|'.join(sorted(_OPTIONS, key=len, reverse=True))})(?:\.exe)?(?=\s)"
)
_LINE: Final = lazy(
    r"(?:\"[^\"\r\n]{0,512}+\"?|'[^'\r\n]{0,512}+'?|\\\r?\n|[^\r\n;|&\"']|(?<=\S)[|&]|[;|&](?=\S))*+"
)
"""The rest of a command, up to where the shell begins another one."""

_REACH: Final = 512
"""Characters of a command that are read."""


def find_commands(seen: TextView, hits: list[Match]) -> None:
    """Add passwords that are options of well-known commands."""
    if " -" not in seen.text:
        return
    text = seen.text
    done: dict[str, int] = {}
    for command in _COMMAND.finditer(text):
        start, option = command.end(), _OPTIONS[command[1]]
        if start < done.get(command[1], 0):
            continue  # its options have been read with the first one's
        line = _LINE.match(text[start : start + _REACH])
        if line:
            done[command[1]] = start + line.end()
            for found in option.finditer(line.group()):
                begin, end = found.span(found.lastindex or 0)
                hits.append(Match(start + begin, start + end, "SECRET"))


def find_options(seen: TextView, look: Look, hits: list[Match]) -> None:
    """Add the values of options whose names are sensitive: `--password x`."""
    text = seen.text
    if "--" not in text:
        return
    for option in _OPTION.finditer(text):
        verdict = look(option[1])
        if verdict is None:
            continue
        begin, end = value_at(text, option.start(2), ONE)
        if verdict.entity in SECRETS and begin == option.start(2):
            begin, end = value_span(text, begin, option.start(), spaced=False)
        if text[begin:end].lower() not in NOTHING and not is_blank(
            "", text[begin:end], spaced=False
        ):
            hits.append(Match(begin, end, *verdict))
