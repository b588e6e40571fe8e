"""`affidavit redact`: what would the engine make of this?"""

from __future__ import annotations

import sys
import time

import click

from affidavit.clock import iso_utc
from affidavit.load_policy import load_policy
from affidavit.policy import Exit
from affidavit.redact import Redactor
from affidavit.validate import InvalidDataError, parse_json, write_json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON lines in, as many JSON lines out.")
@click.option(
    "--policy",
    default="baseline",
    show_default=True,
    help="Name of a policy, or path of a compiled one.",
)
@click.option(
    "--exit",
    "exit_name",
    type=click.Choice([item.value for item in Exit]),
    default=Exit.LOG.value,
    show_default=True,
    help="Where the text would go; some exits let less pass.",
)
def redact(as_json: bool, policy: str, exit_name: str) -> int:
    """Redact stdin to stdout, as handlers' logs are redacted.

    Without a ledger there is no key for tokens: what would become a token is
    replaced here. A line that is not JSON (with --json) becomes a JSON string
    of its redacted text, and the exit code is 1.
    """
    today = iso_utc(time.time_ns() // 1_000_000)[:10]
    redactor = Redactor(load_policy(policy).redaction, today=today)
    leave = Exit(exit_name)
    not_json = 0
    for raw in sys.stdin.buffer:
        line = raw.rstrip(b"\r\n")
        if not as_json:
            click.echo(redactor.text(line.decode("utf-8", "replace"), leave))
            continue
        value: object
        try:
            value = parse_json(line)
        except InvalidDataError:
            not_json += 1
            value = line.decode("utf-8", "replace")
        click.echo(write_json(redactor.clean(value, leave).value))
    if not_json:
        click.echo(f"{not_json} line(s) were not JSON", err=True)
    return 1 if not_json else 0
