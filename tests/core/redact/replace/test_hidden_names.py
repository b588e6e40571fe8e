"""Names that are known: where they stand in a value, in clear and encoded, and until when."""

from __future__ import annotations

import base64
import contextvars
import gzip
import json
import threading
from collections.abc import Callable
from typing import Any, Final, NoReturn
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Identities, Redactor
from affidavit._redact.replace import known_identities
from affidavit._redact.replace.hidden_names import HiddenNames, KnownNames
from affidavit._redact.types.budget import ROUNDS


def test_threads_are_told_apart_and_a_stranger_knows_all() -> None:
    """A thread without an invocation, as the one that reads what is printed, is careful."""
    redactor = Redactor(load_policy("baseline").redaction)
    ready, told = threading.Barrier(3), {}

    def work(name: str, token: str) -> None:
        with Identities({name: token}):
            ready.wait(10)
            told[name] = redactor.text("alpha beta", Sink.LOG)
            ready.wait(10)

    threads = [threading.Thread(target=work, args=pair) for pair in (("alpha", "A"), ("beta", "B"))]
    for one in threads:
        one.start()
    ready.wait(10)
    assert "A B" == redactor.text("alpha beta", Sink.LOG)
    ready.wait(10)
    for one in threads:
        one.join(10)

    assert {"alpha": "A beta", "beta": "alpha B"} == told
    assert "alpha beta" == redactor.text("alpha beta", Sink.LOG)


def test_nothing_is_kept_when_a_block_fails() -> None:
    """Also not by a task that copied the context and outlives it."""
    copies: list[contextvars.Context] = []

    def fail() -> NoReturn:
        with Identities({"alpha": "A"}):
            copies.append(contextvars.copy_context())
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    kept = copies[0][known_identities._current]
    assert not known_identities._open
    assert kept is not None
    assert KnownNames() == kept.known
    assert "alpha" == known_identities.replace_known("alpha")


@given(
    name=st.text(min_size=4, max_size=20),
    before=st.sampled_from(["", " ", "(", "/", '"', "=", "_", ", "]),
    after=st.sampled_from(["", " ", ")", "/", '"', ".", "_", ": "]),
)
def test_a_whole_word_never_remains(name: str, before: str, after: str) -> None:
    """Whatever stands around it, and however often."""
    with Identities({name: "\0"}):
        done = known_identities.replace_known([before + name + after, {name: name}])

    assert [f"{before}\0{after}", {"\0": "\0"}] == done


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12345", "T"), (12345, "T"), (123456, 123456), ("x12345", "x12345"), ("123456", "123456"),
        ("a-12345", "a-T"), (True, True), (None, None), (1.5, 1.5), ('{"a":"12345"}', '{"a":"T"}'),
        ("m\\u00fcller", "U"), ("/m%C3%BCller", "/U"), ("abc", "V"), ("an abc", "an abc"),
    ],
)  # fmt: skip
def test_words_numbers_and_spellings(value: Any, expected: Any) -> None:
    """Whole words of four characters, in the spellings of JSON and URLs; shorter ones alone."""
    with Identities({"12345": "T", "müller": "U", "abc": "V"}):
        assert expected == known_identities.replace_known(value)


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


ENCODINGS: Final[dict[str, Callable[[str], str]]] = {
    "base64": _b64,
    "base64 without padding": lambda text: _b64(text).rstrip("="),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
    "JSON object": lambda text: json.dumps({"id": text, "n": 1}),
    "JSON list, other letters as they are": lambda text: json.dumps([1, text], ensure_ascii=False),
    "form": lambda text: f"a=1&id={quote_plus(text)}&z=2",
    "query": lambda text: "id=" + quote(text, safe=""),
    "percent, all of it": lambda text: "".join(f"%{one:02x}" for one in text.encode()),
    "form part beside a picture": lambda text: base64.b64encode(
        f'--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n{text}\r\n--x\r\n\r\n'.encode()
        + b"\x89PNG\r\n\x1a\n\xff\xfe\x00"
    ).decode(),
}
"""How what an event carries is written: each may stand in another one."""

