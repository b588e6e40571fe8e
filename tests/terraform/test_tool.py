"""The tool around Terraform: mirrors, configurations, names, and what production refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.framework.clouds import Cloud, ReadOnlyError
from e2e.framework.nowhere import _forms
from e2e.framework.stacks import new_name
from terraform_tool import (
    MISSING,
    asked_for,
    cli_config,
    find_mirror,
    need_terraform,
)


def _mirror(folder: Path, version: str) -> Path:
    (folder / "registry.example.org" / "hashicorp" / "aws" / version / "linux_amd64").mkdir(
        parents=True
    )
    return folder


def test_a_mirror_is_found_where_the_variable_says(tmp_path: Path) -> None:
    """Before anything is searched."""
    assert tmp_path == find_mirror({"AFFIDAVIT_TEST_TF_MIRROR": str(tmp_path)})


@pytest.mark.parametrize("version", ["5.100.0", "5.101.2", "6.2.0"])
def test_a_mirror_is_found_beside_a_configuration_that_is_gone(
    tmp_path: Path, version: str
) -> None:
    """The file that TF_CLI_CONFIG_FILE names need not exist."""
    mirror = _mirror(tmp_path / ".terraform.d" / "plugins", version)

    assert mirror == find_mirror({"TF_CLI_CONFIG_FILE": str(tmp_path / "terraform.rc")})


@pytest.mark.parametrize("version", ["5.99.0", "7.0.0", "garbage"])
def test_a_mirror_without_a_version_that_fits_is_none(tmp_path: Path, version: str) -> None:
    """Otherwise init would fail where the registry would have helped."""
    mirror = _mirror(tmp_path, version)

    assert mirror != find_mirror({"TF_CLI_CONFIG_FILE": str(tmp_path / "terraform.rc")})


def test_the_users_own_configuration_counts(tmp_path: Path) -> None:
    """Whoever configured Terraform knows where providers are."""
    own = tmp_path / "terraform.rc"
    own.write_text("")

    assert own == cli_config({"TF_CLI_CONFIG_FILE": str(own)}, tmp_path / "build")


def test_a_configuration_of_ours_names_the_mirror(tmp_path: Path) -> None:
    """And nobody is asked whether there is a newer Terraform."""
    gone = {"AFFIDAVIT_TEST_TF_MIRROR": "/a mirror", "TF_CLI_CONFIG_FILE": str(tmp_path / "gone")}
    written = cli_config(gone, tmp_path / "build").read_text()

    assert "disable_checkpoint = true" in written
    assert 'path    = "/a mirror"' in written
    assert 'include = ["hashicorp/aws"]' in written


def test_without_terraform_a_test_says_what_to_install() -> None:
    """It is skipped, and in continuous integration it fails."""
    with pytest.raises(pytest.skip.Exception, match="terraform not found, install"):
        need_terraform({"PATH": "/nowhere"})
    with pytest.raises(pytest.fail.Exception, match="terraform not found, install"):
        need_terraform({"PATH": "/nowhere", "CI": "true"})
    assert MISSING.startswith("terraform not found, install")


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["tests"], False),
        (["tests/core"], False),
        (["tests/e2e"], True),
        (["tests/e2e/rights/test_rights.py::test_x"], True),
        (["tests/core", "tests/e2e/rights"], True),
    ],
)
def test_slow_tests_run_only_if_asked_for(
    arguments: list[str], asked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their own folder or something in it."""
    monkeypatch.chdir(tmp_path)

    assert asked is asked_for(arguments, tmp_path / "tests" / "e2e")


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("dynamodb", "delete_item", {"TableName": "t", "Key": {"pk": {"S": "x"}}}),
        ("lambda", "invoke", {"FunctionName": "f"}),
        ("s3", "put_object", {"Bucket": "b", "Key": "k"}),
        ("sqs", "send_message", {"QueueUrl": "http://127.0.0.1:9/1/q", "MessageBody": "x"}),
    ],
)
def test_production_is_only_looked_at(
    service: str, operation: str, arguments: dict[str, object]
) -> None:
    """What does not read is not even sent: nothing listens at this address."""
    environ = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
    }
    production = Cloud("aws", environ, "prod")

    with pytest.raises(ReadOnlyError):
        getattr(production.client(service), operation)(**arguments)
    with pytest.raises(ReadOnlyError):
        production.demand_writable()


def test_names_are_short_enough_and_never_the_same() -> None:
    """A service's name has at most 20 characters, all the others hang on it."""
    names = {new_name("a-very-long-feature") for _ in range(50)}

    assert 50 == len(names)
    assert all(len(name) <= 20 for name in names)


@pytest.mark.parametrize("before", ["", "a", "ab"])
def test_a_string_is_found_in_base64_wherever_it_begins(before: str) -> None:
    """Three ways to be cut into groups of six bits."""
    import base64

    hidden = base64.b64encode(f"{before}eve.canary@example.org!".encode())

    assert any(form in hidden for form in _forms("eve.canary@example.org"))
