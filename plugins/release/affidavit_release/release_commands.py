"""`affidavit release`: build once, promote many."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from affidavit.plugin import CommandResult
from affidavit_ledger.session import ledger_option
from affidavit_release.cost_command import cost
from affidavit_release.errors import ReleaseRefusedError
from affidavit_release.page_command import history, report, rules_option, status

FOLDER = click.Path(path_type=Path, file_okay=False)

stages_option = click.option(
    "--stages",
    type=FOLDER,
    default=Path("build/releases"),
    show_default=True,
    help="Where what was built lies until it is uploaded.",
)
as_option = click.option("--as", "name", metavar="NAME", required=True, help="Who decides.")
why_option = click.option("--why", metavar="TEXT", required=True, help="For what reason.")
env_option = click.option(
    "--env", "environment", metavar="NAME", required=True, help="Which environment."
)


def stopping(command: Callable[..., CommandResult]) -> Callable[..., CommandResult]:
    """Turn a refusal into a printout with exit code 1; it is on record already."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> CommandResult:
        from affidavit_release.release_reports import show_refusal  # noqa: PLC0415 - when it is needed

        try:
            return command(*args, **options)
        except ReleaseRefusedError as refused:
            version = str(options.get("version") or "")
            environment = str(options.get("environment") or "")
            return show_refusal(version, environment, refused.reason, str(refused))

    return run


@click.group(commands=[cost, history, report, status])
def release() -> None:
    """Build once, promote many: one signed artifact, every decision on record."""


@release.command()
@click.option("--repo", type=FOLDER, default=Path(), help="The repository. Default: this folder.")
@stages_option
@rules_option
@ledger_option
@stopping
def build(repo: Path, stages: Path, rules_file: Path, ledger: str | None) -> CommandResult:
    """Build the next version from the commits since the last one.

    `fix:` is a patch, `feat:` a minor and a breaking change a major version.
    """
    from affidavit_release.make_release import build as build_release  # noqa: PLC0415
    from affidavit_release.release_reports import show_done  # noqa: PLC0415

    with _telling(rules_file, ledger) as context:
        done = build_release(context, repo.resolve(), stages)
    return show_done(done)._replace(exit_code=1 if done.state == "nothing" else 0)


@release.command()
@click.argument("version")
@stages_option
@rules_option
@ledger_option
@stopping
def upload(version: str, stages: Path, rules_file: Path, ledger: str | None) -> CommandResult:
    """Bring what was built into the vault, signed. A version is written once."""
    from affidavit_release.make_release import upload as upload_release  # noqa: PLC0415

    return _step(
        rules_file, ledger, version, lambda context, one: upload_release(context, one, stages)
    )


@release.command()
@click.argument("version")
@env_option
@rules_option
@ledger_option
@stopping
def deploy(version: str, environment: str, rules_file: Path, ledger: str | None) -> CommandResult:
    """Deploy a release from the vault and run the smoke tests.

    If one fails, what was live before is made live again, and the version is
    dead. Exit code 1 if it was refused or taken back.
    """
    from affidavit_release import deliver  # noqa: PLC0415

    return _step(
        rules_file,
        ledger,
        version,
        lambda context, one: deliver.deploy(
            context, one, context.rules.one_of(context.rules.way, environment)
        ),
    )


@release.command()
@env_option
@rules_option
@ledger_option
@stopping
def verify(environment: str, rules_file: Path, ledger: str | None) -> CommandResult:
    """Check what is live: its bytes against the vault, and the smoke tests.

    Where the policy lets no test write, only those that do not may run. If one fails, what was
    live before is made live again.
    """
    from affidavit_release import deliver  # noqa: PLC0415
    from affidavit_release.release_reports import show_done  # noqa: PLC0415

    with _telling(rules_file, ledger) as context:
        context.rules.one_of(context.rules.targets, environment)
        return show_done(deliver.verify(context, environment))


@release.command()
@click.argument("version")
@env_option
@as_option
@why_option
@rules_option
@ledger_option
@stopping
def approve(
    version: str, environment: str, name: str, why: str, rules_file: Path, ledger: str | None
) -> CommandResult:
    """Let a release into an environment with a gate, in somebody's name and for a reason.

    Who has written or built it may not. The reason is redacted before it is
    recorded, at most 200 characters of it.
    """
    from affidavit_release import decide  # noqa: PLC0415

    return _step(
        rules_file,
        ledger,
        version,
        lambda context, one: decide.approve(context, one, environment, name, why),
    )


