"""Who has no clone gets the modules from the wheel, and is told when they changed something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import repository as repo
from affidavit import SettingsError, __version__
from affidavit_terraform.export_modules import VERSION_FILE, changed_since, export_modules


def test_an_export_is_whole_and_says_its_version(tmp_path: Path) -> None:
    """Every module and every policy, without tests, and a digest of each file."""
    told = export_modules(tmp_path)
    modules = {path.name for path in (repo.ROOT / "terraform" / "modules").iterdir()}

    assert __version__ == json.loads((tmp_path / VERSION_FILE).read_text())["version"]
    assert modules == {path.name for path in (tmp_path / "terraform" / "modules").iterdir()}
    assert {path.name for path in (repo.ROOT / "policies").glob("*.yaml")} == {
        path.name for path in (tmp_path / "policies").glob("*.yaml")
    }
    assert not list(tmp_path.rglob("*.tftest.hcl"))
    assert [] == changed_since(tmp_path)
    assert {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    } == {
        *told["files"],
        VERSION_FILE,
    }


def test_a_newer_export_replaces_what_nobody_has_changed(tmp_path: Path) -> None:
    """Also a file that is not part of it any more."""
    export_modules(tmp_path)
    export_modules(tmp_path)

    changed = tmp_path / "terraform" / "main.tf"
    changed.write_text("# mine\n")
    with pytest.raises(SettingsError, match=r"1 exported file.*terraform/main\.tf"):
        export_modules(tmp_path)
    assert "# mine\n" == changed.read_text()
    export_modules(tmp_path, replace=True)
    assert [] == changed_since(tmp_path)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """A clone has a folder of that name, too."""
    (tmp_path / "terraform").mkdir()

    with pytest.raises(SettingsError, match="there is a folder terraform already"):
        export_modules(tmp_path)


def test_a_version_file_that_is_none(tmp_path: Path) -> None:
    """It is not taken for an export that nobody has changed."""
    (tmp_path / VERSION_FILE).write_text("[]")

    with pytest.raises(SettingsError, match="cannot be read"):
        export_modules(tmp_path)


def test_the_wheel_carries_the_modules() -> None:
    """Beside the policies, which belong to the plugin of that name."""
    text = (repo.ROOT / "pyproject.toml").read_text()

    assert '"terraform" = "affidavit_terraform/shipped/terraform"' in text
    assert '"policies" = "affidavit_policy/shipped"' in text
