"""What `affidavit add` adds is right, or is not there."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from affidavit import AffidavitError
from affidavit_cli.main import run as command_line
from affidavit_scaffold.additions import add_function, add_source
from affidavit_scaffold.project_template import Project, render
from affidavit_scaffold.write_files import write_new
from affidavit_service.read import read_service


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    files = render(Project("shop", "http-sqlite", "baseline"))
    write_new(tmp_path / "shop", files, "{}")
    return tmp_path / "shop" / "functions.toml"


def _files(folder: Path) -> dict[Path, bytes]:
    return {one: one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_a_function_is_handler_tests_and_definition(definition: Path) -> None:
    """All of it, under the name that was given."""
    made = add_function(definition, "stock-take")
    function = read_service(definition).functions["stock-take"]

    assert ["functions.toml", "src/shop/stock_take.py", "tests/test_stock_take.py"] == made
    assert "shop.stock_take:handler" == function.handler
    assert ["GET /stock-take/{id}"] == function.routes
    for name in made[1:]:
        text = (definition.parent / name).read_text()
        ast.parse(text)
        assert "new_function" not in text.lower().replace("-", "_")


@pytest.mark.parametrize("name", ["read", "Read", "sealer", "handler"])
def test_a_function_that_cannot_be_leaves_everything_as_it_was(definition: Path, name: str) -> None:
    """Taken already, not a name, a name of affidavit's own, or a file that is there."""
    before = _files(definition.parent)
    with pytest.raises(AffidavitError):
        add_function(definition, name)

    assert before == {
        one: one.read_bytes() for one in definition.parent.rglob("*") if one.is_file()
    }


@pytest.mark.parametrize("environment", [None, "local", "prod"])
@pytest.mark.parametrize("function", [None, "orders"])
def test_a_source_is_read_where_it_was_asked_for(
    definition: Path, environment: str | None, function: str | None
) -> None:
    """In one environment or all, whichever way the sources are written there."""
    add_function(definition, "orders")
    url = "sqlite:///prices.db"
    name = add_source(definition, "prices", url, function=function, environment=environment)
    where = environment or "dev"

    assert (function or "read") == name
    # A bundle without the plugin that a source needs would be refused.
    assert "sqlite" in read_service(definition, where).functions[name].plugins
    assert url == read_service(definition, where).functions[name].sources["prices"]
    assert ("items" in read_service(definition, where).functions["read"].sources) is True
    elsewhere = read_service(definition, "qa").functions[name].sources
    assert ("prices" in elsewhere) is (environment is None)


def test_a_source_that_cannot_be_leaves_the_definition_as_it_was(definition: Path) -> None:
    """A name that is taken, a function that is not there, a URL that is none."""
    before = definition.read_text()
    for name, url, function in (
        ("items", "sqlite:///x.db", None),
        ("prices", "sqlite:///x.db", "nope"),
        ("prices", 'x"\ny', None),
    ):
        with pytest.raises(AffidavitError):
            add_source(definition, name, url, function=function, environment=None)

        assert before == definition.read_text()


def test_the_commands_say_what_they_did(
    definition: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what comes next."""
    told = ["--service", str(definition)]

    assert 0 == command_line(["add", "function", "orders", *told])
    assert "src/shop/orders.py" in capsys.readouterr().out
    assert 0 == command_line(["add", "source", "prices=sqlite:///prices.db", *told])
    assert "service seed" in capsys.readouterr().out
    assert 3 == command_line(["add", "function", "orders", *told])
    shutil.rmtree(definition.parent)
