"""Imports are followed without running anything: what is needed, what is not, and from where."""

from __future__ import annotations

from pathlib import Path

import pytest

from affidavit_bundle.elf import Elf, read_elf
from affidavit_bundle.errors import BundleError
from affidavit_bundle.libraries import check_reached, check_tag
from affidavit_bundle.syntax import check_syntax
from affidavit_bundle.target import check_target
from affidavit_bundle.walk import Walk, walk
from bundle_parts import elf

HERE = check_target("3.13", "x86_64")
TWICE = "    try:\n        import gone\n    except ImportError:\n        import lost\n"
GUARDED = "try:\n    import gone\nexcept ImportError:\n"


def followed(folder: Path, files: dict[str, str], *, python: str = "3.13") -> Walk:
    """Follow the imports of `shop.handler` through these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return walk(folder, ["shop.handler"], check_target(python, "x86_64"), {"shop"})


def missing(folder: Path, code: str, **library: str) -> list[str]:
    """Return what a handler with this code misses; `library` is the text of `lib/NAME.py`."""
    files = {"shop/__init__.py": "", "shop/handler.py": code, "lib/__init__.py": ""}
    files |= {f"lib/{name}.py": text for name, text in library.items()}
    return [one.module for one in followed(folder, files).missing]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import gone", ["gone"]),
        ("import gone.deep as d", ["gone.deep"]),
        ("from gone import x", ["gone"]),
        ("from .gone import x", ["shop.gone"]),
        ("def f():\n    import gone", ["gone"]),
        (
            "class A:\n    def f(self):\n        if self.x is None:\n            import gone",
            ["gone"],
        ),
        ("import os\nif os.name == 'nt':\n    import gone", []),
        ("import sys\nif sys.version_info < (3, 12):\n    import gone", []),
        ("import sys\nif sys.version_info >= (3, 12):\n    import gone", ["gone"]),
        (
            "import sys\nif sys.platform == 'win32':\n    import gone\nelse:\n    import lost",
            ["lost"],
        ),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import gone", []),
        ("try:\n    import gone\nexcept ImportError:\n    gone = None", []),
        ("try:\n    import gone\nexcept ImportError:\n    import json as gone", []),
        ("try:\n    import gone\nexcept ImportError:\n    import lost", ["lost"]),
        ("try:\n    import json\nexcept ImportError:\n    import lost", []),
        (f"{GUARDED}    try:\n        import lost\n    except ImportError:\n        pass", []),
        (
            f"{GUARDED}    try:\n        import lost\n    except ImportError:\n        raise",
            ["lost"],
        ),
        ("try:\n    import gone\nexcept ImportError:\n    raise", ["gone"]),
        ("try:\n    import gone\nexcept KeyError:\n    pass", ["gone"]),
        (f"try:\n{TWICE}except ImportError:\n    gone = None", []),
        (f"if True:\n{TWICE}", ["lost"]),
        ("from contextlib import suppress\nwith suppress(ImportError):\n    import gone", []),
        ("import importlib\nx = importlib.import_module('gone')", ["gone"]),
        ("import lib.sub", ["lib.sub"]),
        ("from lib import sub", []),
        ("import boto3, botocore.config, urllib3", []),
        ("import json, sqlite3, xml.etree.ElementTree", []),
        ("import cgi", ["cgi"]),
    ],
)
def test_what_a_handler_needs_is_found(tmp_path: Path, code: str, expected: list[str]) -> None:
    """Also in a function, because somebody calls it; not where its absence is caught."""
    assert expected == missing(tmp_path, code)


@pytest.mark.parametrize(
    ("library", "expected"),
    [
        ("import gone", ["gone"]),
        ("def f():\n    import gone", []),
        ("import os\nif os.environ.get('FAST'):\n    import gone", []),
        ("from lib import far\ndef f(): import gone", ["lib.far"]),
    ],
)
def test_a_library_may_have_parts_that_nobody_uses(
    tmp_path: Path, library: str, expected: list[str]
) -> None:
    """What it imports at its top has to be there; what it imports later is its own business."""
    found = missing(tmp_path, "import lib.near", near=library)
    assert [one for one in expected if one != "lib.far"] == found


def test_a_module_that_makes_modules_is_believed(tmp_path: Path) -> None:
    """As `six.moves` is made: no file of that name is anywhere."""
    code = "import lib.made\nfrom lib.made.inner import x"
    assert [] == missing(tmp_path, code, made="import sys\nsys.modules['lib.made.inner'] = sys")


def test_what_a_door_imports_when_asked_is_followed_and_never_missed(tmp_path: Path) -> None:
    """PEP 562: what its type checkers are told is what its users get."""
    door = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lib.inner import X\n"
        "    import gone\ndef __getattr__(name): ...\n"
    )
    files = {"shop/__init__.py": "", "shop/handler.py": "from lib import X", "lib/inner.py": ""}
    found = followed(tmp_path, files | {"lib/__init__.py": door})
    assert ["shop.handler", "lib", "lib.inner"] == found.chain("lib.inner")
    assert () == found.missing


def test_a_plugin_that_makes_names_of_its_modules_gets_them_all(tmp_path: Path) -> None:
    """Which action of a harness a scenario names is known when it runs."""
    loads = (
        "from importlib import import_module\ndef load(n): import_module(f'affidavit_x.parts.{n}')"
    )
    files = {
        "shop/__init__.py": "", "shop/handler.py": "import affidavit_x",
        "affidavit_x/__init__.py": loads, "affidavit_x/parts/__init__.py": "",
        "affidavit_x/parts/one.py": "import json", "affidavit_x/parts/two.py": "import lib",
        "lib.py": "",
    }  # fmt: skip
    assert {"affidavit_x.parts.one", "affidavit_x.parts.two", "lib"} <= set(
        followed(tmp_path, files).reached
    )


def test_a_namespace_is_a_folder_without_a_module(tmp_path: Path) -> None:
    """Two distributions share it, and neither has its `__init__.py`."""
    files = {"shop/__init__.py": "", "shop/handler.py": "import space.one, space.two"}
    found = followed(tmp_path, {**files, "space/one.py": "", "space/two.py": "import gone"})

    assert {"space", "space.one", "space.two"} <= found.reached.keys()
    assert [("gone", "space.two", 1)] == [tuple(one) for one in found.missing]
    assert ["shop.handler", "space.two"] == found.chain("space.two")


def test_newer_grammar_than_ours_does_not_hide_an_import(tmp_path: Path) -> None:
    """A library for 3.14 is read line by line where this Python cannot parse it."""
    text = "import gone\ntry:\n    pass\nexcept A, B:\n    pass\n"
    assert ["gone"] == missing(tmp_path, "import lib.near", near=text)


@pytest.mark.parametrize(
    ("code", "needed", "read"),
    [
        ("TABLE = os.environ['TABLE_NAME']", ["TABLE_NAME"], []),
        ("def f():\n    return os.environ['TABLE_NAME']", ["TABLE_NAME"], []),
        ("A = os.environ.get('A')\nB = os.getenv('B', 'x')", [], ["A", "B"]),
        ("try:\n    A = os.environ['A']\nexcept KeyError:\n    A = ''", [], ["A"]),
        ("os.environ['A'] = 'x'", [], []),
        ("A = os.environ.get('A')\nB = os.environ['A']", ["A"], []),
        ("A = os.environ[NAME]", [], []),
    ],
)
def test_variables_that_the_code_reads_are_named(
    tmp_path: Path, code: str, needed: list[str], read: list[str]
) -> None:
    """Those that have to be set, and those that something stands in for."""
    files = {"shop/__init__.py": "", "shop/handler.py": f"import os\n{code}\n"}
    found = followed(tmp_path, files).variables

    assert needed == [one.name for one in found if one.needed]
    assert read == [one.name for one in found if not one.needed]


@pytest.mark.parametrize(
    ("name", "python", "there"),
    [
        ("fast.cpython-313-x86_64-linux-gnu.so", "3.13", True),
        ("fast.cpython-312-x86_64-linux-gnu.so", "3.13", False),
        ("fast.cpython-313-aarch64-linux-gnu.so", "3.13", False),
        ("fast.abi3.so", "3.13", True),
        ("fast.so", "3.11", True),
    ],
)
def test_an_extension_counts_for_its_own_python_only(
    tmp_path: Path, name: str, python: str, there: bool
) -> None:
    """Another one lies there, and Python does not look at it."""
    files = {"shop/__init__.py": "", "shop/handler.py": "import fast", name: ""}
    assert there == (not followed(tmp_path, files, python=python).missing)


def test_the_tag_of_an_extension_is_told() -> None:
    """With both versions, so that nobody has to guess."""
    with pytest.raises(BundleError, match="is for CPython 3.12"):
        check_tag("deep/fast.cpython-312-x86_64-linux-gnu.so", HERE)
    check_tag("deep/fast.abi3.so", HERE)


def test_a_library_behind_an_extension_has_to_be_there() -> None:
    """In the bundle or in the runtime; a desktop's is in neither."""
    found = {
        "cv2/cv2.abi3.so": Elf("x86_64", (2, 17), ("libav-1.so", "libc.so.6")),
        "cv2.libs/libav-1.so": Elf("x86_64", (2, 17), ("libGL.so.1",)),
        "other/unused.so": Elf("x86_64", (2, 17), ("libtbb.so.12",)),
    }
    with pytest.raises(BundleError) as caught:
        check_reached(found, ["cv2/cv2.abi3.so"], HERE)
    assert "cv2.libs/libav-1.so needs libGL.so.1" == caught.value.what

    del found["cv2.libs/libav-1.so"]
    with pytest.raises(BundleError, match=r"libav-1\.so"):
        check_reached(found, ["cv2/cv2.abi3.so"], HERE)


