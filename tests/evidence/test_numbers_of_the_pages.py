"""The numbers that the pages tell are those of the code: operators and other verifiers use them."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest

import repository as repo

KIB, DAY_S = 1 << 10, 86_400

NUMBERS = (
    ("segments", "MAX_RECORDS", 10_000, "evidence", "at most 10,000 lines"),
    ("segments", "MAX_BYTES", 16 * KIB * KIB, "evidence", "10,000 lines and 16 MiB"),
    ("record_form", "MAX_BODY", KIB * KIB, "evidence", "a record, of at most 1 MiB"),
    ("record_form", "MAX_DEPTH", 32, "evidence", "at most 32 levels"),
    ("record_form", "MAX_WHOLE", 2**53 - 1, "evidence", "whole numbers within"),
    ("notes", "MAX_NOTE", 64 * KIB, "evidence", "two lines of ours, at most 64 KiB"),
    (
        "log_begin",
        "MAX_BEGIN",
        16 * KIB * KIB,
        "evidence",
        "as a checkpoint is one, at most 16 MiB",
    ),
    ("ledger_profile", "MAX_PROFILE", 16 * KIB * KIB, "evidence", ""),
    ("cosignatures", "MAX_LINES", 64 * KIB, "evidence", "at least one and at most 64 KiB"),
    ("outside_post", "LONGEST", 64 * KIB, "evidence", "as RFC 3161 defines it, at most 64 KiB"),
    ("prove", "MAX_PATH", 64, "evidence", "at most 64 hashes in hexadecimal"),
    ("tiles", "WIDTH", 256, "evidence", "256 hashes of the log's tree"),
    (
        "time_basis",
        "ATTESTED_WITHIN_S",
        300,
        "evidence",
        "at most 300 seconds older than the newest",
    ),
    ("timestamps", "APART_S", 300, "evidence", "more than 300 seconds before or after the time"),
    (
        "table_check",
        "SEALED_WITHIN_S",
        300,
        "evidence",
        "written more than five minutes before the",
    ),
    ("log_state", "SNAPSHOT_EVERY", 250, "evidence", "archived every 250 checkpoints"),
    ("sealer_state", "SNAPSHOT_S", 30 * DAY_S, "evidence", "and locked for 30 days"),
    (
        "verify",
        "GRACE_MS",
        15 * 60_000,
        "cli",
        "may run for 15 minutes before it counts as unclosed",
    ),
    ("log_check", "MAX_AGE_S", 120, "drills", "No `Checkpoints` for two minutes, or"),
    ("stream", "SKEW_S", 120, "sealer", "whose own time is more than two minutes off"),
    ("ledger_drift", "SEALED_WITHIN", timedelta(minutes=10), "drills", "older than ten minutes"),
    ("ledger_drift", "AHEAD", timedelta(minutes=1), "drills", ""),
    ("table_check", "CHAIN_S", 7 * DAY_S, "records", "a chain older than a week is followed"),
    ("push", "BATCH", 500, "push", "a batch of at most 500 events"),
    ("push_file", "SIZE", 100 * KIB * KIB, "push", ""),
    ("push_syslog", "PORT", 6514, "push", "siem.example.org:6514"),
    ("push_command", "LONGEST_WAIT_S", 60, "push", ""),
    ("log_state", "FORGET_AFTER_S", 30 * DAY_S, "evidence", ""),
    ("log_state", "RECENT_S", 25 * 3600, "evidence", ""),
    ("seal_table", "READ_ANYHOW_S", 600, "evidence", ""),
    ("log_span", "EARLIER", timedelta(minutes=5), "evidence", ""),
    ("log_span", "LATER", timedelta(hours=1), "evidence", ""),
    ("coverage", "LOOKED_AT", 1000, "evidence", ""),
    ("retention", "LOOK_BACK", 60, "evidence", ""),
    ("time_basis", "LOOK_BACK", 300, "evidence", ""),
    ("chain_check", "MAX_GAP", 1_000_000, "evidence", ""),
)
"""Module, name, value, and how a page says it, where one does."""


@pytest.mark.parametrize(("module", "name", "value", "page", "said"), NUMBERS)
def test_a_number_is_what_the_page_says(
    module: str, name: str, value: object, page: str, said: str
) -> None:
    """Another number is another format, or another promise."""
    assert value == getattr(import_module(f"affidavit_ledger.{module}"), name)
    assert said in " ".join((repo.DOCS / f"{page}.md").read_text().split())
