"""What of a ledger is no longer as it was set up: for a look now and then, and an alarm.

Not a verification: nothing is held against keys or hashes. It compares the running
functions with each other, clocks with now, what is sealed with what is there, and
the table with how a table must be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from affidavit.plugin import Archive, Entry, Ledger, LedgerReader, iso_utc
from affidavit_ledger.erasures import Erasure, count_restored, erasures_in
from affidavit_ledger.log_check import MAX_AGE_S
from affidavit_ledger.log_state import FORGET_AFTER_S, LogState
from affidavit_ledger.record_form import read_record
from affidavit_ledger.sealer_state import read_state
from affidavit_ledger.table_check import CHAIN_S
from affidavit_ledger.workspace import Notes

AHEAD: Final = timedelta(seconds=60)
"""How far a writer's clock may be ahead."""

SEALED_WITHIN: Final = timedelta(minutes=10)
"""How long a record may be in the table and in no segment."""

_SHARED: Final = {
    "salts": "Give each function the same subjects= in its ledger's URL",
    "token key": "Give each function the same tokens= in its ledger's URL",
    "version of a policy": "Deploy them with one version of the policy",
    "version of a plugin": "Deploy them with one version of the plugin",
    "version of affidavit": "Deploy them with one version of affidavit",
}
"""What each function says of itself and should say alike, and how to mend it."""


@runtime_checkable
class ConfiguredStore(LedgerReader, Protocol):
    """A table that can say how it is set up."""

    def misconfigured(self) -> Iterator[str]:
        """Say what of the table is not as it must be: expiry, stream, policy."""
        ...


class Drift(NamedTuple):
    """One thing that is not as it should be, and what to do."""

    what: str
    found: str
    fix: str


class _RunningChain(NamedTuple):
    """A chain that was written to lately: since when, by which function, as what."""

    since: str
    function: str
    says: Mapping[str, Any]


def _drift(ledger: Ledger, state: LogState | None, now_ms: int) -> Iterator[Drift]:
    """Look at each row. `state` is where the sealer stands; None leaves that out."""
    reader, now = ledger.reader, datetime.fromisoformat(iso_utc(now_ms))
    chains: list[_RunningChain] = []
    ahead: list[Entry] = []
    unsealed: list[Entry] = []
    erased: list[Erasure] = []
    for writer in reader.writers():
        entries = list(reader.entries(writer))
        ahead += [entry for entry in entries if entry.at > _text(now + AHEAD)]
        erased += erasures_in(entries)
        if state is not None:
            unsealed += _unsealed(entries, state, now)
        if entries and entries[-1].at > _text(now - timedelta(seconds=CHAIN_S)):
            chains += _running(entries)
    yield from _of_the_table(reader)
    yield from _differing(chains)
    yield from _counted("clock", ahead, "in the future", "Set the clock of what wrote them")
    if back := count_restored(erased, ledger):
        found = f"{back} that were destroyed are back"
        yield Drift("salts of subjects", found, "Run affidavit erasure check --again")
    older = f"older than {SEALED_WITHIN} and in no segment"
    yield from _counted("seal", unsealed, older, "Look at the sealer; docs/drills.md has drills")


def look(
    ledger: Ledger, archive: Archive | None, notes: Notes | None, *, now_ms: int
) -> list[Drift]:
    """Look at a ledger, and at its sealer if its archive and its notes are at hand.

    Raises:
        LedgerUnavailableError: The table, or the archive, cannot be read.

    """
    if archive is None or notes is None:
        return list(_drift(ledger, None, now_ms))
    notes.learn_keys(archive)
    state = read_state(notes.read())
    return [*_drift(ledger, state, now_ms), *_sealed_lately(state, now_ms)]


def _sealed_lately(state: LogState | None, now_ms: int) -> Iterator[Drift]:
    """Tell whether the sealer's newest checkpoint is as new as it must be."""
    if state is None:
        yield Drift("sealer", "its notes cannot be read", "Seal once; it finds where it stands")
        return
    if state.time < _text(datetime.fromisoformat(iso_utc(now_ms)) - timedelta(seconds=MAX_AGE_S)):
        fix = "Start the sealer again; it takes what it missed"
        yield Drift("sealer", f"the newest checkpoint is of {state.time or 'no time'}", fix)


def _of_the_table(reader: LedgerReader) -> Iterator[Drift]:
    for sentence in reader.damage():
        yield Drift("table", sentence, "Restore it as it was made; affidavit verify names records")
    for sentence in reader.misconfigured() if isinstance(reader, ConfiguredStore) else ():
        yield Drift("table", sentence, "Apply the deployment's Terraform again")


def _counted(what: str, entries: list[Entry], found: str, fix: str) -> Iterator[Drift]:
    if entries:
        first = f"{entries[0].writer}/{entries[0].seq}"
        yield Drift(what, f"{len(entries)} record(s) {found}, {first} the first", fix)


def _unsealed(entries: Iterable[Entry], state: LogState, now: datetime) -> Iterator[Entry]:
    """Yield what should be sealed by now and is not; a writer is remembered for a month."""
    latest = _text(now - SEALED_WITHIN)
    oldest = _text(now - timedelta(seconds=FORGET_AFTER_S) + timedelta(days=1))
    for entry in entries:
        seen = state.writers.get(entry.writer)
        gaps = state.gaps.get(entry.writer, [])
        sealed = seen is not None and entry.seq < seen.next_seq
        missing = any(first <= entry.seq <= last for first, last in gaps)
        if oldest < entry.at < latest and (missing or not sealed):
            yield entry


def _running(entries: list[Entry]) -> Iterator[_RunningChain]:
    """Yield what a chain says of the function that writes it; commands are no function."""
    said: list[Mapping[str, Any]] = []
    for entry in entries:
        try:
            said.append(read_record(entry.body).document)
        except ValueError:
            continue  # affidavit verify names it
        source = said[-1].get("src", {})
        if "fn" in source:
            first = said[0]
            if first.get("ph") == "G" and source.get("via") != "cli":
                yield _RunningChain(str(first["ts"]), str(source["fn"]), first)
            return


def _differing(chains: Iterable[_RunningChain]) -> Iterator[Drift]:
    """Compare the newest chain of each function with those of the others."""
    newest: dict[str, _RunningChain] = {}
    for chain in sorted(chains):
        newest[chain.function] = chain
    said: dict[tuple[str, str], dict[str, set[str]]] = {}
    for function, chain in newest.items():
        for what, name, value in _facts(chain.says):
            said.setdefault((what, name), {}).setdefault(value, set()).add(function)
    for (what, name), values in sorted(said.items()):
        if len(values) > 1:
            each = [f"{value}: {', '.join(sorted(who))}" for value, who in sorted(values.items())]
            yield Drift(f"{what} {name}".rstrip(), "; ".join(each), _SHARED[what])


def _facts(says: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for key, what in (("salts", "salts"), ("tk", "token key"), ("lib", "version of affidavit")):
        if key in says:
            yield what, "", str(says[key])
    name, _, version = str(says.get("pol", "")).partition("@")
    yield "version of a policy", name, version
    for plugin in says.get("plg", ()):
        name, _, version = str(plugin).partition("@")
        yield "version of a plugin", name, version


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
