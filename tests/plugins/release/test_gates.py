"""Nothing passes a gate that should not, and every attempt is on record."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from affidavit_release.demo.demo_targets import ORDER
from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from affidavit_release.smoke import SmokeRequest, run_smoke
from affidavit_release.vault import Stored
from release_world import World, version

KEPT = "v1.0.0"


def refused(world: World, reason: Reason, act: Callable[[], object]) -> None:
    """The attempt is refused for this reason, and the newest record says so."""
    before = len(world.records())
    with pytest.raises(ReleaseRefusedError) as error:
        act()
    assert reason is error.value.reason
    assert before < len(world.records())
    assert reason.value == world.last()[3]
    assert world.verdict().clean


@pytest.mark.parametrize(("passed", "wanted"), [("dev", "uat"), ("dev", "prod"), ("qa", "prod")])
def test_a_gate_cannot_be_skipped(world: World, passed: str, wanted: str) -> None:
    """Neither one nor two."""
    world.release(KEPT, upto=passed)

    refused(world, Reason.GATE_SKIPPED, lambda: world.deploy(KEPT, wanted))
    assert {} == world.bytes_in(wanted)


def test_the_first_environment_is_the_first(world: World) -> None:
    """Fresh from the vault, only dev is open."""
    world.commit()
    world.build()
    world.upload(KEPT)

    for name in ORDER[1:-1]:
        refused(world, Reason.GATE_SKIPPED, lambda: world.deploy(KEPT, name))  # noqa: B023 - at once
    refused(world, Reason.GATE_SKIPPED, lambda: world.sync(KEPT))


def test_what_is_not_in_the_vault_goes_nowhere(world: World) -> None:
    """Built is not uploaded: without the record of that, nobody looks for it."""
    world.commit()
    world.build()

    refused(world, Reason.NOT_IN_VAULT, lambda: world.deploy(KEPT, "dev"))
    with pytest.raises(ReleaseRefusedError, match="no finished upload is on record"):
        world.deploy(KEPT, "dev")


@pytest.mark.parametrize(("before", "gate"), [("qa", "uat"), ("uat", "prod")])
def test_a_gated_environment_needs_its_approval(world: World, before: str, gate: str) -> None:
    """An approval for another gate is none for this one."""
    world.release(KEPT, upto=before)

    refused(world, Reason.UNAPPROVED, lambda: world.deploy(KEPT, gate))


def test_an_approval_does_not_come_before_its_turn(world: World) -> None:
    """Nobody can approve for uat what qa has not seen."""
    world.release(KEPT, upto="dev")

    refused(world, Reason.GATE_SKIPPED, lambda: world.approve(KEPT, "uat", "quinn"))


@pytest.mark.parametrize("name", ["morgan", "nobody", "dana@example.org"])
def test_an_approval_needs_the_role(world: World, name: str) -> None:
    """Another role is not enough, and neither is a name that the rules do not have."""
    world.release(KEPT, upto="qa")

    refused(world, Reason.ROLE_MISSING, lambda: world.approve(KEPT, "uat", name))
    refused(world, Reason.UNAPPROVED, lambda: world.deploy(KEPT, "uat"))


def test_nobody_approves_what_they_wrote(world: World) -> None:
    """Dana is known by the address of her commits."""
    world.release(KEPT, upto="qa")

    refused(world, Reason.OWN_BUILD, lambda: world.approve(KEPT, "uat", "dana"))


def test_nobody_approves_what_they_helped_to_write(world: World) -> None:
    """A co-author is an author."""
    world.commit("fix: this\n\nCo-authored-by: Q <Quinn@Example.org>")
    world.write_rules(
        **{"[people.quinn]\n": '[people.quinn]\nidentities = ["quinn@example.org"]\n'}
    )
    world.build()
    world.upload(KEPT)
    world.deploy(KEPT, "dev")
    world.deploy(KEPT, "qa")

    refused(world, Reason.OWN_BUILD, lambda: world.approve(KEPT, "uat", "quinn"))


@pytest.mark.parametrize("step", ["build", "upload"])
def test_nobody_approves_what_they_built_or_uploaded(world: World, step: str) -> None:
    """Who has run the command counts, too."""
    world.commit()
    world.user = "quinn" if step == "build" else "builder"
    world.build()
    world.user = "quinn" if step == "upload" else "builder"
    world.upload(KEPT)
    world.user = "builder"
    world.deploy(KEPT, "dev")
    world.deploy(KEPT, "qa")

    refused(world, Reason.OWN_BUILD, lambda: world.approve(KEPT, "uat", "quinn"))


def test_an_approval_ends_with_its_authors_role(world: World) -> None:
    """Whoever loses the role has not approved."""
    world.release(KEPT, upto="qa")
    world.approve(KEPT, "uat", "quinn")
    world.write_rules(**{'[people.quinn]\nroles = ["qa-lead"]': "[people.quinn]\nroles = []"})

    refused(world, Reason.UNAPPROVED, lambda: world.deploy(KEPT, "uat"))


def test_who_decides_can_have_to_be_proven(world: World) -> None:
    """Then a name on the command line is not enough: AWS must know one of their identities."""
    world.release(KEPT, upto="qa")
    identity = "arn:aws:sts::111122223333:assumed-role/qa/quinn"
    world.write_rules(
        **{
            'approvals = "asserted"': 'approvals = "iam"',
            "[people.quinn]\n": f'[people.quinn]\nidentities = ["{identity}"]\n',
        }
    )
    refused(world, Reason.IDENTITY_UNPROVEN, lambda: world.approve(KEPT, "uat", "quinn"))
    world.whoami = "arn:aws:sts::111122223333:assumed-role/qa/somebody"
    refused(world, Reason.IDENTITY_UNPROVEN, lambda: world.approve(KEPT, "uat", "quinn"))
    world.whoami = identity

    assert "approved" == world.approve(KEPT, "uat", "quinn").state
    assert "iam" == world.records()[-1].document["actor"]["auth"]


def test_what_was_rejected_stays_dead(world: World) -> None:
    """It can neither be deployed nor approved, and the next version can."""
    world.release(KEPT, upto="qa")
    world.approve(KEPT, "uat", "quinn")
    world.reject(KEPT)

    refused(world, Reason.DEAD, lambda: world.deploy(KEPT, "uat"))
    refused(world, Reason.DEAD, lambda: world.approve(KEPT, "uat", "quinn"))
    world.release("v1.0.1", upto="uat")
    assert "v1.0.1" == world.pipeline().live("uat")


def test_only_people_of_the_rules_reject(world: World) -> None:
    """A stranger cannot stop the line."""
    world.release(KEPT, upto="dev")

    refused(world, Reason.ROLE_MISSING, lambda: world.reject(KEPT, "stranger"))
    assert world.pipeline().releases[KEPT].died is None


def test_a_version_that_was_never_built_goes_nowhere(world: World) -> None:
    """Whatever is done with it."""
    world.release(KEPT, upto="dev")

    for act in (
        lambda: world.upload("v9.9.9"),
        lambda: world.deploy("v9.9.9", "dev"),
        lambda: world.approve("v9.9.9", "uat", "quinn"),
        lambda: world.reject("v9.9.9"),
        lambda: world.sync("v9.9.9"),
    ):
        refused(world, Reason.UNKNOWN, act)


@pytest.mark.parametrize("environment", ["prod", "dr"])
def test_a_test_that_writes_does_not_run_where_only_reading_is_allowed(
    world: World, environment: str
) -> None:
    """It is refused before anything is deployed, and when what is live is verified."""
    world.release(KEPT, upto=ORDER[ORDER.index(environment) - 1])
    if environment == "prod":
        world.approve(KEPT, "prod", "morgan")
    world.write_rules(**{"writes = false": "writes = true"})
    act = (
        (lambda: world.sync(KEPT)) if environment == "dr" else (lambda: world.deploy(KEPT, "prod"))
    )

    refused(world, Reason.WRITE_IN_PROD, act)
    assert {} == world.bytes_in(environment)
    world.write_rules()
    act()
    world.write_rules(**{"writes = false": "writes = true"})
    refused(world, Reason.WRITE_IN_PROD, lambda: world.verify(environment))


def test_only_what_is_live_in_prod_goes_to_the_second_region(world: World) -> None:
    """Not what was live there before."""
    world.release(KEPT, upto="prod")
    world.release("v1.0.1", upto="prod")

    refused(world, Reason.GATE_SKIPPED, lambda: world.sync(KEPT))
    assert "synced" == world.sync("v1.0.1").state


def test_order_and_gates_are_those_of_the_file(world: World) -> None:
    """Other names, another number of them, another gate: the same line."""
    text = (world.folder / "release.toml").read_text()
    ours = text[text.index("[environments.dev]") : text.index("[[smoke]]")]
    theirs = (
        '[environments.trial]\ntarget = "folder:environments/trial"\nrole = "qa-lead"\n'
        '[environments.shops]\ntarget = "folder:environments/shops"\nrole = "manager"\n'
    )
    world.write_rules(**{ours: theirs, json.dumps(ORDER): '["trial", "shops"]'})
    world.commit()
    world.build()
    world.upload(KEPT)

    refused(world, Reason.UNAPPROVED, lambda: world.deploy(KEPT, "trial"))
    refused(world, Reason.GATE_SKIPPED, lambda: world.approve(KEPT, "shops", "morgan"))
    world.approve(KEPT, "trial", "quinn")
    assert KEPT == world.deploy(KEPT, "trial").label
    refused(world, Reason.UNAPPROVED, lambda: world.deploy(KEPT, "shops"))
    world.approve(KEPT, "shops", "morgan")
    assert "passed" == world.deploy(KEPT, "shops").state
    assert {"trial": [KEPT], "shops": [KEPT]} == {
        name: stage.live for name, stage in world.pipeline().stages.items()
    }
    with pytest.raises(ReleaseError, match="there is no second region"):
        world.sync(KEPT)


def test_a_forged_record_stops_the_line(world: World) -> None:
    """An approval that nobody gave, written past the ledger's key."""
    import sqlite3
    from contextlib import closing

    world.release(KEPT, upto="qa")
    with closing(sqlite3.connect(world.folder / "releases.db")) as base, base:
        (table,) = [
            name
            for (name,) in base.execute("select name from sqlite_master where type = 'table'")
            if "body" in {row[1] for row in base.execute(f"pragma table_info({name})")}
        ]
        for (name,) in list(base.execute("select name from sqlite_master where type = 'trigger'")):
            base.execute(f"drop trigger {name}")
        forged = base.execute(
            f"update {table} set body = cast(replace(cast(body as text), 'RELEASE_SMOKE',"  # noqa: S608 - our own schema
            " 'RELEASE_APPRO') as blob) where cast(body as text) like '%RELEASE_SMOKE%'"
        ).rowcount
        assert 0 < forged

    with pytest.raises(ReleaseError, match="does not verify"):
        world.deploy(KEPT, "uat")
    assert not world.verdict().clean


