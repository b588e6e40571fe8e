"""Athena: what moto lacks of saved queries and workgroups. No SQL is run."""

from __future__ import annotations

from typing import Any


def add_lake_actions() -> None:
    """Add what Terraform removes a saved query, changes a workgroup and reads its tags with."""
    from moto.athena.responses import AthenaResponse  # noqa: PLC0415 - heavy

    AthenaResponse.delete_named_query = delete_named_query
    AthenaResponse.update_work_group = update_work_group
    AthenaResponse.list_tags_for_resource = _telling_none(AthenaResponse.list_tags_for_resource)


def delete_named_query(self: Any) -> str:
    """Forget a saved query."""
    self.athena_backend.named_queries.pop(self._get_param("NamedQueryId"), None)
    return "{}"


def update_work_group(self: Any) -> Any:
    """Change what a workgroup says; updates have names of their own for some of it."""
    group = self.athena_backend.work_groups.get(self._get_param("WorkGroup"))
    if group is None:
        return self.error("WorkGroup is not found", 400)
    group.description = self._get_param("Description") or group.description
    group.state = self._get_param("State") or group.state
    for name, value in (self._get_param("ConfigurationUpdates") or {}).items():
        if name == "RemoveBytesScannedCutoffPerQuery":
            if value:
                group.configuration.pop("BytesScannedCutoffPerQuery", None)
        elif name == "ResultConfigurationUpdates":
            kept = group.configuration.setdefault("ResultConfiguration", {})
            kept.update({key: one for key, one in value.items() if not key.startswith("Remove")})
        else:
            group.configuration[name] = value
    return "{}"


def _telling_none(listed: Any) -> Any:
    """Tell that a workgroup without tags has none; moto says that there is no workgroup."""

    def list_tags_for_resource(self: Any) -> Any:
        arn = self._get_param("ResourceARN")
        known = any(group.arn == arn for group in self.athena_backend.work_groups.values())
        untagged = known and not self.athena_backend.tagger.has_tags(arn)
        return '{"Tags": []}' if untagged else listed(self)

    return list_tags_for_resource
