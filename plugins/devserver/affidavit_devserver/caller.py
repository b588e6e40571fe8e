"""Who calls: claims from a header, from a token, or from a file. Nothing is checked here."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from affidavit import SettingsError
from affidavit_service.gateway.gateway_events import Passed
from affidavit_service.gateway.http import GatewayRequest

HEADER: Final = "x-affidavit-claims"


def read_claims(path: Path) -> dict[str, Any]:
    """Read the claims of whoever calls without saying so.

    Raises:
        SettingsError: The file holds no object.

    """
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        why = f"reading it raised {type(error).__name__}"
    else:
        if isinstance(told, dict):
            return told
        why = "it is no JSON object"
    raise SettingsError(
        f"{path.name} cannot be used", why=why, fix='Write claims such as {"sub": "ada"} into it'
    )


def passed_by(request: GatewayRequest, claims: Mapping[str, Any] | None) -> Passed | None:
    """Return who passed a route behind an authorizer, or None for nobody."""
    said = _object(request.header(HEADER))
    token = request.header("authorization")
    if said is None and token.lower().startswith("bearer ") and token.count(".") == 2:  # noqa: PLR2004
        said = _object(_decoded(token.split(".")[1]))
    if said is None and claims is not None:
        said = dict(claims)
    if said is None:
        return None
    told = {name: one if isinstance(one, str) else json.dumps(one) for name, one in said.items()}
    return Passed({"jwt": {"claims": told, "scopes": str(said.get("scope", "")).split()}}, {})


def _object(text: str) -> dict[str, Any] | None:
    try:
        told = json.loads(text) if text else None
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _decoded(part: str) -> str:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "replace")
    except ValueError:
        return ""
