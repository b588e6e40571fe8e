"""Secrets behind names that no mark follows: in sentences, tables, code and statements."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.model import Sink
from affidavit._redact import Redactor

REDACTOR = Redactor(my.rules())
SAMPLE = "Tr0ub4dor3x7"

CONTEXTS = (
    'password "{}" is too short', "the password is {}", "password was {}.", "with password '{}'",
    "password for jane: {}", "password for user jane is {}", "password set to {}",
    "changed password from 'old' to '{}'", "invalid password '{}'", "password [{}]",
    "password ({}) given", "value '{}' for key 'password' is wrong", "password, {}",
    "| password | {} |", "name | jane\npassword | {}", "password\t{}",
    "\u2502 password \u2502 {} \u2502",
    "setattr(c, 'password', '{}')", "('password' , '{}')", 'setopt(h, OPT_PASSWORD, "{}")',
    '#define PASSWORD "{}"', "ENV DB_PASSWORD {}", "setenv DB_PASSWORD {}", 'password "{}"',
    '{{:password "{}", :user "jane"}}', '[{{password,"{}"}}]', "password - {}",
    "password \u2013 {}",
    "machine db login jane password {}", "where password <> '{}'", "password IN ('{}')",
    "options (user 'jane', password '{}')",
)  # fmt: skip


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_password_is_found_where_no_mark_says_it(context: str) -> None:
    """No six characters of it are left, whatever letters and digits it has."""

    @settings(max_examples=8, deadline=None)
    @given(st.from_regex(r"[A-Z][a-z]{2}[0-9][A-Za-z0-9]{4,12}[a-z]!", fullmatch=True))
    @example("Aaa00SHAa!")
    def property_(password: str) -> None:
        written = REDACTOR.text(context.format(password), Sink.LOG)
        around = context.format("")
        pieces = (password[at : at + 6] for at in range(len(password) - 5))
        assert not [one for one in pieces if one in written and one not in around]
        assert written == REDACTOR.text(written, Sink.LOG)

    property_()


@pytest.mark.parametrize(
    "line",
    [
        'password "{}"', "    password '{}'", '  db_password   "{}";', 'passphrase "{}",',
        "ENV DB_PASSWORD {}", "ARG DB_PASSWORD '{}'", "\tSetEnv DB_PASSWORD {}",
        "fastcgi_param DB_PASSWORD {};",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "machine db\n{}\nssl on", "a {{\r\n{}\r\n}}"])
def test_a_setting_that_is_all_of_its_line_has_any_value(line: str, around: str) -> None:
    """A word without a digit, too: nobody tells of a password so."""
    written = REDACTOR.text(around.format(line.format("swordfish")), Sink.LOG)

    assert around.format(line.format("[dropped]")) == written


@pytest.mark.parametrize(
    "line",
    ['the password "swordfish"', 'password "swordfish" is short', "DB_PASSWORD swordfish",
     "ENV DB_PASSWORD $OTHER", "ENV DB_PASSWORD ${OTHER}", "ENV DB_USER swordfish"],
)  # fmt: skip
def test_a_word_in_a_sentence_is_no_setting(line: str) -> None:
    """Nor is the name of a variable."""
    assert line == REDACTOR.text(line, Sink.LOG)


@pytest.mark.parametrize(
    "text",
    [
        "Failed password for root from host1 port 22 ssh2", "password authentication failed",
        "Accepted password for user12 from host1", "using password YES", "password is required",
        "password must have 12 characters", "| password | varchar(255) | not null |",
        'secret "db-credentials-v2" not found', "unexpected token '}' at line 12",
        "password file /etc/pam.d/common-password2", "password hash sha256 of 32 bytes",
        "the token is expired since 2026-01-23T10:57:08Z", "password attempt-3",
        "key 'prices' in cache", "password see https://x.example/a1b2",
    ],
)  # fmt: skip
def test_what_is_said_of_a_password_stays(text: str) -> None:
    """States, places, counts, users, names of things."""
    assert text == REDACTOR.text(text, Sink.LOG)


@pytest.mark.parametrize(
    "text",
    [
        "password\n  String should match [type=mismatch, input_value='{}', input_type=str]",
        'variable "password" {{\n  default = "{}"\n}}', "- name: password\n  value: {}",
        "ParameterKey=password,ParameterValue={}", '["password"]=>\n  string(12) "{}"',
        '"password": (string) (len=12) "{}"', "[password:protected] => {}", "password (String): {}",
        '~ password = "old" -> "{}"', 'password: "" => "{}"', "**password:** {}",
        '<password value="{}"/>', '<input value="{}" name="password">', "password != '{}'",
        "\x1b[36mpassword\x1b[0m=\x1b[33m{}\x1b[0m", "password \u21d2 {}",
        "java -password {} -url u",
        "psexec -u jane -p {} cmd", "openssl enc -pass pass:{}", "ldapsearch -x -w {} -b dc=x",
        "sqlcmd -U sa -P {} -Q x", "smbclient -U jane%{} x", "sqlplus jane/{}@db",
        "keytool -storepass {}",
        '"AUTH" "{}"', "CONFIG SET requirepass {}", "account {0} has password: {0}",
    ],
)  # fmt: skip
def test_a_name_reaches_its_value_in_what_programs_print(text: str) -> None:
    """Dumps of many languages, plans, tags, colours, command lines."""
    assert SAMPLE[:6] not in REDACTOR.text(text.format(SAMPLE), Sink.LOG)


@pytest.mark.parametrize("arrow", ["\u2192", "\u21d2"])
@pytest.mark.parametrize("written", [str.encode, ascii, repr])
def test_what_an_arrow_in_bytes_points_at_goes(
    arrow: str, written: Callable[[str], object]
) -> None:
    """The bytes of the arrow are no value."""
    text = str(written(f"password {arrow} hunter2wins"))

    assert "hunter2wins" not in REDACTOR.text(text, Sink.LOG)
