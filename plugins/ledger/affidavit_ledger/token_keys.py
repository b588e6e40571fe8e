"""Whom a record is about, whichever of a ledger's token keys it was written under."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol, runtime_checkable

from affidavit.plugin import Ledger, LedgerKeys, SubjectTokens, Token, TokenKey, Tokens


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
    found = [subjects.known(name) for subjects in _subjects(ledger, tenant)]
    salted = [subject.token for subject in found if subject is not None]
    return list(dict.fromkeys([*salted, *unsalted_tokens(ledger, tenant, name)]))


def unsalted_tokens(ledger: Ledger, tenant: str, name: str) -> list[Token]:
    """Return what a subject is called in records without salts: nobody can forget that."""
    return [Tokens(key, tenant).token("subject", name) for key in token_keys(ledger)]


def _subjects(ledger: Ledger, tenant: str) -> list[SubjectTokens]:
    keys = token_keys(ledger)
    return [SubjectTokens(partial(Tokens, key, tenant), ledger.subjects) for key in keys]
