"""What a command works on: the ledger, the archive, the keys; and the record of having looked."""

from __future__ import annotations

import getpass
import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import click

from affidavit import LedgerKeyError, SettingsError
from affidavit.plugin import (
    VERSION,
    Archive,
    Chain,
    Clock,
    Draft,
    Ledger,
    Origin,
    Outcome,
    Phase,
    Plugins,
    Settings,
    Signer,
    Status,
    Token,
    Tokens,
    Trust,
    Workspace,
    iso_utc,
    load_plugins,
    load_policy,
    now_ms,
    open_ledger,
    read_settings,
    state,
)
from affidavit_ledger.open_evidence import WEB, open_archive, open_signer, open_tsa, open_witnesses
from affidavit_ledger.places import CHECKPOINTS
from affidavit_ledger.several import as_one

WRITE_TIMEOUT_S = 10.0


def _one(_: click.Context, __: click.Parameter, urls: tuple[str, ...]) -> str | None:
    """Take one URL: of two, the other must not be passed over."""
    if len(urls) > 1:
        raise click.BadParameter("this command works on one ledger")
    return urls[0] if urls else None


ledger_option = click.option(
    "--ledger",
    metavar="URL",
    multiple=True,
    callback=_one,
    help="The ledger, e.g. sqlite:///ledger.db. Default: AFFIDAVIT_LEDGER.",
)
ledgers_option = click.option(
    "--ledger",
    metavar="URL",
    multiple=True,
    help="The ledger, e.g. sqlite:///ledger.db; several, each with its own. AFFIDAVIT_LEDGER.",
)
archive_option = click.option(
    "--archive",
    metavar="URL",
    help="The archive, e.g. file:///archive or s3://bucket/prefix. Default: AFFIDAVIT_ARCHIVE.",
)


class Session(NamedTuple):
    """The settings of one command, and the plugins that open what they name."""

    settings: Settings
    plugins: Plugins
    ledger_named: bool
    more: tuple[Settings, ...] = ()
    """Settings for further ledgers."""

    def ledger(self) -> Ledger:
        """Open the ledger, or several as one. Each must exist.

        A question must not make a ledger, or a key for one, that is not there.
        """
        ledgers = [open_ledger(one, self.plugins) for one in (self.settings, *self.more)]
        for ledger in ledgers:
            next(iter(ledger.reader.writers()), None)
        return as_one(ledgers)

    def archive(self) -> tuple[Archive, Workspace]:
        """Open the archive."""
        return open_archive(self.settings, self.plugins)

    def signer(self) -> Signer:
        """Open the sealer's key, which is made on first use, and never for a log that has one.

        Raises:
            LedgerKeyError: The archive is signed, and the key is not there.

        """
        url = self.settings.signer
        if url is not None and url.scheme == "file" and not Path(unquote(url.path)).exists():
            named = self.settings.archive is not None
            if named and any(True for _ in self.archive()[0].keys(CHECKPOINTS)):
                raise LedgerKeyError(
                    "the signing key is lost",
                    why="the archive holds checkpoints, and the key that signs them is not there",
                    fix="Restore it; with a new one no key would verify the log any more",
                )
        return open_signer(self.settings, self.plugins)

    def witness(self) -> Archive | None:
        """Open the witness's archive, if one is named."""
        if self.settings.witness is None or self.settings.witness.scheme in WEB:
            return None
        return open_archive(self.settings, self.plugins, witness=True)[0]

    def witnesses(self) -> tuple[Any, ...]:
        """Return the witness that signs over HTTP, if one is named."""
        return open_witnesses(self.settings)

    def tsa(self) -> Any:
        """Return the time-stamping authority, if one is named."""
        return open_tsa(self.settings)


