"""One moto server for all tests here, and fresh resources for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from affidavit_dynamodb import clients
from cloud import CREDENTIALS, Cloud, FaultyFront, make_cloud, moto_server


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The URL of a moto server."""
    with moto_server() as url:
        yield url


@pytest.fixture
def front(moto: str) -> Iterator[FaultyFront]:
    """A proxy in front of moto that a test can make misbehave."""
    faulty = FaultyFront(moto)
    yield faulty
    faulty.close()


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let clients keep their connections open for as long as they live, as they should."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"))
