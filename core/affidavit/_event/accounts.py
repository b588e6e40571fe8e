"""Cognito: triggers of a user pool, and the sync trigger of an identity pool."""

from __future__ import annotations

from typing import Any, Final

from affidavit._event.event_source import Delivery, EventSource, claim, has
from affidavit._policy.words import Trust
from affidavit._types import Event
from affidavit._untrusted import mapping, text

_SIGNED_IN: Final = ("PostAuthentication_", "PostConfirmation_", "TokenGeneration_")
"""Triggers that run once the pool has checked who the user is."""


def _user_pool(event: Event, _: Any) -> Delivery:
    name, trigger = text(event.get("userName")), text(event.get("triggerSource"))
    known = trigger.startswith(_SIGNED_IN)
    return Delivery(
        service=f"{text(event.get('region'))}/{text(event.get('userPoolId'))}",
        # Before that the name is only the one that somebody has typed.
        cause="" if known else name,
        claim=claim(Trust.AUTHORIZER, name, "userName") if known else None,
    )


def _of_challenge(answer: Any) -> int:
    """A challenge that was answered wrongly, or a sign-in that is given up."""
    said = mapping(mapping(answer).get("response"))
    refuses = said.get("failAuthentication") is True or said.get("answerCorrect") is False
    return 401 if refuses else 200


def _sync(event: Event, _: Any) -> Delivery:
    return Delivery(service=text(event.get("identityPoolId")), cause=text(event.get("identityId")))


USER_POOL = EventSource(
    "cognito",
    _user_pool,
    markers=("triggerSource",),
    recognise=has("userPoolId"),
    code=_of_challenge,
)
SYNC = EventSource("cognito", _sync, markers=("identityPoolId",), recognise=has("datasetName"))
