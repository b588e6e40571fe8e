"""Passwords on command lines: behind the names of options, and where a letter stands for one."""

from __future__ import annotations

import re
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.detect.blank_values import is_blank
from affidavit._redact.detect.key_value_pairs import Look
from affidavit._redact.detect.secret_values import value_span
from affidavit._redact.detect.value_forms import NOTHING, ONE, value_at
from affidavit._redact.types.entities import SECRETS
from affidavit._redact.types.match import Match, TextView

_BARE: Final = r"(?!\$\{?[A-Z_][A-Z0-9_]{0,64}\}?(?:\s|$))(\S{1,256}+)"
"""A word; the name of a variable is none."""

_ESCAPED: Final = r"((?:[^\"\\]|\\[^\"]){1,256}+)\\{0,3}\""
"""What a quote ends, with a backslash before it where the command stands in a text of quotes."""

_VALUE: Final = (
    rf"(?:\\{{1,3}}\"{_ESCAPED}|\"([^\"]{{1,256}}+)(?:\"(?!\S)|\Z)"
    rf"|'([^']{{1,256}}+)(?:'(?!\S)|\Z)|{_BARE})"
)
_USER: Final = lazy(
    r"(?<=\s)(?:-[uU][ =]{0,4}|--(?:proxy-)?user[ =]{1,4})"
    r"(?:\"([^:\"]{8,128}:)\"|'([^:']{8,128}:)'|([^:\"'\s]{8,128}:)(?!\S)"  # a key, no password
    rf"|\\{{1,3}}\"(?:([^:\"\\]{{8,128}}:)(?=\\)|[^:\"]{{0,128}}:{_ESCAPED})"
    r"|\"[^:\"]{0,128}:([^\"]{1,256}+)|'[^:']{0,128}:([^']{1,256}+)"
    rf"|(?:\"[^\"]{{0,128}}\"|'[^']{{0,128}}'|[^:\"'\s]{{0,128}}):{_VALUE})"
)
_GLUED: Final = lazy(rf"(?<=\s)-p{_VALUE}")
_SPACED: Final = lazy(rf"(?<=\s)-p[ =]?{_VALUE}")
_OF_USER: Final = lazy(
    r"(?<=\s)-(?:[uUl]|user|username) ?[^\s-]\S{0,80} -[pP] ?(?=\S{0,80}[A-Za-z])"
    r"(?=\S{0,80}[^\sA-Za-z.,:/_-])(?!\S{0,80}:[0-9]|[0-9.]{1,16}[:/])([^\s\"'-]\S{3,128})(?=\s|$)"
)
"""A password behind the user of any program; not a port, a level, a folder, or MySQL's database."""

_FIRST: Final = lazy(rf"\A(?:\s-v|\s-P ?\S{{1,40}}){{0,3}}\s-p ?{_VALUE}")
_PHRASE: Final = lazy(rf"(?<=\s)-[NP] ?(?!''|\"\"){_VALUE}")
_CIPHER: Final = lazy(rf"(?<=\s)-(?:pass|passin|passout) pass:{_VALUE}|(?<=\s)-(?:k|K|pw) {_VALUE}")
_PACKED: Final = lazy(rf"(?<=\s)-h?p{_VALUE}|(?<=\s)-P {_VALUE}")
_PERCENT: Final = lazy(rf"(?<=\s)-U ?[^\s%]{{1,64}}%{_VALUE}")
_ACCOUNT: Final = lazy(rf"(?<=\s)-a [^\s:]{{0,64}}:{_VALUE}")


def _behind(option: str) -> re.Pattern[str]:
    """Return what finds the word behind an option, and a space."""
    return lazy(rf"(?<=\s)-{option} {_VALUE}")


ORACLE: Final = ("sqlplus", "impdp", "expdp", "sqlldr", "rman")
"""Programs of Oracle that take `user/password`."""

SCHEMES_OF_HASHES: Final = ("{noop}", "{ssha", "{sha", "{crypt}")
"""How LDAP (RFC 2307, 5.3) and Spring Security say how a password is kept, or that it is not."""

_LINE_BREAK: Final = r"(?:\\r\\n|\r?\n)"
_ECHOED: Final = r"[\"']?([^\s\"'|$]{3,256})"
"""A password in quotes or not; a variable is none."""

