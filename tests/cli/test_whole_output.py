"""What commands print, and how the command line ends, compared whole."""

from __future__ import annotations

import platform
from types import SimpleNamespace
from typing import Any

import click
import pytest

from affidavit import AffidavitError
from affidavit.plugin import VERSION, kernel_form, load_plugins
from affidavit_cli import doctor_command, main
from affidavit_cli.command_group import add_output
from affidavit_cli.foreign_errors import _REMEDIES, explain, with_remedy
from affidavit_cli.main import EXIT_CODES, build
from command_line import Terminal


def test_the_doctor_says_this_of_a_laptop(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each thing that was looked at, in order, and a sentence at the end."""
    monkeypatch.setenv("AFFIDAVIT_PLUGINS", "sqlite,notify")
    monkeypatch.setenv("AFFIDAVIT_LEDGER", terminal.ledger)
    monkeypatch.setenv("AFFIDAVIT_SOURCE_PRICES", "sqlite:///prices.db")
    monkeypatch.setenv("AFFIDAVIT_NOTIFY", "ses://a@example.org")
    found = {
        "Python": platform.python_version(),
        "kernel": f"affidavit {VERSION}, {kernel_form()}",
        "settings": "local",
        "plugins": "notify, sqlite",
        "policy": "baseline",
        "ledger": "sqlite, no records yet",
        "sources": "prices",
        "mail and events": "ses",
    }
    said = terminal("doctor", "--output", "json")

    assert list(found) == [one["what"] for one in said.data]
    for one in said.data:
        assert {"what", "found", "fix", "ok"} == one.keys()
        assert ("", True) == (one["fix"], one["ok"])
        assert one["found"].startswith(found[one["what"]])
    assert 0 == said.code
    table = terminal("doctor").out.splitlines()
    assert ["what", "found", "next"] == table[0].split()
    assert all(line.startswith("ok") for line in table[1:-1])
    assert "Everything is as it should be." == table[-1]


def test_the_doctor_says_this_of_what_is_wrong(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found, what mends it, how many, and exit code 1."""
    monkeypatch.setenv("AFFIDAVIT_POLICY", "nonsense")
    said = terminal("doctor", "--output", "json")
    (wrong,) = (one for one in said.data if not one["ok"])

    assert ("policy", 1) == (wrong["what"], said.code)
    assert wrong["fix"]
    lines = terminal("doctor").out.splitlines()
    assert 1 == sum(line.startswith("x") for line in lines)
    assert "1 thing(s) to mend." == lines[-1]


@pytest.mark.parametrize("faulty", [True, False])
def test_the_doctor_says_this_of_a_function(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, faulty: bool
) -> None:
    """Name, alias and route are asked for, and what is wrong has a kind."""
    fault = SimpleNamespace(found="Timed out", kind="timeout", fix="Raise it") if faulty else None
    asked: list[Any] = []
    monkeypatch.setattr(doctor_command, "_client", lambda: "client")
    monkeypatch.setattr(
        "affidavit_service.deployed.look",
        lambda *said, **more: (
            asked.append((said, more)) or [SimpleNamespace(what="it", found="7", fault=fault)]
        ),
    )
    answer = SimpleNamespace(status=200, milliseconds=5, fault=None)
    monkeypatch.setattr("affidavit_service.api_health.ask", lambda url: asked.append(url) or answer)
    given = ("--function", "fn", "--alias", "live", "--url", "https://x.example.com/health")
    said = terminal("doctor", *given, "--output", "json")
    table = terminal("doctor", *given).out.splitlines()

    assert [(("fn", "live"), {"client": "client"}), given[-1]] == asked[:2]
    usual = {"fix": "", "kind": "", "ok": True}
    bad = {"what": "it", "found": "Timed out", "kind": "timeout", "fix": "Raise it", "ok": False}
    good = {**usual, "what": "it", "found": "7"}
    route = {**usual, "what": "API", "found": "200 in 5 ms"}
    assert [bad if faulty else good, route] == said.data
    assert (1 if faulty else 0) == said.code
    words = "1 thing(s) to mend." if faulty else "Everything is as it should be."
    assert ["what", "found", "next"] == table[0].split()
    assert [*(["x", "it", "Timed", "out", "Raise", "it"] if faulty else ["ok", "it", "7"])] == (
        table[1].split()
    )
    assert (["ok", "API", "200", "in", "5", "ms"], words) == (table[2].split(), table[3])


def test_plugins_are_listed_with_all_that_is_known_of_them(terminal: Terminal) -> None:
    """For programs every field, for people how each stands."""
    loaded = {one.name: one for one in load_plugins().listing()}
    said = terminal("plugins", "list", "--output", "json")

    assert [
        {
            "name": one.name,
            "version": one.version,
            "summary": one.summary,
            "hooks": list(one.hooks),
            "missing": list(one.missing),
            "failed": one.failed,
        }
        for one in loaded.values()
    ] == said.data
    assert 0 == said.code
    table = terminal("plugins", "list").out
    assert ["plugin", "version", "state", "what", "it", "is", "for"] == table.split()[:7]
    assert all(one.name in table for one in loaded.values())


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (AffidavitError("it broke", why="so", fix="Do this"), 3, "error: it broke"),
        (click.exceptions.Exit(4), 4, ""),
        (click.UsageError("not so"), 2, "not so"),
        (click.BadParameter("nor so"), 2, "nor so"),
        (click.Abort(), 130, "interrupted"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (SystemExit(), 1, ""),
        (RuntimeError("s3cret"), 3, "error: this command broke"),
        (PermissionError(13, "Permission denied", "a.db"), 3, "error: a.db cannot be used"),
    ],
)
def test_whatever_is_raised_has_its_exit_code(
    raised: BaseException, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And its words, on stderr."""
    assert code == main._told(raised)
    out, err = capsys.readouterr()
    assert "" == out
    assert words in err
    assert bool(words) == bool(err)
    assert "s3cret" not in err


def test_the_exit_codes_are_these() -> None:
    """As docs/cli.md says them."""
    assert {0, 1, 2, 3, 4, 130} == EXIT_CODES.keys()


@pytest.mark.parametrize("word", sorted(_REMEDIES))
def test_credentials_that_fail_have_a_remedy(word: str) -> None:
    """Whichever sign stands behind the word; what happened stays."""
    for sign in ("", ".", ",", ";", ":", ")"):
        told = with_remedy(AffidavitError("it broke", why=f"AWS answered {word}{sign} so", fix="x"))
        assert ("it broke", f"AWS answered {word}{sign} so") == (told.what, told.why)
        assert _REMEDIES[word] == told.fix
    for other in ("nothing", f"{word}~", f"_{word}", f"{word}s"):
        same = AffidavitError("it broke", why=other, fix="x")
        assert same is with_remedy(same)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ledger": "x://y"}, "--ledger and AFFIDAVIT_LEDGER_X"),
        ({"ledger": ("x",)}, "--ledger and AFFIDAVIT_LEDGER_X"),
        ({"ledger": ""}, "AFFIDAVIT_LEDGER and AFFIDAVIT_LEDGER_X"),
        ({"ledger": True}, "AFFIDAVIT_LEDGER and AFFIDAVIT_LEDGER_X"),
        ({"ledger_x": "y"}, "AFFIDAVIT_LEDGER and --ledger-x"),
        ({"ledger": "x", "ledger_x": "y"}, "--ledger and --ledger-x"),
        ({}, "AFFIDAVIT_LEDGER and AFFIDAVIT_LEDGER_X"),
    ],
)
def test_an_error_names_the_option_that_was_given(given: dict[str, Any], told: str) -> None:
    """In each of its three parts, and not a variable that nobody has set."""

    def fail(**_: Any) -> None:
        said = "AFFIDAVIT_LEDGER and AFFIDAVIT_LEDGER_X"
        raise AffidavitError(f"what: {said}", why=f"why: {said}", fix=f"fix: {said}")

    command = click.Command("fail", callback=fail)
    add_output(command)
    callback: Any = command.callback
    with pytest.raises(AffidavitError) as caught:
        callback(output="table", **given)

    error = caught.value
    assert [f"{part}: {told}" for part in ("what", "why", "fix")] == [
        *(error.what, error.why, error.fix)
    ]


class _Aws(Exception):
    """What botocore raises."""

    def __init__(self, code: object) -> None:
        self.response = {"Error": {"Code": code}}


_Aws.__module__ = "botocore.exceptions"
MISSING = ModuleNotFoundError("x", name="acme")
POSIX = ModuleNotFoundError("x", name="fcntl")


@pytest.mark.parametrize(
    ("error", "what", "why", "fix"),
    [
        (_Aws("NoSuchBucket"), "AWS, or what stands", "it answered NoSuchBucket", "credentials"),
        (_Aws("not a word"), "AWS, or what stands", "asking raised _Aws", "credentials"),
        (_Aws(7), "AWS, or what stands", "asking raised _Aws", "credentials"),
        (MISSING, "is not installed", "there is no module acme", "extra"),
        (POSIX, "does not run on this system", "it needs fcntl", "WSL"),
        (ValueError("s3cret"), "this command broke", "ValueError was raised in", "report"),
        (OSError(28, "No space left"), "a file or a connection", "no space left", "and space"),
        (FileNotFoundError(2, "No such file", "f"), "f cannot be used", "no such file", "name and"),
        (NotADirectoryError(20, "Not a directory", "f"), "f cannot", "not a directory", "name and"),
        (
            PermissionError(13, "Permission denied", "f"),
            "f cannot",
            "permission denied",
            "name and",
        ),
        (TimeoutError("s3cret"), "a file or a connection", "timeouterror", "and space"),
    ],
)
def test_what_others_raise_is_told_without_their_text(
    error: Exception, what: str, why: str, fix: str
) -> None:
    """What, why, and what to do."""
    told = explain(error)
    assert what in told.what
    assert why in told.why
    assert fix in told.fix
    assert "s3cret" not in str(told)


def test_commands_of_a_plugin_that_lacks_something_are_known_by_name() -> None:
    """So that a near miss finds them, and a call says what to install."""
    from affidavit.plugin import LazyCommand

    class Lacking:
        def collect(self, _: str) -> list[Any]:
            return []

        def withheld(self, _: str) -> list[Any]:
            named = LazyCommand("lake", "Look.", "acme:lake")
            return [
                ("acme", named),
                ("acme", click.Command(None)),
                ("acme", SimpleNamespace(name="x")),
            ]

        def unavailable(self) -> dict[str, tuple[str, ...]]:
            return {"acme": ("duckdb", "jinja2")}

        def install_hint(self, name: str) -> str:
            return f"install {name}"

    group = build(Lacking())  # type: ignore[arg-type]
    assert {"lake"} == group._lacking.keys()
    error = group._lacking["lake"]
    assert "the command lake needs more than is installed" == error.what
    assert ("plugin acme lacks duckdb, jinja2", "install acme") == (error.why, error.fix)
    assert ["demo", "docs", "doctor", "plugins", "redact", "schema"] == (
        group.list_commands(click.Context(group))
    )
