"""Where an exemption reaches, in every kind of container; and how deep and how far is looked."""

from __future__ import annotations

from typing import Any

import pytest

import redact_strategies as my
from affidavit._policy.model import Exemption
from affidavit._policy.words import Sink
from affidavit._redact import Redactor

MAIL, GONE = "jane@example.com", "[EMAIL]"


def _clean(value: object, *paths: str, **limits: int) -> Any:
    exemptions = tuple(Exemption(path=one, reason="test", expires="2027-01-01") for one in paths)
    redactor = Redactor(my.rules(exemptions=exemptions, **limits), today="2026-01-23")
    return redactor.clean(value, Sink.LOG).value


@pytest.mark.parametrize(
    ("value", "path", "expected"),
    [
        ({"a": MAIL, "b": MAIL}, "a", {"a": MAIL, "b": GONE}),
        ({"email": MAIL, "phone": "x1"}, "email", {"email": MAIL, "phone": "[PHONE]"}),
        ({"a": [MAIL, MAIL]}, "a.1", {"a": [GONE, MAIL]}),
        ({"a": (MAIL, MAIL)}, "a.*", {"a": [MAIL, MAIL]}),
        ({"a": {"b": {"c": MAIL}}}, "a.*.c", {"a": {"b": {"c": MAIL}}}),
        ({"a": {"b": {"c": MAIL}}}, "a.*.d", {"a": {"b": {"c": GONE}}}),
        ({"a": {"b": MAIL}}, "a", {"a": {"b": MAIL}}),
        ({"a": {"b": MAIL}}, "a.b.c", {"a": {"b": GONE}}),
        ({"a": [["email", MAIL], ["email", MAIL]]}, "a.0",
         {"a": [["email", MAIL], ["email", GONE]]}),
        ({"a": ("email", "x")}, "a", {"a": ["email", "x"]}),
        ({"a": ("email", "x")}, "b", {"a": ["email", GONE]}),
        ({"a": ["--email", "x", "--email", "y"]}, "a.3", {"a": ["--email", GONE, "--email", "y"]}),
        ({"a": ["--password", "x"]}, "a", {"a": ["--password", "[dropped]"]}),
        ({"rawHeaders": ["From", MAIL]}, "rawHeaders", {"rawHeaders": ["From", MAIL]}),
        ({"a": ["412", "68", "1357"]}, "a", {"a": ["412", "68", "1357"]}),
        ({"a": 4000056655665556}, "a", {"a": 4000056655665556}),
        ({"a": 4000056655665556}, "b", {"a": "[CREDIT_CARD]"}),
        ({"a": f"{MAIL} password=x"}, "a", {"a": f"{MAIL} password=[dropped]"}),
        ({"a": {"password": "x", "email": MAIL}}, "a", {"a": {"password": "[dropped]",
        "email": MAIL}}),
        ({"columns": ["email"], "rows": [["x"]]}, "rows", {"columns": ["email"], "rows": [["x"]]}),
        ({"columns": ["email"], "rows": [["x"]]}, "b", {"columns": ["email"], "rows": [[GONE]]}),
        ({"sql": "where email = :e", "binds": {"e": "x"}}, "b",
         {"sql": "where email = :e", "binds": {"e": GONE}}),
    ],
)  # fmt: skip
def test_where_an_exemption_reaches(value: Any, path: str, expected: Any) -> None:
    """To what its path names and all below, in objects, lists and tables; never to a secret."""
    assert expected == _clean(value, path)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["--email", "x"], ["--email", GONE]), (["-p", "x"], ["-p", "x"]),
        (["run", "--password", "x", "y"], ["run", "--password", "[dropped]", "y"]),
        (["--password", "--email", "x"], ["--password", "[dropped]", "x"]),
        (["--password=x"], ["--password=[dropped]"]), (["-", "x"], ["-", "x"]),
        (["--email", 7], ["--email", GONE]), (["--email", None], ["--email", None]),
    ],
)  # fmt: skip
def test_arguments_of_a_command(value: list[Any], expected: list[Any]) -> None:
    """An option's value is the argument behind it, whatever it is."""
    assert expected == _clean(value)


@pytest.mark.parametrize(
    ("make", "inside"),
    [
        (lambda inner: {"a": inner}, lambda found: found["a"]),
        (lambda inner: [inner], lambda found: found[0]),
    ],
    ids=["objects", "lists"],
)
def test_how_deep_is_looked(make: Any, inside: Any) -> None:
    """As deep as the policy says, in whatever containers."""
    deep: Any = "x"
    for _ in range(4):
        deep = make(deep)
    for depth in range(1, 9):
        found, seen = _clean(deep, depth=depth), 0
        while not isinstance(found, str):
            found, seen = inside(found), seen + 1
        assert found == ("x" if seen == 4 else "[LIMIT]")
        assert seen == min(4, depth)


@pytest.mark.parametrize(
    ("value", "nodes"),
    [([1, 2, 3], 3), ({"a": 1, "b": 2}, 2), ([[1], [2]], 4), ({"a": [1, 2]}, 3), ((1, (2,)), 3)],
)
def test_how_many_values_are_looked_at(value: Any, nodes: int) -> None:
    """As many as the policy says; one fewer, and some of it is not."""
    assert "LIMIT" not in str(_clean(value, nodes=nodes))
    assert "[LIMIT]" in str(_clean(value, nodes=nodes - 1))


@pytest.mark.parametrize(
    ("value", "kept"),
    [("1" * 64, True), ("4000056655665556", True), (4000056655665556, True), (10**64 - 1, True),
     (10**64, True), ("4000 0566 5566 5556", False), (-4000056655665556, False),
     ("\u0664000056655665556", False)],
)  # fmt: skip
def test_digits_of_a_request_are_nobodys(value: Any, kept: bool) -> None:
    """Under the name of a request: up to 64 of them, and nothing else."""
    assert kept is (_clean({"requestId": value})["requestId"] == value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1999999999999, None), (2 * 10**12, None), (2200000000000000, None),
        (2_204_120_100_000_005, "[CREDIT_CARD]"), (-2_204_120_100_000_005, "[CREDIT_CARD]"),
        (2_204_120_100_000_005.0, "[CREDIT_CARD]"), (10**19, None), (10**399, None),
        (10**400, "[LIMIT]"), (-(10**400), "[LIMIT]"), (float("inf"), "inf"), (1e15 + 0.5, None),
    ],
)  # fmt: skip
def test_numbers_that_need_no_quotes(value: Any, expected: Any) -> None:
    """A card's, whatever its type; what could not be written is not looked at."""
    for place in (lambda one: {"n": one}, lambda one: [one]):
        done = _clean(place(value))
        (found,) = done.values() if isinstance(done, dict) else done
        assert found == (value if expected is None else expected)
