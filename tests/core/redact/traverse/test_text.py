"""Texts: memory, folding, encodings."""

import base64
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.words import RedactionAction, Sink
from affidavit._redact import Redactor
from affidavit._redact.traverse.text import LONGEST_KEPT, MAX_KEPT
from affidavit._redact.types.budget import ROUNDS

REDACTOR = Redactor(my.rules(string_bytes=5000))


def _clean(text: str) -> str:
    return REDACTOR.text(text, Sink.LOG)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"email":"jane@example.com","n":1.50}', '{"email": "[EMAIL]", "n": 1.5}'),
        ('{ "n": 1.50 }', '{ "n": 1.50 }'),
        ('{"a":"jane@example.com","a":1}', '{"a": 1}'),
        ('"jane@example.com"', '"[EMAIL]"'),
        ("[1] to jane@example.com", "[1] to [EMAIL]"),
        ('{"a": 1}\n{"ssn": "x"}', '{"a": 1}\n{"ssn": "[US_SSN]"}'),
        ('"password": "x"', '"password": "[dropped]"'),
        ("/u/jane%40example.com/x", "/u/[EMAIL]/x"),
        ("to jane%u0040example.com", "to [EMAIL]"),
        ("jane&commat;example&period;com", "[EMAIL]"),
        ("to jane.roe@exam=\nple.com", "to [EMAIL]"),
        ('name=3D"password" value=3D"hunter2"', 'name="password" value="[dropped]"'),
        ("mysql -phunter2 db", "mysql -p[dropped] db"),
        ("insert into t (password) values ('x')", "insert into t (password) values ('[dropped]')"),
        ("?next=%2Fcb%3Fssn%3Da1c&b=1", "?next=/cb?ssn=[US_SSN]&b=1"),
        ("pass%77ord=x1", "password=[dropped]"),
        ("n=4000+0566+5566+5556&b", "n=[CREDIT_CARD]&b"),
        ("jane\\u0040example.com", "[EMAIL]"),
        ("jane&#64;example.com", "[EMAIL]"),
        ("\uff14000 0566 5566 5556", "[CREDIT_CARD]"),
        ("Zo\u00eb, jane@example.com", "Zo\u00eb, [EMAIL]"),
        ("\u202e7531-86-214\u202c", "[US_SSN]"),
        ("Zo\u00eb \uff11\uff12", "Zo\u00eb \uff11\uff12"),
    ],
)
def test_texts_are_read_as_people_and_programs_read_them(text: str, expected: str) -> None:
    """JSON as objects, forms part by part, look-alikes folded, and the rest left as it was."""
    assert expected == _clean(text)
    assert expected == _clean(expected)


@pytest.mark.parametrize(
    ("clear", "expected"),
    [("to jane@example.com", "[EMAIL]"), ("password=hunter22", "[dropped]"), ("say nothing", None)],
)
def test_encoded_words_are_replaced_whole(clear: str, expected: str | None) -> None:
    """There is no way to redact a part of them."""
    word = base64.b64encode(clear.encode()).decode()

    assert f"x {expected or word} y" == _clean(f"x {word} y")


def test_what_is_wrapped_too_often_fails_closed() -> None:
    """Nobody wraps a value five times to be read."""
    word = "say nothing to nobody"
    for _ in range(ROUNDS):
        word = base64.b64encode(word.encode()).decode()

    assert word == _clean(word)
    assert "[LIMIT]" == _clean(base64.b64encode(word.encode()).decode())


def test_what_unpacks_to_too_much_in_sum_fails_closed() -> None:
    """Eight times as much as one text may have: more is not looked at."""
    clear = "say nothing to nobody " * 200  # 4,400 characters
    word = base64.b64encode(gzip.compress(clear.encode(), mtime=0)).decode()
    eight, ten = " ".join([word] * 8), " ".join([word] * 10)

    assert eight == _clean(eight)
    assert "[LIMIT]" in _clean(ten)


def test_what_folding_makes_too_long_fails_closed() -> None:
    """One character can become eighteen; four times as much as a text may have is looked at."""
    redactor = Redactor(my.rules(string_bytes=30))
    long, short = "\ufdfa" * 10, "\ufdfa" * 6

    assert "[LIMIT]" == redactor.text(long, Sink.LOG)
    assert short == redactor.text(short, Sink.LOG)