_NAMES = st.one_of(
    st.from_regex(r"[a-z0-9]{4,12}", fullmatch=True),
    st.from_regex(r"[A-Za-z]{2,8}[-_.@ \\\\/'\"+&=:][a-z0-9]{2,8}", fullmatch=True),
    st.sampled_from(
        ["m\u00fcller", "\u0418\u0432\u0430\u043d", 'O"Neil', "ACME\\jdoe", "zz-tarn-7"]
    ),
)


def _keeps(value: Any, name: str) -> bool:
    """Tell whether an object holds a text that has `name` in it."""
    if isinstance(value, dict):
        return any(_keeps(one, name) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return any(_keeps(one, name) for one in value)
    return isinstance(value, str) and name in value


@given(name=_NAMES, chain=st.lists(st.sampled_from(sorted(ENCODINGS)), min_size=1, max_size=3))
def test_a_name_is_known_in_every_encoding(name: str, chain: list[str]) -> None:
    """However an event carries it, and in whatever that is carried again.

    A word of under 24 letters is taken for encoded twice at most.
    """
    sent = inner = ENCODINGS[chain[0]](name)
    for one in chain[1:]:
        sent = ENCODINGS[one](sent)
    assume(len(chain) < 3 or len(sent) >= 24)
    redactor = Redactor(load_policy("baseline").redaction)
    with Identities({name: "(?)"}):
        told = redactor.clean([sent, {"body": sent, "isBase64Encoded": True}], Sink.LOG).value

    assert not _keeps(told, sent)
    assert not _keeps(told, inner)
    assert not _keeps(told, name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (_b64('{"a": "other"}'), _b64('{"a": "other"}')), (_b64("a=quill&b"), _b64("a=quill&b")),
        ("/files/" + _b64("quillon-one"), "/files/T"), ("key " + _b64("quillon"), "key T"),
        (_b64('{"id": "abc"}'), "V"), ('{"id": "abc", "n": 12345}', '{"id": "V", "n": "N"}'),
        (_b64('{"id": 12345}'), "N"), (_b64("id=12345"), "N"), ("%71uillon", "T"),
        ("INFO a\\nquillon", "INFO a\\nT"), (_b64("x" * 70) + "\n", _b64("x" * 70) + "\n"),
        (_b64("\x89PNG... quillon \xff"), "T"), ({"B": _b64("quillon")}, {"B": "T"}),
        ("quillons=%71", "quillons=%71"), ("a b+c", "a b+c"), ("", ""),
        ({"%71": "%71"}, {"%71": "%71"}),
    ],
)  # fmt: skip
def test_what_is_encoded_is_replaced_as_one(value: Any, expected: Any) -> None:
    """A token in place of an encoded word; nothing else is written anew."""
    with Identities({"quillon": "T", "12345": "N", "abc": "V"}):
        assert expected == known_identities.replace_known(value, undone=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("id=jane+roe&b=1", "id=T&b=1"), ("id=jane%20roe&b=a+b", "id=T&b=a+b"),
        ("q=jane%2Broe", "q=T"), ("x+jane+roe", "x+T"),
        ("id=jane\\u0020roe", "id=T"), ("<b>jane&#32;roe</b>", "<b>T</b>"),
    ],
)  # fmt: skip
def test_a_blank_in_a_name_is_written_in_many_ways(value: str, expected: str) -> None:
    """As a plus in a form, in percent-encoding, as an escape, as a reference."""
    with Identities({"jane roe": "T"}):
        assert expected == known_identities.replace_known(value, undone=True)


