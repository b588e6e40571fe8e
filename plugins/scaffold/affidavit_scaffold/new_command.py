"""`affidavit new`: make a repository that is ready, or say what a newer template would change."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from affidavit.plugin import CommandResult, shipped_policies
from affidavit_scaffold.project_template import Project, record_of, render, templates
from affidavit_scaffold.template_changes import changes
from affidavit_scaffold.write_files import write_new

FIRST = "http-sqlite"


@click.command()
@click.argument("name", required=False)
@click.option("--template", help="What it is to be; asked for on a terminal.")
@click.option("--policy", help="A shipped policy; asked for on a terminal.")
@click.option("--diff", is_flag=True, help="Show what the templates of this version would change.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where; a folder of that name here unless said, for --diff this one.",
)
def new(
    name: str | None, template: str | None, policy: str | None, diff: bool, folder: Path | None
) -> CommandResult:
    """Make a repository for a service that leaves evidence, ready to run.

    affidavit new shop --template http-sqlite --policy hipaa
    """
    if diff:
        return _changes(folder or Path())
    asks = sys.stdin.isatty()
    name = name or (click.prompt("Name of the service") if asks else None)
    if name is None:
        raise click.UsageError("say the NAME of the service")
    if template is None and asks:
        template = click.prompt("Template", FIRST, type=click.Choice(list(templates())))
    if policy is None and asks:
        policy = click.prompt("Policy", "baseline", type=click.Choice(list(shipped_policies())))
    project = Project(name, template or FIRST, policy or "baseline")
    files = render(project)
    place = folder or Path(name)
    write_new(place, files, record_of(project, files))
    return CommandResult(
        data={"folder": str(place), "template": project.template, "files": [*sorted(files)]},
        text=f"{place}: {len(files)} files, template {project.template}, policy {project.policy}",
        notes=(f"Next: cd {place} && make demo",),
    )


def _changes(folder: Path) -> CommandResult:
    found = changes(folder)
    return CommandResult(
        data=[{"file": one.file, "state": one.state, "diff": one.diff} for one in found],
        text="\n".join(one.diff for one in found),
        notes=(f"{len(found)} file(s) would change." if found else "Nothing would change.",),
        exit_code=1 if found else 0,
    )
