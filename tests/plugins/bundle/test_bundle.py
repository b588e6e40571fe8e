"""A bundle is the same each time, lean, for one processor, and says what it is."""

from __future__ import annotations

import json
import os
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from affidavit_bundle.closure import Stated, close, refuse_unmet
from affidavit_bundle.elf import MAGIC, read_elf
from affidavit_bundle.errors import BundleError
from affidavit_bundle.target import check_target
from bundle_parts import bundle, elf, make_wheel

HANDLER = "shop.handler:handler"


def made(path: Path, *options: str, name: str = HANDLER) -> tuple[Path, dict[str, object]]:
    """Make a bundle and return its path and what `bundles.json` says."""
    ran = bundle("make", name, "--to", str(path), "--output", "json", *options)
    told = json.loads(ran.stdout)[0]
    return path / told["path"], told


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.fixture
def options(wheels: dict[str, Path], source: Path, own: Path) -> list[str]:
    """The usual ones."""
    places = ["--from", str(source), "--wheels", str(wheels["x86_64"])]
    return [*places, "--affidavit", str(own)]


def test_two_bundles_made_at_different_times_are_the_same_bytes(
    tmp_path: Path, options: list[str], source: Path, checkout: Path
) -> None:
    """Whatever the clock, the files' times, the folder and the mask say."""
    options = [*options[:-1], str(checkout)]  # the wheel of affidavit is built twice, too
    first, told = made(tmp_path / "one", *options)
    for path in source.rglob("*.py"):
        os.utime(path, (time.time() - 10_000, time.time() - 10_000))
    mask = os.umask(0o077)
    try:
        second, again = made(tmp_path / "somewhere/else", *options)
    finally:
        os.umask(mask)

    assert first.read_bytes() == second.read_bytes()
    assert told["source_code_hash"] == again["source_code_hash"]
    for ending in (".manifest.json", ".cdx.json"):
        assert first.with_suffix(ending).read_bytes() == second.with_suffix(ending).read_bytes()


def test_a_bundle_for_arm64_holds_libraries_for_arm64_only(
    tmp_path: Path, wheels: dict[str, Path], source: Path, own: Path
) -> None:
    """Made on any machine. Every file is looked at, not only those that are called `.so`."""
    path, told = made(
        tmp_path / "to",
        *("--from", str(source), "--wheels", str(wheels["arm64"]), "--arch", "arm64"),
        *("--affidavit", str(own), "--unstarted"),
    )
    found = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if data.startswith(MAGIC):
                found.append((name, read_elf(data).processor))

    assert {"arm64"} == {processor for _, processor in found}
    assert [True] == ["pydantic_core" in name for name, _ in found]
    assert "arm64" == told["architecture"]


def test_a_bundle_is_lean(tmp_path: Path, options: list[str]) -> None:
    """The kernel and the plugins that are named; no tests, no YAML, no command line, no boto3."""
    path, told = made(tmp_path / "to", *options, "--plugin", "sqlite")
    tops = {name.partition("/")[0] for name in names(path)}

    assert {"affidavit", "affidavit_sqlite", "shop", "pydantic_core"} <= tops
    assert set() == tops & {"affidavit_cli", "affidavit_policy", "affidavit_dynamodb", "boto3"}
    assert [] == [n for n in names(path) if "/tests/" in n or n.endswith((".pyi", "RECORD"))]
    assert [] == [name for name in names(path) if name.startswith("affidavit/testing/")]
    assert 5.5 * 2**20 > int(str(told["zip_bytes"])), "five and a half megabytes, with byte code"
    assert 14 * 2**20 > int(str(told["unpacked_bytes"]))


def test_entry_points_name_what_is_there(tmp_path: Path, options: list[str]) -> None:
    """Else a cold start would look for a plugin that is not in the bundle."""
    path, _ = made(tmp_path / "to", *options, "--plugin", "dynamodb")
    with zipfile.ZipFile(path) as archive:
        point = next(
            n for n in archive.namelist() if n.endswith("/entry_points.txt") and n[0] == "a"
        )
        text = archive.read(point).decode()
        tops = {name.partition("/")[0] for name in archive.namelist()}

    modules = {line.partition(" = ")[2] for line in text.splitlines() if " = " in line}
    assert "affidavit_dynamodb" in modules
    assert set() == modules - tops