_LOGIN: Final = r"\s(?:[^\n/]{0,80}?\s)?[\w$#]{1,64}/(?![/?\s])(\S{3,128}?)(?=@|\s|$)"
_PLACED: Final = {
    **{one: lazy(rf"(?i)\b{one}{_LOGIN}") for one in ORACLE},
    "conn": lazy(r"(?i)\bconn(?:ect)?\s[\w$#]{1,64}/(?![/?\s])(\S{3,128}?)@[\w.]"),
    "rabbitmqctl": lazy(
        r"\brabbitmqctl (?:add_user|change_password|authenticate_user)\s\S{1,80}\s(\S{3,128})"
    ),
    " user": lazy(
        r"(?i)\bnet(?:\.exe)? user(?:\s/\w{1,20})*\s[^\s/]\S{0,80}(?:\s/\w{1,20})*\s"
        r"(?=\S{0,128}[^\sa-z]|\S{1,128}\s/)([^\s/*]\S{2,128})"
    ),
    " use ": lazy(
        r"(?i)\bnet(?:\.exe)? use\s(?:[a-z]:\s|\*\s)?(?:\"[^\"\r\n]{1,120}\"|\S{3,120})"
        r"(?:\s/(?:user|u):\S{1,120}|\s/\w{1,20}(?::\w{1,8})?)*\s([^\s/*]\S{2,128})"
    ),
    "passwd -": lazy(
        r"\b(?:ht|mosquitto_)passwd -(?:(?=\w{0,5}n)\w{1,6} \S{1,80}\s"
        r"|\w{1,6} (?:-\w (?:\S{1,8} )?)?\S{1,120}\s\S{1,80}\s)(\S{3,128})"
    ),
    "machine ": lazy(
        r"\bmachine\s\S{1,128}\s{1,8}login\s\S{1,128}\s{1,8}(?:account\s\S{1,64}\s{1,8})?"
        r"password\s{1,8}(\S{3,128})"
    ),
    "vault login": lazy(r"\bvault login\s([^\s-]\S{7,256})"),
    "securestring": lazy(
        r"(?i)\bConvertTo-SecureString (?:-String )?[\"']?([^\s\"'-]\S{2,128}?)(?=[\"'\s]|$)"
    ),
    'auth" "': lazy(r"(?i)\"auth\" (?:\"\w{1,40}\" )?\"([^\"]{3,256})\""),
    "requirepass": lazy(r"\brequirepass\"? \"?([^\s\"]{3,256})"),
    "auth ": lazy(
        r"\bAUTH (?:(?:PLAIN|LOGIN|XOAUTH2) ([A-Za-z0-9+/]{8,4096}={0,2})|(?:[a-z][\w-]{1,40} )?"
        r"(?![A-Za-z]{1,40}[_-]?[0-9]{1,4}\s)(?=\S{0,128}[0-9])(?=\S{0,128}[a-z])"
        r"([^\s\"':=/<>(){}\[\],;]{8,128}))(?=\s|$)"
    ),
    "auth": lazy(
        rf"(?i)(?:\\n|\b)AUTH{_LINE_BREAK}\$[0-9]{{1,4}}{_LINE_BREAK}([^\\\r\n]{{1,256}})"
    ),
    "acl setuser": lazy(r"(?i)\bACL SETUSER [^\r\n>]{1,200}? [>#](\S{3,256})"),
    "pass ": lazy(
        rf"\bUSER \S{{1,64}}(?:{_LINE_BREAK}|\s)PASS ([^\s\\]{{3,128}})"
        r"|>\sPASS ([^\s\\/]{3,128})(?=\s|$)"
    ),
    " login ": lazy(rf"(?m)(?:^|[>:]\s)[A-Za-z]{{1,4}}[0-9]{{1,5}} LOGIN \S{{1,128}} {_ECHOED}"),
    "cubrid:": lazy(r"(?i)\bcubrid:[^\s:]{1,128}(?::\w{1,64}){3}:([^\s:]{3,128}):"),
    **dict.fromkeys(
        (":5432:", ":*:"),
        lazy(rf"(?<![^\s\"'])[\w.*-]{{1,128}}:(?:5432|\*)(?::[\w$*.@-]{{1,64}}){{2}}:{_ECHOED}"),
    ),
    "secret set": lazy(rf"\bsecret set\s[^\r\n]{{0,300}}?--(?:value|body)[ =]{_ECHOED}"),
    "put-parameter": lazy(
        r"\bput-parameter\s(?=[^\r\n]{0,600}SecureString)[^\r\n]{0,300}?"
        rf"--value[ =]{_ECHOED}"
    ),
    "-stdin": lazy(
        rf"\b(?:echo|printf) (?:-n )?{_ECHOED}[\"']? ?\|[^|\r\n]{{1,120}}--password-stdin"
    ),
    "|": lazy(
        r"\b(?:echo|printf)(?: -[neE]{1,3})?\s[\"']?(?:[\w.-]{1,64}:(?=[^|]{1,300}chpasswd))?"
        r"([^\s\"'|$\\]{3,256})(?:\\n[^\"'|\r\n]{0,256})?[\"']? ?\| ?(?:sudo (?!-\w? ?-?S))?"
        r"(?:sudo (?:-\w )?-S|runas|kinit|passwd|smbpasswd|chpasswd|cryptsetup|vncpasswd"
        r"|htpasswd -\w{0,4}i|gpg[^|\r\n]{1,80}passphrase-fd)\b"
    ),
    **dict.fromkeys(
        ("alias set ", "config host "),
        lazy(
            r"\bmc (?:alias set|config host add)\s\S{1,64}\shttps?://\S{1,128}\s\S{3,128}\s(\S{3,128})"
        ),
    ),
    "login ": lazy(
        r"\bbw login\s\S{3,128}\s([^\s-]\S{2,128})"
        r"|\bcargo login\s(?:--registry\s\S{1,64}\s)?([^\s-]\S{7,128})"
    ),
    "config": lazy(
        r"\b(?:poetry|composer) config\s(?:-\S{1,20}\s)*(?:http-basic\.\S{1,80}\s\S{1,80}"
        r"|[a-z]{1,12}-token\.\S{1,80}|github-oauth\.\S{1,80}|bearer\.\S{1,80})\s(\S{3,256})"
        r"|\bbundle config (?:set )?(?:--\w{1,10} )?[\w.-]{1,80}\s[^\s:]{1,64}:(\S{3,128})"
        r"|\bconfig(?:ure)? set\s(?:-\S{1,20}\s)*[\w./:@-]{0,80}(?:_auth|[tT]oken|_password|_key"
        r"|_secret)[= ]([^\s=]{3,256})"
    ),
    "addauth ": lazy(r"\baddauth digest\s[^\s:]{1,64}:(\S{3,128})"),
    **dict.fromkeys(
        SCHEMES_OF_HASHES,
        lazy(
            r"(?i)(?<![$/])\{(?:noop\}([^\s\"',;<>{}]{3,256})|crypt\}([./0-9a-z$]{13,256})"
            r"|s?sha-?[0-9]{0,3}\}(?=[^0-9]{0,60}[0-9])([a-z0-9+/]{24,200}={0,2}))"
        ),
    ),
    ":::": lazy(r"(?m)^[\w.-]{1,32}:([./0-9A-Za-z]{13}):[0-9]{0,6}:[0-9]{0,6}:"),
    " /rp": lazy(r"(?i)\s/rp[: ]([^\s:=]{3,128})(?=\s|$)"),
    "wpa_passphrase": lazy(rf"\bwpa_passphrase (?:\"[^\"]{{1,64}}\"|\S{{1,64}}) {_ECHOED}"),
    "masterauth": lazy(r"\bmasterauth\"? \"?([^\s\"]{3,256})"),
    " /p": lazy(r"(?i)(?<=\s)/(?:pass|password|pw|p)[: ]([^\s:=]{3,128})(?=\s|$)"),
}
"""Where a password stands at its place, without an option, or behind one of Windows."""

