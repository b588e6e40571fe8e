"""Values that something beside them speaks of."""

from typing import Any

import pytest

import redact_strategies as my
from affidavit._redact.classify.key_classifier import KeyClassifier
from affidavit._redact.classify.policy_rules import PolicyRules
from affidavit._redact.classify.siblings import (
    alternate,
    are_couples,
    couple_verdict,
    formatted,
    has_value,
    pair_verdict,
    split_number,
)

NAMES = KeyClassifier(PolicyRules(my.rules(), ""))


@pytest.mark.parametrize(
    ("value", "parent", "entity"),
    [
        ({"Name": "password", "Value": "x"}, "attributes", "SECRET"),
        ({"Key": "ssn", "Value": "x"}, "tags", "US_SSN"),
        ({"name": "DB_PASSWORD", "value": "x"}, "env", "SECRET"),
        ({"Name": "name", "Value": "Jane"}, "UserAttributes", "NAME"),
        ({"Key": "Name", "Value": "web-1"}, "Tags", None),
        ({"name": "email_verified", "value": "true"}, "", None),
        ({"name": "jane@example.com", "value": "x"}, "", None),
        ({"value": "x"}, "", None),
        ({"system": "phone", "value": "x"}, "telecom", "PHONE"),
        ({"system": "http://hl7.org/fhir/sid/us-ssn", "value": "x"}, "identifier", "US_SSN"),
        ({"system": "urn:oid:1.2.36.146", "value": "x"}, "identifier", "HEALTH_ID"),
        ({"use": "home", "value": "x"}, "telecom", "CONTACT"),
        ({"text": "a", "value": "x"}, "identifier", None),
        ({"system": "http://unitsofmeasure.org", "value": 185}, "valueQuantity", None),
    ],
)
def test_a_name_speaks_of_the_value_beside_it(
    value: dict[object, object], parent: str, entity: str | None
) -> None:
    """As Cognito, tags, containers and HAR files write it."""
    verdict = pair_verdict(value, parent, NAMES)

    assert entity == (verdict.entity if verdict else None)
    assert has_value(value)


@pytest.mark.parametrize(
    ("value", "sure", "expected"),
    [
        (("password", "hunter"), True, True),
        ((b"authorization", b"x"), True, True),
        (["password", "Hunter2"], False, True),
        (["password", "email"], False, False),
        (["password", ["x"]], False, False),
        (["Jane Roe!", "x"], True, False),
        ([1, "x"], True, False),
    ],
)
def test_the_first_of_two_speaks_of_the_second(value: Any, sure: bool, expected: bool) -> None:
    """As lists of headers do; a list of two words is a list of words."""
    assert expected is (couple_verdict(value, NAMES, sure=sure) is not None)


@pytest.mark.parametrize(
    "namer",
    ["Name", "name", "Key", "key", "header", "Header", "field", "Field", "attribute", "Attribute",
     "AttributeName", "param", "parameter", "ParameterKey", "id", "k", "n"],
)  # fmt: skip
def test_each_key_that_names_the_value_beside_it(namer: str) -> None:
    """Seventeen of them, behind what a path says before it, up to twelve keys in all."""
    for said in ("password", "/shop/db/password"):
        verdict = pair_verdict({namer: said, "value": "x"}, "", NAMES)
        assert verdict is not None
        assert "SECRET" == verdict.entity
    few = {namer: "password", **{f"x{at}": at for at in range(11)}}
    assert pair_verdict(few, "", NAMES) is not None
    assert pair_verdict({**few, "y": 1}, "", NAMES) is None


def test_other_ways_to_name_a_value() -> None:
    """A parameter of Systems Manager by its type; a JSON Patch by its path, nothing else by one."""
    assert pair_verdict({"Type": "SecureString", "Value": "x"}, "", NAMES) is not None
    assert pair_verdict({"Type": "String", "Value": "x"}, "", NAMES) is None
    assert pair_verdict({"op": "add", "path": "/user/ssn", "value": "x"}, "", NAMES) is not None
    assert pair_verdict({"path": "/user/ssn", "value": "x"}, "", NAMES) is None
    assert (has_value({"value": 1}), has_value({"Value": 1}), has_value({"v": 1})) == (
        True, True, False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (("%s", {}), None), (("%(a)s", {"a": object()}), None), (("%(b)s", {"a": 1}), None),
        (("%s" * 12, tuple("abcdefghijkl")), "abcdefghijkl"),
        (("%s" * 13, tuple("abcdefghijklm")), None), (("%999d", (1,)), f"{1:999}"),
        (("%s", (True,)), "True"), (("%s", (None,)), "None"), (("%s", (1.5,)), "1.5"),
        (("%s %s", ("a",)), None), (("%c", (2**31,)), None), (("%s", ["a"]), None),
    ],
)  # fmt: skip
def test_where_arguments_end(value: Any, expected: str | None) -> None:
    """Twelve of them, of a plain kind, in the number that the format wants."""
    assert expected == formatted(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["40", "0005", "6655", "66", "55", "56"], "CREDIT_CARD"),
        (["4", "0", "0005", "6655", "66", "55", "56"], ""),
        (["40000566", "55665556"], "CREDIT_CARD"),
        (["4000", "0566", "\uff15566", "5556"], ""), (["4000", "0566", "5566", "555x"], ""),
        (["4123", "4567", "8901"], ""),
    ],
)  # fmt: skip
def test_how_many_parts_a_number_has(value: list[object], expected: str) -> None:
    """Two to six."""
    assert expected == split_number(value)


def test_couples_come_in_lists() -> None:
    """Every element has two."""
    assert are_couples([("a", 1), ["b", 2]])
    assert not are_couples([("a", 1), ("b",)])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (("%s-%s", ("a", 1)), "a-1"),
        (("%(a)s", {"a": "b"}), "b"),
        (("no mark", ("a",)), None),
        (("%d", ("x",)), None),
        (("%s", (object(),)), None),
        (("%99999d", (1,)), None),
        (("%*d", (9, 1)), None),
        ((1, ("a",)), None),
        (("%s", ()), None),
    ],
)
def test_logging_arguments_are_put_in(value: Any, expected: str | None) -> None:
    """Plain ones only, and no widths that would fill the memory."""
    assert expected == formatted(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["4000", "0566", "5566", "5556"], "CREDIT_CARD"),
        (["4000", "0566", "5566", "5557"], ""),
        (["4000056655665556"], ""),
        (["2026", "01"], ""),
        (["4000", "0566", "5566", 5556], ""),
        (["412", "68", "1357"], "US_SSN"),
        (["000", "68", "1357"], ""),
        (["41", "268", "1357"], ""),
    ],
)
def test_a_number_in_parts_is_one(value: list[object], expected: str) -> None:
    """Digits that only together are a number."""
    assert expected == split_number(value)


def test_names_and_values_of_headers_alternate() -> None:
    """In Node's `rawHeaders`, and nowhere else."""
    assert [("Host", "x"), ("Cookie", "y")] == alternate(["Host", "x", "Cookie", "y"], "rawHeaders")
    assert alternate(["Host", "x"], "names") is None
    assert alternate(["Host"], "rawHeaders") is None
