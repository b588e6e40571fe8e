"""What the environment says, and what it may not say."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import SettingsError
from affidavit._runtime.settings import VARIABLES, read_settings

IN_LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": "prices",
    "AWS_LAMBDA_FUNCTION_VERSION": "42",
    "AWS_REGION": "eu-west-1",
    "AFFIDAVIT_POLICY": "hipaa",
    "AFFIDAVIT_LEDGER": "dynamodb://records",
    "AFFIDAVIT_ENVIRONMENT": "prod",
}


def test_a_laptop_needs_no_settings() -> None:
    """Everything has a local default; nothing is opened by reading them."""
    settings = read_settings({})

    assert "baseline" == settings.policy
    assert ("sqlite", "/affidavit.db") == (settings.ledger.scheme, settings.ledger.path)
    assert {} == settings.sources
    assert ("local", "info", "affidavit", "") == (
        settings.environment,
        settings.log_level,
        settings.namespace,
        settings.tenant,
    )
    assert settings.plugins is None
    assert not settings.in_lambda


def test_a_function_says_it_all() -> None:
    """What Lambda sets is read as well."""
    settings = read_settings(IN_LAMBDA)

    assert settings.in_lambda
    assert ("prices", "42", "eu-west-1") == (
        settings.function,
        settings.function_version,
        settings.region,
    )
    assert ("dynamodb", "records") == (settings.ledger.scheme, settings.ledger.netloc)


@pytest.mark.parametrize("name", ["AFFIDAVIT_POLICY", "AFFIDAVIT_LEDGER", "AFFIDAVIT_ENVIRONMENT"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_function_without_a_setting_does_not_start(name: str, value: str | None) -> None:
    """A forgotten variable must not mean a local default in production."""
    environ = {**IN_LAMBDA, name: value} if value is not None else dict(IN_LAMBDA)
    if value is None:
        del environ[name]
    with pytest.raises(SettingsError, match=f"{name} is not set.*{VARIABLES[name][:20]}"):
        read_settings({key: text for key, text in environ.items() if text is not None})


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("AFFIDAVIT_POLCY", id="misspelt"),
        pytest.param("AFFIDAVIT_", id="cut off"),
        pytest.param("AFFIDAVIT_SOURCE", id="a source without a name"),
        pytest.param("AFFIDAVIT_SOURCE_", id="a source with an empty name"),
        pytest.param("AFFIDAVIT_SOURCE_prices", id="a source in small letters"),
        pytest.param("AFFIDAVIT_SOURCE_1ST", id="a source that starts with a digit"),
        pytest.param("AFFIDAVIT_LEDGER_", id="a known one and more"),
    ],
)
def test_an_unknown_variable_is_refused(name: str) -> None:
    """It would leave a default in force, and nobody would know."""
    with pytest.raises(SettingsError, match=f"{name}: no such setting") as caught:
        read_settings({name: "s3cr3t-value"})
    assert "s3cr3t-value" not in str(caught.value)


def test_variables_of_others_and_of_the_tests_are_left_alone() -> None:
    """Only our prefix is ours."""
    environ = {"AFFIDAVIT_TEST_ANYTHING": "x", "PATH": "x", "affidavit_policy": "x"}

    assert "baseline" == read_settings(environ).policy


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("sqlite:///ledger.db", ("sqlite", "", "/ledger.db"), id="a relative file"),
        pytest.param("sqlite:////var/x.db", ("sqlite", "", "//var/x.db"), id="an absolute file"),
        pytest.param("dynamodb://table", ("dynamodb", "table", ""), id="a table"),
        pytest.param("memory:", ("memory", "", ""), id="nothing but a scheme"),
        pytest.param("MEMORY:", ("memory", "", ""), id="capitals"),
        pytest.param("acme+x://h:1/p", ("acme+x", "h:1", "/p"), id="a plugin's own"),
    ],
)
def test_forms_of_a_url(url: str, expected: tuple[str, str, str]) -> None:
    """The plugin that owns the scheme reads the rest."""
    for ledger in (
        read_settings({"AFFIDAVIT_LEDGER": url}).ledger,
        read_settings({"AFFIDAVIT_SOURCE_X": url}).sources["x"],
    ):
        assert expected == (ledger.scheme, ledger.netloc, ledger.path)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("ledger.db", id="a path"),
        pytest.param("memory", id="a word"),
        pytest.param("/var/ledger.db", id="an absolute path"),
        pytest.param("://table", id="no scheme"),
        pytest.param("1x://table", id="a scheme that starts with a digit"),
        pytest.param("dynamodb://[table", id="half an address"),
    ],
)
@pytest.mark.parametrize("name", ["AFFIDAVIT_LEDGER", "AFFIDAVIT_SOURCE_PRICES"])
def test_what_is_no_url_is_refused(name: str, url: str) -> None:
    """The message names the variable and never its value: it may hold a password."""
    with pytest.raises(SettingsError, match=f"{name} is not a URL") as caught:
        read_settings({name: url})
    assert url not in str(caught.value)


@pytest.mark.parametrize("field", ["archive", "signer", "witness", "tsa", "notify"])
def test_each_url_that_may_be_missing_has_a_field_of_its_own(field: str) -> None:
    """The others stay empty; an empty variable is one that is not set."""
    name = f"AFFIDAVIT_{field.upper()}"
    before, after = read_settings({name: ""}), read_settings({name: "x://y"})

    assert before == read_settings({})
    assert after == before._replace(**{field: urlsplit("x://y")})
    assert getattr(before, field) is None


def test_a_source_without_a_url_is_refused() -> None:
    """An empty variable is a slip, not a wish."""
    with pytest.raises(SettingsError, match="AFFIDAVIT_SOURCE_X is not a URL"):
        read_settings({"AFFIDAVIT_SOURCE_X": ""})


def test_sources_have_their_names_in_small_letters() -> None:
    """`context.source("price_list")` finds AFFIDAVIT_SOURCE_PRICE_LIST."""
    environ = {"AFFIDAVIT_SOURCE_PRICE_LIST": "sqlite:///a.db", "AFFIDAVIT_SOURCE_B2": "x:"}

    assert ["b2", "price_list"] == list(read_settings(environ).sources)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("AFFIDAVIT_LOG_LEVEL", "warn", id="a short word"),
        pytest.param("AFFIDAVIT_LOG_LEVEL", "off", id="a control switched off"),
    ],
)
def test_a_word_that_is_not_known_is_refused(name: str, value: str) -> None:
    """With the words that are."""
    with pytest.raises(SettingsError, match=f"{name} has a word that is not known.*it can be"):
        read_settings({name: value})


@pytest.mark.parametrize("name", ["staging", "dev", "load-test-2", "a", "a" * 16])
def test_any_name_is_an_environment(name: str) -> None:
    """What it means is the policy's to say."""
    assert name == read_settings({"AFFIDAVIT_ENVIRONMENT": name}).environment


