"""Say whether what stands behind the name of a secret is one at all.

A variable, a state, a count, a path of the system's, what a program says of a login is none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from affidavit._lazy import lazy

_SHORTEST: Final = 4
"""Characters of the shortest password that may be made of brackets alone."""

_BLANK_WORD: Final = (
    r"(?:(?:[a-z]{1,12}[_ -]){0,3}(?:password|passwd|secret|token|key|value|credential|redacted"
    r"|masked|hidden|filtered|removed|omitted|protected|dropped|sensitive|placeholder|none|null)s?"
    r"(?:[_ -][a-z]{1,12}){0,3})"
)
_BLANKS: Final = lazy(
    r"(?i):[0-9]{1,3}|\$[0-9]{1,3}|\?[0-9]{0,3}|%[sd]|%\(\w{1,40}\)s|@p[0-9]{1,3}|\{\}"
    r"|\$\{[\w.:-]{1,60}\}|\$\{\{[^}]{1,60}\}\}|\{\{[^}]{1,60}\}\}|\*{3,}|x{3,}|\.{3}"
    rf"|\{{{_BLANK_WORD}\}}|<{_BLANK_WORD}>|\[{_BLANK_WORD}\]"
    r"|true|false|null|none|nil|undefined|yes|no|\(null\)|-|\$\([^)]{1,60}\)"
)
"""What stands for a value: a bind variable, a variable, a blank, nothing (SQL:2016, 4.11)."""
_BEGIN_BLANKS: Final = frozenset(":$?%@{*xX.<[tTfFnNuUyY(-")

BIND: Final = lazy(
    r":[0-9]{1,3}|\$[0-9]{1,3}|\?[0-9]{0,3}|%s|%\(\w{1,40}\)s|@p[0-9]{1,3}|:[A-Za-z_]\w{0,60}"
)
"""A bind variable, whatever its column's name says."""

_VARIABLE: Final = lazy(
    r"\$[A-Z][A-Z0-9_]{1,60}|process\.env\.\w{1,60}|os\.environ[\w.\[\]'\"()]{1,60}"
)

_BEGIN_VARIABLES: Final = frozenset("$po")

_AFTER_STATE: Final = r"(?:[,;.!)\s:]|\Z)"
_REFUSED: Final = lazy(
    r"(?i)(?:expired|invalid|missing|required|mismatch|incorrect|wrong|must|cannot|can't|not|too"
    r"|rejected|denied|changed|updated|verified|unset|empty)" + _AFTER_STATE
)
"""What is said about a password behind a colon."""

_STATES: Final = lazy(
    r"(?i)(?:valid|revoked|rotated|refreshed|renewed|ok|success|failed|failure|failing|created"
    r"|deleted|removed|found|unknown|disabled|enabled|simple|kerberos|accepted|is|was|has|are|error"
    r"|active|inactive|closed|opened|open|started|ended|initialized|timeout|already|unexpected"
    r"|malformed|bad|unauthorized|unsupported|loaded|saved|ready)"
    + _AFTER_STATE
    + r"|(?i:bearer|basic|digest|mac|pop|jwt|oauth2?|ntlm|negotiate|plain|login|md5"
    r"|scram-[\w-]{1,20})(?:[,;)]|\Z)"
)
"""What is said about a token, a session, a way to log in: `token: expired`, `auth:SIMPLE`."""

_COUNTER: Final = lazy(r"(?i)(?:^|[^a-z])(?:p?sid|sig|session(?:[ _-]?id)?|dsn)$")
_COUNT: Final = lazy(
    r"[0-9]{1,8}|[12][0-9]{3}[-/][01][0-9][-/][0-3][0-9]|0x[0-9a-f]{8,16}|[0-9]{5,10}_[0-9]{6,12}|[245]\.[0-9]{1,3}\.[0-9]{1,3}"
)
"""The number or the day of a session, one of Windows' updates, a status of mail (RFC 3463)."""

