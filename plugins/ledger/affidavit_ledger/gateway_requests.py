"""Compare the requests that records tell of with an independent list of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from affidavit_ledger.findings import EvidenceFinding, FindingKind


@dataclass(slots=True)
class Requests:
    """Request ids on both sides: of records that came through a gateway, and of a list.

    `wanted` is the independent list; None if there is none. `seen` are those of
    its ids that have a record, `others` the ids of records that it lacks.
    """

    wanted: frozenset[str] | None = None
    seen: set[str] = field(default_factory=set)
    others: dict[str, str] = field(default_factory=dict)

    def take(self, body: bytes, place: str) -> None:
        """Note the request that a record tells of, if a gateway has sent it."""
        if self.wanted is None or b'"via":"apigw.' not in body:
            return
        at = body.find(b'"req":"') + 7
        request = body[at : body.find(b'"', at)].decode("utf-8", "replace")
        if request in self.wanted:
            self.seen.add(request)
        else:
            self.others.setdefault(request, place)

    def join(self, other: Requests) -> None:
        """Add what another worker has seen."""
        self.seen |= other.seen
        self.others |= other.others


def reconcile(requests: Requests) -> Iterator[EvidenceFinding]:
    """Compare with an independent list of requests, such as a gateway's access log."""
    if requests.wanted is None:
        return
    for request in sorted(requests.wanted - requests.seen):
        yield EvidenceFinding(kind=FindingKind.REQUEST_UNRECORDED, place=request)
    for request, place in sorted(requests.others.items()):
        yield EvidenceFinding(kind=FindingKind.RECORD_UNREQUESTED, place=f"{request} at {place}")
