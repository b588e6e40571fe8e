"""Numbers that states give: `python-stdnum` says which are valid, and every one is seen."""

from __future__ import annotations

import importlib
import random
import re
from functools import cache
from typing import Any, Final

import pytest
from stdnum.exceptions import InvalidChecksum

from affidavit._policy.load import load_policy
from affidavit._policy.words import Pack, Sink
from affidavit._redact import Redactor
from affidavit._redact.detect.national_ids import table
from affidavit._redact.detect.national_ids.table import Identifier, identifiers, pattern_of

REFEREE: Final = {
    "at.vnr": ("Austrian social security number", "9999999999"),
    "at.tin": ("Austrian tax number", "999999999"),
    "be.eid": ("Belgian identity card", "999999999999"),
    "be.nn": ("Belgian national number", "99999999999"),
    "bg.egn": ("Bulgarian EGN", "9999999999"),
    "bg.pnf": ("Bulgarian foreigner's number", "9999999999"),
    "cy.vat": ("Cypriot tax code", "99999999A"),
    "cz.rc": ("Czech and Slovak birth number", "9999999999"),
    "sk.rc": ("Czech and Slovak birth number", "9999999999"),
    "dk.cpr": ("Danish CPR number", "9999999999"),
    "dk.cvr": ("Danish company number", "99999999"),
    "ee.ik": ("Estonian personal code", "99999999999"),
    "fi.hetu": ("Finnish personal identity code", "999999-999X"),
    "fr.nir": ("French social security number", "[12]99999999999999"),
    "fr.nif": ("French tax number", "9999999999999"),
    "de.idnr": ("German tax identifier", "99999999999"),
    "gr.amka": ("Greek social security number", "99999999999"),
    "gr.vat": ("Greek tax number", "999999999"),
    "hr.oib": ("Croatian OIB", "99999999999"),
    "hu.anum": ("Hungarian tax number", "99999999"),
    "ie.pps": ("Irish PPS number", "9999999A"),
    "it.codicefiscale": ("Italian fiscal code", "AAAAAA99A99A999A"),
    "it.iva": ("Italian VAT number", "99999999999"),
    "lt.asmens": ("Lithuanian personal code", "99999999999"),
    "lv.pvn": ("Latvian personal code", "[0123]9999999999"),
    "nl.bsn": ("Dutch BSN", "999999999"),
    "nl.onderwijsnummer": ("Dutch BSN", "10[0-9]999999"),
    "no.fodselsnummer": ("Norwegian birth number", "99999999999"),
    "no.kontonr": ("Norwegian bank account", "99999999999"),
    "pl.pesel": ("Polish PESEL", "99999999999"),
    "pl.regon": ("Polish register of economic units", "999999999"),
    "pl.nip": ("Polish tax number", "9999999999"),
    "pt.nif": ("Portuguese tax number", "999999999"),
    "pt.cc": ("Portuguese citizen card", "999999999AX9"),
    "ro.cnp": ("Romanian CNP", "9999999999999"),
    "se.personnummer": ("Swedish personal number", "999999-9999"),
    "si.emso": ("Slovenian EMSO", "9999999999999"),
    "si.ddv": ("Slovenian tax number", "99999999"),
    "es.dni": ("Spanish DNI and NIE", "99999999A"),
    "es.ccc": ("Spanish bank account", "99999999999999999999"),
    "es.nie": ("Spanish DNI and NIE", "[XYZ]9999999A"),
    "es.cif": ("Spanish DNI and NIE", "[ABCDEFGHJNPQRSUVW]99999999"),
    "ch.ssn": ("Swiss AHV number", "7569999999999"),
    "gb.upn": ("English pupil's number", "A999999999999"),
    "gb.utr": ("British tax reference", "9999999999"),
    "us.ein": ("US employer identification number", "99-9999999"),
    "us.rtn": ("US routing number", "999999999"),
    "au.tfn": ("Australian tax file number", "999999999"),
    "au.abn": ("Australian business number", "99999999999"),
    "au.acn": ("Australian company number", "999999999"),
    "br.cpf": ("Brazilian CPF", "99999999999"),
    "br.cnpj": ("Brazilian CNPJ", "99999999999999"),
    "ca.sin": ("Canadian social insurance number", "999999999"),
    "ca.bc_phn": ("Canadian personal health number", "9999999999"),
    "cn.ric": ("Chinese resident identity number", "110101199[0-9]99999999"),
    "in_.aadhaar": ("Indian Aadhaar number", "999999999999"),
    "in_.vid": ("Indian virtual identifier", "9999999999999999"),
    "in_.pan": ("Indian PAN", "AAAPA9999A"),
    "in_.epic": ("Indian voter's number", "AAA9999999"),
    "in_.gstin": ("Indian GSTIN", "27AAAPA9999A[1-9]ZX"),
    "jp.in_": ("Japanese My Number", "999999999999"),
    "kr.rrn": ("Korean resident registration number", "9999999999999"),
    "nz.ird": ("New Zealand tax number", "999999999"),
    "tr.tckimlik": ("Turkish identity number", "99999999999"),
    "tr.vkn": ("Turkish tax number", "9999999999"),
    "za.idnr": ("South African identity number", "9999999999999"),
    "za.tin": ("South African tax number", "9999999999"),
    "imei": ("International Mobile Equipment Identity", "999999999999999"),
}
"""What the referee calls it, which of ours it is, and what is drawn until it says yes."""

DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WANTED, TURNS = 40, 40_000
FEWEST: Final = 4
"""Digits below which a text is not read for numbers."""
KINDS: Final = {one.name: one for one in identifiers()}
WORLD: Final = Redactor(load_policy("baseline").redaction._replace(packs=tuple(Pack)))


def _drawn(picture: str, rng: random.Random) -> str:
    out = ""
    for piece in re.findall(r"\[[^\]]+\]|.", picture):
        members = re.sub(
            r"([0-9])-([0-9])",
            lambda span: DIGITS[int(span[1]) : int(span[2]) + 1],
            piece.strip("[]"),
        )
        known = {"9": DIGITS, "A": LETTERS, "X": DIGITS + LETTERS}.get(piece)
        out += rng.choice(known or members) if known or piece[0] == "[" else piece
    return out


def _dated(number: str, rng: random.Random) -> str:
    """Put a day and a month somewhere, so that numbers with a date are met more often."""
    at = rng.choice((0, 2, 3, 4, 10))
    day = f"{rng.randint(1, 12):02}{rng.randint(1, 12):02}"
    return number[:at] + day + number[at + 4 :] if number[at : at + 4].isdigit() else number


@cache
def _drawn_numbers(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return numbers that the referee calls valid, and some that it does not."""
    referee: Any = importlib.import_module(f"stdnum.{name}")
    form = re.compile(pattern_of(KINDS[REFEREE[name][0]].forms))
    rng = random.Random(name)  # noqa: S311 - the same draws each time
    valid: list[str] = []
    others: list[str] = []
    for turn in range(TURNS):
        number = _drawn(REFEREE[name][1], rng)
        number = _dated(number, rng) if turn % 2 else number
        if not form.fullmatch(number):
            continue
        try:
            good = referee.is_valid(number)
        except (KeyError, ValueError):
            continue  # the referee's list of places has holes
        (valid if good else others).append(number)
        if len(valid) >= WANTED and len(others) >= WANTED:
            break
    assert valid, f"{name}: nothing valid in {TURNS} draws"
    return tuple(valid[:WANTED]), tuple(others[:WANTED])


@pytest.mark.parametrize("name", REFEREE)
def test_what_the_referee_calls_valid_passes_our_check(name: str) -> None:
    """Each check digit agrees; where ours is stricter, that is known."""
    kind = KINDS[REFEREE[name][0]]

    assert [] == [one for one in _drawn_numbers(name)[0] if not kind.accepts(one)]


LOOSER: Final = {
    "at.tin", "cz.rc", "sk.rc", "dk.cpr", "ee.ik", "fi.hetu", "fr.nir", "it.codicefiscale",
    "lv.pvn", "no.fodselsnummer", "no.kontonr", "ro.cnp", "es.cif", "us.ein", "au.abn", "ca.sin",
    "in_.pan", "it.iva", "in_.gstin", "kr.rrn", "za.idnr", "nl.onderwijsnummer", "nl.bsn", "pt.nif",
    "be.nn", "cy.vat", "se.personnummer", "pl.pesel", "in_.aadhaar", "cn.ric",
}  # fmt: skip
"""Where the referee also looks at dates, places or who was given what, and we do not."""


@pytest.mark.parametrize("name", sorted(REFEREE.keys() - LOOSER))
def test_what_the_referee_refuses_fails_our_check(name: str) -> None:
    """A check digit that is wrong makes a number nobody's."""
    kind = KINDS[REFEREE[name][0]]

    assert [] == [one for one in _drawn_numbers(name)[1] if kind.accepts(one)]


SILENT: Final = {
    "dk.cpr", "kr.rrn", "us.ein", "in_.pan", "be.nn", "nl.onderwijsnummer", "no.kontonr", "lv.pvn",
}  # fmt: skip
"""Numbers without a check digit; the last four have a second rule, of which either will do."""


def _neighbours(number: str) -> set[str]:
    """Return what a number becomes by one wrong digit or letter, or by two that change places."""
    found = set()
    for at, one in enumerate(number):
        rest = DIGITS if one.isdigit() else LETTERS if one.isalpha() else one
        found |= {number[:at] + other + number[at + 1 :] for other in rest}
    found |= {
        number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        for at in range(len(number) - 1)
    }
    return found - {number}


def _says(referee: Any, number: str) -> str:
    """Return the referee's verdict: valid, a wrong check digit, or what else is wrong."""
    try:
        referee.validate(number)
    except InvalidChecksum:
        return "checksum"
    except (KeyError, ValueError):
        return "other"
    return "valid"


@pytest.mark.parametrize("name", REFEREE)
def test_what_is_mistyped_is_judged_as_the_referee_judges_it(name: str) -> None:
    """Every digit, every letter and every pair of neighbours of five numbers, one at a time."""
    referee: Any = importlib.import_module(f"stdnum.{name}")
    kind, picture = KINDS[REFEREE[name][0]], REFEREE[name][1]
    form, drawn = (re.compile(pattern_of(forms)) for forms in (kind.forms, (picture,)))
    wrong = []
    for number in _drawn_numbers(name)[0][:5]:
        for mistyped in filter(form.fullmatch, sorted(_neighbours(number))):
            if not drawn.fullmatch(mistyped):
                continue
            verdict, ours = _says(referee, mistyped), kind.accepts(mistyped)
            strict = verdict == "checksum" and name not in SILENT
            if ours != (verdict == "valid") and (strict or verdict == "valid"):
                wrong.append((mistyped, verdict))

    assert [] == wrong


PUBLISHED: Final = {
    "australia_health": ("2428778132", "2950197561"),
    "brazil_worker": ("12056412847", "17033259504", "12345678919"),
    "checked_vehicle": ("1M8GDM9AXKP042788", "1HGCM82633A004352", "5GZCZ43D13S812715"),
    "document": ("L898902C36", "D231458907", "7408122", "1204159"),
    "france_account": ("20041010050500013M02606", "30006000011234567890189"),
    "germany_health": ("A123456780", "T012345678"),
    "germany_pension": ("15070649C103", "65170839J003"),
    "hungary_account": ("1177301611111018", "117730161111101800000000"),
    "hungary_health": ("111111110", "037687210", "123456788"),
    "hungary_tax": ("8071592153",),
    "luxembourg": ("1893120105732",),
    "new_zealand_health": ("ZAC5361", "CGC2720", "EPT6335", "ZBN77VL", "ZZZ00AC", "ZVU27KE"),
    "poland_account": ("61109010140000071219812874",),
    "poland_card": ("ABA300000", "ABS123456"),
    "poland_register": ("12345678512347", "123456785"),
    "singapore": (
        "S1234567D",
        "T1234567J",
        "F1234567N",
        "G1234567X",
        "M1234567K",
        "M0000003L",
        "G1234574M",
    ),
    "spain_insurance": ("281234567840",),
    "usa_prescriber": ("AP5836727", "BJ6125341", "F91234563"),
}
"""Numbers that stand as examples in what the issuers, or others who implement it, publish."""


@pytest.mark.parametrize("check", PUBLISHED)
def test_published_numbers_pass_and_one_wrong_digit_shows(check: str) -> None:
    """Where no referee knows the check. What one digit cannot show is at most one in four."""
    accepts = table.checks()[check]
    for number in PUBLISHED[check]:
        assert accepts(number)
        changed = [
            number[:at] + other + number[at + 1 :]
            for at, one in enumerate(number) if one.isdigit()
            for other in DIGITS if other != one
        ]  # fmt: skip
        missed = [one for one in changed if accepts(one)]
        assert len(missed) <= len(changed) / 4, missed


@pytest.mark.parametrize("name", REFEREE)
def test_a_valid_number_is_seen_behind_each_of_its_words(name: str) -> None:
    """Upper and lower case, a colon or a blank, in the middle of a sentence."""
    kind = KINDS[REFEREE[name][0]]
    missed = [
        text
        for number in _drawn_numbers(name)[0][:4]
        for word in kind.words
        for text in (
            f"the {word} {number} was given",
            f"{word.upper()}: {number}",
            f"{word} no. {number}",
        )
        if number in WORLD.text(text, Sink.LOG)
    ]

    assert [] == missed


def test_every_kind_has_a_form_or_is_free() -> None:
    """And a check that exists, a pack that a policy can name, and a page."""
    packs = {one.value for one in Pack} | {table.EVERYWHERE}

    assert [] == [one.name for one in identifiers() if not one.forms and one.name not in table.FREE]
    assert packs == {one.pack for one in identifiers()}
    assert {one.check for one in identifiers()} <= table.checks().keys()
    assert len(KINDS) == len(identifiers())


def _sample(kind: Identifier, rng: random.Random, forms: tuple[str, ...]) -> str:
    """Return one number that `kind` accepts; its check is met by drawing."""
    for _ in range(TURNS):
        number = _drawn(rng.choice(forms).replace("_", ""), rng)
        if kind.accepts(number) and sum(map(str.isdigit, number)) >= FEWEST:
            return number
    raise AssertionError(kind.name)


@pytest.mark.parametrize(
    "kind", [one for one in identifiers() if one.forms], ids=lambda one: one.name
)
def test_a_number_of_every_kind_is_seen_behind_its_words(kind: Identifier) -> None:
    """What no referee knows is drawn from its own form."""
    rng = random.Random(kind.name)  # noqa: S311
    missed = []
    for word in kind.words:
        number = _sample(kind, rng, kind.forms)
        text = f"{word} {number}."
        if number in WORLD.text(text, Sink.LOG):
            missed.append(text)

    assert [] == missed


@pytest.mark.parametrize(
    "kind", [one for one in identifiers() if one.bare], ids=lambda one: one.name
)
def test_a_form_that_is_enough_needs_no_word(kind: Identifier) -> None:
    """In a sentence that says nothing."""
    rng = random.Random(kind.name)  # noqa: S311
    for form in kind.bare:
        number = _sample(kind, rng, (form,))
        assert number not in WORLD.text(f"we saw {number} there", Sink.LOG)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("born on 23 January 1980 in", "BIRTH_DATE"), ("DOB 01/23/1980", "BIRTH_DATE"),
        ("geboren am 23.01.1980", "BIRTH_DATE"), ("née le 23/01/1980", "BIRTH_DATE"),
        ("gps 52.5200, 13.4050", "LOCATION"), ("coordinates: 52.5200,13.4050", "LOCATION"),
        ("wallet 0x52908400098527886E0F7030069857D2E4169EE7", "BANK_ACCOUNT"),
        ("bitcoin to bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "BANK_ACCOUNT"),
        ("\u0391\u039c\u039a\u0391 01013099997", "GOV_ID"),
        ("\u0415\u0413\u041d 7523169263", "GOV_ID"),
        ("身份证号码110101199003074514", "GOV_ID"), ("주민등록번호 971013-9019902", "GOV_ID"),
        ("Rodné číslo: 710319/2745", "GOV_ID"),
        ("numéro de sécurité sociale 295109912611193", "GOV_ID"),
        ("生年月日は1990年1月2日です", "BIRTH_DATE"), ("생년월일 1990. 01. 02.", "BIRTH_DATE"),
        ("DOB 19900102", "BIRTH_DATE"), ("syntymäaika 2.1.1990", "BIRTH_DATE"),
        ("주민등록번호는 971013-9019902입니다", "GOV_ID"), ("患者生年月日1990/01/02", "BIRTH_DATE"),
        ("D.N.I. 54362315K", "GOV_ID"), ("r.č. 7103192745", "GOV_ID"),
        ("\u0391.\u03a6.\u039c. 094259216", "GOV_ID"), ("C. N. P. 1630615123457", "GOV_ID"),
    ],
)  # fmt: skip
def test_words_are_read_in_their_own_letters(text: str, label: str) -> None:
    """With accents or dots, in Greek, Bulgarian, Chinese, Japanese, Korean; dates, wallets too."""
    assert f"[{label}]" in WORLD.text(text, Sink.LOG) or "tok_" in WORLD.text(text, Sink.LOG)


def test_a_pack_that_is_not_on_looks_for_nothing() -> None:
    """`gdpr` switches the European Union on, `hipaa` the United States."""
    gdpr, hipaa = (Redactor(load_policy(name).redaction) for name in ("gdpr", "hipaa"))

    assert "[GOV_ID]" in gdpr.text("numer 44051401359", Sink.LOG)
    assert "44051401359" in hipaa.text("numer 44051401359", Sink.LOG)
    assert "121042882" not in hipaa.text("routing 121042882", Sink.LOG)
    assert "121042882" in gdpr.text("routing 121042882", Sink.LOG)


@pytest.mark.parametrize("word", table.GENERAL)
def test_english_says_what_any_state_gives(word: str) -> None:
    """If its check digit agrees: one that does not is nobody's."""
    right, wrong = (
        WORLD.text(f"the {word} {number} is known", Sink.LOG)
        for number in ("36574261809", "56754261809")
    )

    assert "36574261809" not in right
    assert "[GOV_ID]" not in wrong


TELEPHONES: Final = (
    "0664 123456", "(011) 234-567", "01 23 45 67 89", "0043 664 123456", "0171/1234567", "321 2345",
    "03-1234-5678", "11 96123-4567",
)  # fmt: skip


@pytest.mark.parametrize("number", TELEPHONES)
def test_a_telephone_is_seen_behind_its_word(number: str) -> None:
    """However its country groups it, in the words of several languages."""
    words = (
        "phone",
        "Tel.",
        "mobile no.",
        "Telefon",
        "teléfono",
        "numéro de téléphone",
        "電話番号",
    )
    missed = [
        text
        for word in words
        for text in (f"{word} {number}", f"the {word} is {number} now", f"{word}: {number},")
        if number in WORLD.text(text, Sink.LOG)
    ]

    assert [] == missed


@pytest.mark.parametrize(
    "text",
    [
        "phone call at 10:15 from desk 12345678", "mobile 2024-01-02 10:11:12", "tel 127.0.0.1",
        "phone 12.01.2024", "mobile app 1.2.3 build 4567", "telephone 12345", "phone x12345678",
        "[PHONE] 0000 0000 0002", "phone storage 12345678 bytes",
    ],
)  # fmt: skip
def test_what_stands_behind_a_telephone_is_not_always_its_number(text: str) -> None:
    """Only what follows at once, and is no date, address, size or name."""
    assert text == WORLD.text(text, Sink.LOG)