_OBJECTS: Final = lazy(
    r"(?:[A-Z][a-z]{1,20}){1,6}Token(?=[,;)\s]|\Z)|[A-Z][A-Za-z.$]{3,60}(?:\{[0-9a-f]{6,8}\b|\s\{(?:\s|\Z))|[A-Za-z][\w.$]{4,80}@[0-9a-f]{6,8}(?=[\s,;)\]}]|\Z)"
    r"|<[\w.]{3,80} object at |arn:aws[\w-]{0,10}:(?:secretsmanager|ssm|kms|iam|sts):[\w:/.*-]+"
)
"""A reference to an object, or to a secret that is kept elsewhere."""

_HARD: Final = lazy(
    r"(?i)pass(?:word|wd|phrase|code|wort)?s?$|pw[ds]?$|pin$|kennwort|senha|key$|cv[vc]"
)
"""Names of what a person chooses: any word may be one."""

_FOLDER: Final = lazy(
    r"/(?:[\w.@+~-]{1,80}/[\w.@+~/-]{1,250}|(?:app|bin|build|code|data|etc|home|lib|mnt|opt|proc|root"
    r"|run|src|srv|sys|tmp|usr|var|work|workspace)?/?)|~(?:/[\w.@+~/-]{0,250})?|[A-Z]:\\[^\s;]{0,250}"
)
"""A path of two names, or of one that a system has (FHS 3.0): what the shell's `PWD` and `OLDPWD`
say, and `sudo` in its log. `PWD=/hunter2` is a password of ODBC's."""

_FOLDERS: Final = frozenset({"PWD", "OLDPWD"})
_PASSED: Final = frozenset({"PASS", "pass"})
_FOLDER_END: Final = lazy(r"[\s;,'\")\]}]|\Z")

_PROGRAM: Final = lazy(
    r"\w[\w-]{0,30}\(|[0-9]{1,6}/[0-9]{1,6}(?:\s|$)|(?:Info|Error|Warning|Debug|Fatal): "
    r"|[A-Z][\w-]{1,30}: (?=[A-Z])|(?:\[IP\]|(?:[0-9]{1,3}\.){3}[0-9]{1,3})[:\s]"
)
"""What the program `auth` says, or a count of logins, or a kind: `auth: ldap(...)`, `auth=0/1`."""

_TESTED: Final = lazy(
    r"[0-9]{1,4}(?:[\s,;|/)]|\Z)|(?i:[\w.-]{0,60}test)|[\w.+-]{1,60}(?:/[\w.+-]{1,60})+"
    r"|[\w-]{1,60}[ ]\S"
)
"""A count, a test, a file, words: what stands behind `PASS:` where tests are told of."""

_USED: Final = frozenset({"YES)", "NO)"})
_TALKER: Final = lazy(r"(?i)(?:^auth|session|assertion)$")
_SENTENCE: Final = lazy(
    r"(?!(?i:basic|bearer|digest|token|apikey)\s)"
    r"(?:[A-Za-z]{1,24}(?:-[A-Za-z]{1,24})?[ ][\"'\[]?[A-Za-z]|\[[\w,() ]{1,40}\](?:[ ][a-z]|\Z))"
)
"""What a program says of a login: `auth: user "jane" logged in`, `session: Access denied`."""

_FILE: Final = lazy(r"/(?:[\w.@-]{1,80}/){1,12}[\w.@-]{1,80}\.[a-z0-9]{1,8}")
"""Where credentials are kept: `GOOGLE_APPLICATION_CREDENTIALS=/var/secrets/credentials.json`."""

KEPT: Final = ("keystore", "keytab", "kubeconfig", "netrc")
"""Names of files whose path is told more often than what is in them."""

_PIECES: Final = lazy(r"[^\W_]+")
_SIGNED: Final = lazy(r"\S=|[0-9A-Za-z+/]{24}")
"""A parameter or padding, or so much in one piece that it may be made by a computer."""

