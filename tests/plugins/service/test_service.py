"""A service is said once: strictly, per environment, and everything that reads it agrees."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import repository as repo
from affidavit_service import service_model, triggers
from affidavit_service.agreement import deployed_differences, differences, refuse_differences
from affidavit_service.errors import ServiceError
from affidavit_service.functions import function_of, read_manifest
from affidavit_service.read import find_service, laid_over, read_service
from affidavit_service.service_model import Function, ServiceFile, json_schema
from affidavit_service.tfvars import tfvars

TEXT = """
[service]
name = "shop"
policy = "hipaa"
source = "src"

[defaults]
runtime = "python3.13"
architecture = "arm64"
memory_mb = 256

[functions.orders]
handler = "shop.orders:handler"
plugins = ["dynamodb", "oracle"]
sources = { orders = "oracle://orders.example.org/orders?secret={secret}" }
variables = { TABLE_NAME = "orders" }
triggers = [{ type = "route", route = "GET /orders/{id}" }]
canary = { weight = 0.1, minutes = 5 }

[functions.orders.environments.prod]
timeout_s = 20
memory_mb = 1024
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "functions.toml"
    found.write_text(TEXT)
    return found


def with_line(path: Path, line: str, *, after: str = "[functions.orders]") -> Path:
    """Put one line below a heading, in the place of one of the same key."""
    key = line.partition("=")[0].strip()
    head, heading, rest = TEXT.partition(after)
    rest = re.sub(rf"^{re.escape(key)} =.*\n", "", rest, count=1, flags=re.MULTILINE)
    path.write_text(f"{head}{heading}\n{line}{rest}")
    return path


def test_what_differs_between_environments_is_said_there_and_the_rest_once(path: Path) -> None:
    """Defaults lie below, an environment lies above."""
    dev, prod = (read_service(path, name).functions["orders"] for name in ("dev", "prod"))

    assert (256, 1024) == (dev.memory_mb, prod.memory_mb)
    assert (10, 20) == (dev.timeout_s, prod.timeout_s)
    assert ("python3.13", "arm64", dev.canary) == (prod.runtime, prod.architecture, prod.canary)
    with pytest.raises(ServiceError, match="no environment staging"):
        read_service(path, "staging")


QUEUE = "triggers = [{ type = 'queue', queue = 'q', partial_failure = false }]"


@pytest.mark.parametrize(
    ("line", "after", "place", "near"),
    [
        ("canry = { weight = 0.1 }", "[functions.orders]", "functions.orders.canry", "canary"),
        ("environment = {}", "[functions.orders]", "functions.orders.environment", "environments"),
        ("trigers = []", "[functions.orders]", "functions.orders.trigers", "triggers"),
        ("canary = { wieght = 0.1 }", "[functions.orders]", "orders.canary.wieght", "weight"),
        ("polcy = 'x'", "[service]", "service.polcy", "policy"),
        ("memory = 1", "[defaults]", "functions.orders.memory", "memory_mb"),
        ("timeout = 1", "[functions.orders.environments.prod]", "orders.timeout", "timeout_s"),
        (QUEUE, "[functions.orders]", "orders.triggers[0].partial_failure", "partial_failures"),
        ("rights = { statement = [] }", "[functions.orders]", "rights.statement", "statements"),
    ],
)
def test_a_key_that_is_not_known_is_an_error_with_the_nearest_name(
    path: Path, line: str, after: str, place: str, near: str
) -> None:
    """Anywhere, also in an environment that was not asked for."""
    with pytest.raises(ServiceError) as caught:
        read_service(with_line(path, line, after=after))
    assert place in caught.value.what
    assert f"Did you mean {near}?" == caught.value.fix


def models() -> list[type[BaseModel]]:
    found = [*vars(service_model).values(), *vars(triggers).values()]
    return [one for one in found if isinstance(one, type) and issubclass(one, triggers.StrictTable)]


@pytest.mark.parametrize("one", models(), ids=lambda one: one.__name__)
def test_every_part_refuses_what_it_does_not_know(one: type[BaseModel]) -> None:
    """Universally: no part of the file takes a key quietly."""
    assert "forbid" == one.model_config.get("extra")


