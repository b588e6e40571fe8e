"""CloudWatch Logs: data protection policies and saved queries. They are kept, not applied."""

from __future__ import annotations

import json
from typing import Any

from affidavit.plugin import now_ms
from affidavit_service.times import new_id


def add_log_actions() -> None:
    """Add the six actions. Kept in the backend itself, so that a reset forgets them."""
    from moto.logs.responses import LogsResponse  # noqa: PLC0415 - heavy

    for action in (
        put_data_protection_policy,
        get_data_protection_policy,
        delete_data_protection_policy,
        put_query_definition,
        describe_query_definitions,
        delete_query_definition,
    ):
        setattr(LogsResponse, action.__name__, action)


def put_data_protection_policy(self: Any) -> str:
    """Keep a policy."""
    group, document = self._get_param("logGroupIdentifier"), self._get_param("policyDocument")
    _kept(self, "data_protection")[group] = document
    told = {
        "logGroupIdentifier": group,
        "policyDocument": document,
        "lastUpdatedTime": now_ms(),
    }
    return json.dumps(told)


def get_data_protection_policy(self: Any) -> str:
    """Tell a policy; a group without one has no `policyDocument`."""
    group = self._get_param("logGroupIdentifier")
    told = {"logGroupIdentifier": group}
    kept = _kept(self, "data_protection")
    if group in kept:
        told["policyDocument"] = kept[group]
    return json.dumps(told)


def delete_data_protection_policy(self: Any) -> str:
    """Forget a policy."""
    _kept(self, "data_protection").pop(self._get_param("logGroupIdentifier"), None)
    return "{}"


def put_query_definition(self: Any) -> str:
    """Keep a saved query."""
    name = self._get_param("queryDefinitionId") or new_id()
    fields = ("name", "queryString", "logGroupNames", "queryLanguage")
    found = {field: self._get_param(field) for field in fields}
    _kept(self, "queries")[name] = {k: v for k, v in found.items() if v}
    return json.dumps({"queryDefinitionId": name})


def describe_query_definitions(self: Any) -> str:
    """List saved queries by the beginning of their name."""
    prefix = self._get_param("queryDefinitionNamePrefix") or ""
    found = [
        {"queryDefinitionId": name, **query}
        for name, query in _kept(self, "queries").items()
        if query["name"].startswith(prefix)
    ]
    return json.dumps({"queryDefinitions": found})


def delete_query_definition(self: Any) -> str:
    """Forget a saved query."""
    gone = _kept(self, "queries").pop(self._get_param("queryDefinitionId"), None)
    return json.dumps({"success": gone is not None})


def _kept(self: Any, what: str) -> dict[str, Any]:
    kept: dict[str, Any] = self.logs_backend.__dict__.setdefault(f"affidavit_{what}", {})
    return kept
