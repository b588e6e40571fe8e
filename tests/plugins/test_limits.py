"""Limits of the plugins: pages name them, other services set them, or whoever calls waits for them.

What is compared is the value that is in use; a change of one is a change of what somebody meets.
"""

from __future__ import annotations

import ast
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest

import repository as repo

DAY_S = 24 * 60 * 60
LIMITS: dict[str, dict[str, Any]] = {
    "dynamodb.clients": {"CONNECT_TIMEOUT_S": 1, "READ_TIMEOUT_S": 2},
    "dynamodb.kms_keys": {"TRIES": 2, "_NAME": 8},
    "dynamodb.location": {
        "DEFAULT_TIMEOUT_MS": 250, "LONGEST_TIMEOUT_MS": 900_000, "COLD_TIMEOUT_MS": 3_000,
        "DEFAULT_LIMIT": 2**20,
    },
    "dynamodb.outbox": {"KEPT_DAYS": 7, "MOST_AT_ONCE": 10},
    "dynamodb.push_targets": {"ATTEMPTS": 6, "_TIME_BYTES": 14},
    "dynamodb.reader": {"OLDEST": date(2020, 1, 1), "AHEAD": timedelta(days=62), "_ASIDE": 8},
    "dynamodb.sealer": {"REPLAY_TIMEOUT_S": 5},
    "dynamodb.source": {"MOST_TOGETHER": 100},
    "dynamodb.source_values": {"DIGITS": 38, "LEAST": -130, "MOST": 125, "DEEPEST": 32},
    "dynamodb.spill": {"MESSAGE_BYTES": 2**18},
    "dynamodb.subjects": {"_THREADS": 2},
    "http.exchange": {
        "REDIRECTS": {301, 302, 303, 307, 308}, "MOST_REDIRECTS": 3, "MOST_IDLE": 4,
        "_PART": 2**16,
    },
    "http.source": {
        "_MISSING": {404, 410}, "_TIMEOUTS": {408, 504}, "_BUSY": {423, 425, 429},
        "_UNAUTHORIZED": 401,
    },
    "http.timed_socket": {"IDLE_S": 30},
    "lint.built_statements": {"_DEEP": 25},
    "lint.handlers": {"_TWO": 2},
    "lint.hard_coded": {"_LEAST": 4, "_LEAST_LETTERS": 16},
    "lint.raw_logs": {"_DEEP": 25},
    "notify.clients": {"CONNECT_TIMEOUT_S": 0.5, "READ_TIMEOUT_S": 1},
    "notify.mail_templates": {
        "MAX_TEMPLATE": 2**16, "MAX_MAIL": 2**18, "MAX_SUBJECT": 200, "MAX_KEPT": 64,
        "_MAX_TURNS": 20_000, "_MAX_GLUE": 16,
    },
    "notify.notifier": {"MAX_RECIPIENTS": 10},
    "notify.webhook": {"MAX_TEXT": 3_000},
    "oracle.database_login": {"CONNECT_S": 1, "READ_S": 3},
    "oracle.deadline": {"RESERVE_S": 0.25},
    "oracle.location": {"PORT": 1521, "TLS_PORT": 2484},
    "oracle.queries": {"TAG_CHARACTERS": 64, "FIRST_S": 2},
    "oracle.sessions": {"PING_MS": 1_000, "HOLD_OFF_S": 60, "STUCK": 3, "STUCK_PAUSE_S": 30},
    "policy.strict_yaml": {"_MAX_LENGTH": 1_000_000, "_MAX_DEPTH": 32},
    "release.announce": {"TRIES": 3, "PAUSE_S": 0.5, "TRY_S": 3, "WHOLE_S": 12},
    "release.bundles": {"MOST": 100},
    "release.canary": {"LOOK_S": 15},
    "release.cost": {
        "DAYS": 30.4375, "SECONDS": 30.4375 * DAY_S, "MINUTES": 43_830, "GB": 10**9, "BATCH": 500,
    },
    "release.cost_command": {"MOST": 10**10},
    "release.demo.play": {"COMMAND_S": 120},
    "release.evidence_check": {"LOOK_S": 1, "SKEW_MS": 5_000},
    "release.folder_target": {"_MOST_BYTES": 262_144_000},
    "release.git_log": {"TIMEOUT_S": 60},
    "release.lambda_target": {"READY_S": 120},
    "release.make_release": {"CHECK_S": 300},
    "release.programs": {"KILL_S": 5},
    "release.reasons": {"LONGEST": 200},
    "release.release_context": {"DAY_S": DAY_S},
    "release.release_reports": {"SHORT": 12},
    "release.release_steps": {"TIMEOUT_S": 10, "TRIES": 50, "_TAG": 14, "_PLACES": 8},
    "release.report_page": {"_SHORT": 12},
    "release.scenario_gate": {"PASSED": {0, 6}, "FAILED": 1, "_LINES": 15},
    "release.smoke": {"_LINES": 15},
    "release.take_back": {"LEASE_MS": 900_000},
    "release.tariff": {"MONTHS": 12, "_MOST_BYTES": 1_000_000},
    "reports.ask": {"MOST": 1_000_000},
    "reports.console.command_tables": {"MOST": 500},
    "reports.console.pages": {"PAGE": 200, "_DIGITS": 12},
    "reports.lake": {"PORTION": 500_000},
    "reports.lake_index": {"FORMAT": 3},
    "reports.pack": {"SHOWN_ROWS": 500, "MOST_ATTACHED": 4_000_000},
    "reports.pictures": {"WIDTH": 720, "_MOST_BARS": 72},
    "reports.record_table": {"MOST_SEGMENTS": 256, "MOST_BYTES": 2**25, "_STEP": 64},
    "reports.report_command": {"MOST_PRINTED": 1_000},
    "reports.sealed": {"_SAID": 5},
    "reports.shown_cells": {"LONGEST": 500, "TOKEN_SHOWN": 12},
    "sqlite.ledger": {"_REMOVAL_S": 60, "OLDEST": (3, 24, 0)},
    "sqlite.source": {"_STEPS_BETWEEN_CHECKS": 5_000},
    "sqlite.spill": {"_CLEAR_TIMEOUT_S": 10},
    "sqlite.subjects": {"_TIMEOUT_S": 5},
    "terraform.account_checks": {"LEAST_UNRESERVED": 100},
    "terraform.plan_checks": {"MOST_ATTACHED": 10},
}  # fmt: skip