def test_licences_come_along(tmp_path: Path, options: list[str]) -> None:
    """Leaving them out would be a breach of them."""
    path, _ = made(tmp_path / "to", *options)
    held = {n.partition(".dist-info")[0].rpartition("-")[0] for n in names(path) if "LICEN" in n}

    assert {"pydantic", "pydantic_core", "structlog", "pluggy", "affidavit"} <= held


def test_the_manifest_and_the_bill_of_materials_say_what_is_in_it(
    tmp_path: Path, options: list[str], source: Path
) -> None:
    """Versions, hashes, plugins, policy; no time, so that they do not differ either."""
    path, told = made(tmp_path / "to", *options, "--policy", "hipaa", "--plugin", "dynamodb")
    manifest = json.loads(path.with_suffix(".manifest.json").read_text())
    bill = json.loads(path.with_suffix(".cdx.json").read_text())
    index = json.loads((tmp_path / "to/bundles.json").read_text())

    assert told["sha256"] == manifest["sha256"] == index[path.stem]["sha256"]
    assert ("hipaa", 64) == (manifest["policy"]["setting"], len(manifest["policy"]["digest"]))
    assert ["dynamodb"] == manifest["plugins"]
    assert {"affidavit", "pydantic-core"} <= {one["name"] for one in manifest["distributions"]}
    assert ("CycloneDX", "1.6") == (bill["bomFormat"], bill["specVersion"])
    assert {one["name"]: one["version"] for one in manifest["distributions"]} == {
        one["name"]: one["version"] for one in bill["components"]
    }
    assert "timestamp" not in json.dumps([manifest, bill])


def test_a_policy_of_ones_own_is_compiled_into_the_bundle(
    tmp_path: Path, options: list[str]
) -> None:
    """JSON, with the digest that the manifest names; YAML stays outside."""
    policy = tmp_path / "own.yaml"
    policy.write_text(
        "policy: own\nversion: 1\ntitle: Our own\nextends: [hipaa]\nrules:\n"
        "  - id: OWN-01\n    clause: House rule 1\n    why: It is ours.\n"
        "    promises: [every_invocation_is_on_record]\n",
        "utf-8",
    )
    path, _ = made(tmp_path / "to", *options, "--policy", str(policy))
    manifest = json.loads(path.with_suffix(".manifest.json").read_text())
    with zipfile.ZipFile(path) as archive:
        held = json.loads(archive.read("policy.json"))

    assert ("policy.json", held["digest"]) == (
        manifest["policy"]["setting"],
        manifest["policy"]["digest"],
    )


def test_what_has_not_changed_is_not_made_again(
    tmp_path: Path, options: list[str], source: Path
) -> None:
    """But a changed line, or a changed zip, is noticed."""
    to = tmp_path / "to"

    def state() -> str:
        ran = bundle("make", HANDLER, "--to", str(to), "--output", "json", *options)
        return str(json.loads(ran.stdout)[0]["state"])

    assert ["made", "same"] == [state(), state()]
    with (source / "shop/handler.py").open("a") as file:
        file.write("# changed\n")
    assert ["made", "same"] == [state(), state()]
    zipped = next(to.glob("*.zip"))
    zipped.write_bytes(zipped.read_bytes()[:-1])
    assert "made" == state()


def test_workers_wait_for_each_other(tmp_path: Path, options: list[str]) -> None:
    """One makes it, the others find it."""

    def act(_: int) -> str:
        ran = bundle("make", HANDLER, "--to", str(tmp_path / "to"), "--output", "json", *options)
        return str(json.loads(ran.stdout)[0]["state"])

    with ThreadPoolExecutor(3) as pool:
        assert ["made", "same", "same"] == sorted(pool.map(act, range(3)))


