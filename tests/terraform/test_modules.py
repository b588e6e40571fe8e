"""A module is one sentence, with few variables, each with a type and a reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from module_pages import blocks, example, page
from terraform_tool import HCL, modules

MODULES = modules()
MOST = 12


def _id(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("module", MODULES[1:], ids=_id)
def test_a_module_is_one_sentence_and_shows_how_it_is_called(module: Path) -> None:
    """A heading and a sentence; more would be two modules. `make modules` writes the tables."""
    text = (module / "README.md").read_text()
    heading, sentence, _ = text.split("\n\n", 2)

    assert f"# {module.name}" == heading
    assert re.fullmatch(r"[A-Z][^.]+\.", sentence)
    assert f'source = "./affidavit/terraform/modules/{module.name}"' in example(module)
    assert page(module) == text


@pytest.mark.parametrize("module", MODULES[1:], ids=_id)
def test_an_example_says_all_that_a_module_requires(module: Path) -> None:
    """Variables without a default, and of an object what is not optional."""
    told = example(module)
    for name, body in blocks(module / "variables.tf", "variable"):
        said = re.search(rf"^  {name} += (.*?)(?=^  \w|^\}})", told, re.MULTILINE | re.DOTALL)
        assert said or "\n  default " in f"\n{body}", name
        written = re.search(r"^  type += object\(\{\n(.*?)^  \}\)", body, re.MULTILINE | re.DOTALL)
        if said and written and said.group(1).startswith("{"):
            required = re.findall(r"^    (\w+) += (?!optional)", written.group(1), re.MULTILINE)
            assert [] == [one for one in required if not re.search(rf"\b{one} +=", said.group(1))]


@pytest.mark.parametrize("module", MODULES, ids=_id)
def test_a_module_has_few_variables_each_with_a_type_and_a_reason(module: Path) -> None:
    """At most twelve. Functions are of any type in the root, which checks their keys itself."""
    found = dict(blocks(module / "variables.tf", "variable"))

    assert MOST >= len(found)
    assert [] == [name for name, body in found.items() if "\n  type " not in body]
    assert [] == [name for name, body in found.items() if not _described(body)]
    any_type = re.compile(r"= (any|map\(any\))$", re.MULTILINE)
    loose = [name for name, body in found.items() if any_type.search(body)]
    assert (["functions"] if module == HCL else []) == loose


@pytest.mark.parametrize("module", MODULES, ids=_id)
def test_every_output_has_a_description(module: Path) -> None:
    """Whoever uses a module reads these."""
    found = dict(blocks(module / "outputs.tf", "output"))

    assert found
    assert [] == [name for name, body in found.items() if not _described(body)]


@pytest.mark.parametrize("module", MODULES, ids=_id)
def test_every_module_has_tests(module: Path) -> None:
    """And tests that expect a refusal, if it refuses anything."""
    tests = "".join(path.read_text() for path in (module / "tests").glob("*.tftest.hcl"))
    assert 'run "' in tests
    for name, body in blocks(module / "variables.tf", "variable"):
        if "validation {" in body:
            assert re.search(rf"expect_failures = \[[^]]*var\.{name}\b", tests), name


@pytest.mark.parametrize(
    "path", sorted(HCL.rglob("*.tf")), ids=lambda p: p.relative_to(HCL).as_posix()
)
def test_every_skip_of_a_check_has_a_reason(path: Path) -> None:
    """In place, in words."""
    skips = re.findall(r"checkov:skip=([A-Z0-9_]+)(.*)", path.read_text())

    assert [] == [check for check, reason in skips if not re.fullmatch(r":[A-Z].{8,}[.]", reason)]


@pytest.mark.parametrize(
    "path", sorted(HCL.rglob("*.tf")), ids=lambda p: p.relative_to(HCL).as_posix()
)
def test_rights_name_what_they_are_for(path: Path) -> None:
    """`*` as a resource stands beside a reason: a key's own policy, traces, network interfaces."""
    text = path.read_text()
    for document in re.split(r'(?=^data "aws_iam_policy_document")', text, flags=re.MULTILINE)[1:]:
        if re.search(r'\bresources += \["\*"\]', document.partition("\n}\n")[0]):
            assert "checkov:skip=CKV_AWS_356" in document, path.name
        assert not re.search(r'actions += \["\*"\]', document)


def _described(body: str) -> bool:
    return bool(re.search(r'^  description = "[A-Za-z].{8,}[.]"$', body, re.MULTILINE))
