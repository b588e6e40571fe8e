"""Say what an answer covers, and refuse a question that cannot match anything.

"0 access(es)" is an answer that somebody will act on. It must not come of a
window that the table has let go of, of a tenant that nobody has, of another token
key, or of salts that were not at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import click

from affidavit import SettingsError
from affidavit.plugin import Ledger, Record, iso_utc, load_policy, now_ms
from affidavit_ledger.ledger_profile import WHOLE, Facts, hot_days_of, profile_under
from affidavit_ledger.places import place_of
from affidavit_ledger.session import Session
from affidavit_ledger.token_keys import token_keys
from affidavit_ledger.who import END

LOOKED_AT: Final = 1_000
"""How many records are looked at before an empty answer is given, without a profile."""

public_key_option = click.option(
    "--public-key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The sealer's public key: say what is not covered.",
)


class TableCoverage(NamedTuple):
    """What of one ledger or several a question is about, and what is known of them."""

    ledger: Ledger
    tables: tuple[str, ...]
    since: str
    until: str
    profile: Facts
    hot_since: str
    hot_days: int

    def of_answer(self, tenant: str, *, about_subject: bool) -> Iterator[str]:
        """Say what an answer to a question about somebody covers, and what it does not."""
        own = [key.kid for key in token_keys(self.ledger)]
        whose = f"tenant {tenant}" if tenant else "no tenant"
        salts = "with salts of subjects" if self.ledger.subjects is not None else "without salts"
        yield f"Asked: {self._window()}, {whose}, token key {' and '.join(own)}, {salts}."
        yield from self._elsewhere()
        yield from self.not_covered(about_subject=about_subject)

    def not_covered(self, *, about_subject: bool) -> Iterator[str]:
        """Say which records about somebody the tokens that are at hand cannot find."""
        own = [key.kid for key in token_keys(self.ledger)]
        for kid, at in sorted(self.profile.get("token key", {}).items()):
            if kid not in own:
                yield f"Not covered: what was written under token key {kid}, since {at}."
        salted = self.profile.get("salts", {}).get("1")
        if about_subject and salted and self.ledger.subjects is None:
            yield f"Not covered: what was written with salts of subjects, since {salted}."

    def of_export(self) -> Iterator[str]:
        """Say what records themselves cover: those of each tenant, under whatever key."""
        yield f"Covered: {self._window()}, each tenant, under whatever token key."
        yield from self._elsewhere()

    def refuse_expired(self) -> None:
        """Raise if the window is one that the table has let go of.

        Raises:
            SettingsError: Nothing of that time can be there.

        """
        if self.until < self.hot_since:
            raise SettingsError(
                "this question cannot be answered from the table",
                why=f"it is about a time that the table has let go of, after {self.hot_days} days",
                fix="Ask the archive: affidavit report; or set AFFIDAVIT_POLICY to the ledger's",
            )

    def refuse_what_cannot_match(self, tenant: str, *, about_subject: bool) -> None:
        """Raise if an empty answer would be one to a question that nothing could match.

        Raises:
            SettingsError: The window has expired, no record is of this tenant, none was
                written under these keys, or none without salts.

        """
        self.refuse_expired()
        if tenant not in _tenants(self.ledger, self.profile, tenant):
            raise _unmatched(
                "no record of this ledger is of the tenant that it is about",
                "Compare it with the tenant that the functions are deployed for",
            )
        if WHOLE not in self.profile:
            return
        own = {key.kid for key in token_keys(self.ledger)}
        if not own.intersection(self.profile.get("token key", own)):
            raise _unmatched(
                "no record of this ledger was written under the token keys that it is asked with",
                "Name the token keys of earlier times too; see docs/dynamodb.md",
            )
        unsalted = self.ledger.subjects is None and about_subject
        if unsalted and {"1"} == self.profile.get("salts", {}).keys():
            raise _unmatched(
                "each record was written with a salt of its subject, and no salts are at hand",
                "Add subjects= to the ledger's URL, as its writers have it",
            )

    def _window(self) -> str:
        last = "now" if self.until == END else self.until
        return (
            f"the table {' and '.join(self.tables)}, from {self.since or 'the beginning'} to {last}"
        )

    def _elsewhere(self) -> Iterator[str]:
        """Say what is not in the table: what has expired, and what waits beside it."""
        archives = " and ".join(sorted(self.profile.get("archive", ())))
        if self.since < self.hot_since:
            yield (
                f"What is older than {self.hot_days} days has expired there, and is in the "
                f"archive{f' {archives}' if archives else ''}: affidavit report."
            )
        waiting = self.ledger.spill.waiting_count() if self.ledger.spill is not None else 0
        if waiting:
            yield f"Not covered: what waits in the spill ({waiting}); replay it first."


def coverage_of(
    session: Session, ledger: Ledger, since: str, until: str, public_key: Path | None
) -> TableCoverage:
    """Return what is known of a session's ledgers; more, with the sealer's public key.

    Raises:
        LedgerError: The archive or the key cannot be read.

    """
    profile: Facts = {}
    if public_key is not None:
        profile = profile_under(session.archive()[0], public_key)
    days = hot_days_of(profile, load_policy(session.settings.policy).retention.hot_days)
    hot_since = datetime.fromisoformat(iso_utc(now_ms())) - timedelta(days=days)
    tables = tuple(place_of(one.ledger) for one in (session.settings, *session.more))
    since_text = f"{hot_since:%Y-%m-%dT%H:%M:%S}.000Z"
    return TableCoverage(ledger, tables, since, until, profile, since_text, days)


def _tenants(ledger: Ledger, profile: Facts, asked: str) -> set[str]:
    """Return the tenants that records name; the one that was asked for if that is not known."""
    if WHOLE in profile:
        return set(profile.get("tenant", {})) or {asked}
    found = list(islice(_tenants_of_table(ledger), LOOKED_AT))
    return set(found) if found and len(found) < LOOKED_AT else {asked}


def _tenants_of_table(ledger: Ledger) -> Iterator[str]:
    """Yield each record's tenant, those of commands and of first records left out."""
    for writer in ledger.reader.writers():
        for entry in ledger.reader.entries(writer):
            try:
                record = Record.parse(entry.body)
            except ValueError:
                continue
            source = record.document.get("src", {})
            if record.attempt and source.get("via") != "cli":
                yield str(record.document.get("ten", ""))


def _unmatched(why: str, fix: str) -> SettingsError:
    return SettingsError("this question cannot match any record", why=why, fix=fix)
