"""Secrets that show by their shape."""

import re
from base64 import urlsafe_b64encode

import pytest
from hypothesis import assume, given

import redact_strategies as my
from affidavit._redact.detect.credential_forms import beginnings
from affidavit._redact.detect.credentials import find_credentials, may_hold_token
from affidavit._redact.types.match import Match, TextView

WORD = "Q7x9" * 10
HEADER = "eyJhbGciOiJIUzI1NiJ9"
ENCRYPTED = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0"
CLAIMS = '{"sub": "424242"}'
TYPED = '{"typ": "sworn"}'


def _found(text: str) -> list[tuple[str, str]]:
    hits: list[Match] = []
    find_credentials(TextView(text), hits)
    return [(text[hit.start : hit.end], hit.entity) for hit in hits]


@given(my.jwts())
def test_every_token_is_found(token: str) -> None:
    """A JSON web token, whatever its claims."""
    # A signature that reads as somebody's token by chance (`re_…`) is found as that, too.
    assume(not any(True for _ in beginnings(token, token.rindex(".") + 1, len(token))))
    assert [(token, "JWT")] == _found(f"got {token}, ok")


@pytest.mark.parametrize(
    ("text", "expected", "entity"),
    [
        ("Bearer abcDEF123456.x", "abcDEF123456.x", "AUTH_HEADER"),
        ("BEARER: abcDEF123456", "abcDEF123456", "AUTH_HEADER"),
        ("basic c3ZjOmh1bnRlcjI=", "c3ZjOmh1bnRlcjI=", "AUTH_HEADER"),
        ('Digest username="j", nonce="n"', 'username="j", nonce="n"', "AUTH_HEADER"),
        ("pg://svc:hunter2@db/app", "svc:hunter2", "BASIC_AUTH_URL"),
        ("jdbc:oracle:thin:svc/hunter2@//db:1521/x", "svc/hunter2", "BASIC_AUTH_URL"),
        ("pg://svc:hun@ter2@db/app", "svc:hun@ter2", "BASIC_AUTH_URL"),
        ("pg://svc:hun/ter2@db/app", "svc:hun/ter2", "BASIC_AUTH_URL"),
        (f"https://{WORD}@git.example/x", WORD, "BASIC_AUTH_URL"),
        ("key AKIAQ7XQ7XQ7XQ7XQ7XQ.", "AKIAQ7XQ7XQ7XQ7XQ7XQ", "AWS_KEY"),
        (f"x ghp_{WORD} y", f"ghp_{WORD}", "API_TOKEN"),
        (f"x xoxb-{WORD} y", f"xoxb-{WORD}", "API_TOKEN"),
        (f"x sk_live_{WORD} y", f"sk_live_{WORD}", "API_TOKEN"),
        (f"x sk-proj-{WORD} y", f"sk-proj-{WORD}", "API_TOKEN"),
        (f"x AIza{WORD} y", f"AIza{WORD}", "API_TOKEN"),
        (f"x hvs.{WORD} y", f"hvs.{WORD}", "API_TOKEN"),
    ],
)
def test_secrets_are_found(text: str, expected: str, entity: str) -> None:
    """And nothing around them."""
    assert [(expected, entity)] == _found(text)


@pytest.mark.parametrize(
    "key",
    [
        "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Bl\\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQOY\n-----END PGP PRIVATE KEY BLOCK-----",
        "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE and the log was cut",
    ],
)
def test_private_keys_are_found_whole(key: str) -> None:
    """With line breaks, with escaped ones, and without an end."""
    assert [(key, "PRIVATE_KEY")] == _found(f"it was {key}")


@pytest.mark.parametrize(
    "text",
    ["basic information follows", "Bearer authentication failed", "basic dGVzdA==",
     "https://x.example:8080/a?b=c@d", "ssh://git@example.org/x", "eyJhbGciOiJub25lIn0",
     "-----BEGIN CERTIFICATE-----\nMIIB", "AKIAIOSFODNN", "highlight", "sk-short",
     "task-1234567890"],
)  # fmt: skip
def test_what_is_no_secret(text: str) -> None:
    """Sentences, certificates, ports and beginnings of words."""
    assert [] == _found(text)