_SINGLE: Final = lazy(
    r"(?<![\w-])-([A-Za-z]{0,24}(?i:pass(?:word|wd|phrase|wort)?|pwd?|secret|token|apikey|credential))"
    r"[ :] ?([^\s-])"
)
"""An option with one dash that has a name: of Java's and PuTTY's programs, of PowerShell."""

_OPTION: Final = lazy(
    r"(?<![\w-])--([A-Za-z][\w-]{1,40}+) {1,2}"
    r"(?!-?-[A-Za-z](?:\s|\Z)|--(?:[a-z]{2,24}(?:[-_]?[A-Z]?[a-z]{2,24}){0,5})?+(?:[=\s]|\Z))(\S)"
)
"""An option and the word behind it that is no other option: words of letters after dashes."""

_OPTIONS: Final = {
    "curl": _USER,
    "wget": _USER,
    "etcdctl": _USER,
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
    "redis-cli": _behind("a"),
    **dict.fromkeys(
        (
            *("twine", "az", "psexec", "PsExec", "cf", "oc", "ncftp", "rdesktop", "cqlsh"),
            *("cypher-shell", "influx", "security", "elasticsearch-users", "rabbitmqadmin"),
            *("beeline", "useradd", "usermod", "npm login", "crackmapexec", "nxc", "evil-winrm"),
            *("hydra", "racadm", "hdbsql", "certutil", "esxcli", "dotnet nuget"),
        ),
        _behind("p"),
    ),
    **dict.fromkeys(
        (
            *("sqlcmd", "bcp", "isql", "osql", "tsql", "ipmitool"),
            *("mosquitto_pub", "mosquitto_sub", "knife", "security import"),
        ),
        _behind("P ?"),
    ),
    **dict.fromkeys(
        (
            *("ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami"),
            *("ldapcompare", "ldapmodrdn", "ldapexop", "kadmin", "kadmin.local", "vsql"),
        ),
        _behind("w"),
    ),
    "pk12util": _behind("[wW]"),
    "swaks": _behind("ap"),
    "sendemail": _behind("xp"),
    "winrs": lazy(rf"(?<=\s)-p:{_VALUE}"),
    "lftp": lazy(rf"(?<=\s)-u [^\s,]{{1,64}},{_VALUE}"),
    "ldappasswd": _behind("[asw]"),
    "ssh-keygen": _PHRASE,
    **dict.fromkeys(("openssl", "plink", "pscp", "psftp", "putty", "winscp"), _CIPHER),
    **dict.fromkeys(("7z", "7za", "rar", "unrar", "zip", "unzip"), _PACKED),
    **dict.fromkeys(
        ("snmpget", "snmpwalk", "snmpset", "snmpbulkwalk", "snmptrap"), _behind("[cAX]")
    ),
    **dict.fromkeys(("smbclient", "rpcclient", "net rpc", "smbget", "winexe"), _PERCENT),
    **dict.fromkeys(("nuget", "codecov", "doctl"), _behind("(?:[kt]|ApiKey)")),
    **dict.fromkeys(("http", "https", "xh", "xhs"), _ACCOUNT),
}
"""How each command takes a password.

`mysql -p x` asks for the password and opens the database `x`: there it must be glued.
Behind `sshpass -p x` stands another command, whose `-p` is a port. Sources: their manuals.
"""

