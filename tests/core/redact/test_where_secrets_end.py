"""A password may hold any character, and must not leave a piece of itself anywhere."""

import json
import re
import shlex
from collections.abc import Callable
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor
from affidavit._redact.types.entities import LABEL

REDACTOR = Redactor(load_policy("baseline").redaction)
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
SIX = 6

Quote = Callable[[str], str]


def bare(password: str) -> str:
    """As it is: the programs that write so do not ask what is in it."""
    return password


def odbc(password: str) -> str:
    """In braces, where a closing one is doubled."""
    return "{" + password.replace("}", "}}") + "}"


def sql(password: str) -> str:
    """In apostrophes, doubled inside."""
    return "'" + password.replace("'", "''") + "'"


QUOTES: dict[str, Quote] = {
    "json": json.dumps,
    "repr": repr,
    "shell": lambda one: "'" + one.replace("'", "'\"'\"'") + "'",
    "shlex": shlex.quote,
}

BARE_CONTEXTS = (
    "password={}", "DB_PASSWORD={}", "export DB_PASSWORD={}", "PGPASSWORD={} psql -h db",
    "user=jane password={}", "user=jane password={} level=info", "password={} user=jane",
    "password: {}", "Password: {}", "password = {}", "login failed, password={}",
    "2026-01-23 10:57:08 INFO app password={} attempt=3", "api_key={}", "API_KEY: {}",
    "secret_key={}", "client_secret: {}", "x-api-key: {}", "passwd={}\nnext line",
    "db.password={}", "spring.datasource.password={}", "--password {}", "--password={}",
    "app --user jane --password {} --verbose", "curl -u jane:{} https://x.example/",
    "mysql -u jane -p{} prices", "sshpass -p {} ssh host", "redis-cli -a {} ping",
    "postgres://svc:{}@db.example.com/app", "amqp://svc:{}@mq.example.com:5672/",
    "redis://:{}@cache.example.com:6379/0", "host=db password={} dbname=prices",
    "admin_password = {}", "[db]\npassword={}\nhost=db", "password:{}", "password=>{}",
    "wachtwoord={}", "kennwort: {}", "PASSWORD -> {}",
)  # fmt: skip
QUOTED_CONTEXTS = (
    "password={}", "password={}, user='jane'", "User(name='jane', password={})",
    "{{'user': 'jane', 'password': {}}}", "'password': {}, 'x': 1", "password = {};",
    "export DB_PASSWORD={}", "db_password: {}", "--password {} --verbose", "--password={}",
    "os.environ['DB_PASSWORD'] = {}", "password={} level=info", "const password = {};",
    "('password', {})", "[{}]".replace("{}", "'--password', {}"),
)  # fmt: skip
GRAMMARS: dict[str, tuple[str, Quote]] = {
    "form": ("user=jane&password={}&next=home", quote_plus),
    "query": ("GET /login?user=jane&password={}&next=home HTTP/1.1", quote_plus),
    "userinfo": ("https://jane:{}@x.example/path", lambda one: quote(one, safe="")),
    "odbc": ("Driver=x;Server=db;UID=jane;PWD={};Database=prices", odbc),
    "odbc first": ("PWD={};UID=jane", odbc),
    "json": ('{{"user": "jane", "password": {}, "n": 1}}', json.dumps),
    "json in a sentence": ('sent {{"password": {}}} to login', json.dumps),
    "xml": ("<user>jane</user><password>{}</password>", escape),
    "xml attribute": ("<login user='jane' password={}/>", quoteattr),
    "sql": ("ALTER USER jane IDENTIFIED BY {}", sql),
    "sql role": ("CREATE ROLE jane LOGIN PASSWORD {} VALID UNTIL 'infinity'", sql),
}

OPTION = re.compile(r"--?[a-z]*|--[a-z_-]*")
"""What on a command line is the next option, whoever wrote it."""

IN_QUOTES = re.compile(r"[=:>~! ]{0,3}[\"'`]")

FIELD = re.compile(r"&_?[a-z][a-z0-9_.%\[\]]*=")
"""What in a form is the next field: `&next=`."""

BLANK = re.compile(
    r"(?i)(?:[a-z]+[_ -])*(?:password|passwd|secret|token|key|value|credential)s?(?:[_ -][a-z]+)*"
)
"""What in the braces of ODBC is a blank to be filled in: `PWD={DB_PASSWORD}`."""


def leaks(password: str, written: str, around: str) -> list[str]:
    """Return the pieces of `password` that are left and do not stand around it anyway."""
    written = LABEL.sub("", written)
    pieces = {password[at : at + SIX] for at in range(len(password) - SIX + 1)}
    return sorted(one for one in pieces if one in written and one not in around)


def passwords() -> st.SearchStrategy[str]:
    """Random ones, and ones full of what ends a value somewhere."""
    return st.text(PRINTABLE, min_size=12, max_size=28) | st.builds(
        lambda *parts: "".join(parts),
        *[st.sampled_from(["abc", "Zq9", "x;", "&", ",", "'", '"', ")", "}", "@", ":", "/", "#"])]
        * 8,
    ).filter(lambda one: len(one) >= SIX)


