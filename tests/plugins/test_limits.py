"""Limits of the plugins: pages name them, other services set them, or whoever calls waits for them.

What is compared is the value that is in use; a change of one is a change of what somebody meets.
"""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest

DAY_S = 24 * 60 * 60
LIMITS: dict[str, dict[str, Any]] = {
    "dynamodb.clients": {"CONNECT_TIMEOUT_S": 1, "READ_TIMEOUT_S": 2},
    "dynamodb.kms_keys": {"TRIES": 2},
    "dynamodb.location": {
        "DEFAULT_TIMEOUT_MS": 250, "LONGEST_TIMEOUT_MS": 900_000, "COLD_TIMEOUT_MS": 3_000,
        "DEFAULT_LIMIT": 2**20,
    },
    "dynamodb.outbox": {"KEPT_DAYS": 7, "MOST_AT_ONCE": 10},
    "dynamodb.push_targets": {"ATTEMPTS": 6},
    "dynamodb.reader": {"OLDEST": date(2020, 1, 1), "AHEAD": timedelta(days=62)},
    "dynamodb.sealer": {"REPLAY_TIMEOUT_S": 5},
    "dynamodb.source": {"MOST_TOGETHER": 100},
    "dynamodb.source_values": {"DIGITS": 38, "LEAST": -130, "MOST": 125, "DEEPEST": 32},
    "dynamodb.spill": {"MESSAGE_BYTES": 2**18},
    "http.exchange": {
        "REDIRECTS": {301, 302, 303, 307, 308}, "MOST_REDIRECTS": 3, "MOST_IDLE": 4,
    },
    "http.source": {
        "_MISSING": {404, 410}, "_TIMEOUTS": {408, 504}, "_BUSY": {423, 425, 429},
        "_UNAUTHORIZED": 401,
    },
    "http.timed_socket": {"IDLE_S": 30},
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
}  # fmt: skip


@pytest.mark.parametrize("module", LIMITS)
def test_limits_are_these(module: str) -> None:
    """Whoever changes one changes this line, and the page that names it."""
    held = import_module(f"affidavit_{module}")
    assert LIMITS[module] == {name: getattr(held, name) for name in LIMITS[module]}
