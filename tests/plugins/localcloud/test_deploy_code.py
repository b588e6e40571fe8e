"""`affidavit local deploy`: the bundle with the service's own files as they are now."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from affidavit import SettingsError
from affidavit_localcloud.deploy_code import deploy_code, find_bundle, repacked
from affidavit_localcloud.log_lines import read_logs
from affidavit_service.read import read_service

DEFINITION = """
[service]
name = "shop"
source = "src"
[functions.read]
handler = "shop.handler:read"
runtime = "python3.11"
architecture = "x86_64"
"""


@pytest.fixture
def service(tmp_path: Path) -> Any:
    (tmp_path / "functions.toml").write_text(DEFINITION)
    (tmp_path / "src/shop").mkdir(parents=True)
    (tmp_path / "src/shop/handler.py").write_text("new")
    (tmp_path / "src/shop/added.py").write_text("added")
    return read_service(tmp_path / "functions.toml", "local")


def _bundle(folder: Path) -> Path:
    path = folder / "build/bundles/read-python3.11-x86_64.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as made:
        for name in ("shop/handler.py", "shop/removed.py", "shopping/handler.py", "boto3.py"):
            made.writestr(name, "old")
    return path


def test_the_package_is_as_it_is_now_and_the_rest_as_it_was(service: Any) -> None:
    """What was added is there, what was removed is not, a neighbour's name is left alone."""
    code = repacked(_bundle(service.folder), service, "read")
    with zipfile.ZipFile(io.BytesIO(code)) as packed:
        held = {one.filename: packed.read(one).decode() for one in packed.infolist()}

    assert {
        "shop/handler.py": "new",
        "shop/added.py": "added",
        "shopping/handler.py": "old",
        "boto3.py": "old",
    } == held


def test_without_a_bundle_it_says_how_to_make_one(service: Any) -> None:
    """Dependencies are not resolved here."""
    with pytest.raises(SettingsError, match="no bundle yet"):
        find_bundle(service, "read")


class Lambda:
    """Keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        def ask(**said: Any) -> dict[str, Any]:
            self.asked.append((name, said))
            return {"Version": "7", "Aliases": [{"Name": "live"}]}

        return ask


def test_what_event_sources_call_is_the_new_version(service: Any) -> None:
    """The alias moves along: routes and triggers call it, not the newest code."""
    client = Lambda()
    _bundle(service.folder)

    assert "shop-local-read" == deploy_code(service, "read", client)
    assert {"FunctionName": "shop-local-read", "Name": "live", "FunctionVersion": "7"} == (
        client.asked[-1][1]
    )
    assert client.asked[0][1]["Publish"]


class Logs:
    """Two functions' logs."""

    def get_paginator(self, name: str) -> Any:
        self.name = name
        return self

    def paginate(self, **said: Any) -> list[dict[str, Any]]:
        if self.name == "describe_log_groups":
            return [{"logGroups": [{"logGroupName": f"/aws/lambda/{one}"} for one in "ab"]}]
        at = 1 if said["logGroupName"].endswith("b") else 2
        event = {"timestamp": at, "eventId": "1", "logStreamName": "s", "message": "told"}
        return [{"events": [event]}]


def test_logs_of_all_functions_stand_in_order_with_their_names() -> None:
    """And those of one without."""
    found = read_logs(Logs(), None, 0)

    assert ["b told", "a told"] == [one.text(named=True).partition("Z ")[2] for one in found]
    assert ["told"] == [
        one.text(named=False).partition("Z ")[2] for one in read_logs(Logs(), "a", 0)
    ]
