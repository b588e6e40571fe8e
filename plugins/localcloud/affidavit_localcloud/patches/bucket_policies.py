"""S3: statements of a bucket's policy that moto cannot weigh are kept and left out."""

from __future__ import annotations

import json
from typing import Any


def leave_conditions_of_bucket_policies_out() -> None:
    """Weigh only statements without `Condition` and `NotResource`.

    moto takes a condition that it does not know for a refusal, so a bucket that
    refuses requests without TLS refuses everything.
    """
    from moto.iam.access_control import IAMPolicy, PermissionResult  # noqa: PLC0415 - heavy
    from moto.s3.models import FakeBucket  # noqa: PLC0415 - heavy

    def get_permission(self: Any, action: str, resource: str) -> Any:
        told = json.loads(self.policy.decode()) if self.policy is not None else {"Statement": []}
        listed = told["Statement"] if isinstance(told["Statement"], list) else [told["Statement"]]
        plain = [one for one in listed if "Condition" not in one and "NotResource" not in one]
        if not plain:
            return PermissionResult.NEUTRAL
        policy = IAMPolicy(json.dumps({**told, "Statement": plain}))
        return policy.is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission
