"""What people trip over is found, with how to mend it, and nothing of theirs is run."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from affidavit_cli.main import run as command_line
from affidavit_service.project_checks import check_project
from devserver_parts import make_project


def wrong(definition: Path, **environ: str) -> dict[str, str]:
    return {one.what: one.fix for one in check_project(definition, environ) if one.fix}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    return make_project(tmp_path / "shop")


def test_a_new_project_has_nothing_to_mend(definition: Path) -> None:
    """Once its data is made."""
    assert {} == wrong(definition)


def test_data_that_is_not_there_is_found(definition: Path) -> None:
    """With the command that makes it, if there is a seed."""
    (definition.parent / "items.db").unlink()
    assert {"source items": "affidavit service seed"} == wrong(definition)
    (definition.parent / "seed/items.sql").unlink()
    assert "items.sql" in wrong(definition)["source items"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("shop.handler:read", "shop.handlers:read", "handler in functions.toml"),
        ("shop.handler:read", "shop.handler:reads", "handler in functions.toml"),
        ('source = "src"', 'source = "code"', "source in its"),
        ("triggers = [", 'identity.subject = "item_id"\ntriggers = [', "identity.subject"),
        ("triggers = [", 'identity.actor = "user"\ntriggers = [', "identity.actor"),
    ],
)
def test_a_handler_that_is_not_what_the_definition_says_is_found(
    definition: Path, old: str, new: str, says: str
) -> None:
    """Its place, its name, and who acts on what."""
    edit(definition, old, new)
    assert says in wrong(definition)["handler of read"]


def test_a_handler_that_cannot_be_read_is_found_and_not_run(definition: Path) -> None:
    """Looking must not do what the code does."""
    code = definition.parent / "src/shop/handler.py"
    code.write_text(f"open({str(definition.parent / 'ran')!r}, 'w')\n{code.read_text()}")
    assert {} == wrong(definition)
    assert not (definition.parent / "ran").exists()
    code.write_text("def read(:")
    assert {"handler of read": "Correct it"} == wrong(definition)


def test_a_region_that_is_missing_is_found(tmp_path: Path) -> None:
    """Where a source asks AWS."""
    definition = tmp_path / "functions.toml"
    definition.write_text(
        '[service]\nname = "shop"\n[functions.read]\nhandler = "shop:read"\n'
        'sources = { items = "dynamodb://items" }\n'
    )
    (tmp_path / "shop.py").write_text("from other import read\n")
    assert {"region": "export AWS_REGION"} == wrong(definition)
    assert {} == wrong(definition, AWS_REGION="eu-west-1")


def test_a_bundle_that_is_older_than_the_code_is_found(definition: Path) -> None:
    """By what is in it, not by its date."""
    path = definition.parent / "build/bundles/read-python3.11-x86_64.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as packed:
        for one in (definition.parent / "src").rglob("*.py"):
            packed.write(one, one.relative_to(definition.parent / "src").as_posix())
    assert {} == wrong(definition)
    edit(definition.parent / "src/shop/handler.py", "None becomes 404", "None is 404")
    again = "affidavit bundle make --service functions.toml --to build/bundles"
    assert {f"bundle {path.name}": again} == wrong(definition)


def test_the_doctor_looks_at_the_folder(
    definition: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says 1 if something has to be mended; a definition that is wrong is one line."""
    monkeypatch.chdir(definition.parent)
    assert 0 == command_line(["doctor"]), capsys.readouterr().out
    (definition.parent / "items.db").unlink()
    assert 1 == command_line(["doctor"])
    assert "affidavit service seed" in capsys.readouterr().out
    assert 0 == command_line(["service", "seed"])
    # As an older version of the template would have left it.
    (definition.parent / "README.md").write_text("older")
    record = definition.parent / ".affidavit-template.json"
    kept = json.loads(record.read_text())
    kept["files"]["README.md"] = "0" * 64
    record.write_text(json.dumps(kept))
    capsys.readouterr()
    assert 1 == command_line(["doctor"])
    told = capsys.readouterr().out
    assert "1 newer" in told
    assert "affidavit new --diff" in told
    edit(definition, "[defaults]", "[dfaults]")
    assert 1 == command_line(["doctor"])
    assert "Did you mean defaults?" in capsys.readouterr().out
