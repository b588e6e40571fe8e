"""What a ledger is made of, as its sealer has seen it: keys, tenants, policies, salts, places.

Whoever asks can then be told what an answer covers, and that a question cannot
match. The sealer signs what is new each time it meets it; all of that together
is the profile. It is no evidence: what counts is what stands in the records.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from affidavit import LedgerMissingError
from affidavit.plugin import Archive, Entry, Json, Signer, canonical_bytes
from affidavit_ledger.notes import NoteError, Verifier, open_note, signature_line
from affidavit_ledger.record_form import read_record

PROFILES: Final = "profiles/"
TITLE: Final = "affidavit ledger profile 1"
MAX_PROFILE: Final = 1 << 24
WHOLE: Final = "whole"
"""The kind of the one fact that nothing was sealed before the profile began."""

_OF_GENESIS: Final = {"ck": "chain key", "tk": "token key", "salts": "salts", "env": "environment"}

Facts = dict[str, dict[str, str]]
"""Kind, name, and when the first record of it was written."""


def note_facts(facts: Facts, entry: Entry) -> None:
    """Add what a record says of its ledger."""
    said = read_record(entry.body).document
    at = str(said.get("ts", ""))
    for kind, name in _facts_of(said):
        add_facts(facts, {kind: {name: at}})


def facts_of_sealer(signer: Signer, places: Mapping[str, str], at: str) -> Facts:
    """Return what a sealer knows of itself: its key, and where what it writes is kept."""
    said = {"signing key": signer.key_id.hex(), **places}
    return {kind: {name: at} for kind, name in said.items()}


def hot_days_of(profile: Mapping[str, Mapping[str, str]], otherwise: int) -> int:
    """Return for how many days records are in the table, by what they say themselves."""
    return max(map(int, profile.get("hot days", ())), default=otherwise)


def _facts_of(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "policy", str(said.get("pol", ""))
    if said.get("ph") == "G":
        yield from ((kind, str(said[key])) for key, kind in _OF_GENESIS.items() if key in said)
        return
    source = said.get("src")
    if isinstance(source, dict) and source.get("via") != "cli":
        yield "tenant", str(said.get("ten", ""))
        yield "function", str(source.get("fn", ""))
        yield from (("hot days", days) for days in _days(said))


def _days(said: Mapping[str, Any]) -> Iterator[str]:
    """Yield for how many days a record stays in the table, if it says so."""
    try:
        left_s = said["exp"] - datetime.fromisoformat(said["ts"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return
    yield str(max(1, round(left_s / 86_400)))


def news(known: Mapping[str, Mapping[str, str]], facts: Facts) -> Facts:
    """Return the facts that are not known yet."""
    found = {
        kind: {name: at for name, at in names.items() if name not in known.get(kind, {})}
        for kind, names in facts.items()
    }
    return {kind: names for kind, names in found.items() if names}


def add_facts(facts: Facts, more: Mapping[str, Mapping[str, str]]) -> None:
    """Add facts to others; of two times the earlier counts."""
    for kind, names in more.items():
        seen = facts.setdefault(kind, {})
        for name, at in names.items():
            seen[name] = min(at, seen.get(name, at))


def sign_facts(index: int, facts: Facts, signer: Signer) -> tuple[str, bytes]:
    """Return what a sealer has met before its checkpoint number `index`: name and signed note."""
    lines: list[Json] = [
        [kind, name, at]
        for kind, names in sorted(facts.items())
        for name, at in sorted(names.items())
    ]
    text = f"{TITLE}\n{signer.name}\n{canonical_bytes(lines).decode()}\n"
    digest = sha256(text.encode()).hexdigest()[:16]
    return f"{PROFILES}{index:012d}-{digest}", f"{text}\n{signature_line(text, signer)}".encode()


def profile_under(archive: Archive, public_key: Path) -> Facts:
    """Return a ledger's profile by a file of its sealer's keys, and by those that followed them.

    Raises:
        LedgerError: The archive or the file cannot be read.

    """
    from affidavit_ledger.key_succession import all_keys  # noqa: PLC0415 - cryptography
    from affidavit_ledger.signing import read_public_key  # noqa: PLC0415 - cryptography

    return profile_of(archive, all_keys(archive, read_public_key(public_key)))


def profile_of(archive: Archive, verifier: Verifier) -> Facts:
    """Return a ledger's profile: what its sealers have signed. Nothing if they have not.

    Raises:
        LedgerUnavailableError: The archive cannot be read.

    """
    facts: Facts = {}
    for key in archive.keys(PROFILES):
        try:
            text = open_note(archive.get(key), verifier, limit=MAX_PROFILE, origin_line=1)
            title, _, line, _ = text.split("\n")
            said = [(str(kind), str(name), str(at)) for kind, name, at in json.loads(line)]
        except (NoteError, LedgerMissingError, ValueError, TypeError):
            continue  # nobody's, or of another form
        for kind, name, at in said if title == TITLE else ():
            add_facts(facts, {kind: {name: at}})
    return facts
