"""Key names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit._redact.classify.key_words import Words, entity_below, entity_of, is_open, split


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("userPassword", ("user", "password")), ("USER_PASSWORD", ("user", "password")),
        ("user-password", ("user", "password")), ("user.password", ("user", "password")),
        ("APIKey", ("api", "key")), ("X-Api-Key", ("x", "api", "key")), ("cvv2", ("cvv", "2")),
        ("p\u0430ssword", ("password",)), ("pass\u200bword", ("password",)),
        ("\u4e2d", ("\u4e2d",)),
    ],
)  # fmt: skip
def test_names_are_split_into_words(name: str, expected: Words) -> None:
    """By case, by marks, by digits, and as people read them."""
    assert expected == split(name)


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("password", "SECRET"), ("newPassword", "SECRET"), ("dbpassword", "SECRET"),
        ("Set-Cookie", "SECRET"), ("refreshToken", "SECRET"), ("authtoken", "SECRET"),
        ("IRC_PASS", "SECRET"), ("my.pass", "SECRET"), ("IRC_PASS_PROD", "SECRET"),
        ("store_creds", "SECRET"), ("soc_sec", "US_SSN"), ("SSNumber", "US_SSN"),
        ("api_keys", "SECRET"), ("session.id", "SECRET"), ("passwordHash", "SECRET"),
        ("tokens", "SECRET"), ("Proxy-Authorization", "AUTH_HEADER"), ("cvv2", "CARD_CODE"),
        ("pin", "CARD_CODE"), ("track2", "CARD_TRACK"), ("card", "CREDIT_CARD"),
        ("cardNumber", "CREDIT_CARD"), ("card_part1", "CREDIT_CARD"), ("e_mail", "EMAIL"),
        ("contactEmail", "EMAIL"), ("emails", "EMAIL"), ("mobilePhone", "PHONE"),
        ("ssn_last4", "US_SSN"), ("ssn_sha256", "US_SSN"), ("passport_no", "PASSPORT"),
        ("x-forwarded-for", "IP"), ("sourceIp", "IP"), ("ipv4", "IP"), ("lastName", "NAME"),
        ("user name", "NAME"), ("dateOfBirth", "BIRTH_DATE"), ("address_line1", "ADDRESS"),
        ("zipCode", "ADDRESS"), ("lat", "LOCATION"), ("patientMRN", "HEALTH_ID"),
        ("bank-account", "BANK_ACCOUNT"), ("imei", "DEVICE_ID"), ("taxId", "GOV_ID"),
    ],
)  # fmt: skip
def test_sensitive_names_announce_their_entity(name: str, entity: str) -> None:
    """However they are spelled, and with what does not change the value."""
    assert entity == entity_of(split(name))


@pytest.mark.parametrize(
    "name",
    [
        "token_count", "max_tokens", "next_token", "NextContinuationToken", "promptTokens",
        "password_policy", "has_password", "is_email", "secret_arn", "kms_key_id", "partition_key",
        "public_key", "card_count", "report_card", "sim_card", "email_verified", "phone_type",
        "username_hash", "author", "bypass", "passenger", "compass", "mission", "status", "japan",
        "keyboard", "microphone", "file_name", "function_name", "hostname", "accountId", "order_id",
        "first_pass", "boardingPass", "tests.pass", "first_pass_2", "use_creds", "run", "test run",
        "method_signature", "addressed", "velocity", "spinner", "", "_", "2024",
    ],
)  # fmt: skip
def test_names_about_values_are_left(name: str) -> None:
    """Counts, policies, flags, and words that only contain one."""
    assert entity_of(split(name)) is None


FLAGS = [
    "allow", "can", "disable", "enable", "expect", "has", "hide", "is", "max", "min", "need",
    "needs",
    "no", "num", "require", "requires", "should", "show", "skip", "total", "use", "uses", "want",
    "with", "without",
]  # fmt: skip
COUNTED = [
    "bos", "cached", "completion", "continuation", "cursor", "delimiter", "end", "eos", "input",
    "lock",
    "mask", "next", "output", "pad", "page", "pagination", "prompt", "reasoning", "separator",
    "special", "start", "stop", "sync", "unk",
]  # fmt: skip
PARTS = [
    "again", "b", "base", "confirm", "confirmation", "dev", "enc", "encrypted", "field", "input",
    "last",
    "live", "local", "new", "old", "orig", "original", "part", "pem", "plain", "plaintext", "prod",
    "production", "qa", "raw", "repeat", "sandbox", "staging", "str", "string", "suffix", "text",
    "uat",
    "val", "value", "7",
]  # fmt: skip
GLUED = {
    **dict.fromkeys(
        ["password", "passwd", "passphrase", "passcode", "secret", "token", "cookie", "apikey",
         "secretkey", "accesskey", "sessionid"],
        "SECRET",
    ),
    "privatekey": "PRIVATE_KEY", "creditcard": "CREDIT_CARD", "cardnumber": "CREDIT_CARD",
    "email": "EMAIL", "emailaddress": "EMAIL", "phonenumber": "PHONE", "ipaddress": "IP",
    "firstname": "NAME", "lastname": "NAME", "ssn": "US_SSN", "mrn": "HEALTH_ID",
    "dob": "BIRTH_DATE",
    "cvv": "CARD_CODE", "passport": "PASSPORT",
}  # fmt: skip


@pytest.mark.parametrize("word", FLAGS)
def test_a_flag_holds_a_fact_about_the_value(word: str) -> None:
    """Not the value: in words, glued, and below a parent."""
    assert entity_of((word, "social", "number")) is None
    assert entity_of((f"{word}password",)) is None
    assert entity_below(("patient",), (word, "name")) is None


@pytest.mark.parametrize("word", COUNTED)
def test_a_token_that_is_a_place_or_a_unit(word: str) -> None:
    """Of a list, or of a language model; several of them too."""
    assert entity_of((word, "token")) is entity_of((word, "tokens")) is None
    assert entity_of((f"{word}token",)) is None
    assert "SECRET" == entity_of((word, "password"))


@pytest.mark.parametrize("word", PARTS)
def test_words_that_leave_a_value_what_it_is(word: str) -> None:
    """One of them or several, behind the phrase."""
    assert "US_SSN" == entity_of(("ssn", word)) == entity_of(("ssn", word, word))
    assert "US_SSN" == entity_of(("social", "security", "number", word, "4"))
    assert "NAME" == entity_of(("user", "name", word))


@pytest.mark.parametrize("word", ["digest", "fingerprint", "hash", "hashed", "md", "sha"])
@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("password", "SECRET"), ("card number", "CREDIT_CARD"), ("tax id", "GOV_ID"),
        ("mrn", "HEALTH_ID"), ("iban", "IBAN"), ("account number", "BANK_ACCOUNT"),
        ("phone", "PHONE"), ("nhs number", "UK_NHS"), ("nino", "UK_NINO"), ("itin", "US_ITIN"),
        ("mbi", "US_MBI"), ("npi", "US_NPI"), ("passport", "PASSPORT"), ("ssn", "US_SSN"),
        ("user name", None), ("email", None), ("street", None),
    ],
)  # fmt: skip
def test_a_hash_of_what_can_be_counted_through(word: str, name: str, entity: str | None) -> None:
    """Is as sensitive as the number; that of a name is how it is kept out of logs."""
    assert entity == entity_of((*name.split(), word)) == entity_of((*name.split(), word, "256"))


@pytest.mark.parametrize(("word", "entity"), GLUED.items())
def test_words_that_are_found_at_the_end_of_others(word: str, entity: str) -> None:
    """Glued, and in the plural."""
    for name in (f"zz{word}", f"zz{word}s"):
        assert entity == entity_of((name,))
        assert entity == entity_of(("my", name))
    assert entity_of((f"{word}zz",)) is None


@pytest.mark.parametrize(
    "word",
    ["attribute", "attributes", "data", "detail", "details", "entry", "info", "information", "item",
     "object", "profile", "record", "records", "7"],
)  # fmt: skip
def test_words_that_do_not_change_whose_name_it_is(word: str) -> None:
    """Behind the parent that counts, one or several."""
    assert "NAME" == entity_below(("patient", word), ("name",))
    assert "NAME" == entity_below(("patients", word, word), ("name",))
    assert entity_below((word,), ("name",)) is None


@pytest.mark.parametrize(
    "word", ["age", "code", "date", "id", "lat", "lng", "lon", "name", "no", "number"]
)
def test_words_that_mean_something_below_a_parent_only(word: str) -> None:
    """Alone."""
    assert is_open((word,))
    assert not is_open((word, word))
    assert not is_open((f"{word}x",))


@pytest.mark.parametrize("word", ["function", "method", "type"])
def test_a_signature_of_code_is_none_of_a_person(word: str) -> None:
    """Nor a secret."""
    assert entity_of((word, "signature")) is None
    assert "SECRET" == entity_of(("request", "signature"))


@pytest.mark.parametrize(
    ("parent", "name", "entity"),
    [
        ("patient", "name", "NAME"), ("customers", "name", "NAME"), ("user_info", "Name", "NAME"),
        ("card", "number", "CREDIT_CARD"), ("birth", "date", "BIRTH_DATE"),
        ("device", "id", "DEVICE_ID"), ("claims", "name", "NAME"), ("Metrics", "Name", None),
        ("function", "name", None), ("order", "id", None), ("", "name", None), ("data", "name",
        None),
    ],
)  # fmt: skip
def test_parents_say_whose_name_it_is(parent: str, name: str, entity: str | None) -> None:
    """A bare `name` is a person's below a person only."""
    words = split(name)

    assert is_open(words)
    assert entity == entity_below(split(parent), words)


