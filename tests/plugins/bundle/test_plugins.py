"""Every plugin that may stand in a function is bundled and started, as Lambda would start it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

import repository as repo
from affidavit_bundle.requirements import read_lock
from affidavit_bundle.runtime_start import find_python
from affidavit_bundle.target import check_target
from affidavit_bundle.wheels import fetch
from bundle_parts import bundle

PLUGINS = {
    "dynamodb": set[str](),
    "harness": {"jsonschema", "rpds", "urllib3"},
    "ledger": {"cryptography"},
    "notify": {"jinja2", "markupsafe"},
    "oracle": {"oracledb", "cryptography"},
    "sqlite": set[str](),
    "xray": {"aws_xray_sdk", "wrapt"},
}
"""And what each brings along; boto3 is in the runtime, and an older urllib3 than that."""

OTHERS = ["3.12", "3.13"]


@pytest.fixture(scope="session")
def plugin_wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the plugins need, fetched once."""
    folder = tmp_path_factory.mktemp("plugins")
    wanted = [
        "pluggy",
        "pydantic",
        "structlog",
        "jinja2",
        "oracledb",
        "aws-xray-sdk",
        "cryptography",
        "jsonschema",
        "urllib3",
    ]
    lock = read_lock(repo.ROOT / "constraints.txt")
    fetch(wanted, check_target("3.11", "x86_64"), lock, [], folder)
    return folder


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_bundle_with_the_plugin_starts(
    tmp_path: Path, plugin_wheels: Path, source: Path, own: Path, plugin: str
) -> None:
    """With what the plugin's extra asks for, and with every import that the plugin makes later."""
    ran = bundle(
        *("make", "shop.handler:handler", "--from", str(source), "--to", str(tmp_path / "to")),
        *("--wheels", str(plugin_wheels), "--affidavit", str(own), "--plugin", plugin),
        *("--output", "json"),
    )
    told = json.loads(ran.stdout)[0]
    with zipfile.ZipFile(tmp_path / "to" / told["path"]) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}

    assert told["started"].startswith("CPython 3.")
    assert PLUGINS[plugin] | {f"affidavit_{plugin}"} <= tops
    others = set[str]().union(*(names for one, names in PLUGINS.items() if one != plugin))
    assert set() == tops & (others - PLUGINS[plugin])


def test_what_a_plugin_needs_is_missed_when_it_is_not_there(
    tmp_path: Path, wheels: dict[str, Path], source: Path, own: Path
) -> None:
    """There is no oracledb in the folder, and so no bundle."""
    ran = bundle(
        *("make", "shop.handler:handler", "--from", str(source), "--to", str(tmp_path / "to")),
        *("--wheels", str(wheels["x86_64"]), "--affidavit", str(own), "--plugin", "oracle"),
        expected=3,
    )
    assert "there is no wheel of oracledb" in " ".join(ran.stderr.split())


@pytest.mark.parametrize("python", OTHERS)
def test_a_bundle_for_another_python_of_this_machine_is_started_by_that(
    tmp_path: Path, source: Path, own: Path, python: str
) -> None:
    """With AWS's client for it; where there is none the bundle is refused."""
    target = check_target(python, "x86_64")
    if find_python(target) is None:
        pytest.skip(f"there is no CPython {python} here; install it, with pyenv, say")
    (source / "shop/handler.py").write_text(
        "type Answer = int\n\ndef handler(event, context) -> Answer:\n    return 1\n"
    )
    ran = bundle(
        *("make", "shop.handler:handler", "--from", str(source), "--to", str(tmp_path / "to")),
        *("--python", python, "--affidavit", str(own), "--unaudited", "shop", "--output", "json"),
        offline=False,
    )
    assert json.loads(ran.stdout)[0]["started"].startswith(f"CPython {python}.")


