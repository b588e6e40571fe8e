"""SQS: what the provider compares letter by letter."""

from __future__ import annotations

import json
from typing import Any


def tell_redrive_policies_as_sent() -> None:
    """Answer a redrive policy without blanks, as AWS does; the provider compares the text."""
    from moto.sqs.models import Queue  # noqa: PLC0415 - heavy

    attributes = Queue.attributes.fget

    def told(self: Any) -> Any:
        found = attributes(self)
        if found.get("RedrivePolicy"):
            policy = json.loads(found["RedrivePolicy"])
            found["RedrivePolicy"] = json.dumps(policy, separators=(",", ":"), sort_keys=True)
        return found

    Queue.attributes = property(told)
