"""The kernel's side of a handler that runs: what it may use, and what it has done."""

from __future__ import annotations

import re
from typing import Final

from affidavit._invocation.start import Invocation
from affidavit._offrecord.observation import Observation
from affidavit._policy.words import Sink
from affidavit._records.attest import Declaration
from affidavit._sources.source import Permit

_REFERENCE: Final = re.compile(r"[A-Za-z0-9](?=.*[0-9])[A-Za-z0-9+/=_.:;-]{7,127}")
"""Ids of requests as servers write them, UUIDs among them. Anything else is a token."""


class HandlerState:
    """What the kernel keeps while a handler runs: its invocation, and the opening record."""

    __slots__ = ("_pid", "declaration", "invocation", "runtime")

    def __init__(
        self, invocation: Invocation, declaration: Declaration, observation: Observation
    ) -> None:
        self.invocation = invocation
        self.runtime = invocation.runtime
        self.declaration = declaration
        self._pid = observation.pid

    def permit(self, told: list[str]) -> Permit:
        """Return leave to read now, for as long as the invocation may last.

        `told` takes the ids under which the other side has logged what it is asked.
        """
        one = self.invocation
        who = one.facts.actor if one.facts is not None else None
        left_s = one.remaining_s()
        return Permit(left_s, one.request_id, one.function, who, self._pid, told.append)

    def reference(self, told: list[str]) -> str:
        """Return the other side's id of a request as a record may hold it, or its token."""
        text, runtime = told[-1] if told else "", self.runtime
        if not text:
            return ""
        if _REFERENCE.fullmatch(text) and runtime.redactor.text(text, Sink.LOG) == text:
            return text
        return runtime.tokens().token("reference", text)
