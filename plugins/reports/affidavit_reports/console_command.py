"""`affidavit console`: look at evidence in a browser, on this machine, read-only."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import click
import uvicorn

from affidavit import SettingsError
from affidavit.plugin import CommandResult, Plugins
from affidavit_ledger.session import archive_option, begin, ledger_option, record_reading
from affidavit_ledger.signing import read_public_key
from affidavit_reports.ask import named
from affidavit_reports.console.command_tables import ask_command
from affidavit_reports.console.pages import AskCommand, Console
from affidavit_reports.console.state import Evidences
from affidavit_reports.evidence_options import FILE, FOLDER, key_option, lake_option
from affidavit_reports.names import read_names


@click.command()
@archive_option
@key_option
@lake_option
@click.option("--names", type=FILE, help="People to show by name, as CSV. Needs --ledger.")
@click.option("--tenant", default="", help="Default: AFFIDAVIT_TENANT.")
@click.option(
    "--state", type=FOLDER, help="Where scenario runs are known. Default: .affidavit-harness."
)
@click.option("--rules", type=FILE, help="The release policy. Default: release.toml.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port on 127.0.0.1. Default: a free one.",
)
@ledger_option
def console(
    archive: str | None,
    public_key: Path,
    lake: Path | None,
    names: Path | None,
    tenant: str,
    state: Path | None,
    rules: Path | None,
    port: int,
    ledger: str | None,
) -> CommandResult:
    """Look at evidence in a browser, on this machine, read-only.

    It shows searches, records, proofs, verification, policies, scenario runs and
    releases. The server listens on 127.0.0.1 only. The address that it prints
    opens it once; Ctrl-C ends it.
    """
    session = begin(archive=archive, ledger=ledger, tenant=tenant)
    opened = session.ledger() if ledger else None
    known = read_names(names) if names else {}
    evidences = Evidences(
        archive=session.archive()[0],
        verifier=read_public_key(public_key),
        lake=lake,
        ledger=opened,
        tenant=session.settings.tenant,
        names=named(known, opened, [session.settings.tenant]),
    )

    def looked(what: str) -> None:
        if opened is not None:
            record_reading(session, opened, f"LEDGER_CONSOLE_{what.upper()}")

    ask = _asking(session.plugins, state, rules, ledger)
    _serve(Console(evidences, looked, ask), port)
    return CommandResult(data={"ended": True}, text="The console has ended.")


def _asking(
    plugins: Plugins, state: Path | None, rules: Path | None, ledger: str | None
) -> AskCommand:
    """Return what asks other commands, each with the options that are its own."""
    options = {
        "scenario": ("--state", str(state)) if state else (),
        "release": (
            *(("--rules", str(rules)) if rules else ()),
            *(("--ledger", ledger) if ledger else ()),
        ),
    }
    return lambda title, words: ask_command(plugins, title, words, options[words[0]])


def _serve(application: Console, port: int) -> None:
    with closing(_listen(port)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/open?token={application.token}"
        click.echo(f"The console is open until Ctrl-C. Its address works once:\n{address}")
        server = uvicorn.Server(
            uvicorn.Config(
                application.app(), log_level="warning", access_log=False, server_header=False
            )
        )
        server.run(sockets=[listening])


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(64)
    except OSError as error:
        listening.close()
        failed = type(error).__name__
    else:
        return listening
    raise SettingsError(
        "the console cannot listen",
        why=f"binding port {port} raised {failed}",
        fix="Name another --port, or none for a free one",
    )
