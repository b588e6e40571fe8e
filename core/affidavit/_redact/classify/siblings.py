"""Values that something beside them speaks of: name and value, format and arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from affidavit._lazy import lazy
from affidavit._redact.classify.key_classifier import KeyClass, KeyClassifier
from affidavit._redact.detect.cards import LONGEST, SHORTEST, Likely, card
from affidavit._redact.detect.check_digits import is_ssn
from affidavit._redact.normalise.decode import text_of
from affidavit._redact.types.entities import TOKEN
from affidavit._redact.types.match import Classification

_NAMERS: Final = (
    "Name", "name", "Key", "key", "header", "Header", "field", "Field", "attribute", "Attribute",
    "AttributeName", "param", "parameter", "ParameterKey", "id", "k", "n", "system", "label",
    "question",
)  # fmt: skip
"""Keys that name the value beside them: Cognito, AWS tags, containers, HAR headers, FHIR."""

_TYPED: Final = {"identifier": "patient_id", "telecom": "contact_info"}
_PARTS: Final = frozenset({
    "assigner", "extension", "id", "period", "rank", "system", "type", "use", "value",
})  # fmt: skip
"""What FHIR's Identifier and ContactPoint are below, as which name, and their parts (R5)."""

_OF_PERSON: Final = frozenset({
    "birthdate", "email", "familyName", "family_name", "givenName", "given_name",
    "phone_number", "preferred_username",
})  # fmt: skip
"""What stands beside the `name` of a person: OpenID Connect Core, 5.1, and most programs."""

_PATIENT: Final = lazy(r"0010[0-9A-Fa-f]{4}")
"""Tags of a patient in DICOM's JSON (PS3.18, F.2)."""

_FEW: Final = 12
"""Keys of an object that can still be a name and its value."""

_IDENTIFIER: Final = lazy(r"[A-Za-z_][A-Za-z0-9_. -]{0,63}")
OPTION: Final = lazy(r"--?[A-Za-z][A-Za-z0-9_-]{1,60}")
"""An option of a command, whose value is the next argument."""

_WORD: Final = lazy(r"[a-z_]{1,32}")
_WIDE_FORMAT: Final = lazy(r"%[^A-Za-z%]*(?:[0-9]{4}|\*)")
"""A width or a precision that would make a text of any length."""

_SOCIAL: Final = [3, 2, 4]

_PERSON: Final = ("name",)


def pair_verdict(
    value: Mapping[object, object], parent: str, names: KeyClassifier
) -> Classification | None:
    """Return what `{"name": "password", "value": ...}` says about its value, or None."""
    if len(value) > _FEW:
        return None
    if value.get("Type") == "SecureString":
        return names.look("password")
    if "vr" in value:
        if value["vr"] == "PN":
            return names.look("patient_name")
        return names.look("patient_id") if _PATIENT.fullmatch(parent) else None
    for namer in (*_NAMERS, "path") if "op" in value else _NAMERS:
        said = value.get(namer)
        if type(said) is str and "/" in said:
            # A parameter of Systems Manager, the pointer of a JSON Patch (RFC 6902).
            said = said.rpartition("/")[2]
        if type(said) is str and _IDENTIFIER.fullmatch(said):
            name = names.read(said)
            if name is None:
                break
            return name.verdict or (names.below(parent, name) if name.words == _PERSON else None)
    told = _TYPED.get(parent)
    return names.look(told) if told and value.keys() <= _PARTS else None


def person_verdict(
    value: Mapping[object, object], name: KeyClass, names: KeyClassifier
) -> Classification | None:
    """Return what `name` is beside an address or parts of a name, or None."""
    if name.words == _PERSON and any(
        type(said := value.get(one)) is str and said for one in _OF_PERSON
    ):
        return names.look("full_name")
    return None


def has_value(value: Mapping[object, object]) -> bool:
    """Tell whether an object with a `name` has a value that the name names."""
    return "Value" in value or "value" in value


def couple_verdict(
    value: Sequence[Any], names: KeyClassifier, *, sure: bool
) -> Classification | None:
    """Return what the first of two elements says about the second, or None.

    `sure`: the two are a tuple, or one of several couples, as a list of headers is.
    Otherwise two plain words are taken for a list of words.
    """
    first, second = value
    said = text_of(first) if isinstance(first, bytes) else first
    if type(said) is not str or not _IDENTIFIER.fullmatch(said) or TOKEN.fullmatch(said):
        return None  # a token of ours may stand beside a word, and names nothing
    if not sure and (
        isinstance(second, (list, tuple, dict)) or (type(second) is str and _WORD.fullmatch(second))
    ):
        return None
    if said.isascii() and said.isalpha() and names.says_nothing(said):
        return None
    name: KeyClass | None = names.read(said)
    return name.verdict if name else None


def are_couples(value: Sequence[object]) -> bool:
    """Tell whether every element is a list or a tuple of two."""
    return all(isinstance(one, (list, tuple)) and len(one) == 2 for one in value)  # noqa: PLR2004


def formatted(value: Sequence[object]) -> str | None:
    """Return the message of a format and its arguments, as `logging` keeps them, or None.

    Only plain arguments are put in: none is asked for its text.
    """
    form, arguments = value
    if type(form) is not str or "%" not in form or not isinstance(arguments, (tuple, dict)):
        return None
    if not arguments or len(arguments) > _FEW or _WIDE_FORMAT.search(form):
        return None
    held = arguments.values() if isinstance(arguments, dict) else arguments
    if not all(type(one) in {str, int, float, bool, type(None)} for one in held):
        return None
    try:
        return form % arguments
    except (TypeError, ValueError, KeyError, OverflowError):
        return None


def split_number(value: Sequence[object]) -> str:
    """Return the entity of a number whose parts are a short list of digit strings, or nothing."""
    if not 2 <= len(value) <= 6:  # noqa: PLR2004
        return ""
    parts = [one for one in value if type(one) is str and one.isascii() and one.isdigit()]
    digits = "".join(parts)
    if len(parts) != len(value):
        return ""
    if SHORTEST <= len(digits) <= LONGEST and card(digits.encode()) is Likely.YES:
        return "CREDIT_CARD"
    return "US_SSN" if [len(part) for part in parts] == _SOCIAL and is_ssn(digits) else ""


def alternate(value: Sequence[object], parent: str) -> list[tuple[object, object]] | None:
    """Return a flat list of header names and values as couples, or None if it is none.

    Node.js has them so as `rawHeaders`.
    """
    if len(value) % 2 or not parent.lower().endswith("rawheaders"):
        return None
    return list(zip(value[::2], value[1::2], strict=True))
