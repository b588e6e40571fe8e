"""affidavit's own wheel: what it is made of, and which one of several is taken."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import repository as repo
from affidavit import __version__
from affidavit_bundle.errors import BundleError
from affidavit_bundle.own_wheel import PARTS, own_source, working_tree
from affidavit_bundle.target import Target

X86, ARM = Target("3.13", "x86_64"), Target("3.13", "arm64")
PURE = "py3-none-any"
NATIVE = "cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64"


def put(folder: Path, *tags: str, version: str = __version__) -> Path:
    for tag in tags:
        (folder / f"affidavit-{version}-{tag}.whl").write_bytes(b"")
    return folder


def test_whatever_goes_into_the_wheel_is_one_of_its_parts() -> None:
    """A change of anything else would change the wheel and not its digest."""
    pyproject = tomllib.loads((repo.ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]
    packed = [*wheel["packages"], *wheel["force-include"]]
    assert [] == [
        path
        for path in packed
        if not any(path == part or path.startswith(f"{part}/") for part in PARTS)
    ]


@pytest.mark.parametrize("given", [True, False])
def test_a_compiled_wheel_that_fits_is_preferred(tmp_path: Path, given: bool) -> None:
    """For its Python and processor only, from a folder of affidavit's or of other wheels."""
    put(tmp_path, PURE, NATIVE, "cp312-cp312-manylinux_2_17_x86_64", "cp313-cp313-linux_aarch64")
    folders = (tmp_path, ()) if given else (None, (tmp_path,))

    for target, tag in ((X86, NATIVE), (ARM, "cp313-cp313-linux_aarch64")):
        found = own_source(*folders, target)
        assert found is not None
        assert f"affidavit-{__version__}-{tag}.whl" == found.name


def test_without_one_that_fits_the_pure_one_is_taken(tmp_path: Path) -> None:
    """From a folder that was named for it; a folder of other wheels does not hide the checkout."""
    put(tmp_path, PURE, "cp312-cp312-manylinux_2_17_x86_64", "cp313-cp313-macosx_11_0_arm64")

    assert tmp_path / f"affidavit-{__version__}-{PURE}.whl" == own_source(tmp_path, (), X86)
    assert working_tree() == own_source(None, (tmp_path,), X86)


def test_a_wheel_of_another_version_is_not_taken(tmp_path: Path) -> None:
    """Plugins and command line would be of another one; a folder with nothing else is refused."""
    put(tmp_path, PURE, NATIVE, version="0.0.1")
    assert working_tree() == own_source(None, (tmp_path,), X86)
    with pytest.raises(BundleError, match="no wheel of affidavit for python3.13 on x86_64"):
        own_source(tmp_path, (), X86)


def test_a_wheel_or_a_checkout_that_is_named_is_taken_as_it_is(tmp_path: Path) -> None:
    """Whatever else there is."""
    wheel = put(tmp_path, NATIVE) / f"affidavit-{__version__}-{NATIVE}.whl"
    assert wheel == own_source(wheel, (tmp_path,), ARM)
    assert repo.ROOT == own_source(repo.ROOT, (tmp_path,), X86)
