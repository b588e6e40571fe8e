"""Hold one observed delivery against one promise. Each raises, or says nothing.

A judge knows what went in, what came out, and what the ledger held then. It
does not know how the handler is made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from affidavit.plugin import Declare, Policy
from affidavit_testing.broken import BrokenPromiseError
from affidavit_testing.canaries import IDENTITY, PRIVATE, CanaryToken, sightings
from affidavit_testing.in_process import Observed
from affidavit_testing.samples import amounts_to
from affidavit_testing.service_payloads import given_back
from affidavit_testing.under_test import HandlerUnderTest

_SUMMARY: Final = '"event":"invocation.completed"'
"""In the library's own line, which shows what was received if the policy wants it."""


def on_record(seen: Observed, subject: HandlerUnderTest) -> None:
    """Exactly the records that the policy asks for, of one attempt."""
    phases = [record.phase for record in seen.records]
    declared = subject.policy.declare is not Declare.NONE
    allowed = [["D"]] + ([["I", "O"]] if declared else [])
    if subject.each:
        _each_on_record(seen, allowed)
        return
    if phases not in allowed:
        told = "no record at all" if not phases else f"records {', '.join(phases)}"
        raise BrokenPromiseError(
            "always_on_record",
            f"the ledger holds {told} of this delivery; the policy asks for "
            + " or ".join(", ".join(one) for one in allowed),
            event=seen.event,
            seen=_ending(seen),
        )
    if len({record.attempt for record in seen.records}) != 1:
        raise BrokenPromiseError(
            "always_on_record", "its records belong to different attempts", event=seen.event
        )


def _each_on_record(seen: Observed, allowed: list[list[str]]) -> None:
    attempts: dict[str, list[str]] = {}
    for record in seen.records:
        attempts.setdefault(record.attempt, []).append(record.phase)
    wrong = [phases for phases in attempts.values() if phases not in allowed]
    if not attempts or wrong:
        what = f"an attempt left {', '.join(wrong[0])}" if wrong else "there is no record at all"
        raise BrokenPromiseError("always_on_record", what, event=seen.event)


def tells_the_truth(seen: Observed, subject: HandlerUnderTest) -> None:
    """The closing record says what the caller was told."""
    if subject.each or not seen.closing:
        return
    closing = seen.closing[-1]
    told = told_code(seen)
    if told is None:
        wrong = (closing.code >= 400) != (seen.error is not None) and closing.code != 404  # noqa: PLR2004
        if wrong and seen.error is None:
            # An authorizer says no by an answer, and a batch names what failed in one.
            wrong = closing.code != amounts_to(seen.event, seen.answer)
    else:
        wrong = told != closing.code
    if wrong:
        raise BrokenPromiseError(
            "the_record_tells_the_truth",
            f"the record says {closing.status} {closing.code}, the caller was told {_ending(seen)}",
            event=seen.event,
        )
    trust = closing.document.get("actor", {}).get("auth")
    if closing.status == "ok" and trust not in {one.value for one in subject.policy.actor.trust}:
        raise BrokenPromiseError(
            "the_record_tells_the_truth",
            f"it answered an actor who is {trust}, whom {subject.policy.name} does not believe",
            event=seen.event,
        )


def told_code(seen: Observed) -> int | None:
    """Return the HTTP status that the caller was told; None if there is no HTTP."""
    http = isinstance(seen.event, Mapping) and isinstance(seen.event.get("requestContext"), Mapping)
    return seen.status if http else None


def evidence_before_answer(
    seen: Observed, subject: HandlerUnderTest, promise: str = "no_answer_without_evidence"
) -> None:
    """Who got an answer can be shown its record: it was there when the answer was."""
    if not seen.succeeded:
        return
    closing = [r for r in seen.records if r.phase in {"O", "D"} and r.status in {"ok", "deny"}]
    if not closing:
        raise BrokenPromiseError(
            promise,
            "it answered, and no closing record was kept by then",
            event=seen.event,
            seen=_ending(seen),
        )
    early = [one for one in seen.asked if not one.declared]
    if early and subject.policy.declare is Declare.BEFORE:
        raise BrokenPromiseError(
            promise,
            f"query {early[0].query} ran before the opening record was kept",
            event=seen.event,
        )


def reaches_nothing(seen: Observed, subject: HandlerUnderTest, why: str) -> None:
    """A request that must be refused is refused, and nothing was asked for it."""
    asked = [one.query for one in seen.asked]
    broken = (
        "the handler's own code ran"
        if seen.ran and subject.audited
        else f"query {asked[0]} was run"
        if asked
        else f"it reached for {seen.effects[0]}"
        if seen.effects
        else "it was answered"
        if seen.succeeded
        else ""
    )
    if broken:
        raise BrokenPromiseError(
            "a_refusal_reaches_nothing",
            f"{broken}, although it must be refused: {why}",
            event=seen.event,
            seen=_ending(seen),
        )


