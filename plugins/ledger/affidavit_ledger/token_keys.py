"""Whom a record is about, whichever of a ledger's token keys it was written under."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol, runtime_checkable

from affidavit.plugin import (
    Ledger,
    LedgerKeys,
    LedgerReader,
    SubjectTokens,
    Token,
    TokenKey,
    Tokens,
)

_EVER: Final = ("0000", "9999")


@runtime_checkable
class FormerTokenKeys(LedgerKeys, Protocol):
    """Keys that have followed on others: what those have written is still found."""

    def former_token_keys(self) -> Sequence[TokenKey]:
        """Return the keys behind tokens of earlier times, the newest first."""
        ...


def token_keys(ledger: Ledger) -> list[TokenKey]:
    """Return the keys behind a ledger's tokens, the newest first, each once.

    Raises:
        LedgerError: One cannot be had.

    """
    return keys_of(ledger.keys)


def keys_of(keys: LedgerKeys) -> list[TokenKey]:
    """Return the keys behind tokens, the newest first, each once."""
    former = keys.former_token_keys() if isinstance(keys, FormerTokenKeys) else ()
    return list({key.kid: key for key in (keys.token_key(), *former)}.values())


def actor_tokens(ledger: Ledger, tenant: str, name: str) -> list[Token]:
    """Return what an actor is called in records, under each token key."""
    return [Tokens(key, tenant).token("actor", name) for key in token_keys(ledger)]


def subject_tokens(ledger: Ledger, tenant: str, name: str) -> list[Token]:
    """Return what a subject is called in records: under each token key, salted and not.

    Salts may have come later than the ledger; what was written before has none.
    """
    plain = unsalted_tokens(ledger, tenant, name)
    return list(dict.fromkeys([*salted_tokens(ledger, tenant, name), *plain]))


def salted_tokens(ledger: Ledger, tenant: str, name: str) -> list[Token]:
    """Return what a subject is called in records with salts: one token for each salt."""
    found: list[Token] = []
    for key in token_keys(ledger) if ledger.subjects is not None else ():
        tokens = Tokens(key, tenant)
        places = places_used(ledger.reader, tokens.token("subject lookup", name))
        # Each ledger of several has salts of its own.
        for store in getattr(ledger.subjects, "each", (ledger.subjects,)):
            known = SubjectTokens(partial(Tokens, key, tenant), store).known(name, places)
            found += [subject.token for subject in known]
    return found


def places_used(reader: LedgerReader, lookup: Token) -> int:
    """Return how many places are free of salts that were destroyed, at the most.

    A salt stands behind those that were there when it came. Of these each is there
    still, or its erasure is on record, under the lookup token.
    """
    return sum(1 for _ in reader.by_subject(lookup, *_EVER))


def unsalted_tokens(ledger: Ledger, tenant: str, name: str) -> list[Token]:
    """Return what a subject is called in records without salts: nobody can forget that."""
    return [Tokens(key, tenant).token("subject", name) for key in token_keys(ledger)]