def test_a_rejection_in_the_last_moment_counts(world: World) -> None:
    """Somebody says no while somebody else deploys: once the intent is on record, it is seen."""
    from affidavit_release.line_step import StepKind

    world.release(KEPT, upto="dev")
    told: list[str] = []

    def meanwhile(name: str, act: Callable[[], object]) -> object:
        done = act()
        if name == "append" and not told:
            told.append(name)
            World(world.folder, clock=world.clock).reject(KEPT)
        return done

    world.effect = meanwhile
    with pytest.raises(ReleaseRefusedError) as error:
        world.deploy(KEPT, "qa")

    assert Reason.DEAD is error.value.reason
    assert "Dead" == world.records()[-3].document["out"]["err"]
    assert (StepKind.ROLLBACK.value, f"RELEASE#{KEPT}", "qa", "ok") == world.last()
    assert {} == world.bytes_in("qa")


def test_what_was_live_before_can_be_made_live_again(world: World) -> None:
    """By a person, by name: it has passed every gate, and is not dead."""
    world.release(KEPT, upto="prod")
    before = world.bytes_in("prod")
    world.release("v1.0.1", upto="prod")
    world.reject("v1.0.1")

    assert "passed" == world.deploy(KEPT, "prod").state
    assert before == world.bytes_in("prod")
    assert KEPT == world.pipeline().live("prod")


