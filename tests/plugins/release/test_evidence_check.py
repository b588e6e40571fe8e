"""The built-in smoke test on real handlers and a real ledger; only the call is a stand-in.

The end-to-end tests make the same check on deployed functions.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from affidavit import AuditContext, audited
from affidavit._clock import Clock
from affidavit._runtime.plugins import Plugins, load_plugins
from affidavit._runtime.runtime import open_ledger
from affidavit._runtime.settings import read_settings
from affidavit.testing import FakeContext, make_runtime, run
from affidavit_release.errors import ReleaseError
from affidavit_release.evidence_check import find_fault
from affidavit_release.rules import Invoke
from affidavit_release.smoke import SmokeRequest, run_smoke
from affidavit_release.targets import Asked
from affidavit_release.vault import Stored
from affidavit_release.versions import Version
from release_world import World

PLUGINS = ("ledger", "sqlite")
EVENT = {"user": "jane.roe@example.org", "id": "P-1"}


def answering(event: dict[str, Any], context: AuditContext) -> dict[str, Any]:
    return {"ok": True}


def failing(event: dict[str, Any], context: AuditContext) -> dict[str, Any]:
    raise ValueError(event["user"])


class Function:
    """A deployed function: it runs in this process, and its evidence is in a file."""

    def __init__(self, folder: Path, act: Callable[..., Any] = answering, **changes: Any) -> None:
        self.variables = {
            "AFFIDAVIT_POLICY": "baseline",
            "AFFIDAVIT_ENVIRONMENT": "qa",
            "AFFIDAVIT_LEDGER": f"sqlite:///{folder / 'function.db'}",
            "AFFIDAVIT_SOURCE_PRICES": "oracle://not-for-us",
            "COLOUR": "blue",
        }
        self.act, self.changes, self.tail = act, changes, True
        self.after: Callable[[], None] = lambda: None

    def ask(self, function: str, event: bytes) -> Asked:
        settings = read_settings({"AFFIDAVIT_LEDGER": self.variables["AFFIDAVIT_LEDGER"]})
        ledger = open_ledger(settings, load_plugins(PLUGINS))
        bench = make_runtime(ledger=ledger, **self.changes)
        handler = audited(action="ASK", actor="user", subject="id")(self.act)
        context = FakeContext(aws_request_id=Clock().new_id())
        answer, raised = None, False
        try:
            answer = run(handler, json.loads(event), bench, context)
        except Exception:  # noqa: BLE001 - as Lambda does
            raised = True
        self.after()
        tail = "\n".join(["START", *bench.lines, "END"]) if self.tail else "START\nEND"
        return Asked(context.aws_request_id, answer, raised, tail, self.variables, "eu-west-1")


@pytest.fixture
def plugins() -> Plugins:
    return load_plugins(PLUGINS)


@pytest.fixture
def invoke(tmp_path: Path) -> Invoke:
    """The event in a file, and who it is about."""
    path = tmp_path / "event.json"
    path.write_text(json.dumps(EVENT))
    return Invoke("shop", path, EVENT["user"], None, opening=True)


def fault(invoke: Invoke, function: Function, plugins: Plugins, timeout_s: float = 0.5) -> str:
    return find_fault(invoke, function, plugins, timeout_s=timeout_s)  # type: ignore[arg-type]


@pytest.mark.parametrize(("actor", "subject"), [(EVENT["user"], None), (None, "P-1")])
def test_a_good_function_has_no_fault(
    tmp_path: Path, invoke: Invoke, plugins: Plugins, actor: str | None, subject: str | None
) -> None:
    """Found by its actor or by its subject; asking twice is no fault either."""
    function = Function(tmp_path)

    for _ in range(2):
        assert "" == fault(invoke._replace(actor=actor, subject=subject), function, plugins)


def test_a_function_that_raises(tmp_path: Path, invoke: Invoke, plugins: Plugins) -> None:
    """Without what it said."""
    said = fault(invoke, Function(tmp_path, failing), plugins)

    assert "raised" in said
    assert "jane" not in said


def test_a_function_that_answers_with_an_error_status(
    tmp_path: Path, invoke: Invoke, plugins: Plugins
) -> None:
    """A gateway's answer has a status of its own."""

    def missing(event: dict[str, Any], context: AuditContext) -> dict[str, Any]:
        return {"statusCode": 404, "body": "x"}

    assert "status 404" in fault(invoke, Function(tmp_path, missing), plugins)


def test_a_function_without_metrics(tmp_path: Path, invoke: Invoke, plugins: Plugins) -> None:
    """None in the log, or under another name than its alarms look for."""
    function = Function(tmp_path)
    function.tail = False
    assert "counts an answer" in fault(invoke, function, plugins)

    function.tail = True
    function.variables["AFFIDAVIT_NAMESPACE"] = "other"
    assert "namespace other" in fault(invoke, function, plugins)


