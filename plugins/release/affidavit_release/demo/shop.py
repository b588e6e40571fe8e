"""The demonstration's service, three times: with a bug, without sense, and right.

It is packed by hand, because a demonstration should not download anything;
`affidavit bundle` makes the bundles of a service.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Final, NamedTuple

from affidavit_release.programs import must_run

FUNCTION: Final = "shop"
AUTHOR: Final = "dana@example.org"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)

_HEAD: Final = '"""Look a price up."""\n\nPRICES = {"PROD-101": "99.99"}\n\n\n'
_PLANTED: Final = """def handler(event, context):
    return {"code": 200, "price": PRICES[event["id"]]}
"""
_SENSELESS: Final = """def handler(event, context):
    price = PRICES.get(event["id"])
    return {"code": 404} if price is None else {"code": 200, "price": price}
"""
_RIGHT: Final = """def handler(event, context):
    price = PRICES.get(event["id"])
    if price is None:
        return {"code": 404}
    return {"code": 200, "price": price, "currency": "USD"}
"""


class Attempt(NamedTuple):
    """One commit of the service."""

    message: str
    source: str


ATTEMPTS: Final = (
    Attempt("feat: look a price up", _HEAD + _PLANTED),
    Attempt("fix: an unknown product is no error", _HEAD + _SENSELESS),
    Attempt("fix: a price has a currency", _HEAD + _RIGHT),
)

SMOKE: Final = '''"""Health everywhere; beyond dev, an unknown product, too. Reads only."""

import importlib
import json
import os
import sys
from urllib.parse import parse_qs, unquote, urlsplit

target = urlsplit(os.environ["RELEASE_TARGET"])


def ask(event):
    """Ask the function as it is live now."""
    if target.scheme == "folder":
        sys.path.insert(0, unquote(target.path) + "/live/shop")
        return importlib.import_module("shop").handler(event, None)
    import boto3

    said = parse_qs(target.query)
    client = boto3.client("lambda", region_name=said["region"][0])
    answer = client.invoke(
        FunctionName=said["prefix"][0] + "shop",
        Qualifier=target.netloc,
        Payload=json.dumps(event).encode(),
    )
    assert "FunctionError" not in answer, "the function raised"
    return json.loads(answer["Payload"].read())


assert ask({"id": "PROD-101"})["code"] == 200
if os.environ["RELEASE_ENVIRONMENT"] != "dev":
    assert ask({"id": "PROD-999"})["code"] == 404
'''

PEOPLE: Final = """
[people.dana]      # writes the service, and may not approve what she wrote
roles = ["qa-lead"]
identities = ["dana@example.org"]

[people.quinn]
roles = ["qa-lead"]

[people.morgan]
roles = ["manager"]
"""


def pack(source: str) -> bytes:
    """Return the zip of a source: the same bytes each time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{FUNCTION}.py", _EPOCH), source)
    return stream.getvalue()


def make_repo(folder: Path) -> None:
    """Make an empty repository that ignores what is made from it."""
    folder.mkdir(parents=True)
    _git(folder, "init", "--quiet")
    (folder / ".gitignore").write_text("bundles/\n")
    _git(folder, "add", ".gitignore")


def commit(folder: Path, attempt: Attempt) -> None:
    """Commit a source, and put its bundle where the rules say."""
    (folder / f"{FUNCTION}.py").write_text(attempt.source)
    _git(folder, "add", f"{FUNCTION}.py")
    _git(folder, "commit", "--quiet", "--no-gpg-sign", f"--message={attempt.message}")
    bundles = folder / "bundles"
    bundles.mkdir(exist_ok=True)
    data = pack(attempt.source)
    # A stand-in for a bundle, and so is what its manifest says: nothing here is really audited.
    digest = hashlib.sha256(data).hexdigest()
    manifest = {"name": FUNCTION, "sha256": digest, "audited": {"state": "audited"}}
    (bundles / f"{FUNCTION}.zip").write_bytes(data)
    (bundles / f"{FUNCTION}.manifest.json").write_text(json.dumps(manifest) + "\n")


def _git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Dana", "-c", f"user.email={AUTHOR}", "-c", "core.hooksPath=/dev/null"]
    command = ["git", "-C", str(folder), *who, *arguments]
    must_run(command, what=f"git {arguments[0]}", folder=folder, timeout_s=30)
