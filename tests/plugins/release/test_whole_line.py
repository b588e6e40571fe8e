"""What a line leaves, compared whole: each record, each printout, each file, each notice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from affidavit.plugin import Notice
from affidavit_release.announce import announce, told_of
from affidavit_release.errors import Reason, ReleaseRefusedError
from affidavit_release.git_log import read_changes
from affidavit_release.release_reports import show_done, show_history, show_refusal, show_status
from affidavit_release.rules import read_rules
from release_told import Told
from release_world import World


def played(world: World) -> World:
    """One release that goes everywhere, one that fails in qa, one that is rejected in uat."""
    world.release("v1.0.0")
    world.broken = {("v1.0.1", "qa")}
    world.commit("fix: two")
    world.build()
    world.upload("v1.0.1")
    world.deploy("v1.0.1", "dev")
    world.deploy("v1.0.1", "qa")
    world.release("v1.0.2", upto="uat")
    for act in (
        lambda: world.approve("v1.0.2", "prod", "stranger", "me too"),
        lambda: world.reject("v1.0.2", "stranger", "me too"),
        lambda: world.approve("v1.0.2", "prod", "morgan", " "),
    ):
        with pytest.raises(ReleaseRefusedError):
            act()
    world.reject("v1.0.2", why="call jane.roe@example.com")
    return world


WHOLE = """\
D BUILD v1.0.0; ok 200; by: dana@example.org; dig: digest v1.0.0; rev: at v1.0.0
I UPLOAD v1.0.0; dig: digest v1.0.0
O UPLOAD v1.0.0; ok 200; dig: digest v1.0.0
I DEPLOY v1.0.0; dig: digest v1.0.0; label: v1.0.0; to: dev; was: live=-
O DEPLOY v1.0.0; ok 200; dig: digest v1.0.0; label: v1.0.0; to: dev; was: live=-
I SMOKE v1.0.0; dig: digest v1.0.0; to: dev
O SMOKE v1.0.0; ok 200; dig: digest v1.0.0; to: dev
I DEPLOY v1.0.0; dig: digest v1.0.0; label: v1.0.0-qa.1; to: qa; was: live=-
O DEPLOY v1.0.0; ok 200; dig: digest v1.0.0; label: v1.0.0-qa.1; to: qa; was: live=-
I SMOKE v1.0.0; dig: digest v1.0.0; to: qa
O SMOKE v1.0.0; ok 200; dig: digest v1.0.0; to: qa
D APPROVE v1.0.0; ok 200; dig: digest v1.0.0; for: quinn; to: uat; why: it is good
I DEPLOY v1.0.0; dig: digest v1.0.0; label: v1.0.0-rc.1; to: uat; was: live=-
O DEPLOY v1.0.0; ok 200; dig: digest v1.0.0; label: v1.0.0-rc.1; to: uat; was: live=-
I SMOKE v1.0.0; dig: digest v1.0.0; to: uat
O SMOKE v1.0.0; ok 200; dig: digest v1.0.0; to: uat
D APPROVE v1.0.0; ok 200; dig: digest v1.0.0; for: morgan; to: prod; why: it is good
I DEPLOY v1.0.0; dig: digest v1.0.0; label: v1.0.0; to: prod; was: live=-
O DEPLOY v1.0.0; ok 200; dig: digest v1.0.0; label: v1.0.0; to: prod; was: live=-
I SMOKE v1.0.0; dig: digest v1.0.0; to: prod
O SMOKE v1.0.0; ok 200; dig: digest v1.0.0; to: prod
I COPY v1.0.0; to: dr
O COPY v1.0.0; ok 200; to: dr
I DEPLOY v1.0.0; dig: digest v1.0.0; label: v1.0.0; to: dr; was: live=-
O DEPLOY v1.0.0; ok 200; dig: digest v1.0.0; label: v1.0.0; to: dr; was: live=-
I SMOKE v1.0.0; dig: digest v1.0.0; to: dr
O SMOKE v1.0.0; ok 200; dig: digest v1.0.0; to: dr
D SYNC v1.0.0; ok 200; dig: digest v1.0.0; to: dr
D BUILD v1.0.1; ok 200; by: dana@example.org; dig: digest v1.0.1; rev: at v1.0.1
I UPLOAD v1.0.1; dig: digest v1.0.1
O UPLOAD v1.0.1; ok 200; dig: digest v1.0.1
I DEPLOY v1.0.1; dig: digest v1.0.1; label: v1.0.1; to: dev; was: live=there v1.0.0
O DEPLOY v1.0.1; ok 200; dig: digest v1.0.1; label: v1.0.1; to: dev; was: live=there v1.0.0
I SMOKE v1.0.1; dig: digest v1.0.1; to: dev
O SMOKE v1.0.1; ok 200; dig: digest v1.0.1; to: dev
I DEPLOY v1.0.1; dig: digest v1.0.1; label: v1.0.1-qa.1; to: qa; was: live=there v1.0.0
O DEPLOY v1.0.1; ok 200; dig: digest v1.0.1; label: v1.0.1-qa.1; to: qa; was: live=there v1.0.0
I SMOKE v1.0.1; dig: digest v1.0.1; to: qa
O SMOKE v1.0.1; error 500 SmokeFailed; dig: digest v1.0.1; to: qa
I ROLLBACK v1.0.1; to: qa; was: live=there v1.0.0
O ROLLBACK v1.0.1; ok 200; to: qa; was: live=there v1.0.0
D BUILD v1.0.2; ok 200; by: dana@example.org; dig: digest v1.0.2; rev: at v1.0.2
I UPLOAD v1.0.2; dig: digest v1.0.2
O UPLOAD v1.0.2; ok 200; dig: digest v1.0.2
I DEPLOY v1.0.2; dig: digest v1.0.2; label: v1.0.2; to: dev; was: live=there v1.0.1
O DEPLOY v1.0.2; ok 200; dig: digest v1.0.2; label: v1.0.2; to: dev; was: live=there v1.0.1
I SMOKE v1.0.2; dig: digest v1.0.2; to: dev
O SMOKE v1.0.2; ok 200; dig: digest v1.0.2; to: dev
I DEPLOY v1.0.2; dig: digest v1.0.2; label: v1.0.2-qa.1; to: qa; was: live=there v1.0.0
O DEPLOY v1.0.2; ok 200; dig: digest v1.0.2; label: v1.0.2-qa.1; to: qa; was: live=there v1.0.0
I SMOKE v1.0.2; dig: digest v1.0.2; to: qa
O SMOKE v1.0.2; ok 200; dig: digest v1.0.2; to: qa
D APPROVE v1.0.2; ok 200; dig: digest v1.0.2; for: quinn; to: uat; why: it is good
I DEPLOY v1.0.2; dig: digest v1.0.2; label: v1.0.2-rc.1; to: uat; was: live=there v1.0.0
O DEPLOY v1.0.2; ok 200; dig: digest v1.0.2; label: v1.0.2-rc.1; to: uat; was: live=there v1.0.0
I SMOKE v1.0.2; dig: digest v1.0.2; to: uat
O SMOKE v1.0.2; ok 200; dig: digest v1.0.2; to: uat
D APPROVE v1.0.2; deny 403 RoleMissing; for: stranger; to: prod; why: me too
D REJECT v1.0.2; deny 403 RoleMissing; for: stranger; why: me too
D APPROVE v1.0.2; deny 403 Unreasoned; for: morgan; to: prod
D REJECT v1.0.2; ok 200; dig: digest v1.0.2; for: morgan; to: uat; why: call [EMAIL]
"""


def test_every_record_says_this_and_no_more(world: World) -> None:
    """Who, what, where, which bytes, what was live before, and why."""
    played(world)
    told = Told(world)

    assert WHOLE.splitlines() == [told.line(record) for record in world.records()]
    days = world.context().policy.retention.archive_days
    for record in world.records():
        at = datetime.fromisoformat(record.at)
        assert int(at.timestamp()) + days * 86_400 == record.document["exp"]


def test_what_commands_print_is_this(world: World) -> None:
    """Rows for people, JSON for programs, a sentence, and an exit code."""
    played(world)
    line, context = world.pipeline(), world.context()
    digests = {name: one.digest for name, one in line.releases.items()}
    live = {"dev": "v1.0.2", "qa": "v1.0.2", "uat": "v1.0.2", "prod": "v1.0.0", "dr": "v1.0.0"}
    word = {"qa": "-qa.1", "uat": "-rc.1"}

    shown = show_status(context)
    assert [
        {
            "environment": name,
            "version": one,
            "label": one + word.get(name, ""),
            "digest": digests[one],
            "live": "same",
            "next": "",
            "share": 0,
            "canary": "",
        }
        for name, one in live.items()
    ] == shown.data
    assert ("environment", "version", "label", "digest", "live", "next") == shown.columns
    assert [
        [name, one, one + word.get(name, ""), digests[one][:12], "same", ""]
        for name, one in live.items()
    ] == list(shown.rows)
    assert ((), 0) == (shown.notes, shown.exit_code)

    history = show_history(context)
    first, second, third = line.releases.values()
    told = [
        {
            "version": str(one.version),
            "digest": one.digest,
            "commit": one.commit,
            "passed": one.passed,
            "labels": one.labels,
            "fate": fate,
            "died_in": where,
            "reason": reason,
            "why": why,
            "synced": one.synced,
        }
        for one, fate, where, reason, why in (
            (first, "live, globally synced", None, "", ""),
            (second, "died in qa", "qa", "SmokeFailed", "SmokeFailed"),
            (third, "died in uat", "uat", "Rejected", "call [EMAIL]"),
        )
    ]
    assert told == history.data
    assert ("version", "dev", "qa", "uat", "prod", "dr", "fate", "why") == history.columns
    assert [
        ("v1.0.0", *["passed"] * 5, "live, globally synced", ""),
        ("v1.0.1", "passed", "failed", "-", "-", "-", "died in qa", "SmokeFailed"),
        ("v1.0.2", "passed", "passed", "rejected", "-", "-", "died in uat", "call [EMAIL]"),
    ] == list(history.rows)
    assert ("3 version(s), 2 in the graveyard; live in prod: v1.0.0.",) == history.notes
    assert 0 == history.exit_code


def test_what_a_step_and_a_refusal_print_is_this(world: World) -> None:
    """A note is for people; a digest is short for them."""
    world.broken = {("v1.0.0", "dev")}
    world.commit()
    world.build()
    world.upload("v1.0.0")
    done = world.deploy("v1.0.0", "dev")
    shown = show_done(done)

    assert {
        "version": "v1.0.0",
        "state": "rolled back",
        "environment": "dev",
        "digest": done.digest,
        "label": "v1.0.0",
        "reason": "SmokeFailed",
    } == shown.data
    assert ("version", "environment", "state", "label", "digest") == shown.columns
    assert [("v1.0.0", "dev", "rolled back", "v1.0.0", done.digest[:12])] == list(shown.rows)
    assert (("The smoke test planted failed.",), 1) == (shown.notes, shown.exit_code)
    refused = show_refusal("v1.0.0", "qa", Reason.DEAD, "v1.0.0 is dead")
    said = {"version": "v1.0.0", "state": "refused", "environment": "qa", "reason": "Dead"}
    assert said == refused.data
    assert ("version", "environment", "state", "reason") == refused.columns
    assert [("v1.0.0", "qa", "refused", "Dead")] == list(refused.rows)
    assert (("v1.0.0 is dead",), 1) == (refused.notes, refused.exit_code)


def test_what_is_uploaded_is_locked_as_long_as_the_rules_say(world: World) -> None:
    """Counted from the upload, in both regions."""
    kept: dict[str, int] = {}

    class Locks:
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

        def put(self, key: str, data: bytes, *, retain_until: int) -> None:
            kept[key] = max(kept.get(key, 0), retain_until)
            self._inner.put(key, data, retain_until=retain_until)

    opened = world.archive
    world.archive = lambda name: Locks(opened(name))  # type: ignore[method-assign,assignment,return-value]
    began = world.clock.ms
    world.release("v1.0.0")
    ended, days = world.clock.ms, world.rules().retain_days
    assert 5 == len(kept)
    assert all(began < (one - days * 86_400) * 1000 <= ended for one in kept.values())


def test_a_ledger_that_offers_one_pass_is_read_in_one(world: World) -> None:
    """Strongly consistent, where it is offered: nobody asks for writers one by one."""
    world.release("v1.0.0", upto="dev")
    steps = world.context().steps
    reader = steps._ledger.reader

    class OnePass:
        def chains(self) -> Iterator[tuple[Any, Any]]:
            for writer in reader.writers():
                yield writer, reader.entries(writer)

    told = steps.read()
    steps._ledger = steps._ledger._replace(reader=OnePass())  # type: ignore[arg-type]
    assert told == steps.read() != []


def test_what_lies_in_the_vault_is_this(world: World) -> None:
    """A list, the zip and what it says of itself, where it comes from, and the signature."""
    import hashlib

    world.release("v1.0.0", upto="dev")
    changes = read_changes(world.folder / "repo", "")
    vault = world.archive("vault")
    held = {key.partition("/")[2]: vault.get(key) for key in vault.keys("v1.0.0/")}
    names = ["shop.intoto.json", "shop.manifest.json", "shop.zip"]
    sums = {name: hashlib.sha256(held[name]).hexdigest() for name in names}

    assert [*sorted([*names, "checksums.txt", "signature.json"])] == sorted(held)
    assert "".join(f"{sums[name]}  {name}\n" for name in names) == held["checksums.txt"].decode()
    signed = json.loads(held["signature.json"])
    assert {"format", "key_id", "origin", "signature"} == signed.keys()
    assert (1, "example.org/shop") == (signed["format"], signed["origin"])
    assert world.context().signer().key_id.hex() == signed["key_id"]
    assert {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "shop.zip", "digest": {"sha256": sums["shop.zip"]}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:affidavit:release-build:1",
                "externalParameters": {"version": "v1.0.0", "command": [], "check": []},
                "internalParameters": {},
                "resolvedDependencies": [
                    {
                        "uri": "git+file:.",
                        "digest": {"gitCommit": changes.head, "gitTree": changes.tree},
                    }
                ],
            },
            "runDetails": {
                "builder": {"id": "urn:affidavit:release"},
                "byproducts": [
                    {
                        "name": "shop.manifest.json",
                        "digest": {"sha256": sums["shop.manifest.json"]},
                    }
                ],
            },
        },
    } == json.loads(held["shop.intoto.json"])


class Kept:
    """Stands in for a notifier."""

    scheme = "kept"

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def open(self, _: Any) -> Kept:
        return self

    def send(self, notice: Notice, *, timeout_s: float) -> None:
        assert 0 < timeout_s <= 3
        self.notices.append(notice)


def test_what_people_hear_is_this(world: World) -> None:
    """As an event and as mail: name, medium, values, and the step that it is about."""
    world.release("v1.0.0", upto="dev")
    rules = world.folder / "release.toml"
    more = '[[notify]]\nurl = "kept://mail"\nto = ["team"]\n[[notify]]\nurl = "kept://x"\n'
    rules.write_text(rules.read_text() + more)
    kept, heard = Kept(), list[dict[str, Any]]()

    def say(act: Callable[[World], object]) -> Iterator[dict[str, Any]]:
        context = world.context()
        hooks = Hooks(kept)
        world.context = lambda: context._replace(plugins=hooks)  # type: ignore[method-assign,assignment,arg-type]
        act(world)
        attempt = context.steps.own[-1].attempt
        assert [] == announce(world.context())
        assert [] == list(told_of(context, context.pipeline()))
        del world.__dict__["context"]
        both = sorted(kept.notices, key=lambda one: one.medium.value, reverse=True)
        kept.notices = []
        for mail, event in zip(both[: len(both) // 2], both[len(both) // 2 :], strict=True):
            assert mail.values.value == event.values.value
            assert ("mail", ("team",), "event", ()) == (
                *(mail.medium.value, mail.to),
                *(event.medium.value, event.to),
            )
            assert mail.action == event.action
            assert attempt == mail.request_id == event.request_id
            yield {**mail.values.value, "names": (mail.name, event.name, mail.action)}  # type: ignore[dict-item]

    heard += say(lambda w: w.deploy("v1.0.0", "qa"))
    heard += say(lambda w: w.approve("v1.0.0", "uat", "quinn", "looks right"))
    heard += say(lambda w: w.reject("v1.0.0", "morgan", "wrong price"))
    usual = {"pipeline": "shop", "version": "v1.0.0", "reason": "", "label": "", "role": ""}
    how = "It takes the role qa-lead: affidavit release approve v1.0.0 --env uat"

    assert [
        {
            **usual,
            "event": "live",
            "environment": "qa",
            "why": "",
            "subject": "shop: v1.0.0 is live in qa",
            "text": "shop: v1.0.0 is live in qa",
            "names": ("release-live", "ReleaseLive", "RELEASE_LIVE"),
        },
        {
            **usual,
            "event": "waiting",
            "environment": "uat",
            "why": "",
            "role": "qa-lead",
            "subject": "shop: v1.0.0 waits for approval in uat",
            "text": how,
            "names": ("release-waiting", "ReleaseWaiting", "RELEASE_WAITING"),
        },
        {
            **usual,
            "event": "approved",
            "environment": "uat",
            "why": "looks right",
            "subject": "shop: v1.0.0 was approved for uat",
            "text": "looks right",
            "names": ("release-approved", "ReleaseApproved", "RELEASE_APPROVED"),
        },
        {
            **usual,
            "event": "died",
            "environment": "qa",
            "why": "wrong price",
            "subject": "shop: v1.0.0 died in qa",
            "text": "wrong price",
            "names": ("release-died", "ReleaseDied", "RELEASE_DIED"),
        },
    ] == heard


class Hooks:
    """Stands in for the plugins: one notifier, and nothing else."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def collect(self, hook: str) -> list[tuple[str, Any]]:
        assert "affidavit_notifiers" == hook
        return [("test", self._kept)]


