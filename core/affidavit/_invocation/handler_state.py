"""The kernel's side of a handler that runs: what it may use, and what it has done."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from affidavit._invocation.window import Window
from affidavit._offrecord.observation import Observation
from affidavit._policy.words import Literals, Sink
from affidavit._records.accesses import Change, Read
from affidavit._records.attest import Declaration
from affidavit._records.tokens import Tokens
from affidavit._redact import Redactor
from affidavit._sources.source import AnySource, Permit
from affidavit._telemetry.emf import Metrics
from affidavit._telemetry.log import Logger
from affidavit._telemetry.notices import PendingNotice
from affidavit._telemetry.tracing import SafeSpan
from affidavit._types import Token

_REFERENCE: Final = re.compile(r"[A-Za-z0-9](?=.*[0-9])[A-Za-z0-9+/=_.:;-]{7,127}")
"""Ids of requests as servers write them, UUIDs among them. Anything else is a token."""


@dataclass(slots=True, kw_only=True, repr=False, eq=False)
class HandlerState:
    """What the kernel keeps while a handler runs: what it may use, what it has done."""

    request_id: str
    attempt: str
    function: str
    actor: Token | None
    remaining_s: Callable[[], float]
    sources: Mapping[str, AnySource]
    literals: Literals
    declaration: Declaration
    metrics: Metrics
    log: Logger
    tokens: Tokens
    salt: str
    span: SafeSpan
    redactor: Redactor
    off_record: Observation
    window: Window | None = None
    reads: list[Read] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notices: list[PendingNotice] = field(default_factory=list)
    pid: int = field(default_factory=os.getpid)

    def permit(self, refer: Callable[[str], object]) -> Permit:
        """Return leave to read now, for as long as the invocation may last."""
        left, who = self.remaining_s(), self.actor
        return Permit(left, self.request_id, self.function, who, self.pid, refer)

    def reference(self, told: list[str]) -> str:
        """Return the other side's id of a request as a record may hold it, or its token."""
        text = told[-1] if told else ""
        if not text:
            return ""
        if _REFERENCE.fullmatch(text) and self.redactor.text(text, Sink.LOG) == text:
            return text
        return self.tokens.token("reference", text)
