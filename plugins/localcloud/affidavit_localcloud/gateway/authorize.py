"""Who may pass a route: nobody asked, an IAM signature, a token, or a function that decides.

Signatures and tokens are *not checked cryptographically* here: this cloud has no
secrets. What a token says is taken as it stands, if issuer, audience and times fit.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from affidavit_localcloud.functions.service import Functions, InvokeRequest
from affidavit_localcloud.gateway.integration import FUNCTION
from affidavit_service.gateway.gateway_events import Passed
from affidavit_service.gateway.http import GatewayRequest


class Refused(NamedTuple):
    """Who did not: 401 or 403."""

    status: int

    @property
    def message(self) -> str:
        """Return what the gateway answers."""
        return "Unauthorized" if self.status == 401 else "Forbidden"  # noqa: PLR2004


def by_token(
    request: GatewayRequest, issuer: str, audience: list[str], source: str
) -> Passed | Refused:
    """Take the claims of a JWT, if they fit. Its signature is not checked."""
    name = source.rpartition(".")[2].lower() if source else "authorization"
    token = request.header(name).removeprefix("Bearer ").removeprefix("bearer ").strip()
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - RFC 7515, 3: header, payload, signature
        return Refused(401)
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return Refused(401)
    if not isinstance(claims, dict) or not _fits(claims, issuer, audience):
        return Refused(401)
    scopes = str(claims.get("scope") or "").split() or None
    told = {key: _claim(value) for key, value in claims.items()}
    return Passed({"jwt": {"claims": told, "scopes": scopes}}, {})


def by_signature(request: GatewayRequest, account: str) -> Passed | Refused:
    """Take the access key of a SigV4 header. The signature is not checked."""
    found = re.search(r"Credential=([^/,\s]+)/", request.header("authorization"))
    if found is None:
        return Refused(403)
    key = found.group(1)
    arn = _principal(key, account)
    iam = {
        "accessKey": key,
        "accountId": account,
        "callerId": key,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": arn,
        "userId": key,
    }
    identity = {"accessKey": key, "accountId": account, "caller": key, "user": key, "userArn": arn}
    return Passed({"iam": iam}, identity)


def by_function(
    functions: Functions, uri: str, event: Mapping[str, Any], arn: str
) -> Passed | Refused:
    """Ask a Lambda authorizer: a simple answer, or a policy that allows `arn`."""
    found = FUNCTION.search(uri or "")
    if found is None:
        return Refused(403)
    region, account, name, qualifier = found.groups()
    answer = functions.call(
        InvokeRequest(account, region, name, json.dumps(event).encode(), qualifier or "")
    )
    try:
        told = json.loads(answer.payload)
    except ValueError:
        return Refused(403)
    if answer.error or not isinstance(told, dict):
        return Refused(401 if told.get("errorMessage") == "Unauthorized" else 403)
    context = told.get("context") or {}
    if "isAuthorized" in told:
        return Passed({"lambda": context}, {}) if told["isAuthorized"] is True else Refused(403)
    if not _policy_allows(told.get("policyDocument") or {}, arn):
        return Refused(403)
    return Passed({"lambda": {**context, "principalId": told.get("principalId")}}, {})


def _fits(claims: Mapping[str, Any], issuer: str, audience: list[str]) -> bool:
    now = time.time()
    named = claims.get("aud", claims.get("client_id"))
    given = set(named) if isinstance(named, list) else {named}
    in_time = float(claims.get("exp", 0)) > now and float(claims.get("nbf", 0)) <= now
    for_us = not audience or bool(given & set(audience))  # a pool's authorizer names none
    return in_time and claims.get("iss") == issuer and for_us


def _claim(value: object) -> str:
    """Return a claim as the gateway tells it: everything is text."""
    if isinstance(value, list):
        return "[" + " ".join(map(str, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _principal(key: str, account: str) -> str:
    from moto.sts.models import sts_backends  # noqa: PLC0415 - heavy

    role = sts_backends[account]["aws"].get_assumed_role_from_access_key(key)
    return str(role.arn) if role is not None else f"arn:aws:iam::{account}:user/local"


def _policy_allows(document: Mapping[str, Any], arn: str) -> bool:
    import fnmatch  # noqa: PLC0415 - beside its use

    allowed = False
    for statement in document.get("Statement") or ():
        resources = statement.get("Resource")
        listed = [resources] if isinstance(resources, str) else list(resources or ())
        if any(fnmatch.fnmatchcase(arn, resource) for resource in listed):
            if statement.get("Effect") == "Deny":
                return False
            allowed = True
    return allowed
