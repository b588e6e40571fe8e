"""People in messages and files whose places a standard names, and no word of English.

vCard (RFC 6350) and iCalendar (RFC 5545), EDIFACT (NAD, CTA, COM), SWIFT MT (fields 50 and 59),
ISO 20022, NACHA's entries, DICOM as dcmdump and pydicom print it, the clinical documents and the
XML of HL7, LDIF (RFC 2849), the lines that a machine reads on passports (ICAO 9303).
"""

from __future__ import annotations

import re
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.match import Match

_CARD: Final = lazy(
    r"(?i)(?:^|[\r\n]|\\[rn])(?:[\w-]{1,20}\.)?(n|fn|nickname|adr|label|tel|bday|geo)("
    r"(?:;(?:\"[^\"\r\n]{0,80}\"|[^:\"\r\n]){0,160})?)"
    r":((?:[^\r\n\\]|\\(?![rn])|\r?\n[ \t]){1,2000})"
)
_OF_CARD: Final = {"adr": "ADDRESS", "label": "ADDRESS", "tel": "PHONE", "bday": "BIRTH_DATE",
                   "geo": "LOCATION"}  # fmt: skip
_COMMON_NAME: Final = lazy(r"(?i);cn=(?:\"([^\"\r\n]{1,120})\"|([^:;\"\r\n]{1,120}))(?=[:;])")
_PARTY: Final = lazy(r"\bNAD\+\w{1,3}\+([^']{2,600})'")
_CONTACT: Final = lazy(r"\b(?:CTA\+\w{0,3}\+[^:+']{0,40}:([^'+]{2,80})|COM\+([^:']{3,120}):)")

_MT: Final = lazy(
    r"(?:^|[\r\n]|\\[rn]):5[09][ACFGHK]?:((?:(?!(?:\r?\n|\\r?\\?n)(?::|-\}))[\s\S]){3,400})"
)
_PARTIES: Final = (":50K:", ":50F:", ":50A:", ":50H:", ":59:/", ":59:\n", ":59F:", ":59A:")
_NAMED_ELEMENT: Final = lazy(
    r"<(?:\w{1,20}:)?(Nm|StrtNm|BldgNb|AdrLine|TwnNm|PstCd|CityOfBirth|given|family|Given|Family)"
    r"(?:\s[^<>]{0,120})?>\s{0,8}([^<>]{1,400})</"
)
_OPEN: Final = r">\s{0,8}<(?:\w{1,20}:)?"
_OTHER_ACCOUNT: Final = lazy(rf"Acct{_OPEN}Id{_OPEN}Othr{_OPEN}Id>([^<>]{{1,40}})<")
_FHIR: Final = lazy(r"<(family|given|birthDate|line)(?:\s[^<>]{0,80})?\svalue=\"([^\"<>]{1,200})\"")
_OF_ELEMENT: Final = {
    **dict.fromkeys(("StrtNm", "BldgNb", "AdrLine", "TwnNm", "PstCd", "line"), "ADDRESS"),
    "CityOfBirth": "BIRTH_DATE", "birthDate": "BIRTH_DATE",
}  # fmt: skip
_ELEMENTS: Final = ("nm>", "adrline", "<given", "<family", ":given", ":family", "<othr", ":othr")

