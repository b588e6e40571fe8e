"""Names of fields in the languages of the EU, and in Norwegian, Turkish and three of Asia."""

from __future__ import annotations

import pytest

from affidavit._library import shipped_text
from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor
from affidavit._redact.classify.key_words import entity_of, split
from affidavit._redact.types.entities import ENTITIES
from affidavit._redact.types.key_languages import learn_languages
from affidavit._redact.types.lexicon import ENDINGS, FOREIGN, WHOLE

NAMES = {
    "bg": "фамилия, дата на раждане, телефон, адрес, данъчен номер, здравна осигуровка, парола, егн, лична карта, име, пощенски код, familia, data_na_razhdane",
    "cs": "příjmení, datum narození, telefonní číslo, adresa, daňové číslo, zdravotní pojištění, heslo, rodné číslo, občanský průkaz, jméno, PSČ, číslo účtu, řidičský průkaz, národnost",
    "da": "efternavn, fødselsdato, telefonnummer, adresse, skattenummer, sygesikring, adgangskode, CPR-nummer, kørekort, fornavn, postnummer, kontonummer, nationalitet",
    "de": "Nachname, Geburtsdatum, Telefonnummer, Adresse, Steuernummer, Krankenversicherung, Passwort, Sozialversicherungsnummer, Personalausweis, Vorname, Postleitzahl, Kontonummer, Führerschein, Staatsangehörigkeit, Straße",
    "el": "επώνυμο, ημερομηνία γέννησης, τηλέφωνο, διεύθυνση, ΑΦΜ, ΑΜΚΑ, κωδικός πρόσβασης, ταυτότητα, όνομα, ταχυδρομικός κώδικας, διαβατήριο",
    "es": "apellido, fecha de nacimiento, teléfono, dirección, número de identificación fiscal, seguro médico, contraseña, DNI, pasaporte, nombre completo, código postal, cuenta bancaria, nacionalidad",
    "et": "perekonnanimi, sünniaeg, telefon, aadress, maksunumber, ravikindlustus, parool, isikukood, eesnimi, postiindeks, sünnikuupäev",
    "fi": "sukunimi, syntymäaika, puhelinnumero, osoite, veronumero, sairausvakuutus, salasana, henkilötunnus, etunimi, postinumero, ajokortti, tilinumero",
    "fr": "nom de famille, date de naissance, téléphone, adresse, numéro fiscal, assurance maladie, mot de passe, numéro de sécurité sociale, carte d'identité, prénom, code postal, numéro de compte, permis de conduire, nationalité",
    "ga": "sloinne, dáta breithe, uimhir theileafóin, seoladh, uimhir chánach, árachas sláinte, pasfhocal, uimhir PSP, céadainm",
    "hr": "prezime, datum rođenja, broj telefona, adresa, porezni broj, zdravstveno osiguranje, lozinka, OIB, osobna iskaznica, ime, poštanski broj, broj računa, državljanstvo",
    "hu": "vezetéknév, születési dátum, telefonszám, cím, adószám, egészségbiztosítás, jelszó, személyi szám, TAJ szám, keresztnév, irányítószám, bankszámlaszám, állampolgárság",
    "it": "cognome, data di nascita, numero di telefono, indirizzo, codice fiscale, tessera sanitaria, parola d'ordine, carta d'identità, patente, nome completo, codice postale, conto corrente, cittadinanza",
    "lt": "pavardė, gimimo data, telefono numeris, adresas, mokesčių mokėtojo kodas, sveikatos draudimas, slaptažodis, asmens kodas, vardas, pašto kodas, banko sąskaita, pilietybė",
    "lv": "uzvārds, dzimšanas datums, tālrunis, adrese, nodokļu maksātāja numurs, veselības apdrošināšana, parole, personas kods, vārds, pasta indekss, bankas konts, pilsonība",
    "mt": "kunjom, data tat-twelid, numru tat-telefon, indirizz, numru tat-taxxa, assigurazzjoni tas-saħħa, karta tal-identità, kodiċi postali",
    "nl": "achternaam, geboortedatum, telefoonnummer, adres, belastingnummer, zorgverzekering, wachtwoord, BSN, identiteitskaart, voornaam, postcode, rekeningnummer, rijbewijs, nationaliteit",
    "no": "etternavn, fødselsdato, telefonnummer, adresse, skattenummer, helseforsikring, passord, fødselsnummer, førerkort, fornavn, postnummer",
    "pl": "nazwisko, data urodzenia, numer telefonu, adres, numer identyfikacji podatkowej, ubezpieczenie zdrowotne, hasło, PESEL, dowód osobisty, imię, kod pocztowy, numer konta, prawo jazdy, obywatelstwo",
    "pt": "apelido, data de nascimento, telefone, morada, número de contribuinte, seguro de saúde, palavra-passe, NIF, cartão de cidadão, código postal, conta bancária, nacionalidade, senha",
    "ro": "nume de familie, data nașterii, număr de telefon, adresă, cod fiscal, asigurare de sănătate, parolă, CNP, carte de identitate, prenume, cod poștal, cont bancar, cetățenie",
    "sk": "priezvisko, dátum narodenia, telefónne číslo, adresa, daňové identifikačné číslo, zdravotné poistenie, heslo, rodné číslo, občiansky preukaz, krstné meno, číslo účtu",
    "sl": "priimek, datum rojstva, telefonska številka, naslov, davčna številka, zdravstveno zavarovanje, geslo, EMŠO, osebna izkaznica, ime, poštna številka, državljanstvo",
    "sv": "efternamn, födelsedatum, telefonnummer, adress, skattenummer, sjukförsäkring, lösenord, personnummer, körkort, förnamn, postnummer, kontonummer",
    "tr": "soyadı, doğum tarihi, telefon numarası, adres, vergi numarası, sağlık sigortası, şifre, TC kimlik no, ehliyet no, posta kodu, hesap numarası, uyruk",
    "ja": "氏名, 生年月日, 電話番号, 住所, マイナンバー, 健康保険証番号, パスワード, 口座番号, メールアドレス, ﾊﾟｽﾜｰﾄﾞ, 国籍",
    "ko": "이름, 생년월일, 휴대폰번호, 주소, 주민등록번호, 건강보험번호, 비밀번호, 계좌번호, 이메일 주소, 여권번호, 국적",
    "zh": "姓名, 出生日期, 手机号码, 家庭住址, 身份证号, shenfenzheng, 社保卡号, 密码, 邮箱, 银行卡号, 护照号码",
}
"""What forms ask for: names, birth, telephone, address, taxes, health insurance, password."""

