"""What is written in place of a value: a label, a mask, a token, a part of it.

Each action has fixed points: what it wrote once, it writes again unchanged, so
that redacting twice gives the same. They are recognised by their whole form,
which has no room for what the action takes away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from affidavit._lazy import lazy
from affidavit._policy.words import RedactionAction
from affidavit._redact.detect.cards import LONGEST, SHORTEST, Likely, card
from affidavit._redact.detect.network import truncated
from affidavit._redact.types.entities import DROPPED, LABEL, LABELS, SECRETS, TOKEN, label

if TYPE_CHECKING:
    from affidavit._records.tokens import Tokens

WRITTEN: Final = lazy(
    rf"{LABELS}|_[A-Z][A-Z0-9_]{{0,31}}_[0-9a-f]{{32}}"
    r"|(?:[0-9A-Fa-f]{2}[:-]){3}(?:\*\*[:-]){2}\*\*"  # before IPv6, which begins alike
    r"|(?:[0-9]{1,3}\.){3}\*|(?:[0-9a-f]{1,4}:){3}\*"
    r"|[0-9]{3,6}\*{5,9}[0-9]{4}|\*{5,13}[0-9]{2}|[A-Z]{2}\*{9,28}[0-9A-Z]{4}"
    r"|\*{4,30}[0-9A-Za-z]{4}|[0-9]{3}\*\*"
)
"""What the operators write, whatever stands beside it, and no more than that.

Nothing in it is looked at again: too little is left in each of them to be a value.
"""

Form = Callable[[str], str | None]
"""Shortens one value; None if it cannot, and the value is replaced whole."""

_DROP, _REPLACE, _KEEP = RedactionAction.DROP, RedactionAction.REPLACE, RedactionAction.KEEP
_TOKEN_OF, _MASKED = RedactionAction.TOKEN, RedactionAction.MASK
# Names of this module: until Python 3.12 a member costs more to look up than a comparison.

STRICTNESS: Final = {action: place for place, action in enumerate(RedactionAction)}
"""The order of the enumeration, from weak to strict."""

_EXTENSION: Final = lazy(r"(?i)(?:x|ext)[. ]{0,2}[0-9]{1,6}$")
_SEPARATORS: Final = str.maketrans("", "", " -.()/_\t")

_CARD: Final = lazy(r"[0-9]{3,6}\*{5,9}[0-9]{4}")
_PHONE: Final = lazy(r"\*{5,13}[0-9]{2}")
_IBAN: Final = lazy(r"[A-Z]{2}\*{9,28}[0-9A-Z]{4}")
_ACCOUNT: Final = lazy(r"\*{4,30}[0-9A-Za-z]{4}")
_MAC: Final = lazy(r"[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}\1[0-9A-Fa-f]{2}(?:\1\*\*){3}")
_WHOLE_MAC: Final = lazy(r"((?:[0-9A-Fa-f]{2}[:-]){3})(?:[0-9A-Fa-f]{2}[:-]){2}[0-9A-Fa-f]{2}")
_ADDRESS: Final = lazy(r"[^@\s]{1,256}@([\w.-]{1,253}\.[\w-]{2,63})")
_ZIP: Final = lazy(r"([0-9]{3})(?:[0-9]{2}(?:-[0-9]{4})?|\*\*)")
_DATE: Final = lazy(
    r"(?:([0-9]{4})(?:[-/.][0-9]{1,2}){0,2}(?:[T ].{0,32})?|(?:[0-9]{1,2}[-/.]){2}([0-9]{4}))"
)

_HIDDEN: Final = 5
"""Digits of a card that stay hidden. PCI DSS 4.0.1, 3.4.1 allows BIN and last four of a
number of sixteen; of a shorter one, as many as leave no more than a fifteen-digit one's."""

_SPARSE: Final = "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893"
_SPARSE_ZIPS: Final = frozenset(_SPARSE.split())
"""ZIP areas of 20,000 people or fewer, which become 000.

Source: HHS, "Guidance Regarding Methods for De-identification of PHI" (census of 2000).
"""

_OLDEST: Final = 89
"""Years of age from which on a year of birth says too much: 45 CFR 164.514(b)(2)(i)(C)."""