_DUMPED: Final = lazy(
    r"(?i)\((0010,\s?(?!0040)[0-9a-f]{4})\)\s(?:[A-Z]{2}\s\[([^\]\r\n]{1,200})\]"
    r"|[^\r\n]{1,80}?\s[A-Z]{2}:\s(?:'([^'\r\n]{1,200})'|([^'\s][^\r\n]{0,200})))"
    r"|\([0-9a-f]{4},\s?[0-9a-f]{4}\)\s(?:PN\s\[([^\]\r\n]{1,200})\]"
    r"|[^\r\n]{1,80}?\sPN:\s'([^'\r\n]{1,200})')"
)
_DIRECTORY: Final = lazy(r"(?im)^(?:cn|sn|gn|displayName|gecos):[ \t]{1,4}(\S[^\r\n]{0,120})")
_ENTRY_OF_DIRECTORY: Final = lazy(r"(?im)^dn: [a-z]{1,20}=")
_PEOPLE: Final = lazy(
    r"(?i)\b(?:cn|uid)=([^,+=\"\r\n]{2,80}),\s?(?:ou|cn|o)=(?:people|persons?|users?|staff|employees"
    r"|members|customers|patients|students|benutzer|personen|utilisateurs|usuarios|utenti)\b"
)
_ENTRY: Final = lazy(
    r"(?m)^6(?:2[2-9]|3[2-9])[0-9]{9}([0-9A-Z -]{17})[0-9]{10}(.{15})(.{22})..[01]"
    r"[0-9]{15}[ \t\r]{0,8}$"
)
_ENTRY_LENGTH: Final = 94

_MACHINE_READ: Final = lazy(r"(?<![A-Za-z0-9<])[A-Z0-9<]{28,44}(?![A-Za-z0-9<])")
_TRAVELS: Final = lazy(r"[PVIACD][A-Z0-9<][A-Z<]{3}[A-Z0-9<]+")


def find_person_messages(text: str, lower: str, hits: list[Match]) -> None:
    """Add the people of messages that name them by their places."""
    if "<" in text:
        _find_elements(text, lower, hits)
    if "\n" in text or "\\n" in text or (len(text) >= _ENTRY_LENGTH and text[0] == "6"):
        _find_lines(text, lower, hits)
    if "=" in text and (";CN=" in text or "ou=" in lower):
        _add_all(_COMMON_NAME, text, "NAME", hits)
        _add_all(_PEOPLE, text, "NAME", hits)
    if "NAD+" in text:
        _add_all(_PARTY, text, "NAME", hits)
        _add_all(_CONTACT, text, "CONTACT", hits)
    if "(0010," in text:
        _add_all(_DUMPED, text, "HEALTH_ID", hits)


def _find_lines(text: str, lower: str, hits: list[Match]) -> None:
    """Add people of what has a line for each thing that it says."""
    if "begin:vcard" in lower:
        _add_by(_CARD, text, _OF_CARD, hits)
    if ":5" in text and any(one in text for one in _PARTIES):
        _add_all(_MT, text, "NAME", hits)
    if "dn: " in lower and _ENTRY_OF_DIRECTORY.search(text):
        _add_all(_DIRECTORY, text, "NAME", hits)
    if len(text) >= _ENTRY_LENGTH and (text[0] == "6" or "\n6" in text):
        for found in _ENTRY.finditer(text):
            hits.append(Match(*found.span(1), "BANK_ACCOUNT"))
            hits += [Match(*found.span(2), "HEALTH_ID"), Match(*found.span(3), "NAME")]


def _find_elements(text: str, lower: str, hits: list[Match]) -> None:
    if any(one in lower for one in _ELEMENTS):
        _add_by(_NAMED_ELEMENT, text, _OF_ELEMENT, hits)
        _add_by(_FHIR, text, _OF_ELEMENT, hits)
        _add_all(_OTHER_ACCOUNT, text, "BANK_ACCOUNT", hits)
    if "<<" in text:
        lines = [found.span() for found in _MACHINE_READ.finditer(text)]
        if any("<<" in text[slice(*one)] and _TRAVELS.fullmatch(text, *one) for one in lines):
            hits.extend(Match(*one, "PASSPORT") for one in lines)


def _add_by(form: re.Pattern[str], text: str, entities: dict[str, str], hits: list[Match]) -> None:
    """Add the last group of `form` as what its first one says, a name if it says nothing else."""
    for found in form.finditer(text):
        said = found[1]
        entity = entities.get(said) or entities.get(said.lower(), "NAME")
        hits.append(Match(*found.span(found.lastindex or 0), entity))


def _add_all(form: re.Pattern[str], text: str, entity: str, hits: list[Match]) -> None:
    for found in form.finditer(text):
        group = found.lastindex or 0
        if group and found[group].strip():
            hits.append(Match(*found.span(group), entity))