@given(name=st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12))
def test_any_word_is_a_known_key_or_an_error(name: str) -> None:
    """Drawn words: there is no third."""
    told = laid_over(tomllib.loads(TEXT), "dev")
    known = name in Function.model_fields
    told["functions"]["orders"].setdefault(name, "x")
    try:
        ServiceFile.model_validate(told)
    except ValueError as error:
        assert known or "extra_forbidden" in str(error)
    else:
        assert known


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("handler = 'secret-value.handler'", "functions.orders.handler"),
        ("memory_mb = 64", "functions.orders.memory_mb"),
        ("memory_mb = '512'", "functions.orders.memory_mb"),
        ("variables = { AWS_REGION = 'secret-value' }", "Lambda's"),
        ("rights = { statements = [{ actions = ['s3:*'], resources = ['x'] }] }", "whole service"),
        ("triggers = [{ type = 'que', queue = 'secret-value' }]", "it has to be"),
        ("triggers = [{ type = 'schedule', expression = 'secret-value' }]", "it has to be"),
        ("triggers = [{ type = 'queue', queue = 'q', batch = 100 }]", "window_s"),
        ("plugins = ['dynamodb']", "needs the plugin oracle"),
        ("bus = 'events'", "need the plugin notify"),
    ],
)
def test_what_cannot_be_is_refused_without_its_value(path: Path, line: str, word: str) -> None:
    """With the place and what it has to be."""
    with pytest.raises(ServiceError) as caught:
        read_service(with_line(path, line))
    assert word in str(caught.value)
    assert "secret-value" not in str(caught.value)


def test_partial_failures_and_dead_letters_are_right_unless_said_otherwise(path: Path) -> None:
    """Nobody has to know that a stream stands still at a record that never works."""
    line = (
        "triggers = [{ type = 'queue', queue = 'q' }, { type = 'stream', stream = 's' }, "
        "{ type = 'table', table = 't' }, { type = 'topic', topic = 't' }, "
        "{ type = 'rule', pattern = '{}' }, { type = 'bucket', bucket = 'b' }, "
        "{ type = 'schedule', expression = 'rate(1 day)' }]"
    )
    found = read_service(with_line(path, line)).functions["orders"].triggers
    told: list[Any] = [one.model_dump() for one in found]

    assert all(one["partial_failures"] for one in told[:3])
    assert all(one["bisect"] and one["retries"] < 100 for one in told[1:3])
    assert all(one["dead_letters"] for one in told[1:])
    assert 5 == told[0]["receives"]


def test_the_table_of_a_project_is_the_same(tmp_path: Path, path: Path) -> None:
    """`[tool.affidavit.service]`, for those who want one file less."""
    project = tmp_path / "pyproject.toml"
    project.write_text(re.sub(r"^\[", "[tool.affidavit.service.", TEXT, flags=re.MULTILINE))

    assert read_service(path).functions == read_service(project).functions
    assert path == find_service(tmp_path)
    path.unlink()
    assert project == find_service(tmp_path)


def test_the_schema_for_editors_takes_the_file_and_refuses_what_the_reader_refuses() -> None:
    """jsonschema is the referee."""
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    told = tomllib.loads(TEXT)

    assert [] == list(check.iter_errors(told))
    for key in ("canry", "environment"):
        wrong = tomllib.loads(TEXT)
        wrong["functions"]["orders"][key] = {}
        assert list(check.iter_errors(wrong))
    told["functions"]["orders"]["environments"]["prod"]["canry"] = {}
    assert list(check.iter_errors(told))


EVERYTHING = """
triggers = [
  { type = 'route', route = 'GET /orders' },
  { type = 'route', route = 'GET /health', public = true },
  { type = 'queue', queue = 'q', filters = ['{}'] },
  { type = 'queue', queue = 'arn:aws:sqs:eu-west-1:111122223333:q' },
  { type = 'topic', topic = 't' },
  { type = 'rule', pattern = '{}' },
  { type = 'table', table = 'orders' },
  { type = 'stream', stream = 's', tumbling_s = 10 },
  { type = 'bucket', bucket = 'b' },
  { type = 'schedule', expression = 'rate(1 day)' },
]
secrets = { KEY = 'shop/key' }
rights = { statements = [{ actions = ['s3:GetObject'], resources = ['arn:aws:s3:::b/*'] }] }
network = { subnets = ['subnet-1'] }
layers = ['arn:aws:lambda:eu-west-1:111122223333:layer:affidavit:1']
"""