@given(st.text(max_size=300))
def test_no_name_makes_reading_fail(name: str) -> None:
    """Whatever a key looks like."""
    assert entity_of(split(name.encode("utf-8", "replace").decode())) is None or name


@pytest.mark.parametrize(
    ("word", "entity"),
    [("taxid", "GOV_ID"), ("pobox", "ADDRESS"), ("ccnum", "CREDIT_CARD"), ("telno", "PHONE"),
     ("dlno", None), ("ccno", None), ("adid", None)],
)  # fmt: skip
def test_phrases_written_as_one_word(word: str, entity: str | None) -> None:
    """Behind another word: of five letters or more, else too many words would end so."""
    assert entity == entity_of(("customer", word))
    assert entity_of((word,)) is not None


@pytest.mark.parametrize(
    ("phrases", "entity"),
    [
        ("auth, pass, sig, hmac, db pw, web hook, session id", "SECRET"),
        ("pin, cvd, cvn", "CARD_CODE"),
        ("authorization, http auth", "AUTH_HEADER"), ("aws key, access key id", "AWS_KEY"),
        ("private key", "PRIVATE_KEY"), ("jwt, jwe", "JWT"), ("track1, magstripe", "CARD_TRACK"),
        ("pan, cc, exp date", "CREDIT_CARD"), ("mail, reply to", "EMAIL"),
        ("landline, fax", "PHONE"),
        ("ssn, social security", "US_SSN"), ("itin", "US_ITIN"), ("passnummer", "PASSPORT"),
        ("mbi, medicare id", "US_MBI"), ("npi", "US_NPI"), ("nhs no", "UK_NHS"),
        ("nino", "UK_NINO"),
        ("plate, tfn, visa number", "GOV_ID"), ("iban number", "IBAN"),
        ("aba, sort code", "BANK_ACCOUNT"),
        ("login, surname", "NAME"), ("dod, bday, admit date", "BIRTH_DATE"),
        ("zip, po box", "ADDRESS"),
        ("lat, gps", "LOCATION"), ("forwarded, ipv", "IP"), ("mac, bssid", "MAC_ADDRESS"),
        ("imei, udid", "DEVICE_ID"), ("rx, mrn, dna", "HEALTH_ID"), ("race, caste", "SPECIAL"),
        ("skype, telegram id", "CONTACT"),
    ],
)  # fmt: skip
def test_each_entity_has_its_phrases(phrases: str, entity: str) -> None:
    """Alone, and those of several letters behind another word too."""
    for phrase in phrases.split(", "):
        assert entity == entity_of(tuple(phrase.split())), phrase