def test_json_in_json_in_json_is_read() -> None:
    """As events nest in notifications in queues."""
    text = json.dumps({"a": json.dumps({"b": json.dumps({"ssn": "x"})})})

    assert json.loads(json.loads(json.loads(_clean(text))["a"])["b"]) == {"ssn": "[US_SSN]"}


@pytest.mark.parametrize("text", ["x" * 5001, "\u00e9" * 2501, "[" * 2400 + "]" * 2400])
def test_what_is_too_long_or_too_deep_is_not_looked_at(text: str) -> None:
    """And does not get out either: the whole text is replaced."""
    assert text not in _clean(text)


def test_a_lone_surrogate_gets_out_as_a_question_mark() -> None:
    """What comes out can be written as UTF-8."""
    assert "? [EMAIL]" == _clean("\ud800 jane@example.com")
    assert "?" == _clean("\udfff")


@given(
    st.lists(st.sampled_from([*"?;0127mhlKJ$ \\", "\x1b[", "\x1b", "build", "3/4"]), max_size=12)
)
def test_no_text_is_given_up_for_what_it_tells_a_terminal(pieces: list[str]) -> None:
    """Where a cursor goes (`ESC [ ? 25 l`), and what only begins so: nothing is undone there."""
    text = "".join(["\x1b[", *pieces])

    assert text == _clean(text)


@pytest.mark.parametrize("move", ["\x1b[3G", "\x1b[2C", "\x1b[1;5H", "\x1b[2J", "\x1b[A"])
def test_what_a_cursor_parts_is_no_word(move: str) -> None:
    """A terminal shows it in two places; what only a colour parts is one word."""
    assert f"tok{move}en=x1y2" == _clean(f"tok{move}en=x1y2")
    assert "token =[dropped]" == _clean(f"token{move}=x1y2")
    assert "token=[dropped]" == _clean("tok\x1b[0m\x1b[Ken=x1y2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("505.3\u00b5s from jane@example.com", "505.3\u00b5s from [EMAIL]"),
        ("\u00bd of jane@example.com \u2122", "\u00bd of [EMAIL] \u2122"),
        ("a@example.com \uff50assword=hunter2", "[EMAIL] \uff50assword=[dropped]"),
        ("\uff50assword\uff1dhunter2 \u00b5", "password=[dropped] \u03bc"),
        ("a@example.com password\uff1dhunter2", "[EMAIL] password=[dropped]"),
    ],
)  # fmt: skip
def test_letters_stay_as_they_are_beside_what_is_replaced(text: str, expected: str) -> None:
    """They are folded only where something shows in no other way, and each time anew."""
    redactor = Redactor(my.rules())

    assert expected == redactor.text(text, Sink.LOG) == redactor.text(text, Sink.LOG)
    assert expected == redactor.text(expected, Sink.LOG)


def test_only_clean_texts_are_remembered() -> None:
    """The memory is no place to find personal data in."""
    redactor = Redactor(my.rules({"IP": RedactionAction.KEEP}))
    kept = redactor._walker.texts.kept
    for text in ("orders", "jane@example.com", "at 198.51.100.7 x", "x" * (LONGEST_KEPT + 1)):
        redactor.text(text, Sink.LOG)
    redactor.clean({"version": "2.14.0.7"}, Sink.LOG)

    assert {"orders"} == kept


def test_texts_that_were_suspect_and_are_clean_are_remembered() -> None:
    """Reading them once more would find nothing more; not what a label was put into."""
    redactor = Redactor(my.rules())
    texts = ["key = value", "to jane@ x", "4000 0566 5566 5557"]
    for text in (*texts, "to jane@example.com", "[EMAIL] and 198.51.100.7"):
        redactor.text(text, Sink.LOG)
    assert set(texts) <= redactor._walker.texts.kept
    assert not any("jane@e" in text or "198" in text for text in redactor._walker.texts.kept)


def test_memory_is_bounded() -> None:
    """When it is full, all is forgotten at once."""
    redactor = Redactor(my.rules())
    for number in range(MAX_KEPT * 2):
        redactor.text(f"text {number}", Sink.LOG)

    assert len(redactor._walker.texts.kept) <= MAX_KEPT