_NAMED: Final = lazy(r"(?i)(?:rsa|sha|hs|rs|es|ps|md|ecdsa|ed|dsa|p|0x)[0-9a-f]{1,8}")
"""The name of an algorithm, or the number of an error of Windows'."""

_SHORTEST_SIGNED: Final = 16
_PIECE: Final = 5


def harmless_end(name: str, text: str, start: int) -> int:
    """Return where the path ends that the shell's variable `name` has, or what passed; else 0."""
    if name in _PASSED:
        passed = _TESTED.match(text, start)
        return passed.end() if passed else 0
    found = _FOLDER.match(text, start) if name in _FOLDERS else None
    return found.end() if found and _FOLDER_END.match(text, found.end()) else 0


def describes(value: str) -> bool:
    """Tell what is said of a signature, or of what one finds, from one that was made.

    Words, numbers and the names of algorithms: `RSA-SHA256`, `Accepted`, `CVE-1999-0063`,
    `Sig:3051`, `ET INFO Dotted Quad Host PDF Request`.
    """
    if _SIGNED.search(value):
        return False
    pieces = _PIECES.findall(value)
    most = len(value) if len(pieces) > 1 else _SHORTEST_SIGNED
    return all(
        ((one.isalpha() or one.isdecimal()) and len(one) < most)
        or (" " in value and len(one) <= _PIECE)
        or _NAMED.fullmatch(one)
        for one in pieces
    )


def _is_of_system(name: str, value: str, word: str, *, spaced: bool) -> bool:
    """Tell whether a name that a secret could have is one that systems use for something else."""
    if name in _FOLDERS:
        return _FOLDER.fullmatch(word) is not None
    low = name.lower()
    if low.endswith("credentials") and _FILE.fullmatch(word):
        return True
    if low.endswith(KEPT) and _FOLDER.fullmatch(word):
        return True
    if low.endswith(("signature", "sig")):
        return describes(value if spaced else word)
    return low == "auth" and _PROGRAM.match(value) is not None


@lru_cache(maxsize=1024)
def is_chosen(name: str) -> bool:
    """Tell whether a secret of this `name` is one that a person chooses: any word may be it."""
    return _HARD.search(name) is not None


def is_blank(name: str, value: str, *, spaced: bool) -> bool:
    """Tell whether what stands behind the name of a secret is no secret."""
    words = value.split(None, 1)
    word = words[0].rstrip(",;)") if words else ""
    if word[:1] != "[":
        word = word.rstrip("]")
    # `(using password: YES)` of MySQL, whatever follows.
    if _is_of_system(name, value, word, spaced=spaced) or (words and words[0] in _USED):
        return True
    if not word and len(value) >= _SHORTEST:
        return False  # a password of nothing but brackets is one, too
    return _says_nothing(name, value, words, word, spaced=spaced)


def _says_nothing(name: str, value: str, words: list[str], word: str, *, spaced: bool) -> bool:
    """Tell whether a value is a blank, a variable, a state, a count or an object."""
    if not word or _stands_for_one(word, value):
        return len(words) < 2 or not word.isalpha()  # noqa: PLR2004 - `no` may begin a sentence
    if word[0] == ":" and word[1:].isidentifier() and word[1:].lower() in name.lower():
        return True
    if is_chosen(name):
        return spaced and _REFUSED.match(value) is not None
    if _COUNT.fullmatch(word) and _COUNTER.search(name):
        return True
    if spaced and _TALKER.search(name) and _SENTENCE.match(value):
        return True
    told = word[0].isalpha() or word[0] == "<"
    return told and bool(_REFUSED.match(value) or _STATES.match(value) or _OBJECTS.match(value))


def _stands_for_one(word: str, value: str) -> bool:
    """Tell whether a value, or its first `word`, stands for what is not written."""
    if word[0] in _BEGIN_BLANKS and (
        _BLANKS.fullmatch(word) or (word != value and _BLANKS.fullmatch(value))
    ):
        return True
    return word[0] in _BEGIN_VARIABLES and _VARIABLE.fullmatch(word) is not None