HARMLESS = [
    "via",
    "gate_id",
    "run_id",
    "port",
    "ort",
    "cap",
    "by_user",
    "nem_count",
    "gen",
    "grad",
    "grad_norm",
    "order_by",
    "sort_by",
    "gateway",
    "gate",
    "retry_run",
    "dry_run",
    "passthrough",
    "pass_count",
    "pass_rate",
    "din",
    "signal_kind",
    "kind",
    "kin",
    "genre",
    "denomination",
    "portable",
    "ready_by",
    "created_by",
    "spam",
    "ram_usage",
    "fan_out",
    "cinema",
    "isolation",
    "emission",
    "remission",
    "parity",
    "polisher",
    "stade",
    "mestre",
    "timer_name",
    "host",
    "bucket_name",
    "kontakt_count",
    "conn_count",
    "session_count",
    "surface",
    "skeleton",
    "skin_name",
    "theme",
    "table_name",
    "index_name",
    "race_detector",
    "raceway",
    "faithful",
    "irish",
    "iris_dataset",
    "gaiter",
    "vaultname",
    "pathname",
    "hostname",
    "filename",
    "classname",
    "nickel",
    "telemetry",
    "telescope",
    "telegraf",
    "postgres",
    "postfix",
    "post_id",
    "code_point",
    "codec",
    "city_count",
    "rue_count",
    "adresses_total",
    "data",
    "data_type",
    "datacenter",
    "datum_type",
    "nip_count",
    "picture",
    "siren",
    "surrogate",
    "pec_mode",
]


@pytest.mark.parametrize("language", NAMES)
def test_what_forms_ask_for_is_known(language: str) -> None:
    """With underscores, in camel case, as one word; with accents as they are written."""
    missed = [
        form
        for name in NAMES[language].split(", ")
        for form in (
            name.replace(" ", "_"),
            "".join([name.split()[0], *map(str.capitalize, name.split()[1:])]),
            name.replace(" ", "").lower(),
        )
        if entity_of(split(form)) is None
    ]

    assert [] == missed


def test_they_count_in_texts_too() -> None:
    """In prose and as a setting: nineteen of twenty; some have an apostrophe in them."""
    redactor = Redactor(load_policy("baseline").redaction)
    names = [one for names in NAMES.values() for one in names.split(", ")]
    missed = [
        name
        for name in names
        for text in (f"{name}: Xy12345678", f"x=1 {name.replace(' ', '_')}=Xy12345678 y=2")
        if "Xy12345678" in redactor.text(text, Sink.LOG)
    ]

    assert len(set(missed)) <= len(names) / 20, missed


@pytest.mark.parametrize("name", HARMLESS)
def test_names_of_programs_are_not_taken_for_them(name: str) -> None:
    """A word of another language is often one of a programmer's."""
    assert entity_of(split(name)) is None


def test_every_phrase_announces_an_entity_that_exists() -> None:
    """And is written as it is looked up."""
    tables = (ENDINGS, WHOLE, FOREIGN)

    assert {one for table in tables for one in table.values()} <= ENTITIES.keys()
    assert [] == [
        one for table in tables for one in table if one != one.strip() or one != one.lower()
    ]


def test_a_word_of_five_letters_is_found_at_the_end_of_a_name() -> None:
    """A shorter one means too much elsewhere, unless it is the whole name."""
    told = [line for line in shipped_text("_redact/types/key_names.txt").splitlines() if line]
    words = {
        word
        for line in told
        if line[0] != "#"
        for word in line.split("; ")[2].split(", ")
        if word.isascii() and word.isalpha()
    }
    longer = {word for word in words if len(word) > 4}

    assert len(words) > len(longer) > 700
    assert [] == [one for one in longer if entity_of(split(f"xq_{one}")) != entity_of((one,))]
    assert all(entity_of((one,)) for one in words)


def test_a_word_of_four_letters_is_a_whole_name_only() -> None:
    """It means too much else at the end of a longer one."""
    endings: dict[str, str] = {}
    whole: dict[str, str] = {}
    learn_languages(endings, whole)

    assert 5 == min(map(len, endings))
    assert 4 in map(len, whole)
