"""What an event source is: how its events are recognised, named, opened and answered.

Plugins offer sources of their own in the same form; see the hook
`affidavit_event_sources`. Source of every field name in this folder: the
developer guide of the service, which the event's schema names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, unique
from typing import Any, Final, NamedTuple

from affidavit._policy.words import Trust
from affidavit._types import Event, Json
from affidavit._untrusted import is_object, mapping, text


@unique
class Report(Enum):
    """How a source hears which records have to come again.

    >>> [one.name for one in Report]
    ['EACH', 'FIRST', 'ASKED', 'RAISE', 'ANSWER']
    """

    EACH = "each"
    """By the ids of those that failed; the others are done."""

    FIRST = "first"
    """By the id of the first one that failed: everything from there on comes again."""

    ASKED = "asked"
    """As `EACH` if the handler says that its mapping takes such a list; else as `RAISE`."""

    RAISE = "raise"
    """It cannot be told; an exception makes the whole event come again."""

    ANSWER = "answer"
    """Each record has an answer of its own, good or bad: see `EventSource.reply`."""


class Claim(NamedTuple):
    """One name and how it is known. The name is raw: it goes into a token only.

    `member` is where the platform says it, e.g. `authorizer.claims.sub`; a record
    repeats that. Empty where no member says it.

    >>> Claim(Trust.ASSERTED, "ada", "body.user").member
    'body.user'
    """

    trust: Trust
    name: str
    member: str = ""


class Delivery(NamedTuple):
    """One record, as its source describes it. Empty is what the source does not say.

    `event` is the same for every delivery of the record and is only hashed;
    `label` may be shown; `item` is what the source calls it in a partial
    answer, as text or as an object. `service` is the ARN or name of the machine
    that delivers, `cause` the principal who made it do so, `address` where that
    principal was.
    Records of one `group` have an order. `claim` is a person whom the platform
    itself has checked, and comes before the service.

    >>> Delivery(event="e-1", label="orders").service
    ''
    """

    event: str = ""
    label: str = ""
    item: str | dict[str, Json] = ""
    service: str = ""
    cause: str = ""
    address: str = ""
    group: str = ""
    claim: Claim | None = None


class ItemAnswer(NamedTuple):
    """What came of one record: what the handler returned, or that it failed.

    >>> ItemAnswer("message-1", failed=True).value
    """

    item: str | dict[str, Json]
    value: Any = None
    failed: bool = False


def whole(event: Any) -> Sequence[Any]:
    """Return the event as its own only record."""
    return (event,)


def unopened(_: Event, __: int) -> bytes:
    """Stand for the payload of a source whose events are not taken apart."""
    return b"null"


def answered(_: Any) -> int:
    """Stand for what an answer says where it decides nothing."""
    return 200


def without_context(_: Event) -> Mapping[str, Any]:
    """Stand for the context of a source that attests nobody beside the service itself."""
    return {}


class EventSource(NamedTuple):
    """One event source. `via` is the record's `src.via`.

    `recognise` tells whether an event is one of its, once a `marker` is there: a
    member of the event, or with `record:` before it the `eventSource` of its first
    record. `read` describes a record of an event, `records` returns them, and
    `open` what a record carries as JSON text, of at most about the given number of
    bytes. A source that is no `batch` has one record, the event. `report` says how
    failures are told; under `ANSWER`, `reply` makes the answer for all records, or
    returns None if the whole event has to come again.
    `context` is where `actor="context:…"` looks. `code` is the HTTP status that an
    answer to the whole event amounts to, for the record: 403 for one that lets nobody
    in. It gets whatever the handler returned, as JSON, and never raises.

    >>> EventSource("acme.bus", read=lambda event, _: Delivery(event=event["id"])).via
    'acme.bus'
    """

    via: str
    read: Callable[[Event, Any], Delivery]
    markers: tuple[str, ...] = ()
    recognise: Callable[[Event], bool] = bool
    records: Callable[[Any], Sequence[Any]] = whole
    open: Callable[[Event, int], bytes] = unopened
    report: Report = Report.RAISE
    batch: bool = False
    reply: Callable[[Any, Sequence[ItemAnswer]], Json] | None = None
    context: Callable[[Event], Mapping[str, Any]] = without_context
    code: Callable[[Any], int] = answered


class ActorReader(NamedTuple):
    """A plugin's way to learn who acts, for events of the sources in `vias`.

    `read` gets the event and returns who it is, or None. It is asked where the
    platform itself names nobody: a load balancer's signed header, for instance,
    once the reader has checked the signature. What it raises counts as None.

    >>> ActorReader("header", ("apigw.v1",), read=lambda event: None).vias
    ('apigw.v1',)
    """

    name: str
    vias: tuple[str, ...]
    read: Callable[[Event], Claim | None]


IDENTITY: Final = ("sub", "principalId", "client_id", "username")
"""Members that name a principal, in order of preference (RFC 7519, section 4.1.2)."""


def claim(trust: Trust, name: object, member: str) -> Claim | None:
    """Return a claim, if `name` is one."""
    return Claim(trust, name, member) if isinstance(name, str) and name else None


def first_claim(said: object, place: str, names: Sequence[str] = IDENTITY) -> Claim | None:
    """Return the first of `names` that an authorizer's answer holds."""
    if not is_object(said):
        return None
    for name in names:
        found = claim(Trust.AUTHORIZER, said.get(name), f"{place}.{name}" if place else name)
        if found is not None:
            return found
    return None


def joined(place: str, name: str) -> str:
    """Return an id that is unique beyond its place; empty if there is none."""
    return f"{place}|{name}" if name else ""


def listed(key: str) -> Callable[[Any], Sequence[Any]]:
    """Return what takes the records of an event out of its member `key`."""

    def take(event: Any) -> Sequence[Any]:
        found = mapping(event).get(key)
        return found if isinstance(found, list) else ()

    return take


def allowed_by(key: str) -> Callable[[Any], int]:
    """Return the code of answers that let somebody in if a member is true."""
    return lambda answer: 200 if mapping(answer).get(key) is True else 403


def has(*keys: str) -> Callable[[Event], bool]:
    """Return what tells whether an event has all of these members."""
    return lambda event: all(key in event for key in keys)


def says(key: str, *values: str) -> Callable[[Event], bool]:
    """Return what tells whether a member has one of these values."""
    return lambda event: text(event.get(key)) in values


TAKES_LISTS: Final = frozenset({Report.EACH, Report.FIRST, Report.ASKED})
"""How sources are told failures by a list. Whether a mapping takes it, no function can see."""


def code_of_failures(source: EventSource, event: Any, answer: Any) -> int:
    """Return 200 if no record comes again, 500 if all do, and 207 for a part of them.

    An id that is none of the batch's makes all of them come again. Source: AWS Lambda
    developer guide, "Implementing partial batch responses", success and failure conditions.
    """
    failures = mapping(answer).get("batchItemFailures")
    if failures is None or failures == []:
        return 200
    records = source.records(event)
    places = {_name(source.read(mapping(one), event).item): at for at, one in enumerate(records)}
    told = failures if isinstance(failures, list) else ()
    named = {_name(mapping(one).get("itemIdentifier")) for one in told}
    if not named or not named <= places.keys():
        return 500
    if source.report is Report.FIRST:
        return 500 if min(places[name] for name in named) == 0 else 207
    return 500 if len(named) == len(places) else 207


def _name(item: Any) -> str:
    """Return an id, text or object, as one that can be looked up."""
    return repr(sorted(item.items(), key=repr)) if is_object(item) else repr(item)
