"""Key names that say their value is sensitive, as phrases of lower-case words.

`ENDINGS` match the last words of a key: `email` finds `user_email`. `WHOLE`
match only a key that says nothing else: `card` finds `card`, not `report_card`.
Both also match written as one word. Sources: HIPAA 45 CFR 164.514(b)(2)(i), PCI
DSS 4.0.1 table 2, GDPR Art. 4(1) and 9(1), and the names that frameworks give to
secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from affidavit._redact.types.key_languages import learn_languages

_ENDINGS: Final[Mapping[str, str]] = {
    "SECRET": """
        pw, db conn, github pat, gitlab pat, devops pat, access pat, contribsys com,
        webhook, creds, db pw, database uri, db uri, bearer token, haslo, heslo, jelszo, parola,
        losenord, adgangskode, kodeord, passord, salasana, lozinka, geslo, parool, slaptazodis,
        sifre, kodikos, motdepasse, clave de acceso, palavra passe, wachtzin,
        pswd, pword, psswd, paswd, passwrd, pasword, pswrd, key pass, store passwd, userpwd, psk,
        secret string, community string, requirepass, masterauth, snmp community,
        ro community, rw community, psksecret,
        wep key, priv key,
        password, passwd, pwd, pass word, pass phrase, app pass, api pass, ftp pass, ldap pass,
        mail pass, mongo pass, pg pass, redis pass, ssh pass, svc pass, service pass, store pass,
        pass code, passwort, kennwort, senha,
        contrasena, mot de passe, wachtwoord, db pass, user pass, mysql pass, smtp pass,
        root pass, admin pass, secret, secret id, secret key base, token, cookie, credential,
        api key, app key, secret key, access key, signing key, encryption key, decryption key,
        nonce key, logged in key, sonar login, master key, shared key, auth key, account key,
        storage key, ssh key, rsa key, pgp key, gpg key, hmac key,
        session key, license key, ssl key, tls key, client key, deploy key,
        subscription key, key pem, wallet key, session id, sess id, connect sid, php sessid,
        jsession id, user session, aiohttp session, connection string, connection uri, conn str,
        database url, db url, redis url, mongo uri, mongodb uri, broker url, amqp url, jdbc url,
        webhook url, dsn, security answer, secret answer, security question, secret question,
        csrf, xsrf, saml assertion, saml response, client assertion, assertion, bearer, signature,
        otp, otp code, totp, stripe key, data key, client key data, pwhash, one time code,
        one time pass, mfa code, verification code, confirmation code,
        auth code, authorization code, authentication code, recovery code, backup code,
        reset code, sms code, factor code, fa code, access code, login code, code verifier,
        otp seed, seed phrase, recovery phrase, mnemonic, htpasswd, netrc, pgpass, kubeconfig,
        keytab, keystore, salt""",
    "AUTH_HEADER": "authorization, basic auth, http auth, proxy auth, auth header",
    "AWS_KEY": "access key id, aws key",
    "PRIVATE_KEY": "private key, private key pem",
    "JWT": "jwt, jws, jwe",
    "CARD_CODE": """
        cvv, cvc, csc, cvn, card code, security code, card verification, card verification value,
        card verification code, card verification number, card security code, pin code,
        pin number, card pin, atm pin, debit pin, user pin, account pin, login pin, new pin,
        old pin, current pin, pin block, encrypted pin, security pin, access pin,
        personal identification number""",
    "CARD_TRACK": "track data, magstripe, magnetic stripe, card track",
    "CREDIT_CARD": """
        card number, card num, card no, cardno, cc number, cc num, cc no, credit card, debit card,
        payment card, bank card, charge card, credit card number, primary account number,
        card pan, pan number, customer pan, masked pan, full pan, card bin, card part, card data,
        card last, card last four, expiration date, expiry date, card expiry, card expiration,
        card exp, cc exp, exp date, exp month, exp year, expiry month, expiry year,
        expiration month, expiration year""",
    "EMAIL": """
        correo, correo electronico, courriel, posta elettronica, adresse mail, e post, epost,
        sahkoposti, emailadresse, mailadresse, eposta,
        email, e mail, mail address, email address, email addr, email id, reply to, mail from,
        mail to""",
    "PHONE": """
        telefon, telefonnummer, handynummer, rufnummer, mobilnummer, telefone, telemovel,
        telefono, numero de telephone, numero di telefono, numero de telefono, telefoonnummer,
        numer telefonu, telefonni cislo, telefonske cislo, telefonszam, puhelin, puhelinnumero,
        numar de telefon, telefonski broj, telefonas, talrunis, telefoninumber, tilefono,
        phone, telephone, phone number, phone no, phone num, tel number, tel no, mobile phone,
        mobile number, mobile no, cell phone, cell number, home phone, work phone, phone home,
        phone work, phone mobile, msisdn, fax, fax number, pager, pager number, whatsapp number,
        contact number, contact no, telephone number, telephone no,
        caller id, calling number, called number, sms number""",
    "US_SSN": """
        ssn, soc sec, ss number, social security, social security number, social security no,
        social sec num""",
    "US_ITIN": "itin, individual taxpayer identification number",
    "PASSPORT": """
        reisepassnummer, passnummer, numero de passeport, numero de pasaporte, numero di
        passaporto, numero do passaporte, paspoortnummer, numer paszportu, cislo pasu, passport,
        passport number, passport no, passport num, passport id""",
    "US_MBI": "mbi, medicare id, medicare number, medicare beneficiary identifier",
    "US_NPI": "npi, npi number, national provider identifier, provider identifier",
    "UK_NHS": "nhs, nhs number, nhs no, nhs id, nhs num",
    "UK_NINO": "nino, national insurance number, national insurance no, ni number, ni no",
    "GOV_ID": """
        steuernummer, steueridentifikationsnummer, sozialversicherungsnummer, personalausweis,
        ausweisnummer, reisepass, numero de securite sociale, numero fiscal, carte identite, dni
        nie, numero de identidad, partita iva, carta identita, rijksregisternummer,
        burgerservicenummer, dowod osobisty, rodne cislo, cpr nummer, cpr, henkilotunnus, hetu,
        szemelyi szam, taj szam, cnp, oib, jmbg, emso, isikukood, asmens kodas, personas kods,
        egn, amka, afm, tc kimlik, kimlik no, ahv nummer, avs number, rrn, my number, aadhar no,
        tfn, medicare card, sin, ird number, id nummer, nric, fin number,
        tin, ein, tax id, tax number, tax no, tax identifier, tax identification number,
        taxpayer id, taxpayer number, tax payer id, vat number, vat id, vat no,
        national id, national number,
        national id number, national identifier, government id, gov id, id number, id card,
        id card number, identity card, identity number, identity document, identification number,
        driver license, drivers license, driver licence, drivers licence, driving license,
        driving licence, driver license number, drivers license number, driving licence number,
        dl number, dl no, license no, license number, licence number, licence no, license plate,
        licence plate, number plate, plate number, plate no, vehicle plate, registration plate,
        voter id, voter number, sin number, social insurance number, aadhaar, aadhar,
        aadhaar number, pan card, cpf, cnpj, curp, dni, nif, nie number, bsn, pesel, personnummer,
        fodselsnummer, codice fiscale, fiscal code, steuer id, certificate number, permit number,
        visa number, alien number, green card, military id, dea number, document number,
        residence permit, citizen id, resident id""",
    "IBAN": "iban, iban number",
    "BANK_ACCOUNT": """
        kontonummer, bankleitzahl, numero de compte, numero de cuenta, numero di conto, numero
        conta, rekeningnummer, numer konta, cislo uctu, kontonumber, tilinumero, bankszamlaszam,
        bank account, account number, account no, account num, acct number, acct no, acct num,
        bank account number, bank number, bank code, routing number, routing no, aba number,
        aba routing, transit number, bic, bic code, swift code, swift bic, sort code, bsb,
        bank details, clabe, ifsc, ifsc code, bank id, checking account, savings account,
        bank acct""",
    "NAME": """
        vorname, nachname, familienname, geburtsname, prenom, nom de famille, nom complet,
        apellido, apellidos, nombre completo, primer apellido, cognome, nome completo, sobrenome,
        apelido, primeiro nome, voornaam, achternaam, imie, nazwisko, jmeno, prijmeni, priezvisko,
        fornavn, efternavn, etternavn, fornamn, efternamn, etunimi, sukunimi, keresztnev,
        vezeteknev, csaladnev, prenume, nume de familie, ime, prezime, priimek, eesnimi,
        perekonnanimi, vardas, pavarde, vards, uzvards, soyad, soyadi, onoma, eponymo, familiya,
        first name, last name, middle name, given name, family name, maiden name, full name,
        nick name, legal name, preferred name, birth name, real name, surname, forename,
        person name, user name, patient name, customer name, preferred username, username,
        member name, employee name, beneficiary name, subscriber name, cardholder, card holder,
        cardholder name, card holder name, name on card, account holder, account holder name,
        account owner, holder name, contact name, contact person, owner name, buyer name,
        seller name, payer name, payee name, sender name, recipient name, receiver name,
        guest name, visitor name, student name, driver name, passenger name, doctor name,
        physician name, guardian name, parent name, mother name, mothers name, father name,
        fathers name, spouse name, child name, next of kin, insured name, applicant name,
        borrower name, attorney name, signatory, signer name, middle initial, name first,
        name last, name given, name family, name formatted, fname, lname,
        mname, login name, screen name,
        claim name, user display name, billing name, shipping name, delivery name, caller name""",
    "BIRTH_DATE": """
        geburtsdatum, geburtstag, geburtsort, date de naissance, lieu de naissance, fecha de
        nacimiento, data di nascita, luogo di nascita, data de nascimento, geboortedatum,
        geboorteplaats, data urodzenia, datum narozeni, datum narodenia, fodelsedatum,
        fodselsdato, fodselsdag, syntymaaika, szuletesi datum, data nasterii, datum rodenja, datum
        rojstva, sunniaeg, gimimo data, dzimsanas datums, dogum tarihi,
        dob, date of birth, birth date, birth day, birthday, birth dt, day of birth,
        month of birth, year of birth, birth year, birth month, born on, birth place,
        place of birth, birth city, city of birth,
        birth country, date of death, death date, deceased date,
        admission date, admit date, date of admission, discharge date, date of discharge,
        date of service, service date, visit date, appointment date, encounter date,
        procedure date, diagnosis date, surgery date, treatment date, patient age, customer age,
        user age, member age, person age""",
    "ADDRESS": """
        anschrift, adresse, strasse, hausnummer, postleitzahl, wohnort, rue, code postal, ville,
        direccion, domicilio, calle, codigo postal, indirizzo, residenza, morada, endereco, adres,
        straat, huisnummer, woonplaats, ulica, kod pocztowy, miejscowosc, adresa, ulice, psc,
        adress, gatuadress, postnummer, gade, osoite, katuosoite, postinumero, lakcim, utca,
        iranyitoszam, strada, cod postal, naslov, posta kodu, aadress, adresas, adrese,
        dieuthynsi,
        address, addr, addresses, street, street name, street address, street line, address line,
        street no, street number, house number, house no, house name, building number, apartment,
        apartment number, apt, apt number, apt no, unit number, po box, post box, city, city name,
        town, village, county, suburb, zip code, zip plus, postal code, postal, post code,
        billing zip, shipping zip, home zip, postal zip, mailing zip, customer zip, patient zip,
        user zip, plz, code postal, address street, address city, address state, precinct,
        neighborhood, neighbourhood, residence, domicile, locality, hometown""",
    "LOCATION": """
        latitude, longitude, geo location, geo point, geo coordinates, gps, gps coordinates,
        gps location, coordinates, coords, lat lng, lat long, lat lon, geo lat, geo lng, geo lon,
        geo long, gps lat, gps lng, gps lon, home lat, home lng, user lat, user lng, location lat,
        location lng, pickup lat, pickup lng, dropoff lat, dropoff lng, start lat, start lng,
        end lat, end lng, current location, home location, user location, geo hash, geo ip""",
    "IP": """
        ip, ip address, ip addr, ip addresses, ipv, remote addr, remote address, client addr,
        client address, peer addr, peer address, forwarded for, source address, src addr,
        viewer address""",
    "MAC_ADDRESS": "mac address, mac addr, ethernet address, hardware address, bssid, wifi mac",
    "DEVICE_ID": """
        device id, device identifier, device serial, device serial number, device fingerprint,
        browser fingerprint, serial number, serial no, imei, imei number, imsi, iccid, meid, udid,
        idfa, idfv, gaid, aaid, ad id, advertising id, advertiser id, android id, hardware id,
        hardware uuid, machine id, installation id, vin, vin number, vehicle id,
        vehicle identification number, tracking cookie, cookie id, visitor id, sim number,
        sim serial, vehicle serial""",
    "HEALTH_ID": """
        mental health, mental health status, genetic test, genetic result,
        krankenversichertennummer, versichertennummer, diagnose, numero de assure, tarjeta
        sanitaria, tessera sanitaria, numero de utente,
        mrn, medical record, medical record number, medical record no, medical id, medical number,
        health record, health record number, patient id, patient number, patient no,
        patient identifier, chart number, chart no, chart id, member id, member number, member no,
        subscriber id, subscriber number, beneficiary id, beneficiary number,
        beneficiary identifier, insured id, insurance id, insurance number,
        insurance group number, policy number, policy holder id, health plan, health plan id,
        health plan number, plan beneficiary number, health insurance, health insurance number,
        health insurance id, health id, health card, health card number, hicn, claim number,
        rx number, prescription, prescription number, medicaid id, medicaid number, diagnosis,
        diagnoses, diagnosis code, icd, icd code, medication, allergy, allergies, blood type,
        blood group, lab result, symptom, medical history, medical condition, biometric,
        biometric id, face id, face print, fingerprint data, fingerprint template, voice print,
        retina scan, iris scan, face image, face photo, profile picture, profile photo,
        profile image, avatar, avatar url, headshot, biometric template, genetic data,
        genome, dna, admission id, encounter id""",
    "SPECIAL": """
        race, nationality, citizenship, ethnic background, caste, gender identity, hiv status,
        disability, disability status, genotype, philosophical belief, trade union membership,
        criminal record, conviction, immigration status, marital status, religion code,
        staatsangehorigkeit, nationalite, nacionalidad, nazionalita, konfession,
        ethnicity, ethnic origin, ethnic group, racial origin, religion, religious belief,
        religious affiliation, sexual orientation, sex life, political opinion,
        political affiliation, political party, trade union, union membership""",
    "CONTACT": """
        contact info, contact details, contact information, emergency contact, skype id,
        skype name, skype, telegram id, whatsapp, twitter handle, instagram handle, facebook id,
        linkedin url, personal url, homepage url, social handle, profile url, personal website,
        wechat id, discord handle""",
}

_WHOLE: Final[Mapping[str, str]] = {
    "SECRET": """
        auth, pass, session, sid, sessid, cred, secure key, passkey, sig, pem, x auth,
        hmac, csrfmiddlewaretoken""",
    "CARD_CODE": "pin, cvd",
    "CARD_TRACK": "track1, track2, track3, track1data, track2data, track3data",
    "CREDIT_CARD": "card, pan, cc, cardnum, card expires",
    "EMAIL": "mail, from address, to address",
    "PHONE": "tel, mobile, landline",
    "IP": "forwarded",
    "MAC_ADDRESS": "mac",
    "LOCATION": "lat, lng, lon",
    "ADDRESS": "zip",
    "NAME": "login, initials, holder",
    "GOV_ID": "plate",
    "BIRTH_DATE": "born, birth, bday, deceased, dod",
    "HEALTH_ID": "rx, vitals",
    "BANK_ACCOUNT": "aba, rtn, acct",
}


def _spread(table: Mapping[str, str]) -> dict[str, str]:
    spread: dict[str, str] = {}
    for entity, phrases in table.items():
        spread |= dict.fromkeys(" ".join(phrases.split()).split(", "), entity)
    return spread


ENDINGS: Final = _spread(_ENDINGS)
"""Phrase to entity; a phrase is one to five words with a space between."""

WHOLE: Final = _spread(_WHOLE)
"""Phrase to entity, for keys that consist of the phrase."""

FOREIGN: Final = learn_languages(ENDINGS, WHOLE)
"""The same for phrases in other letters than Latin ones."""

OPEN: Final = frozenset({
    "age", "code", "date", "family", "first", "formatted", "given", "id", "last", "lat", "lng",
    "lon", "middle", "name", "no", "number",
})  # fmt: skip
"""Last words that mean something below the right parent only: `patient` above `name`."""

FILLERS: Final = frozenset({
    "attribute", "attributes", "data", "detail", "details", "entry", "info", "information", "item",
    "object", "profile", "record", "records",
})  # fmt: skip
"""Last words of a parent that do not change whose `name` stands below it."""

PARTS: Final = frozenset({
    "again", "b", "base", "confirm", "confirmation", "dev", "enc", "encrypted", "field", "input",
    "last", "live", "local", "new", "old", "orig", "original", "part", "pem", "plain", "plaintext",
    "prod", "production", "qa", "raw", "repeat", "sandbox", "staging", "str", "string", "suffix",
    "text", "uat", "val", "value",
})  # fmt: skip
"""Words that may follow a phrase and leave the value what it is: `ssn_last4`."""

DIGESTS: Final = frozenset({"digest", "fingerprint", "hash", "hashed", "md", "sha"})
"""Words for a hash of what stands before them.

The hash of a number that can be counted through, or of a password, is as
sensitive as the thing itself; that of a user name is how it is kept out of logs.
"""

FLAGS: Final = frozenset({
    "allow", "can", "disable", "enable", "expect", "has", "hide", "is", "max", "min", "need",
    "needs", "no", "num", "require", "requires", "should", "show", "skip", "total", "use", "uses",
    "want", "with", "without",
})  # fmt: skip
"""First words of a key that holds a fact about the sensitive value, not the value."""

COUNTED: Final = frozenset({
    "available", "bos", "bucket", "cached", "completion", "continuation", "cursor", "delimiter",
    "end", "eos", "input", "limiter", "lock", "mask", "next", "output", "pad", "page",
    "pagination", "prompt", "reasoning", "separator", "special", "start", "stop", "sync", "unk",
})  # fmt: skip
"""Words before `token` that make it a place in a list, or a unit of a language model."""

LAST_WORDS: Final = frozenset([phrase.rpartition(" ")[2] for phrase in ENDINGS])
"""The words with which a phrase can end: without one, a key need not be looked up."""
