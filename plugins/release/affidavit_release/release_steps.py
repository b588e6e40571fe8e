"""Steps of the line as records: written to the ledger, and read back once they verify.

A step with an effect leaves an opening record (phase I) before the effect and a
closing one (O) after it; a decision leaves one record (D). All of them stand
under the resource `RELEASE#v1.2.3`. docs/release-records.md explains every key.

The records of a line are numbered across all processes: the number is part of
the writer's name, a ledger keeps one record per writer and place, so two
processes cannot take one number. Whoever decides says after which record; if
another one came in between, the decision is checked again.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from affidavit import AffidavitError, LedgerConflictError, LedgerMissingError
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
from affidavit_release.line_step import RESOURCE, Step, StepKind, ended_step, outcome_of
from affidavit_release.rules import canonical

TIMEOUT_S: Final = 10.0
TRIES: Final = 50
"""How often a record is tried at another place before the line counts as restless."""

_TAG: Final = 14
_PLACES: Final = 8
"""A writer of a line: 14 characters for the pipeline, 8 digits for the record's number."""

Still = Callable[[], int]
"""Check on the line as it is now, and return its position; raise if a step may not be taken."""


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
        self._about: dict[str, Json] = {"lib": f"affidavit {VERSION}", "pol": policy.label}
        tag = hashlib.sha256(f"affidavit release line {pipeline}".encode()).digest()
        self._tag = base64.urlsafe_b64encode(tag).decode()[:_TAG]
        self.position = 0
        """The number of the newest record that was read, or written by this process."""
        self.own: list[Step] = []
        """What this process has ended or decided, until people have been told."""
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

    def begin(
        self, kind: StepKind, version: str, said: Mapping[str, Json], still: Still | None = None
    ) -> Facts:
        """Record that a step is about to be done; close it with `end`.

        With `still` it is recorded only where that check has just held: nothing
        is on record between the check and this. The check may change `said`.
        """
        return self._append(Phase.INTENT, lambda: self._facts(kind, version, said, None), still)

    def end(self, facts: Facts, reason: Reason | None = None, still: Still | None = None) -> None:
        """Record how a step ended."""
        self._append(Phase.OUTCOME, lambda: facts, still, outcome_of(reason))

    def fail(self, facts: Facts, kind: str) -> None:
        """Record that a step could not be done: `kind` names the type of an error."""
        self._append(Phase.OUTCOME, lambda: facts, None, Outcome(Status.ERROR, 500, kind))

    @contextmanager
    def during(
        self, kind: StepKind, version: str, said: Mapping[str, Json], still: Still | None = None
    ) -> Iterator[None]:
        """Record that a step begins, where `still` holds, and how it ends."""
        with self.closing(self.begin(kind, version, said, still)):
            yield

    @contextmanager
    def closing(self, facts: Facts, still: Still | None = None) -> Iterator[None]:
        """Record how a step ends: done, where `still` holds; refused; or not possible."""
        try:
            yield
            self.end(facts, still=still)
        except ReleaseRefusedError as refused:
            self.end(facts, refused.reason)
            raise
        except AffidavitError as error:
            self.fail(facts, type(error).__name__)
            raise

    def tell(
        self,
        kind: StepKind,
        version: str,
        said: Mapping[str, Json],
        *,
        reason: Reason | None = None,
        behalf: Token | None = None,
        still: Still | None = None,
    ) -> None:
        """Record a decision, or a step that was refused."""
        self._append(
            Phase.DISCLOSURE,
            lambda: self._facts(kind, version, said, behalf),
            still,
            outcome_of(reason),
        )

    def read(self) -> list[Step]:
        """Read every step of this line, in order; none if there is no ledger yet.

        A ledger that is looked for in the wrong place closes gates and opens none.

        Raises:
            ReleaseError: The ledger does not verify; nothing may follow from it.

        """
        for _ in range(TRIES):
            try:
                steps = sorted(self._verified(), key=lambda step: step.number)
            except LedgerMissingError:
                return []
            # A pass over a ledger in use may meet a record and have missed the one before.
            if [one.number - steps[0].number for one in steps] == list(range(len(steps))):
                self.position = max(self.position, steps[-1].number) if steps else 0
                return steps
        raise ReleaseError(
            "the release ledger is not complete",
            why="the records of a line are numbered, and one of them is missing",
            fix="Run affidavit verify, and find out who changed the ledger",
        )

    def _verified(self) -> Iterator[Step]:
        opened = OpenInvocations()
        for writer, entries in self._chains():
            check = ChainCheck(writer, self._ledger.keys, opened)
            wrong: list[EvidenceFinding] = []
            for entry in entries:
                wrong += check.check(entry.seq, entry.body, entry.mac, entry)
                step = self._step(writer, entry.body)
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

    def _step(self, writer: str, body: bytes) -> Step | None:
        number = writer.removeprefix(self._tag)
        if not is_canonical(body) or number == writer or not number.isdecimal():
            return None  # the check of its chain has said so, or it is nobody's number
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
            number=int(number),
            kind=kind,
            phase=record.phase,
            attempt=record.attempt,
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

    def _append(
        self,
        phase: Phase,
        facts: Callable[[], Facts],
        still: Still | None,
        outcome: Outcome | None = None,
    ) -> Facts:
        """Write the next record of the line; if somebody else was faster, check and try again."""
        for _ in range(TRIES):
            number = 1 + (self.position if still is None else still())
            said = facts()
            at_ms = self._clock.now_ms()
            expires_at = at_ms // 1000 + self._days * 86_400
            draft = Draft(phase, said, iso_utc(at_ms), expires_at, outcome)
            try:
                self._chain(number).append(draft, timeout_s=TIMEOUT_S)
            except LedgerConflictError:
                self.read()
                continue
            self.position = max(self.position, number)
            if outcome is not None:
                self.own.append(ended_step(number, draft))
            return said
        raise ReleaseError(
            "a step cannot be recorded",
            why="others write to this line all the time",
            fix="Run the command again",
        )

    def _chain(self, number: int) -> Chain:
        """Return the chain of one record: its writer's name is the record's number."""
        clock = self._clock._replace(new_id=lambda: f"{self._tag}{number:0{_PLACES}d}")
        return Chain(self._ledger, clock, self._about, hot_days=self._days)

    def _whoami(self) -> str:
        return self._ledger.whoami() if self._ledger.whoami is not None else self._user