def test_two_lines_share_a_ledger(world: World) -> None:
    """And know nothing of each other's versions."""
    world.release(KEPT, upto="prod")
    world.write_rules(**{'pipeline = "shop"': 'pipeline = "other"'})

    refused(world, Reason.UNKNOWN, lambda: world.deploy(KEPT, "dev"))


def test_other_records_in_the_ledger_are_none_of_the_lines(world: World) -> None:
    """Handlers may write there, too."""
    from affidavit._invocation.decorator import audited
    from affidavit._runtime.plugins import load_plugins
    from affidavit._runtime.runtime import build_runtime
    from affidavit.testing import Bench, api_gateway_v1, run

    world.release(KEPT, upto="qa")
    environ = {"AFFIDAVIT_LEDGER": f"sqlite:///{world.folder / 'releases.db'}"}
    runtime = build_runtime(environ, plugins=load_plugins(("sqlite",)), emit=lambda _: None)
    handler = audited(action="RELEASE_APPROVE", resource=f"RELEASE#{KEPT}")(
        lambda event, context: {"statusCode": 200, "body": ""}
    )
    run(handler, api_gateway_v1(), Bench(runtime=runtime, store=None))

    assert "RELEASE_APPROVE" == world.records()[-1].document["act"]
    with pytest.raises(ReleaseRefusedError) as error:  # their clock is another one
        world.deploy(KEPT, "uat")
    assert Reason.UNAPPROVED is error.value.reason


