"""The judge of log lines says what was replaced in them, however much that is."""

from __future__ import annotations

import re

from benchmarks.log_families import Change, changes
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.text("ab ", max_size=4), min_size=2, max_size=5), st.text("ab ", max_size=12))
def test_what_was_replaced_is_found_as_a_search_that_tries_everything_does(
    pieces: list[str], text: str
) -> None:
    """Each replaced part is as short as what stands behind it allows."""
    found = re.fullmatch("(.+?)".join(pieces), text)
    told = [one.value for one in changes(text, "[NAME]".join(pieces))]

    assert (list(found.groups()) if found else [text]) == told


def test_a_line_of_many_replaced_parts_is_judged_at_once() -> None:
    """A search that tries every place again would not come to an end."""
    clean = "[NAME]a" * 40 + "b"

    assert [Change("[LIMIT]", "a" * 200, right=False)] == changes("a" * 200, clean)