def test_what_was_not_started_is_no_success_without_a_word(
    tmp_path: Path, wheels: dict[str, Path], source: Path, own: Path
) -> None:
    """The other processor: refused; accepted with a flag, and then the manifest says so."""
    options = ["make", "shop.handler:handler", "--from", str(source), "--to", str(tmp_path / "to")]
    options += ["--wheels", str(wheels["arm64"]), "--affidavit", str(own), "--arch", "arm64"]
    ran = bundle(*options, expected=3)
    assert "cannot be started here" in " ".join(ran.stderr.split())
    assert not list((tmp_path / "to").glob("*.zip"))

    bundle(*options, "--unstarted")
    path = next((tmp_path / "to").glob("*.zip"))
    tried = json.loads(path.with_suffix(".manifest.json").read_text())["tried"]
    assert None is tried["started"]
    assert "no CPython" in tried["not_started"]
    bundle(*options, expected=3)  # what lies there was not started, and is no success either
    bundle("verify", str(path), expected=1)
    bundle("verify", str(path), "--unstarted")


def test_the_functions_variables_are_set_and_a_missing_one_is_named(
    tmp_path: Path, wheels: dict[str, Path], source: Path, own: Path
) -> None:
    """A table's name is read where the module is imported, as many handlers do."""
    (source / "shop/handler.py").write_text(
        "import os\nTABLE = os.environ['TABLE_NAME']\n"
        "REGION = os.environ.get('REGION')\ndef handler(event, context): ...\n"
    )
    options = ["make", "shop.handler:handler", "--from", str(source), "--to", str(tmp_path / "to")]
    options += ["--wheels", str(wheels["x86_64"]), "--affidavit", str(own), "--unaudited", "shop"]
    ran = bundle(*options, expected=3)
    assert "it reads the variable TABLE_NAME, which is not set" in " ".join(ran.stderr.split())

    ran = bundle(*options, "--env", "TABLE_NAME=orders", "--output", "json")
    assert {"needed": ["TABLE_NAME"], "later": [], "read": ["REGION"]} == json.loads(ran.stdout)[0][
        "variables"
    ]


def test_sources_beside_the_handler_and_below_src_come_along(
    tmp_path: Path, wheels: dict[str, Path], own: Path
) -> None:
    """As far as the handler imports them; the rest of the folder stays."""
    source = tmp_path / "service"
    for name, text in {
        "src/handler.py": "import domain.orders\ndef handler(event, context): ...\n",
        "src/domain/__init__.py": "",
        "src/domain/orders.py": "def f():\n    import texts\n",
        "src/texts.py": "",
        "src/unused.py": "",
        "tests/test_handler.py": "",
    }.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    ran = bundle(
        *("make", "shop=handler:handler", "--from", str(source), "--to", str(tmp_path / "to")),
        *(
            "--wheels",
            str(wheels["x86_64"]),
            "--affidavit",
            str(own),
            "--unaudited",
            "shop",
            "--output",
            "json",
        ),
    )
    told = json.loads(ran.stdout)[0]
    with zipfile.ZipFile(tmp_path / "to" / told["path"]) as archive:
        names = set(archive.namelist())

    assert ["domain", "handler", "texts"] == told["sources"]
    assert {"handler.py", "domain/orders.py", "texts.py"} <= names
    assert not [name for name in names if "unused" in name or "test_handler" in name]


def test_why_says_which_rule_and_which_import(
    tmp_path: Path, wheels: dict[str, Path], source: Path, own: Path
) -> None:
    """For what is there, for what is left out, and for what never was."""
    reasons = {}
    for path in ("pydantic/main.py", "pydantic/_internal", "affidavit_oracle/span.py", "nowhere"):
        ran = bundle(
            *("make", "shop.handler:handler", "--from", str(source), "--to", str(tmp_path / "to")),
            *("--wheels", str(wheels["x86_64"]), "--affidavit", str(own)),
            *("--why", path, "--output", "json"),
        )
        reasons[path] = json.loads(ran.stdout)
    main = reasons["pydantic/main.py"][0]

    assert "kept" == main["state"]
    assert main["why"].startswith("imported: affidavit > affidavit._invocation.decorator > ")
    assert "needed by affidavit" in main["from_"]
    assert "not there" == reasons["nowhere"][0]["state"]