@pytest.mark.parametrize("name", ["PROD", "default", "a" * 17, "2nd", "a_b", "-a", "a\n", "é"])
def test_what_is_no_name_of_an_environment(name: str) -> None:
    """`default` stands for all that a policy does not name."""
    with pytest.raises(SettingsError, match="AFFIDAVIT_ENVIRONMENT is no name of an environ"):
        read_settings({"AFFIDAVIT_ENVIRONMENT": name})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("sqlite", ("sqlite",), id="one"),
        pytest.param("sqlite,acme=acme_audit", ("sqlite", "acme=acme_audit"), id="two"),
        pytest.param("", (), id="none at all"),
        pytest.param(",sqlite,", ("sqlite",), id="commas too many"),
    ],
)
def test_plugins_are_named_one_by_one(value: str, expected: tuple[str, ...]) -> None:
    """Unset means all that are installed; empty means none."""
    assert expected == read_settings({"AFFIDAVIT_PLUGINS": value}).plugins


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}, "a", id="Lambda's own"),
        pytest.param({"AWS_DEFAULT_REGION": "b"}, "b", id="a developer's"),
        pytest.param({}, "", id="none"),
    ],
)
def test_the_region_is_the_functions(environ: dict[str, str], expected: str) -> None:
    """The record says where it ran."""
    assert expected == read_settings(environ).region


@given(tenant=st.text(min_size=1), namespace=st.text(min_size=1))
def test_free_words_are_taken_as_they_are(tenant: str, namespace: str) -> None:
    """A tenant's name is nobody's business but the deployer's."""
    settings = read_settings({"AFFIDAVIT_TENANT": tenant, "AFFIDAVIT_NAMESPACE": namespace})

    assert (tenant, namespace) == (settings.tenant, settings.namespace)


DEPLOYED = {
    "AWS_LAMBDA_FUNCTION_NAME": "price",
    "AFFIDAVIT_POLICY": "hipaa",
    "AFFIDAVIT_LEDGER": "dynamodb://records",
    "AFFIDAVIT_ENVIRONMENT": "prod",
}


def test_a_debugger_looks_in_on_this_machine_only() -> None:
    """Whatever a deployed function's variables say, but for one in the local cloud."""
    debug = {"AFFIDAVIT_UNSAFE_DEBUG": "1"}

    assert () == read_settings({}).unsafe == read_settings(DEPLOYED).unsafe
    assert ("debug",) == read_settings(debug).unsafe
    local = {**DEPLOYED, **debug, "AWS_ENDPOINT_URL": "http://127.0.0.1:4599"}
    assert ("debug",) == read_settings(local).unsafe
    for aws in ({}, {"AWS_ENDPOINT_URL": "https://127.0.0.1.example.org"}):
        with pytest.raises(SettingsError, match="in a deployed function"):
            read_settings({**DEPLOYED, **debug, **aws})
    with pytest.raises(SettingsError, match="not known"):
        read_settings({"AFFIDAVIT_UNSAFE_DEBUG": "yes"})