def known_to_terraform() -> dict[str, set[str]]:
    """Return the keys that the root takes, as its file lists them."""
    text = (repo.ROOT / "terraform/known.tf").read_text()
    parts = re.findall(r"(\w+) +?= \[(.*?)\]", text, flags=re.DOTALL)
    return {name: set(re.findall(r'"(\w+)"', keys)) for name, keys in parts}


def typed_in_terraform() -> dict[str, set[str]]:
    """Return the keys that its types have, which are those that are used."""
    text = (repo.ROOT / "terraform/modules/definition/variables.tf").read_text()
    found: dict[str, set[str]] = {
        "functions": set(re.findall(r"^    (\w+) +=", text, re.MULTILINE))
    }
    for name in ("triggers", "notify", "rights"):
        block = (
            text[text.index(f"    {name} ") :].partition("\n    }))")[0].partition("\n    }),")[0]
        )
        found[name] = set(re.findall(r"^      (\w+) +=", block, re.MULTILINE))
    found["mail"] = set(re.findall(r"^        (\w+) +=", text, re.MULTILINE))
    for name in ("routes", "network", "canary", "statements"):
        (line,) = re.findall(rf"^ +{name} +=.*object\(\{{(.*?)\}}\)", text, re.MULTILINE)
        found[name] = set(re.findall(r"(\w+) = ", line))
    return found


def test_terraform_refuses_exactly_what_its_types_do_not_know() -> None:
    """Else a type would leave a key out without a word, or a known one would be refused."""
    assert typed_in_terraform() == known_to_terraform()


def test_terraform_reads_one_file_and_knows_every_name_in_it(path: Path) -> None:
    """Everything that a function can say gets there."""
    told = tfvars(read_service(with_line(path, EVERYTHING.strip()), "prod"))
    orders, known = told["functions"]["orders"], known_to_terraform()

    assert set() == orders.keys() - known["functions"]
    assert set() == {key for one in orders["triggers"].values() for key in one} - known["triggers"]
    assert ("python3.13", "arm64") == (orders["runtime"], orders["architecture"])
    assert "shop.orders.handler" == orders["handler"]
    assert {"GET /orders": {"public": False}, "GET /health": {"public": True}} == orders["routes"]
    assert {
        *("queue-q", "queue-q--2", "topic-t", "rule-default", "table-orders"),
        *("stream-s", "bucket-b", "schedule-time"),
    } == orders["triggers"].keys()
    assert {"TABLE_NAME": "orders"} == orders["variables"]
    assert {"subnet_ids": ["subnet-1"], "security_group_ids": []} == orders["network"]
    assert ["s3:GetObject"] == orders["rights"]["statements"][0]["actions"]


def test_every_key_of_a_function_reaches_terraform_or_is_somebody_elses() -> None:
    """What is added to the definition is deployed, or this list says who reads it."""
    elsewhere = {"requirements", "include", "identity"}  # the bundler, and the suite
    spelt = {
        *("handler", "runtime", "architecture", "plugins", "sources", "tables", "layers"),
        *("tenant", "variables", "secrets", "triggers", "rights", "memory_mb", "snap_start"),
        *("log_level", "network", "canary"),
    }
    renamed = {"timeout_s", "concurrency", "mail", "bus", "event_source"}

    assert Function.model_fields.keys() == elsewhere | spelt | renamed
    assert set() == spelt - known_to_terraform()["functions"]


MANIFEST = {
    "handler": "shop.orders.handler",
    "runtime": "python3.13",
    "architecture": "arm64",
    "plugins": ["dynamodb", "oracle"],
    "variables": {"needed": ["TABLE_NAME", "AWS_REGION"], "read": ["DEBUG"]},
    "policy": {"setting": "hipaa", "label": "hipaa", "digest": "0"},
}


