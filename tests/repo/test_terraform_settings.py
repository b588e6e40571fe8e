"""Terraform sets the variables that affidavit reads, all of them and no others."""

from __future__ import annotations

import re

import repository as repo
from affidavit._policy.load import load_policy, shipped_policies
from affidavit._policy.model import (
    DEFAULT_ENVIRONMENT,
    ENVIRONMENT_NAME,
    EnvironmentProperties,
)
from affidavit._runtime.settings import PREFIX, SOURCE_PREFIX, VARIABLES
from terraform_tool import HCL

NAMED = re.compile(r"\bAFFIDAVIT_[A-Z_]+")
HERE = HCL / "modules" / "settings" / "main.tf"


def test_both_sides_know_the_same_names() -> None:
    """`AFFIDAVIT_SOURCE_<NAME>` is made from a source's name; what is unsafe is never deployed."""
    safe = {name for name in VARIABLES if not name.startswith(f"{PREFIX}UNSAFE_")}
    python = {name for name in safe if "<" not in name} | {SOURCE_PREFIX}

    assert python == set(NAMED.findall(HERE.read_text()))
    assert all(name.startswith(PREFIX) for name in python)


def test_the_names_stand_in_one_place() -> None:
    """Elsewhere they are looked up, in conditions and by the alarms, and never set."""
    allowed = {"modules/audited_function/variables.tf", "modules/audit_archive/variables.tf"}
    looked_up = {
        "modules/audit_archive/alarms.tf",
        "modules/test_harness/main.tf",
        "outputs.tf",
    }
    found = {
        path.relative_to(HCL).as_posix()
        for path in HCL.rglob("*.tf")
        if path != HERE and NAMED.search(path.read_text())
    }

    assert allowed | looked_up == found
    for path in found:
        assert not re.search(r"\bAFFIDAVIT_[A-Z_]+ *=", (HCL / path).read_text()), path


def test_the_parameters_of_notices_are_the_plugins() -> None:
    """Of AFFIDAVIT_NOTIFY's URL; `to.<name>` is made from an audience's name."""
    location = (repo.ROOT / "plugins/notify/affidavit_notify/location.py").read_text()
    known = re.search(r"_KNOWN: Final = \(([^)]+)\)", location)
    text = _said("modules/notices/main.tf")
    said = re.search(r"^  said = \{\n(.*?)^  \}", text, re.MULTILINE | re.DOTALL)
    assert known is not None
    assert said is not None

    assert set(re.findall(r"\w+", known.group(1))) == set(
        re.findall(r"^    (\w+) +=", said.group(1), re.MULTILINE)
    )
    assert '"to.${name}"' in text
    assert {"ses", "eventbridge"} == set(re.findall(r'"(\w+)://\$\{', text)) - {"s3"}


def test_both_sides_know_the_same_environments() -> None:
    """Each that ships is named by each policy, and both refuse the same names."""
    files = {path.stem for path in (HCL / "environments").glob("*.tfvars")}
    shipped = [load_policy(name).environments for name in shipped_policies()]
    conditions = [
        re.findall(r'can\(regex\("([^"]+)", var\.environment', _said(name))
        for name in (
            "variables.tf",
            "modules/settings/variables.tf",
            "modules/test_harness/variables.tf",
        )
    ]

    assert all(files == held.keys() - {DEFAULT_ENVIRONMENT} for held in shipped)
    assert [[ENVIRONMENT_NAME]] * 3 == conditions


def test_what_a_policy_leaves_out_is_the_strict_choice_on_both_sides() -> None:
    """Terraform has the defaults of the declaration."""
    defaults = re.search(r"merge\(\s*\{([^}]+)\}", _said("policy.tf"))
    assert defaults is not None
    said = dict(re.findall(r"(\w+) = (\w+)", defaults.group(1)))

    assert EnvironmentProperties._field_defaults == {
        name: value == "true" for name, value in said.items()
    }


def test_the_schema_is_the_plugins() -> None:
    """Keys and indexes of the table, as items.py names them."""
    items = (repo.ROOT / "plugins/dynamodb/affidavit_dynamodb/items.py").read_text()
    table = _said("modules/audit_ledger/main.tf")

    for index in re.findall(r'_INDEX: Final = "(\w+)"', items):
        assert re.search(rf"\b{index}\b", table), index
    assert '{ pk = "S", sk = "N", s = "S", t = "S" }' in table
    for name, kind in {"pk": "S", "sk": "N", "x": "N", "t": "S"}.items():
        assert f'"{name}": {{"{kind}":' in items, name


def _said(path: str) -> str:
    return (HCL / path).read_text()
