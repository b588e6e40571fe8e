"""People go from messages and files that name them by their places."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor

REDACTORS: Final = {name: Redactor(load_policy(name).redaction) for name in ("hipaa", "gdpr")}

_CARD: Final = (
    "BEGIN:VCARD\nVERSION:3.0\nN:Quastenhuber;Petronela;;;\n"
    "FN;CHARSET=utf-8:Petronela Quastenhuber\n"
    "item1.TEL;TYPE=CELL:0171 5550132\nADR;TYPE=HOME:;;Lindenweg 7;Musterstadt;;12345;DE\n"
    "BDAY:19800123\nEND:VCARD"
)
_TRAVELS: Final = (
    "P<DEUQUASTENHUBER<<PETRONELA<<<<<<<<<<<<<<<<\nC01X00T478DEU8001232F2702283<<<<<<<<<<<<<<<4"
)
TEXTS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "vCard": (_CARD, ("Quastenhuber", "Petronela", "5550132", "Lindenweg", "19800123")),
    "vCard in a repr": (repr(_CARD), ("Quastenhuber", "Lindenweg")),
    "iCalendar": (
        ('ORGANIZER;CN=Petronela Quastenhuber:mailto:p@x.example\nATTENDEE;CN="Huber, P";RSVP=TRUE:'
        "mailto:z@x.example"),
        ("Quastenhuber", "Huber"),
    ),
    "EDIFACT": (
        ("NAD+BY+5412345000013::9++Quastenhuber Petronela+Lindenweg 7+Musterstadt++12345+DE'"
        "CTA+PD+:Petronela Huber'COM+0171-5550132:TE'"),
        ("Quastenhuber", "Lindenweg", "Petronela", "0171-5550132"),
    ),
    "SWIFT": (
        (":20:x\n:50K:/12345678\nPetronela Quastenhuber\nLindenweg 7\n"
        ":59:/987654\nOttokar Huber\n:70:r"),
        ("Quastenhuber", "Lindenweg", "Huber", "12345678", "987654"),
    ),
    "ISO 20022": (
        ("<Dbtr><Nm>Petronela Quastenhuber</Nm>"
        "<PstlAdr><AdrLine>Lindenweg 7</AdrLine></PstlAdr></Dbtr>"
        "<DbtrAcct><Id><Othr><Id>12345678</Id></Othr></Id></DbtrAcct>"),
        ("Quastenhuber", "Lindenweg", "12345678"),
    ),
    "NACHA": (
        (f"{'62202100002112345678901234567':<29}{'0000012345'}{'ID12345':<15}"
        f"{'PETRONELA QUASTENHUBER':<22}  0021000020000001"),
        ("345678901234567", "ID12345", "QUASTENHUBER"),
    ),
    "DICOM, dcmdump": (
        ("(0010,0010) PN [Quastenhuber^Petronela]   #  22, 1 PatientName\n"
        "(0010,0020) LO [PID-4711]   "
        "# 8\n(0008,0090) PN [Huber^Otto]  # 10, 1 ReferringPhysicianName"),
        ("Quastenhuber", "PID-4711", "Huber"),
    ),
    "DICOM, pydicom": (
        ("(0010, 0010) Patient's Name                      PN: 'Quastenhuber^Petronela'\n"
        "(0010, 0020) Patient ID                          LO: 'PID-4711'"),
        ("Quastenhuber", "PID-4711"),
    ),
    "LDIF": (
        ("dn: uid=pq,ou=people,dc=x\ncn: Petronela Quastenhuber\nsn: Huber\n"
        "telephoneNumber: 0171 5550132"),
        ("Quastenhuber", "Huber", "0171 5550132", "pq,"),
    ),
    "a distinguished name": ("bind cn=Petronela Huber,ou=people,dc=x failed", ("Huber",)),
    "CDA": (
        "<name><given>Petronela</given><family qualifier='BR'>Quastenhuber</family></name>",
        ("Petronela", "Quastenhuber"),
    ),
    "FHIR in XML": (
        '<family value="Quastenhuber"/><given value="Petronela"/><birthDate value="1980-01"/>',
        ("Quastenhuber", "Petronela", "1980-01"),
    ),
    "SAML": (
        ('<saml:Attribute Name="http://x/identity/claims/surname">'
        '<saml:AttributeValue xsi:type="xs:s">'
        "Quastenhuber</saml:AttributeValue></saml:Attribute>"),
        ("Quastenhuber",),
    ),
    "a passport": (_TRAVELS, ("QUASTENHUBER", "C01X00T478")),
    "an identity card": (
        "IDD<<T220001293<<<<<<<<<<<<<<<\n8001232F2702283D<<<<<<<<<<<<<4\nHUBER<<PETRONELA<<<<<<<<<<<<<<",
        ("HUBER", "T220001293", "8001232F"),
    ),
    "psql": ("-[ RECORD 1 ]---\nid         | 1\nfirst_name | Petronela\nlast_name  | Huber",
             ("Petronela", "Huber")),
    "From": ("From: Petronela Huber <p@x.example>", ("Huber",)),
    "From in small letters": ("From: petronela huber <p@x.example>", ("huber",)),
    "To": ('To: "Huber, P." <z@x.example>, Otto von Meyer <o@x.example>', ("Huber", "Meyer")),
    "an encoded name": ("From: =?utf-8?B?UGV0cm9uZWxhIEh1YmVy?= <p@x.example>", ("UGV0cm9uZWxh",)),
    "git": ("commit 1\nAuthor: Petronela Huber <p@x.example>\nDate: x", ("Huber",)),
    "PHP": ("PDO->__construct('mysql:host=h', 'u', 'hunter2wins', Array)", ("hunter2wins",)),
    "Azure": ("##vso[task.setvariable variable=x;issecret=true]hunter2", ("hunter2",)),
}  # fmt: skip
OBJECTS: Final[dict[str, tuple[Any, tuple[str, ...]]]] = {
    "OpenID Connect": ({"sub": "u1", "name": "Petronela Huber", "given_name": "x"}, ("Huber",)),
    "a user": ({"id": 7, "name": "Petronela Huber", "email": "p@x.example"}, ("Huber",)),
    "SCIM": ({"name": {"formatted": "Petronela Huber", "familyName": "Huber"}}, ("Huber",)),
    "jCard": (["vcard", [["fn", {}, "text", "Petronela Huber"],
                         ["n", {}, "text", ["Huber", "Petronela"]]]], ("Huber",)),
    "DICOM": ({"00100010": {"vr": "PN", "Value": [{"Alphabetic": "Huber^P"}]},
               "00100020": {"vr": "LO", "Value": ["PID-4711"]}}, ("Huber", "PID-4711")),
    "a form": ({"label": "Last name", "answer": "Huber"}, ("Huber",)),
    "a question": ({"question": "Last name", "answer": "Huber"}, ("Huber",)),
    "a change": ({"field": "last_name", "old": "Huber", "new": "Meyer"}, ("Huber", "Meyer")),
    "an input": ({"Field": "Last name", "Input": "Huber"}, ("Huber",)),
    "redis": ({"Cmd": ["redis-server", "--requirepass", "hunter2wins"]}, ("hunter2wins",)),
}  # fmt: skip


@pytest.mark.parametrize("policy", REDACTORS)
@pytest.mark.parametrize("kind", TEXTS)
def test_people_go_from_texts(kind: str, policy: str) -> None:
    """With what else stands at their places."""
    text, values = TEXTS[kind]
    done = REDACTORS[policy].text(text, Sink.LOG)

    assert [] == [one for one in values if one in done]


@pytest.mark.parametrize("policy", REDACTORS)
@pytest.mark.parametrize("kind", OBJECTS)
def test_people_go_from_objects(kind: str, policy: str) -> None:
    """By what stands beside them."""
    value, values = OBJECTS[kind]
    done = json.dumps(REDACTORS[policy].clean(value, Sink.LOG).value)

    assert [] == [one for one in values if one in done]


@pytest.mark.parametrize("policy", REDACTORS)
@pytest.mark.parametrize(
    "value",
    [
        "cn=Domain Users,ou=groups,dc=x", "CN=Amazon RSA 2048 M01,O=Amazon,C=US",
        "std::cout << foo << bar;", "cat <<EOF > x\nHELLO\nEOF", "sn: 4711", "use <given> syntax",
        "BEGIN:VCALENDAR\nSUMMARY:Standup\nEND:VCALENDAR", "NAD+/NADH ratio 3.1", "10:50:22 start",
        "uptime 10:59:02", "(0010,0010) tag missing", "cdn: up\nsn: 5 x", "urn:oid:2.5.4.42",
        "uid=1000(app) gid=1000(app)", "fn: main.go\nn: 5\nvcard", "vector<int@> x",
        "-[ RECORD 1 ]----\nid | 1\nstatus | ok", "PDO->__construct failed",
        {"name": "web", "value": "1"}, {"question": "How are you?", "answer": "fine"},
        {"field": "status", "old": "open", "new": "closed"}, ["fn", "a"], ["n", 1, 2, 3],
        {"00280010": {"vr": "US", "Value": [512]}}, {"name": "app", "version": "1"},
        {"name": "email", "required": True},
        {"name": "scanner", "email": None}, {"name": "scanner", "email": ""}, "ESAFrom=From <x>",
        {"id": "password", "old": None, "new": None},
    ],
)  # fmt: skip
def test_what_is_nobodys_stays(value: Any, policy: str) -> None:
    """What only looks as if it were one of these."""
    assert REDACTORS[policy].clean(value, Sink.LOG).value == value