def test_files_can_be_included(tmp_path: Path, options: list[str]) -> None:
    """At the root of the bundle, which is where a function starts."""
    data = tmp_path / "prices.db"
    data.write_bytes(b"rows")
    path, _ = made(tmp_path / "to", *options, "--include", str(data))

    with zipfile.ZipFile(path) as archive:
        assert b"rows" == archive.read("prices.db")


def test_a_bundle_verifies_and_a_changed_one_does_not(tmp_path: Path, options: list[str]) -> None:
    """By itself, and against a hash."""
    path, told = made(tmp_path / "to", *options)

    bundle("verify", str(path), "--sha256", str(told["sha256"]))
    ran = bundle("verify", str(path), "--sha256", "0" * 64, expected=1)
    assert "another one was expected" in ran.stdout
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("shop/extra.py", "x = 1\n")
    ran = bundle("verify", str(path), expected=1)
    assert "not what the manifest says" in ran.stdout


def test_a_bundle_that_leads_out_is_not_unpacked(tmp_path: Path) -> None:
    """Not even to look at it."""
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../out.txt", "boom")

    ran = bundle("verify", str(path), expected=3)

    assert "leads out of its folder" in ran.stderr
    assert not (tmp_path.parent / "out.txt").exists()


def refused(tmp_path: Path, *options: str, name: str = HANDLER) -> str:
    """Return the error, on one line, of a bundle that cannot be made."""
    ran = bundle("make", name, "--to", str(tmp_path / "to"), *options, expected=3)
    assert not list((tmp_path / "to").glob("*.zip"))
    return " ".join(ran.stderr.split())


def test_a_package_without_a_wheel_for_the_platform_is_named(
    tmp_path: Path, options: list[str]
) -> None:
    """With what to do: here only the other processor's wheel is there."""
    told = refused(tmp_path, *options, "--arch", "arm64")

    assert "there is no wheel of pydantic-core for python3.11 on arm64" in told
    assert "--wheels" in told


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"deep.cpython-311-x86_64-linux-gnu.so": elf(183)}, ["deep", "is for arm64"]),
        ({"deep/data.bin": elf(62, "2.35")}, ["deep/data.bin needs glibc 2.35", "has 2.26"]),
        ({"deep.so": elf(62)[:70]}, ["deep.so is no library", "cut off"]),
        ({"../../deep.py": b""}, ["leads out of its folder", "deep-1.0"]),
    ],
)
def test_a_wheel_that_would_not_run_is_refused(
    tmp_path: Path, options: list[str], files: dict[str, bytes], words: list[str]
) -> None:
    """Although its tag says that it fits."""
    make_wheel(tmp_path / "own", "deep", files)

    told = refused(tmp_path, *options, "--wheels", str(tmp_path / "own"), "--require", "deep")

    assert [] == [word for word in words if word not in told], told


def test_a_damaged_wheel_is_named(tmp_path: Path, options: list[str]) -> None:
    """One byte of a file is another one: its checksum says so."""
    wheel = make_wheel(tmp_path / "own", "deep", {"deep.py": b"VALUE = 'abcdefgh'\n"})
    data = wheel.read_bytes()
    wheel.write_bytes(data.replace(b"abcdefgh", b"abcdefgX"))

    told = refused(tmp_path, *options, "--wheels", str(tmp_path / "own"), "--require", "deep")

    assert "the wheel deep-1.0-py3-none-any.whl is damaged" in told


def test_a_wheel_that_the_lock_does_not_name_is_refused(tmp_path: Path, options: list[str]) -> None:
    """Somebody has changed it, or the registry is another one."""
    make_wheel(tmp_path / "own", "deep", {"deep.py": b""})
    lock = tmp_path / "lock.txt"
    lock.write_text(f"deep==1.0 \\\n    --hash=sha256:{'0' * 64}\n")

    told = refused(
        tmp_path,
        *options,
        *("--wheels", str(tmp_path / "own"), "--require", "deep", "--lock", str(lock)),
    )

    assert "is not one that the lock names" in told


