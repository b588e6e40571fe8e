"""Every argument that the modules use is known to the AWS provider's sixth generation, too.

The provider itself may not be at hand. Its schema is: the bindings of `@cdktf/provider-aws` are
made from it, and name each argument in their comments. They are fetched once, into build/.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagged_resources import resource_kinds, untagged
from terraform_tool import HCL, ROOT

FOLDER = ROOT / "build" / "provider"
PACKAGE = "@cdktf/provider-aws@21.22.1"
ARGUMENT = re.compile(r"#(\w+) [\w]+#\1\}")
WHOLE = re.compile(r".*", re.DOTALL)
OWN = re.compile(r"^export interface \w+Config extends .*?^\}", re.MULTILINE | re.DOTALL)
"""Arguments of the resource itself, without those of blocks in it."""
BLOCK = re.compile(r'^\s*(\w+)((?: "[^"]+")*) \{$')
SETTING = re.compile(r"^\s*(\w+)\s+=(?!=)|^\s*(\w+) =(?!=)")
META = frozenset({"count", "for_each", "provider", "depends_on"})
META_BLOCKS = frozenset({"lifecycle", "precondition", "postcondition", "timeouts"})


@pytest.fixture(scope="module")
def bindings() -> Path:
    """The package, as npm has it."""
    if shutil.which("npm") is None:
        pytest.skip("no npm: install Node.js 20 or newer, which brings it along")
    archive = FOLDER / "cdktf-provider-aws-21.22.1.tgz"
    if not archive.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        ran = subprocess.run(
            ["npm", "pack", "--silent", PACKAGE],  # noqa: S607 - whichever npm there is
            cwd=FOLDER,
            capture_output=True,
            timeout=300,
            check=False,
        )
        if ran.returncode:
            pytest.skip(f"npm cannot get {PACKAGE} here: run this where its registry answers")
    return archive


def test_the_sixth_generation_knows_every_argument(bindings: Path) -> None:
    """Of every resource and data source, blocks in blocks included."""
    used = list(_used())
    known = _arguments(bindings, {kind for _, kind, _ in used})

    assert [] == [
        f"{path.relative_to(HCL)}: {kind} has no {name}"
        for path, kind, name in used
        if name not in known.get(kind, ())
    ]
    assert 250 < len({(kind, name) for _, kind, name in used}), "enough to mean something"


def test_whatever_the_sixth_generation_can_tag_gets_the_callers_tags(bindings: Path) -> None:
    """`default_tags` belong to a provider, and a caller may have one for several services."""
    names = {kind.removeprefix("aws_").replace("_", "-"): kind for kind in resource_kinds()}
    known = _arguments(bindings, set(names), OWN)
    taggable = {kind for name, kind in names.items() if "tags" in known[name]}

    assert 20 < len(taggable)
    assert [] == untagged(taggable)


def test_no_attribute_is_read_that_both_generations_offer_otherwise() -> None:
    """`data.aws_region`'s `name` is deprecated in 6, and `region` is not in 5: `id` is in both."""
    found = [
        path.relative_to(HCL)
        for path in HCL.rglob("*.tf")
        if "data.aws_region.current.name" in path.read_text()
    ]

    assert [] == found


@pytest.mark.parametrize("path", sorted(HCL.rglob("versions.tf")), ids=lambda p: p.parent.name)
def test_every_module_takes_both_generations(path: Path) -> None:
    """The same line everywhere, or a caller's lock file fits one module and not the other."""
    text = path.read_text()

    assert "hashicorp/aws" not in text or '">= 5.100, < 7.0"' in text


def _arguments(
    archive: Path, kinds: set[str], where: re.Pattern[str] = WHOLE
) -> dict[str, set[str]]:
    wanted = {f"package/lib/{kind}/index.d.ts": kind for kind in kinds}
    found = {}
    with tarfile.open(archive, "r|gz") as opened:
        for member in opened:
            file = opened.extractfile(member) if member.name in wanted else None
            if file is not None:
                said = where.search(file.read().decode())
                found[wanted[member.name]] = set(ARGUMENT.findall(said.group() if said else ""))
    return found


def _used() -> Iterator[tuple[Path, str, str]]:
    """Yield each argument or block of each resource: its file, its kind, its name."""
    for path in sorted(HCL.rglob("*.tf")):
        kind, stack = "", []
        for line in path.read_text().splitlines():
            code = line.split(" #", 1)[0] if not line.lstrip().startswith("#") else ""
            block = BLOCK.match(code)
            if block is not None and "value" not in stack:
                word, labels = block.group(1), re.findall(r'"([^"]+)"', block.group(2))
                if not stack and word in {"resource", "data"} and labels[0].startswith("aws_"):
                    plain = labels[0].removeprefix("aws_").replace("_", "-")
                    kind = plain if word == "resource" else f"data-aws-{plain}"
                    stack.append("block")
                elif kind and stack:
                    name = labels[0] if word == "dynamic" else word
                    hidden = name in META_BLOCKS or "meta" in stack
                    stack.append("meta" if hidden else "dynamic" if word == "dynamic" else "block")
                    if not hidden and word != "content":
                        yield path, kind, name
                else:
                    stack.append("block")
                continue
            setting = SETTING.match(code)
            plain_place = kind and stack and stack[-1] == "block"
            if setting is not None and plain_place:
                name = setting.group(1) or setting.group(2)
                if name not in META:
                    yield path, kind, name
            opened = sum(code.count(one) for one in "{[(") - sum(code.count(one) for one in "}])")
            stack += ["value"] * max(opened, 0)
            for _ in range(max(-opened, 0)):
                if stack:
                    stack.pop()
            if not stack:
                kind = ""
