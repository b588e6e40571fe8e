"""EventBridge: targets that moto's rules do not know."""

from __future__ import annotations

import copy
import json
import time
from typing import Any, Final

from affidavit_localcloud.functions.deliver import deliver
from affidavit_localcloud.functions.later import Later

OURS: Final = frozenset({"lambda", "sns", "states"})


def send_events_to_functions(later: Later) -> None:
    """Send what a rule wants to functions, topics and state machines; the rest is moto's."""
    from moto.events.models import EventTemplateParser, Rule  # noqa: PLC0415 - heavy

    send = Rule.send_to_targets

    def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:  # noqa: FBT001, FBT002
        if not self.event_pattern.matches_event(original_event):
            return
        mine = [target for target in self.targets if target["Arn"].split(":")[2] in OURS]
        rest = copy.copy(self)
        rest.targets = [target for target in self.targets if target not in mine]
        send(rest, original_event, transform_input)
        for target in mine:
            told = target.get("Input")
            if told is None:
                given = target.get("InputTransformer", {}) if transform_input else {}
                event = EventTemplateParser.parse(
                    input_template=given.get("InputTemplate"),
                    input_paths_map=given.get("InputPathsMap", {}),
                    event=original_event,
                )
                told = json.dumps(_as_sent(event))
            deliver(self.account_id, target["Arn"], told, later.take)

    Rule.send_to_targets = send_to_targets


def _as_sent(event: Any) -> Any:
    """Return an event with its time as text; moto keeps it as a number."""
    if not isinstance(event, dict) or not isinstance(event.get("time"), (int, float)):
        return event
    return {**event, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(event["time"]))}
