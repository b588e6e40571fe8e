"""People who do not exist, with personal data that is valid in form.

Numbers carry correct check digits (Luhn for cards, ISO 7064 MOD 97-10 for
IBANs) and keep to the ranges that their issuers use, so that code which
validates them takes them for real. Nothing here belongs to anybody: domains
are the reserved ones of RFC 2606.
"""

from __future__ import annotations

import functools
import random
from typing import Final, NamedTuple

from hypothesis import strategies as st

from affidavit_testing.canaries import CanaryToken

_VOWELS: Final = "aeiou"
_CONSONANTS: Final = "bdfgklmnprstvz"


class MadeUpPerson(NamedTuple):
    """Somebody's data, every value unmistakable."""

    name: str
    email: str
    phone: str
    ssn: str
    card: str
    iban: str
    record: str
    birth: str
    secret: str
    word: str

    @property
    def canaries(self) -> tuple[CanaryToken, ...]:
        """Every value, with its kind. Those that have a shape of their own come first."""
        return (
            CanaryToken("US_SSN", self.ssn),
            CanaryToken("EMAIL", self.email),
            CanaryToken("CREDIT_CARD", self.card),
            CanaryToken("IBAN", self.iban),
            CanaryToken("AUTH_HEADER", self.secret),
            CanaryToken("PHONE", self.phone),
            CanaryToken("NAME", self.name, shaped=False),
            CanaryToken("HEALTH_ID", self.record, shaped=False),
            CanaryToken("BIRTH_DATE", self.birth, shaped=False),
            CanaryToken("WORD", self.word, shaped=False),
        )

    @property
    def row(self) -> dict[str, str]:
        """What a careless `select *` would return besides what was wanted."""
        return {
            "patient_name": self.name,
            "patient_ssn": self.ssn,
            "patient_email": self.email,
            "patient_note": f"{self.word}: card {self.card}",
        }


def people() -> st.SearchStrategy[MadeUpPerson]:
    """Draw people. They shrink to the first one, not to empty values."""
    return _PEOPLE


def canaries() -> st.SearchStrategy[CanaryToken]:
    """Draw one value of one person, of any kind."""
    return people().flatmap(lambda one: st.sampled_from(one.canaries))


def shaped_canaries() -> st.SearchStrategy[CanaryToken]:
    """Draw a value that affidavit's engine knows by its shape."""
    return people().flatmap(lambda one: st.sampled_from([c for c in one.canaries if c.shaped]))


@functools.lru_cache(maxsize=1024)
def person(number: int) -> MadeUpPerson:
    """Return person `number`, the same one each time."""
    chance = random.Random(f"person {number}")  # noqa: S311 - test data, to be repeated
    first, last = _word(chance, 3).title(), _word(chance, 4).title()
    return MadeUpPerson(
        name=f"{first} {last}",
        email=f"{first}.{last}{chance.randrange(10, 99)}@example.org".lower(),
        phone=f"+1 {_from(chance, 212, 989)} {_from(chance, 200, 999)} {_digits(chance, 4)}",
        ssn=f"{_area(chance)}-{_from(chance, 10, 99)}-{_from(chance, 1000, 9999)}",
        card=_card(chance),
        iban=_iban(chance),
        record=f"MRN-{_digits(chance, 9)}",
        birth=f"{_from(chance, 1931, 1999)}-0{_from(chance, 1, 9)}-{_from(chance, 10, 28)}",
        secret=f"Bearer {_word(chance, 5)}{_digits(chance, 6)}{_word(chance, 5).upper()}",
        word=f"{_word(chance, 4)}q{_word(chance, 3)}x",
    )


def luhn(digits: str) -> str:
    """Return the check digit that makes `digits` a card number (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 - the sum of two digits
    return str(-total % 10)


def _card(chance: random.Random) -> str:
    digits = "4" + _digits(chance, 14)
    return digits + luhn(digits)


def _iban(chance: random.Random) -> str:
    account = _digits(chance, 18)
    # D = 13, E = 14, and two zeros for the digits that are looked for.
    return f"DE{98 - int(account + '131400') % 97:02}{account}"


def _area(chance: random.Random) -> str:
    """Return an area number that was in use: never 000, 666 or from 900 on."""
    return f"{chance.choice([*range(100, 666), *range(667, 900)]):03}"


def _word(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(syllables))


def _digits(chance: random.Random, count: int) -> str:
    return "".join(str(chance.randrange(1, 10)) for _ in range(count))


def _from(chance: random.Random, least: int, most: int) -> int:
    return chance.randint(least, most)


_PEOPLE: Final = st.integers(0, 2**24).map(person)
