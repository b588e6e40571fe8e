"""The words of a line are kept for years: another word would be another fact."""

from __future__ import annotations

from affidavit_release.errors import Reason
from affidavit_release.line_step import RESOURCE, StepKind
from affidavit_release.release_events import SENTENCES, ReleaseEvent
from affidavit_release.versions import Bump


def test_each_word_is_its_name() -> None:
    """As its list writes words."""
    assert all(one.value == one.name.title().replace("_", "") for one in Reason)
    assert all(one.value == f"RELEASE_{one.name}" for one in StepKind)
    assert all(one.value == one.name.lower().replace("_", "-") for one in ReleaseEvent)
    assert SENTENCES.keys() == set(ReleaseEvent)
    assert ["NONE", "PATCH", "MINOR", "MAJOR"] == [one.name for one in sorted(Bump)]
    assert [0, 1, 2, 3] == sorted(Bump)
    assert "RELEASE#" == RESOURCE