def test_what_only_the_target_needs_has_to_be_there() -> None:
    """pip decides by the Python that runs it; here the target's decides."""
    deep = Stated("1.0", ('extra-thing>=1; python_version >= "3.13"', "boto3>=1"))

    def refused_for(python: str, *, provided: bool = True, **stated: Stated) -> BundleError:
        target = check_target(python, "arm64")
        closure = close(stated, sorted(stated), target, provided=provided)
        with pytest.raises(BundleError) as caught:
            refuse_unmet(closure, target)
        return caught.value

    here = check_target("3.12", "arm64")
    refuse_unmet(close({"deep": deep}, ["deep"], here, provided=True), here)
    told = refused_for("3.13", deep=deep)
    assert "deep needs extra-thing>=1" == told.what
    assert "python3.13 for arm64" in told.why
    assert "boto3" in refused_for("3.12", provided=False, deep=deep).what
    assert "1.0 is there" in refused_for("3.12", a=Stated("1", ("deep>=2",)), deep=deep).why


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("urllib3>=2.6", True),
        ("urllib3<2", True),
        ("urllib3<3,>=1.21.1", False),
        ("urllib3", False),
        ("boto3>=99", False),
    ],
)
def test_what_the_runtime_may_have_too_old_is_bundled(wanted: str, *, kept: bool) -> None:
    """Nobody says which urllib3 a runtime has; whoever needs one in particular brings it along."""
    stated = {"a": Stated("1", (wanted,)), "urllib3": Stated("2.6" if "2.6" in wanted else "1", ())}
    found = close(stated, ["a"], check_target("3.12", "x86_64"), provided=True)

    assert kept == ("urllib3" in found.parents or bool(found.unmet))


def test_extras_of_a_requirement_count_and_others_do_not() -> None:
    """On the way down, too: `a[fast]` needs what its extra asks for."""
    stated = {
        "a": Stated("1", ("b[x]; extra == 'fast'", "c; extra == 'slow'")),
        "b": Stated("1", ("d; extra == 'x'",)),
        "d": Stated("1", ()),
    }
    target = check_target("3.12", "x86_64")

    assert ["a", "b", "d"] == sorted(close(stated, ["a[fast]"], target, provided=True).parents)
    assert ["a"] == sorted(close(stated, ["a"], target, provided=True).parents)
    assert ["a", "b", "d"] == close(stated, ["a[fast]"], target, provided=True).chain("d")


@pytest.mark.parametrize(
    ("code", "name", "word"),
    [
        ("import nowhere_at_all\n", HANDLER, "there is no module nowhere_at_all"),
        ("x = 1\n", HANDLER, "no such name"),
        ("handler = 1\n", HANDLER, "not a function"),
        ("raise ValueError('secret')\n", HANDLER, "it raised ValueError"),
        ("def handler(:\n", HANDLER, "shop/handler.py:1 is no Python"),
        ("", "nobody.here:handler", "there is no module nobody"),
    ],
)
def test_a_handler_that_cannot_be_imported_is_refused(
    tmp_path: Path, options: list[str], source: Path, code: str, name: str, word: str
) -> None:
    """Before it is deployed; and its error's text, which may hold data, is not repeated."""
    (source / "shop/handler.py").write_text(code)

    told = refused(tmp_path, *options, name=name)

    assert word in told
    assert "secret" not in told


def test_what_this_machine_has_installed_does_not_help(
    tmp_path: Path, options: list[str], source: Path
) -> None:
    """`rich` is installed here and is not in the bundle."""
    (source / "shop/handler.py").write_text("import rich\ndef handler(e, c): ...\n")

    assert "there is no module rich" in refused(tmp_path, *options)


@pytest.mark.parametrize(
    ("options_", "word"),
    [
        (["--python", "3.9"], "there is no target python 3.9"),
        (["--plugin", "nothing"], "there is no plugin nothing"),
        (["--policy", "nothing"], "there is no policy nothing"),
    ],
)
def test_what_is_not_known_is_named(
    tmp_path: Path, options: list[str], options_: list[str], word: str
) -> None:
    """With what there is."""
    assert word in refused(tmp_path, *options, *options_)