def test_a_function_whose_evidence_is_elsewhere(
    tmp_path: Path, invoke: Invoke, plugins: Plugins
) -> None:
    """It answers, and nobody finds a record of it: another ledger, or another actor."""
    assert "No closing record" in fault(
        invoke._replace(actor="somebody else"), Function(tmp_path), plugins
    )
    function = Function(tmp_path)
    made = function.variables["AFFIDAVIT_LEDGER"]
    asked = function.ask("shop", json.dumps(EVENT).encode())
    (tmp_path / "other").mkdir()
    other = Function(tmp_path / "other")
    other.ask("shop", json.dumps(EVENT).encode())

    class Elsewhere(Function):
        def ask(self, function: str, event: bytes) -> Asked:
            return asked._replace(variables=other.variables)

    assert made != other.variables["AFFIDAVIT_LEDGER"]
    assert "No closing record" in fault(invoke, Elsewhere(tmp_path), plugins)


def test_a_policy_that_keeps_no_opening_record(
    tmp_path: Path, invoke: Invoke, plugins: Plugins
) -> None:
    """Is a fault unless the rules say that there is none."""
    from affidavit._policy.words import Declare

    function = Function(tmp_path, declare=Declare.NONE)
    assert "no opening record" in fault(invoke, function, plugins)
    assert "" == fault(invoke._replace(opening=False), function, plugins)


def test_a_chain_that_was_changed(tmp_path: Path, invoke: Invoke, plugins: Plugins) -> None:
    """By a byte, between the writing and the check."""
    function = Function(tmp_path)

    def change() -> None:
        with closing(sqlite3.connect(tmp_path / "function.db")) as database, database:
            for name in ("records_never_change", "records_stay", "records_are_not_replaced"):
                database.execute(f"drop trigger {name}")
            database.execute(
                "update records set body = cast(replace(body, '\"ok\"', '\"no\"') as blob)"
            )

    function.after = change
    assert "does not verify: altered" in fault(invoke, function, plugins)


def test_an_event_that_is_none(tmp_path: Path, invoke: Invoke, plugins: Plugins) -> None:
    """An error of the rules, not of the release."""
    invoke.event.write_text("{")

    with pytest.raises(ReleaseError, match="event of a smoke test"):
        fault(invoke, Function(tmp_path), plugins)


@pytest.mark.parametrize("event", [["x"], "x", {"requestContext": "x"}])
def test_an_event_of_any_form_is_asked_with(
    event: Any, tmp_path: Path, invoke: Invoke, plugins: Plugins
) -> None:
    """Only a gateway's has an id of its own."""

    def reads(_: dict[str, Any], context: AuditContext) -> dict[str, Any]:
        return {"ok": True}

    class Wrapped(Function):
        def ask(self, function: str, data: bytes) -> Asked:
            assert event == json.loads(data)
            return super().ask(function, json.dumps(EVENT).encode())

    invoke.event.write_text(json.dumps(event))
    assert "" == fault(invoke, Wrapped(tmp_path, reads), plugins)


def test_rules_say_it_as_data(world: World, invoke: Invoke, plugins: Plugins) -> None:
    """The whole way from release.toml, and a folder cannot be asked."""
    world.write_rules(
        **{
            'command = ["{python}", "smoke.py"]': 'invoke = { function = "shop", '
            f'event = "event.json", actor = "{EVENT["user"]}" }}'
        }
    )
    (world.folder / "event.json").write_text(json.dumps(EVENT))
    stored = Stored(Version(1, 2, 3), "d" * 64, {}, None)  # type: ignore[arg-type]
    told = SmokeRequest("qa", stored, "v1.2.3", Function(world.folder), plugins, may_write=True)  # type: ignore[arg-type]

    assert None is run_smoke(world.rules(), told)
    broken = told._replace(target=Function(world.folder, failing))  # type: ignore[arg-type]
    assert ("reads", "The function raised, or did not answer in time: see its log.") == run_smoke(
        world.rules(), broken
    )
    folder = told._replace(target=world.context().targets["qa"])
    with pytest.raises(ReleaseError, match="cannot be called"):
        run_smoke(world.rules(), folder)


@pytest.mark.parametrize(
    "said",
    [
        'invoke = { function = "shop", event = "event.json" }',
        'invoke = { function = "shop", actor = "x" }',
        'command = ["true"]\ninvoke = { function = "shop", event = "e.json", actor = "x" }',
        "",
    ],
)
def test_rules_that_check_nothing_are_refused(world: World, said: str) -> None:
    """Nobody named, no event, both kinds at once, or neither."""
    world.write_rules(**{'command = ["{python}", "smoke.py"]': said})

    with pytest.raises(ReleaseError):
        world.rules()
