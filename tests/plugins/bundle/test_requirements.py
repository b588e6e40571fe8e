"""What a project needs is read where the project says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from affidavit_bundle.errors import BundleError
from affidavit_bundle.requirements import read_lock, read_needs

PROJECT = """
[project]
name = "shop"
version = "1"
dependencies = ["requests>=2", "orjson"]
[project.optional-dependencies]
fast = ["uvloop"]
all = ["shop[fast,Slow_One]", "lxml"]
slow-one = ["numpy"]
[dependency-groups]
mail = ["jinja2", {include-group = "text"}]
text = ["markdown"]
"""


def test_a_requirements_file_and_those_that_it_names(tmp_path: Path) -> None:
    """`-r` asks for more, `-c` only pins; comments, continued lines and hashes are read."""
    (tmp_path / "base.txt").write_text("requests>=2  # for http\n-c pins.txt\n")
    (tmp_path / "pins.txt").write_text("urllib3==2.2.1\n")
    path = tmp_path / "requirements.txt"
    path.write_text(
        "# ours\n-r base.txt\norjson==3.10.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "uvloop; python_version >= '3.12'\n"
    )
    needs = read_needs([path], [], [], None)

    expected = ("requests>=2", "orjson==3.10.0", "uvloop; python_version >= '3.12'")
    assert expected == needs.requirements
    assert ("urllib3==2.2.1",) == needs.lock.pins
    assert {"orjson": frozenset({"aa", "bb"})} == needs.lock.hashes


@pytest.mark.parametrize("line", ["-e .", "--index-url https://example.org", "--find-links x"])
def test_what_cannot_be_bundled_is_said(tmp_path: Path, line: str) -> None:
    """Leaving it out quietly would bundle something else."""
    path = tmp_path / "requirements.txt"
    path.write_text(line + "\n")
    with pytest.raises(BundleError, match="cannot be bundled"):
        read_needs([path], [], [], None)


def test_a_project_with_extras_and_groups(tmp_path: Path) -> None:
    """An extra may be put together from others, a group may include one."""
    path = tmp_path / "pyproject.toml"
    path.write_text(PROJECT)

    assert ("requests>=2", "orjson") == read_needs([path], [], [], None).requirements
    found = read_needs([path], ["all"], ["mail"], None).requirements
    assert {"requests>=2", "orjson", "uvloop", "numpy", "lxml", "jinja2", "markdown"} == set(found)
    with pytest.raises(BundleError, match="no extra quick") as caught:
        read_needs([path], ["quick"], [], None)
    assert "fast" in caught.value.why


LOCKS = {
    "pylock.toml": (
        'lock-version = "1.0"\n[[packages]]\nname = "Deep_One"\nversion = "1.0"\n'
        '[[packages.wheels]]\nname = "deep_one-1.0-py3-none-any.whl"\nhashes = {sha256 = "aa"}\n'
    ),
    "uv.lock": (
        'version = 1\n[[package]]\nname = "deep-one"\nversion = "1.0"\n'
        'wheels = [{ url = "https://example.org/x.whl", hash = "sha256:aa" }]\n'
        '[[package]]\nname = "shop"\nversion = "0.1"\nsource = { editable = "." }\n'
    ),
    "poetry.lock": (
        '[[package]]\nname = "deep-one"\nversion = "1.0"\n'
        'files = [{file = "deep_one-1.0-py3-none-any.whl", hash = "sha256:aa"}]\n'
    ),
    "constraints.txt": "deep-one==1.0 \\\n    --hash=sha256:aa\n",
}


@pytest.mark.parametrize("name", LOCKS)
def test_each_form_of_a_lock_pins_the_same(tmp_path: Path, name: str) -> None:
    """A version and the hashes that its wheels may have."""
    path = tmp_path / name
    path.write_text(LOCKS[name])
    lock = read_lock(path)

    assert ("deep-one==1.0",) == lock.pins
    assert {"deep-one": frozenset({"aa"})} == lock.hashes


def test_a_lock_may_be_the_whole_of_it(tmp_path: Path) -> None:
    """Everything that it names is asked for, in the version that it names."""
    path = tmp_path / "pylock.toml"
    path.write_text(LOCKS["pylock.toml"])

    assert ("deep-one==1.0",) == read_needs([path], [], [], None).requirements


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """By its name, without what is in it."""
    (tmp_path / "pyproject.toml").write_text("secret = = 1")
    for name in ("pyproject.toml", "requirements.txt"):
        with pytest.raises(BundleError, match=name) as caught:
            read_needs([tmp_path / name], [], [], None)
        assert "secret" not in str(caught.value)