def _part(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        pytest.param(f"{HEADER}.{_part('{}')}.", True, id="without a signature"),
        pytest.param(f"{HEADER}.{_part(CLAIMS)[:9]}", True, id="cut off"),
        pytest.param(f"{HEADER}.{_part(HEADER)}.c2ln", True, id="a token in a token"),
        pytest.param(f"{ENCRYPTED}.AAAA.BBBB.CCCC.DDDD", True, id="encrypted"),
        pytest.param(HEADER, False, id="a header alone"),
        pytest.param(f"eyJhbx{HEADER[6:]}.{_part(CLAIMS)}.c2ln", False, id="a broken header"),
        pytest.param(f"{_part('[1234567]')}.{_part(CLAIMS)}", False, id="no object"),
        pytest.param(f"{HEADER}.Zm9vYmFy.c2ln", True, id="claims that are no JSON"),
        pytest.param(f"{_part(TYPED)}.{_part(CLAIMS)}.c2ln", True, id="no algorithm, but claims"),
        pytest.param(f"{_part(TYPED)}.Zm9vYmFy.c2ln", False, id="neither of them"),
        pytest.param(f"{_part('{}')}.Zm9vYmFy.c2ln", False, id="no algorithm and no claims"),
        *(
            pytest.param(f"{_part(TYPED)}.{_part(claims)}.c2ln", True, id=repr(claims))
            for claims in (
                '{"1":2}',
                '{ "a":1}',
                '{\n"a":1}',
                '{\t"a":1}',
                '{\r"a":1}',
                "{}",
                HEADER,
            )
        ),
        *(
            pytest.param(f"{_part(TYPED.replace('typ', name))}.Zm9vYmFy.c2ln", True, id=name)
            for name in ("alg", "b64", "enc", "kid", "zip")
        ),
    ],
)
def test_a_token_has_a_header_and_claims(token: str, expected: bool) -> None:
    """RFC 7519, section 7.2, as far as a log line lets one see."""
    assert ([(token, "JWT")] if expected else []) == _found(f"got {token} here")


@pytest.mark.parametrize("begin", ["AKIA", "ASIA", "ABIA", "ACCA", "A3TX"])
def test_an_access_key_of_aws_has_one_of_these_beginnings(begin: str) -> None:
    """And sixteen capitals and digits."""
    key = begin + "Q7XQ7XQ7XQ7XQ7XQ"
    assert [(key, "AWS_KEY")] == _found(f"key {key}.")


def test_a_short_text_without_a_beginning_holds_no_token() -> None:
    """One search stands for thirty."""
    assert not may_hold_token("application/json")
    assert may_hold_token(f"ghp_{WORD}")


