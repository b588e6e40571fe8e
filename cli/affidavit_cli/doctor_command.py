"""`affidavit doctor`: what is configured, what is missing, and how to mend it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from affidavit import AffidavitError, LedgerMissingError
from affidavit.plugin import (
    VERSION,
    CommandResult,
    Json,
    Ledger,
    Plugins,
    Settings,
    kernel_form,
    load_plugins,
    load_policy,
    now_ms,
    open_ledger,
    open_notifier,
    open_sources,
    read_settings,
)

T = TypeVar("T")

OLDEST = (3, 11)
MODULES = "terraform/affidavit"
"""Where the Makefile of a new project puts the modules."""


@dataclass(frozen=True, slots=True)
class DoctorCheck:
    """One thing that was looked at. `fix` is empty if it is as it should be."""

    what: str
    found: str
    fix: str = ""


@click.command()
@click.option("--function", help="A function that is deployed; otherwise this environment.")
@click.option("--alias", help="The alias that calls of it go through.")
@click.option("--url", help="A route of its API; it is asked once, with GET.")
@click.option("--ledger", is_flag=True, help="The ledger of AFFIDAVIT_LEDGER, and who writes it.")
def doctor(function: str | None, alias: str | None, url: str | None, ledger: bool) -> CommandResult:
    """Say what is configured, what is missing, and how to mend it.

    affidavit doctor --function shop-orders --alias live

    Changes nothing. Exit code 1 if something has to be mended. With --ledger each
    row is read: the functions that write are compared, and clocks, table, sealer.
    """
    if function is not None or url is not None:
        return _deployed(function, alias, url)
    checks = _drift() if ledger else [*_checks(), *_project(Path())]
    wrong = [check for check in checks if check.fix]
    data: list[Json] = [
        {"what": check.what, "found": check.found, "fix": check.fix, "ok": not check.fix}
        for check in checks
    ]
    return CommandResult(
        data=data,
        columns=("", "what", "found", "next"),
        rows=[("x" if c.fix else "ok", c.what, c.found, c.fix) for c in checks],
        notes=(f"{len(wrong)} thing(s) to mend." if wrong else "Everything is as it should be.",),
        exit_code=1 if wrong else 0,
    )


def _drift() -> list[DoctorCheck]:
    """Look at the ledger that variables name."""
    from affidavit_ledger.ledger_drift import look  # noqa: PLC0415 - only where it is asked for
    from affidavit_ledger.session import begin  # noqa: PLC0415
    from affidavit_ledger.workspace import Notes  # noqa: PLC0415 - needs cryptography

    session, place, notes = begin(), None, None
    if session.settings.archive is not None and session.settings.signer is not None:
        place, workspace = session.archive()
        notes = Notes(workspace, session.signer())
    found = look(session.ledger(), place, notes, now_ms=now_ms())
    return [DoctorCheck(*one) for one in found] or [DoctorCheck("ledger", "nothing has drifted")]


def _project(folder: Path) -> Iterator[DoctorCheck]:
    """Look at the service that this folder defines, if it does: code, data, bundles, template."""
    from affidavit_service.project_checks import check_project  # noqa: PLC0415 - pydantic's models
    from affidavit_service.read import find_service  # noqa: PLC0415

    path = find_service(folder)
    if path is None:
        return
    for one in check_project(path, os.environ):
        yield DoctorCheck(*one)
    yield from _read_twice(path)
    yield from _template(folder)


def _read_twice(path: Path) -> Iterator[DoctorCheck]:
    """Compare what Terraform reads of the policy with what the functions obey."""
    from affidavit_policy.terraform_reading import differences  # noqa: PLC0415 - YAML
    from affidavit_service.read import read_service  # noqa: PLC0415 - pydantic's models

    folder = path.parent / MODULES / "policies"
    try:
        name = read_service(path, "local").about.policy
        held = load_policy(name) if name else None
    except AffidavitError:  # which is said already
        return
    if held is None or not folder.is_dir():
        return
    found = list(differences(folder / f"{held.name}.yaml", held))
    more = f" (and {len(found) - 1} more)" if found[1:] else ""
    told = f"{found[0]}{more}" if found else "Terraform and functions read the same"
    fix = f"affidavit terraform export --replace {MODULES}" if found else ""
    yield DoctorCheck(f"policy of {MODULES}", told, fix)


def _template(folder: Path) -> Iterator[DoctorCheck]:
    from affidavit_scaffold.project_template import RECORD  # noqa: PLC0415 - beside its use
    from affidavit_scaffold.template_changes import changes  # noqa: PLC0415

    if (folder / RECORD).is_file():
        found, told = _try("template", lambda: changes(folder), lambda held: f"{len(held)} newer")
        old = bool(found and found[0])
        yield replace(told, fix="affidavit new --diff") if old else told


def _deployed(name: str | None, alias: str | None, url: str | None) -> CommandResult:
    """Look at a function that is deployed: by what AWS says of it, and through its API."""
    from affidavit_service.deployed import Looked, look  # noqa: PLC0415 - only where asked for

    found: list[Looked] = []
    if name is not None:
        found += look(name, alias, client=_client())
    if url is not None:
        from affidavit_service.api_health import ask  # noqa: PLC0415

        answer = ask(url)
        found.append(Looked("API", f"{answer.status} in {answer.milliseconds} ms", answer.fault))
    wrong = [one for one in found if one.fault]
    return CommandResult(
        data=[
            {
                "what": one.what,
                "found": one.fault.found if one.fault else one.found,
                "kind": one.fault.kind if one.fault else "",
                "fix": one.fault.fix if one.fault else "",
                "ok": one.fault is None,
            }
            for one in found
        ],
        columns=("", "what", "found", "next"),
        rows=[
            ("x", one.what, one.fault.found, one.fault.fix)
            if one.fault
            else ("ok", one.what, one.found, "")
            for one in found
        ],
        notes=(f"{len(wrong)} thing(s) to mend." if wrong else "Everything is as it should be.",),
        exit_code=1 if wrong else 0,
    )


def _client() -> Callable[[str], Any]:
    try:
        import boto3  # noqa: PLC0415 - heavy, and an extra
    except ModuleNotFoundError:
        raise AffidavitError(
            "a function cannot be looked at",
            why="boto3 is not installed",
            fix="pip install 'affidavit[dynamodb]'",
        ) from None
    client: Callable[[str], Any] = boto3.client
    return client


def _checks() -> Iterator[DoctorCheck]:
    version = platform.python_version()
    old = sys.version_info < OLDEST
    yield DoctorCheck("Python", version, "Use Python 3.11 or newer" if old else "")
    yield DoctorCheck("kernel", f"affidavit {VERSION}, {kernel_form()}")
    settings, found = _try(
        "settings", lambda: read_settings(os.environ), lambda held: held.environment
    )
    yield found
    only = settings[0].plugins if settings else None
    plugins, found = _try("plugins", lambda: load_plugins(only), _names)
    yield found
    for loaded in plugins:
        yield from _broken(loaded)
    for held in settings:
        yield _policy(held)
        for loaded in plugins:
            yield _ledger(held, loaded)
            yield _sources(held, loaded)
            if held.notify is not None:
                yield _notifier(held, loaded)


def _policy(settings: Settings) -> DoctorCheck:
    return _try("policy", lambda: load_policy(settings.policy), lambda policy: policy.label)[1]


def _ledger(settings: Settings, plugins: Plugins) -> DoctorCheck:
    opened, found = _try(
        "ledger", lambda: open_ledger(settings, plugins), lambda ledger: ledger.store.name
    )
    if not opened:
        return found
    return _try("ledger", lambda: _chains(opened[0]), str)[1]


def _chains(ledger: Ledger) -> str:
    try:
        return f"{ledger.store.name}, {len(list(ledger.reader.writers()))} chain(s)"
    except LedgerMissingError:
        return f"{ledger.store.name}, no records yet"


def _sources(settings: Settings, plugins: Plugins) -> DoctorCheck:
    return _try(
        "sources",
        lambda: open_sources(settings, plugins),
        lambda sources: ", ".join(sorted(sources)) or "none",
    )[1]


def _notifier(settings: Settings, plugins: Plugins) -> DoctorCheck:
    return _try(
        "mail and events",
        lambda: open_notifier(settings, plugins),
        lambda _: settings.notify.scheme if settings.notify else "none",
    )[1]


def _names(plugins: Plugins) -> str:
    return ", ".join(
        f"{item.name} (unavailable)" if item.missing or item.failed else item.name
        for item in plugins.listing()
    )


def _broken(plugins: Plugins) -> Iterator[DoctorCheck]:
    for item in plugins.listing():
        if item.failed:
            found = f"its import raised {item.failed}"
            yield DoctorCheck(f"plugin {item.name}", found, plugins.install_hint(item.name))


def _try(what: str, act: Callable[[], T], tell: Callable[[T], str]) -> tuple[list[T], DoctorCheck]:
    """Return what `act` made, in a list that is empty if it failed, and the check."""
    try:
        result = act()
    except AffidavitError as error:
        return [], DoctorCheck(what, f"{error.what}: {error.why}", error.fix)
    return [result], DoctorCheck(what, tell(result))