@pytest.mark.parametrize("module", LIMITS)
def test_limits_are_these(module: str) -> None:
    """Whoever changes one changes this line, and the page that names it."""
    held = import_module(f"affidavit_{module}")
    assert LIMITS[module] == {name: getattr(held, name) for name in LIMITS[module]}


ELSEWHERE = {
    "bundle", "devserver", "harness", "ledger", "localcloud", "scaffold", "service", "testing",
    "xray",
}  # fmt: skip
"""Their limits are held beside their tests, or they are tried as whole processes only."""


def _numbers(tree: ast.Module) -> set[str]:
    """Name what is a number in a module: written as one, or computed from some."""
    number = ast.Constant | ast.BinOp | ast.UnaryOp | ast.operator | ast.unaryop
    return {
        ast.unparse(target)
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in getattr(node, "targets", [getattr(node, "target", None)])
        if all(isinstance(part, number) for part in ast.walk(node.value))
        and all(
            isinstance(part.value, int | float) and not isinstance(part.value, bool)
            for part in ast.walk(node.value)
            if isinstance(part, ast.Constant)
        )
    }


def test_each_number_that_has_a_name_is_on_the_list() -> None:
    """Whoever adds one says here what it is."""
    missing = {}
    for folder in sorted(repo.ROOT.glob("plugins/*/affidavit_*")):
        plugin = folder.parent.name
        for path in sorted(folder.rglob("*.py")) if plugin not in ELSEWHERE else ():
            module = ".".join([plugin, *path.relative_to(folder).with_suffix("").parts])
            missing[module] = _numbers(repo.tree(path)) - LIMITS.get(module, {}).keys()
    assert {} == {module: names for module, names in missing.items() if names}
