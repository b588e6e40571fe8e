"""Queries and permits: what a source is given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import Query, StatementError
from affidavit.plugin import Permit

FIND = Query(
    name="find",
    sql="select note from t where id = :id and kind = :kind",
    binds=frozenset({"id", "kind"}),
)


@given(names=st.sets(st.sampled_from(["id", "kind", "ID", "other", ""])))
def test_binds_are_exactly_the_declared_ones(names: set[str]) -> None:
    """Neither more nor fewer, and upper case is another name."""
    binds = dict.fromkeys(names, "s3cr3t-value")
    if names == FIND.binds:
        FIND.check_binds(binds)
        return
    with pytest.raises(StatementError, match="got the wrong binds") as caught:
        FIND.check_binds(binds)
    assert "s3cr3t-value" not in str(caught.value)
    assert "other" not in str(caught.value), "an unknown name may be a value"


def test_a_query_cannot_be_changed() -> None:
    """It was checked when it was made; what runs is what was checked."""
    with pytest.raises(AttributeError):
        FIND.sql = "drop table t"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["", "a b", "1a", "naïve", "a-b", "a;b"])
def test_a_query_is_named_by_an_identifier(name: str) -> None:
    """The record keeps the name."""
    with pytest.raises(StatementError, match="no usable name"):
        Query(name=name, sql="select 1")


def test_a_permit_is_more_than_its_parts() -> None:
    """A source asks for the type, not for something that is equal to one."""
    permit = Permit(deadline_s=1, request_id="r", function="f", actor=None)

    assert type(permit) is Permit
    assert type(tuple(permit)) is not Permit