B53 = "abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOPQRSTUVWXY"
UUID = "01234567-89ab-cdef-0123-456789abcdef"
HEX32 = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "text",
    [
        "a jdbc:oracle:thin:<scott/tiger>@db", "a THIN:<scott/ti/ger>@//db", "thin:scott@db",
        "<ab.1Q~QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ>", "t <AbCdE1_AbCdEfGhIjKlMnOpQrStUvWxYz012_mmk>",
        f"t <{HEX32}-us12> z", f"t {HEX32}-us123 z",
        "t <123456789012345|AbCdEfGhIjKlMnOpQrStUvWxYz0>",
        "t 12345678901234|AbCdEfGhIjKlMnOpQrStUvWxYz0",
        "<123456789012345%AbCdEfGhIjKlMnOpQrStUvWxYz0>",
        "t <1234567890123456%7CAbCdEfGhIjKlMnOpQrStUvWxYz0> z",
        "secret <abc123def456ghi789jk0> z", f"api key <{UUID}> z", f"API_KEY <{UUID}>",
        f"private-key <{UUID}>", f"public key {UUID}", "token aaaaaaaaaaaaaaaaaaaa12 z",
        "token 123aaaaaaaaaaaaaaaaaaaa.x z", "token abc123def456ghi z",
        f"h <$2b$12${B53}> z", f"h <$2$12${B53}> z", f"h $2c$12${B53} z",
        "h <$argon2id$v=19$m=65536,t=3,p=4$abcdefghij> z", "h <$scrypt$ln=16,r=8,p=1$abcdefgh>",
        "h <$pbkdf2-sha256$29000$abcdefghijklmnop$qrstuvwxyz>", "h $argon2$abcdefghijklmnopqrs z",
        "<$6$salt$abcdefghijklmnopqrstuvwxyz>", "<$1$salt$abcdefghijklmnopqrstuvwxyz>",
        "<$y$j9T$abcdefghijklmnopqrstuvwxyz>", "<$apr1$salt$abcdefghijklmnopqrstuv>",
        "<$gy$j9T$abcdefghijklmnopqrstuvwxyz>", "<$sha1$40000$abcdefghijklmnopqrst>",
        "$6$salt$abcdefghijklmnopqrs", "$8$salt$abcdefghijklmnopqrstuvwxyz",
        'Digest <realm="r", nonce="n">', "digest <nonce=abcd>", "Digest nonce=abc",
        "AWS4-HMAC-SHA256 <Credential=AKID/2026/x, SignedHeaders=host, Signature=abc>",
        "negotiate <YIIJvwYGKwYBBQUCoIIJszCCCa>", "apikey: <abcDEF123456>", "apikey abcdef",
        "xbearer abcDEF123456", "digest: sha256:abcdef12345678", "digest sha-256", "digest: md5",
        "Basic <dXNlcjpwYXNz>", "Basic dXNlcg==", "Basic <dXNlcjpwY>", "Basic ab.cdefgh",
        "Basic <dXNlcjpwYQ==>",
         'Bearer "<abcDEF123456>"', "Bearer abcDE",
        "Bearer    <abcDEF123456>", "Bearer     abcDEF123456", "Bearer x=abcdef y",
        "pg://<svc:hun?ter2>@db/app x", "pg://<svc:hun#ter2>@db/app", "pg://<:pw>@db/app",
        "pg://svc@db/app", "http://<h:80>@x/p", "http://h:8080/p@x.org", "http://h:8080#p@x.org",
        "https://<jane:x>@registry.example.com/@scope/name", "'pg://<svc:ab>@db:5432/x' and e",
        "pg://<svc:ab>@[::1]:5432/x", "see pg://<a:b>@c and pg://<d:e>@f",
        "https://short1@git.example/x", "https://<exactlysixteen16>@git.example/x",
        "https://exactlyfiftee15@git.example/x", "docker://nginx:1.25@sha256:0123456789abcdef",
        "<-----BEGIN RSA PRIVATE KEY-----MIIB-----END RSA PRIVATE KEY-----> x",
        "<-----BEGIN PRIVATE KEY-----A-----END PRIVATE KEY-----> <-----BEGIN PRIVATE KEY-----x>",
        "-----BEGIN PUBLIC KEY-----MIIB-----END PUBLIC KEY-----",
    ],
)  # fmt: skip
def test_where_each_form_begins_and_ends(text: str) -> None:
    """What stands between angle brackets is found, and nothing else."""
    said = text.replace("<", "").replace(">", "")

    assert re.findall(r"<([^>]+)>", text) == [part for part, _ in _found(said)]


@pytest.mark.parametrize(
    "host",
    ["/app?host=/var/run", "${DB_HOST}:5432/x", "%s:%d/app", "{host}/db", "db:123456/x", "*:6379",
     "[fe80::1%eth0]:5432/x", "$HOST", "sha256/x"],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["postgresql", "https", "redis"])
def test_a_password_needs_no_host_behind_it(scheme: str, host: str) -> None:
    """A socket, a placeholder, a port that is none: what stands before the last sign goes."""
    assert ("svc:hunter2", "BASIC_AUTH_URL") in _found(f"at {scheme}://svc:hunter2@{host} now")


KEY_ID, KEY = "AKIA" + "IOSFODNN7" + "ABCDEFG", "wJalrXUtnFEMI/K7MDENG" + "/bPxRfiCYzzzzzzzzzz"


@pytest.mark.parametrize("between", [",", ":", " ", '", "', "\n", "\naws_secret_access_key = "])
def test_the_secret_behind_the_identifier_of_a_key_is_found(between: str) -> None:
    """In a table, a call, a file."""
    assert (KEY, "SECRET") in _found(f"{KEY_ID}{between}{KEY} x")


def test_a_hash_behind_the_identifier_of_a_key_stays() -> None:
    """It has letters of one kind, and a text by itself may be anything."""
    commit = "0123456789abcdef0123456789abcdef01234567"

    assert [(KEY_ID, "AWS_KEY")] == _found(f"{KEY_ID} {commit}")
    assert [] == _found(f"got {KEY} x")
