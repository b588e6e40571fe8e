"""`affidavit redact`: what would the engine make of this?"""

from __future__ import annotations

import sys

import click

from affidavit.plugin import (
    CommandResult,
    InvalidDataError,
    Json,
    Redactor,
    Sink,
    iso_utc,
    load_policy,
    now_ms,
    parse_json,
    write_json,
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON lines in, as many JSON lines out.")
@click.option(
    "--policy",
    default="baseline",
    show_default=True,
    help="Name of a policy, or path of a compiled one.",
)
@click.option(
    "--sink",
    "sink_name",
    type=click.Choice([item.value for item in Sink]),
    default=Sink.LOG.value,
    show_default=True,
    help="Where the text would go; some sinks let less pass.",
)
def redact(as_json: bool, policy: str, sink_name: str) -> CommandResult | int:
    """Redact stdin to stdout, as handlers' logs are redacted.

    Without a ledger there is no key for tokens: what would become a token is
    replaced here. A line that is not JSON (with --json) becomes a JSON string
    of its redacted text, and the exit code is 1. With --output json the lines
    come as one JSON list, once stdin has ended.
    """
    today = iso_utc(now_ms())[:10]
    filtered = _Filter(Redactor(load_policy(policy).redaction, today=today), Sink(sink_name))
    act = filtered.json_line if as_json else filtered.text_line
    lines = (act(raw.rstrip(b"\r\n")) for raw in sys.stdin.buffer)
    whole = click.get_current_context().params.get("output") == "json"
    found: list[Json] = []
    for line in lines:
        if whole:
            found.append(line)
        else:
            click.echo(write_json(line) if as_json else line)
    if filtered.not_json:
        click.echo(f"{filtered.not_json} line(s) were not JSON", err=True)
    code = 1 if filtered.not_json else 0
    return CommandResult(data=found, exit_code=code) if whole else code


class _Filter:
    """Redacts line by line, and counts lines that are not what they were said to be."""

    def __init__(self, redactor: Redactor, leave: Sink) -> None:
        self._redactor = redactor
        self._leave = leave
        self.not_json = 0

    def text_line(self, line: bytes) -> Json:
        """Redact a line of text."""
        return self._redactor.text(line.decode("utf-8", "replace"), self._leave)

    def json_line(self, line: bytes) -> Json:
        """Redact a line of JSON; what is none becomes its redacted text."""
        value: object
        try:
            value = parse_json(line)
        except InvalidDataError:
            self.not_json += 1
            value = line.decode("utf-8", "replace")
        return self._redactor.clean(value, self._leave).value