def test_a_bundle_for_the_function_agrees(path: Path) -> None:
    """Handler, CPython, processor, plugins, sources, variables and policy."""
    held = read_service(path)
    assert [] == differences(held, "orders", MANIFEST)
    with pytest.raises(ServiceError, match="no function refunds"):
        function_of(held, "refunds")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"handler": "shop.other.handler"}, "handler"),
        ({"runtime": "python3.11"}, "runtime"),
        ({"architecture": "x86_64"}, "architecture"),
        ({"plugins": ["dynamodb"]}, "plugins"),
        ({"plugins": ["dynamodb", "oracle", "xray"]}, "plugins"),
        ({"variables": {"needed": ["QUEUE_URL"], "read": []}}, "variable QUEUE_URL"),
        ({"variables": {"needed": [], "later": ["QUEUE_URL"]}}, "variable QUEUE_URL"),
        ({"policy": {"setting": "gdpr", "label": "gdpr", "digest": "0"}}, "policy"),
        ({"runtime": None}, "runtime"),
        ({"layer": {"name": "affidavit", "contents": "0"}}, "layer"),
    ],
)
def test_a_bundle_for_something_else_does_not(
    path: Path, change: dict[str, Any], what: str
) -> None:
    """A zip for 3.11 on x86_64 does not go to a function on 3.13 and arm64."""
    held = read_service(path)
    found = differences(held, "orders", {**MANIFEST, **change})

    assert what == found[0].what
    with pytest.raises(ServiceError, match="not for the function orders"):
        refuse_differences(held, "orders", {**MANIFEST, **change})


DEPLOYED = {
    "Handler": "shop.orders.handler",
    "Runtime": "python3.13",
    "Architectures": ["arm64"],
    "Environment": {
        "Variables": {
            "AFFIDAVIT_PLUGINS": "dynamodb,oracle",
            "AFFIDAVIT_POLICY": "hipaa",
            "AFFIDAVIT_SOURCE_ORDERS": "oracle://orders.example.org/orders",
            "TABLE_NAME": "orders",
        }
    },
}


@pytest.mark.parametrize(
    ("variables", "what"),
    [
        ({"AFFIDAVIT_PLUGINS": "dynamodb,oracle,xray"}, ["plugins"]),
        ({"AFFIDAVIT_POLICY": "gdpr"}, ["policy"]),
        ({"AFFIDAVIT_SOURCE_PRICES": "sqlite:///prices.db"}, ["source prices"]),
        ({}, []),
    ],
)
def test_a_deployed_function_is_compared_as_lambda_describes_it(
    variables: dict[str, str], what: list[str]
) -> None:
    """Its variables name plugins, sources and policy, and each has to be in the bundle."""
    both = {**DEPLOYED["Environment"]["Variables"], **variables}  # type: ignore[call-overload]
    config = {**DEPLOYED, "Environment": {"Variables": both}}
    assert what == [one.what for one in deployed_differences(MANIFEST, config)]


def test_a_bundle_that_needs_a_layer_goes_to_a_function_that_has_one(path: Path) -> None:
    """In the definition and in Lambda; which contents an ARN has, nobody says."""
    told = {**MANIFEST, "layer": {"name": "affidavit", "contents": "0"}}
    arn = "arn:aws:lambda:eu-west-1:111122223333:layer:affidavit:1"
    held = read_service(with_line(path, f"layers = ['{arn}']\n"))

    assert [] == differences(held, "orders", told)
    assert ["layer"] == [one.what for one in deployed_differences(told, DEPLOYED)]
    assert [] == deployed_differences(told, {**DEPLOYED, "Layers": [{"Arn": arn}]})


def test_what_shared_code_reads_later_may_be_another_functions(path: Path) -> None:
    """Handlers of one package read each other's variables in the manifest, but not at import."""
    text = '[functions.refunds]\nhandler = "shop.refunds:handler"\nvariables = { QUEUE = "q" }\n'
    path.write_text(f"{TEXT}\n{text}")
    held = read_service(path)
    later, needed = ({"variables": {kind: ["QUEUE"]}} for kind in ("later", "needed"))

    assert [] == differences(held, "orders", {**MANIFEST, **later})
    assert ["variable QUEUE"] == [
        one.what for one in differences(held, "orders", {**MANIFEST, **needed})
    ]


def test_a_manifest_is_read_or_said_to_be_none(tmp_path: Path) -> None:
    """From beside a zip."""
    beside = tmp_path / "orders.manifest.json"
    beside.write_text(json.dumps(MANIFEST))
    assert MANIFEST == read_manifest(beside)
    for text in ("[]", "no"):
        beside.write_text(text)
        with pytest.raises(ServiceError, match="has no manifest"):
            read_manifest(beside)
