"""A world to release into: real git, real SQLite, real files. Time is drawn, so that it only grows.

Everything that has an effect goes through `effect`, so that a test can stop the
world at any of them, before or after, and start it anew from what is on disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from affidavit._clock import Clock
from affidavit._policy.load import load_policy
from affidavit._records.archives import Archive
from affidavit._runtime.plugins import load_plugins
from affidavit._runtime.runtime import open_ledger
from affidavit._runtime.settings import read_settings
from affidavit.plugin import Entry, Ledger, Record
from affidavit_ledger.archive import FolderArchive
from affidavit_ledger.signing import open_signer
from affidavit_ledger.verify import VerificationResult, verify_ledger
from affidavit_release import canary, decide, deliver, make_release
from affidavit_release.demo.demo_targets import ORDER, folders
from affidavit_release.demo.shop import Attempt, commit, make_repo
from affidavit_release.make_release import ReleaseResult
from affidavit_release.pipeline_state import PipelineState
from affidavit_release.release_context import ReleaseContext
from affidavit_release.release_steps import Steps
from affidavit_release.rules import Rules, read_rules
from affidavit_release.smoke import Failed, SmokeRequest, check_smoke
from affidavit_release.targets import Asked, CanaryState, DeployTarget, open_target
from affidavit_release.vault import Stored, Vault
from affidavit_release.versions import Version, read_version

PLUGINS = ("ledger", "sqlite")
GOOD = "def handler(event, context):\n    return {}\n"

Effect = Callable[[str, Callable[[], Any]], Any]


def at_once(_: str, act: Callable[[], Any]) -> Any:
    """Do it."""
    return act()


@dataclass(slots=True)
class Ticking:
    """A clock that goes on by itself, one second each time somebody looks."""

    ms: int = 1_790_000_000_000

    def now(self) -> int:
        self.ms += 1000
        return self.ms


@dataclass(slots=True)
class WatchedArchive:
    """An archive whose writes are effects."""

    inner: Archive
    effect: Effect

    def put(self, key: str, data: bytes, *, retain_until: int) -> None:
        self.effect(f"put {key}", lambda: self.inner.put(key, data, retain_until=retain_until))

    def get(self, key: str) -> bytes:
        return self.inner.get(key)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        return self.inner.keys(prefix, after)


@dataclass(slots=True)
class WatchedTarget:
    """A target whose changes are effects."""

    name: str
    inner: DeployTarget
    effect: Effect

    def live(self, functions: tuple[str, ...]) -> dict[str, str]:
        return self.inner.live(functions)

    def digests(self, functions: tuple[str, ...]) -> dict[str, str]:
        return self.inner.digests(functions)

    def install(self, stored: Stored) -> dict[str, str]:
        done: dict[str, str] = self.effect(
            f"install {self.name}", lambda: self.inner.install(stored)
        )
        return done

    def switch(self, to: Mapping[str, str], since: Mapping[str, str]) -> None:
        self.effect(f"switch {self.name}", lambda: self.inner.switch(to, since))

    def canary(self, functions: tuple[str, ...]) -> CanaryState:
        found: CanaryState = self.effect(f"look {self.name}", lambda: self.inner.canary(functions))
        return found

    def ask(self, function: str, event: bytes) -> Asked:
        return self.inner.ask(function, event)

    def shift(self, to: Mapping[str, str], percent: int) -> None:
        self.effect(f"shift {self.name}", lambda: self.inner.shift(to, percent))


@dataclass(slots=True)
class WatchedStore:
    """A ledger's store whose appends are effects."""

    inner: Any
    effect: Effect
    name: str = "watched"
    remote: bool = False
    batch_limit: int = 100

    def append(self, entries: Sequence[Entry], *, timeout_s: float) -> None:
        self.effect("append", lambda: self.inner.append(entries, timeout_s=timeout_s))


