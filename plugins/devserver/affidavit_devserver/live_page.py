"""The page `/_affidavit`: what happens, live, and a form to send an event."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from affidavit import AffidavitError
from affidavit.plugin import event_names
from affidavit_service.event_generator import generate, takes_body
from affidavit_service.gateway.http import Response, json_response
from affidavit_service.triggers import Trigger

if TYPE_CHECKING:
    from affidavit_devserver.http_front import DevServer

STARTED_BY: Final = {
    "route": "apigw.v2",
    "queue": "sqs",
    "topic": "sns",
    "rule": "eventbridge",
    "table": "dynamodb-stream",
    "stream": "kinesis",
    "bucket": "s3",
    "schedule": "eventbridge",
}
"""The event source that a trigger brings."""


def event_for(triggers: list[Trigger], source: str | None, body: Any) -> Any:
    """Return an event as one of the triggers brings it, or of a source that was named."""
    first = next((one for one in triggers if one.type != "route"), None)
    kind = source or (STARTED_BY[first.type] if first is not None else "direct")
    if first is not None and first.type == "schedule" and source is None:
        made = generate("eventbridge", body={})
        rule = "arn:aws:events:eu-west-1:000000000000:rule/dev"
        return {
            **made,
            "source": "aws.events",
            "detail-type": "Scheduled Event",
            "resources": [rule],
        }
    return generate(kind, body=body)


def send_request(dev: DevServer, body: bytes) -> Response:
    """Answer what the form, or a program, sends: a function, and an event or what it carries."""
    try:
        asked = json.loads(body)
        name = asked["function"]
        function = dev.functions.service.functions[name]
    except (ValueError, KeyError, TypeError):
        return json_response(400, '{"message":"name a function of functions.toml"}')
    try:
        event = asked.get("event")
        if event is None:
            event = event_for(function.triggers, asked.get("source"), asked.get("body"))
    except AffidavitError as error:
        return json_response(400, json.dumps({"message": f"{error.what}: {error.why}"}))
    call, _ = dev.call(name, event, f"event to {name}")
    return json_response(200, json.dumps(call._asdict(), default=str))


def _file(name: str, kind: str) -> Callable[[DevServer], tuple[str, bytes]]:
    def read(_: DevServer) -> tuple[str, bytes]:
        return kind, resources.files(__package__).joinpath("page", name).read_bytes()

    return read


def _service(dev: DevServer) -> tuple[str, bytes]:
    held = dev.functions.service
    said = {
        "service": held.about.name,
        "environment": held.environment,
        "policy": held.about.policy or "baseline",
        "functions": {
            name: [f"{one.type} {getattr(one, 'route', '')}".strip() for one in function.triggers]
            for name, function in held.functions.items()
        },
        "sources": [name for name in event_names() if takes_body(name)],
    }
    return "application/json", json.dumps(said).encode()


PAGE: Final[Mapping[str, Callable[[DevServer], tuple[str, bytes]]]] = {
    "": _file("live.html", "text/html; charset=utf-8"),
    "/live.js": _file("live.js", "text/javascript; charset=utf-8"),
    "/live.css": _file("live.css", "text/css; charset=utf-8"),
    "/service": _service,
}
