"""Reading time grows with a text's length, whatever the text says.

Else a request could stop a function that logs it.
"""

import time

import pytest

import redact_strategies as my
from affidavit._policy.words import Sink
from affidavit._redact import Redactor

SEEDS = (
    "a", ".", "1", "1 ", "1-", "123-", "1.", "0.0.0.", "@", "a@", "a.b@", "a@b.", '"a"@', "::",
    "0:",
    "ab:", "-", "//", "http://a:", "a:b@", "eyJ", "eyJa.", "(", "+1", "AA00 ", "DE12", "password=",
    "password={", "password=(\n", '"password":"', "key: ", "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "'", "\\", '\\"', '{"', "{", "[", "[1]", '"a" ', "Bearer ", "Basic ", "%40", "%25", "%41%",
    "a+",
    "&a=", "<a ", "<a>", "<password>", 'name="password"', "name: ", "address: a ", "\\u0040",
    "&#64;",
    "ghp_", "AKIA", "sk-", "SG.", "aGVsbG8g", "616263", "AB12 34 56 C ", "4111 ",
    "4000-0566-5566-5556 ",
    "412-68-1357 ", "\u200b", "\u202e", "\uff11", "\u00e9", "jane at x dot ", "[at]", "(at) ",
    "a=b ",
    "datetime.date(", "card ", "ssn 412681357 ", "\ud800", "mail a at b.", "phone: (1",
    "00000000-0000-", "Root=1-",
    "1EG4-",
    "into t (", "into t (ssn) values (", "into t (ssn) values ('a'),(", "into t (ssn) values ('",
    "into t (ssn) values (a(", "curl -u a:b ", "mysql -p'", "sshpass docker login -p ", "&commat;",
    "&a", "&#6", "%u0040", "=3D", "=3D=40", "=\n", "a=40b.", "x=40",
    "0000-", "://a", "token - '", "key_0a", "secret 0a1b2c3d",
    "password a1 ", "token a1 ", "pwd|a1", "PWD=/a ", "PWD=/a/b;", "auth=a ", "+ASb", "\x1b[0m",
    'password: "" => ', "net user a b ", "-apass ", "aB3-",
    "\u043f\u0430\u0440\u043e\u043b\u0430=",
    "Private-Lines: 1 aaaaaaaaaaaaaaaa\n", "Private-Lines: 1\n", "<RSAKeyValue>", "MIIaaAIBAAK",
    "<RSAKeyValue><Modulus>a</Modulus><Exponent>", 'password "a"\n', "passwords:\n- a\n", "tss_A1",
    'password = "a" +\n', 'a" +\n"', "login('a', ", "PDO('a','", "\x1b[3G", "ABab", "key ABab",
    "AKIAAAAAAAAAAAAAAAAA ", "machine a login a ", "PASS: a/", "[password=]", "ENV password ",
    "A B <a@b.co> ", '"A" <a@b.co>', "From: <a@b.co>\n", "server key ", "encrypt('a',", "crypt(",
    "select crypt(", '\\"', "'\\n", "x {", '{"a":', "x [[", "NAD+a+", ":50K:a", "(0010,0010) PN [",
    "BEGIN:VCARD\nN:a", "<given>", "<<A", "dn: a=\ncn: a\n", "echo a | ", "net use a ", "name=\n",
)  # fmt: skip
"""What recognisers begin with, repeated: the worst that can be done to them."""

SHORT, LONG = 4_096, 16_384
SLOWEST_S = 5.0
"""What hangs takes longer. What is slow, the benchmark says: coverage alone doubles it."""


def _seconds(text: str) -> float:
    """The best of three readings, each by a redactor that has read nothing yet."""
    best = float("inf")
    for _ in range(3):
        redactor = Redactor(my.rules())
        begun = time.process_time()
        redactor.text(text, Sink.LOG)
        best = min(best, time.process_time() - begun)
    return best


@pytest.mark.parametrize("seed", SEEDS, ids=ascii)
def test_four_times_the_text_takes_four_times_as_long(seed: str) -> None:
    """Eight times at most, in one of three tries; squared would be sixteen times."""
    ratios = []
    for _ in range(3):
        short = _seconds((seed * SHORT)[:SHORT])
        long = _seconds((seed * LONG)[:LONG])
        assert long < SLOWEST_S
        # Below a millisecond the clock and the cache are all that is measured.
        ratios.append(long / max(short, 0.001))
        if ratios[-1] < 8:
            return
    pytest.fail(f"grew by {ratios}")
