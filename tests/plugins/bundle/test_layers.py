"""A layer: made once, the same bytes each time; bundles leave out what it has and still start."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from affidavit_bundle.errors import BundleError
from affidavit_bundle.layers import OpenLayer, is_layer, leave_out, open_layer
from affidavit_bundle.publish_layer import publish_layers
from affidavit_bundle.target import Target
from affidavit_bundle.unpack import Distribution
from affidavit_bundle.zips import write_zip
from bundle_parts import bundle

TARGET = Target("3.11", "x86_64")


def distribution(name: str, digest: str, *files: str) -> Distribution:
    return Distribution(name, "1.0", f"{name}.whl", digest, "", (), frozenset(files))


def layer_of(folder: Path, **have: str) -> OpenLayer:
    distributions = [{"name": name, "sha256": digest} for name, digest in have.items()]
    told = {"name": "affidavit", "contents": "x", "plugins": ["sqlite"]}
    return OpenLayer(folder, {**told, "distributions": distributions})


def test_what_the_layer_has_goes_wheel_by_wheel(tmp_path: Path) -> None:
    """The same wheel goes; another version of it stays, and comes first on the path."""
    folder, layer = tmp_path / "bundle", tmp_path / "layer"
    for name in ("affidavit/a.py", "same/b.py", "other/c.py"):
        for place in (folder, layer):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text("")
    here = [
        distribution("affidavit", "1", "affidavit/a.py"),
        distribution("same", "2", "same/b.py"),
        distribution("other", "3", "other/c.py"),
    ]
    held = layer_of(layer, affidavit="1", same="2", other="another")
    told = leave_out(held, folder, here, ["sqlite"], {"affidavit/a.py"})

    assert {"name": "affidavit", "contents": "x", "left_out": ["affidavit", "same"]} == told
    assert ["other/c.py"] == [p.relative_to(folder).as_posix() for p in folder.rglob("*.py")]


@pytest.mark.parametrize(
    ("digest", "plugins", "reached", "why"),
    [
        ("9", ["sqlite"], [], "another affidavit"),
        ("1", ["oracle"], [], "no plugin oracle"),
        ("1", ["sqlite"], ["affidavit/gone.py"], "no affidavit/gone.py"),
    ],
)
def test_a_layer_that_does_not_do_is_refused(
    tmp_path: Path, digest: str, plugins: list[str], reached: list[str], why: str
) -> None:
    """Two kernels, a plugin that it has not, or a module that was left out of it."""
    here = [distribution("affidavit", "1", "affidavit/gone.py")]
    with pytest.raises(BundleError) as caught:
        leave_out(layer_of(tmp_path, affidavit=digest), tmp_path, here, plugins, reached)
    assert why in caught.value.why


def written_layer(to: Path, *, runtime: str = "python3.11", contents: str | None = None) -> Path:
    folder = to / "layer"
    (folder / "python").mkdir(parents=True)
    (folder / "python/a.py").write_text("A = 1\n")
    from affidavit_bundle.layers import layer_digest

    manifest = {
        "name": "affidavit",
        "runtime": runtime,
        "architecture": "x86_64",
        "kernel": "pure",
        "affidavit": "1.0",
        "plugins": ["dynamodb"],
        "distributions": [],
        "contents": contents or layer_digest(folder / "python"),
    }
    (folder / "python/affidavit-layer.json").write_text(json.dumps(manifest))
    path = to / f"affidavit-{runtime}-x86_64.zip"
    write_zip(folder, path)
    return path


def test_a_layer_for_another_python_or_with_other_contents_is_refused(tmp_path: Path) -> None:
    """Before anything of it is on a path."""
    other = written_layer(tmp_path / "a", runtime="python3.12")
    with pytest.raises(BundleError, match="not for this bundle"):
        open_layer(other, tmp_path / "one", TARGET)
    changed = written_layer(tmp_path / "b", contents="0" * 64)
    with pytest.raises(BundleError, match="was changed"):
        open_layer(changed, tmp_path / "two", TARGET)
    with pytest.raises(BundleError, match="was not made by"):
        open_layer(Path(__file__), tmp_path / "three", TARGET)
    assert not is_layer(Path(__file__))


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        yield boto3.client


def test_a_layer_is_published_once_in_each_region_and_written_down(
    tmp_path: Path, cloud: Any
) -> None:
    """The same bytes again are the same version; what others wrote into the file stays."""
    path, to = written_layer(tmp_path), tmp_path / "layers.json"
    to.write_text(json.dumps({"mine": {"x": 1}}))
    regions = ["eu-west-1", "us-east-1"]
    first = publish_layers([path], regions, to, client=cloud, public=False)
    again = publish_layers([path], regions, to, client=cloud, public=False)
    told = json.loads(to.read_text())

    assert ["published", "published"] == [one.state for one in first]
    assert ["same", "same"] == [one.state for one in again]
    assert [one.arn for one in first] == [one.arn for one in again]
    entry = told["affidavit"]["python3.11-x86_64"]
    assert {one.region: one.arn for one in first} == entry["arns"]
    assert entry["arns"]["us-east-1"].endswith(":layer:affidavit-python3-11-x86_64:1")
    assert {"x": 1} == told["mine"]


def test_other_bytes_are_another_version_and_the_old_arns_go(tmp_path: Path, cloud: Any) -> None:
    """A region where it was not published yet has no ARN, rather than that of other bytes."""
    to = tmp_path / "layers.json"
    publish_layers(
        [written_layer(tmp_path / "a")], ["eu-west-1", "us-east-1"], to, client=cloud, public=False
    )
    second = written_layer(tmp_path / "b", contents="1" * 64)
    publish_layers([second], ["eu-west-1"], to, client=cloud, public=False)
    arns = json.loads(to.read_text())["affidavit"]["python3.11-x86_64"]["arns"]

    assert ["eu-west-1"] == list(arns)
    assert arns["eu-west-1"].endswith(":2")


def test_a_bundle_leaves_its_runtime_to_a_layer_and_starts_with_it(
    tmp_path: Path, wheels: dict[str, Path], source: Path, own: Path
) -> None:
    """From the command line: made twice the same, verified, left out, verified together."""
    usual = ["--wheels", str(wheels["x86_64"]), "--affidavit", str(own), "--plugin", "sqlite"]
    for folder in ("one", "two"):
        bundle("layer", *usual, "--to", str(tmp_path / folder))
    layer, other = (next((tmp_path / folder).glob("*.zip")) for folder in ("one", "two"))
    assert layer.read_bytes() == other.read_bytes()
    bundle("verify", str(layer))

    options = ["make", "shop.handler:handler", "--from", str(source), "--to", str(tmp_path / "to")]
    told = json.loads(bundle(*options, *usual, "--layer", str(layer), "--output", "json").stdout)[0]
    path = tmp_path / "to" / told["path"]
    with zipfile.ZipFile(path) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {"affidavit-bundle.cdx.json", "affidavit-bundle.json", "shop"} == tops
    assert told["started"].startswith("CPython 3.")
    assert {"affidavit", "pydantic"} <= set(told["layer"]["left_out"])
    bundle("verify", str(path), expected=1)
    bundle("verify", str(path), "--layer", str(layer))
