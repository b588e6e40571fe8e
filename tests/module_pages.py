"""Write what each Terraform module takes and gives into its README: `make modules`.

The heading, the sentence and the example are written by hand; the tables are
made from variables.tf and outputs.tf, and a test compares them. What the module
`evidence_lake` asks comes from the plugin that asks it, too.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import lake_module
from terraform_tool import modules

BEGIN: Final = "<!-- inputs and outputs: made by make modules -->\n"
EXAMPLE: Final = re.compile(r"^```hcl\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


def example(module: Path) -> str:
    """Return how a caller writes it, as the README says."""
    found = EXAMPLE.search((module / "README.md").read_text())
    assert found is not None, f"the README of {module.name} shows no example"
    return found.group(1)


def page(module: Path) -> str:
    """Return the README as it should be."""
    head = (module / "README.md").read_text().partition(BEGIN)[0]
    inputs = [_input(*one) for one in blocks(module / "variables.tf", "variable")]
    outputs = [
        f"| `{name}` | {_said(body, 'description')} |"
        for name, body in blocks(module / "outputs.tf", "output")
    ]
    table = ["| input | type | default | what it says |", "|---|---|---|---|", *inputs]
    table += ["", "| output | what it is |", "|---|---|", *outputs]
    return head + BEGIN + "\n" + "\n".join(table) + "\n"


def blocks(path: Path, kind: str) -> list[tuple[str, str]]:
    """Return the blocks of a file by name, in their order."""
    pattern = rf'^{kind} "(\w+)" \{{\n(.*?)^\}}$'
    return re.findall(pattern, path.read_text(), re.MULTILINE | re.DOTALL)


def _input(name: str, body: str) -> str:
    default = _said(body, "default")
    shown = f"`{default}`" if default else "required"
    return f"| `{name}` | `{_said(body, 'type')}` | {shown} | {_said(body, 'description')} |"


def _said(body: str, key: str) -> str:
    """Return the value of an argument on one line; of a text what is between the quotes."""
    found = re.search(
        rf"^  {key} += (.*?)(?=^  \w|^  validation|\Z)", body, re.MULTILINE | re.DOTALL
    )
    lines = [] if found is None else found.group(1).split("\n")
    told = "\n".join(re.sub(r" += ", " = ", line).strip() for line in lines if line.strip())
    told = re.sub(r"(?<=[({\[])\n|\n(?=[)}\]])", "", told).replace("\n", ", ")
    text = told.removeprefix('"').removesuffix('"') if key == "description" else told
    return text.replace("|", "\\|").replace('\\"', '"')


def main() -> None:
    """Write every page anew, and what a module reads that is said elsewhere."""
    lake_module.FILE.write_text(lake_module.contents())
    for module in modules()[1:]:
        (module / "README.md").write_text(page(module))


if __name__ == "__main__":
    main()
