"""The pages on releases and docs/cost.md say what is so."""

from __future__ import annotations

import re
from pathlib import Path

import repository as repo
from affidavit_release.cost import Load, choices_of, estimate
from affidavit_release.demo.demo_targets import ORDER
from affidavit_release.errors import Reason
from affidavit_release.line_step import StepKind
from affidavit_release.rules import read_rules
from affidavit_release.targets import open_target
from affidavit_release.tariff import read_tariff
from affidavit_release.vault import CHECKSUMS, SIGNATURE
from release_functions import give_canary
from release_world import World

PAGE = (repo.DOCS / "release.md").read_text()
RECORDS = (repo.DOCS / "release-records.md").read_text()


def words(page: str) -> list[str]:
    """The first cell of each row of a table, without its marks."""
    rows = re.findall(r"^\| (`.+?) \|", page, flags=re.MULTILINE)
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


def test_the_release_policy_on_the_page_is_one(tmp_path: Path) -> None:
    """It can be copied as it stands."""
    (text,) = repo.blocks(PAGE, "toml")
    (tmp_path / "release.toml").write_text(text)
    rules = read_rules(tmp_path / "release.toml")

    assert {"uat", "prod"} == rules.roles.keys()
    assert list(ORDER) == list(rules.targets)
    assert all(open_target(url) for url in rules.targets.values())


def test_every_reason_is_on_the_page() -> None:
    """In the order of the page, with what was tried; a person's no is a command of its own."""
    wanted = {reason.value for reason in Reason} - {Reason.REJECTED.value}

    assert wanted == set(words(repo.section(PAGE, "## What is refused")))


def test_every_act_and_key_of_a_record_is_on_the_page(functions_world: World, aws: str) -> None:
    """As they are written."""
    world = functions_world
    give_canary(aws)
    world.release("v1.0.0")
    world.release("v1.0.1", upto="uat")
    world.approve("v1.0.1", "prod", "morgan")
    world.canary("v1.0.1", "prod")
    world.reject("v1.0.1")
    text = RECORDS
    every = "act actor att dur eid exp obj out ph pol prev req seq src subj ten ts v wid"
    common = set(re.findall(r"\w+", every))
    keys = {key for record in world.records() for key in record.document} - common
    told = {key for key in words(RECORDS) if key.islower() and "." not in key}

    assert keys == told - {"act"}
    for act in StepKind:
        assert f"`{act.value}`" in text or f"`_{act.value.partition('_')[2]}`" in text


def test_the_vault_on_the_page_is_the_vault() -> None:
    """The names of what lies there."""
    (drawn,) = repo.blocks((repo.DOCS / "release-vault.md").read_text(), "text")

    assert {CHECKSUMS, SIGNATURE} <= set(re.findall(r"v1\.2\.3/(\S+)", drawn))


def test_the_example_of_the_cost_page_is_what_the_command_says() -> None:
    """A million events under hipaa."""
    from affidavit._policy.load import load_policy

    policy = load_policy("hipaa")
    bill = estimate(Load(1_000_000), policy, choices_of(policy), read_tariff())
    page = (repo.DOCS / "cost.md").read_text()

    row = rf"^{re.escape(bill[0].item)} +" + " +".join(f"{usd:.2f}" for usd in bill[0].usd)
    assert re.search(row, page, flags=re.MULTILINE)
