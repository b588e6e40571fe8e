"""Tell people what a command has done, once it is on record: by chat, by mail, as an event.

What is told follows from the records that this command has written, so nothing is
told that is not on record. A notice is a courtesy: it is tried a few times in
bounded time, and whether it arrives changes neither the line nor the exit code.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from affidavit import AffidavitError
from affidavit.plugin import Clean, Medium, Notice, Redactor, Sink, by_name, iso_utc
from affidavit_release.gates import next_environment
from affidavit_release.line_step import Step, StepKind
from affidavit_release.pipeline_state import PipelineState
from affidavit_release.release_context import ReleaseContext
from affidavit_release.release_events import ReleaseEvent, Told, event_of
from affidavit_release.rules import Recipient

TRIES: Final = 3
PAUSE_S: Final = 0.5
"""Before the second try; twice as long before the third."""
TRY_S: Final = 3.0
WHOLE_S: Final = 12.0
"""How long all notices of one command may take together."""


class Unsent(NamedTuple):
    """A recipient who was not told: its place in the rules, its scheme, and the kind of failure."""

    place: int
    scheme: str
    why: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"notify[{self.place}] ({self.scheme}) was not told: {self.why}"


def announce(context: ReleaseContext) -> list[Unsent]:
    """Tell everybody what this command has recorded. Never raises; returns who was not told."""
    wanted = context.rules.notify
    if not wanted or not context.steps.own:
        return []
    try:
        told = list(told_of(context, context.pipeline()))
        redactor = Redactor(context.policy.redaction, today=iso_utc(context.steps.now_ms())[:10])
        offers = by_name("scheme", context.plugins.collect("affidavit_notifiers"), "scheme")
        sending = [_Delivery(one, _notices(one, told, context, redactor), offers) for one in wanted]
    except AffidavitError as error:
        return [
            Unsent(place, one.url.scheme, type(error).__name__) for place, one in enumerate(wanted)
        ]
    finally:
        context.steps.own.clear()
    return list(_sent(sending, wanted, context.wait))


def told_of(context: ReleaseContext, line: PipelineState) -> Iterator[Told]:
    """Yield what there is to tell of the steps that this command has ended, in their order."""
    own = context.steps.own
    for step in own:
        event = event_of(step)
        if event is ReleaseEvent.LIVE and not _is_new(step, own, line):
            continue
        if event is not None:
            yield Told(event, step, step.environment)
        if step.ok and step.kind in {StepKind.SMOKE, StepKind.UPLOAD}:
            release = line.releases[step.version]
            following = next_environment(release, context.rules)
            role = context.rules.roles.get(following, "")
            if role and release.died is None and not release.approvals.get(following):
                yield Told(ReleaseEvent.WAITING, step, following, role)


def _is_new(step: Step, own: Sequence[Step], line: PipelineState) -> bool:
    """Tell a deployment that has passed from what was live already and was looked at again."""
    done = (StepKind.DEPLOY, step.version, step.environment)
    if any((one.kind, one.version, one.environment) == done and one.ok for one in own):
        return True
    return line.releases[step.version].passed.get(step.environment) == step.at


def _notices(
    one: Recipient, told: list[Told], context: ReleaseContext, redactor: Redactor
) -> list[Notice]:
    return [
        _notice(one, each, redactor.clean(_values(each, context), Sink.LOG))
        for each in told
        if each.event in one.on
        and (one.environments is None or each.environment in one.environments)
    ]


def _notice(one: Recipient, told: Told, values: Clean) -> Notice:
    medium = Medium.MAIL if one.to else Medium.EVENT
    words = f"release-{told.event}"
    name = words if one.to else words.title().replace("-", "")
    action = f"RELEASE_{told.event.name}"
    return Notice(medium, name, one.to, values, told.step.attempt, action)


def _values(told: Told, context: ReleaseContext) -> dict[str, Any]:
    """Return what a notice says. Reasons were redacted before they were recorded."""
    step = told.step
    values = {
        "event": told.event.value,
        "pipeline": context.rules.pipeline,
        "version": step.version,
        "environment": told.environment,
        "reason": step.reason,
        "why": step.why,
        "label": str(step.said.get("label", "")),
        "role": told.role,
    }
    lines = [step.reason, step.why]
    if told.role:
        how = f"affidavit release approve {step.version} --env {told.environment}"
        lines.append(f"It takes the role {told.role}: {how}")
    subject = f"{context.rules.pipeline}: {told.subject}"
    text = "\n".join(filter(None, lines))
    return {**values, "subject": subject, "text": text or subject}


class _Delivery:
    """Sends one recipient's notices in a thread of its own, which may be left alone."""

    def __init__(self, one: Recipient, notices: list[Notice], offers: Mapping[str, Any]) -> None:
        self._one, self._notices, self._offers = one, notices, offers
        self.why = "TimedOut"

    def run(self, wait: Callable[[float], None], until: float) -> None:
        """Send each with its tries; `why` is the last failure then, or empty."""
        scheme = self._one.url.scheme
        if self._notices and scheme not in self._offers:
            self.why = "no available plugin sends there; install affidavit[notify]"
            return
        try:
            notifier = self._offers[scheme].open(self._one.url) if self._notices else None
        except Exception as error:  # noqa: BLE001 - a notifier is a plugin's code
            self.why = type(error).__name__
            return
        failed = [_tried(notifier, notice, wait, until) for notice in self._notices]
        self.why = next((why for why in reversed(failed) if why), "")


def _sent(
    deliveries: Sequence[_Delivery], recipients: Sequence[Recipient], wait: Callable[[float], None]
) -> Iterator[Unsent]:
    """Send to all recipients at once, and wait for them as long as all may take together."""
    until = time.monotonic() + WHOLE_S
    works = [
        threading.Thread(target=one.run, args=(wait, until), daemon=True) for one in deliveries
    ]
    for work in works:
        work.start()
    for work in works:
        work.join(max(0.0, until - time.monotonic()))
    for place, (one, recipient) in enumerate(zip(deliveries, recipients, strict=True)):
        if one.why:
            yield Unsent(place, recipient.url.scheme, one.why)


def _tried(notifier: Any, notice: Notice, wait: Callable[[float], None], until: float) -> str:
    failed = ""
    for turn in range(TRIES):
        left_s = until - time.monotonic()
        if left_s <= 0:
            return failed or "TimedOut"
        if turn:
            wait(min(PAUSE_S * turn, left_s))
        try:
            notifier.send(notice, timeout_s=min(TRY_S, left_s))
        except Exception as error:  # noqa: BLE001 - a notifier is a plugin's code
            failed = type(error).__name__
        else:
            return ""
    return f"{failed}, after {TRIES} tries"
