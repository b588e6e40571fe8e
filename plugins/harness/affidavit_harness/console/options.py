"""Options that several commands have, and what their exit codes mean."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click

from affidavit_harness.open_context import STATE
from affidavit_harness.protocol import RunReport, RunVerdict

PASSED, FAILED, USAGE, ERROR, DENIED, NOTHING, LEAKED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130

MEANINGS: Final = {
    PASSED: "every scenario passed",
    FAILED: "a scenario failed",
    USAGE: "the command was not used rightly, or a scenario is not valid",
    ERROR: "the harness, AWS or the time did not allow a verdict",
    DENIED: "credentials or rights are missing",
    NOTHING: "nothing was selected, or there is no state machine",
    LEAKED: "everything passed, but test data was left behind",
    INTERRUPTED: "interrupted; what was written was cleaned up",
}
"""Exit codes of `affidavit scenario run`. The worst wins: 130, 4, 5, 3, 1, 6."""

_DENIALS: Final = (
    "AccessDenied",
    "ExpiredToken",
    "InvalidClientTokenId",
    "NoCredentialsError",
    "PartialCredentialsError",
    "UnrecognizedClient",
)


class _ScenarioPath(click.ParamType):  # type: ignore[type-arg]
    """A file or folder, or `s3://bucket/prefix`, which is fetched first."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return where it is on this machine."""
        if isinstance(value, Path) or not str(value).startswith(SCHEME):
            return Path(value)
        from affidavit_harness.console.from_s3 import fetch  # noqa: PLC0415 - heavy

        try:
            return fetch(str(value), STATE / "from-s3")
        except ValueError as error:
            self.fail(str(error), param, ctx)


SCHEME: Final = "s3://"
SCENARIOS = _ScenarioPath()

_MISSING: Final = ("StateMachineDoesNotExist",)

state_option = click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    default=STATE,
    show_default=True,
    help="Folder with what is known of runs, and with the way back of those that were killed.",
)
env_option = click.option(
    "--env", default="local", show_default=True, help="Environment of harness.yaml."
)
config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file that says where things are. Default: the nearest harness.yaml.",
)


def exit_code(reports: Iterable[RunReport], *, stopped: bool = False) -> int:
    """Return the worst of all verdicts as an exit code."""
    told = list(reports)
    if stopped:
        return INTERRUPTED
    if any(_denied(report) for report in told):
        return DENIED
    if any(report.error is not None and report.error.name in _MISSING for report in told):
        return NOTHING
    verdicts = {report.verdict for report in told}
    if RunVerdict.ERROR in verdicts:
        return ERROR
    if RunVerdict.FAILED in verdicts:
        return FAILED
    return LEAKED if any(report.leaked for report in told) else PASSED


def _denied(report: RunReport) -> bool:
    error = report.error
    return error is not None and any(word in f"{error.name} {error.why}" for word in _DENIALS)
