"""One moto server for the plugins that talk to AWS, and a proxy that can misbehave before it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloud import FaultyFront, moto_server


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let clients keep their connections open for as long as they live, as they should."""
    for item in items:
        if "front" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"))