@pytest.mark.parametrize(
    "said", [None, {"state": "unaudited"}, {"state": "unknown"}, "audited", {"state": ["audited"]}]
)
def test_a_gate_asks_whether_every_function_leaves_evidence(world: World, said: object) -> None:
    """Dev and QA take it; a gate does not, whoever has approved."""
    world.commit()
    manifest = world.folder / "repo" / "bundles" / "shop.manifest.json"
    told = {**json.loads(manifest.read_text()), "audited": said}
    manifest.write_text(json.dumps(told))
    world.build()
    world.upload("v1.0.0")
    assert world.deploy("v1.0.0", "dev").good
    assert world.deploy("v1.0.0", "qa").good
    world.approve("v1.0.0", "uat", "quinn")

    with pytest.raises(ReleaseRefusedError) as error:
        world.deploy("v1.0.0", "uat")
    assert Reason.UNAUDITED is error.value.reason
    assert ("RELEASE_DEPLOY", "RELEASE#v1.0.0", "uat", "Unaudited") == world.last()
    assert {} == world.bytes_in("uat")


def test_a_line_that_lacks_a_step_opens_no_gate(world: World) -> None:
    """Each step is a chain of its own: one that is gone whole leaves the others sound."""
    world.release(KEPT, upto="qa")
    (writer,) = {one for one in world.ledger().reader.writers() if one.endswith("3")}
    with closing(sqlite3.connect(world.folder / "releases.db")) as table, table:
        guards = table.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        for (guard,) in guards:
            table.execute(f"drop trigger {guard}")
        assert table.execute("delete from records where writer = ?", (writer,)).rowcount

    with pytest.raises(ReleaseError, match="the release ledger is not complete"):
        world.pipeline()


def test_who_is_rejected_again_was_dead_already(world: World) -> None:
    """Said so, with nothing new on record."""
    world.release(KEPT, upto="qa")
    assert "rejected" == world.reject(KEPT).state
    before = len(world.records())
    again = world.reject(KEPT)

    assert ("dead already", "qa") == (again.state, again.environment)
    assert before == len(world.records())


def test_a_smoke_test_that_writes_is_refused_when_it_runs(world: World) -> None:
    """Whatever was asked before."""
    rules = world.rules()
    writing = rules._replace(smoke=tuple(one._replace(writes=True) for one in rules.smoke))
    nothing: Any = None
    stored: Any = Stored(version(KEPT), "d" * 64, {}, None)  # type: ignore[arg-type]
    asked = SmokeRequest("prod", stored, KEPT, target=nothing, plugins=nothing, may_write=False)

    with pytest.raises(ReleaseRefusedError) as error:
        run_smoke(writing, asked)
    assert Reason.WRITE_IN_PROD is error.value.reason