def begin(
    environ: Mapping[str, str] | None = None, *, ledgers: Sequence[str] = (), **urls: str | None
) -> Session:
    """Read the settings, with the URLs that options give in place of variables."""
    said = dict(os.environ if environ is None else environ)
    said |= {f"AFFIDAVIT_{name.upper()}": url for name, url in urls.items() if url}
    first, *more = [{**said, "AFFIDAVIT_LEDGER": url} for url in ledgers] or [said]
    settings = read_settings(first)
    named = bool(first.get("AFFIDAVIT_LEDGER"))
    others = tuple(map(read_settings, more))
    return Session(settings, load_plugins(settings.plugins), named, others)


def archive_days(session: Session) -> int:
    """Return for how long the session's policy keeps what is sealed."""
    return load_policy(session.settings.policy).retention.archive_days


def record_reading(session: Session, ledger: Ledger, action: str) -> None:
    """Put on record that somebody has looked into a shared ledger.

    PCI DSS 10.2.1 asks for access to audit logs to be logged itself. A ledger in
    a file here is its owner's own; one behind a network is shared.
    """
    if ledger.store.remote:
        write_record(session, ledger, action)


def write_record(
    session: Session,
    ledger: Ledger,
    action: str,
    subject: Token | None = None,
    *,
    resource: str = "ledger",
    archived: bool = False,
) -> None:
    """Write one record about what this command does; `archived`: it stays as long as an archive."""
    settings = session.settings
    policy = load_policy(settings.policy)
    tokens = Tokens(ledger.keys.token_key(), settings.tenant)
    name = (
        ledger.whoami() if ledger.whoami is not None else f"{system_user()}@{socket.gethostname()}"
    )
    at_ms, clock = now_ms(), Clock()
    attempt = clock.new_id()
    facts = state(
        action=action,
        trust=Trust.IAM if ledger.whoami is not None else Trust.ASSERTED,
        actor=tokens.token("actor", name),
        behalf=None,
        subject=subject,
        origin=Origin("affidavit-cli", VERSION, settings.region, "cli"),
        event=attempt,
        attempt=attempt,
        request_id=attempt,
        policy=policy.label,
        words={"obj": resource, "ten": settings.tenant},
    )
    days = policy.retention.archive_days if archived else policy.retention.hot_days
    expires_at = at_ms // 1000 + days * 86_400
    draft = Draft(Phase.DISCLOSURE, facts, iso_utc(at_ms), expires_at, Outcome(Status.OK, 200))
    about: dict[str, Any] = {"lib": f"affidavit {VERSION}", "pol": policy.label}
    chain = Chain(ledger, clock, about, hot_days=days)
    chain.append(draft, timeout_s=WRITE_TIMEOUT_S)


def read_requests(path: Path) -> frozenset[str]:
    """Read request ids: one a line, or JSON lines with a `requestId`, as access logs are.

    Raises:
        SettingsError: The file cannot be read.

    """
    import json  # noqa: PLC0415 - only here

    found = set()
    try:
        for line in path.read_text().splitlines():
            text = line.strip()
            if text.startswith("{"):
                text = str(json.loads(text).get("requestId", ""))
            if text:
                found.add(text)
    except (OSError, ValueError, AttributeError) as error:
        why = f"reading it raised {type(error).__name__}"
    else:
        return frozenset(found)
    raise SettingsError(
        "the list of requests cannot be used",
        why=why,
        fix="Give a file with one request id a line, or JSON lines with requestId",
    )


class RecordCounter:
    """Counts on stderr, once a second, for people only."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._shown = False

    def __call__(self, records: int) -> None:
        """Show how far it is."""
        if sys.stderr.isatty() and time.monotonic() - self._last > 1:
            self._last, self._shown = time.monotonic(), True
            click.echo(f"\r{records} records checked", nl=False, err=True)

    def done(self) -> None:
        """Leave a clean line."""
        if self._shown:
            click.echo("", err=True)


def system_user() -> str:
    """Return who runs this, as the machine says it."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # no name for the number; none at all, on Windows
        return "unknown"