RULES = """\
pipeline = "shop"
first = "v2.0.0"
vault = "file:vault"
dr_vault = "s3://bucket/there"
signer = "kms://alias/x?name=y"
public_key = "keys/release.pub"
retain_days = 2192
approvals = "iam"
why = "token"
[build]
bundles = "b"
service = "service.yaml"
command = ["make", "it"]
check = ["look"]
terraform = ["sealer"]
timeout_s = 60
builder = "urn:x:y"
[people.quinn]
roles = ["qa-lead", "manager"]
identities = [" Quinn@Example.org "]
[environments.dr]
target = "folder:dr"
mirrors = "prod"
[environments.qa]
target = "folder:qa?x=1"
label = "rc"
[environments.prod]
target = "lambda://live?prefix=p-"
role = "manager"
[[smoke]]
name = "asks"
environments = ["qa", "prod"]
writes = true
timeout_s = 30
[smoke.invoke]
function = "shop"
event = "event.json"
actor = "who"
opening = false
[[smoke]]
name = "journeys"
environments = ["dr"]
writes = false
timeout_s = 40
[smoke.scenarios]
paths = ["scenarios"]
config = "harness.yaml"
tags = ["good"]
cases = ["one"]
backend = "local"
dollars = 0.5
reports = ["r/{environment}-{version}.xml"]
[[smoke]]
name = "runs"
environments = ["qa"]
command = ["true"]
writes = false
timeout_s = 50
[[notify]]
url = "slack://h?secret=env:X"
to = ["team"]
on = ["died", "taken-back"]
environments = ["prod"]
[[notify]]
url = "sns://x"
"""


