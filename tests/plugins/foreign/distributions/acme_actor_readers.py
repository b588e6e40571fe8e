"""A foreign reader of actors: whose badge it was. It would have checked it."""

from collections.abc import Mapping, Sequence
from typing import Any

from affidavit.plugin import ActorReader, Claim, Trust, hookimpl


def _badge(event: Mapping[str, Any]) -> Claim | None:
    badge = event.get("badge")
    return None if badge is None else Claim(Trust.AUTHORIZER, str(badge), "acme-badge")


@hookimpl
def affidavit_actor_readers() -> Sequence[ActorReader]:
    return [ActorReader("acme-badge", ("direct", "acme.camera"), _badge)]
