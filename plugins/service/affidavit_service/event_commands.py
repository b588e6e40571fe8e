"""`affidavit event`: list the event sources, and generate an event of one."""

from __future__ import annotations

import json
from typing import Any

import click

from affidavit.plugin import CommandResult, event_names, event_schema


@click.group()
def event() -> None:
    """Generate events as Lambda hands them over, of every source that is known."""


@event.command("list")
def list_sources() -> CommandResult:
    """List the event sources: their names in records, and whether they carry a payload."""
    from affidavit_service.event_generator import HTTP, takes_body  # noqa: PLC0415 - builders

    rows: list[tuple[str, str, str]] = []
    data: list[Any] = []
    for name in event_names():
        http, payload, title = name in HTTP, takes_body(name), str(event_schema(name)["title"])
        rows.append((name, "an HTTP request" if http else "yes" if payload else "no", title))
        data.append({"source": name, "payload": payload, "http": http, "title": title})
    return CommandResult(data=data, columns=("source", "payload", "what it is"), rows=rows)


@event.command("generate")
@click.argument("source")
@click.option("--body", help="The payload: JSON, text, or @ and a file.")
@click.option("--set", "members", multiple=True, metavar="PATH=VALUE", help="Set a member.")
@click.option("--request", "target", metavar="'METHOD /PATH?QUERY'", help="What HTTP asks for.")
@click.option("--route", default="", help="The route that the path fits: '/items/{id}'.")
def generate_event(
    source: str, body: str | None, members: tuple[str, ...], target: str | None, route: str
) -> CommandResult:
    """Generate an event of SOURCE, with ids that no event had before.

    affidavit event generate apigw.v2 --request 'GET /items/I-1' --route '/items/{id}'
    """
    from affidavit_service.event_generator import HttpParts, generate  # noqa: PLC0415 - builders
    from affidavit_service.event_members import put, read_assignment  # noqa: PLC0415
    from affidavit_service.read_event import read_payload  # noqa: PLC0415

    http = None
    if target is not None or route:
        method, _, path = (target or f"GET {route}").partition(" ")
        http = HttpParts(method.upper(), path.strip() or "/", route)
    made = generate(source, body=None if body is None else read_payload(body), http=http)
    for one in members:
        made = put(made, *read_assignment(one))
    return CommandResult(data=made, text=json.dumps(made, indent=2, ensure_ascii=False))


@event.command("send")
@click.argument("function")
@click.option("--body", help="What it carries: JSON, text, or @ and a file.")
@click.option("--source", help="The event source; that of the function's trigger unless said.")
@click.option("--event", "whole", help="The whole event: JSON, or @ and a file.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=3000,
    show_default=True,
    help="Where affidavit dev listens.",
)
def send_event(
    function: str, body: str | None, source: str | None, whole: str | None, port: int
) -> CommandResult:
    """Start FUNCTION of the running dev server: a queue, a schedule, whatever starts it.

    affidavit event send take --body '{"id": "I-100001"}'

    Exit code 1 if it raised.
    """
    from affidavit_service.read_event import read_event, read_payload  # noqa: PLC0415
    from affidavit_service.send_event import send  # noqa: PLC0415

    said = {
        "function": function,
        "source": source,
        "body": None if body is None else read_payload(body),
        "event": None if whole is None else json.loads(read_event(whole)),
    }
    told = send(port, said)
    text = f"raised {told['error']}" if told["error"] else json.dumps(told["answer"], indent=1)
    note = f"{function} took {told['milliseconds']} ms and left {len(told['records'])} record(s)."
    return CommandResult(data=told, text=text, notes=(note,), exit_code=int(bool(told["error"])))