def test_rules_are_read_as_they_are_written(tmp_path: Path) -> None:
    """Every key, and what stands for each that is left out."""
    import hashlib

    (tmp_path / "release.toml").write_text(RULES)
    rules = read_rules(tmp_path / "release.toml")

    said: dict[str, Any] = rules._asdict()
    urls = ("vault", "dr_vault", "signer")
    assert {
        "vault": f"file://{tmp_path}/vault",
        "dr_vault": "s3://bucket/there",
        "signer": "kms://alias/x?name=y",
    } == {name: said.pop(name).geturl() for name in urls}
    assert [
        ("qa", f"folder:{tmp_path}/qa?x=1"),
        ("prod", "lambda://live?prefix=p-"),
        ("dr", f"folder:{tmp_path}/dr"),
    ] == [(name, url.geturl()) for name, url in said.pop("targets").items()]
    assert ("qa", "prod") == rules.way
    build = {
        "bundles": tmp_path / "b",
        "command": ("make", "it"),
        "check": ("look",),
        "terraform": {"sealer"},
        "timeout_s": 60,
        "builder": "urn:x:y",
        "service": tmp_path / "service.yaml",
    }
    assert build == said.pop("build")._asdict()
    asks, journeys, runs = said.pop("smoke")
    assert ("shop", tmp_path / "event.json", "who", None, False) == asks.invoke
    assert ("asks", {"qa", "prod"}, (), True, 30, None) == (*asks[:5], asks.scenarios)
    report = "r/{environment}-{version}.xml"
    told = {"paths": ["scenarios"], "config": "harness.yaml", "tags": ["good"], "cases": ["one"]}
    told |= {"backend": "local", "dollars": 0.5, "reports": [report]}
    assert told == journeys.scenarios.model_dump()
    assert ("journeys", {"dr"}, (), False, 40, None) == journeys[:6]
    assert ("runs", {"qa"}, ("true",), False, 50, None, None) == runs
    some, everything = said.pop("notify")
    heard = ("slack://h?secret=env:X", ("team",), {"died", "taken-back"}, {"prod"})
    assert heard == (some.url.geturl(), *some[1:])
    every = {"live", "waiting", "approved", "canary", "died", "taken-back", "synced"}
    assert ("sns://x", (), every, None) == (everything.url.geturl(), *everything[1:])
    assert {
        "folder": tmp_path,
        "digest": hashlib.sha256(RULES.encode()).hexdigest()[:32],
        "pipeline": "shop",
        "first": (2, 0, 0),
        "public_key": tmp_path / "keys/release.pub",
        "retain_days": 2192,
        "proven": True,
        "redact_why": False,
        "people": {"quinn": ("quinn", {"qa-lead", "manager"}, {"quinn", "quinn@example.org"})},
        "roles": {"prod": "manager"},
        "labels": {"qa": "rc"},
        "mirror": "dr",
    } == said