class Operators:
    """Carries actions out, for one day (`today` as `YYYY-MM-DD`, or empty if unknown)."""

    def __init__(self, today: str, *, card_action: RedactionAction) -> None:
        self._year = int(today[:4]) if today[:4].isdecimal() else 0
        self._cards_shortened = card_action in {RedactionAction.MASK, RedactionAction.TRUNCATE}
        self._masks: Mapping[str, Form] = {
            "CREDIT_CARD": _mask_card,
            "EMAIL": _mask_email,
            "PHONE": _mask_phone,
            "IBAN": _mask_iban,
            "BANK_ACCOUNT": _mask_account,
            "IP": truncated,
            "MAC_ADDRESS": _mask_mac,
        }
        self._truncations: Mapping[str, Form] = {
            "CREDIT_CARD": _mask_card,
            "IP": truncated,
            "MAC_ADDRESS": _mask_mac,
            "ADDRESS": _truncate_zip,
            "BIRTH_DATE": self._year_only,
        }

    def act(
        self, entity: str, action: RedactionAction, value: str, tokens: Callable[[], Tokens | None]
    ) -> str:
        """Return what stands for `value`; `tokens` is asked only if a token is made."""
        if action is _DROP or entity in SECRETS:
            return DROPPED
        if action is _REPLACE:
            return label(entity)
        if action is _KEEP or (value[:1] == "[" and LABEL.fullmatch(value)):
            return value
        done: str | None = None
        if action is _TOKEN_OF:
            done = self._token(entity, value, tokens)
        elif action is _MASKED:
            done = _each(self._masks.get(entity), value)
        else:
            done = _each(self._truncations.get(entity), value)
        return label(entity) if done is None else done

    def _token(self, entity: str, value: str, tokens: Callable[[], Tokens | None]) -> str | None:
        if value[:4] == "tok_" and TOKEN.fullmatch(value):
            return value
        # A token of a whole card number must not meet a masked copy of it
        # (PCI DSS 4.0.1, 3.5.1.1), whatever its key calls it.
        if self._cards_shortened and _is_card(value):
            return None
        maker = tokens()
        canonical = canonical_form(entity, value)
        if maker is None or not canonical:
            return None
        return f"tok_{maker.kid}_{entity}_{maker.token(entity, canonical)}"

    def _year_only(self, value: str) -> str | None:
        found = _DATE.fullmatch(value.strip())
        year = (found[1] or found[2]) if found else ""
        return year if year and self._year and self._year - int(year) <= _OLDEST else None


def canonical_form(entity: str, value: str) -> str:
    """Return the one way to write `value`, so that equal values have equal tokens.

    Digits only for numbers, lower case for e-mail, upper case for IBAN; empty if
    nothing is left.
    """
    if entity in {"CREDIT_CARD", "US_SSN", "US_ITIN", "UK_NHS", "US_NPI"}:
        digits = "".join(filter(str.isdecimal, value))
        # A number type loses leading zeros.
        return digits.zfill(9) if digits and entity in {"US_SSN", "US_ITIN"} else digits
    if entity == "PHONE":
        called = _EXTENSION.sub("", value) if "x" in value.lower() else value
        digits = "".join(filter(str.isdecimal, called))
        national = len(digits) == 10 and not value.lstrip("( ").startswith("+")  # noqa: PLR2004
        return "1" + digits if national else digits
    if entity in {"IBAN", "UK_NINO", "US_MBI", "PASSPORT"}:
        return "".join(filter(str.isalnum, value)).upper()
    if entity == "MAC_ADDRESS":
        return "".join(filter(str.isalnum, value)).lower()
    return " ".join(value.split()).casefold()


def _each(form: Form | None, value: str) -> str | None:
    """Apply `form` to a value, or to each value of a list with commas, as headers have them."""
    if form is None:
        return None
    if "," not in value:
        return form(value.strip())
    parts = [form(part.strip()) for part in value.split(",")]
    done = [part for part in parts if part is not None]
    return ", ".join(done) if len(done) == len(parts) else None


def _is_card(value: str) -> bool:
    if not value[:1].isdigit():
        return False
    digits = value.translate(_SEPARATORS)
    return (
        SHORTEST <= len(digits) <= LONGEST
        and digits.isascii()
        and digits.isdecimal()
        and card(digits.encode()) is Likely.YES
    )


def _mask_card(value: str) -> str | None:
    if "*" in value and _CARD.fullmatch(value):
        return value
    digits = value.translate(_SEPARATORS)
    size = len(digits)
    if not (SHORTEST <= size <= LONGEST and digits.isdecimal()):
        return None
    first = min(6, size - 4 - _HIDDEN)
    return digits[:first] + "*" * (size - first - 4) + digits[-4:]


def _mask_email(value: str) -> str | None:
    found = _ADDRESS.fullmatch(value)
    return f"[EMAIL]@{found[1]}" if found else None


def _mask_phone(value: str) -> str | None:
    if "*" in value and _PHONE.fullmatch(value):
        return value
    digits = canonical_form("PHONE", value)
    return "*" * (len(digits) - 2) + digits[-2:] if 7 <= len(digits) <= 15 else None  # noqa: PLR2004


def _mask_iban(value: str) -> str | None:
    if "*" in value and _IBAN.fullmatch(value):
        return value
    compact = canonical_form("IBAN", value)
    whole = 15 <= len(compact) <= 34 and compact[:2].isalpha() and compact.isascii()  # noqa: PLR2004
    return compact[:2] + "*" * (len(compact) - 6) + compact[-4:] if whole else None


def _mask_account(value: str) -> str | None:
    if "*" in value and _ACCOUNT.fullmatch(value):
        return value
    compact = value.translate(_SEPARATORS)
    whole = 8 <= len(compact) <= 34 and compact.isalnum() and compact.isascii()  # noqa: PLR2004
    return "*" * (len(compact) - 4) + compact[-4:] if whole else None


def _mask_mac(value: str) -> str | None:
    if "*" in value and _MAC.fullmatch(value):
        return value
    found = _WHOLE_MAC.fullmatch(value)
    return found[1] + found[1][-1:].join(["**"] * 3) if found else None


def _truncate_zip(value: str) -> str | None:
    found = _ZIP.fullmatch(value.strip())
    if found is None:
        return None
    return ("000" if found[1] in _SPARSE_ZIPS else found[1]) + "**"
