"""The examples read through their sources only, and nothing may be said to the contrary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from affidavit._offrecord.observation import Observation


@pytest.fixture(autouse=True)
def nothing_is_off_the_record(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test in which an access past the sources was noted."""
    seen: list[Any] = []
    note = Observation.note

    def noted(self: Observation, *args: Any, **named: Any) -> None:
        seen.append(args)
        note(self, *args, **named)

    monkeypatch.setattr(Observation, "note", noted)
    yield
    assert [] == seen
