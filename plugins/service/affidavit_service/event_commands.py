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
