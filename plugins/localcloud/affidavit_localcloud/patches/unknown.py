"""Actions that moto does not have."""

from __future__ import annotations

import json
from typing import Any


def refuse_unknown_actions_at_once() -> None:
    """Answer 501 where moto answers 500.

    Terraform's provider tries a 500 again 25 times, with growing waits: a plan
    that needs a missing action would look as if it hung, for ten minutes. A 501
    is not tried again.
    """
    from moto.core.responses import BaseResponse  # noqa: PLC0415 - heavy

    call_action = BaseResponse.call_action

    def call(self: Any) -> Any:
        try:
            return call_action(self)
        except NotImplementedError as error:
            headers = {
                "status": 501,
                "x-amzn-errortype": "NotImplemented",
                "content-type": "application/x-amz-json-1.0",
            }
            body = json.dumps({"__type": "NotImplemented", "message": str(error)})
            return 501, headers, body

    BaseResponse.call_action = call
