"""The template and the app of docs/sam-and-cdk.md, read by AWS's own tools: `make deployers`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

import repository as repo

BIN: Final = repo.ROOT / "build" / "deployers" / "bin"
PAGE: Final = (repo.DOCS / "sam-and-cdk.md").read_text("utf-8")
ARTIFACT: Final = "build/price-python3.13-arm64.zip"
TRANSLATE: Final = """
import json, sys
from cfnlint.decode import cfn_yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.transform import transform
template = json.loads(json.dumps(cfn_yaml.loads(open(sys.argv[1]).read())))
template["Resources"]["Price"]["Properties"]["CodeUri"] = "s3://artifacts/price.zip"
class Managed:
    def load(self):
        return {}
print(json.dumps(transform(template, {}, Managed())))
"""
"""What `sam deploy` lets CloudFormation do once it has uploaded the artifact."""

SAME: Final = ("Handler", "Runtime", "Architectures", "MemorySize")


def test_both_leave_the_same_variables() -> None:
    """Before any tool: a variable that only one of them sets would be a page that lies."""
    (template,), (app,) = repo.blocks(PAGE, "yaml"), repo.blocks(PAGE, "py")
    told = {line.split(":")[0].strip() for line in template.splitlines() if "AFFIDAVIT_" in line}

    assert {"AFFIDAVIT_LEDGER", "AFFIDAVIT_POLICY", "AFFIDAVIT_PLUGINS"} < told
    assert [] == [name for name in told if f'"{name}"' not in app]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what the page shows, and something in the artifact's place."""
    if not (BIN.parent / ".ready").exists() or shutil.which("node") is None:
        pytest.skip("AWS's tools are not installed: make deployers (the CDK needs Node.js)")
    (tmp_path / "build").mkdir()
    with zipfile.ZipFile(tmp_path / ARTIFACT, "w") as artifact:
        artifact.writestr("price_fetcher/handler.py", "")
    (tmp_path / "template.yaml").write_text(repo.blocks(PAGE, "yaml")[0])
    (tmp_path / "app.py").write_text(repo.blocks(PAGE, "py")[0])
    (tmp_path / "translate.py").write_text(TRANSLATE)
    return tmp_path


def test_sam_and_cdk_come_to_the_same_function(folder: Path) -> None:
    """And cfn-lint finds nothing in either, beside a dependency that the CDK names twice."""
    _run(folder, "cfn-lint", "template.yaml")
    by_sam = json.loads(_run(folder, "python", "translate.py", "template.yaml"))
    _run(folder, "python", "app.py", CDK_OUTDIR=str(folder / "out"))
    _run(folder, "cfn-lint", "--ignore-checks", "W3005", "--", "out/prices.template.json")
    by_cdk = json.loads((folder / "out/prices.template.json").read_text())
    sam, cdk = _one(by_sam, "Lambda::Function"), _one(by_cdk, "Lambda::Function")

    assert {name: sam[name] for name in SAME} == {name: cdk[name] for name in SAME}
    variables = sam["Environment"]["Variables"]
    assert variables.keys() == cdk["Environment"]["Variables"].keys()
    assert {"Ref": "LedgerUrl"} == variables["AFFIDAVIT_LEDGER"]
    assert {"Ref": "WriterPolicy"} in _one(by_sam, "IAM::Role")["ManagedPolicyArns"]
    names = {
        value["Ref"]
        for value in _one(by_cdk, "IAM::Role")["ManagedPolicyArns"]
        if value.keys() == {"Ref"}
    }
    defaults = {name: told.get("Default") for name, told in by_cdk["Parameters"].items()}
    assert ["/affidavit/writer-policy-arn"] == [defaults[name] for name in names]


def _one(template: Mapping[str, Any], kind: str) -> dict[str, Any]:
    (found,) = (
        one["Properties"] for one in template["Resources"].values() if one["Type"].endswith(kind)
    )
    return dict(found)


def _run(folder: Path, program: str, *arguments: str, **environ: str) -> str:
    done = subprocess.run(
        [str(BIN / program), *arguments],
        cwd=folder,
        env={**os.environ, "AWS_DEFAULT_REGION": "eu-west-1", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert 0 == done.returncode, f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout
