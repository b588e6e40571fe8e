"""Names with values inside a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.load import load_policy
from affidavit._policy.words import Pack, Sink
from affidavit._redact import Redactor
from affidavit._redact.classify.key_classifier import KeyClassifier
from affidavit._redact.classify.policy_rules import PolicyRules
from affidavit._redact.detect.command_lines import find_options
from affidavit._redact.detect.key_value_pairs import Pairs
from affidavit._redact.types.match import TextView

LOOK = KeyClassifier(PolicyRules(my.rules(), "")).look


def _found(text: str) -> list[str]:
    hits = Pairs(LOOK).find(text, text.encode("latin-1", "replace"))
    find_options(TextView(text), LOOK, hits)
    return [text[hit.start : hit.end] for hit in hits]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a=1 password=hunter2 b=2", "hunter2", id="assignment"),
        pytest.param("password: hunter2\n", "hunter2", id="colon"),
        pytest.param('{"password": "hun ter2"}', "hun ter2", id="JSON"),
        pytest.param('{\\"password\\": \\"hun ter2\\"}', "hun ter2", id="escaped JSON"),
        pytest.param("{'password': b'hun ter2'}", "hun ter2", id="Python"),
        pytest.param('password="say \\"x\\" 2"', 'say \\"x\\" 2', id="escaped quotes"),
        pytest.param("password='open end", "open end", id="no closing quote"),
        pytest.param('password="ab"cd\nnext', 'ab"cd', id="no closing quote on this line"),
        pytest.param("secret => hunter2,", "hunter2", id="arrow"),
        pytest.param("user[password]=hunter2", "hunter2", id="form array"),
        pytest.param("x?access_token=hunter2&b", "hunter2", id="query"),
        pytest.param("/cb?code=4f0AX4XfWhabcdefghij1&b=1", "4f0AX4XfWhabcdefghij1", id="code"),
        pytest.param("password=a!b&xy=1", "a!b&xy=1", id="no form"),
        pytest.param("password=a!b;server=x", "a!b", id="a connection"),
        pytest.param("<db:Password a='b'>hun ter2</db:Password>", "hun ter2", id="XML"),
        pytest.param("<pin><![CDATA[1234]]></pin>", "1234]]>", id="CDATA"),
        pytest.param("credentials={'a': ['b', 'c']} x", "{'a': ['b', 'c']}", id="container"),
        pytest.param("dob=datetime.date(1980, 2, 3))", "datetime.date(1980, 2, 3)", id="call"),
        pytest.param("Authorization: Bearer ab cd\nx", "Bearer ab cd", id="header"),
        pytest.param("Cookie: a=1; b=2\r\nx", "a=1; b=2", id="cookies"),
        pytest.param("token=Bearer hunter2 x", "Bearer hunter2", id="scheme"),
        pytest.param("Card number: 1234 5678 rest", "1234 5678", id="words and groups"),
        pytest.param("Name: x, first name: Jane Roe, b", "Jane Roe", id="prose"),
        pytest.param("address: 12 Main St  next", "12 Main St", id="prose until two spaces"),
        pytest.param("city: Paris status=ok", "Paris", id="prose until the next name"),
        pytest.param("dob:1980-02-03;", "1980-02-03", id="no space"),
        pytest.param('<input name="pwd" value="hunter2">', "hunter2", id="HTML"),
        pytest.param("{'name': 'ssn', 'value': '412681357'}", "412681357", id="name and value"),
        pytest.param("run --db-password hunter2 --n 3", "hunter2", id="option"),
        pytest.param('name="ssn"\r\n\r\n412681357\r\n--b', "412681357", id="form part"),
        pytest.param('var apiToken string = "hunter2"', "hunter2", id="a type behind the name"),
        pytest.param("run --password --00x", "--00x", id="a password with dashes"),
        pytest.param("Driver={x};PWD=/a/b;", "/a/b", id="ODBC's last"),
        pytest.param(
            '<add key="AcmePat" value="qe59ic8kjektsn5plm2z"/>',
            "qe59ic8kjektsn5plm2z",
            id="a key in an attribute",
        ),
        pytest.param("IRC_PASS=hunter2", "hunter2", id="a pass of anything"),
        pytest.param("PASS: hunter2", "hunter2", id="a pass of nothing"),
        pytest.param("[password=[hun]ter2]", "[hun]ter2", id="brackets in brackets"),
        pytest.param("GITHUBKEY=qe59ic8kjektsn", "qe59ic8kjektsn", id="a key of an issuer's"),
        pytest.param("GITLAB_KEY=YXNkZmZmZmZmQQ", "YXNkZmZmZmZmQQ", id="letters that take turns"),
        pytest.param("run --password --A0000 --verbose", "--A0000", id="dashes and a letter"),
        *(
            pytest.param(f'API_TOKEN {mark} "hunter2"', "hunter2", id=mark)
            for mark in ("?=", "??=", "||=", ".=", "+=", "::=", ":::=")
        ),
    ],
)
def test_values_are_found_whole(text: str, expected: str) -> None:
    """From after the mark to where the value ends, without its quotes."""
    assert [expected] == _found(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://x.example:8080/a", "10:57:08", "token_count=3", "password=", "password=null",
        "password: ?", "has_password: x", "name: orders", "a < b > c", "key = value",
        "ip=localhost", "x code=4f0AX4XfWhabcdefghij1",
        "run --password --verbose", "run --password --db=x", 'string = "x"',
        "[EMAIL]: hello", '[PHONE]": "x', "namespace: x", "<p>x</p>",
    ],
)  # fmt: skip
def test_what_is_no_sensitive_pair(text: str) -> None:
    """Times, flags, bind markers, empty values, and labels of ours."""
    assert [] == _found(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('password = "hun" +\n  "ter" +\n  "two"', ["hun", "ter", "two"]),
        ("password = 'hun'\n  . 'ter'", ["hun", "ter"]),
        ('password = "hun" \\\n "ter"', ["hun", "ter"]),
        ('password = "hun"\n"ter"', ["hun"]), ('password = "hun",\n "ter"', ["hun"]),
        ("passwords:\n  - hun\n  - 'ter'\nuser: x", ["hun", "ter"]),
        ("tokens:\n- abc\n- q7w8e9r0t1y2u3i4o5p6", ["q7w8e9r0t1y2u3i4o5p6"]),
        ("secrets:\n  - db_password\n  - other", []),
        ("passwords:\n  - name: x\n", []), ("passwords:\nuser: x", []),
        ("first_pass=1.2", []), ("--- PASS: TestX (0.0s)", []), ("# PASS:  12", []),
        ("PASS: a/b.exp", []), ("pass=12 fail=3", []), ("ssn != lower(:n)", []),
        ("ssn = trim($1)", []), ("run: python -m x", []), ("TTY=pts/0 ; PWD=/srv/x ;", []),
    ],
)  # fmt: skip
def test_parts_and_items_of_a_secret_are_found(text: str, expected: list[str]) -> None:
    """What a program joins, and a list of passwords, or of what looks like secrets."""
    assert sorted(expected) == sorted(_found(text))


def test_several_values_are_found() -> None:
    """One does not hide the next."""
    assert ["a", "b", "c"] == _found("pwd=a token='b' <cvv>c</cvv>")


_WORDS = st.sampled_from([
    "foo", "string", "String", "token", "password", "card", "number", "code", "?code", "name",
    "key", "(foo", '"foo"', "[foo]", "id", "a.b", "acme_key", "<token>", "type",
])  # fmt: skip
_LINES = st.lists(
    st.tuples(_WORDS, _WORDS, st.sampled_from(["=", ": ", " = ", ":", ">"])).map(
        lambda one: f"{one[0]} {one[1]}{one[2]}qe59ic8kjektsn5plm2zz7"
    ),
    min_size=2,
    max_size=8,
)


@given(_LINES)
def test_what_was_read_before_changes_nothing(lines: list[str]) -> None:
    """Words that are remembered as names of nothing are that wherever they stand."""
    used = Pairs(LOOK)
    for line in lines:
        raw = line.encode()
        assert Pairs(LOOK).find(line, raw) == used.find(line, raw)
        assert Pairs(LOOK).find(line, raw) == used.find(line, raw)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("address: 12 Main Street; x", "address: [ADDRESS]; x"),
        ("date of birth: 3 May eighty; x", "date of birth: [BIRTH_DATE]; x"),
        ("emergency contact: her son Jim; x", "emergency contact: [CONTACT]; x"),
        ("diagnosis: a bad cold; x", "diagnosis: [HEALTH_ID]; x"),
        ("home location: at the lake; x", "home location: [LOCATION]; x"),
        ("last name: van der Berg; x", "last name: [NAME]; x"),
        ("tax id: AB CD; x", "tax id: [GOV_ID] CD; x"),
        ("tax id: AB C1 D; x", "tax id: [GOV_ID] D; x"),
        ("last_name=van der Berg", "last_name=[NAME] der Berg"),
        ("last name: van der  Berg", "last name: [NAME]  Berg"),
        ("last name: van der a=1", "last name: [NAME] a=1"), ("name: x", "name: x"),
        ("Set-Cookie: a=b; c=d, e", "Set-Cookie: [dropped]"),
        ("x-auth: a b c", "x-auth: [dropped]"),
        ("phone: (415) 555-0132 x7.", "phone: [PHONE]."), ("phone: ext 7 x", "phone: [PHONE] x"),
        ("Card number: 12 x", "Card number: [CREDIT_CARD] x"),
        ("<email>a b</email>", "<email>[EMAIL]</email>"),
        ("<x:email k='v'>a</x:email>", "<x:email k='v'>[EMAIL]</x:email>"),
        ("<email></email>", "<email></email>"),
        ("<email>null</email>", "<email>null</email>"),
        ("email={a: [b]} c", "email=[EMAIL] c"), ("email=f(a, b) c", "email=[EMAIL] c"),
        ("a?code=abcdef1234567890abcdef&b", None), ("n.code=abcdef1234567890abcdef&b", "keep"),
        ("salary=7", "salary=7"), ("email=", "email="), ("email=?", "email=?"), ("=x", "=x"),
    ],
)  # fmt: skip
def test_how_far_a_value_reaches(text: str, expected: str | None) -> None:
    """As many words as its kind is written in, or as its mark allows."""
    done = Redactor(my.rules()).text(text, Sink.LOG)

    if expected is None:
        assert done != text
    else:
        assert done == (text if expected == "keep" else expected)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("парола=Tr0ub4dor", "Tr0ub4dor"), ("вход: парола: Tr0ub4dor", "Tr0ub4dor"),
        ("дата на раждане: 01.02.1980, Варна", "01.02.1980"), ("密码=abcdef1", "abcdef1"),
        ("κωδικός πρόσβασης = abc123", "abc123"), ("密码\uff1aabcdef1", "abcdef1"),
        ("телефон: 0888123456", "0888123456"), ("contraseña=abc123", "abc123"),
        ("hasło: abc123", "abc123"), ("Şifre = abc123", "abc123"), ("lösenord=abc123", "abc123"),
    ],
)  # fmt: skip
def test_names_in_other_letters_count_in_texts(text: str, value: str) -> None:
    """As they do in objects, of several words too."""
    assert value not in Redactor(my.rules()).text(text, Sink.LOG)


@pytest.mark.parametrize("text", ["статус=ok", "време: 10:57", "状态=ok 数量: 3", "σφάλμα: 404"])
def test_other_words_in_other_letters_stay(text: str) -> None:
    """They name nothing."""
    assert text == Redactor(my.rules()).text(text, Sink.LOG)


def test_a_last_word_is_not_remembered_by_itself() -> None:
    """A word that named nothing by itself names something with another one before it."""
    redactor = Redactor(load_policy("baseline").redaction._replace(packs=(Pack.EU,)))
    text = "Rodn\u00e9 \u010d\u00edslo: 710319/2746"

    before = redactor.text(text, Sink.LOG)
    assert "jin\u00e9 \u010d\u00edslo: 1" == redactor.text("jin\u00e9 \u010d\u00edslo: 1", Sink.LOG)
    assert "2746" not in before
    assert before == redactor.text(text, Sink.LOG)


@pytest.mark.parametrize("mark", [": ", "=", " = ", " = '", '="'])
@pytest.mark.parametrize(
    "name",
    [
        "secret key", "the secret access key", "AWS secret key", "storage account key", "api key",
        "connection string", "First name", "driver license",
    ],
)  # fmt: skip
def test_a_name_may_be_several_words(name: str, mark: str) -> None:
    """Before whatever mark, as people write it in the files that they set things up with."""
    text = f"x: {name}{mark}QyLm7Fk2Tr"

    assert _found(text) == ["QyLm7Fk2Tr"]


@pytest.mark.parametrize(
    "text",
    ["mode=access key=5", "mode='x' key = 5", "kind=api key=a", "a=session id=7", "public key = 5"],
)
def test_a_value_is_no_word_of_the_next_name(text: str) -> None:
    """What stands behind a mark of its own belongs to that."""
    assert [] == _found(text)