def check(context: str, written: Quote, password: str) -> None:
    """Hold that no six characters in a row are left, as they are or as they were written."""
    around = context.replace("{}", "")
    coded = written(password)
    text = context.replace("{{", "\0").replace("}}", "\1").replace("{}", coded)
    seen = REDACTOR.text(text.replace("\0", "{").replace("\1", "}"), Sink.LOG)
    assert [] == leaks(password, seen, around), (text, seen)
    assert "[LIMIT]" not in seen


@pytest.mark.parametrize("context", BARE_CONTEXTS)
def test_without_quotes(context: str) -> None:
    """The end of the field, or of the line."""

    # One that begins with a quote, perhaps behind the rest of `==` or `=>`, and holds it again
    # reads as one in quotes. What reads as the next option, or field of a form, is that.
    @settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
    @given(
        st.text(PRINTABLE, min_size=12, max_size=28).filter(lambda one: not IN_QUOTES.match(one))
    )
    def property_(password: str) -> None:
        assume(not OPTION.fullmatch(password) and not FIELD.search(password))
        check(context, bare, password)

    property_()


@pytest.mark.parametrize("style", QUOTES)
@pytest.mark.parametrize("context", QUOTED_CONTEXTS)
def test_in_quotes(context: str, style: str) -> None:
    """Whatever quotes and escapes are inside."""
    if style in {"shell", "shlex"} and context[0] in "([":
        style = "repr"  # no shell writes lists

    @settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
    @given(passwords())
    def property_(password: str) -> None:
        check(context, QUOTES[style], password)

    property_()


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_in_a_grammar_of_its_own(grammar: str) -> None:
    """Forms, queries, ODBC, JSON, XML and SQL say themselves where a value ends."""
    context, written = GRAMMARS[grammar]

    @settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)
    @given(passwords())
    def property_(password: str) -> None:
        assume(not BLANK.fullmatch(password))
        check(context, written, password)

    property_()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password=k]t*y6eE-L{)g<zk:PllhOx1", "password=[dropped]"),
        ("DB_PASSWORD=Tr0ub4dor&3xyz99", "DB_PASSWORD=[dropped]"),
        ("UID=sa;PWD=ab,c!d;DATABASE=m", "UID=sa;PWD=[dropped];DATABASE=m"),
        ("a=1&password=x%20y&b=2", "a=1&password=[dropped]&b=2"),
        ("user=a password=x,y level=info", "user=a password=[dropped] level=info"),
        ("{user=jane, password=k]t*y, role=x}", "{user=jane, password=[dropped], role=x}"),
        ("User(password=abc), done", "User(password=[dropped]), done"),
        ('msg="login password=abc" level=info', 'msg="login password=[dropped]" level=info'),
        ("password: hunter2, user: jane", "password: [dropped], user: jane"),
        ("'DB_PASSWORD=abc', 'X=y'", "'DB_PASSWORD=[dropped]', 'X=y'"),
        ("mysql -pk]t;y prices; ls", "mysql -p[dropped] prices; ls"),
        ("UID=sa;PWD=/hunter2;DATABASE=m", "UID=sa;PWD=[dropped];DATABASE=m"),
    ],
)
def test_what_stands_behind_a_secret_stays(text: str, expected: str) -> None:
    """Where the grammar says that it does not belong to it."""
    assert expected == REDACTOR.text(text, Sink.LOG)


@pytest.mark.parametrize(
    "text",
    [
        "password=:1", "token = $2", "password=%s", "WHERE token = ?", "ssn = :ssn",
        "INSERT (a) VALUES (:a), password=:password", "token_type=Bearer", "token: expired",
        "password: incorrect", "sid:1", "Session: 30546173_4261722401 initialized",
        "dsn=4.0.0, stat=Deferred", "(auth:SIMPLE)", "api_key: ${{ secrets.KEY }}",
        "PASSWORD=$DB_PASSWORD", "password=<password>", "password=********",
        "secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
        "token=Token{a64f992 ActivityRecord{de9231d}", "bad token: android.os.BinderProxy@2bd79ce",
        "address: Connection reset by peer", "instruction address: 0x00004ed8",
        "address=0x000001b0", "mac: 00:1A:2B",
        "PWD=/var/task HOME=/srv", "TTY=pts/4 ; PWD=/srv/jane/x ; USER=root", "OLDPWD=/tmp",
        "auth: ldap(jane,x): unknown user", "helo=1 auth=0/1 quit=1", "auth=simple",
        "%IPS-4-SIGNATURE: Sig:3051 Subsig:1", "x (using password: YES) and then it failed",
        "VerifyCsrfToken->handle(Object(Request))", "IP=0.0.0.0:636", "acct=root exe=sshd",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str) -> None:
    """Bind variables, blanks, states, references: dropping them would say what is not so."""
    assert text == REDACTOR.text(text, Sink.LOG)
