"""Start and seed what a service reads on this machine: SQLite files, tables of a local cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from affidavit_service.local_cloud import local_cloud
from affidavit_service.read import Service, read_service
from affidavit_service.seed import seed

STATE: Final = ".affidavit-dev"


@contextmanager
def local_sources(
    path: Path, environment: str, told: Callable[[str], None]
) -> Iterator[Mapping[str, str]]:
    """Yield the variables that functions need to find their sources; end what was started."""
    service = read_service(path, environment)
    if not _needs_cloud(service):
        for one in seed(service):
            told(f"source {one.source} ({one.scheme}): {one.state}")
        yield {}
        return
    with local_cloud(path.parent / STATE) as cloud:
        told(f"local cloud at {cloud.endpoint}")
        for one in seed(service, endpoint=cloud.endpoint, region="eu-west-1"):
            told(f"source {one.source} ({one.scheme}): {one.state}")
        yield cloud.environ


def _needs_cloud(service: Service) -> bool:
    urls = [url for one in service.functions.values() for url in one.sources.values()]
    return any(url.startswith("dynamodb:") for url in urls)
