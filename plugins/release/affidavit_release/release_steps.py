"""Steps of the line as records: written to the ledger, and read back once they verify.

A step with an effect leaves an opening record (phase I) before the effect and a
closing one (O) after it; a decision leaves one record (D). All of them stand
under the resource `RELEASE#v1.2.3`. docs/release.md explains every key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, unique
from typing import Any, Final, NamedTuple

from affidavit import AffidavitError, LedgerMissingError
from affidavit.plugin import (
    VERSION,
    Chain,
    Clock,
    Draft,
    Facts,
    Json,
    Ledger,
    Origin,
    Outcome,
    Phase,
    Policy,
    Record,
    Status,
    Token,
    Tokens,
    Trust,
    is_canonical,
    iso_utc,
    state,
)
from affidavit_ledger.chain_check import ChainCheck
from affidavit_ledger.findings import NOTICES, EvidenceFinding
from affidavit_ledger.open_invocations import OpenInvocations
from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from affidavit_release.rules import canonical

TIMEOUT_S: Final = 10.0
RESOURCE: Final = "RELEASE#"


@unique
class StepKind(Enum):
    """What is done. Records carry the word in `act`."""

    BUILD = "RELEASE_BUILD"
    UPLOAD = "RELEASE_UPLOAD"
    DEPLOY = "RELEASE_DEPLOY"
    SHIFT = "RELEASE_SHIFT"
    WATCH = "RELEASE_WATCH"
    SMOKE = "RELEASE_SMOKE"
    ROLLBACK = "RELEASE_ROLLBACK"
    APPROVE = "RELEASE_APPROVE"
    REJECT = "RELEASE_REJECT"
    COPY = "RELEASE_COPY"
    SYNC = "RELEASE_SYNC"


class Step(NamedTuple):
    """One record of the line, as it is read back."""

    kind: StepKind
    phase: str
    version: str
    environment: str
    status: str
    reason: str
    at: str
    actor: str
    behalf: str
    why: str
    said: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        """True for a step that ended well, or a decision that was taken."""
        return self.status == Status.OK.value


class Steps:
    """Writes one process's steps, and reads everybody's."""

    def __init__(
        self,
        ledger: Ledger,
        policy: Policy,
        clock: Clock,
        *,
        pipeline: str,
        rules_digest: str,
        user: str,
        tenant: str = "",
        region: str = "",
    ) -> None:
        self._ledger, self._policy, self._clock = ledger, policy, clock
        self._pipeline, self._tenant, self._region = pipeline, tenant, region
        self._rules_digest, self._user = rules_digest, user
        # Kept as long as the archive: what has died must not come back to life
        # because its records have left the table.
        self._days = policy.retention.archive_days
        about: dict[str, Json] = {"lib": f"affidavit {VERSION}", "pol": policy.label}
        self._chain = Chain(ledger, clock, about, hot_days=self._days)
        self._tokens: Tokens | None = None

    @property
    def proven(self) -> bool:
        """True if the ledger knows who uses it."""
        return self._ledger.whoami is not None

    def me(self) -> Token:
        """Return the token of who runs this command."""
        return self.token("actor", self._whoami())

    def token(self, kind: str, name: str) -> Token:
        """Return the token of a name."""
        if self._tokens is None:
            self._tokens = Tokens(self._ledger.keys.token_key(), self._tenant)
        return self._tokens.token(kind, canonical(name))

    def now_ms(self) -> int:
        """Return the time, in UTC milliseconds since 1970."""
        return self._clock.now_ms()

    def begin(self, kind: StepKind, version: str, said: Mapping[str, Json]) -> Facts:
        """Record that a step is about to be done; close it with `end`."""
        facts = self._facts(kind, version, said, None)
        self._append(Phase.INTENT, facts, None)
        return facts

    def end(self, facts: Facts, reason: Reason | None = None) -> None:
        """Record how a step ended."""
        self._append(Phase.OUTCOME, facts, _outcome(reason))

    def fail(self, facts: Facts, kind: str) -> None:
        """Record that a step could not be done: `kind` names the type of an error."""
        self._append(Phase.OUTCOME, facts, Outcome(Status.ERROR, 500, kind))

    @contextmanager
    def during(self, kind: StepKind, version: str, said: Mapping[str, Json]) -> Iterator[None]:
        """Record that a step begins and how it ends: done, refused, or not possible."""
        facts = self.begin(kind, version, said)
        try:
            yield
        except ReleaseRefusedError as refused:
            self.end(facts, refused.reason)
            raise
        except AffidavitError as error:
            self.fail(facts, type(error).__name__)
            raise
        self.end(facts)

    def tell(
        self,
        kind: StepKind,
        version: str,
        said: Mapping[str, Json],
        *,
        reason: Reason | None = None,
        behalf: Token | None = None,
    ) -> None:
        """Record a decision, or a step that was refused."""
        self._append(Phase.DISCLOSURE, self._facts(kind, version, said, behalf), _outcome(reason))

    def read(self) -> list[Step]:
        """Read every step of this line, oldest first; none if there is no ledger yet.

        A ledger that is looked for in the wrong place closes gates and opens none.

        Raises:
            ReleaseError: The ledger does not verify; nothing may follow from it.

        """
        try:
            return sorted(self._verified(), key=lambda step: step.at)
        except LedgerMissingError:
            return []

    def _verified(self) -> Iterator[Step]:
        opened = OpenInvocations()
        for writer, entries in self._chains():
            check = ChainCheck(writer, self._ledger.keys, opened)
            wrong: list[EvidenceFinding] = []
            for entry in entries:
                wrong += check.check(entry.seq, entry.body, entry.mac, entry)
                step = self._step(entry.body)
                if step is not None:
                    yield step
            wrong += check.finish()
            if any(finding.kind not in NOTICES for finding in wrong):
                raise ReleaseError(
                    "the release ledger does not verify",
                    why="what has been released cannot be told from records that are not genuine",
                    fix="Run affidavit verify, and find out who changed the ledger",
                )

    def _chains(self) -> Iterator[tuple[Any, Any]]:
        reader = self._ledger.reader
        chains = getattr(reader, "chains", None)
        if chains is not None:  # one strongly consistent pass, where the ledger offers it
            yield from chains()
            return
        for writer in reader.writers():
            yield writer, reader.entries(writer)

    def _step(self, body: bytes) -> Step | None:
        if not is_canonical(body):
            return None  # the check of its chain has said so
        try:
            record = Record.parse(body)
            said = record.document
            kind = StepKind(said.get("act"))
        except ValueError:
            return None
        resource = str(said.get("obj", ""))
        if not resource.startswith(RESOURCE) or said.get("line") != self._pipeline:
            return None
        return Step(
            kind=kind,
            phase=record.phase,
            version=resource.removeprefix(RESOURCE),
            environment=str(said.get("to", "")),
            status=record.status,
            reason=str(said.get("out", {}).get("err", "")),
            at=record.at,
            actor=record.actor or "",
            behalf=str(said.get("actor", {}).get("obo", "")),
            why=str(said.get("why", "")),
            said=said,
        )

    def _facts(
        self, kind: StepKind, version: str, said: Mapping[str, Json], behalf: Token | None
    ) -> Facts:
        attempt = self._clock.new_id()
        facts = state(
            action=kind.value,
            trust=Trust.IAM if self.proven else Trust.ASSERTED,
            actor=self.me(),
            behalf=behalf,
            subject=self.token("subject", f"{RESOURCE}{version}"),
            origin=Origin("affidavit-release", VERSION, self._region, "cli"),
            event=attempt,
            attempt=attempt,
            request_id=attempt,
            policy=self._policy.label,
            words={"obj": f"{RESOURCE}{version}", "ten": self._tenant},
        )
        more = {key: value for key, value in said.items() if value not in ("", None)}
        line: dict[str, Json] = {"line": self._pipeline, "rules": self._rules_digest}
        return facts._replace(said={**facts.said, **more, **line})

    def _append(self, phase: Phase, facts: Facts, outcome: Outcome | None) -> None:
        at_ms = self._clock.now_ms()
        expires_at = at_ms // 1000 + self._days * 86_400
        draft = Draft(phase, facts, iso_utc(at_ms), expires_at, outcome)
        self._chain.append(draft, timeout_s=TIMEOUT_S)

    def _whoami(self) -> str:
        return self._ledger.whoami() if self._ledger.whoami is not None else self._user


_FAILURES: Final = (Reason.SMOKE_FAILED, Reason.CANARY_FAILED)
"""What went wrong by itself; for every other reason the line said no."""


def _outcome(reason: Reason | None) -> Outcome:
    if reason is None:
        return Outcome(Status.OK, 200)
    if reason in _FAILURES:
        return Outcome(Status.ERROR, 500, reason.value)
    return Outcome(Status.DENY, 403, reason.value)
