"""The gate's questions: each sign alone opens it, and nothing less than a whole one does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.words import Sink
from affidavit._redact import Redactor
from affidavit._redact.detect.command_lines import _PLACED
from affidavit._redact.traverse.prefilter import (
    SHAPES,
    has_phrase,
    has_sign,
    has_syntax,
    may_hold_address,
)
from affidavit._redact.traverse.scanner import ANYTHING


def _sign(text: str) -> bool:
    return has_sign(text, text.encode())


def _address(text: str) -> bool:
    return may_hold_address(text, text.encode().translate(SHAPES))


QUESTIONS: Final = {
    has_phrase: (
        "bearer", "basic", "negotiate", "digest", "apikey", "aws4-", "-----", "--a", " -p", " -u",
        " -a ", " -w ", " -token ", " -hp", "intovalues", '",', "',", "' ,", "'identified",
        "passw", "passphrase", "passcode", "requirepass", "identified by",
        "duplicate entry", "row contains", "key value is", ")=(key (", " dot ", "mail at ",
        "(at", "( at", "[at", "[ at", "{at", "{ at", "flyv1", " /p", "/sqlplus ", "/impdp ",
        "/expdp ", "/sqlldr ", "/rman ", "net use", "net.exe use", "vault login ", "bw login ",
        "cargo login ", "securestring", "masterauth", ":::", "|echo ", "|printf ", "alias set ",
        "confighttp-basic", "config-token.", "github-oauthconfig", "bundle config", "config set ",
        "configure set ", "config host add ", "{noop}", "{ssha", "{sha", "{crypt}", " -ssh-keygen",
        " -ldappasswd", "auth digest a:",
        "rabbitmqctl", 'auth" "', "auth 12345678", "auth\\r\\n$", "auth\r\n$", ":5432:", ":*:",
        "cubrid:", "acl setuser", " login ", "pass ", " /rp",
    ),
    has_syntax: (
        "{", '"', '["', "[{", "[[", "\\u", "\\x", "->", "<ame=", "<ey=", "<id=", "<Id=", "<ield=",
        "<alue=", "<ontent=", "\x1b", "<ame>", "<ey>", "<AME>", "<EY>", "<-", "<at", "< at", "=40",
        "=3D", "=2E", "=\n", "=\r",
        "?q?", "?Q?", "\n@", "\n: |", "\n: >",
    ),
    _sign: (
        "@x", "%41", "%aF", "%u", "%U", "a+b", "1+1", "&ab;", "&a1;", "&#", "+1234567",
    ),
    _address: ("::", ":a:b:0:", "-0a-bc-f0-", ".0abc."),
}  # fmt: skip
"""The shortest texts to which each question says yes."""

MINIMAL: Final = [(asks, text) for asks, texts in QUESTIONS.items() for text in texts]


@pytest.mark.parametrize(
    ("asks", "text"), MINIMAL, ids=[f"{asks.__name__} {text!r}" for asks, text in MINIMAL]
)
def test_a_whole_sign_is_seen_and_a_part_of_it_is_not(asks: object, text: str) -> None:
    """Without any one of its characters nothing is suspect any more."""
    assert callable(asks)
    assert asks(text)
    parts = {text[:at] + text[at + 1 :] for at in range(len(text))}
    assert [] == [one for one in parts if asks(one) and not _is_whole(asks, one)]


def _is_whole(asks: object, text: str) -> bool:
    """Tell whether what is left is another sign: `(at` of `( at`."""
    return any(one in text for question, one in MINIMAL if question is asks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0+01:00", False), ("0+0130", False), ("0+21:00", True), ("0+01:05", True),
        ("0+01:000", True), ("0+01:60", True), ("@ x", False), ("x@", False),
        ("&a;", False), ("&1b;", False), ("&" + "a" * 25 + ";", True),
        ("&" + "a" * 26 + ";", False),
        ("+1 23-45.67", True), ("+(12)3456 7", True), ("+.1234567", True), ("+((1234567", False),
        ("+1   234567", True), ("+1    234567", False), ("%4g", False),
    ],
)  # fmt: skip
def test_where_signs_end(text: str, expected: bool) -> None:
    """A time zone is no telephone number and no form; an ampersand is mostly a word."""
    assert expected is _sign(text)


@pytest.mark.parametrize(
    "text",
    ["a:bcdef:g:hijkl:m:", "10:57:08 a:b:", "a-b-c-d-e-f", "1.2.3.4.5", ".a.bc.", "a.bcdef.g"],
)
def test_many_separators_are_no_address(text: str) -> None:
    """They stand at the distances that an address has, or make none."""
    assert not _address(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" {", True), ("a {", False), ("a [{", False), (" [ {", True), ("[1]", False),
        ("\n\t{", True),
    ],
)  # fmt: skip
def test_a_document_begins_a_text(text: str, expected: bool) -> None:
    """Behind blanks, and not behind a word."""
    assert expected is has_syntax(text)


def test_every_character_has_its_class() -> None:
    """One letter for each of the 256 bytes."""
    expected = "".join(
        one if one == ":"
        else "-" if one in "-_~"
        else "." if one in ".()"
        else "/" if one == "/"
        else " " if one in " \t"
        else "0" if one.isascii() and one.isdigit()
        else "a" if one.isascii() and one.isalpha()
        else ","
        for one in map(chr, range(256))
    )  # fmt: skip

    assert expected == SHAPES.decode()


READINGS: Final = Path(__file__).parents[1] / "readings.tsv"
PARTS: Final = 50

GATED, OPEN = Redactor(my.rules()), Redactor(my.rules())
OPEN._walker.texts._suspicion = lambda _: ANYTHING  # type: ignore[method-assign,assignment]

_WORDS: Final = st.sampled_from([
    "a", "is", "at", "dot", "into", "values", "mail", "key", "(", ")", "=", "[", "]", "{", "}",
    ",", ".", ":", "::", "-", "--", "'", '"', "<", ">", "/", "\\u", "@", "%", "+", "&", "\n",
    "name", "password", "token", "basic", "bearer", "user", "200", "12", "10:57", "v1.2",
    "412-68-1357", "4111111111111111", "jane", "example.com", "x9",
])  # fmt: skip
_TEXTS: Final = st.one_of(
    st.lists(_WORDS, max_size=8).map(" ".join),
    st.lists(_WORDS, max_size=8).map("".join),
    st.sampled_from(sorted(my.CANARIES)).flatmap(
        lambda entity: st.tuples(
            st.sampled_from(["{}", "x {} y", "({})", "a={}", "at {}, {}!", "'{}'"]),
            my.CANARIES[entity],
        ).map(lambda drawn: drawn[0].replace("{}", str(drawn[1])))
    ),
)


_SHEET: Final = [
    json.loads(f'"{line.partition(chr(9))[0]}"')
    for line in READINGS.read_text("utf-8").splitlines()
]
_PIECES: Final = st.sampled_from(
    sorted({word for text in _SHEET for word in text.split() if text.isascii()} | {*_PLACED})
)


@settings(max_examples=300)
@given(_TEXTS | st.lists(_PIECES, min_size=1, max_size=4).map(" ".join))
def test_with_and_without_the_gate_a_text_becomes_the_same(text: str) -> None:
    """The gate saves work and decides nothing."""
    OPEN._walker.texts.kept.clear()
    GATED._walker.texts.kept.clear()

    assert OPEN.clean(text, Sink.LOG) == GATED.clean(text, Sink.LOG)


@pytest.mark.parametrize("part", range(PARTS))
def test_the_gate_opens_for_all_that_a_full_reading_finds(part: int) -> None:
    """The texts of the sheet, and the second half of each."""
    for text in _SHEET[part::PARTS]:
        for one in (text, text[len(text) // 2 :]):
            assert OPEN.text(one, Sink.LOG) == GATED.text(one, Sink.LOG)


GIVEN: Final = (
    "expdp scott/{}", "impdp scott/{} full=y", "sqlplus -s scott/{}", "net user jane {}",
    "CONNECT scott/{}@orcl", "sqlldr scott/{}", "rman target scott/{}",
    "rabbitmqctl add_user jane {}", "net use x: \\\\h\\s {}", "htpasswd -b file jane {}",
    "vault login {}",
    "machine a login jane password {}", "ConvertTo-SecureString {}", '"auth" "{}"',
    "requirepass {}", "masterauth {}", "tool /p {}", "echo jane:{} | chpasswd",
    "AUTH {}", "AUTH jane {}", "AUTH\\r\\n$11\\r\\n{}", "ACL SETUSER jane on >{}",
    "USER x\nPASS {}", "> PASS {}", "C: a1 LOGIN jane {}", "cubrid:db:33000:shop:jane:{}:",
    "db:5432:shop:jane:{}",
    "*:*:*:jane:{}", "bw login jane {}", "mc alias set m http://h jane {}", "{{noop}}{}",
    "mc config host add m http://h jane {}", "poetry config http-basic.a jane {}",
    "zk addauth digest jane:{}", "{{SSHA}}00000000000000{}", "{{SHA}}00000000000000{}",
    "{{crypt}}0000{}", "root:::\njane:He{}:1:2:", "snmp-server community {} RO",
    "gh secret set A --body {}",
    "aws ssm put-parameter --name a --value {} --type SecureString", "schtasks /ru jane /rp {}",
    "echo {} | docker login --password-stdin", "echo {} | sudo -S id", "wpa_passphrase home {}",
)  # fmt: skip


@pytest.mark.parametrize("line", GIVEN)
def test_the_gate_opens_for_each_program_that_is_given_a_password(line: str) -> None:
    """Also where nothing else in the line gives it away."""
    assert "hunter2wins" not in GATED.text(line.format("hunter2wins"), Sink.LOG)


def test_each_such_program_has_a_line() -> None:
    """The list of them is in another module."""
    told = "\n".join(GIVEN).lower()

    assert [] == [one for one in _PLACED if one not in told]


@pytest.mark.parametrize(
    "line",
    [
        "DB_PWD {} was refused",
        "X-Api-Key {}",
        "api_token {}",
        "{} (client_secret {})",
    ],
)
def test_the_gate_opens_for_a_secret_behind_its_bare_name(line: str) -> None:
    """Without a mark, an option, a quote, and in a word that is too short for a token."""
    secret = "k4mQ9z" + "T2xW7"

    assert secret not in GATED.text(line.replace("{}", secret), Sink.LOG)