_COMMAND: Final = lazy(
    rf"(?:(?<![\w.-])|(?m:(?<=^-)))({'|'.join(sorted(_OPTIONS, key=len, reverse=True))})"
    r"(?:\.exe)?(?=\s)"
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
    before = len(hits)
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
    if len(hits) == before and "mysql" not in text and "mariadb" not in text:
        hits.extend(Match(*found.span(1), "SECRET") for found in _OF_USER.finditer(text))


def find_placed(seen: TextView, hits: list[Match]) -> None:
    """Add passwords that stand where a program expects them, without an option of a name."""
    for landmark, form in _PLACED.items():
        if landmark in seen.lower:
            hits.extend(
                Match(*found.span(found.lastindex or 0), "SECRET")
                for found in form.finditer(seen.text)
            )


def find_options(seen: TextView, look: Look, hits: list[Match]) -> None:
    """Add the values of options whose names are sensitive: `--password x`."""
    text = seen.text
    named = [*_OPTION.finditer(text)] if "--" in text else []
    for option in (*named, *(_SINGLE.finditer(text) if " -" in text else ())):
        verdict = look(option[1])
        if verdict is None:
            continue
        start = option.start(2)
        begin, end = value_at(text, start, ONE)
        if verdict.entity in SECRETS and begin == start:
            begin, end = value_span(text, begin, option.start(), spaced=False)
        if text[begin:end].lower() not in NOTHING and not is_blank(
            option[1], text[begin:end], spaced=False
        ):
            hits.append(Match(begin, end, *verdict))
