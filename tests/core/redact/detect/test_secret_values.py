"""What stands behind the name of a secret and is none, and where a secret ends."""

from __future__ import annotations

import pytest

from affidavit._redact.detect.blank_values import is_blank
from affidavit._redact.detect.secret_values import quoted_end, value_span

REFUSED = [
    "expired", "invalid", "missing", "required", "mismatch", "incorrect", "wrong", "must",
    "cannot", "can't", "not", "too", "rejected", "denied", "changed", "updated", "verified",
    "unset", "empty",
]  # fmt: skip
STATES = [
    "valid", "revoked", "rotated", "refreshed", "renewed", "ok", "success", "failed",
    "failure", "failing", "created", "deleted", "removed", "found", "unknown", "disabled",
    "enabled", "simple", "kerberos", "accepted", "is", "was", "has", "are", "error", "active",
    "inactive", "closed", "opened", "open", "started", "ended", "initialized", "timeout",
    "already", "unexpected", "malformed", "bad", "unauthorized", "unsupported", "loaded",
    "saved", "ready",
]  # fmt: skip
SCHEMES = [
    "bearer", "basic", "digest", "mac", "pop", "jwt", "oauth", "oauth2", "ntlm", "negotiate",
    "plain", "login", "md5", "scram-sha-256",
]  # fmt: skip
HARD = [
    "password", "passwords", "passwd", "passphrase", "passcode", "passwort", "pw", "pwd",
    "pws", "pin", "Kennwort", "senha", "api_key", "cvv", "cvc",
]  # fmt: skip
SOFT = ["token", "secret", "session", "auth", "cookie", "pinned", "keyed", "passage"]


@pytest.mark.parametrize("word", REFUSED)
def test_what_is_said_of_a_password_is_none(word: str) -> None:
    """Behind a colon and a space; glued to its name any word may be one."""
    for name in HARD:
        assert is_blank(name, word, spaced=True), name
        assert is_blank(name, f"{word.upper()}, again", spaced=True)
        assert not is_blank(name, word, spaced=False)
        assert not is_blank(name, f"x{word}", spaced=True)
        assert not is_blank(name, f"{word}x1", spaced=True)


@pytest.mark.parametrize("word", STATES)
def test_what_is_said_of_a_token_is_none(word: str) -> None:
    """Nor of a session; of a password it may be one."""
    for name in SOFT:
        assert is_blank(name, word, spaced=False), name
        assert is_blank(name, f"{word}: x", spaced=True)
        assert not is_blank(name, f"{word}x1", spaced=True)
    for name in HARD:
        assert not is_blank(name, word, spaced=True)


@pytest.mark.parametrize("word", SCHEMES)
def test_a_way_to_log_in_is_no_secret(word: str) -> None:
    """Where nothing follows: else what follows is one."""
    for after, expected in (("", True), (",", True), (";", True), (")", True), (" x", False)):
        assert expected is is_blank("auth", word + after, spaced=False)


@pytest.mark.parametrize(
    "value",
    [
        ":1", ":123", "$1", "$123", "?", "?123", "%s", "%d", "%(name)s", "@p12", "{}", "${A.b:-c}",
        "${{ secrets.X }}", "{{ x }}", "***", "******", "xxx", "XXXX", "...", "{password}",
        "<your-api-key>", "[redacted]", "<masked>", "{hidden value}", "[filtered]", "<removed>",
        "[omitted]", "{protected}", "<dropped>", "[sensitive]", "{placeholder}", "<none>", "[null]",
        "true", "false", "null", "None", "nil", "undefined", "yes", "no", "(null)", "-", "$(cat x)",
        "$DB_PASSWORD", "process.env.X", "os.environ['X']", "", ")", ",;",
    ],
)  # fmt: skip
def test_what_stands_for_a_value_is_none(value: str) -> None:
    """A bind variable, a variable, a blank, nothing."""
    assert is_blank("password", value, spaced=False)


