"""The policy of docs/policy-settings.md that refuses is one that can be used."""

from __future__ import annotations

from pathlib import Path

import repository as repo
from affidavit._policy.load import load_policy, policy_from
from affidavit._policy.words import OffRecord, Trust
from affidavit_policy.compile import compile_policy
from off_record_parts import reached


def test_the_example_refuses_what_it_does_not_list(tmp_path: Path) -> None:
    """And every shipped policy only records."""
    page = (repo.ROOT / "docs" / "policy-settings.md").read_text()
    block = page[page.index("policy: clinic") :].partition("```")[0]
    (tmp_path / "clinic.yaml").write_text(block)
    policy = policy_from(compile_policy(tmp_path / "clinic.yaml").needed())
    policy = policy._replace(actor=policy.actor._replace(trust=frozenset(Trust)))
    local = policy.environments["local"]._replace(trust_asserted=True)
    policy = policy._replace(environments={**policy.environments, "local": local})

    def act() -> None:
        try:
            Path("/etc/passwd").read_bytes()
        finally:
            with_model = Path("/mnt/models/none")
            try:
                with_model.read_bytes()
            except OSError:
                pass

    def caught() -> None:
        try:
            act()
        except Exception:  # noqa: BLE001 - what is refused is on record
            return

    assert [("file", "open", "allowed"), ("file", "open", "refused")] == sorted(
        reached(caught, policy), key=lambda one: one[2]
    )
    assert OffRecord.RECORD is load_policy("hipaa").off_record.mode