def binds_only(seen: Observed, secrets: Iterable[CanaryToken]) -> None:
    """No statement holds a value of the request."""
    said = [(f"query {one.query}", one.sql) for one in seen.asked]
    said += [(f"what {one.caller} asks {one.name}", one.statement) for one in seen.effects]
    said += [("a statement of a connection that is kept", one) for one in seen.kept_statements]
    for canary in secrets:
        for what, sql in said:
            if canary.text in sql or canary.text.replace("'", "''") in sql:
                raise BrokenPromiseError(
                    "binds_only",
                    f"{what} holds a value of the request as text, not as a bind",
                    event=seen.event,
                    seen=sql,
                )


def no_literals(seen: Observed, policy: Policy) -> None:
    """No statement holds a value of its own, for policies that keep those from sources."""
    for one in seen.asked:
        if one.literals:
            raise BrokenPromiseError(
                "binds_only",
                f"query {one.query} holds {one.literals} literal(s); {policy.name} does not run it",
                event=seen.event,
                seen=one.sql,
            )


def reads_named(seen: Observed) -> None:
    """What reached a source is in the record, and nothing was read elsewhere."""
    if seen.effects:
        raise BrokenPromiseError(
            "each_read_is_named",
            f"the handler reached past its sources: {seen.effects[0]}; no record can name what "
            "it read there",
            event=seen.event,
        )
    if seen.closing and seen.closing[-1].phase == "W":
        return
    ran = sorted((one.source, one.query, one.rows) for one in seen.asked)
    told = sorted((q["s"], q["n"], q["r"]) for r in seen.closing for q in r.document.get("q", []))
    names = [[query for _, query, _ in one] for one in (ran, told)]
    if names[0] != names[1] or len(ran) != len(told):
        raise BrokenPromiseError(
            "each_read_is_named",
            f"queries {', '.join(names[0]) or 'none'} were run, the record names "
            f"{', '.join(names[1]) or 'none'}",
            event=seen.event,
        )


def retention(seen: Observed, policy: Policy) -> None:
    """Every entry expires when the policy says, counted from its own time."""
    keep_s = policy.retention.hot_days * 86_400
    for entry in seen.entries:
        document: Mapping[str, Any] = json.loads(entry.body)
        least = entry.expires_at - keep_s
        at = _seconds(document.get("ts", ""))
        early, late = least < at, least > at + (3 * 7 * 86_400 if document["ph"] == "G" else 1)
        label = document.get("pol")
        if early or late or document.get("exp") != entry.expires_at or label != policy.label:
            days = (entry.expires_at - at) / 86_400
            raise BrokenPromiseError(
                "retention_is_the_policys",
                f"a record under {label} expires after {days:.1f} days; "
                f"{policy.label} says {policy.retention.hot_days}",
                event=seen.event,
            )


def nothing_raw(
    seen: Observed, secrets: Iterable[CanaryToken], rows: Iterable[CanaryToken]
) -> None:
    """No value of the request or of a row is at a sink that is not the answer."""
    everything, promise = [*secrets, *rows], "nothing_raw_gets_out"
    for found in sightings(everything, seen.outside()):
        _leaked(promise, found.canary, found.sink, found.around, seen)
    lines = ("a log or metric line", "\n".join(seen.lines))
    shaped = [canary for canary in everything if canary.shaped]
    for found in sightings(shaped, [lines]):
        _leaked(promise, found.canary, found.sink, found.around, seen)
    declared = [one for one in everything if one.kind == IDENTITY and one.text in lines[1]]
    for found in sightings(declared, [lines]):
        _leaked(promise, found.canary, found.sink, found.around, seen)
    private = [one for one in everything if one.kind == PRIVATE]
    own = "\n".join(line for line in seen.lines if _SUMMARY not in line) if private else ""
    for found in sightings(private, [("a line that the handler logged", own)]):
        _leaked(promise, found.canary, found.sink, found.around, seen)


def answer_free_of(seen: Observed, canaries: Iterable[CanaryToken], promise: str) -> None:
    """None of these stands in the answer, its headers included.

    A user pool wants its event back: what it gets as it sent it is no news to it.
    """
    text = seen.answer_text
    if isinstance(seen.event, Mapping) and {"triggerSource", "userPoolId"} <= seen.event.keys():
        text = replace(seen, answer=given_back(seen.answer, seen.event)).answer_text
    for found in sightings(canaries, [("the answer", text)]):
        _leaked(promise, found.canary, found.sink, found.around, seen)


def _leaked(promise: str, canary: CanaryToken, where: str, around: str, seen: Observed) -> None:
    raise BrokenPromiseError(
        promise,
        f"a {canary.kind} ({canary.text}) got out by {where}",
        event=seen.event,
        seen=around,
    )


def _ending(seen: Observed) -> str:
    if seen.error is not None:
        return f"it raised {type(seen.error).__name__}"
    return f"it answered {seen.status if seen.status is not None else seen.answer_text[:80]}"


def _seconds(at: str) -> int:
    from calendar import timegm  # noqa: PLC0415 - needed here only
    from time import strptime  # noqa: PLC0415

    return timegm(strptime(at[:19], "%Y-%m-%dT%H:%M:%S")) if at else 0
