"""What the engine recognises, by name, and which of it may only be dropped."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from affidavit._lazy import lazy

ENTITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "EMAIL": "An e-mail address, found by its shape or by its key.",
        "PHONE": "A telephone number: international with a plus, or North American in groups.",
        "US_SSN": "A US social security number that the SSA could have issued.",
        "US_ITIN": "A US individual taxpayer identification number.",
        "CREDIT_CARD": "A payment card number (PAN): issuer range, length and check digit agree.",
        "CARD_TRACK": "Magnetic-stripe data of a card, track 1 or 2.",
        "CARD_CODE": "A card verification code or a PIN, found by its key.",
        "IBAN": "A bank account number whose country, length and check digits agree.",
        "IP": "An IPv4 or IPv6 address.",
        "MAC_ADDRESS": "A hardware address of a network card.",
        "JWT": "A signed or encrypted JSON web token.",
        "AUTH_HEADER": "The credentials of an HTTP Authorization header.",
        "BASIC_AUTH_URL": "The user and password inside a URL.",
        "AWS_KEY": "An AWS access key.",
        "PRIVATE_KEY": "A private key in PEM form.",
        "API_TOKEN": "A token with a well-known prefix, e.g. of a code host or a payment service.",
        "SECRET": "A password, token, cookie or other secret, found by its key.",
        "UK_NHS": "A UK National Health Service number.",
        "UK_NINO": "A UK National Insurance number.",
        "PASSPORT": "A passport number, found by its key.",
        "US_MBI": "A US Medicare beneficiary identifier, by its shape or by its key.",
        "US_NPI": "A US national provider identifier, found by its key.",
        "NAME": "A person's name or user name, found by its key.",
        "ADDRESS": "A postal address or a part of one, found by its key.",
        "BIRTH_DATE": "A date of birth or another date of a person's care, found by its key.",
        "GOV_ID": "A number that a government gave to a person, found by its key.",
        "HEALTH_ID": "A medical record number, or another fact about a patient, found by its key.",
        "BANK_ACCOUNT": "A bank account, routing or bank identifier number, found by its key.",
        "DEVICE_ID": "A number that belongs to a person's device or vehicle, found by its key.",
        "CONTACT": "Another way to reach a person, found by its key.",
        "LOCATION": "Where a person is: latitude, longitude, coordinates, found by their key.",
        "SPECIAL": "Origin, belief, opinion or sex life (GDPR Art. 9), found by its key.",
        "LIMIT": "Not looked at: too deep, too long, too many values, or a cycle.",
        "UNKNOWN": "Not understood, or under a key that an allow-list does not name.",
    }
)
"""Every entity with one sentence. `LIMIT` and `UNKNOWN` are findings of the engine itself."""

SECRETS: Final = frozenset(
    {
        "API_TOKEN",
        "AUTH_HEADER",
        "AWS_KEY",
        "BASIC_AUTH_URL",
        "CARD_CODE",
        "CARD_TRACK",
        "JWT",
        "PRIVATE_KEY",
        "SECRET",
    }
)
"""What no policy can weaken: it is dropped, never masked, tokenised, kept or exempted.

Card codes, PINs and track data: PCI DSS 4.0.1 requirement 3.3.1. The others are
credentials; whoever reads a log could use them.
"""

DROPPED: Final = "[dropped]"
"""What stands in place of a dropped value. It does not say of what kind the value was."""


LABELS: Final = rf"\[(?:dropped|{'|'.join(ENTITIES)})\]"
"""The source of a pattern for `LABEL`."""

LABEL: Final = lazy(LABELS)
"""Everything that is written in place of a whole value."""

TOKEN: Final = lazy(r"tok_[A-Za-z0-9.:-]{1,64}_[A-Z][A-Z0-9_]{0,31}_[0-9a-f]{32}")
"""A token of ours: the key that made it, the kind of value, and 32 digits of its digest."""


def label(entity: str) -> str:
    """Return what stands in place of a replaced value, e.g. `[EMAIL]`."""
    return f"[{entity}]"
