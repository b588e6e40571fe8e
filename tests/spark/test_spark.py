"""Parts that Spark has started merge to the verdict of one run: `make spark`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from affidavit_ledger.archive import FolderArchive
from affidavit_ledger.part_file import load_parts
from affidavit_ledger.signing import PublicKey
from affidavit_ledger.verify import Evidence, verify
from evidence_world import World
from spark_tool import SITE, submit

if not (SITE / ".ready").exists():
    pytest.skip("there is no PySpark here; to install it: make spark", allow_module_level=True)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive of two hundred checkpoints, and its sealer's public key."""
    folder = tmp_path_factory.mktemp("evidence")
    world = World(3, names=["w0", "w1", "w2"])
    for number in range(200):
        world.now_ms += 60_000
        world.emit(world.writers[number % 3])
        world.seal()
    for key, data in world.archive.objects.items():
        file = folder / "archive" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (folder / "sealer.pub").write_bytes(world.signer.public_pem())
    return folder


def on_spark(folder: Path, master: str, of: int) -> None:
    """Let Spark check the archive, and keep what it tells of its jobs."""
    told = folder / "events"
    told.mkdir(exist_ok=True)
    said = ("enabled=true", "compress=false", f"dir=file://{told}")
    options = [word for one in said for word in ("--conf", f"spark.eventLog.{one}")]
    submit(folder, master, of, folder / "parts", *options)


@pytest.mark.parametrize("damaged", [False, True], ids=["whole", "damaged"])
def test_parts_from_spark_are_those_of_one_run(evidence: Path, damaged: bool) -> None:
    """On two local cores, of an archive that is whole and of one that is not."""
    if damaged:
        segment = sorted((evidence / "archive/segments").rglob("*.ndjson"))[77]
        segment.write_bytes(segment.read_bytes().replace(b"200", b"201"))
    on_spark(evidence, "local[2]", 8)
    parts = list(load_parts(evidence / "parts"))
    key = PublicKey.load((evidence / "sealer.pub").read_bytes())
    found = Evidence(archive=FolderArchive(evidence / "archive"), verifier=key)
    options: dict[str, Any] = {"now_ms": 10**13, "max_age_s": None}
    merged, whole = (verify(found, parts=parts, **options), verify(found, workers=1, **options))
    assert 8 == len(parts)
    said, told = (one.json() | {"read_again": 0} for one in (merged, whole))
    assert sorted(map(json.dumps, said.pop("findings"))) == sorted(
        map(json.dumps, told.pop("findings"))
    )
    assert said == told
    assert damaged is (not merged.clean)


def test_no_part_waits_for_another(evidence: Path) -> None:
    """One job has a task for each part: as many cores as there are check at the same time."""
    on_spark(evidence, "local[2]", 8)
    newest = max((evidence / "events").iterdir(), key=lambda path: path.stat().st_mtime)
    files = [newest] if newest.is_file() else sorted(newest.glob("events_*"))
    events = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    first = next(one for one in events if one["Event"] == "SparkListenerJobStart")
    assert [8] == [stage["Number of Tasks"] for stage in first["Stage Infos"]]