def test_what_an_elf_file_needs_is_read() -> None:
    """One of this machine's own, read by two: the second is the loader's own list."""
    import _ssl

    path = getattr(_ssl, "__file__", None)
    if path is None:
        pytest.skip("this Python has its modules built in; run with one that has files for them")
    needed = read_elf(Path(path).read_bytes()).needed
    assert any(name.startswith("libssl") for name in needed)
    assert () == read_elf(elf(62)).needed


@pytest.mark.parametrize(
    ("code", "python", "word"),
    [
        ("type X = int\n", "3.11", "it needs Python 3.12"),
        ("type X = int\n", "3.12", ""),
        ("try: pass\nexcept A, B: pass\n", "3.13", "it needs Python 3.14"),
        ("try: pass\nexcept A, B: pass\n", "3.14", ""),
        ("def f[T](a: T) -> T: return a\n", "3.11", "it needs Python 3.12"),
        ("def handler(:\n", "3.14", "it cannot be parsed"),
    ],
)
def test_modules_are_parsed_by_the_grammar_of_the_target(
    tmp_path: Path, code: str, python: str, word: str
) -> None:
    """Older and newer than the Python that runs the bundler."""
    (tmp_path / "shop.py").write_text(code)
    target = check_target(python, "arm64")
    if not word:
        assert python in check_syntax(tmp_path, ["shop.py"], target)
        return
    with pytest.raises(BundleError) as caught:
        check_syntax(tmp_path, ["shop.py"], target)
    assert caught.value.what.startswith("shop.py:")
    assert word == caught.value.why


def test_the_source_beside_an_extension_is_followed(tmp_path: Path) -> None:
    """A compiled kernel imports what its source imports; the extension is what is loaded."""
    files = {"shop/__init__.py": "", "shop/handler.py": "import lib.fast\n", "lib/__init__.py": ""}
    files |= {"lib/fast.py": "import lib.deep, gone\n", "lib/deep.py": ""}
    files |= {"lib/fast.cpython-313-x86_64-linux-gnu.so": ""}
    found = followed(tmp_path, files)

    assert "lib/fast.cpython-313-x86_64-linux-gnu.so" == found.reached["lib.fast"].path
    assert "lib.deep" in found.reached
    assert ["gone"] == [one.module for one in found.missing]


def test_a_module_without_a_source_is_there(tmp_path: Path) -> None:
    """Byte code in the place of its source; a source goes before it."""
    files = {"shop/__init__.py": "", "shop/handler.py": "import lib.a, lib.b\n"}
    files |= {"lib/__init__.pyc": "", "lib/a.pyc": "", "lib/b.py": "", "lib/b.pyc": ""}
    found = followed(tmp_path, files)

    assert () == found.missing
    assert ["lib/a.pyc", "lib/b.py"] == [found.reached[f"lib.{name}"].path for name in "ab"]
