"""A bundle says whether its handler is audited, and one that is not is not made by accident."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from affidavit_bundle.audited_state import is_own, state_of
from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler_reference import read_handler
from affidavit_bundle.inspection import Inspection
from affidavit_bundle.make import Order
from affidavit_bundle.runtime_start import StartResult
from affidavit_bundle.target import check_target
from affidavit_bundle.unpack import Distribution
from affidavit_bundle.walk import Walk
from affidavit_bundle.wheels import Lock
from bundle_parts import bundle

AUDITED = {"action": "READ", "actor": "context:authorizer.id", "subject": "order", "each": False}
HANDLERS = """\
import functools
from affidavit import audited


@audited(action="ORDER_READ", subject="order")
def handler(event, context):
    return 1


@functools.wraps(handler)
def wrapped(event, context):
    return handler(event, context)


def plain(event, context):
    return 1
"""


def _order(*unaudited: str, **variables: str) -> Order:
    return Order(
        target=check_target("3.12", "x86_64"),
        source=Path(),
        to=Path(),
        plugins=(),
        requirements=(),
        includes=(),
        wheels=(),
        lock=Lock((), {}),
        policy=None,
        affidavit=None,
        with_provided=False,
        fresh=True,
        variables=variables,
        unstarted=False,
        unaudited=frozenset(unaudited),
    )


def _found(*, started: bool, audited: dict[str, object] | None = None) -> Inspection:
    result = StartResult("CPython", "CPython", 1, audited) if started else None
    return Inspection(Walk({}, (), (), ()), "", 0, result)


def test_what_is_known_of_a_handler_is_said() -> None:
    """Action and identity paths; nothing of what was not started; our own are none."""
    shop, ours = read_handler("shop:handler"), read_handler("s=affidavit_dynamodb.sealer:handler")
    started = _found(started=True, audited=AUDITED)

    assert {"state": "audited", **AUDITED, "policy": "hipaa"} == state_of(
        shop, _order(AFFIDAVIT_POLICY="hipaa"), started, own=False
    )
    assert {"state": "unknown"} == state_of(shop, _order(), _found(started=False), own=False)
    assert {"state": "own"} == state_of(ours, _order(), _found(started=True), own=True)


@pytest.mark.parametrize("name", ["shop", "affidavit_shop"])
def test_a_handler_that_is_not_audited_is_refused_unless_it_is_named(name: str) -> None:
    """Also one that is called like a package of ours, and comes from the sources."""
    handler = read_handler(f"{name}:handler")

    with pytest.raises(BundleError, match=f"--unaudited {name}"):
        state_of(handler, _order("other"), _found(started=True), own=False)
    assert {"state": "unaudited"} == state_of(
        handler, _order(name), _found(started=True), own=False
    )


def test_our_own_functions_come_from_our_wheel_and_from_nowhere_else(tmp_path: Path) -> None:
    """A package of the user's, or of another wheel, that is called like ours is theirs."""
    sealer = read_handler("s=affidavit_dynamodb.sealer:handler")
    ours = Distribution(
        "affidavit", "1", "", "", "", (), frozenset({"affidavit_dynamodb/sealer.py"})
    )
    theirs = ours._replace(name="affidavit-dynamodb")

    assert is_own(sealer, tmp_path, [ours])
    assert not is_own(sealer, tmp_path, [theirs])
    assert not is_own(read_handler("shop:handler"), tmp_path, [ours])
    (tmp_path / "affidavit_dynamodb").mkdir()
    assert not is_own(sealer, tmp_path, [ours])


def test_the_runtime_is_asked_for_what_it_has_imported(
    tmp_path: Path, wheels: dict[str, Path], source: Path, own: Path
) -> None:
    """The handler as Lambda finds it, with the decorators above; a list of bundles says it, too."""
    (source / "shop/handler.py").write_text(HANDLERS)
    options = ["--from", str(source), "--to", str(tmp_path / "to"), "--affidavit", str(own)]
    options += ["--wheels", str(wheels["x86_64"]), "--plugin", "sqlite", "--no-bytecode"]
    refused = bundle("make", "a=shop.handler:wrapped", "b=shop.handler:plain", *options, expected=3)
    assert "the handler shop.handler.plain is not audited" in refused.stderr

    manifests = [json.loads(one.read_text()) for one in (tmp_path / "to").glob("*.manifest.json")]
    assert [
        {
            "state": "audited",
            "action": "ORDER_READ",
            "actor": "",
            "subject": "order",
            "each": False,
            "policy": "",
        }
    ] == [one["audited"] for one in manifests]
    bundle("make", "b=shop.handler:plain", *options, "--unaudited", "b")
    listed = json.loads((tmp_path / "to" / "bundles.json").read_text())
    assert ["audited", "unaudited"] == [listed[name]["audited"] for name in sorted(listed)]
