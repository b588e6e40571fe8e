"""How a request proves who sends it: AWS's Signature Version 4, and OAuth2 client credentials."""

from __future__ import annotations

import base64
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from affidavit.plugin import ActionContext, ActionError, ActionParams, ActionResult
from affidavit_harness.actions.guard import check_url
from affidavit_harness.actions.http_body import told_of, urlencoded
from affidavit_harness.actions.http_client import HttpMessage, send


class SigV4(BaseModel):
    """For which service and region a request is signed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str = "execute-api"
    region: Annotated[str | None, Field(description="That of the run if unset.")] = None


class TokenAsk(ActionParams):
    """Where to ask, and as whom (RFC 6749, section 4.4)."""

    url: Annotated[str, Field(json_schema_extra={"format": "uri"})]
    client_id: str
    client_secret: str
    scope: str | None = None
    audience: str | None = None
    send_in: Annotated[
        Literal["header", "body"], Field(description="Where the client's name and secret stand.")
    ] = "header"


def signed(
    wanted: SigV4, method: str, url: str, headers: dict[str, str], body: bytes | None
) -> dict[str, str]:
    """Return the headers with a signature, as botocore makes it.

    Raises:
        ActionError: There are no credentials, or no region.

    """
    import boto3  # noqa: PLC0415 - heavy
    from botocore.auth import SigV4Auth  # noqa: PLC0415 - heavy
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415 - heavy

    session = boto3.session.Session()
    held, region = session.get_credentials(), wanted.region or session.region_name
    if held is None or region is None:
        raise ActionError(
            "Harness.Credentials",
            "the request cannot be signed",
            why="there are no credentials of AWS here, or no region",
            fix="Set sigv4.region, and run where there is a role",
        )
    asked = AWSRequest(method=method, url=url, headers=dict(headers), data=body)
    SigV4Auth(held.get_frozen_credentials(), wanted.service, region).add_auth(asked)
    return {str(name): str(text) for name, text in asked.headers.items()}


def token(params: TokenAsk, context: ActionContext) -> ActionResult:
    """Ask for a token; return `access_token`, `token_type`, `expires_in` and `scope`."""
    form = {"grant_type": "client_credentials", "scope": params.scope, "audience": params.audience}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if params.send_in == "body":
        form |= {"client_id": params.client_id, "client_secret": params.client_secret}
    else:
        pair = f"{quote(params.client_id, safe='')}:{quote(params.client_secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    target = check_url(params.url, context.hosts, context.resolve, loopback=context.loopback)
    message = HttpMessage("POST", headers, urlencoded(form).encode())
    answer = send(target, message, context.left_s())
    body = told_of(answer.data, answer.header("content-type") or "")["body"]
    if answer.status != 200 or not isinstance(body, dict) or "access_token" not in body:  # noqa: PLR2004 - RFC 6749
        raise ActionError(
            "OAuth2.Refused",
            "there is no token",
            why=f"the server answered {answer.status}",
            fix="Check the client, its secret, and what it may ask for",
        )
    return {name: body.get(name) for name in ("access_token", "token_type", "expires_in", "scope")}