@pytest.mark.parametrize(
    "value",
    [":1234", "$1234", "?1234", "%x", "@p1234", "**", "xx", "..", "{passwort}", "$a", "$", "))))",
     "no way out", "true1", "hunter2", ":hunter", "--"],
)  # fmt: skip
def test_what_could_be_a_value_is_one(value: str) -> None:
    """One character more, one less, or words of a sentence."""
    assert not is_blank("password", value, spaced=True)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("sid", "12345", True), ("session_id", "123456", True), ("session", "123456789", False),
        ("psid", "0x0123abcd", True), ("dsn", "5.7.1", True), ("dsn", "3.7.1", False),
        ("sid", "12345678_123456", True), ("token", "12345", False), ("my-sid", "1", True),
        ("aside", "1", False), ("user_password", ":password", True),
        ("password", ":other", False), ("token", "FooBarToken", True),
        ("token", "FooToken1", False),
        ("token", "com.acme.Key@0123abcd", True), ("token", "com.acme.Key@0123abc", True),
        ("token", "<foo.Bar object at 0x1>", True),
        ("secret", "arn:aws:secretsmanager:eu-west-1:1:secret:x", True),
        ("secret", "arn:aws-cn:kms:x", True), ("secret", "arn:aws:s3:::x", False),
        ("password", "arn:aws:ssm:x", False),
    ],
)  # fmt: skip
def test_what_the_name_makes_of_a_value(name: str, value: str, expected: bool) -> None:
    """The number of a server, a bind of that name, a reference to what is kept elsewhere."""
    assert expected is is_blank(name, value, spaced=False)


@pytest.mark.parametrize(
    ("text", "quote", "inside"),
    [
        ('ab" x', '"', "ab"), ('a\\"b" x', '"', 'a\\"b'), ('a\\\\" x', '"', "a\\\\"),
        ('a"b" x', '"', 'a"b'), ('ab"', '"', "ab"), ("ab", '"', "ab"), ('a"b', '"', 'a"b'),
        ('a"b\nc', '"', 'a"b'), ('ab\\" x', '\\"', "ab"), ("a'\"'\"'b' x", "'", "a'\"'\"'b"),
        ('ab",c=1', '"', "ab"), ('ab"}', '"', "ab"), ('ab"/>', '"', "ab"), ("ab` x", "`", "ab"),
        ("\nab", '"', "\nab"), ('"\n', '"', ""),
    ],
)  # fmt: skip
def test_where_a_quotation_ends(text: str, quote: str, inside: str) -> None:
    """At a quote that is not escaped and that something may follow; else with the line."""
    assert inside == text[: quoted_end(text, 0, quote)]


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("password=", "hunter2", " x"), ("password=", "hun;ter2", " x"),
        ("a&password=", "hun", "&b=1"),
        ("?password=", "hun", "#x"), ("a;password=", "hun", ";bb=1"),
        ("a|password=", "hun", "|bb=1"),
        ("a, password=", "hun", ", b=1"), ("{password=", "hun", ",bb=1}"),
        ("password=", "hun", "."),
        ("(password=", "hun", ")"), ("[password=", "hu)n", "]"), ("password=", "{a;b}", ";xx=1"),
        ("password=", "hun", "&ab=1"), ("password=", "hu$n&ab=1", " x"),
        ("password=", "hun", ";uid=x"),
        ("password=", "hun;uix=x", " y"), ("password=", "Basic hun", " y"),
        ('"password=', "hun", '"'),
        ("x\npassword=", "hun", ";"), ("password=", "hun)", " y"), ("<password=", "hun", ">"),
    ],
)  # fmt: skip
def test_where_a_secret_ends(before: str, value: str, after: str) -> None:
    """Where its field ends, in the grammar around it."""
    text, name = before + value + after, before.index("password")

    start, end = value_span(text, len(before), name, spaced=False)
    assert value == text[start:end]


@pytest.mark.parametrize(
    ("value", "after"),
    [("two words", ""), ("two words", "\nx"), ("two words", " user=x"), ("two words", ", user: x"),
     ("two words", "\tx"), ("two", ""), ("a b", "."), ("a b", " ")],
)  # fmt: skip
def test_where_a_secret_of_several_words_ends(value: str, after: str) -> None:
    """With its line, or where the next field begins."""
    text = f"password: {value}{after}"

    assert (10, 10 + len(value)) == value_span(text, 10, 0, spaced=True)
