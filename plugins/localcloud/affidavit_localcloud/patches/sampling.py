"""X-Ray: sampling rules. They are kept, not obeyed."""

from __future__ import annotations

import json
import time
from typing import Any


def keep_sampling_rules() -> None:
    """Add the five actions that Terraform needs for a rule."""
    from moto.xray import urls  # noqa: PLC0415 - heavy
    from moto.xray.responses import XRayResponse  # noqa: PLC0415 - heavy

    for path, action in {
        "CreateSamplingRule": create_sampling_rule,
        "GetSamplingRules": get_sampling_rules,
        "UpdateSamplingRule": update_sampling_rule,
        "DeleteSamplingRule": delete_sampling_rule,
        "ListTagsForResource": list_tags_for_resource,
    }.items():
        setattr(XRayResponse, action.__name__, action)
        urls.url_paths[f"{{0}}/{path}$"] = XRayResponse.dispatch


def create_sampling_rule(self: Any) -> str:
    """Keep a rule."""
    rule = dict(self.request_params["SamplingRule"])
    name = rule["RuleName"]
    rule["RuleARN"] = f"arn:aws:xray:{self.region}:{self.current_account}:sampling-rule/{name}"
    _kept(self)[name] = {"rule": rule, "at": time.time(), "tags": self._get_param("Tags") or []}
    return json.dumps({"SamplingRuleRecord": _record(_kept(self)[name])})


def get_sampling_rules(self: Any) -> str:
    """List the rules."""
    return json.dumps({"SamplingRuleRecords": [_record(one) for one in _kept(self).values()]})


def update_sampling_rule(self: Any) -> str:
    """Change a rule."""
    change = self.request_params["SamplingRuleUpdate"]
    kept = _kept(self)[_name(change)]
    kept["rule"].update(change)
    return json.dumps({"SamplingRuleRecord": _record(kept)})


def delete_sampling_rule(self: Any) -> str:
    """Forget a rule."""
    return json.dumps({"SamplingRuleRecord": _record(_kept(self).pop(_name(self.request_params)))})


def list_tags_for_resource(self: Any) -> str:
    """Tell a rule's tags."""
    name = str(self._get_param("ResourceARN")).rpartition("/")[2]
    return json.dumps({"Tags": _kept(self).get(name, {}).get("tags", [])})


def _name(told: dict[str, Any]) -> str:
    return str(told.get("RuleName") or str(told.get("RuleARN")).rpartition("/")[2])


def _record(kept: dict[str, Any]) -> dict[str, Any]:
    return {"SamplingRule": kept["rule"], "CreatedAt": kept["at"], "ModifiedAt": kept["at"]}


def _kept(self: Any) -> dict[str, Any]:
    kept: dict[str, Any] = self.xray_backend.__dict__.setdefault("affidavit_rules", {})
    return kept
