"""The catalogue of credentials: every form is found, bare in a sentence."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._policy.model import Sink
from affidavit._redact import Redactor
from affidavit._redact.detect.credential_forms import (
    CredentialForm,
    beginnings,
    forms,
    issued_form,
    issuers,
    lines,
)
from affidavit._redact.types.entities import LABEL

REDACTOR = Redactor(my.rules())
EVERY = [form for group in forms().values() for form in group]


@pytest.mark.parametrize("form", EVERY, ids=lambda form: form.issuer)
def test_a_form_is_found_bare_in_a_sentence(form: CredentialForm) -> None:
    """Whatever stands behind its beginning, of letters and digits, within its length.

    Of a body that is mostly dots or slashes no long word is left, and nothing is looked at.
    """
    body_form = form.body.replace("}+", "}")
    for class_ in ("A-Za-z0-9_.=-", "A-Za-z0-9+/=_-", "A-Za-z0-9/_.%~-"):
        body_form = body_form.replace(f"[{class_}]", "[A-Za-z0-9_-]")
    body_form = body_form.replace("[a-z0-9+/_=-]", "[a-z0-9_-]")

    @settings(max_examples=5, suppress_health_check=list(HealthCheck), deadline=None)
    @given(st.from_regex(body_form, fullmatch=True))
    def check(body: str) -> None:
        scheme = "https://" if "/" in form.beginning else ""
        seen = REDACTOR.text(f"got {scheme}{form.beginning}{body} from it", Sink.LOG)
        assert form.beginning + body not in seen
        assert LABEL.search(seen)

    check()


def test_the_shortest_token_with_a_dot_in_it_is_looked_at() -> None:
    """Nothing else in the sentence is suspect."""
    assert "got [dropped] from it" == REDACTOR.text("got s.00000000A000000 from it", Sink.LOG)
    assert "[dropped]" == REDACTOR.text("LTAI4Fabcdefghij", Sink.LOG)


def test_there_are_two_hundred_issuers() -> None:
    """By their pages where keys have a beginning, and by their names where not."""
    assert 200 <= len({form.page for form in EVERY} | issuers())


def test_every_line_of_the_table_is_whole() -> None:
    """Issuer, beginning, alphabet, length, page."""
    for line in lines():
        assert 5 == len(line.split("; ")), line
    for form in EVERY:
        re.compile(form.body)
        assert (0, form.beginning) in beginnings(form.beginning, 0, len(form.beginning))


@pytest.mark.parametrize("name", ["ALGOLIA", "algoliaAdmin", "my_twilio", "OKTA_PROD"])
def test_a_key_without_a_beginning_is_found_by_its_issuer(name: str) -> None:
    """Where the issuer's name stands in the field's."""
    assert issued_form(name)
    assert f"{name}=[dropped]" == REDACTOR.text(f"{name}=qe59ic8kjektsn5plm2", Sink.LOG)


@pytest.mark.parametrize(
    "text",
    ["stripe=enabled", "jira: PROJ-1", "skiing sk-1", "the pat.on the back", "api-gateway-v2",
     "test_a_function_with_a_long_name", "ghp_short", "live_update_of_all_the_tables_now",
     "secret_santa", "re_run of the job", "twilio: https://api.twilio.com/2010-04-01/Accounts"],
)  # fmt: skip
def test_words_that_only_begin_so_stay(text: str) -> None:
    """Too short, or of other letters."""
    assert text == REDACTOR.text(text, Sink.LOG)


@pytest.mark.parametrize(
    "text",
    [
        "acme_key={}", "acmeKey: {}", 'acme-key = "{}"', "ACME_KEY={}", "acme secret {} was sent",
        "the apiKey {} expired", "TOKEN  {}", "api key {}", "acmeSecretTOKEN {}",
    ],
)  # fmt: skip
def test_a_key_of_somebody_unknown_is_found_by_what_it_is_called(text: str) -> None:
    """Before a mark, and where only a space parts it from its name."""
    assert "qe59ic8" not in REDACTOR.text(text.format("qe59ic8kjektsn5plm2zz7"), Sink.LOG)


@pytest.mark.parametrize(
    "text",
    [
        "cache_key=qe59ic8kjektsn5plm2zz7", "s3_key=2026/01/23/qe59ic8kjektsn5plm2zz7.gz",
        "sort_key: qe59ic8kjektsn5plm2zz7", "acme_key=20260123105708114213", "acme_key=id",
        "acme_key=prices.eu-central-1.example.com", "unexpected token EXPRESSION_STATEMENT_12",
        "kms_key=1234abcd-12ab-34cd-56ef-1234567890ab", "a token with many words behind it",
        "mounted secret prices-credentials-2026-01-23-b", "key 12345678901234567890 of 20",
    ],
)  # fmt: skip
def test_keys_of_places_and_words_of_a_sentence_stay(text: str) -> None:
    """Keys that everybody may know, names, numbers, and what is said about a token."""
    assert text == REDACTOR.text(text, Sink.LOG)


@pytest.mark.parametrize(
    "written",
    [
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$6$rounds=5000$" + "a.b/C" * 17, "$1$saltsalt$" + "aB3./" * 5, "$y$j9T$" + "x/y.Z" * 9,
        "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$" + "aB3/" * 10,
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "root:{}:19000:0:", "user 7 has {} now", "h='{}'"])
def test_the_hash_of_a_password_is_one_too(written: str, around: str) -> None:
    """In the form of crypt(5), bare and as `/etc/shadow` has it."""
    told = REDACTOR.text(around.format(written), Sink.LOG)
    assert written.rpartition("$")[2][:12] not in told


@pytest.mark.parametrize("text", ["costs $2 or $5$", "echo $1 $6", "cost $1$ in total of $2$3"])
def test_dollars_stay(text: str) -> None:
    """Prices, and parameters of a shell."""
    assert text == REDACTOR.text(text, Sink.LOG)


def test_a_uuid_behind_the_name_of_a_secret_is_one() -> None:
    """Elsewhere it is an identifier."""
    one = "123e4567-e89b-12d3-a456-426614174000"

    assert "acme secret [dropped]" == REDACTOR.text(f"acme secret {one}", Sink.LOG)
    assert f"order {one}" == REDACTOR.text(f"order {one}", Sink.LOG)