@dataclass
class World:
    """Where releases happen. `broken` says which version fails its smoke test in which place."""

    folder: Path
    effect: Effect = at_once
    clock: Ticking = field(default_factory=Ticking)
    broken: set[tuple[str, str]] = field(default_factory=set)
    changes: dict[str, str] = field(default_factory=dict)
    user: str = "builder@example.org"
    whoami: str = ""

    def __post_init__(self) -> None:
        if not (self.folder / "repo").exists():
            make_repo(self.folder / "repo")
            self.write_rules()

    @property
    def stages(self) -> Path:
        return self.folder / "stages"

    def write_rules(self, **changes: str) -> None:
        """Write the rules, with some texts replaced by others."""
        text = folders().rules()
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        (self.folder / "release.toml").write_text(text)

    def rules(self) -> Rules:
        return read_rules(self.folder / "release.toml")

    def ledger(self) -> Ledger:
        environ = {"AFFIDAVIT_LEDGER": f"sqlite:///{self.folder / 'releases.db'}"}
        return open_ledger(read_settings(environ), load_plugins(PLUGINS))

    def context(self) -> ReleaseContext:
        """Open everything anew, as each command does."""
        rules = self.rules()
        ledger = self.ledger()
        ledger = ledger._replace(store=WatchedStore(ledger.store, self.effect))
        if self.whoami:
            ledger = ledger._replace(whoami=lambda: self.whoami)
        (self.folder / "keys").mkdir(exist_ok=True)
        signer = open_signer(self.folder / "keys" / "release.key", "example.org/shop")
        (self.folder / "keys" / "release.pub").write_bytes(signer.public_pem())
        policy = load_policy("baseline")
        steps = Steps(
            ledger,
            policy,
            Clock(now_ms=self.clock.now),
            pipeline=rules.pipeline,
            rules_digest=rules.digest,
            user=self.user,
        )
        return ReleaseContext(
            rules=rules,
            policy=policy,
            steps=steps,
            vault=Vault(self.archive("vault"), signer.public_pem(), rules.build.terraform),
            dr_archive=self.archive("vault-dr"),
            targets={
                name: WatchedTarget(name, open_target(url), self.effect)
                for name, url in rules.targets.items()
            },
            plugins=load_plugins(PLUGINS),
            probe=self.probe,
            wait=self.wait,
        )

    def wait(self, seconds: float) -> None:
        self.clock.ms += int(seconds * 1000)

    def archive(self, name: str) -> Archive:
        return WatchedArchive(FolderArchive(self.folder / name), self.effect)

    def probe(self, rules: Rules, told: SmokeRequest) -> Failed | None:
        check_smoke(rules, told.environment, may_write=told.may_write)
        self.effect(f"smoke {told.environment}", lambda: None)
        bad = (str(told.stored.version), told.environment) in self.broken
        return ("planted", "") if bad else None

    def commit(self, message: str = "fix: something", source: str = GOOD) -> None:
        commit(self.folder / "repo", Attempt(message, f"# {message}\n{source}"))

    # -- one command each ----------------------------------------------------------

    def build(self) -> ReleaseResult:
        return make_release.build(self.context(), self.folder / "repo", self.stages)

    def upload(self, version: str) -> ReleaseResult:
        return make_release.upload(self.context(), read_version(version), self.stages)

    def deploy(self, version: str, environment: str) -> ReleaseResult:
        return deliver.deploy(self.context(), read_version(version), environment)

    def verify(self, environment: str) -> ReleaseResult:
        return deliver.verify(self.context(), environment)

    def approve(
        self, version: str, environment: str, name: str, why: str = "it is good"
    ) -> ReleaseResult:
        return decide.approve(self.context(), read_version(version), environment, name, why)

    def reject(
        self, version: str, name: str = "morgan", why: str = "it is not good"
    ) -> ReleaseResult:
        return decide.reject(self.context(), read_version(version), name, why)

    def canary(self, version: str, environment: str, percent: int | None = None) -> ReleaseResult:
        return canary.shift(self.context(), read_version(version), environment, percent)

    def finish(self, version: str, environment: str) -> ReleaseResult:
        return canary.finish(self.context(), read_version(version), environment)

    def abort(self, version: str, environment: str) -> ReleaseResult:
        return canary.abort(self.context(), read_version(version), environment)

    def sync(self, version: str) -> ReleaseResult:
        return deliver.sync_dr(self.context(), read_version(version))

    def release(self, version: str, upto: str = "dr") -> None:
        """Commit, build, and bring a version as far as `upto`; everything passes."""
        self.commit(f"fix: {version}")
        assert version == self.build().version
        self.upload(version)
        for name in ORDER[: ORDER.index(upto) + 1]:
            if name in {"uat", "prod"}:
                self.approve(version, name, {"uat": "quinn", "prod": "morgan"}[name])
            done = self.sync(version) if name == "dr" else self.deploy(version, name)
            assert done.good, done

    # -- what can be seen ------------------------------------------------------------

    def pipeline(self) -> PipelineState:
        return self.context().pipeline()

    def verdict(self) -> VerificationResult:
        ledger = self.ledger()
        return verify_ledger(ledger.reader, ledger.keys, now_ms=self.clock.now())

    def records(self) -> list[Record]:
        """Every record of the line, oldest first."""
        reader = self.ledger().reader
        found = [
            Record.parse(entry.body)
            for writer in reader.writers()
            for entry in reader.entries(writer)
            if entry.seq
        ]
        return sorted(found, key=lambda record: record.at)

    def last(self) -> tuple[str, str, str, str]:
        """The newest record: what, of which version, where, and how it ended."""
        said = self.records()[-1].document
        out = said.get("out", {})
        return said["act"], said["obj"], said.get("to", ""), out.get("err", out.get("s", ""))

    def bytes_in(self, environment: str) -> dict[str, str]:
        """The digests of what is live in an environment."""
        return open_target(self.rules().targets[environment]).digests(("shop",))

    def picture(self) -> dict[str, Any]:
        """Everything that counts in the end, without times and attempts."""
        line = self.pipeline()
        kept = {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for name in ("vault", "vault-dr")
            for path in sorted((self.folder / name).rglob("*"))
            if path.is_file()
        }
        releases = {
            name: {
                "digest": one.digest,
                "uploaded": bool(one.uploaded),
                "passed": sorted(one.passed),
                "labels": one.labels,
                "died": one.died and (one.died.environment, one.died.reason),
                "approved": sorted(one.approvals),
                "synced": bool(one.synced),
            }
            for name, one in line.releases.items()
        }
        stages = {
            name: (stage.live, stage.pending, stage.rollback_needed, self.bytes_in(name))
            for name, stage in line.stages.items()
        }
        return json.loads(json.dumps({"releases": releases, "stages": stages})) | {"kept": kept}


def version(text: str) -> Version:
    return read_version(text)


def url(text: str) -> Any:
    return urlsplit(text)