def test_what_encodings_hide_is_looked_for_within_bounds() -> None:
    """What is too deep or too much to look at is not written either."""
    deep = "quillon"
    for _ in range(9):
        deep = _b64(deep)
    bomb = base64.b64encode(gzip.compress(b"a quillon " * 1_000_000)).decode()
    redactor = Redactor(load_policy("baseline").redaction)
    with Identities({"quillon": "T"}):
        assert "LIMIT" in redactor.text(deep, Sink.LOG)
        assert "[LIMIT]" == known_identities.replace_known(bomb, undone=True)


def test_what_is_known_of_each_name() -> None:
    """Of four characters in texts, of digits as a number, of two letters where nothing else is."""
    tokens = {
        "12345": "A",
        "0123": "B",
        "abc": "C",
        "ab": "D",
        "x": "E",
        "a1": "F",
        "longer one": "G",
    }
    known = known_identities._known(tokens)

    assert {12345: "A"} == known.numbers
    assert {"abc": "C", "ab": "D"} == known.short
    assert {"A", "B", "G"} == {token for _, token in known.names}
    assert {"12345", "0123", "longer one", "longer+one", "longer%20one"} <= dict(known.names).keys()
    assert sorted(known.names, key=lambda one: -len(one[0])) == list(known.names)
    assert {"12345", "'abc'", "'ab'"} <= set(known.marks)


@pytest.mark.parametrize(
    "value", [["alpha", "beta"], {"alpha": "beta"}, "beta alpha", [{"x": ["beta"]}, "alpha"]]
)
@pytest.mark.parametrize("undone", [False, True])
def test_each_of_several_names_is_replaced(value: Any, undone: bool) -> None:
    """In a key, in a value, in a list, in one text."""
    with Identities({"alpha": "A", "beta": "B"}):
        done = json.dumps(known_identities.replace_known(value, undone=undone))

    assert json.dumps(value).replace("alpha", "A").replace("beta", "B") == done


def test_a_longer_name_goes_first() -> None:
    """Whoever is called `jane` may be asked about by `jane roe`."""
    with Identities({"jane": "A", "jane roe": "B"}):
        assert "B and A" == known_identities.replace_known("jane roe and jane")


def test_so_much_is_read_and_no_more() -> None:
    """A million characters, and sixteen times the value's own."""
    known = known_identities._known({"alpha": "A"})
    for size in (0, 100):
        most = 1_000_000 + 16 * size
        assert most == len(str(HiddenNames(known, size).replace(" " * most)))
        assert "[LIMIT]" == HiddenNames(known, size).replace(" " * (most + 1))
    spent = HiddenNames(known, 0)
    assert [" " * 600_000, "[LIMIT]"] == spent.replace([" " * 600_000] * 2)


def test_four_encodings_are_undone() -> None:
    """The fifth stays as it is: the redactor has replaced what is deeper."""
    known = known_identities._known({"alpha": "A"})
    text = "alpha"
    for depth in range(ROUNDS + 2):
        done = HiddenNames(known, 1000).replace(text)
        assert done == ("A" if depth <= ROUNDS else text), depth
        text = _b64(text + " " * 9)


@pytest.mark.parametrize("value", [True, False, None, 1.5, 7, "", [], {}])
def test_what_is_no_name_stays(value: Any) -> None:
    """Also where `1` is a name: yes is no number."""
    with Identities({"1": "A", "alpha": "B"}):
        assert repr(value) == repr(known_identities.replace_known(value, undone=True))


def test_an_invocation_is_known_until_it_is_forgotten() -> None:
    """Twice is as good as once; nobody else's names are lost with it."""
    outer, inner = Identities({"alpha": "A"}), Identities({"beta": "B"})
    with outer:
        with inner:
            assert "alpha B" == known_identities.replace_known("alpha beta")
        assert "A beta" == known_identities.replace_known("alpha beta")
        inner.forget()
        assert "A beta" == known_identities.replace_known("alpha beta")
    assert not known_identities._open
    assert KnownNames() == inner.known == outer.known