@release.command()
@click.argument("version")
@rules_option
@ledger_option
@stopping
def promote(version: str, rules_file: Path, ledger: str | None) -> CommandResult:
    """Deploy a release to the next environment of its way."""
    from affidavit_release import deliver  # noqa: PLC0415
    from affidavit_release.gates import next_environment  # noqa: PLC0415

    def act(context: Any, one: Any) -> Any:
        found = context.pipeline().releases.get(str(one))
        rules = context.rules
        following = next_environment(found, rules) if found is not None else rules.way[0]
        if following in {rules.mirror, ""}:
            return deliver.sync_dr(context, one)
        return deliver.deploy(context, one, following)

    return _step(rules_file, ledger, version, act)


@release.command()
@click.argument("version")
@env_option
@click.option(
    "--share",
    type=click.IntRange(1, 99),
    metavar="PERCENT",
    help="How much of the traffic. Default: what Terraform says.",
)
@click.option("--finish", "ending", flag_value="finish", help="Give it all of the traffic.")
@click.option("--abort", "ending", flag_value="abort", help="Take its share back.")
@rules_option
@ledger_option
@stopping
def canary(
    version: str,
    environment: str,
    share: int | None,
    ending: str | None,
    rules_file: Path,
    ledger: str | None,
) -> CommandResult:
    """Give a release a part of the traffic, and watch the alarms.

    If one is raised, what was live before has all of the traffic again, and the
    version is dead. Exit code 1 if it was refused or taken back.
    """
    from affidavit_release import canary as trial  # noqa: PLC0415

    if ending and share is not None:
        raise click.UsageError("--share goes with neither --finish nor --abort.")

    def act(context: Any, one: Any) -> Any:
        context.rules.one_of(context.rules.way, environment)
        if ending is None:
            return trial.shift(context, one, environment, share)
        return {"finish": trial.finish, "abort": trial.abort}[ending](context, one, environment)

    return _step(rules_file, ledger, version, act)


@release.command()
@click.argument("version")
@as_option
@why_option
@rules_option
@ledger_option
@stopping
def reject(
    version: str, name: str, why: str, rules_file: Path, ledger: str | None
) -> CommandResult:
    """End a release, in somebody's name and for a reason. It cannot be taken back."""
    from affidavit_release import decide  # noqa: PLC0415
    from affidavit_release.canary import withdraw  # noqa: PLC0415

    def act(context: Any, one: Any) -> Any:
        done = decide.reject(context, one, name, why)
        withdraw(context, one)
        return done

    return _step(rules_file, ledger, version, act)


@release.command("sync-dr")
@click.argument("version")
@rules_option
@ledger_option
@stopping
def sync_dr(version: str, rules_file: Path, ledger: str | None) -> CommandResult:
    """Bring what is live at the end of the way into its mirror: the same bytes, and a mark."""
    from affidavit_release import deliver  # noqa: PLC0415

    return _step(rules_file, ledger, version, deliver.sync_dr)


@release.command()
@click.option("--keep", type=FOLDER, help="Leave the files there; it must not exist yet.")
@click.option(
    "--on",
    type=click.Choice(["local", "folders"]),
    default="local",
    show_default=True,
    help="Functions of a local cloud, or folders.",
)
def demo(keep: Path | None, on: str) -> CommandResult:
    """Show three releases: one dies in QA, one is rejected in UAT, one goes live."""
    from affidavit_release.demo import run_demo  # noqa: PLC0415

    return run_demo(keep, on)


def _step(
    rules_file: Path, ledger: str | None, version: str, act: Callable[[Any, Any], Any]
) -> CommandResult:
    from affidavit_release.release_reports import show_done  # noqa: PLC0415
    from affidavit_release.versions import read_version  # noqa: PLC0415

    one = read_version(version)
    with _telling(rules_file, ledger) as context:
        shown: CommandResult = show_done(act(context, one))
        return shown


@contextmanager
def _telling(rules_file: Path, ledger: str | None) -> Iterator[Any]:
    """Open the line for a command; whatever it comes to, people hear of what is on record."""
    from affidavit_release.announce import announce  # noqa: PLC0415
    from affidavit_release.release_context import open_release_context  # noqa: PLC0415

    context = open_release_context(rules_file, ledger)
    try:
        yield context
    finally:
        for unsent in announce(context):
            click.echo(str(unsent), err=True)
