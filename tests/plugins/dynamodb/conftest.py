"""Fresh resources for each test, on the moto server of all plugins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from affidavit_dynamodb import clients
from cloud import CREDENTIALS, Cloud, FaultyFront, make_cloud


@pytest.fixture
def cloud(
    moto: str,
    front: FaultyFront,
    monkeypatch: pytest.MonkeyPatch,
    _no_settings_from_outside: None,
) -> Iterator[Cloud]:
    """Fresh resources; this process talks to them through the proxy."""
    made = make_cloud(moto)
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": front.endpoint}.items():
        monkeypatch.setenv(name, value)
    clients.client.cache_clear()
    yield made
    clients.client.cache_clear()
