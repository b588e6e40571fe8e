"""Byte code in a bundle: of the target's CPython, the same bytes each time, and never stale."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affidavit_bundle.bytecode import Compiling, add_bytecode, check_bytecode
from affidavit_bundle.errors import BundleError
from affidavit_bundle.manifest import MANIFEST
from affidavit_bundle.pythons import find_local
from affidavit_bundle.target import Target
from affidavit_bundle.zips import content_digest, read_zip, write_zip
from bundle_parts import bundle

SOURCES = {
    "shop/__init__.py": "",
    "shop/orders.py": "KINDS = frozenset({'a', 'b', 'c', 'name'})\ndef name(a, *, b=1): return a\n",
    "single.py": "from shop.orders import name\nX = {'name': (1, 2.5, b'x', None, ...)}\n",
    "shop/template.py": "def {{ name }}(:\n",
}
MODULES = 3
"""Of these; the fourth is no Python."""


def how(python: str = "3.11", *, sources: bool = True) -> Compiling:
    by = find_local(python)
    if by is None:
        pytest.skip(f"there is no CPython {python} here; install it, with pyenv, say")
    return Compiling(by, Target(python, "arm64"), sources=sources)


def written(folder: Path, names: list[str]) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SOURCES[name])
    return folder


def compiled(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.pyc")}


@settings(max_examples=8, deadline=None)
@given(order=st.permutations(sorted(SOURCES)), depth=st.integers(0, 3))
def test_the_same_sources_give_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, order: list[str], depth: int
) -> None:
    """Wherever they lie, in whatever order they were written and named."""
    base = tmp_path_factory.mktemp("a")
    first = written(base / "x" / "/".join("deep" * depth), order)
    second = written(base / "second", sorted(SOURCES))
    add_bytecode(first, order, how())
    add_bytecode(second, sorted(SOURCES), how())

    assert MODULES == len(compiled(first))
    assert compiled(first) == compiled(second)


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_it_is_for_the_targets_python_and_is_not_compared_with_its_source(
    tmp_path: Path, python: str
) -> None:
    """Of any processor. The referee is that Python: it imports what has no source any more."""
    told = how(python)
    folder = written(tmp_path, sorted(SOURCES))
    add_bytecode(folder, SOURCES, told)
    tag = f"cpython-{python.replace('.', '')}"
    for name, data in compiled(folder).items():
        assert name.endswith(f"{tag}.pyc")
        assert 1 == int.from_bytes(data[4:8], "little"), "PEP 552: by hash, and unchecked"
    (folder / "single.py").write_text("raise SystemExit('the source was read')")
    program = "import sys; sys.path.insert(0, sys.argv[1]); import single; print(single.__cached__)"
    ran = subprocess.run(
        [told.by.path, "-I", "-S", "-W", "ignore", "-c", program, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"single.{tag}.pyc" in ran.stdout, ran.stderr


def test_a_traceback_names_the_file_as_lambda_has_it(tmp_path: Path) -> None:
    """Not the folder in which the bundle was made."""
    add_bytecode(written(tmp_path, sorted(SOURCES)), SOURCES, how())
    data = compiled(tmp_path)["__pycache__/single.cpython-311.pyc"]
    assert b"/var/task/single.py" in data
    assert str(tmp_path).encode() not in data


def test_without_sources_only_what_is_no_python_stays(tmp_path: Path) -> None:
    """And every module is compiled, also one that no import reaches."""
    folder = written(tmp_path, sorted(SOURCES))
    told = add_bytecode(folder, ["single.py"], how(sources=False))

    assert {"python": how().by.version, "modules": MODULES, "sources": False} == told
    assert {"shop/__init__.pyc", "shop/orders.pyc", "single.pyc"} == compiled(folder).keys()
    assert [folder / "shop/template.py"] == list(folder.rglob("*.py"))


@pytest.mark.parametrize("change", ["another module's", "one more", "one less", "a source"])
def test_byte_code_that_is_not_its_sources_is_found(tmp_path: Path, change: str) -> None:
    """Whoever changed it also wrote a manifest that fits; the sources do not."""
    folder = written(tmp_path, sorted(SOURCES))
    told = add_bytecode(folder, SOURCES, how())
    assert "the same" in check_bytecode(folder, told, how())

    one = folder / "shop/__pycache__/orders.cpython-311.pyc"
    if change == "another module's":
        one.write_bytes((folder / "__pycache__/single.cpython-311.pyc").read_bytes())
    elif change == "one more":
        (folder / "__pycache__/evil.cpython-311.pyc").write_bytes(one.read_bytes())
    elif change == "one less":
        one.unlink()
    else:
        (folder / "single.py").write_text("X = 2\n")
    with pytest.raises(BundleError, match="byte code"):
        check_bytecode(folder, told, how())


def test_there_is_a_python_or_it_is_said(tmp_path: Path) -> None:
    """No interpreter has this version; one that a link names wrongly is not taken either."""
    assert find_local("3.99") is None


def test_what_a_bundle_imports_has_byte_code_and_verify_compiles_it_again(
    tmp_path: Path, wheels: dict[str, Path], source: Path, own: Path
) -> None:
    """From the command line, with a manifest that somebody has made fit a changed file."""
    to = tmp_path / "to"
    bundle(
        *("make", "shop.handler:handler", "--from", str(source), "--to", str(to)),
        *("--wheels", str(wheels["x86_64"]), "--affidavit", str(own), "--plugin", "sqlite"),
    )
    path = next(to.glob("*.zip"))
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    assert {
        "shop/__pycache__/handler.cpython-311.pyc",
        "affidavit/__pycache__/errors.cpython-311.pyc",
        "pydantic/__pycache__/main.cpython-311.pyc",
        "affidavit_sqlite/__pycache__/__init__.cpython-311.pyc",
    } <= names

    folder = tmp_path / "changed"
    manifest = read_zip(path, folder, MANIFEST)
    one = folder / "shop/__pycache__/handler.cpython-311.pyc"
    one.write_bytes(one.read_bytes().replace(b"handler", b"handlez"))
    manifest["contents"] = content_digest(folder, without=(MANIFEST, "affidavit-bundle.cdx.json"))
    (folder / MANIFEST).write_text(json.dumps(manifest))
    write_zip(folder, path)
    ran = bundle("verify", str(path), "--output", "json", expected=1)
    wrong = [one for one in json.loads(ran.stdout) if one["wrong"]]
    assert "byte code" in {one["what"] for one in wrong}


def test_no_source_and_no_bytecode_contradict_each_other() -> None:
    """There would be nothing to run."""
    ran = bundle("make", "a:b", "--no-source", "--no-bytecode", expected=2)
    assert "there has to be byte code" in ran.stderr
